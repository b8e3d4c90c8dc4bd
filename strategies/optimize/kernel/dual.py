"""What couples the names: the dual function, its gradient and its curvature.

The unknowns are prices z = (factors [k], rows [m], short, toll, eta, xi): of factor exposure, of
the budget, the groups and other rows, of short weight, of turnover, of tracking error and of
volatility. With gamma = 2 risk_aversion + eta, xi_0 = 2 variance_aversion + xi and
Gamma = gamma + xi_0 each name sees the curvature Gamma D_i and the price (B z_factors + A z_rows)_i
and answers by itself (``pieces``); the value of the dual is a lower bound of the objective for
every admissible z. Writing it in the unknowns that couple, rather than one for every lot, is what
makes it quick.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.kernel.pieces import (
    Pieces,
    Push,
    Trades,
    cost,
    respond,
    separate,
    shorted,
    turned,
)
from strategies.optimize.measure import stepped
from strategies.optimize.problem import Array, LotTable, Problem, lot_table
from strategies.optimize.rows import Row, rows_of

Mask = NDArray[np.bool_]

SHORT, TOLL, ERROR, VOLATILITY = -4, -3, -2, -1
"""Places of the last four prices."""
LAST = 4
HALVINGS = 8


@dataclass(frozen=True, slots=True)
class Coupling:
    """A problem ready for its dual.

    ``matrix`` (n, k+m) holds factors, the budget and the other rows; ``level`` (k+m,) is B't for
    the factors and the right-hand side for the rows; ``give`` (k+m,) is by how much a soft row
    gives way for a unit of price, zero for a hard one. ``signed`` marks the prices that may not be
    negative, ``fixed`` those of limits that the problem does not have; both (k+m+4,). ``gamma`` is
    twice the aversion to tracking error, ``xi`` twice that to variance; ``limits`` (4,) what short
    weight, turnover, squared tracking error and squared volatility may come to. ``reward`` and
    ``closeness`` (n,) are None where there are none, ``constant`` is what not trading at all
    borrows and misses. ``names`` says in words what each of the rows
    and the last four limits asks, (m+4,). ``compiled`` is whether compiled steps may be taken.
    """

    pieces: Pieces
    target: Array
    specific: Array
    matrix: Array
    level: Array
    give: Array
    factors: int
    gamma: float
    xi: float
    limits: Array
    reward: Array | None
    closeness: Array | None
    constant: float
    signed: Mask
    fixed: Mask
    names: tuple[str, ...]
    compiled: bool = True

    @property
    def unknowns(self) -> int:
        """Number of prices, k + m + 4."""
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
    """The dual at ``z``: ``value``, ``gradient`` (k+m+4,), and the names' answers.

    ``active`` is D (w - t) and ``heavy`` D w, both (n,); ``exposure`` B'(w - t) (k,) as the prices
    have it, ``gamma`` the whole of Gamma.
    """

    z: Array
    value: float
    gradient: Array
    x: Array
    slope: Array
    active: Array
    heavy: Array
    exposure: Array
    gamma: float


def couple(problem: Problem, lots: LotTable | None = None) -> Coupling:
    """The coupling of ``problem``, with only those rows that could bind within the bounds.

    ``lots`` is its lot table, where it is known already.
    """
    rows = rows_of(problem)
    k = problem.factors.shape[1]
    limits, lacking, words = _last_limits(problem)
    give = np.zeros(k + len(rows))
    give[k:] = [row.give for row in rows]
    return Coupling(
        pieces=separate(problem, lot_table(problem.lots) if lots is None else lots),
        target=problem.target,
        specific=problem.specific,
        matrix=_matrix(problem, rows),
        level=np.append(problem.factors.T @ problem.target, [row.level for row in rows]),
        give=give,
        factors=k,
        gamma=2 * problem.risk_aversion,
        xi=2 * problem.variance_aversion,
        limits=limits,
        reward=problem.reward,
        closeness=problem.closeness,
        constant=stepped(problem, problem.current),
        signed=np.array([False] * k + [row.signed for row in rows] + [True] * LAST),
        fixed=np.array([False] * (k + len(rows)) + lacking),
        names=(*(row.name for row in rows), *words),
    )


def _matrix(problem: Problem, rows: list[Row]) -> Array:
    """Factors and rows as columns, (n, k+m)."""
    k = problem.factors.shape[1]
    matrix = np.empty((problem.size, k + len(rows)))
    matrix[:, :k] = problem.factors
    for place, row in enumerate(rows, k):
        matrix[:, place] = row.coefficients
    return matrix


def _last_limits(problem: Problem) -> tuple[Array, list[bool], tuple[str, ...]]:
    """Levels of the last four limits, whether the problem lacks each, and what each asks."""
    gross, turnover = problem.gross, problem.turnover
    error, volatility = problem.tracking_error, problem.volatility
    short = 0.0 if gross is None else (gross - problem.budget) / 2
    is_plain = short >= 0 and float(problem.lower.min()) >= 0
    levels = (short, turnover or 0.0, (error or 0.0) ** 2, (volatility or 0.0) ** 2)
    lacking = [gross is None or is_plain, turnover is None, error is None, volatility is None]
    words = (
        f"gross weight <= {gross or 0:g}",
        f"turnover <= {turnover or 0:g}",
        f"tracking error <= {error or 0:g}",
        f"volatility <= {volatility or 0:g}",
    )
    return np.array(levels), lacking, words


def evaluate(coupling: Coupling, z: Array, anchor: Anchor | None) -> Point:
    """The dual function at ``z``; without ``anchor`` its value bounds the objective from below."""
    return lagrangian(coupling, z, anchor, respond(coupling.pieces, pushes(coupling, z, anchor)))


def lagrangian(coupling: Coupling, z: Array, anchor: Anchor | None, trades: Trades) -> Point:
    """The Lagrangian at the prices ``z`` and any ``trades``; least at the best ones (the dual)."""
    k, prices = coupling.factors, z[-LAST:]
    gamma, xi = coupling.gamma + float(z[ERROR]), coupling.xi + float(z[VOLATILITY])
    whole = gamma + xi
    w = coupling.pieces.current + trades.x
    apart = w - coupling.target
    active, heavy = coupling.specific * apart, coupling.specific * w
    exposure = (z[:k] - xi * coupling.level[:k]) / whole
    total = exposure + coupling.level[:k]
    error = float(active @ apart + exposure @ exposure)
    variance = float(heavy @ w + total @ total)
    broken = coupling.matrix.T @ w - coupling.level
    broken[:k] -= exposure
    broken -= coupling.give * z[:-LAST]
    last = np.array(
        [
            float(shorted(coupling.pieces, trades.x).sum()) if not coupling.fixed[SHORT] else 0.0,
            turned(coupling.pieces, trades.x),
            0.5 * error,
            0.5 * variance,
        ]
    )
    last -= coupling.limits * HALF
    value = (
        0.5 * (coupling.gamma * error + coupling.xi * variance)
        + cost(coupling.pieces, trades.x)
        + float(z[:-LAST] @ (broken + 0.5 * coupling.give * z[:-LAST]))
        + float(prices @ last)
        + coupling.constant
        + _wishes(coupling, w, apart)
        + _pull(anchor, w)
    )
    gradient = np.append(broken, last)
    return Point(z, value, gradient, trades.x, trades.slope, active, heavy, exposure, whole)


HALF = np.array([1.0, 1.0, 0.5, 0.5])
"""The last two limits are on half a variance."""


def _wishes(coupling: Coupling, w: Array, apart: Array) -> float:
    """Reward and closeness: what is wished for each name by itself."""
    value = 0.0
    if coupling.reward is not None:
        value -= float(coupling.reward @ w)
    if coupling.closeness is not None:
        value += float(coupling.closeness @ (apart * apart))
    return value


def pushes(coupling: Coupling, z: Array, anchor: Anchor | None = None) -> Push:
    """What each name sees at x = 0 and the prices ``z``."""
    gamma, xi = coupling.gamma + float(z[ERROR]), coupling.xi + float(z[VOLATILITY])
    current = coupling.pieces.current
    apart = current - coupling.target
    a = (gamma + xi) * coupling.specific
    g = gamma * coupling.specific * apart + coupling.matrix @ z[:-LAST]
    if xi:
        g += xi * coupling.specific * current
    if coupling.reward is not None:
        g -= coupling.reward
    if coupling.closeness is not None:
        a = a + 2 * coupling.closeness
        g += 2 * coupling.closeness * apart
    if anchor is not None:
        g += anchor.stiffness * (current - anchor.centre)
        a = a + anchor.stiffness
    return Push(g, a, float(z[TOLL]), float(z[SHORT]))


def _pull(anchor: Anchor | None, w: Array) -> float:
    """The proximal term at ``w``."""
    if anchor is None:
        return 0.0
    return 0.5 * float(anchor.stiffness @ (w - anchor.centre) ** 2)


def always() -> bool:
    """Go on."""
    return True


def best_between(
    dual: Callable[[Array], Point],
    low: Array,
    high: Array,
    go_on: Callable[[], bool] = always,
) -> Point:
    """The highest point of a dual function (concave) between two prices, by its slope.

    Where names choose among a few ways of trading, choosing anew can swing the prices to and fro:
    the best bound lies between. ``go_on`` is asked after each look.
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
        if not go_on():
            break
    assert best is not None
    return best


