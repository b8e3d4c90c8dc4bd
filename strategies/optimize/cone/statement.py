"""The problem in cvxpy: variables, objective and limits, as its docstring states them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from strategies.optimize.cone.beyond import risk_of, terms_of
from strategies.optimize.cone.envelope import Steps, steps_of
from strategies.optimize.cone.terms import Terms
from strategies.optimize.problem import Array, Problem

if TYPE_CHECKING:
    import cvxpy as cp
    from scipy.sparse import csr_matrix

SQUARE = 2.0


@dataclass(frozen=True, slots=True)
class Statement:
    """What is minimised under which limits; ``sold`` (steps,) follows ``steps``.

    ``weights`` and ``trades`` are expressions of shape (n,).
    """

    weights: "cp.Expression"
    trades: "cp.Expression"
    sold: "cp.Variable"
    steps: Steps
    objective: "cp.Expression"
    limits: tuple[Any, ...]


def state(problem: Problem, terms: Terms, *, second_order: bool = False) -> Statement:
    """``problem`` and ``terms`` as one convex program.

    With ``second_order`` an impact of power 3/2 is stated by cones of second order, exactly.
    """
    import cvxpy as cp

    n, steps = problem.size, steps_of(problem)
    active, bought = cp.Variable(n), cp.Variable(n, nonneg=True)
    sold = cp.Variable(len(steps.width), nonneg=True)
    by_name = _incidence(steps, n) @ sold
    weights, size = problem.target + active, bought + by_name
    risk, risk_limits = _risk(problem, terms, active, weights)
    beyond, beyond_limits = terms_of(terms, weights)
    impact = _impact(problem, size, second_order=second_order)
    costs = problem.spread @ size + steps.tax @ sold + impact
    limits = (
        active == problem.current - problem.target + bought - by_name,
        sold <= steps.width,
        bought <= np.maximum(problem.upper - problem.current, 0.0),
        weights >= problem.lower,
        weights <= problem.upper,
        cp.sum(weights) == problem.budget,
        *_rows(problem, weights, size),
        *risk_limits,
        *beyond_limits,
    )
    objective = risk + costs + _wishes(problem, weights, active) + beyond
    return Statement(weights, bought - by_name, sold, steps, objective, limits)


def _risk(
    problem: Problem, terms: Terms, active: "cp.Variable", weights: "cp.Expression"
) -> tuple["cp.Expression | float", list[Any]]:
    """Both aversions times their variances, and the limits on both deviations."""
    import cvxpy as cp

    total: cp.Expression | float = 0.0
    limits: list[Any] = []
    for aversion, limit, d in (
        (problem.risk_aversion, problem.tracking_error, active),
        (problem.variance_aversion, problem.volatility, weights),
    ):
        if not aversion and limit is None:
            continue
        deviation, ties = risk_of(problem, terms, d)
        limits += ties
        if aversion:
            total = total + aversion * cp.sum_squares(deviation)
        if limit is not None:
            limits.append(cp.norm(deviation, 2) <= limit)
    return total, limits


def _impact(
    problem: Problem, size: "cp.Expression", *, second_order: bool
) -> "cp.Expression | float":
    """Market impact of the names that have any: a power cone each, but a square needs none."""
    import cvxpy as cp

    rows = np.flatnonzero(problem.impact > 0)
    if not rows.size:
        return 0.0
    some, impact = size[rows], problem.impact[rows]
    if problem.exponent == SQUARE:
        return cp.sum_squares(cp.multiply(np.sqrt(impact), some))
    return impact @ cp.power(some, problem.exponent, approx=second_order)


def _wishes(
    problem: Problem, weights: "cp.Expression", active: "cp.Variable"
) -> "cp.Expression | float":
    """Borrowing, reward, opportunities, closeness and tilts."""
    import cvxpy as cp

    total: cp.Expression | float = 0.0
    if problem.borrow is not None:
        total = total + problem.borrow @ cp.neg(weights)
    if problem.reward is not None:
        total = total - problem.reward @ weights
    if problem.opportunity is not None:
        total = total + problem.opportunity @ cp.abs(active)
    if problem.closeness is not None:
        total = total + cp.sum_squares(cp.multiply(np.sqrt(problem.closeness), active))
    for tilt in problem.tilts:
        total = total + tilt.weight * cp.square(tilt.coefficients @ weights - tilt.level)
    return total


def _rows(problem: Problem, weights: "cp.Expression", size: "cp.Expression") -> list[Any]:
    """Groups, exposures, turnover and gross."""
    import cvxpy as cp

    held = [
        *((cp.sum(weights[list(each.members)]), each.lower, each.upper) for each in problem.groups),
        *((each.coefficients @ weights, each.lower, each.upper) for each in problem.exposures),
    ]
    limits = [value <= upper for value, _, upper in held if np.isfinite(upper)]
    limits += [value >= lower for value, lower, _ in held if np.isfinite(lower)]
    if problem.turnover is not None:
        limits.append(cp.sum(_turning(problem, size)) <= problem.turnover)
    if problem.gross is not None:
        limits.append(cp.norm(weights, 1) <= problem.gross)
    return limits


def _turning(problem: Problem, size: "cp.Expression") -> "cp.Expression":
    """What counts for the turnover: that of cash does not, where cash is named."""
    if problem.cash is None:
        return size
    return size[[name for name in range(problem.size) if name != problem.cash]]


def _incidence(steps: Steps, size: int) -> "csr_matrix":
    """Sparse (n, steps) with a one where the step belongs to the name."""
    from scipy.sparse import csr_matrix

    columns = np.arange(len(steps.name))
    ones: Array = np.ones(columns.size)
    return csr_matrix((ones, (steps.name, columns)), (size, columns.size))
