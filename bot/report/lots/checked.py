"""What ``trimtab lots check`` found: lots to be named, and what a statement says of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.household.relieved import Named, Relieved
from bot.report.amounts import number, quantity
from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.text import render, wrap
from brokers.words import Environment, Relief
from strategies.lots import Lot
from strategies.lots.statement import Difference, Line

COLUMNS = (
    SYMBOL,
    Column("bought", Align.LEFT),
    Column("sold", Align.LEFT),
    Column("shares"),
    Column("theirs"),
    Column("basis"),
    Column("theirs"),
)


@dataclass(frozen=True, slots=True)
class LotPart:
    """Shares of one lot; ``unit_cost`` is null where the basis is unknown."""

    lot: str
    acquired: date
    quantity: Decimal
    unit_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A sale, the lots that it took by the book, and those that the owner's method would take.

    ``until`` is the day of settlement: the last on which lots may be named at the broker.
    """

    sale: str
    symbol: str
    day: date
    until: date
    took: tuple[LotPart, ...]
    wanted: tuple[LotPart, ...]
    state: Named


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """Lots of one day in which book and statement differ; ``sold`` is null for what is open."""

    symbol: str
    acquired: date
    sold: date | None
    quantity: Decimal
    statement_quantity: Decimal
    basis: Decimal | None
    statement_basis: Decimal | None
    why: str
    explained: bool


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """One account: how its lots are relieved, how the owner wants it, and what was found.

    ``compared`` is how many lines of a statement were held against the book.
    """

    account: str
    environment: Environment
    relief: Relief
    wanted: Relief
    sales: tuple[SaleRow, ...]
    compared: int
    differences: tuple[DifferenceRow, ...]


@dataclass(frozen=True, slots=True)
class LotsCheck:
    """Every account that was looked at, as of ``today``."""

    today: date
    accounts: tuple[AccountCheck, ...]


def parts(lots: Sequence[Lot]) -> tuple[LotPart, ...]:
    """Lots as a document has them."""
    return tuple(LotPart(one.lot_id, one.acquired, one.quantity, one.unit_cost) for one in lots)


def sale_of(one: Relieved) -> SaleRow:
    """A sale as a document has it."""
    took, wanted = parts(one.naming.takes), parts(one.naming.wanted)
    sale = one.sale
    return SaleRow(sale.root, sale.symbol, one.day, one.until, took, wanted, one.state)


def row_of(one: Difference) -> DifferenceRow:
    """A difference as a document has it."""
    return DifferenceRow(
        symbol=one.key.symbol,
        acquired=one.key.acquired,
        sold=one.key.sold,
        quantity=one.ours.quantity,
        statement_quantity=one.theirs.quantity,
        basis=one.ours.basis,
        statement_basis=one.theirs.basis,
        why=one.why,
        explained=one.is_explained,
    )


def check_page(told: LotsCheck) -> str:
    """All accounts, in words."""
    return "\n\n".join("\n".join(_account(one)) for one in told.accounts)


def _account(one: AccountCheck) -> Iterator[str]:
    name = f"{one.environment.value} {one.account}"
    if one.relief is one.wanted:
        yield f"{name}: lots are relieved {one.relief}, as wanted"
    else:
        yield f"{name}: the broker relieves lots {one.relief}, wanted is {one.wanted}"
    for sale in one.sales:
        yield wrap(_sale(sale))
    if one.compared:
        yield f"{one.compared} lines of the statement, {len(one.differences)} differ"
    if one.differences:
        yield ""
        yield render(Table("Differences", COLUMNS, tuple(map(_row, one.differences))))
        for row in one.differences:
            sold = f", sold {row.sold}" if row.sold else ""
            yield wrap(f"{row.symbol} of {row.acquired}{sold}: {row.why}.")


def _sale(sale: SaleRow) -> str:
    head = f"{sale.symbol} sold on {sale.day} ({sale.sale})"
    match sale.state:
        case "as wanted":
            return f"{head}: took the lots that are wanted"
        case "named":
            return f"{head}: took the lots that you named, {_said(sale.took)}"
        case "to be named":
            return (
                f"{head}: name at the broker until {sale.until}: {_said(sale.wanted)}; "
                f"then: trimtab lots name {sale.sale} {_words(sale.wanted)}"
            )
        case "too late":
            return f"{head}: took {_said(sale.took)}; wanted was {_said(sale.wanted)}"


def _said(lots: Sequence[LotPart]) -> str:
    return ", ".join(f"{quantity(one.quantity)} of {one.lot}" for one in lots)


def _words(lots: Sequence[LotPart]) -> str:
    return " ".join(f"{one.lot}={one.quantity:f}" for one in lots)


def _row(row: DifferenceRow) -> tuple[str, ...]:
    lines = Line(row.quantity, row.basis), Line(row.statement_quantity, row.statement_basis)
    basis = ("unknown" if line.basis is None else number(line.basis) for line in lines)
    shares = (quantity(line.quantity) for line in lines)
    sold = row.sold.isoformat() if row.sold else ""
    return row.symbol, row.acquired.isoformat(), sold, *shares, *basis
