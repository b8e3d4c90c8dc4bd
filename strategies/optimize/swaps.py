"""From a plan on the grid to a better one: single moves, then pairs, on the exact objective.

Every allowed move of every name is judged at once: the change of tracking error from the exposure
that is kept up to date, the change of costs from the lots, and by how much any limit would be
broken. A move counts only if it breaks less, or breaks no more and gains; cash takes the rest.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.dual import Coupling
from strategies.optimize.grid import Counts, Lattice, is_allowed
from strategies.optimize.kernel import OBJECTIVE_MIN, Tick
from strategies.optimize.linear import limits_of
from strategies.optimize.pieces import Pieces, costs, take
from strategies.optimize.problem import Array, Problem

STRIDES = (1, -1, 4, -4, 16, -16)
"""Steps of a move; besides, every name may go back to no trade."""
PAIRS = 40
"""Moves that are tried in pairs: those with the least reduced cost."""
PENALTY = 100.0
"""Objective per unit of weight by which limits are broken: far above any price."""
MARGIN = 1e-12
"""Limits are kept with this much to spare, so that summing in another order breaks none."""
GAIN_MIN = 1e-7
"""Least gain of a move, relative to the objective."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What does not change: all relative to cash, which takes the other side of every move.

    ``loadings`` (n, k) and ``variance`` (n,) for the tracking error, ``rows`` (r, n), and as
    ``relative``, and ``level`` (r,) for what stays below a level (groups, and cash within its
    bounds), ``prices`` (n,) and ``toll`` what the limits are worth, to find promising pairs.
    """

    problem: Problem
    pieces: Pieces
    grid: Lattice
    loadings: Array
    variance: Array
    rows: Array
    relative: Array
    level: Array
    prices: Array
    toll: float


def terms_of(problem: Problem, coupling: Coupling, grid: Lattice, z: Array) -> Terms:
    """The terms of ``problem`` on ``grid`` with the prices ``z`` of its limits."""
    c, k = grid.cash, coupling.factors
    limits = [limit for limit in limits_of(problem) if limit.place is not None]
    is_cash = np.zeros(problem.size)
    is_cash[c] = 1.0
    rows = np.vstack([*(limit.coefficients for limit in limits), is_cash, -is_cash])
    level = [*(limit.level for limit in limits), problem.upper[c], -problem.lower[c]]
    loadings = problem.factors - problem.factors[c]
    return Terms(
        problem=problem,
        pieces=coupling.pieces,
        grid=grid,
        loadings=loadings,
        variance=(loadings**2).sum(axis=1) + problem.specific + problem.specific[c],
        rows=rows,
        relative=rows - rows[:, [c]],
        level=np.array(level) - MARGIN,
        prices=(coupling.matrix[:, k:] - coupling.matrix[c, k:]) @ z[k:-2],
        toll=float(z[-2]),
    )


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a plan comes to; ``exposure`` (k,), ``slack`` (r,), ``error`` is squared, both (1,)."""

    x: Array
    active: Array
    exposure: Array
    slack: Array
    error: Array
    turned: Array


@dataclass(frozen=True, slots=True)
class _Moves:
    """Moves in one row, all (c,): of ``name`` to ``target``, and what changes with each."""

    name: NDArray[np.intp]
    target: Counts
    delta: Array
    value: Array
    error: Array