def curvature(coupling: Coupling, point: Point) -> Array:
    """Minus the generalised Hessian, shape (k+m+4, k+m+4): a Gram matrix of the names that move.

    Columns of a moving name: its row of ``matrix``, -1 where it is short, the sign of its trade,
    D (w - t) and D w. Then what factor exposures and soft rows answer to their prices.
    """
    k = coupling.factors
    moving = np.flatnonzero(point.slope > 0)
    root = np.sqrt(point.slope[moving])
    x = point.x[moving]
    columns = np.empty((moving.size, coupling.unknowns))
    np.multiply(coupling.matrix[moving], root[:, None], out=columns[:, :-LAST])
    columns[:, SHORT] = -root * (coupling.pieces.current[moving] + x < 0)
    columns[:, TOLL] = np.sign(x) * root
    if coupling.pieces.turns is not None:
        columns[:, TOLL] *= coupling.pieces.turns[moving]
    columns[:, ERROR] = point.active[moving] * root
    columns[:, VOLATILITY] = point.heavy[moving] * root
    hessian: Array = columns.T @ columns  # of one matrix with itself: half the work
    rows = np.arange(coupling.give.size)
    hessian[rows, rows] += coupling.give
    _add_exposures(hessian, k, point, coupling.level[:k])
    return hessian


def _add_exposures(hessian: Array, k: int, point: Point, level: Array) -> None:
    """The Gram matrix of [1, -exposure, -(exposure + B't)] / Gamma on the factors' prices."""
    diagonal = np.arange(k)
    hessian[diagonal, diagonal] += 1 / point.gamma
    apart, total = point.exposure, point.exposure + level
    for place, vector in ((ERROR, apart), (VOLATILITY, total)):
        hessian[:k, place] -= vector / point.gamma
        hessian[place, :k] -= vector / point.gamma
    hessian[ERROR, ERROR] += float(apart @ apart) / point.gamma
    hessian[VOLATILITY, VOLATILITY] += float(total @ total) / point.gamma
    cross = float(apart @ total) / point.gamma
    hessian[ERROR, VOLATILITY] += cross
    hessian[VOLATILITY, ERROR] += cross
