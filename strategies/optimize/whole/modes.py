"""Branching on what each name does (sells, stays, buys), where fee or least trade really bind.

As ``branch`` for the sides of losses, with three ways instead of two and plans on the grid: the
node with the best bound is solved with each name's best mode at the node's prices; the name that
regrets its mode most is split three ways. Source: Land and Doig, Econometrica 28 (1960).
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.kernel.dual import Mask
from strategies.optimize.kernel.solve import Solution
from strategies.optimize.problem import Array
from strategies.optimize.progress import Tick
from strategies.optimize.whole.dive import Counted, Dive, best_of_both, counted, solve_where


@dataclass(frozen=True, slots=True, order=True)
class _Node:
    """Plans whose names keep to ``open_modes`` (3, n); none of them is better than ``bound``."""

    bound: float
    number: int
    open_modes: Mask = field(compare=False)
    prices: Array = field(compare=False)


class Branching:
    """The nodes still to be solved, and the bound of those that are settled."""

    def __init__(self, dive: Dive, prices: Array, bound: float, go_on: Callable[[], bool]) -> None:
        """All plans on the grid, with the best prices and bound that are known."""
        self._dive, self._go_on = dive, go_on
        everything = np.ones((3, dive.grid.unit.size), dtype=bool)
        self._nodes = [_Node(bound, 0, everything, prices)]
        self._settled = float("inf")
        self._pushed = 0

    @property
    def bound(self) -> float:
        """What no plan on the grid can go below."""
        return min(self._settled, self._nodes[0].bound if self._nodes else float("inf"))

    def answers(self, tick: Tick) -> Iterator[Solution]:
        """The answer of one node after the other, best bound first."""
        while self._nodes:
            node = heapq.heappop(self._nodes)
            here = counted(self._dive, node.prices, node.open_modes)
            modes = np.argmin(here.table, axis=0)
            answer = solve_where(self._dive, _signs(modes), node.prices, tick)
            self._split(node, answer, modes, here)
            yield answer

    def _split(self, node: _Node, answer: Solution, modes: NDArray[np.intp], here: Counted) -> None:
        """Three nodes, one for each mode of the name that regrets its own most."""
        there = counted(self._dive, answer.dual, node.open_modes)
        best = max(here, there, key=_value)
        if there.point.value < here.point.value:
            between = best_of_both(
                self._dive, node.prices, answer.dual, self._go_on, node.open_modes
            )
            best = max(best, between, key=_value)
        name = _splitting(node.open_modes, there.table, modes, solved=answer.is_usable)
        bound = max(node.bound, best.point.value)
        if name is None or np.isinf(best.point.value):
            self._settled = min(self._settled, bound)
            return
        least = float(best.table[:, name].min())
        for mode in np.flatnonzero(node.open_modes[:, name]).tolist():
            dearer = float(best.table[mode, name]) - least
            if np.isfinite(dearer):
                kept = node.open_modes.copy()
                kept[:, name] = False
                kept[mode, name] = True
                self._push(max(node.bound, best.point.value + dearer), kept, best.point.z)

    def _push(self, bound: float, open_modes: Mask, prices: Array) -> None:
        self._pushed += 1
        heapq.heappush(self._nodes, _Node(bound, self._pushed, open_modes, prices))


def _splitting(
    open_modes: Mask, table: Array, modes: NDArray[np.intp], *, solved: bool
) -> int | None:
    """The open name that regrets its mode most; None where all are content and ``solved``.

    Where no weights were found for the modes, the name that is most torn between two.
    """
    several = open_modes.sum(axis=0) > 1
    if not several.any():
        return None
    own = table[modes, np.arange(modes.size)]
    regret = np.where(several, own - table.min(axis=0), 0.0)
    if regret.max() > 0:
        return int(np.argmax(regret))
    if solved:
        return None
    first, second = np.sort(table, axis=0)[:2]
    torn = np.flatnonzero(several & np.isfinite(second))
    return int(torn[np.argmin(second[torn] - first[torn])]) if torn.size else None


def _signs(modes: NDArray[np.intp]) -> NDArray[np.int8]:
    return (modes - 1).astype(np.int8)


def _value(found: Counted) -> float:
    return found.point.value
