"""A plan in rows. Each face lays the same rows out in its own way; nobody else writes columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot.report.amounts import count, number, price, quantity
from bot.report.history import CycleRow, TradedRow
from bot.report.say import is_outside, verdict
from brokers.words import Execution
from strategies.lots import Lot, is_long_term
from strategies.plan import Leg, Line, Plan, belongs


class Align(StrEnum):
    """Which edge of its column a cell keeps to."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Column:
    """A header and the edge that its cells keep to; a unit stands in the header."""

    header: str
    align: Align = Align.RIGHT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under columns. ``loud`` are the places of rows that ask to be looked at."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    loud: frozenset[int] = frozenset()


SYMBOL = Column("symbol", Align.LEFT)
DRIFT_COLUMNS = (
    SYMBOL,
    Column("now %"),
    Column("target %"),
    Column("band %"),
    Column("drift pt"),
    Column("after %"),
    Column("verdict", Align.LEFT),
)
ORDER_COLUMNS = (
    Column("side", Align.LEFT),
    SYMBOL,
    Column("quantity"),
    Column("limit"),
    Column("value"),
    Column("cost"),
    Column("tax"),
    Column("lots"),
)
PAIR = Column("pair", Align.LEFT)
LOT_COLUMNS = (
    SYMBOL,
    Column("bought"),
    Column("quantity"),
    Column("basis"),
    Column("gain"),
    Column("term", Align.LEFT),
)
FILL_COLUMNS = (
    Column("side", Align.LEFT),
    SYMBOL,
    Column("planned"),
    Column("filled"),
    Column("limit"),
    Column("average"),
    Column("fees"),
    Column("verdict", Align.LEFT),
)
CYCLE_COLUMNS = (
    Column("session", Align.LEFT),
    Column("decision and why", Align.LEFT),
    Column("orders"),
    Column("turnover %"),
    Column("cost"),
    Column("drift pt before"),
    Column("after"),
)
TRADED_COLUMNS = (
    SYMBOL,
    Column("orders"),
    Column("shares bought"),
    Column("value bought"),
    Column("shares sold"),
    Column("value sold"),
    Column("fees"),
)


def drift_table(plan: Plan, rows_max: int | None = None) -> Table:
    """Every name against its target and band, furthest off first; at most ``rows_max`` of them."""
    lines = sorted(plan.lines, key=lambda line: -abs(line.weight_before - line.target))
    shown = lines[:rows_max]
    rest = f", {len(lines) - len(shown):,} nearer ones left out" if len(shown) < len(lines) else ""
    return Table(
        f"Weights against target{rest}",
        DRIFT_COLUMNS,
        tuple(_drift_row(line) for line in shown),
        frozenset(place for place, line in enumerate(shown) if is_outside(line)),
    )


def _drift_row(line: Line) -> tuple[str, ...]:
    return (
        line.symbol,
        _hundredths(line.weight_before),
        _hundredths(line.target),
        f"{_hundredths(line.low)} to {_hundredths(line.high)}",
        _hundredths(line.weight_before - line.target, signed=True),
        _hundredths(line.weight_after),
        f"{verdict(line)}, barred" if line.barred else verdict(line),
    )


def _hundredths(share: Decimal, *, signed: bool = False) -> str:
    return number(share * 100, signed=signed)


def orders_table(plan: Plan, rows_max: int | None = None) -> Table:
    """Every order as it is to be sent; cost and tax are in base currency.

    Where losses are harvested a last column tells which orders belong together.
    """
    shown = plan.legs[:rows_max]
    rest = f", {len(plan.legs) - len(shown):,} more left out" if len(shown) < len(plan.legs) else ""
    title = f"Orders, cost and tax in {plan.base}{rest}"
    rows = tuple(_order_row(leg, plan) for leg in shown)
    if not any(leg.paired for leg in plan.legs):
        return Table(title, ORDER_COLUMNS, rows)
    pairs = (_pair_cell(leg, plan) for leg in shown)
    with_pairs = tuple((*row, cell) for row, cell in zip(rows, pairs, strict=True))
    return Table(title, (*ORDER_COLUMNS, PAIR), with_pairs)


