"""What couples the names: the dual function, its gradient and its curvature.

The unknowns are prices z = (factors [k], rows [m], toll, eta): of factor exposure, of the budget
and group rows, of turnover, and of tracking error. With gamma = 2 risk_aversion + eta each name
sees the curvature gamma D_i and the price p_i = (B z_factors + G z_rows)_i and answers by itself
(``pieces``); the value of the dual is a lower bound of the objective for every admissible z.
Writing it in the unknowns that couple, rather than one for every lot, is what makes it quick.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.pieces import Pieces, Trades, cost, respond, separate
from strategies.optimize.problem import Array, Group, Problem

Mask = NDArray[np.bool_]


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


def couple(problem: Problem) -> Coupling:
    """The coupling of ``problem``, with only those rows that could bind within the bounds."""
    rows = [_Row(np.ones(problem.size), problem.budget, signed=False, name="the budget")]
    rows += [row for group in problem.groups for row in _group_rows(problem, group)]
    k = problem.factors.shape[1]
    turnover, error = problem.turnover, problem.tracking_error
    limits = [turnover is None, error is None]
    return Coupling(
        pieces=separate(problem),
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
    k, toll, eta = coupling.factors, float(z[-2]), float(z[-1])
    gamma = coupling.gamma + eta
    trades = _answers(coupling, z, gamma, anchor)
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
    current = coupling.pieces.current
    a = gamma * coupling.specific
    g = a * (current - coupling.target) + coupling.matrix @ z[:-2]
    if anchor is not None:
        g = g + anchor.stiffness * (current - anchor.centre)
        a = a + anchor.stiffness
    return respond(coupling.pieces, g, a, float(z[-2]))


def _pull(anchor: Anchor | None, w: Array) -> float:
    """The proximal term at ``w``."""
    if anchor is None:
        return 0.0
    return 0.5 * float(anchor.stiffness @ (w - anchor.centre) ** 2)


def curvature(coupling: Coupling, point: Point) -> Array:
    """Minus the generalised Hessian, shape (k+m+2, k+m+2): a Gram matrix of the names that move.

    Columns of a moving name: its row of ``matrix``, the sign of its trade, and D (w - t).
    """
    k = coupling.factors
    moving = np.flatnonzero(point.slope > 0)
    columns = np.column_stack(
        [coupling.matrix[moving], np.sign(point.x[moving]), point.active[moving]]
    )
    hessian: Array = columns.T @ (columns * point.slope[moving, None])
    exposure = point.z[:k] / point.gamma
    diagonal = np.arange(k)
    hessian[diagonal, diagonal] += 1 / point.gamma
    hessian[:k, -1] -= exposure / point.gamma
    hessian[-1, :k] -= exposure / point.gamma
    hessian[-1, -1] += float(exposure @ exposure) / point.gamma
    return hessian
