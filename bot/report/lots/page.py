"""Open lots for a person, and for a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from decimal import Decimal

from bot.report.amounts import count, number, quantity
from bot.report.lots.figures import AccountLots, LotRow, LotsDocument
from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.text import render, wrap

LOT_COLUMNS = (
    SYMBOL,
    Column("lot", Align.LEFT),
    Column("shares"),
    Column("bought"),
    Column("basis"),
    Column("washed"),
    Column("gain"),
    Column("long in"),
)
SUM_COLUMNS = (
    Column("account", Align.LEFT),
    Column("lots"),
    Column("basis"),
    Column("washed"),
    Column("value"),
    Column("short gain"),
    Column("long gain"),
)
UNKNOWN = "unknown"


def page(told: LotsDocument, limit: int) -> str:
    """Each account's lots, the sums, and of when prices are; ``limit`` lots of an account."""
    tables = [
        table
        for one in told.accounts
        for table in (_lots(one, [r for r in told.lots if r.account == one.account], limit),)
        if table.rows
    ]
    tables.append(Table("Sums in USD", SUM_COLUMNS, tuple(map(_sums, told.accounts))))
    return "\n\n".join((*map(render, tables), *map(wrap, _sentences(told))))


def _lots(one: AccountLots, rows: list[LotRow], limit: int) -> Table:
    left = f", {len(rows) - limit:,} more left out" if len(rows) > limit else ""
    title = f"{one.environment.value} {one.account} ({one.kind}), sold {one.relief.value}{left}"
    return Table(title, LOT_COLUMNS, tuple(map(_lot, rows[:limit])))


def _lot(row: LotRow) -> tuple[str, ...]:
    return (
        row.symbol,
        row.lot,
        quantity(row.quantity),
        row.acquired.isoformat(),
        UNKNOWN if row.basis is None else number(row.basis),
        number(row.washed) if row.washed else "",
        "" if row.gain is None else number(row.gain, signed=True),
        "is long" if row.term == "long" else f"{row.days_to_long} d",
    )


def _sums(one: AccountLots) -> tuple[str, ...]:
    amounts = (one.basis, one.washed, one.value)
    gains = (number(one.short, signed=True), number(one.long, signed=True))
    return one.account, f"{one.lots:,}", *map(number, amounts), *gains


def _sentences(told: LotsDocument) -> Iterator[str]:
    if any(row.washed for row in told.lots):
        yield (
            "Washed is code W: a loss that did not count waits in the basis, and days come with "
            "it. A gain is over both. A 1099-B sees it only within its own account and CUSIP."
        )
    if any(row.basis is None for row in told.lots):
        yield "Where the basis is unknown no gain is told, and no loss is ever taken."
    if told.prices:
        oldest, newest = min(p.seen for p in told.prices), max(p.seen for p in told.prices)
        yield f"Prices are the last that the book knows, of {_span(oldest, newest)}."
    if told.unpriced:
        names = ", ".join(told.unpriced)
        yield f"The book knows no price of {count(len(told.unpriced), 'name')}: {names}."
    if not told.lots:
        yield "There are no open lots in the book."


def _span(oldest: date, newest: date) -> str:
    return f"{newest}" if oldest == newest else f"{oldest} to {newest}"


def lots_csv(told: LotsDocument) -> str:
    """Every lot, in the columns of the JSON document, without a line end behind the last."""
    names = [field.name for field in fields(LotRow)]
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(names)
    rows.writerows([_cell(getattr(row, name)) for name in names] for row in told.lots)
    return out.getvalue().rstrip("\n")


def _cell(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else str(value)
