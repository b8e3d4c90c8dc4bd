"""The linear limits as a linear program: by how much they must give way, and what they run into.

The unknowns are what is bought and what is sold of each name (n each), one breach for each limit,
and what is short of each name (n) where gross weight is limited. Solved by HiGHS (through SciPy,
which is imported only here and only when limits contradict each other).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from strategies.optimize.measure import turnover
from strategies.optimize.problem import Array, Problem
from strategies.optimize.rows import bands_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SCALE_MIN = 0.01
"""A breach counts relative to its limit, or to this where the limit is smaller."""
OPTIONS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
BREACH_MIN = 1e-9
"""A smaller breach is rounding."""
PRICE_MIN = 1e-7
NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Limit:
    """coefficients . w <= level of a band (-w for its lower limit), or turnover or gross <= level.

    ``place`` is the index of the band among groups and exposures, -1 for the others;
    ``coefficients`` has shape (n,).
    """

    kind: Literal["band", "turnover", "gross"]
    place: int
    coefficients: Array
    level: float
    is_lower: bool = False

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
    """The linear limits of ``problem``, one row each: groups, exposures, turnover, gross weight."""
    found: list[Limit] = []
    for place, band in enumerate(bands_of(problem)):
        row = band.coefficients
        if np.isfinite(band.upper):
            found.append(Limit("band", place, row, band.upper))
        if np.isfinite(band.lower):
            found.append(Limit("band", place, -row, -band.lower, is_lower=True))
    nothing = np.zeros(problem.size)
    if problem.turnover is not None:
        found.append(Limit("turnover", -1, nothing, problem.turnover))
    if problem.gross is not None:
        found.append(Limit("gross", -1, nothing, problem.gross))
    return tuple(found)


def held_against(problem: Problem, limit: Limit, weights: Array) -> float:
    """What ``limit`` is held against at ``weights`` (n,)."""
    match limit.kind:
        case "turnover":
            return turnover(problem, weights)
        case "gross":
            return float(np.abs(weights).sum())
        case _:
            return float(limit.coefficients @ weights)


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
    most = breaches * (1 + NEAR) + NEAR  # at the least itself rounding leaves no point
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

    n, r = problem.size, len(limits)
    matrix, level = _rows(problem, limits)
    rest = matrix.shape[1] - 2 * n - r
    breaches = np.column_stack([np.zeros(r), most])
    short = np.tile([0.0, np.inf], (rest, 1))
    bounds = np.vstack([_trade_bounds(problem), breaches, short])
    result = linprog(
        np.concatenate([np.zeros(2 * n), cost, np.zeros(rest)]),
        A_ub=matrix,
        b_ub=level,
        A_eq=np.concatenate([np.ones(n), -np.ones(n), np.zeros(r + rest)])[None, :],
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
    prices = _Prices(np.asarray(result.ineqlin.marginals)[:r], held[:n] + held[n:])
    return np.asarray(result.x)[2 * n : 2 * n + r], prices


class NoLeast(Exception):
    """HiGHS gave no answer; the message is its own."""


def _trade_bounds(problem: Problem) -> Array:
    """From and to, shape (2n, 2), for what is bought and what is sold of each name."""
    up, down = problem.upper - problem.current, problem.lower - problem.current
    bought = np.column_stack([np.maximum(down, 0.0), np.maximum(up, 0.0)])
    sold = np.column_stack([np.maximum(-up, 0.0), np.maximum(-down, 0.0)])
    return np.vstack([bought, sold])


def _rows(problem: Problem, limits: tuple[Limit, ...]) -> tuple["csr_array", Array]:
    """One row for each limit: what is bought, what is sold, and its breach taken off.

    Where gross weight is limited, what is short besides, and a row for each name that says so.
    """
    from scipy.sparse import block_array, csr_array, eye_array

    one, nothing = np.ones(problem.size), np.zeros(problem.size)
    turns = one.copy()
    if problem.cash is not None:
        turns[problem.cash] = 0.0
    ones = {"turnover": turns, "gross": one}
    bought = [ones.get(limit.kind, limit.coefficients) for limit in limits]
    sold = [
        row if limit.kind == "turnover" else -row for row, limit in zip(bought, limits, strict=True)
    ]
    held = [_held(problem, limit) for limit in limits]
    level = np.array([limit.level for limit in limits]) - held
    own = [csr_array(np.vstack(side)) for side in (bought, sold)]
    breach = -eye_array(len(limits))
    if all(limit.kind != "gross" for limit in limits):
        return csr_array(block_array([[*own, breach]])), level
    twice = [2 * one if limit.kind == "gross" else nothing for limit in limits]
    each = eye_array(problem.size)
    none = csr_array((problem.size, len(limits)))
    matrix = block_array([[*own, breach, csr_array(np.vstack(twice))], [-each, each, none, -each]])
    return csr_array(matrix), np.append(level, problem.current)


def _held(problem: Problem, limit: Limit) -> float:
    """What a limit's row is at before any trade, short weight apart."""
    match limit.kind:
        case "turnover":
            return 0.0
        case "gross":
            return problem.budget
        case _:
            return float(limit.coefficients @ problem.current)
