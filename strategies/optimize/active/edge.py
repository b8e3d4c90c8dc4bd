"""The most return that the limits allow, by linear programming: where the frontier ends.

Also whether any weights keep the limits at all, and which limits contradict each other.
"""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

from strategies.optimize.active.quadratic import Quadratic
from strategies.optimize.active.system import States
from strategies.optimize.kernel.solve import solve
from strategies.optimize.problem import Array, Exposure, Problem

UNSEEN = 1e4
"""Weight that stands for no bound."""


def most_return(quadratic: Quadratic) -> float | None:
    """The greatest mean . w; None where no weights keep the limits."""
    found = _reach(quadratic, quadratic.mean)
    return None if found is None else float(quadratic.mean @ found)


def richest(quadratic: Quadratic) -> States:
    """Which bounds bind at the most return that bounds and the budget alone allow: a guess."""
    order = np.argsort(-quadratic.mean, kind="stable")
    room = (quadratic.upper - quadratic.lower)[order]
    left = float(quadratic.rows.high[0] - quadratic.lower.sum())
    states = np.full(quadratic.size, -1, np.int8)
    if np.isfinite(left):
        before = np.cumsum(room) - room
        states[order[before + room <= left]] = 1
        states[order[(before <= left) & (before + room > left)]] = 0
    return states


def _reach(quadratic: Quadratic, gain: Array) -> Array | None:
    """Weights (n,) of most gain . w; None where there are none.

    The variables are w and, for each limit on absolute values, t_i >= |w_i - centre_i|.
    """
    n, limits = quadratic.size, quadratic.absolute
    matrix, side = _inequalities(quadratic)
    equal = quadratic.rows.low == quadratic.rows.high
    extra = csr_array((int(equal.sum()), n * len(limits)))
    size = float(np.abs(gain).max(initial=0.0)) or 1.0
    found = linprog(
        np.concatenate([-gain / size, np.zeros(n * len(limits))]),
        A_ub=matrix,
        b_ub=side,
        A_eq=hstack([csr_array(quadratic.rows.matrix[equal]), extra]),
        b_eq=quadratic.rows.low[equal],
        bounds=[
            *zip(quadratic.lower, quadratic.upper, strict=True),
            *[(None, None)] * (n * len(limits)),
        ],
        method="highs",
    )
    return None if found.x is None else np.asarray(found.x[:n], dtype=np.float64)


def _inequalities(quadratic: Quadratic) -> tuple[csr_array, Array]:
    """Rows of two sides, and the parts of the sums of absolute values, as matrix x <= side."""
    n, limits, rows = quadratic.size, quadratic.absolute, quadratic.rows
    more = n * len(limits)
    matrix: list[csr_array] = []
    side: list[Array] = []
    for sign, edge in ((1.0, rows.high), (-1.0, -rows.low)):
        chosen = np.isfinite(edge) & (rows.low != rows.high)
        own = csr_array(sign * rows.matrix[chosen])
        matrix.append(hstack([own, csr_array((own.shape[0], more))]))
        side.append(edge[chosen])
    for number, limit in enumerate(limits):
        before, after = csr_array((n, n * number)), csr_array((n, more - n * (number + 1)))
        for sign in (1.0, -1.0):
            matrix.append(hstack([sign * eye_array(n), before, -eye_array(n), after]))
            side.append(sign * limit.centre)
        ones = np.zeros((1, n + more))
        ones[0, n * (number + 1) : n * (number + 2)] = 1.0
        matrix.append(csr_array(ones))
        side.append(np.array([limit.most]))
    return csr_array(vstack(matrix)), np.concatenate(side)


def contradiction(quadratic: Quadratic) -> str:
    """Which limits contradict each other, in words, where no weights keep them all.

    The kernel is asked for the weights nearest to what is held, and proves that there are none.
    """
    n, rows = quadratic.size, quadratic.rows
    most = {("turnover" if a.centre.any() else "gross"): a.most for a in quadratic.absolute}
    held = [a.centre for a in quadratic.absolute if a.centre.any()]
    budget = float(rows.high[0])
    start = held[0] if held else np.full(n, budget / n)
    nothing = np.zeros(n)
    solution = solve(
        Problem(
            current=start,
            target=start,
            factors=np.zeros((n, 0)),
            specific=np.ones(n),
            spread=nothing,
            impact=nothing,
            lower=np.maximum(quadratic.lower, -UNSEEN),
            upper=np.minimum(quadratic.upper, UNSEEN),
            risk_aversion=1.0,
            exposures=tuple(
                Exposure(rows.name(j), row.copy(), float(rows.low[j]), float(rows.high[j]))
                for j, row in enumerate(rows.matrix)
                if j  # the kernel has the budget
            ),
            turnover=most.get("turnover"),
            gross=most.get("gross"),
        )
    )
    why = solution.why if solution.status == "infeasible" else ""
    return why or "the limits contradict each other"
