"""One side for each loss: what either side is worth at given prices, and a solve with sides given.

At any prices z each undecided name has two best trades, one on either side; the dual value with
the better of the two for every name bounds what any choice of sides can reach. ``regret`` is by
how much the side taken is the worse one: the bound is the dual value less all regrets.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.dual import Coupling, Mask, Point, best_between, evaluate, pushes
from strategies.optimize.kernel import Solution, Tick, solve_coupled
from strategies.optimize.pieces import Pieces, respond, take, with_taxes, worth
from strategies.optimize.problem import Array, Problem


@dataclass(frozen=True, slots=True)
class Harvest:
    """A problem with ``open`` (u,) names that could take either side, and its two-sided coupling.

    ``reach`` has the lots of those names with losses worth the round trip at most, so that it can
    be solved as it is: it costs more than the truth, within the same limits.
    """

    problem: Problem
    coupling: Coupling
    reach: Coupling
    open: NDArray[np.intp]
    tolerance: float


def harvest(problem: Problem, coupling: Coupling, names: NDArray[np.intp], tol: float) -> Harvest:
    """``problem`` made ready for ``solve_with``, ``names`` being the undecided ones."""
    pieces = coupling.pieces
    taxes = pieces.taxes.copy()
    taxes[names] = np.maximum(taxes[names], -2 * pieces.spread[names, None])
    reach = replace(coupling, pieces=with_taxes(pieces, pieces.ends, taxes))
    return Harvest(problem, coupling, reach, names, tol)


def solve_open(job: Harvest, fixed: NDArray[np.int8], start: Array | None, tick: Tick) -> Solution:
    """Solve with the names that are 0 in ``fixed`` (u,) free to take either side, losses capped.

    Infeasible only where no choice of sides for them is feasible.
    """
    sided, pieces = _bounded(job, job.reach.pieces, fixed < 0, fixed > 0)
    coupling = replace(job.reach, pieces=pieces)
    return solve_coupled(sided, coupling, start=start, tolerance=job.tolerance, tick=tick)


def solve_with(job: Harvest, selling: Mask, start: Array | None, tick: Tick) -> Solution:
    """Solve with the open names in ``selling`` (u,) only sold, from their true lots.

    The others are only bought.
    """
    sided, pieces = _bounded(job, job.coupling.pieces, selling, ~selling)
    coupling = replace(job.coupling, pieces=pieces)
    return solve_coupled(sided, coupling, start=start, tolerance=job.tolerance, tick=tick)


def regrets(job: Harvest, z: Array, selling: Mask) -> Array:
    """By how much each open name would do better on its other side at the prices ``z``, (u,)."""
    sold, bought = both_sides(job, z)
    return np.maximum(np.where(selling, sold - bought, bought - sold), 0.0)


def both_sides(job: Harvest, z: Array) -> tuple[Array, Array]:
    """The least of each open name's Lagrangian when it is only sold, and only bought; both (u,)."""
    gamma = job.coupling.gamma + float(z[-1])
    g, a = (array[job.open] for array in pushes(job.coupling, z, gamma))
    pieces, toll = take(job.coupling.pieces, job.open), float(z[-2])
    nothing = np.zeros(job.open.size)
    sides = (
        replace(pieces, most=np.minimum(pieces.most, nothing)),
        replace(pieces, least=np.maximum(pieces.least, nothing)),
    )
    sold, bought = (worth(side, respond(side, g, a, toll).x, g, a, toll) for side in sides)
    return sold, bought


def _bounded(job: Harvest, pieces: Pieces, sold: Mask, bought: Mask) -> tuple[Problem, Pieces]:
    """The problem and its pieces with the open names bounded to the sides given."""
    current, upper, lower = job.problem.current, job.problem.upper.copy(), job.problem.lower.copy()
    sell, buy = job.open[sold], job.open[bought]
    upper[sell], lower[buy] = current[sell], current[buy]
    sided = replace(job.problem, lower=lower, upper=upper)
    return sided, replace(pieces, least=lower - current, most=upper - current)


def bound_at(job: Harvest, sides: NDArray[np.int8], z: Array) -> tuple[float, Mask]:
    """The bound that the prices ``z`` give for all choices that keep ``sides`` (u,).

    And which of the open names are sold, (u,), on the better side at ``z``.
    """
    point, selling = _better(job, sides, z)
    return point.value, selling


def climb_between(
    job: Harvest, sides: NDArray[np.int8], low: Array, high: Array
) -> tuple[float, Array]:
    """The best bound for all choices that keep ``sides`` between two prices, and its prices."""
    point = best_between(lambda z: _better(job, sides, z)[0], low, high)
    return point.value, point.z


def _better(job: Harvest, sides: NDArray[np.int8], z: Array) -> tuple[Point, Mask]:
    """The dual at ``z`` with the better side of each open name, and which are then sold."""
    sold, bought = both_sides(job, z)
    selling = np.where(sides == 0, sold < bought, sides < 0)
    _, pieces = _bounded(job, job.coupling.pieces, selling, ~selling)
    return evaluate(replace(job.coupling, pieces=pieces), z, None), selling


def sides_taken(job: Harvest, sides: NDArray[np.int8], answer: Solution) -> Mask:
    """Which open names ``answer`` sells; those it does not trade take the better side."""
    x = (answer.weights - job.problem.current)[job.open]
    _, better = bound_at(job, sides, answer.dual)
    return np.where(x == 0, better, x < 0)