class Desk:
    """A plan on the grid and every move from it, kept up to date as moves are made."""

    def __init__(self, terms: Terms, counts: Counts) -> None:
        """Open with ``counts`` (n,)."""
        self._terms = terms
        self.counts = counts.copy()
        shape = (len(STRIDES) + 1, counts.size)
        self._targets = np.zeros(shape, dtype=np.int64)
        self._allowed = np.zeros(shape, dtype=bool)
        self._dearer = np.zeros(shape)
        self._standing = self._stand()
        self._price(np.delete(np.arange(counts.size), terms.grid.cash))

    def improve(self, moves_max: int, tick: Tick) -> int:
        """Make the best moves, one after the other, until none helps; how many were made."""
        for made in range(moves_max):
            if not tick(made) or not self._move():
                return made
        return moves_max

    def value(self) -> float:
        """The objective, fees included."""
        terms, standing = self._terms, self._standing
        spent = float(costs(terms.pieces, standing.x).sum())
        fees = terms.grid.fee * int(np.count_nonzero(self.counts))
        return terms.problem.risk_aversion * float(standing.error[0]) + spent + fees

    def broken(self) -> float:
        """By how much the limits are broken, in all."""
        standing = self._standing
        return float(self._broken(standing.slack[:, None], standing.turned, standing.error)[0])

    def _move(self) -> bool:
        """Make the best single move, else the best pair; False where none helps."""
        moves = self._moves()
        if not moves.name.size:
            return False
        broken = self.broken()
        chosen = self._best_single(moves, broken)
        if chosen is None:
            chosen = self._best_pair(moves, broken)
        if chosen is None:
            return False
        names = moves.name[chosen]
        self.counts[names] = moves.target[chosen]
        self._standing = self._stand()
        self._price(names)
        return True

    def _stand(self) -> _Standing:
        terms = self._terms
        problem, x = terms.problem, self.counts * terms.grid.unit
        x[terms.grid.cash] = -float(x.sum())
        active = problem.current + x - problem.target
        exposure = problem.factors.T @ active
        error = float(exposure @ exposure + active @ (problem.specific * active))
        slack = terms.level - terms.rows @ (problem.current + x)
        turned = np.array([float(np.abs(x).sum())])
        return _Standing(x, active, exposure, slack, np.array([error]), turned)

    def _price(self, names: NDArray[np.intp]) -> None:
        """The moves of ``names`` from where they are now, and what they cost more."""
        grid, counts = self._terms.grid, self.counts[names]
        part = Lattice(
            grid.unit[names], grid.lowest[names], grid.highest[names], grid.least[names], 0.0, 0
        )
        pieces = take(self._terms.pieces, names)
        spent = costs(pieces, counts * part.unit) + grid.fee * (counts != 0)
        for row, stride in enumerate((*STRIDES, None)):
            target = np.zeros_like(counts) if stride is None else _stepped(part, counts, stride)
            after = costs(pieces, target * part.unit) + grid.fee * (target != 0)
            self._targets[row, names] = target
            self._allowed[row, names] = (target != counts) & is_allowed(part, target)
            self._dearer[row, names] = after - spent

    def _moves(self) -> _Moves:
        """Every allowed move, with the change of objective and of squared tracking error."""
        terms, now = self._terms, self._standing
        row, name = np.nonzero(self._allowed)
        target = self._targets[row, name]
        delta = (target - self.counts[name]) * terms.grid.unit[name]
        cash = terms.grid.cash
        problem = terms.problem
        pull = terms.loadings @ now.exposure + problem.specific * now.active
        pull -= problem.specific[cash] * now.active[cash]
        error = delta * (2 * pull[name] + delta * terms.variance[name])
        value = self._dearer[row, name] + problem.risk_aversion * error
        return _Moves(name, target, delta, value, error)

    def _best_single(self, moves: _Moves, broken: float) -> NDArray[np.intp] | None:
        now, terms = self._standing, self._terms
        slack = now.slack[:, None] - terms.relative[:, moves.name] * moves.delta
        turned = now.turned + self._turned(moves, moves.delta)
        after = self._broken(slack, turned, now.error + moves.error)
        merit = moves.value + PENALTY * (after - broken)
        best = int(np.argmin(merit))
        return np.array([best]) if merit[best] < -self._least_gain() else None

    def _best_pair(self, moves: _Moves, broken: float) -> NDArray[np.intp] | None:
        """The best pair among the moves that are cheapest once limits have their prices."""
        now, terms = self._standing, self._terms
        reduced = moves.value + terms.prices[moves.name] * moves.delta
        reduced += terms.toll * self._turned(moves, moves.delta)
        few = np.argsort(reduced)[:PAIRS]
        one, other = (few[side] for side in np.triu_indices(few.size, 1))
        apart = moves.name[one] != moves.name[other]
        one, other = one[apart], other[apart]
        if not one.size:
            return None
        value, error = self._together(moves, one, other)
        shift = terms.relative[:, moves.name] * moves.delta
        slack = now.slack[:, None] - shift[:, one] - shift[:, other]
        own = self._own_turned(moves)
        both = moves.delta[one] + moves.delta[other]
        turned = now.turned + own[one] + own[other] + self._cash_turned(both)
        merit = value + PENALTY * (self._broken(slack, turned, now.error + error) - broken)
        best = int(np.argmin(merit))
        if merit[best] >= -self._least_gain():
            return None
        return np.array([one[best], other[best]])

    def _together(
        self, moves: _Moves, one: NDArray[np.intp], other: NDArray[np.intp]
    ) -> tuple[Array, Array]:
        """Change of objective and squared tracking error of two moves at once."""
        terms = self._terms
        first, second = moves.name[one], moves.name[other]
        common = np.einsum("ij,ij->i", terms.loadings[first], terms.loadings[second])
        common += terms.problem.specific[terms.grid.cash]
        cross = 2 * moves.delta[one] * moves.delta[other] * common
        error = moves.error[one] + moves.error[other] + cross
        value = moves.value[one] + moves.value[other] + terms.problem.risk_aversion * cross
        return value, error

    def _turned(self, moves: _Moves, cash_pays: Array) -> Array:
        """Change of turnover, with that of cash."""
        return self._own_turned(moves) + self._cash_turned(cash_pays)

    def _own_turned(self, moves: _Moves) -> Array:
        x = self._standing.x[moves.name]
        return np.abs(x + moves.delta) - np.abs(x)

    def _cash_turned(self, pays: Array) -> Array:
        cash = self._standing.x[self._terms.grid.cash]
        return np.asarray(np.abs(cash - pays) - np.abs(cash))

    def _broken(self, slack: Array, turned: Array, error: Array) -> Array:
        """What the limits are broken by in all, in weight: ``slack`` (r, c), the others (c,)."""
        problem = self._terms.problem
        broken = np.maximum(-slack, 0.0).sum(axis=0)
        if problem.turnover is not None:
            broken += np.maximum(turned - problem.turnover + MARGIN, 0.0)
        if problem.tracking_error is not None:
            limit = problem.tracking_error - MARGIN
            broken += np.maximum(np.sqrt(np.maximum(error, 0.0)) - limit, 0.0)
        return np.asarray(broken)

    def _least_gain(self) -> float:
        return GAIN_MIN * max(OBJECTIVE_MIN, abs(self.value()))


def _stepped(grid: Lattice, counts: Counts, stride: int) -> Counts:
    """``counts`` after ``stride`` steps, within the bounds, on the far side of the hole."""
    target = np.clip(counts + stride, grid.lowest, grid.highest)
    hole = (target != 0) & (np.abs(target) < grid.least)
    away = np.where(np.sign(target) == np.sign(stride), np.sign(target) * grid.least, 0)
    return np.where(hole, away, target)
