"""How far trades within the bands could bring a sum of weights, or a volatility.

The room is the widest that a plan may search: from where each name is, to its target, and all of
its band. Each answer takes one limit at a time: whether all of them hold together the plan finds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from brokers.words import ZERO, Symbol
from strategies.drift.look import Look
from strategies.optimize.kernel.solve import solve
from strategies.optimize.problem import UNLIMITED, BadProblem, Exposure, Problem
from strategies.policy import Optimizer
from strategies.standing import Row, Standing

CASH_VARIANCE = 1e-8
"""Annual; the solver wants every asset to have some."""
TOLERANCE = 1e-4

Pairs = tuple[tuple[Symbol, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Room:
    """Lowest and highest weight of each row, and of cash; shares of NAV."""

    lower: tuple[Decimal, ...]
    upper: tuple[Decimal, ...]
    cash_lower: Decimal
    cash_upper: Decimal


def room(stand: Standing) -> Room:
    """Where the weights may lie after one plan."""
    sides = [_sides(row) for row in stand.rows]
    unspendable = stand.cash - max(stand.spendable, ZERO) / stand.nav
    return Room(
        tuple(low for low, _ in sides),
        tuple(high for _, high in sides),
        min(stand.cash, stand.cash_target),
        max(stand.cash, (stand.cash_high + stand.cash_target) / 2, unspendable),
    )


def _sides(row: Row) -> tuple[Decimal, Decimal]:
    """A side that no order can lead to is where the row is."""
    if row.barred:
        return row.weight, row.weight
    low = row.within_reach(min(row.weight, row.target, row.inner_low))
    high = row.within_reach(max(row.weight, row.target, row.inner_high))
    return (
        low if row.weight - low >= row.least else row.weight,
        high if high - row.weight >= row.least else row.weight,
    )


def least_sum(look: Look, coefficients: Sequence[Decimal]) -> Decimal:
    """Least sum of coefficient x weight in the room, exact.

    Every row goes to the side that makes it least; what cash then cannot take up, or give, comes
    from the rows where it does the least harm.
    """
    within = room(look.stand)
    sides = list(zip(coefficients, within.lower, within.upper, strict=True))
    total = sum((a * (low if a > 0 else high) for a, low, high in sides), ZERO)
    held = sum((low if a > 0 else high for a, low, high in sides), ZERO)
    most, least = 1 - within.cash_lower, 1 - within.cash_upper
    if held > most:
        ways = [(-a, high - low) for a, low, high in sides if a <= 0]
        return total + _cheapest(ways, held - most)
    ways = [(a, high - low) for a, low, high in sides if a > 0]
    return total + _cheapest(ways, least - held)


def _cheapest(ways: Sequence[tuple[Decimal, Decimal]], needed: Decimal) -> Decimal:
    """Cost of ``needed`` weight where each way has a price and a width."""
    cost = ZERO
    for price, width in sorted(ways):
        taken = min(width, max(needed, ZERO))
        cost, needed = cost + price * taken, needed - taken
    return cost


def least_deviation(look: Look, limit: Decimal, *, to_target: bool = False) -> Decimal | None:
    """Least annual volatility in the room, or with ``to_target`` the least tracking error.

    Where a plain return to target keeps ``limit`` its volatility is good enough, and nothing is
    searched. None where the solver has no answer.
    """
    rows = look.stand.rows
    ends = [_end(row) for row in rows]
    aims = [row.target if to_target else ZERO for row in rows]
    there = look.deviation([end - aim for end, aim in zip(ends, aims, strict=True)])
    if there <= limit:
        return there
    try:
        answer = solve(_problem(look, aims), tolerance=TOLERANCE)
    except BadProblem:
        return None
    if not answer.is_usable:
        return None
    found = [Decimal(repr(weight)) for weight in answer.weights[:-1].tolist()]
    best = look.deviation([weight - aim for weight, aim in zip(found, aims, strict=True)])
    return min(there, best)


def _end(row: Row) -> Decimal:
    return row.within_reach(row.target) if row.can_move(row.target) else row.weight


def goals(look: Look, limits: Optimizer) -> list[Decimal]:
    """Where a return to target would bring each row: to its target, or as near as limits let.

    As near in tracking error, as a plan that trades whatever it costs. Where no weights keep all
    limits that is where each row is: no return to target is to be had.
    """
    ends = [_end(row) for row in look.stand.rows]
    if _is_kept(look, limits, ends):
        return ends
    made = _problem(look, [row.target for row in look.stand.rows])
    try:
        answer = solve(_limited(made, look, limits), tolerance=TOLERANCE)
    except BadProblem:
        return ends
    if not answer.is_usable:
        return [row.weight for row in look.stand.rows]
    return [Decimal(repr(weight)) for weight in answer.weights[:-1].tolist()]


def _is_kept(look: Look, limits: Optimizer, weights: Sequence[Decimal]) -> bool:
    """Whether ``weights`` keep every limit that has a trigger."""
    rows = look.stand.rows
    held = {row.symbol: weight for row, weight in zip(rows, weights, strict=True)}
    for pairs, low, high in _sums(limits):
        value = sum((held.get(symbol, ZERO) * a for symbol, a in pairs), ZERO)
        if (low is not None and value < low) or (high is not None and value > high):
            return False
    most, error = limits.volatility_limit, limits.tracking_error_max
    if most is not None and look.deviation(weights) > most:
        return False
    away = [weight - row.target for row, weight in zip(rows, weights, strict=True)]
    return error is None or look.deviation(away) <= error


def _sums(limits: Optimizer) -> Iterator[tuple[Pairs, Decimal | None, Decimal | None]]:
    """Groups and exposures alike: coefficients by name, and the two sides."""
    for group in limits.groups:
        yield tuple((member, Decimal(1)) for member in group.members), group.low, group.high
    for each in limits.exposures:
        yield each.coefficients, each.low, each.high


def _limited(made: Problem, look: Look, limits: Optimizer) -> Problem:
    """``made`` within the owner's limits on risk, groups and exposures."""
    most, error = limits.volatility_limit, limits.tracking_error_max
    rows: list[Exposure] = []
    for pairs, low, high in _sums(limits):
        known = dict(pairs)
        row = _array([*(known.get(each.symbol, ZERO) for each in look.stand.rows), ZERO])
        rows.append(Exposure(f"limit {len(rows)}", row, *_sides_of(low, high)))
    return replace(
        made,
        exposures=tuple(rows),
        volatility=None if most is None else float(most),
        tracking_error=None if error is None else float(error),
    )


def _sides_of(low: Decimal | None, high: Decimal | None) -> tuple[float, float]:
    return (
        -UNLIMITED if low is None else float(low),
        UNLIMITED if high is None else float(high),
    )


def _problem(look: Look, aims: Sequence[Decimal]) -> Problem:
    """Rows and cash, shape (n + 1,), with no costs: only the distance from ``aims`` counts."""
    stand, model, within = look.stand, look.model, room(look.stand)
    n = len(stand.rows) + 1
    return Problem(
        current=_array([*(row.weight for row in stand.rows), stand.cash]),
        target=_array([*aims, stand.cash_target]),
        factors=np.vstack([model.loadings, np.zeros((1, model.loadings.shape[1]))]),
        specific=np.append(model.specific, CASH_VARIANCE),
        spread=np.zeros(n),
        impact=np.zeros(n),
        lower=_array([*within.lower, within.cash_lower]),
        upper=_array([*within.upper, within.cash_upper]),
        risk_aversion=1.0,
    )


def _array(numbers: Sequence[Decimal]) -> np.typing.NDArray[np.float64]:
    return np.array([float(number) for number in numbers])
