"""From a plan on the grid to a better one: single moves, then pairs, on the exact objective.

Every allowed move of every name is judged at once: the change of tracking error from the exposure
that is kept up to date, the change of costs from the lots, and by how much any limit would be
broken. A move counts only if it breaks less, or breaks no more and gains; cash takes the rest.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.kernel.pieces import costs, take
from strategies.optimize.problem import Array
from strategies.optimize.progress import OBJECTIVE_MIN
from strategies.optimize.whole.grid import Counts, Lattice, is_allowed
from strategies.optimize.whole.moves import (
    Moves,
    Reached,
    Step,
    Terms,
    broken_by,
    moves_of,
    stand,
    together,
)

STRIDES = (1, -1, 4, -4, 16, -16)
"""Steps of a move; besides, every name may go back to no trade."""
PAIRS = 40
"""Moves that are tried in pairs: those with the least reduced cost."""
PENALTY = 100.0
"""Objective per unit of weight by which limits are broken: far above any price."""
GAIN_MIN = 1e-7
"""Least gain of a move, relative to the objective."""


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
        self._standing = stand(terms, counts)
        self._price(np.delete(np.arange(counts.size), terms.grid.cash))

    def improve(self, moves_max: int, go_on: Callable[[int], bool]) -> int:
        """Make the best moves, one after the other, until none helps; how many were made."""
        for made in range(moves_max):
            if not go_on(made) or not self._move():
                return made
        return moves_max

    def value(self) -> float:
        """The objective, fees included."""
        return self._standing.worth + self._terms.grid.fee * int(np.count_nonzero(self.counts))

    def broken(self) -> float:
        """By how much the limits are broken, in all."""
        now = self._standing
        reached = Reached(now.slack[:, None], now.turned, now.gross, now.error, now.variance)
        return float(broken_by(self._terms, reached)[0])

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
        self._standing = stand(self._terms, self.counts)
        self._price(names)
        return True

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

    def _moves(self) -> Moves:
        """Every allowed move, with the change of objective and of squared tracking error."""
        terms = self._terms
        row, name = np.nonzero(self._allowed)
        target = self._targets[row, name]
        delta = (target - self.counts[name]) * terms.grid.unit[name]
        step = Step(name, target, delta)
        return moves_of(terms, self._standing, step, self._dearer[row, name])

    def _best_single(self, moves: Moves, broken: float) -> NDArray[np.intp] | None:
        shift = self._terms.relative[:, moves.name] * moves.delta
        every = np.arange(moves.name.size)
        after = self._after(moves, (every,), shift, moves.error)
        merit = moves.value + PENALTY * (after - broken)
        best = int(np.argmin(merit))
        return np.array([best]) if merit[best] < -self._least_gain() else None

    def _best_pair(self, moves: Moves, broken: float) -> NDArray[np.intp] | None:
        """The best pair among the moves that are cheapest once limits have their prices."""
        terms = self._terms
        reduced = moves.value + terms.prices[moves.name] * moves.delta
        reduced += terms.toll * (self._own_turned(moves) + self._cash_turned(moves.delta))
        few = np.argsort(reduced)[:PAIRS]
        one, other = (few[side] for side in np.triu_indices(few.size, 1))
        apart = moves.name[one] != moves.name[other]
        one, other = one[apart], other[apart]
        if not one.size:
            return None
        value, error = together(terms, moves, one, other)
        shift = terms.relative[:, moves.name] * moves.delta
        after = self._after(moves, (one, other), shift[:, one] + shift[:, other], error)
        merit = value + PENALTY * (after - broken)
        best = int(np.argmin(merit))
        if merit[best] >= -self._least_gain():
            return None
        return np.array([one[best], other[best]])

    def _after(
        self, moves: Moves, parts: tuple[NDArray[np.intp], ...], shift: Array, error: Array
    ) -> Array:
        """By how much limits are broken after the moves ``parts``, done together: (c,)."""
        terms, now = self._terms, self._standing
        delta = sum((moves.delta[part] for part in parts), np.zeros(()))
        own = self._own_turned(moves)
        turned = now.turned + sum((own[part] for part in parts), np.zeros(()))
        variance, gross = now.variance, now.gross
        if terms.problem.volatility is not None:
            rise = terms.target_pull[moves.name] * moves.delta
            variance = variance + error + sum((rise[part] for part in parts), np.zeros(()))
        if terms.problem.gross is not None:
            more = self._own_gross(moves)
            gross = gross + sum((more[part] for part in parts), np.zeros(()))
            gross = gross + self._cash_gross(delta)
        reached = Reached(
            slack=now.slack[:, None] - shift,
            turned=turned + self._cash_turned(delta),
            gross=gross,
            error=now.error + error,
            variance=variance,
        )
        return broken_by(terms, reached)

    def _own_turned(self, moves: Moves) -> Array:
        x, turns = self._standing.x[moves.name], self._terms.pieces.turns
        more = np.abs(x + moves.delta) - np.abs(x)
        return more if turns is None else more * turns[moves.name]

    def _cash_turned(self, pays: Array) -> Array:
        cash, turns = self._standing.x[self._terms.cash], self._terms.pieces.turns
        more = np.abs(cash - pays) - np.abs(cash)
        return np.asarray(more if turns is None else more * turns[self._terms.cash])

    def _own_gross(self, moves: Moves) -> Array:
        held = self._standing.active[moves.name] + self._terms.problem.target[moves.name]
        return np.abs(held + moves.delta) - np.abs(held)

    def _cash_gross(self, pays: Array) -> Array:
        cash = self._terms.cash
        held = self._standing.active[cash] + self._terms.problem.target[cash]
        return np.asarray(np.abs(held - pays) - np.abs(held))

    def _least_gain(self) -> float:
        return GAIN_MIN * max(OBJECTIVE_MIN, abs(self.value()))


def _stepped(grid: Lattice, counts: Counts, stride: int) -> Counts:
    """``counts`` after ``stride`` steps, within the bounds, on the far side of the hole."""
    target = np.clip(counts + stride, grid.lowest, grid.highest)
    hole = (target != 0) & (np.abs(target) < grid.least)
    away = np.where(np.sign(target) == np.sign(stride), np.sign(target) * grid.least, 0)
    return np.where(hole, away, target)
