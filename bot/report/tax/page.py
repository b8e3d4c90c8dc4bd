"""A tax statement for a person: totals as Schedule D has them, then sales, washes, locks, lots."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import fields
from decimal import Decimal

from bot.report.amounts import count, number, quantity
from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.tax.figures import DisposalRow, LockRow, OpenLotRow, TaxStatement, WashRow
from bot.report.tax.year_page import year_blocks
from bot.report.text import render, wrap
from strategies.washes.totals import TermTotal

NOT_ADVICE = "Not tax advice: hold it against your 1099-B, and ask who signs your return."

SOLD_COLUMNS = (
    SYMBOL,
    Column("lot", Align.LEFT),
    Column("shares"),
    Column("sold"),
    Column("held since"),
    Column("gain"),
    Column("washed"),
    Column("counts"),
    Column("", Align.LEFT),
)
TOTAL_COLUMNS = (
    Column("", Align.LEFT),
    Column("proceeds"),
    Column("basis"),
    Column("disallowed"),
    Column("gain or loss"),
)
WASH_COLUMNS = (
    SYMBOL,
    Column("lot sold", Align.LEFT),
    Column("sold"),
    Column("shares"),
    Column("loss"),
    Column("replaced by", Align.LEFT),
    Column("in", Align.LEFT),
    Column("", Align.LEFT),
)
LOCK_COLUMNS = (
    Column("not to be bought", Align.LEFT),
    Column("until"),
    Column("sold"),
    Column("shares"),
    Column("loss at stake"),
)
OPEN_COLUMNS = (
    SYMBOL,
    Column("lot", Align.LEFT),
    Column("account", Align.LEFT),
    Column("shares"),
    Column("basis"),
    Column("held since"),
)


def page(told: TaxStatement, limit: int) -> str:
    """The statement in sentences and tables; of sales, washes and lots the last ``limit``."""
    tables = (
        _totals(told),
        _table("Sales", SOLD_COLUMNS, map(_sold, told.disposals), limit),
        _table("Where losses went", WASH_COLUMNS, map(_wash, told.washes), limit),
        _table(
            "Losses that a buy would still take away", LOCK_COLUMNS, map(_lock, told.locks), limit
        ),
        _table("Open lots", OPEN_COLUMNS, map(_open, told.open_lots), limit),
    )
    drawn = [render(table) for table in tables if table.rows]
    first = drawn[:1] if tables[0].rows else []
    parts = (*map(wrap, _sentences(told)), *first, *year_blocks(told), *drawn[len(first) :])
    return "\n\n".join((*parts, wrap(NOT_ADVICE)))


def _sentences(told: TaxStatement) -> Iterator[str]:
    of_year = f" in {told.year}" if told.year else ""
    total = told.totals
    lots = "as each account relieves them" if told.accounts else f"by {told.relief.value}"
    unless = "" if told.accounts else " where a sale names none"
    if told.accounts:
        names = ", ".join(f"{one.environment or 'file'} {one.account}" for one in told.accounts)
        yield f"One ledger over {count(len(told.accounts), 'account')}: {names}."
    yield (
        f"{count(len(told.disposals), 'sale')}{of_year} of taxable accounts, lots {lots}{unless}: "
        f"{number(total.recognised, signed=True)} USD count."
    )
    if told.unknown.disposals:
        proceeds = sum((one.proceeds for one in told.unknown.disposals), Decimal(0))
        yield (
            f"{count(len(told.unknown.disposals), 'more sale')}{of_year} for {number(proceeds)} "
            "USD: the basis is not known, so no gain and no loss is told."
        )
    if total.disallowed:
        yield (
            f"Wash sales take away {number(total.disallowed)} USD of losses: "
            f"{number(total.disallowed - total.permanently_lost)} USD wait in the basis of other "
            f"lots, {number(total.permanently_lost)} USD are lost for good."
        )
    if told.sheltered:
        yield (
            f"{count(len(told.sheltered), 'sale')}{of_year} inside retirement and health accounts: "
            "no gain and no loss."
        )


def _table(
    title: str, columns: tuple[Column, ...], rows: Iterable[tuple[str, ...]], limit: int
) -> Table:
    every = tuple(rows)
    left = f", the last {limit} of {len(every):,}" if len(every) > limit else ""
    return Table(f"{title}{left}", columns, every[-limit:])


def _totals(told: TaxStatement) -> Table:
    parts = (("short-term", told.totals.short), ("long-term", told.totals.long))
    return Table("As on Schedule D", TOTAL_COLUMNS, tuple(_total(n, part) for n, part in parts))


def _total(name: str, part: TermTotal) -> tuple[str, ...]:
    amounts = (part.proceeds, part.basis, part.disallowed)
    return name, *map(number, amounts), number(part.recognised, signed=True)


def _sold(row: DisposalRow) -> tuple[str, ...]:
    days = (row.sold.isoformat(), row.held_since.isoformat())
    amounts = (
        number(row.gain, signed=True),
        _or_blank(row.disallowed),
        number(row.recognised, signed=True),
    )
    return row.symbol, row.lot, quantity(row.quantity), *days, *amounts, row.term


def _or_blank(amount: Decimal) -> str:
    return number(amount) if amount else ""


def _wash(row: WashRow) -> tuple[str, ...]:
    sold = (row.symbol, row.lot, row.sold.isoformat(), quantity(row.quantity), number(row.loss))
    return (
        *sold,
        row.replaced_by,
        row.replaced_in,
        "lost" if row.is_permanently_lost else "deferred",
    )


def _lock(row: LockRow) -> tuple[str, ...]:
    name = row.symbol if row.symbol == row.group else f"{row.symbol} and its like"
    days = (row.until.isoformat(), row.sold.isoformat())
    return name, *days, quantity(row.quantity), number(row.loss)


def _open(row: OpenLotRow) -> tuple[str, ...]:
    figures = (quantity(row.quantity), number(row.basis), row.held_since.isoformat())
    return row.symbol, row.lot, row.account, *figures


def disposals_csv(told: TaxStatement) -> str:
    """The sales as CSV, in the columns of the JSON document, without a line end behind the last."""
    names = [field.name for field in fields(DisposalRow)]
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(names)
    rows.writerows([_cell(getattr(row, name)) for name in names] for row in told.disposals)
    return out.getvalue().rstrip("\n")


def _cell(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)
