"""From the checked table ``[accounts.NAME.prices]`` to the settings of price histories."""

from pathlib import Path
from typing import assert_never

from bot.config.prices_table import PricesTable
from bot.config.settings import PriceSettings, PriceSource
from brokers.settings import (
    AlpacaSettings,
    BrokerSettings,
    IbkrSettings,
    ManualSettings,
    PaperSettings,
)


def prices(table: PricesTable, folder: Path) -> PriceSettings:
    """The settings, ``broker_feed`` still to be named; paths begin in the config's ``folder``."""
    sources = table.sources
    if sources is None:
        sources = [PriceSource.BROKER]
        sources += [PriceSource.FOLDER] if table.folder else []
        sources += [PriceSource.ADAPTER] if table.adapter else []
    return PriceSettings(
        sources=tuple(sources),
        folder=folder / table.folder if table.folder else None,
        adapter=table.adapter or "",
        adjusted=table.adjusted,
        consolidated=table.consolidated,
        history_days=table.history_days,
    )


def broker_feed(settings: BrokerSettings) -> str:
    """Whose prices a broker tells, as the book calls them: two accounts there share them."""
    match settings:
        case PaperSettings():
            own = f"paper {settings.tape} seed {settings.seed}"
            return own if settings.quotes_of is None else broker_feed(settings.quotes_of)
        case ManualSettings():
            return f"manual {settings.folder}"
        case AlpacaSettings():
            return f"alpaca {settings.bars_feed} {settings.data_url}"
        case IbkrSettings():
            return f"ibkr {settings.currency} {settings.listings}"
        case _:
            assert_never(settings)
