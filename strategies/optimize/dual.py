"""What couples the names: the dual function, its gradient and its curvature.

The unknowns are prices z = (factors [k], rows [m], toll, eta): of factor exposure, of the budget
and group rows, of turnover, and of tracking error. With gamma = 2 risk_aversion + eta each name
sees the curvature gamma D_i and the price p_i = (B z_factors + G z_rows)_i and answers by itself
(``pieces``); the value of the dual is a lower bound of the objective for every admissible z.
Writing it in the unknowns that couple, rather than one for every lot, is what makes it quick.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.pieces import Pieces, Trades, cost, respond, separate
from strategies.optimize.problem import Array, Group, LotTable, Problem, lot_table

Mask = NDArray[np.bool_]

HALVINGS = 8


@dataclass(frozen=True, slots=True)
class Coupling:
    """A problem ready for its dual.

    ``matrix`` (n, k+m) holds factors, the budget and the group rows; ``level`` (k+m,) is B't for
    the factors and the right-hand side for the rows. ``signed`` marks the prices that may not be
    negative, ``fixed`` those of limits that the problem does not have; both (k+m+2,). ``names``
    says in words what each of the rows, the turnover and the tracking error asks, (m+2,).
    """

    pieces: Pieces
    target: Array
    specific: Array
    matrix: Array
    level: Array
    factors: int
    gamma: float
    turnover: float
    squared_error: float
    signed: Mask
    fixed: Mask
    names: tuple[str, ...]

    @property
    def unknowns(self) -> int:
        """Number of prices, k + m + 2."""
        return len(self.signed)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A proximal term sum_i stiffness_i/2 (w_i - centre_i)^2, both (n,).

    It gives curvature to names that have none of their own (cash). It is moved to the last
    answer until it has no effect; the lower bound is computed without it.
    """

    centre: Array
    stiffness: Array


@dataclass(frozen=True, slots=True)
class Point:
    """The dual at ``z``: ``value``, ``gradient`` (k+m+2,), and the names' answers."""

    z: Array
    value: float
    gradient: Array
    x: Array
    slope: Array
    active: Array
    """D (w - t), shape (n,)."""
    gamma: float


@dataclass(frozen=True, slots=True)
class _Row:
    """coefficients . w = level, or <= level where it is ``signed``."""

    coefficients: Array
    level: float
    signed: bool
    name: str


def couple(problem: Problem, lots: LotTable | None = None) -> Coupling:
    """The coupling of ``problem``, with only those rows that could bind within the bounds.

    ``lots`` is its lot table, where it is known already.
    """
    rows = [_Row(np.ones(problem.size), problem.budget, signed=False, name="the budget")]
    rows += [row for group in problem.groups for row in _group_rows(problem, group)]
    k = problem.factors.shape[1]
    turnover, error = problem.turnover, problem.tracking_error
    limits = [turnover is None, error is None]
    return Coupling(
        pieces=separate(problem, lot_table(problem.lots) if lots is None else lots),
        target=problem.target,
        specific=problem.specific,
        matrix=np.column_stack([problem.factors, *(row.coefficients for row in rows)]),
        level=np.append(problem.factors.T @ problem.target, [row.level for row in rows]),
        factors=k,
        gamma=2 * problem.risk_aversion,
        turnover=turnover or 0.0,
        squared_error=(error or 0.0) ** 2,
        signed=np.array([False] * k + [row.signed for row in rows] + [True, True]),
        fixed=np.array([False] * (k + len(rows)) + limits),
        names=(
            *(row.name for row in rows),
            f"turnover <= {turnover or 0:g}",
            f"tracking error <= {error or 0:g}",
        ),
    )


def _group_rows(problem: Problem, group: Group) -> list[_Row]:
    """The sides of ``group`` that the bounds alone do not keep."""
    members = list(group.members)
    row = np.zeros(problem.size)
    row[members] = 1.0
    if group.lower == group.upper:
        return [_Row(row, group.upper, signed=False, name=f"group {group.name} = {group.upper:g}")]
    found = []
    if problem.upper[members].sum() > group.upper:
        found.append(
            _Row(row, group.upper, signed=True, name=f"group {group.name} <= {group.upper:g}")
        )
    if problem.lower[members].sum() < group.lower:
        found.append(
            _Row(-row, -group.lower, signed=True, name=f"group {group.name} >= {group.lower:g}")
        )
    return found


