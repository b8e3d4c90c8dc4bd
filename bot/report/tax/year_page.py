"""The year, the payments due, and what would change if all were sold today, for a terminal."""

from collections.abc import Iterator
from decimal import Decimal

from bot.report.amounts import number, percent, price, quantity
from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.tax.figures import TaxStatement
from bot.report.tax.if_sold import IfSold, IfSoldRow
from bot.report.tax.year import Estimated, ScheduleD
from bot.report.text import render, wrap

LINE_COLUMNS = (Column("", Align.LEFT), Column("short-term"), Column("long-term"), Column("both"))
IF_SOLD_COLUMNS = (
    SYMBOL,
    Column("shares"),
    Column("price"),
    Column("seen"),
    Column("short-term"),
    Column("long-term"),
    Column("washed"),
)
PAYMENT_COLUMNS = (Column("due"), Column("amount"))


def year_blocks(told: TaxStatement) -> Iterator[str]:
    """Blocks of text, of what the statement has of these."""
    if told.schedule_d:
        yield render(_lines(told.schedule_d))
        yield wrap(_said(told.schedule_d))
    if told.estimated:
        yield from _estimated(told.estimated)
    if told.if_sold and told.if_sold.names:
        yield render(_if_sold(told.if_sold))
        yield from map(wrap, _of_today(told.if_sold))


def _lines(year: ScheduleD) -> Table:
    rows = (
        ("of the year", year.short, year.long),
        ("brought from before", -year.brought_short, -year.brought_long),
        ("net (lines 7, 15, 16)", year.net_short, year.net_long),
        ("carried on", -year.carried_short, -year.carried_long),
    )
    return Table(f"The year {year.year}", LINE_COLUMNS, tuple(_line(*row) for row in rows))


def _line(name: str, short: Decimal, long: Decimal) -> tuple[str, ...]:
    return name, *(number(amount, signed=True) for amount in (short, long, short + long))


def _said(year: ScheduleD) -> str:
    parts = [f"Filing {year.filing.value}:"]
    if year.net < 0:
        parts.append(f"{number(year.deducted)} USD are deducted from other income (line 21),")
        parts.append(f"{number(year.carried_short + year.carried_long)} USD are carried on.")
    else:
        parts.append(f"{number(year.net)} USD are taxed (line 16), nothing is carried on.")
    if year.tax is not None and year.short_rate is not None and year.long_rate is not None:
        owed = f"{number(year.tax)} USD are owed" if year.tax >= 0 else ""
        saved = f"{number(-year.tax)} USD of tax are saved" if year.tax < 0 else ""
        rates = f"{percent(year.short_rate, 1)} short and {percent(year.long_rate, 1)} long"
        parts.append(f"At {rates}, as the config has it, {owed}{saved}.")
    return " ".join(parts)


def _estimated(told: Estimated) -> Iterator[str]:
    if not told.payments:
        yield wrap("No estimated payment is needed to keep clear of an addition to tax.")
        return
    rows = tuple((each.due.isoformat(), number(each.amount)) for each in told.payments)
    yield render(Table("Estimated payments, beside what is withheld", PAYMENT_COLUMNS, rows))


def _if_sold(told: IfSold) -> Table:
    total = ("all", "", "", "", *_signed(told.short, told.long), number(told.disallowed))
    return Table("If sold today", IF_SOLD_COLUMNS, (*map(_name, told.names), total))


def _name(row: IfSoldRow) -> tuple[str, ...]:
    if row.price is None or row.seen is None or row.short is None or row.long is None:
        return row.symbol, quantity(row.quantity), "unknown", "", "", "", ""
    seen = (price(row.price.quantize(Decimal("0.0001"))), row.seen.isoformat())
    washed = number(row.disallowed) if row.disallowed else ""
    return row.symbol, quantity(row.quantity), *seen, *_signed(row.short, row.long), washed


def _signed(*amounts: Decimal) -> tuple[str, ...]:
    return tuple(number(amount, signed=True) for amount in amounts)


def _of_today(told: IfSold) -> Iterator[str]:
    yield (
        "At the last prices that the book knows, fees aside. Washed are losses that buys of the "
        "last 30 days would take away."
    )
    if told.unpriced:
        yield f"Without a price: {', '.join(told.unpriced)}."
    unknown = sum((row.unknown for row in told.names if row.unknown), Decimal(0))
    if unknown:
        yield f"Shares worth {number(unknown)} USD are of unknown basis: no gain is told of them."
