"""Weights into shares where a share is coarse: a search over whole steps, every limit kept.

Where what a quantity moves in is too small to matter, rounding does; see ``orders.sizes``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from brokers.words import ZERO
from strategies.border.gauge import Case, array
from strategies.border.settled import Settled
from strategies.border.statement import problem
from strategies.cash import Room
from strategies.optimize.problem import BadProblem, Problem
from strategies.optimize.whole.grid import Grid
from strategies.optimize.whole.shares import Rounded, round_to_shares
from strategies.orders.sizes import Moves, cash_range
from strategies.standing import Row, Standing

FINE = Decimal("1e-8")
"""A step worth less than this share of NAV needs no search: a cent in a million."""
COUNTED = Decimal(1)
"""What a step is worth at least, in base currency, where the broker deals in finer ones."""
GAP = 1e-3
"""Gap at which the search for better whole shares ends."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """What the search over whole steps was asked and what it found; ``moves`` are shares."""

    problem: Problem
    grid: Grid
    found: Rounded
    moves: Moves


def is_coarse(stand: Standing) -> bool:
    """Whether a step of any name that may trade is worth enough to matter."""
    return any(
        not row.barred and row.step * row.holding.price > FINE * stand.nav for row in stand.rows
    )


def round_to_grid(settled: Settled, case: Case) -> Rounding | None:
    """The best whole steps near ``settled``, or None where the search found none."""
    stand = case.stand
    steps = [_step(row, low, high) for row, low, high in _rows(settled.room, stand)]
    room = _widened(settled.room, steps, case)
    made = replace(problem(room, case, settled.limits), turnover=settled.problem.turnover)
    grid = Grid(
        prices=array([*(_price(row) for row in stand.rows), Decimal(1)]),
        step=array([*steps, Decimal(1)]),
        nav_usd=float(stand.nav),
        cash=len(stand.rows),
        trade_usd_min=float(case.policy.orders.value_min),
        fee_usd=float(case.policy.costs.commission_min),
    )
    try:
        found = round_to_shares(made, grid, tolerance=GAP, tick=case.hearing(made))
    except BadProblem:
        return None
    if not found.is_usable:
        return None
    counts = found.counts.tolist()
    moves = [count * step for count, step in zip(counts, steps, strict=False)]
    return Rounding(made, grid, found, moves)


def _rows(room: Room, stand: Standing) -> Sequence[tuple[Row, Decimal, Decimal]]:
    return list(zip(stand.rows, room.lower, room.upper, strict=True))


def _price(row: Row) -> Decimal:
    """A price above zero: one that is barred and has none is not traded."""
    return row.holding.price if row.holding.price > 0 else Decimal(1)


def _step(row: Row, low: Decimal, high: Decimal) -> Decimal:
    """Shares in one step: all that is held where all of it goes, and nothing too small to count."""
    if low == high == 0 and row.holding.quantity > 0:
        return row.holding.quantity
    parts = (COUNTED / (row.step * _price(row))).to_integral_value(ROUND_CEILING)
    return row.step * max(parts, Decimal(1))


def _widened(room: Room, steps: Sequence[Decimal], case: Case) -> Room:
    """``room`` with a step more on either side, so that whole steps and the cash they leave fit."""
    stand = case.stand
    sides = [
        _sides(row, (low, high), step * _price(row) / stand.nav, case)
        for (row, low, high), step in zip(_rows(room, stand), steps, strict=True)
    ]
    cash_low, cash_high = cash_range(stand)
    return replace(
        room,
        lower=tuple(low for low, _ in sides),
        upper=tuple(high for _, high in sides),
        cash_lower=min(room.cash_lower, cash_low),
        cash_upper=max(room.cash_upper, cash_high),
    )


def _sides(
    row: Row, within: tuple[Decimal, Decimal], unit: Decimal, case: Case
) -> tuple[Decimal, Decimal]:
    """Bounds of a row: a step wider, inside its band if that holds a count, with today's if not.

    Who may only be bought is not sold for it, nor the other way round.
    """
    low, high = within
    if row.barred or low == high == 0:
        return within
    least = max(low - unit, row.lowest, row.weight if low >= row.weight else ZERO)
    most = min(high + unit, row.highest)
    if high <= row.weight:
        most = min(most, row.weight)
    value_min = case.policy.orders.value_min / case.stand.nav
    inner = max(least, min(row.inner_low, low)), min(most, max(row.inner_high, high))
    for sides in (inner, (least, most)):
        if _holds_a_count(row.weight, sides, unit, value_min):
            return sides
    return min(least, row.weight), max(most, row.weight)


def _holds_a_count(
    weight: Decimal, sides: tuple[Decimal, Decimal], unit: Decimal, value_min: Decimal
) -> bool:
    """Whether a whole number of steps, none or large enough for an order, ends between them."""
    low, high = ((side - weight) / unit for side in sides)
    least = max((value_min / unit).to_integral_value(ROUND_CEILING), Decimal(1))
    first, last = low.to_integral_value(ROUND_CEILING), high.to_integral_value(ROUND_FLOOR)
    if first > last:
        return False
    return first <= 0 <= last or last >= max(least, first) or first <= min(-least, last)
