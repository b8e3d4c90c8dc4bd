"""What the brokers can do: of one account for ``check --broker``, of all for docs/brokers.md."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.accounts import EVERY, chosen, unknown
from bot.cli.exits import Exit
from bot.cli.screen import next_step, show, show_json
from bot.cli.wiring import CACHE, hands_of, open_desk, read_config

if TYPE_CHECKING:
    from bot.report.capabilities import AccountAbilities
    from brokers.broker import Capabilities
    from brokers.settings import BrokerSettings

BROKERS_FILE = "brokers.md"

INTRODUCTION = """# What each broker can do

This page is made from the adapters themselves, as they are where nothing is set. `trimtab check
--broker NAME` tells the same of an account of yours, with its settings; it asks nobody. Pages of
the brokers: [alpaca.md](alpaca.md), [ibkr.md](ibkr.md), [manual.md](manual.md). Whether an endpoint
keeps what is written here, `trimtab drill` tries: [drill.md](drill.md).
"""


def tell_abilities(config_path: Path, name: str, *, as_json: bool) -> int:
    """What the broker of the account ``name`` can do."""
    told = abilities_of_account(config_path, name)
    if as_json:
        show_json(told)
    else:
        from bot.report.capabilities import page

        show(page(told))
        next_step(f"trimtab check --account {name}")
    return Exit.OK


def abilities_of_account(path: Path, name: str) -> "AccountAbilities":
    """Read from the adapter that the config names, which is opened and not connected."""
    from bot.daemon.sessions import Sessions
    from bot.report.capabilities import abilities_of

    config = read_config(path)
    if name == EVERY:
        raise unknown(config, name)
    (account,) = chosen(config, name)
    clock = hands_of(config).clock
    sessions = Sessions(config.calendar, clock.now(), cache=config.state_dir / CACHE)
    broker = open_desk(account, config, sessions, clock.now).broker
    try:
        able = broker.capabilities
    finally:
        let_go(broker)
    return abilities_of(account.account, account.environment, account.broker.kind, able)


def let_go(broker: object) -> None:
    """Close the adapter's connections, where it keeps any."""
    close = getattr(broker, "close", None)
    if close is not None:
        close()


def brokers_page() -> str:
    """The page in Markdown: one row a capability, one column a broker."""
    from bot.report.capabilities import in_words

    columns = {kind: in_words(able) for kind, able in _all()}
    head = f"| | {' | '.join(f'`{kind}`' for kind in columns)} |"
    rows = (
        f"| {cells[0].name} | {' | '.join(each.words for each in cells)} |"
        for cells in zip(*columns.values(), strict=True)
    )
    return "\n".join((INTRODUCTION, head, f"|{'---|' * (len(columns) + 1)}", *rows, ""))


def write_brokers(folder: Path) -> None:
    """Bring the page in ``folder`` up to date."""
    (folder / BROKERS_FILE).write_text(brokers_page(), encoding="utf-8")


def _all() -> "Iterator[tuple[str, Capabilities]]":
    """Each adapter, opened with the settings that it has where nothing is set."""
    from brokers.connect import open_broker
    from brokers.settings import AlpacaSettings, IbkrSettings, ManualSettings, PaperSettings
    from brokers.words import AccountId

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        each: tuple[BrokerSettings, ...] = (
            PaperSettings(place / "ledger.db"),
            ManualSettings(place),
            AlpacaSettings(),
            IbkrSettings(),
        )
        for settings in each:
            broker = open_broker(
                AccountId("page"), settings, lambda: NEVER, lambda _moment: None, _no_key
            )
            yield settings.kind, broker.capabilities
            let_go(broker)


NEVER = datetime(2020, 1, 2, tzinfo=UTC)
"""A moment for adapters that are opened to be looked at."""


def _no_key(_name: str) -> str:
    """In place of a secret: nothing is ever sent with it."""
    return "none"
