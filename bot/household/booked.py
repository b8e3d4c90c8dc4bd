"""What the book has of one account, and what every row that is made of it has in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from typing_extensions import override

from bot.household.lineage import Lineage
from bot.household.trades import Place
from brokers.words import ActionRecord, Execution, Transfer
from strategies.lots import TRADE_ZONE, Rules, trade_date
from strategies.policy import TaxKind, TaxPolicy
from strategies.washes.nouns import BUY, Trade

KIND: Final[Mapping[TaxKind, str]] = {
    TaxKind.TAXABLE: "taxable",
    TaxKind.TRADITIONAL: "ira",
    TaxKind.ROTH: "roth",
    TaxKind.HSA: "hsa",
}
"""What the ledger calls the kinds of account."""


@dataclass(frozen=True, slots=True)
class Booked:
    """All that the book has of one account; ``rules`` say how its lots were relieved."""

    account: str
    tax: TaxPolicy
    executions: tuple[Execution, ...]
    transfers: tuple[Transfer, ...]
    actions: tuple[ActionRecord, ...]
    rules: Rules | None = None


@dataclass(frozen=True, slots=True)
class BookPlace(Place):
    """A record of the book: ``file`` is the account and the record's name in it."""

    @override
    def __str__(self) -> str:
        return f"the book, {self.file}"


@dataclass(frozen=True, slots=True)
class Whose:
    """What every row of an account has in common."""

    account: str
    kind: str
    lineage: Lineage
    today: date


def lot_name(record: str) -> str:
    """The name of a lot: that of its record, which may hold no semicolon."""
    return record.replace(";", ",")


def day_of_transfer(one: Transfer) -> date:
    """The day on which it came or went."""
    return one.time.astimezone(TRADE_ZONE).date()


def trade_of(whose: Whose, one: Execution, side: str, lots: str, key: str) -> Trade:
    """An execution as a row. The fills of one order are one purchase."""
    return Trade(
        day=trade_date(one),
        account=whose.account,
        kind=whose.kind,
        symbol=key,
        side=side,
        quantity=one.quantity,
        price=one.price,
        fee=one.fee,
        lot=lots,
        order=(one.key or "") if side == BUY else one.root,  # no two sales are alike
    )