def _pair_cell(leg: Leg, plan: Plan) -> str:
    if leg.instead_of:
        sold = (each.order.symbol for each in plan.legs if each.order.key in leg.instead_of)
        return f"for {', '.join(sold)}"
    return "at a loss" if leg.paired else ""


def _order_row(leg: Leg, plan: Plan) -> tuple[str, ...]:
    order = leg.order
    unit = "" if order.currency == plan.base else f" {order.currency}"
    return (
        order.side.value,
        order.symbol,
        quantity(order.quantity),
        f"{price(order.limit)}{unit}",
        f"{number(order.value)}{unit}",
        number(leg.spread + leg.fees + leg.impact),
        number(leg.tax),
        str(len(leg.lots)) if leg.lots else "",
    )


def lots_table(plan: Plan) -> Table:
    """Every lot that the plan sells from, with the gain at the limit of its order."""
    rows = tuple(_lot_row(leg, lot, plan) for leg in plan.legs for lot in leg.lots)
    return Table("Lots to be sold, gain at the limit", LOT_COLUMNS, rows)


def _lot_row(leg: Leg, lot: Lot, plan: Plan) -> tuple[str, ...]:
    gain = None if lot.cost is None else lot.quantity * leg.order.limit - lot.cost
    return (
        lot.symbol,
        lot.acquired.isoformat(),
        quantity(lot.quantity),
        "unknown" if lot.unit_cost is None else price(lot.unit_cost.quantize(Decimal("0.0001"))),
        "unknown" if gain is None else number(gain, signed=True),
        "long" if is_long_term(lot.acquired, plan.session) else "short",
    )


def fills_table(plan: Plan, fills: Sequence[Execution]) -> Table:
    """Every order of the plan against what was filled of it."""
    rows = tuple(
        _fill_row(leg, [f for f in fills if belongs(f.key, leg.order.key)]) for leg in plan.legs
    )
    loud = frozenset(place for place, row in enumerate(rows) if row[-1] != "filled")
    return Table("Orders against fills", FILL_COLUMNS, rows, loud)


def _fill_row(leg: Leg, fills: Sequence[Execution]) -> tuple[str, ...]:
    order = leg.order
    filled = sum((fill.quantity for fill in fills), Decimal(0))
    paid = sum((fill.quantity * fill.price for fill in fills), Decimal(0))
    fees = sum((fill.fee for fill in fills), Decimal(0))
    return (
        order.side.value,
        order.symbol,
        quantity(order.quantity),
        quantity(filled),
        price(order.limit),
        number(paid / filled, 4) if filled else "",
        number(fees),
        _fill_verdict(filled, order.quantity),
    )


def _fill_verdict(filled: Decimal, wanted: Decimal) -> str:
    if not filled:
        return "nothing"
    return "filled" if filled >= wanted else "in part"


def cycles_table(cycles: Sequence[CycleRow]) -> Table:
    """Every cycle of a run, oldest first; those that traded stand out."""
    return Table(
        f"All {count(len(cycles), 'cycle')}",
        CYCLE_COLUMNS,
        tuple(_cycle_row(cycle) for cycle in cycles),
        frozenset(place for place, cycle in enumerate(cycles) if cycle.orders),
    )


def _cycle_row(cycle: CycleRow) -> tuple[str, ...]:
    return (
        cycle.session.isoformat(),
        cycle.decision,
        f"{cycle.orders:,}" if cycle.orders else "",
        _hundredths(cycle.turnover) if cycle.orders else "",
        number(cycle.cost) if cycle.orders else "",
        _hundredths(cycle.drift_before),
        _hundredths(cycle.drift_after),
    )


def traded_table(traded: Sequence[TradedRow]) -> Table:
    """What was bought and sold of each name."""
    return Table("Bought and sold", TRADED_COLUMNS, tuple(_traded_row(row) for row in traded))


def _traded_row(row: TradedRow) -> tuple[str, ...]:
    return (
        row.symbol,
        f"{row.orders:,}",
        quantity(row.shares_bought),
        number(row.value_bought),
        quantity(row.shares_sold),
        number(row.value_sold),
        number(row.fees),
    )
