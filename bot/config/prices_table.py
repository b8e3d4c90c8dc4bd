"""The table ``[accounts.NAME.prices]``: where price histories come from, and how long they are."""

from typing import Annotated

from pydantic import BeforeValidator

from bot.config.kinds import FilePath, Yes, one_of
from bot.config.settings import HISTORY_DAYS, PriceSource
from bot.config.table import Table
from bot.config.values import Is, Text, Whole, as_list

Sources = Annotated[
    list[Annotated[PriceSource, one_of(PriceSource)]],
    BeforeValidator(as_list),
]
AdapterName = Annotated[
    str,
    Is(
        Text(
            r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}",
            "the name of an entry point of the group trimtab.prices",
            "name",
        )
    ),
]


class PricesTable(Table):
    """Where price histories come from, and how much of them is used. The book keeps them."""

    sources: Sources | None = None
    """Who is asked, one after the other, until a history is long enough: "broker", "folder",
    "adapter". Unsaid it is the broker, then those of ``folder`` and ``adapter`` that are set."""
    folder: FilePath | None = None
    """Folder of CSV or parquet files, one a symbol, or one such file with a column a symbol."""
    adapter: AdapterName | None = None
    """An installed data adapter: an entry point of the group ``trimtab.prices``."""
    adjusted: Yes = False
    """Whether ``close`` of folder and adapter is adjusted for splits and dividends already;
    ``adj_close`` always is."""
    consolidated: Yes = False
    """Whether volumes of folder and adapter are those of all venues; only such ones count."""
    history_days: Annotated[int, Is(Whole(30, 2520, "trading days"))] = HISTORY_DAYS
    """Days of history that risk is estimated from."""
