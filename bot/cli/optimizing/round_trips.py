"""What is sold and bought back besides a trade, where that is allowed: as much as pays.

Given the weights, each name's round trip m minimises

    spread (|x| + 2m) + impact (|x| + 2m)^1.5 + tax(sold + m),    0 <= m <= room to buy,

all of them together within the turnover that the trades leave, whose price is found by bisection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from strategies.optimize.measure import turnover
from strategies.optimize.problem import Problem

HALVINGS = 60
PRICE_MAX = 1.0
"""A dollar of tax for a dollar sold: no turnover is worth more."""


@dataclass(frozen=True, slots=True)
class _Name:
    """One name with lots: its trade, costs, lots (tax, weight) cheapest first, room to buy."""

    index: int
    trade: float
    spread: float
    impact: float
    lots: tuple[tuple[float, float], ...]
    room: float


def pay(problem: Problem) -> bool:
    """Whether some loss is worth more than the round trip, in a name that may be bought."""
    rooms, costs = (problem.upper > problem.current).tolist(), (2 * problem.spread).tolist()
    return any(
        rooms[lots.name] and bool((lots.taxes < -costs[lots.name]).any()) for lots in problem.lots
    )


def round_trips(problem: Problem, weights: Sequence[float]) -> dict[int, float]:
    """The round trip of each name that has one, in weight."""
    trades = [after - held for after, held in zip(weights, problem.current.tolist(), strict=True)]
    names = [
        _Name(
            index=lots.name,
            trade=(trade := trades[lots.name]),
            spread=float(problem.spread[lots.name]),
            impact=float(problem.impact[lots.name]),
            lots=tuple(sorted(zip(lots.taxes.tolist(), lots.weights.tolist(), strict=True))),
            room=float(problem.upper[lots.name] - problem.current[lots.name]) - max(trade, 0.0),
        )
        for lots in problem.lots
    ]
    if problem.turnover is None:
        return _at(names, 0.0)
    return _within(names, (problem.turnover - turnover(problem, np.asarray(weights))) / 2)


def _within(names: list[_Name], most: float) -> dict[int, float]:
    """The round trips at the least price of turnover that keeps their sum within ``most``."""
    free = _at(names, 0.0)
    if sum(free.values()) <= most:
        return free
    low, high = 0.0, PRICE_MAX
    for _ in range(HALVINGS):
        price = (low + high) / 2
        if sum(_at(names, price).values()) <= most:
            high = price
        else:
            low = price
    return _at(names, high)


def _at(names: list[_Name], price: float) -> dict[int, float]:
    """What pays in each name when a unit of turnover costs ``price`` besides."""
    found = {name.index: _one(name, price) for name in names}
    return {index: size for index, size in found.items() if size > 0}


def _one(name: _Name, price: float) -> float:
    """The slope 2 spread + 3 impact sqrt(|x| + 2m) + tax rises along the lots up to zero."""
    size, sold, end, best = abs(name.trade), max(-name.trade, 0.0), 0.0, 0.0
    for tax, weight in name.lots:
        end += weight
        pays = -tax - 2 * (name.spread + price)
        if end <= sold:
            continue
        if pays <= 3 * name.impact * sqrt(size + 2 * best):
            break
        reach = end - sold
        peak = ((pays / (3 * name.impact)) ** 2 - size) / 2 if name.impact else reach
        best = min(peak, reach)
        if peak < reach:
            break
    return max(0.0, min(best, name.room))
