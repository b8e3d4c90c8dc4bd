"""What a plan on the grid comes to, and what moving a few steps of one name changes of it.

All relative to cash, which takes the other side of every move: the risks from the exposures that
are kept up to date, the limits from their slack, and the objective beside the names' own costs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.kernel.dual import LAST, TOLL, Coupling
from strategies.optimize.kernel.pieces import Pieces, costs, turned
from strategies.optimize.measure import stepped, wishes
from strategies.optimize.problem import Array, Problem
from strategies.optimize.relax.linear import limits_of
from strategies.optimize.whole.grid import Counts, Lattice

MARGIN = 1e-12
"""Limits are kept with this much to spare, so that summing in another order breaks none."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What does not change.

    ``loadings`` (n, k) and ``variance`` (n,) are those of the tracking error. ``tilting`` (n, T)
    and ``bending`` (n,) those of the soft terms, ``pull`` (n,) the slope of what is linear, and
    ``target_pull`` (n,) by how much the squared volatility rises beyond the squared tracking
    error. ``rows`` (r, n), as ``relative`` to cash, and ``level`` (r,) are what stays below a
    level (groups, exposures, and cash within its bounds), ``prices`` (n,) and ``toll`` what the
    limits are worth, to find promising pairs.
    """

    problem: Problem
    pieces: Pieces
    grid: Lattice
    aversion: float
    loadings: Array
    variance: Array
    tilting: Array
    bending: Array
    pull: Array
    target_pull: Array
    rows: Array
    relative: Array
    level: Array
    prices: Array
    toll: float

    @property
    def cash(self) -> int:
        """Index of the name that takes the rest."""
        return self.grid.cash


def terms_of(problem: Problem, coupling: Coupling, grid: Lattice, z: Array) -> Terms:
    """The terms of ``problem`` on ``grid`` with the prices ``z`` of its limits."""
    c, k = grid.cash, coupling.factors
    limits = [limit for limit in limits_of(problem) if limit.kind == "band"]
    is_cash = np.zeros(problem.size)
    is_cash[c] = 1.0
    rows = np.vstack([*(limit.coefficients for limit in limits), is_cash, -is_cash])
    level = [*(limit.level for limit in limits), problem.upper[c], -problem.lower[c]]
    loadings = problem.factors - problem.factors[c]
    tilting, bending = _soft(problem, c)
    target_pull = _beyond_error(problem, c)
    pull = problem.variance_aversion * target_pull
    if problem.reward is not None:
        pull = pull - (problem.reward - problem.reward[c])
    return Terms(
        problem=problem,
        pieces=coupling.pieces,
        grid=grid,
        aversion=problem.risk_aversion + problem.variance_aversion,
        loadings=loadings,
        variance=(loadings**2).sum(axis=1) + problem.specific + problem.specific[c],
        tilting=tilting,
        bending=bending,
        pull=pull,
        target_pull=target_pull,
        rows=rows,
        relative=rows - rows[:, [c]],
        level=np.array(level) - MARGIN,
        prices=_row_prices(coupling, c, k, z),
        toll=float(z[TOLL]),
    )


def _row_prices(coupling: Coupling, cash: int, k: int, z: Array) -> Array:
    """What the hard rows' prices make a unit of each name cost beside cash: (n,)."""
    prices = np.where(coupling.give[k:] > 0, 0.0, z[k:-LAST])
    return np.asarray((coupling.matrix[:, k:] - coupling.matrix[cash, k:]) @ prices)


def _soft(problem: Problem, cash: int) -> tuple[Array, Array]:
    """Tilts as loadings (n, T), and all soft curvature of a name beside cash (n,)."""
    tilting = np.zeros((problem.size, len(problem.tilts)))
    for place, tilt in enumerate(problem.tilts):
        row = tilt.coefficients
        tilting[:, place] = np.sqrt(tilt.weight) * (row - row[cash])
    bending = (tilting**2).sum(axis=1)
    if problem.closeness is not None:
        bending = bending + problem.closeness + problem.closeness[cash]
    return tilting, bending


