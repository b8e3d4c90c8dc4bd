"""What an import did, or would do: the document of ``--json``, and the same for a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from bot.cli.lotting.importing.gathered import Gathered, ReadFile
from bot.importers.cells import NEW_YORK
from bot.report.amounts import count, number, price, quantity
from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.text import render, wrap
from brokers.words import CashFlow, Execution, Split, Transfer

What = Literal["buy", "sell", "lot", "cash flow", "split"]
Where = Literal["folder", "book", "file"]

COLUMNS = (
    Column("day", Align.LEFT),
    Column("what", Align.LEFT),
    SYMBOL,
    Column("shares"),
    Column("price"),
    Column("fee"),
    Column("amount"),
)
SHOWN_MAX = 40


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One thing that is new.

    ``day`` is that of the trade, or of the purchase of a lot. ``price`` is of one share, of a lot
    its basis, null where it is not known; of a split it is the ratio. ``amount`` is money that
    came, negative where it went; of a lot its whole basis.
    """

    what: What
    day: date
    symbol: str
    quantity: Decimal | None
    price: Decimal | None
    fee: Decimal
    amount: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class LotsImport:
    """What came in: ``written`` is false where it was only asked what would.

    ``path`` is the folder or the file that it goes into, empty for the book. ``known`` counts what
    was there already, ``repeated`` what several files have.
    """

    account: str
    where: Where
    path: str
    written: bool
    files: tuple[ReadFile, ...]
    new: tuple[ImportRow, ...]
    known: int
    repeated: int
    notes: tuple[str, ...]


Noun = Execution | Transfer | CashFlow | Split


def rows_of(nouns: Iterable[Noun]) -> tuple[ImportRow, ...]:
    """What is new, oldest first."""
    return tuple(sorted(map(_row, nouns), key=lambda row: (row.day, row.symbol, row.what)))


def _row(noun: Noun) -> ImportRow:
    match noun:
        case Execution() as e:
            amount = -e.side.sign * e.quantity * e.price - e.fee
            day = e.time.astimezone(NEW_YORK).date()
            what: What = "buy" if e.side.sign > 0 else "sell"
            return ImportRow(what, day, e.symbol, e.quantity, e.price, e.fee, amount, e.currency)
        case Transfer() as t:
            basis = None if t.unit_cost is None else t.unit_cost * t.quantity
            fee, cost = Decimal(0), t.unit_cost
            return ImportRow("lot", t.acquired, t.symbol, t.quantity, cost, fee, basis, t.currency)
        case CashFlow() as f:
            day, symbol = f.time.astimezone(NEW_YORK).date(), f.symbol or ""
            return ImportRow("cash flow", day, symbol, None, None, Decimal(0), f.amount, f.currency)
        case Split() as s:
            return ImportRow("split", s.effective, s.symbol, None, s.ratio, Decimal(0), None, "")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of it, where it went."""

    where: Where
    path: str
    new: tuple[ImportRow, ...]
    known: int
    notes: tuple[str, ...] = ()


def document(
    account: str, done: Done, gathered: Gathered, notes: Iterable[str], *, written: bool
) -> LotsImport:
    """All of it."""
    return LotsImport(
        account=account,
        where=done.where,
        path=done.path,
        written=written,
        files=gathered.files,
        new=done.new,
        known=done.known,
        repeated=gathered.repeated,
        notes=(*gathered.notes, *notes, *done.notes),
    )


def page(told: LotsImport) -> str:
    """The same for a person."""
    heads = [f"{f.file}: {f.format}, {count(f.items, 'item')}" for f in told.files]
    left = len(told.new) - SHOWN_MAX
    more = f", {left:,} more left out" if left > 0 else ""
    table = Table(f"{told.account}: new{more}", COLUMNS, tuple(map(_cells, told.new[:SHOWN_MAX])))
    shown = [render(table)] if told.new else [f"{told.account}: nothing new"]
    sums = ", ".join(_sums(told))
    return "\n".join([*heads, *shown, *([wrap(sums)] if sums else [])])


def _cells(row: ImportRow) -> tuple[str, ...]:
    is_lot = row.what == "lot"
    return (
        row.day.isoformat(),
        row.what,
        row.symbol,
        "" if row.quantity is None else quantity(row.quantity),
        ("unknown" if is_lot else "") if row.price is None else price(row.price),
        number(row.fee) if row.fee else "",
        "" if row.amount is None else number(row.amount),
    )


def _sums(told: LotsImport) -> Iterable[str]:
    for what in ("buy", "sell", "lot", "cash flow", "split"):
        some = sum(1 for row in told.new if row.what == what)
        if some:
            yield count(some, what)
    if told.known:
        yield f"{told.known:,} known already"
    if told.repeated:
        yield f"{told.repeated:,} in several files"
