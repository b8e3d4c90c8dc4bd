"""A plan within its tax year: which lots it sells, what they realise, and what that makes due."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from strategies.optimize.measure import objective
from strategies.optimize.netting.cuts import Cut, Place
from strategies.optimize.netting.gains import Gains, GainTable, gain_table, reach_of, sold_at
from strategies.optimize.netting.law import Netting, Region, check_netting, corners, due, regions
from strategies.optimize.problem import Array, BadProblem, Problem

ROUNDING = 1e-12
"""Weight by which a mixture of lots may miss the sale."""


@dataclass(frozen=True, slots=True)
class Year:
    """A problem without lots of its own, the lots in gains, and the year so far.

    ``so_far`` (2,) are the net short and long gains before the plan, ``before`` the tax on them.
    """

    problem: Problem
    table: GainTable
    netting: Netting
    so_far: Array
    before: float

    def tax(self, added: Array) -> float:
        """What ``added`` (2,) net gains add to the tax of the year."""
        short, long = (self.so_far + added).tolist()
        return due(self.netting, short, long) - self.before


def year_of(problem: Problem, gains: tuple[Gains, ...], netting: Netting) -> Year:
    """The year as the plan finds it. Raises ``BadProblem``."""
    check_netting(netting)
    if problem.lots:
        raise BadProblem("lots: with netting a lot has its gain, and no tax of its own")
    table = gain_table(problem, gains)
    short, long = netting.net_short, netting.net_long
    return Year(problem, table, netting, np.array([short, long]), due(netting, short, long))


def places(year: Year) -> tuple[Place, ...]:
    """The regions that a plan can end in."""
    low, high = (year.so_far + end for end in reach_of(year.problem, year.table))
    found = []
    for region in regions(year.netting):
        points = corners(region, low, high)
        if points.size:
            found.append(Place(region, points - year.so_far, region.tax(points) - year.before))
    return tuple(found)


def excess(region: Region, point: Array) -> float:
    """By how much ``point`` (2,), net gains after the plan, breaks the sides of ``region``."""
    return max(float(p * point[0] + q * point[1] - most) for p, q, most in region.sides)


def plan(year: Year, weights: Array, rates: Array, mixture: Array | None = None) -> Cut:
    """``weights`` (n,) with the lots that a sale takes at ``rates``.

    Or with those of a ``mixture`` (rows,) of plans, where their sum is that of the sale.
    """
    sold = np.maximum(year.problem.current - weights, 0.0)
    lots = sold_at(year.table, sold, rates)
    if mixture is not None:
        lots = _fitted(year, mixture, lots)
    base, added = objective(year.problem, weights), year.table.realised(lots)
    return Cut(weights, lots, base, added, base + year.tax(added), rates)


def best_order(year: Year, given: Cut, rates: Iterable[Array]) -> Cut:
    """``given``, or its weights with the lots that are taken at some of ``rates``, if better."""
    return min([given, *(plan(year, given.weights, each) for each in rates)], key=_value)


def _value(cut: Cut) -> float:
    return cut.value


def _fitted(year: Year, mixture: Array, lots: Array) -> Array:
    """``mixture`` (rows,), less of it where less of the name is sold; ``lots`` where it is fixed.

    Plans that trade a name in both directions mix to less than what the mixture sells.
    """
    table, size = year.table, year.problem.size
    wanted = np.bincount(table.names, lots, minlength=size)
    offered = np.bincount(table.names, mixture, minlength=size)
    share = np.divide(wanted, offered, out=np.ones(size), where=offered > 0)
    scaled = np.clip(mixture * share[table.names], 0.0, table.widths)
    missed = np.abs(np.bincount(table.names, scaled, minlength=size) - wanted) > ROUNDING
    return np.where(table.fixed | missed[table.names], lots, scaled)