def _beyond_error(problem: Problem, cash: int) -> Array:
    """2 (Cov t)_i beside that of cash: w' Cov w = TE^2 + 2 (w-t)' Cov t + t' Cov t."""
    if problem.volatility is None and not problem.variance_aversion:
        return np.zeros(problem.size)
    both = problem.factors @ (problem.factors.T @ problem.target)
    both += problem.specific * problem.target
    return np.asarray(2 * (both - both[cash]))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a plan comes to.

    ``x`` and ``active`` (n,), ``exposure`` (k,), ``tilted`` (T,), ``slack`` (r,); ``error`` and
    ``variance`` are squared, with ``turned`` and ``gross`` of shape (1,). ``worth`` is the
    objective without fees.
    """

    x: Array
    active: Array
    exposure: Array
    tilted: Array
    slack: Array
    error: Array
    variance: Array
    turned: Array
    gross: Array
    worth: float


def stand(terms: Terms, counts: Counts) -> Standing:
    """What ``counts`` (n,) come to."""
    problem, x = terms.problem, counts * terms.grid.unit
    x[terms.cash] = -float(x.sum())
    weights = problem.current + x
    active = weights - problem.target
    exposure = problem.factors.T @ active
    error = float(exposure @ exposure + active @ (problem.specific * active))
    whole = problem.factors.T @ weights
    variance = float(whole @ whole + weights @ (problem.specific * weights))
    tilted = [
        np.sqrt(tilt.weight) * (float(tilt.coefficients @ weights) - tilt.level)
        for tilt in problem.tilts
    ]
    risk = problem.risk_aversion * error + problem.variance_aversion * variance
    spent = float(costs(terms.pieces, x).sum())
    return Standing(
        x=x,
        active=active,
        exposure=exposure,
        tilted=np.array(tilted),
        slack=terms.level - terms.rows @ weights,
        error=np.array([error]),
        variance=np.array([variance]),
        turned=np.array([turned(terms.pieces, x)]),
        gross=np.array([float(np.abs(weights).sum())]),
        worth=risk + spent + stepped(problem, problem.current) + wishes(problem, weights),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """Moves of ``name`` to ``target``, which is ``delta`` of weight away, all (c,)."""

    name: NDArray[np.intp]
    target: Counts
    delta: Array


@dataclass(frozen=True, slots=True)
class Moves:
    """Moves in one row, all (c,): of ``name`` to ``target``, and what changes with each.

    ``value`` of the objective, ``error`` of the squared tracking error.
    """

    name: NDArray[np.intp]
    target: Counts
    delta: Array
    value: Array
    error: Array


def moves_of(terms: Terms, now: Standing, step: Step, dearer: Array) -> Moves:
    """The moves ``step``, whose own costs change by ``dearer`` (c,)."""
    problem, cash, name, delta = terms.problem, terms.cash, step.name, step.delta
    pull = terms.loadings @ now.exposure + problem.specific * now.active
    pull -= problem.specific[cash] * now.active[cash]
    error = delta * (2 * pull[name] + delta * terms.variance[name])
    slope = terms.pull + 2 * (terms.tilting @ now.tilted)
    if problem.closeness is not None:
        wish = problem.closeness * now.active
        slope += 2 * (wish - wish[cash])
    value = dearer + terms.aversion * error
    value += delta * (slope[name] + delta * terms.bending[name])
    return Moves(name, step.target, delta, value, error)


def together(
    terms: Terms, moves: Moves, one: NDArray[np.intp], other: NDArray[np.intp]
) -> tuple[Array, Array]:
    """Change of objective and squared tracking error of two moves at once."""
    first, second = moves.name[one], moves.name[other]
    both = 2 * moves.delta[one] * moves.delta[other]
    common = np.einsum("ij,ij->i", terms.loadings[first], terms.loadings[second])
    cross = both * (common + terms.problem.specific[terms.cash])
    soft = np.einsum("ij,ij->i", terms.tilting[first], terms.tilting[second])
    if terms.problem.closeness is not None:
        soft = soft + terms.problem.closeness[terms.cash]
    error = moves.error[one] + moves.error[other] + cross
    value = moves.value[one] + moves.value[other] + terms.aversion * cross + both * soft
    return value, error


@dataclass(frozen=True, slots=True)
class Reached:
    """What limits are held against: ``slack`` (r, c), the others (c,), risks squared."""

    slack: Array
    turned: Array
    gross: Array
    error: Array
    variance: Array


def broken_by(terms: Terms, reached: Reached) -> Array:
    """What the limits are broken by in all, in weight: (c,)."""
    problem = terms.problem
    broken = np.maximum(-reached.slack, 0.0).sum(axis=0)
    for amount, limit in ((reached.turned, problem.turnover), (reached.gross, problem.gross)):
        if limit is not None:
            broken += np.maximum(amount - limit + MARGIN, 0.0)
    risks = ((reached.error, problem.tracking_error), (reached.variance, problem.volatility))
    for square, limit in risks:
        if limit is not None:
            broken += np.maximum(np.sqrt(np.maximum(square, 0.0)) - limit + MARGIN, 0.0)
    return np.asarray(broken)
