"""A linear program over a region, and an answer whose bound needs no trust in who gave it.

By weak duality any prices y of the rows bound the cost from below: b . y + sum_j of the least of
d_j x_j within the bounds of x_j, with d = c - A'y. So the bound is worked out here, from HiGHS's
prices; for whole numbers it is the one of HiGHS's own search.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from strategies.optimize.problem import Array
from strategies.targets.linear.region import Region
from strategies.targets.refusal import NoTarget, Unsolved

if TYPE_CHECKING:
    from scipy.sparse import csr_array

TOLERANCE = 1e-10
"""The least that HiGHS takes, for a row and for a price."""
LOOSE = 1e-7
"""HiGHS's own."""
WAYS = ("highs-ds", "highs-ipm")
SIMPLEX_MAX = 250
"""Rows up to which the simplex is quicker than an interior point with its way to a corner."""
NODES_EACH = 500_000
"""Nodes times rows of the search for the best names; then the best so far is the answer."""
INTEGER_GAP = 1e-9
MOVES_EACH = 100
"""Iterations for each row and column: where it takes more HiGHS goes round in circles."""
SECONDS = 20.0
"""The same for what an interior point method does between two iterations."""
SOLVED, INFEASIBLE, UNBOUNDED = 0, 2, 3
"""HiGHS's words in scipy."""


@dataclass(frozen=True, slots=True)
class Program:
    """Minimise ``cost`` . x, with x the columns of ``region`` and then ``lower`` to ``upper``.

    ``cost`` has all columns, and so has ``more``: rows with ``more`` x <= 0.
    """

    region: Region
    cost: Array
    more: "csr_array"
    lower: Array
    upper: Array


@dataclass(frozen=True, slots=True)
class Answer:
    """``x`` (columns,), the ``weights`` (n,) in it, and a ``bound`` of the cost."""

    x: Array
    weights: Array
    bound: float


@dataclass(frozen=True, slots=True)
class _Standard:
    """``rows`` x <= ``most``, ``equations`` x = ``side``, ``lower`` <= x <= ``upper``."""

    cost: Array
    rows: "csr_array"
    most: Array
    equations: "csr_array"
    side: Array
    lower: Array
    upper: Array


def best(program: Program) -> Answer:
    """The x of least cost. Raises ``NoTarget`` where there is none."""
    standard = _standard(program)
    x, bound = (_whole if program.region.switches else _plain)(program.region, standard)
    return Answer(x, program.region.weights(x), bound)


def _standard(program: Program) -> _Standard:
    from scipy.sparse import csr_array, hstack, vstack

    region, extra = program.region, len(program.lower)
    matrix = csr_array(hstack([region.matrix, csr_array((len(region.low), extra))]))
    equal = region.low == region.high
    above, below = ~equal & np.isfinite(region.high), ~equal & np.isfinite(region.low)
    return _Standard(
        program.cost,
        csr_array(vstack([matrix[above], -matrix[below], program.more])),
        np.concatenate([region.high[above], -region.low[below], np.zeros(program.more.shape[0])]),
        csr_array(matrix[equal]),
        region.high[equal],
        np.concatenate([region.lower, program.lower]),
        np.concatenate([region.upper, program.upper]),
    )


def _plain(region: Region, standard: _Standard) -> tuple[Array, float]:
    """The way that is quicker first; where HiGHS finds no end to it, the other, less exactly."""
    first, other = WAYS if len(standard.most) <= SIMPLEX_MAX else WAYS[::-1]
    found = _solved(standard, first, TOLERANCE)
    for way, tolerance in ((other, TOLERANCE), (first, LOOSE), (other, LOOSE)):
        if found.status in (SOLVED, INFEASIBLE, UNBOUNDED):
            break
        found = _solved(standard, way, tolerance)
    if found.status != SOLVED:  # what it came to by then may keep no limit
        found.x = None
    _refuse(region, found)
    bound = _bound(standard, found.ineqlin.marginals, found.eqlin.marginals)
    return np.array(found.x), bound if np.isfinite(bound) else float(found.fun)


def _solved(standard: _Standard, way: str, tolerance: float) -> Any:  # noqa: ANN401 - of scipy
    from scipy.optimize import linprog

    return linprog(
        standard.cost,
        A_ub=standard.rows,
        b_ub=standard.most,
        A_eq=standard.equations,
        b_eq=standard.side,
        bounds=np.column_stack([standard.lower, standard.upper]),
        method=way,
        options={
            "primal_feasibility_tolerance": tolerance,
            "dual_feasibility_tolerance": tolerance,
            "maxiter": MOVES_EACH * (len(standard.most) + len(standard.lower)),
            "time_limit": SECONDS,
        },
    )


def _bound(standard: _Standard, prices: Array, free: Array) -> float:
    """What no x costs less than, by prices of the rows (<= 0) and of the equations.

    Minus infinity where a column that has no bounds has a price, be it of rounding.
    """
    signed = np.minimum(prices, 0.0)
    rest = standard.cost - standard.rows.T @ signed - standard.equations.T @ free
    edge = np.where(rest >= 0, standard.lower, standard.upper)
    least = np.where(rest == 0, 0.0, rest * np.where(rest == 0, 0.0, edge))
    return float(standard.most @ signed + standard.side @ free + least.sum())


def _whole(region: Region, standard: _Standard) -> tuple[Array, float]:
    from scipy.optimize import Bounds, LinearConstraint, milp

    nodes = max(1, NODES_EACH // max(1, len(standard.most)))
    whole = np.zeros(len(standard.lower), dtype=int)
    whole[len(region.owner) : len(region.lower)] = 1
    found = milp(
        standard.cost,
        integrality=whole,
        bounds=Bounds(standard.lower, standard.upper),
        constraints=[
            LinearConstraint(standard.rows, -np.inf, standard.most),
            LinearConstraint(standard.equations, standard.side, standard.side),
        ],
        options={"mip_rel_gap": INTEGER_GAP, "node_limit": nodes},
    )
    _refuse(region, found)
    return np.array(found.x), float(found.mip_dual_bound)


def _refuse(region: Region, found: Any) -> None:  # noqa: ANN401 - scipy's OptimizeResult
    if found.x is not None:
        return
    if found.status == INFEASIBLE:
        limits = ", ".join(region.said) or "the budget"
        raise NoTarget(f"no weights within their bounds keep all of: {limits}")
    if found.status == UNBOUNDED:
        raise NoTarget(
            "weights without bounds gain in every period there is, and the more the larger they"
            " are: set lower and upper bounds, or a gross limit"
        )
    raise Unsolved(f"no weights were found: {found.message}")
