"""The problem as raw cone data, given to Clarabel through its own interface: no modelling layer.

Every lot is a variable, |x|^1.5 a power cone or a pair of second-order cones, the tracking error
a second-order cone. Nothing is shared with the kernel but the problem.

Unknowns, in blocks: a (n) = w - target, b (n) bought, s (lots) sold, x (n) traded, e (n) >= x^1.5,
y (k) = B'a, r (n) <= sqrt(x) in the form of second-order cones, h (n) >= |w|, and v (1) in
``least_breach``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import clarabel
import numpy as np
import scipy.sparse as sp

from benchmarks.optimizer.one_core import spent
from strategies.optimize.problem import Array, Problem, lot_table
from strategies.optimize.rows import bands_of

Form = Literal["power", "soc"]

SCALE = 1e3
"""The solver sees the objective in tenths of a per cent, where its tolerances fit."""
HALF, TWO_THIRDS = 0.5, 2 / 3


@dataclass(frozen=True, slots=True)
class ConeAnswer:
    """What Clarabel says: its own word, weights (n,), the value, iterations, seconds inside."""

    status: str
    weights: Array
    objective: float
    iterations: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Steps:
    """Everything that can be sold: each lot, then what lies beyond the lots of a name."""

    name: np.ndarray[Any, np.dtype[np.intp]]
    width: Array
    tax: Array


@dataclass(slots=True)
class _Rows:
    """Rows A z + slack = b, gathered cone by cone, over blocks of unknowns."""

    sizes: dict[str, int]
    blocks: list[list[Any]]
    right: list[Array]
    cones: list[Any]

    def add(self, cone: Any, right: Array, **parts: Any) -> None:  # noqa: ANN401
        """Rows of one cone: the coefficients of the blocks that take part."""
        height = len(right)
        row = [
            sp.csc_matrix(parts[name]) if name in parts else sp.csc_matrix((height, size))
            for name, size in self.sizes.items()
        ]
        self.blocks.append(row)
        self.right.append(np.asarray(right, dtype=np.float64))
        self.cones += list(cone) if isinstance(cone, Iterable) else [cone]

    def equal(self, right: Array, **parts: Any) -> None:  # noqa: ANN401
        """Rows that hold exactly."""
        self.add(clarabel.ZeroConeT(len(right)), right, **parts)

    def at_most(self, right: Array, **parts: Any) -> None:  # noqa: ANN401
        """Rows that stay below."""
        if len(right):
            self.add(clarabel.NonnegativeConeT(len(right)), right, **parts)

    def matrix(self) -> sp.csc_matrix:
        """All rows."""
        return sp.csc_matrix(sp.vstack([sp.hstack(row) for row in self.blocks]))


def solve_raw(problem: Problem, form: Form = "power", seconds_max: float = 600.0) -> ConeAnswer:
    """The least objective, by cone data in the given ``form`` of the three-halves power."""
    steps = _steps(problem)
    rows = _stage(problem, steps, form)
    _impact(problem, rows, form)
    curvature, slope = _objective(problem, steps, rows)
    return _run(problem, rows, curvature, slope, seconds_max)


def least_breach(problem: Problem, seconds_max: float = 600.0) -> ConeAnswer:
    """The least by which bands, turnover, gross weight and risks together must be broken.

    The objective of the answer is that breach, in weight (in volatility for the tracking error);
    the budget and the bounds are kept.
    """
    steps = _steps(problem)
    rows = _stage(problem, steps, "breach")
    slope = _slope(rows, v=np.ones(1))
    return _run(problem, rows, sp.csc_matrix((slope.size, slope.size)), slope, seconds_max)


def _steps(problem: Problem) -> _Steps:
    table = lot_table(problem.lots)
    held, dearest = np.zeros(problem.size), np.zeros(problem.size)
    np.add.at(held, table.names, table.weights)
    np.maximum.at(dearest, table.names, table.taxes)
    beyond = problem.current - problem.lower - held
    tails = np.flatnonzero(beyond > 1e-12)
    return _Steps(
        name=np.concatenate([table.names, tails]),
        width=np.concatenate([table.weights, beyond[tails]]),
        tax=np.concatenate([table.taxes, dearest[tails]]),
    )


def _stage(problem: Problem, steps: _Steps, form: str) -> _Rows:
    """Unknowns, the rows that define them, and every limit."""
    n, k = problem.factors.shape
    sizes = {"a": n, "b": n, "s": len(steps.name), "x": n, "y": k}
    if problem.gross is not None:
        sizes |= {"h": n}
    sizes |= {"power": {"e": n}, "soc": {"e": n, "r": n}, "breach": {"v": 1}}[form]
    rows = _Rows(sizes, [], [], [])
    one = sp.identity(n, format="csc")
    sold = sp.csc_matrix(
        (np.ones(len(steps.name)), (steps.name, np.arange(len(steps.name)))),
        (n, len(steps.name)),
    )
    rows.equal(problem.current - problem.target, a=one, b=-one, s=sold)
    rows.equal(np.zeros(n), x=one, b=-one, s=-sold)
    rows.equal(np.zeros(k), y=sp.identity(k), a=-problem.factors.T)
    rows.equal(np.array([problem.budget - problem.target.sum()]), a=np.ones((1, n)))
    every = sp.identity(len(steps.name), format="csc")
    rows.at_most(steps.width, s=every)
    rows.at_most(np.zeros(len(steps.name)), s=-every)
    rows.at_most(np.zeros(n), b=-one)
    rows.at_most(np.maximum(problem.upper - problem.current, 0.0), b=one)
    rows.at_most(problem.upper - problem.target, a=one)
    rows.at_most(problem.target - problem.lower, a=-one)
    _limits(problem, rows, soft=form == "breach")
    return rows


def _limits(problem: Problem, rows: _Rows, *, soft: bool) -> None:
    """Every limit beside the bounds; where ``soft`` all of them give way by v."""
    n = problem.size
    coefficients, right = _band_rows(problem)
    spare = {"v": -np.ones((len(right), 1))} if soft else {}
    rows.at_most(right, a=coefficients, **spare)
    give = {"v": -np.ones((1, 1))} if soft else {}
    if soft:
        rows.at_most(np.zeros(1), v=-np.ones((1, 1)))
    if problem.turnover is not None:
        rows.at_most(np.array([problem.turnover]), x=np.ones((1, n)), **give)
    if problem.gross is not None and "h" in rows.sizes:
        one = sp.identity(n, format="csc")
        rows.at_most(-problem.target, a=one, h=-one)  # h is at least the weight's size
        rows.at_most(problem.target, a=-one, h=-one)
        rows.at_most(np.array([problem.gross]), h=np.ones((1, n)), **give)
    if problem.tracking_error is not None:
        _risk_cone(problem, rows, problem.tracking_error, np.zeros(n), soft=soft)
    if problem.volatility is not None:
        _risk_cone(problem, rows, problem.volatility, problem.target, soft=soft)


def _band_rows(problem: Problem) -> tuple[sp.csc_matrix, Array]:
    coefficients, right = [], []
    for band in bands_of(problem):
        row = band.coefficients
        held = float(row @ problem.target)
        if np.isfinite(band.upper):
            coefficients.append(row)
            right.append(band.upper - held)
        if np.isfinite(band.lower):
            coefficients.append(-row)
            right.append(held - band.lower)
    stacked = np.array(coefficients) if coefficients else np.zeros((0, problem.size))
    return sp.csc_matrix(stacked), np.array(right)


def _risk_cone(problem: Problem, rows: _Rows, limit: float, beside: Array, *, soft: bool) -> None:
    """(limit [+ v], y + B'beside, sqrt(D) (a + beside)) lies in the second-order cone."""
    n, k = problem.factors.shape
    own = np.sqrt(problem.specific)
    right = np.concatenate([[limit], problem.factors.T @ beside, own * beside])
    factor_rows = sp.vstack([sp.csc_matrix((1, k)), -sp.identity(k), sp.csc_matrix((n, k))])
    own_rows = sp.vstack([sp.csc_matrix((1 + k, n)), -sp.diags(own)])
    give = {}
    if soft:
        give["v"] = sp.csc_matrix(([-1.0], ([0], [0])), (1 + k + n, 1))
    rows.add(clarabel.SecondOrderConeT(1 + k + n), right, y=factor_rows, a=own_rows, **give)


def _impact(problem: Problem, rows: _Rows, form: Form) -> None:
    """Let e be at least x^1.5: one power cone (e, 1, x) a name, or x^2 <= e r and r^2 <= x."""
    n = problem.size
    if form == "power":
        right = np.tile([0.0, 1.0, 0.0], n)
        cones = [clarabel.PowerConeT(TWO_THIRDS)] * n
        rows.add(cones, right, e=-_picks(n, {0: 1.0}), x=-_picks(n, {2: 1.0}))
        return
    three = [clarabel.SecondOrderConeT(3)] * n
    up, down = {0: HALF, 1: HALF}, {0: HALF, 1: -HALF}
    rows.add(three, np.zeros(3 * n), e=-_picks(n, up), r=-_picks(n, down), x=-_picks(n, {2: 1.0}))
    right = np.tile([HALF, -HALF, 0.0], n)
    rows.add(three, right, x=-_picks(n, {0: HALF, 1: HALF}), r=-_picks(n, {2: 1.0}))


def _picks(n: int, parts: dict[int, float]) -> sp.csc_matrix:
    """(3n, n): in the cone of name i, its unknown stands at ``parts`` with those coefficients."""
    names = np.arange(n)
    places = [3 * names + place for place in parts]
    values = [np.full(n, value) for value in parts.values()]
    columns = np.tile(names, len(parts))
    return sp.csc_matrix((np.concatenate(values), (np.concatenate(places), columns)), (3 * n, n))


def _slope(rows: _Rows, **parts: Array) -> Array:
    blocks = [parts.get(name, np.zeros(size)) for name, size in rows.sizes.items()]
    return np.concatenate(blocks)


def _objective(problem: Problem, steps: _Steps, rows: _Rows) -> tuple[sp.csc_matrix, Array]:
    slope = _slope(rows, x=SCALE * problem.spread, e=SCALE * problem.impact, s=SCALE * steps.tax)
    weight = 2 * SCALE * problem.risk_aversion
    bend = _slope(rows, a=weight * problem.specific, y=np.full(rows.sizes["y"], weight))
    return sp.csc_matrix(sp.diags(bend)), slope


def _run(
    problem: Problem, rows: _Rows, curvature: sp.csc_matrix, slope: Array, seconds_max: float
) -> ConeAnswer:
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.time_limit = seconds_max
    settings.max_threads = 1
    began = spent()
    solver = clarabel.DefaultSolver(
        curvature, slope, rows.matrix(), np.concatenate(rows.right), rows.cones, settings
    )
    found = solver.solve()
    seconds = spent() - began
    weights = problem.target + np.array(found.x[: problem.size])
    scale = 1.0 if "v" in rows.sizes else SCALE
    value = float(found.obj_val) / scale
    return ConeAnswer(str(found.status), weights, value, int(found.iterations), seconds)
