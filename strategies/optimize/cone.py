"""The same problem stated to a cone solver, to check the kernel by: the only room of cvxpy.

Every lot is a variable here and |x|^1.5 a power cone, so that nothing is shared with the kernel
but the problem. Slow to import and to compile: never on the path of a cycle.
"""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from strategies.optimize.kernel import (
    VIOLATION_MAX,
    Solution,
    Status,
)
from strategies.optimize.measure import violation
from strategies.optimize.problem import Array, Problem

if TYPE_CHECKING:
    import cvxpy as cp
    from scipy.sparse import csr_matrix

SCALE = 1e3
"""The solver sees the objective in tenths of a per cent, where its tolerances fit."""
TOLERANCES = {"tol_gap_abs": 1e-9, "tol_gap_rel": 1e-8, "tol_feas": 1e-9}
STATUSES: dict[str, Status] = {
    "optimal": "optimal",
    "optimal_inaccurate": "feasible",
    "infeasible": "infeasible",
    "infeasible_inaccurate": "infeasible",
}


@dataclass(frozen=True, slots=True)
class _Steps:
    """All lots in one row: the name, width and tax of each; the last of a name has no end."""

    name: Array
    width: Array
    tax: Array


def solve_cone(problem: Problem) -> Solution:
    """``problem`` solved by Clarabel, to ``TOLERANCES``. Imports cvxpy (a second or so)."""
    import cvxpy as cp

    active, exposure = cp.Variable(problem.size), cp.Variable(problem.factors.shape[1])
    weights = problem.target + active
    bought = cp.Variable(problem.size, nonneg=True)
    steps = _steps(problem)
    sold = cp.Variable(len(steps.width), nonneg=True)
    sold_by_name = _incidence(steps, problem.size) @ sold
    size = bought + sold_by_name
    risk = cp.hstack([exposure, cp.multiply(np.sqrt(problem.specific), active)])
    cost = (
        problem.spread @ size
        + problem.impact @ cp.power(size, 1.5, approx=False)
        + steps.tax @ sold
    )
    limits = [
        exposure == problem.factors.T @ active,
        active == problem.current - problem.target + bought - sold_by_name,
        sold <= steps.width,
        bought <= np.maximum(problem.upper - problem.current, 0.0),
        weights >= problem.lower,
        weights <= problem.upper,
        cp.sum(weights) == problem.budget,
        *_limits(problem, weights, size, risk),
    ]
    program = cp.Problem(
        cp.Minimize(SCALE * (problem.risk_aversion * cp.sum_squares(risk) + cost)), limits
    )
    return _run(problem, program, weights)


def _limits(
    problem: Problem, weights: "cp.Variable", size: "cp.Expression", risk: "cp.Expression"
) -> list[Any]:
    """Rows that only some problems have."""
    import cvxpy as cp

    limits: list[Any] = []
    for group in problem.groups:
        held = cp.sum(weights[list(group.members)])
        if np.isfinite(group.upper):
            limits.append(held <= group.upper)
        if np.isfinite(group.lower):
            limits.append(held >= group.lower)
    if problem.turnover is not None:
        limits.append(cp.sum(size) <= problem.turnover)
    if problem.tracking_error is not None:
        limits.append(cp.norm(risk, 2) <= problem.tracking_error)
    return limits


def _steps(problem: Problem) -> _Steps:
    """Every lot, and for each name what lies beyond its lots."""
    reach = np.maximum(problem.current - problem.lower, 0.0)
    dearest = np.zeros(problem.size)
    name, width, tax = [], [], []
    for lots in problem.lots:
        name += [lots.name] * len(lots.weights)
        width += lots.weights.tolist()
        tax += lots.taxes.tolist()
        dearest[lots.name] = max(0.0, *lots.taxes.tolist(), 0.0)
    name += range(problem.size)
    width += reach.tolist()
    tax += dearest.tolist()
    return _Steps(np.array(name, dtype=np.float64), np.array(width), np.array(tax))


def _incidence(steps: _Steps, size: int) -> "csr_matrix":
    """Sparse (n, lots) with a one where the lot belongs to the name."""
    from scipy.sparse import csr_matrix

    columns = np.arange(len(steps.name))
    return csr_matrix(
        (np.ones(columns.size), (steps.name.astype(int), columns)), (size, columns.size)
    )


def _run(problem: Problem, program: "cp.Problem", weights: "cp.Variable") -> Solution:
    import cvxpy as cp

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # "may be inaccurate": the status says so
            program.solve(solver=cp.CLARABEL, **TOLERANCES)
    except cp.error.SolverError as exc:
        return _without_answer(problem, "error", str(exc))
    status = STATUSES.get(program.status, "error")
    if status not in ("optimal", "feasible"):
        return _without_answer(problem, status, program.status)
    value, found = float(program.value) / SCALE, np.asarray(weights.value, dtype=np.float64)
    broken = violation(problem, found)
    why = "" if broken <= VIOLATION_MAX else f"limits kept to {broken:.2g}"
    steps = program.solver_stats.num_iters or 0
    return Solution(status, found, value, value, 0.0, broken, steps, why, np.empty(0))


def _without_answer(problem: Problem, status: Status, why: str) -> Solution:
    infinite = float("inf")
    return Solution(
        status, problem.current, infinite, -infinite, infinite, infinite, 0, why, np.empty(0)
    )
