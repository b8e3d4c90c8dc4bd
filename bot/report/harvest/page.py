"""Harvest candidates for a person: what would be sold and bought, then why the others stay."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from bot.report.amounts import count, number, percent, quantity
from bot.report.harvest.figures import CandidateRow, Harvest, HarvestCalendar, SubstituteRow
from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.text import render, wrap

NOT_ADVICE = "Not tax advice: nothing is sold by this. Ask who signs your return."
OVERLAP = (
    "Overlap is the share of what both hold that is the same, where [household.holdings] names a "
    "file of each. Whether they are substantially identical you judge."
)
SOLD = ("harvest", "sold with it")
GAIN = "at a gain"

SOLD_COLUMNS = (
    SYMBOL,
    Column("bought"),
    Column("shares"),
    Column("gain"),
    Column("saves"),
    Column("later"),
    Column("costs"),
    Column("net"),
    Column("buy", Align.LEFT),
)
LIKE_COLUMNS = (
    SYMBOL,
    Column("instead", Align.LEFT),
    Column("correlation"),
    Column("tracking error"),
    Column("overlap"),
    Column("costs"),
    Column("why not", Align.LEFT),
)
STAYS_COLUMNS = (
    SYMBOL,
    Column("bought"),
    Column("shares"),
    Column("gain"),
    Column("term", Align.LEFT),
    Column("verdict", Align.LEFT),
)
DAY_COLUMNS = (
    SYMBOL,
    Column("do not", Align.LEFT),
    Column("from"),
    Column("until"),
    Column("account", Align.LEFT),
)


def page(told: Harvest, limit: int) -> str:
    """Sentences and tables; of each table the first ``limit`` rows."""
    sold = [row for row in told.lots if row.verdict in SOLD]
    stays = [row for row in told.lots if row.verdict not in {*SOLD, GAIN}]
    likes = [*_likes({row.symbol: row for row in (*stays, *sold)}.values())]
    tables = (
        _table("Would be sold today", SOLD_COLUMNS, [*map(_sold, sold)], limit),
        _table("What may be bought instead", LIKE_COLUMNS, likes, limit),
        _table("At a loss, and not sold", STAYS_COLUMNS, [*map(_stays, stays)], limit),
    )
    parts = (
        *map(wrap, _sentences(told, sold)),
        *(render(table) for table in tables if table.rows),
        wrap(OVERLAP) if likes else "",
        "\n".join(
            wrap(f"{row.symbol} of {row.acquired}: {_why(row)}", "- ") for row in stays[:limit]
        ),
        "\n".join(wrap(note, "- ") for note in told.notes),
        wrap(NOT_ADVICE),
    )
    return "\n\n".join(part for part in parts if part)


def _sentences(told: Harvest, sold: Sequence[CandidateRow]) -> Iterator[str]:
    head = f"[{told.environment}] {told.account}: harvest of {told.session}"
    if sold:
        yield (
            f"{head}: {count(len(sold), 'lot')} would be sold, realising {number(told.loss)} USD "
            f"of loss, saving {number(told.saved)} USD of tax this year; {number(told.net)} USD "
            "remain after costs and the tax that comes later."
        )
    else:
        yield f"{head}: nothing is worth it."
    counted = Counter(row.verdict for row in told.lots if row.verdict not in SOLD)
    if counted:
        rest = ", ".join(f"{many} {verdict}" for verdict, many in sorted(counted.items()))
        yield f"Not harvested: {rest}."
    yield _assumed(told)


def _assumed(told: Harvest) -> str:
    of = told.assumed
    never = of.horizon_years is None
    horizon = (
        "never sold" if never else f"sold after {quantity(of.horizon_years or Decimal(0))} years"
    )
    carried = of.carryover_short + of.carryover_long
    brought = f", {number(carried)} USD of loss brought forward" if carried else ""
    return (
        f"Rates {percent(of.short_rate, 1)} short and {percent(of.long_rate, 1)} long; realised so "
        f"far this year {number(of.realised_short, signed=True)} USD short-term and "
        f"{number(of.realised_long, signed=True)} USD long-term{brought}; substitutes are "
        f"{horizon}; lots go by {told.relief}."
    )


def _why(row: CandidateRow) -> str:
    """Its sentence; that it is not harvested stands above already."""
    return row.why.removeprefix("not harvested: ")


def _table(
    title: str, columns: tuple[Column, ...], rows: list[tuple[str, ...]], limit: int
) -> Table:
    left = f", the first {limit} of {len(rows):,}" if len(rows) > limit else ""
    return Table(f"{title}{left}", columns, tuple(rows[:limit]))


def _money(amount: Decimal | None, *, signed: bool = False) -> str:
    return "" if amount is None else number(amount, signed=signed)


def _sold(row: CandidateRow) -> tuple[str, ...]:
    parts = (row.spread, row.fees, row.impact, row.tracking)
    costs = sum((part for part in parts if part is not None), Decimal(0))
    return (
        row.symbol,
        row.acquired.isoformat(),
        quantity(row.sold),
        _money(_gain_of_sold(row), signed=True),
        _money(row.saved),
        _money(row.later),
        number(costs),
        _money(row.net),
        row.substitute or "",
    )


def _gain_of_sold(row: CandidateRow) -> Decimal | None:
    """Of what is sold of the lot, where that is not all of it."""
    if row.gain is None or row.sold == row.quantity:
        return row.gain
    return -row.loss if row.loss else row.gain * row.sold / row.quantity


def _likes(rows: Iterable[CandidateRow]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        for one in row.substitutes:
            yield (row.symbol, one.symbol, *_likeness(one), one.objection)


def _likeness(one: SubstituteRow) -> tuple[str, str, str, str]:
    shared = "" if one.overlap is None else percent(one.overlap, 0)
    if one.tracking_error is None or one.correlation is None:
        return "", "", shared, ""
    error = percent(Decimal(repr(one.tracking_error)))
    costs = "" if one.objection else number(one.tracking_cost + one.trading_cost)
    return f"{one.correlation:.3f}", error, shared, costs


def _stays(row: CandidateRow) -> tuple[str, ...]:
    facts = (row.acquired.isoformat(), quantity(row.quantity), _money(row.gain, signed=True))
    return row.symbol, *facts, row.term, row.verdict


def calendar_page(told: HarvestCalendar, limit: int) -> str:
    """A table of days, and the reason of each row below it."""
    rows = told.rows[:limit]
    left = f", the first {limit} of {len(told.rows):,}" if len(told.rows) > limit else ""
    shown = tuple(
        (row.symbol, row.forbids, row.first.isoformat(), row.until.isoformat(), row.account)
        for row in rows
    )
    head = f"The household on {told.today}: {count(len(told.rows), 'thing')} to bear in mind."
    table = Table(f"What is not to be done{left}", DAY_COLUMNS, shown)
    parts = (
        wrap(head if told.rows else f"The household on {told.today}: nothing is shut out."),
        render(table) if shown else "",
        "\n".join(wrap(f"{row.symbol}: {row.why}", "- ") for row in rows),
        "\n".join(wrap(note, "- ") for note in told.notes),
        wrap(NOT_ADVICE),
    )
    return "\n\n".join(part for part in parts if part)
