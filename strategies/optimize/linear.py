"""The linear limits as a linear program: by how much they must give way, and what they run into.

The unknowns are what is bought and what is sold of each name (n each) and one breach for each
limit. Solved by HiGHS (through SciPy, which is imported only
here and only when limits contradict each other).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from strategies.optimize.problem import Array, Problem

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SCALE_MIN = 0.01
"""A breach counts relative to its limit, or to this where the limit is smaller."""
OPTIONS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
BREACH_MIN = 1e-9
"""A smaller breach is rounding."""
PRICE_MIN = 1e-7


@dataclass(frozen=True, slots=True)
class Limit:
    """coefficients . w <= level for a group (-w for its lower limit), or turnover <= level.

    ``place`` is the index of the group, None for the turnover; ``coefficients`` has shape (n,).
    """

    place: int | None
    is_lower: bool
    coefficients: Array
    level: float

    @property
    def scale(self) -> float:
        """What a breach is relative to."""
        return max(abs(self.level), SCALE_MIN)


@dataclass(frozen=True, slots=True)
class Partners:
    """What a limit runs into: other limits, by their place in the table, and bounds of names."""

    limits: tuple[int, ...]
    names: tuple[int, ...]


def limits_of(problem: Problem) -> tuple[Limit, ...]:
    """The group limits and the turnover of ``problem``, one row each."""
    found: list[Limit] = []
    for place, group in enumerate(problem.groups):
        row = np.zeros(problem.size)
        row[list(group.members)] = 1.0
        if np.isfinite(group.upper):
            found.append(Limit(place, is_lower=False, coefficients=row, level=group.upper))
        if np.isfinite(group.lower):
            found.append(Limit(place, is_lower=True, coefficients=-row, level=-group.lower))
    if problem.turnover is not None:
        turnover = np.zeros(problem.size)
        found.append(Limit(None, is_lower=False, coefficients=turnover, level=problem.turnover))
    return tuple(found)


def least_breaches(problem: Problem, limits: tuple[Limit, ...]) -> Array:
    """The breach of each limit, shape (r,), with the least sum of breaches / scale."""
    weights = np.array([1 / limit.scale for limit in limits])
    breaches, _ = _solve(problem, limits, weights, np.full(len(limits), np.inf))
    return np.where(breaches > BREACH_MIN, breaches, 0.0)


def runs_into(
    problem: Problem, limits: tuple[Limit, ...], breaches: Array, broken: int
) -> tuple[float, Partners]:
    """The least breach of one limit with the others as they are, and what keeps it from less.

    A bound of zero is not named: that nothing is sold short goes without saying.
    """
    most = breaches.copy()
    most[broken] = np.inf
    alone = np.zeros(len(limits))
    alone[broken] = 1.0
    found, prices = _solve(problem, limits, alone, most)
    rows = np.flatnonzero(np.abs(prices.rows) > PRICE_MIN)
    names = np.flatnonzero(prices.bounds > PRICE_MIN)
    partners = Partners(tuple(int(r) for r in rows if r != broken), tuple(names.tolist()))
    return float(found[broken]), partners


@dataclass(frozen=True, slots=True)
class _Prices:
    """What a unit more would be worth: of each limit, (r,), and of each name's bounds, (n,)."""

    rows: Array
    bounds: Array


def _solve(
    problem: Problem, limits: tuple[Limit, ...], cost: Array, most: Array
) -> tuple[Array, _Prices]:
    """Breaches (r,) of least ``cost``, none above ``most`` (r,), and the prices."""
    from scipy.optimize import linprog

    n = problem.size
    matrix, level = _rows(problem, limits)
    bounds = np.vstack([_trade_bounds(problem), np.column_stack([np.zeros(len(limits)), most])])
    result = linprog(
        np.concatenate([np.zeros(2 * n), cost]),
        A_ub=matrix,
        b_ub=level,
        A_eq=np.concatenate([np.ones(n), -np.ones(n), np.zeros(len(limits))])[None, :],
        b_eq=[0.0],
        bounds=bounds,
        method="highs",
        options=OPTIONS,
    )
    if result.status != 0:
        raise NoLeast(str(result.message))
    upper, lower = (np.abs(side.marginals[: 2 * n]) for side in (result.upper, result.lower))
    upper[n:][problem.lower == 0] = 0.0
    held = np.where(bounds[: 2 * n, 0] > 0, lower, 0.0) + upper
    prices = _Prices(np.asarray(result.ineqlin.marginals), held[:n] + held[n:])
    return np.asarray(result.x)[2 * n :], prices


class NoLeast(Exception):
    """HiGHS gave no answer; the message is its own."""


def _trade_bounds(problem: Problem) -> Array:
    """From and to, shape (2n, 2), for what is bought and what is sold of each name."""
    up, down = problem.upper - problem.current, problem.lower - problem.current
    bought = np.column_stack([np.maximum(down, 0.0), np.maximum(up, 0.0)])
    sold = np.column_stack([np.maximum(-up, 0.0), np.maximum(-down, 0.0)])
    return np.vstack([bought, sold])


def _rows(problem: Problem, limits: tuple[Limit, ...]) -> tuple["csr_array", Array]:
    """One row for each limit: what is bought, what is sold, and its breach taken off."""
    from scipy.sparse import csr_array, eye_array, hstack

    one = np.ones(problem.size)
    bought = [one if limit.place is None else limit.coefficients for limit in limits]
    sold = [one if limit.place is None else -limit.coefficients for limit in limits]
    held = np.array([limit.coefficients @ problem.current for limit in limits])
    level = np.array([limit.level for limit in limits]) - held
    own = [csr_array(np.vstack(side)) for side in (bought, sold)]
    return csr_array(hstack([*own, -eye_array(len(limits))])), level