def evaluate(coupling: Coupling, z: Array, anchor: Anchor | None) -> Point:
    """The dual function at ``z``; without ``anchor`` its value bounds the objective from below."""
    trades = _answers(coupling, z, coupling.gamma + float(z[-1]), anchor)
    return lagrangian(coupling, z, anchor, trades)


def lagrangian(coupling: Coupling, z: Array, anchor: Anchor | None, trades: Trades) -> Point:
    """The Lagrangian at the prices ``z`` and any ``trades``; least at the best ones (the dual)."""
    k, toll, eta = coupling.factors, float(z[-2]), float(z[-1])
    gamma = coupling.gamma + eta
    w = coupling.pieces.current + trades.x
    active = coupling.specific * (w - coupling.target)
    exposure = z[:k] / gamma
    own_risk, common_risk = float(active @ (w - coupling.target)), float(exposure @ exposure)
    broken = coupling.matrix.T @ w - coupling.level
    turned = float(np.abs(trades.x).sum()) - coupling.turnover
    value = (
        0.5 * gamma * (own_risk - common_risk)
        + cost(coupling.pieces, trades.x)
        + float(z[:-2] @ broken)
        + toll * turned
        - 0.5 * eta * coupling.squared_error
        + _pull(anchor, w)
    )
    error = 0.5 * (own_risk + common_risk - coupling.squared_error)
    gradient = np.append(broken, [turned, error])
    gradient[:k] -= exposure
    return Point(z, value, gradient, trades.x, trades.slope, active, gamma)


def _answers(coupling: Coupling, z: Array, gamma: float, anchor: Anchor | None) -> Trades:
    """What each name trades at the prices ``z``."""
    g, a = pushes(coupling, z, gamma)
    if anchor is not None:
        g = g + anchor.stiffness * (coupling.pieces.current - anchor.centre)
        a = a + anchor.stiffness
    return respond(coupling.pieces, g, a, float(z[-2]))


def pushes(coupling: Coupling, z: Array, gamma: float) -> tuple[Array, Array]:
    """Slope and curvature, both (n,), that each name sees at x = 0 and the prices ``z``."""
    a = gamma * coupling.specific
    return a * (coupling.pieces.current - coupling.target) + coupling.matrix @ z[:-2], a


def _pull(anchor: Anchor | None, w: Array) -> float:
    """The proximal term at ``w``."""
    if anchor is None:
        return 0.0
    return 0.5 * float(anchor.stiffness @ (w - anchor.centre) ** 2)


def best_between(dual: Callable[[Array], Point], low: Array, high: Array) -> Point:
    """The highest point of a dual function (concave) between two prices, by its slope.

    Where names choose among a few ways of trading, choosing anew can swing the prices to and fro:
    the best bound lies between.
    """
    way, near, far = high - low, 0.0, 1.0
    best: Point | None = None
    for _ in range(HALVINGS):
        middle = 0.5 * (near + far)
        point = dual(low + middle * way)
        if best is None or point.value > best.value:
            best = point
        if float(point.gradient @ way) > 0:
            near = middle
        else:
            far = middle
    assert best is not None
    return best


def curvature(coupling: Coupling, point: Point) -> Array:
    """Minus the generalised Hessian, shape (k+m+2, k+m+2): a Gram matrix of the names that move.

    Columns of a moving name: its row of ``matrix``, the sign of its trade, and D (w - t).
    """
    k = coupling.factors
    moving = np.flatnonzero(point.slope > 0)
    root = np.sqrt(point.slope[moving])
    columns = np.empty((moving.size, coupling.unknowns))
    np.multiply(coupling.matrix[moving], root[:, None], out=columns[:, :-2])
    columns[:, -2] = np.sign(point.x[moving]) * root
    columns[:, -1] = point.active[moving] * root
    hessian: Array = columns.T @ columns  # of one matrix with itself: half the work
    exposure = point.z[:k] / point.gamma
    diagonal = np.arange(k)
    hessian[diagonal, diagonal] += 1 / point.gamma
    hessian[:k, -1] -= exposure / point.gamma
    hessian[-1, :k] -= exposure / point.gamma
    hessian[-1, -1] += float(exposure @ exposure) / point.gamma
    return hessian
