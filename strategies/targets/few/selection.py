"""Which names to hold where only so many may be: drop the least useful, then exchange.

Finding the best names is hard (there are n over k sets of them), so this is a search that ends at a
set which no exchange tried makes better. How far that can be from the best of all is for a bound to
say. It knows nothing of the objective: ``solve`` does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array

Places = NDArray[np.intp]

Solve = Callable[[Places], tuple[float, Array] | None]
"""Value, less is better, and weights (n,) of the best portfolio of just these names; None: there is
none."""

Rank = Callable[[Places, Array], tuple[Array, Array]]
"""At the weights (n,) of some names: what it costs to drop each of these, shape (held,), and what
each name gains that is not among them, shape (n,); both about."""

DROPPED = 0.15
"""Part of what is too many that is dropped before the rest is solved again."""
LEAVERS, NEWCOMERS = 15, 8
"""Names that are tried to leave before exchanging ends, and to come for each."""
BETTER = 1e-9
"""Relative gain that is one."""
SOLVES_MAX = 1500


@dataclass(frozen=True, slots=True)
class Chosen:
    """The ``names`` (k,) in order, their ``value`` and ``weights`` (n,), and the work."""

    names: Places
    value: float
    weights: Array
    solves: int


def choose(
    start: Places, names_max: int, solve: Solve, rank: Rank, *, must: tuple[int, ...] = ()
) -> Chosen | None:
    """A good choice of at most ``names_max`` of the names ``start``, then of all; None if none is.

    ``must`` are names that are held in any case.
    """
    search = _Search(solve, rank, frozenset(must))
    fewer = _fewer(search, start, names_max)
    return None if fewer is None else _exchanged(search, fewer)


def every_choice(
    names: Places, many: int, solve: Solve, *, must: tuple[int, ...] = ()
) -> Chosen | None:
    """The best of all choices of ``many`` of ``names``: for who has few of them."""
    rest = [name for name in names.tolist() if name not in must]
    best = None
    for solves, some in enumerate(combinations(rest, many - len(must)), start=1):
        chosen = np.sort(np.array([*must, *some], dtype=np.intp))
        fit = solve(chosen)
        if fit is not None and (best is None or fit[0] < best.value):
            best = Chosen(chosen, *fit, solves)
    return best


def exchange(
    names: Places, solve: Solve, rank: Rank, *, must: tuple[int, ...] = ()
) -> Chosen | None:
    """The choice ``names``, made better by exchanges; None if they have no answer."""
    search = _Search(solve, rank, frozenset(must))
    fit = solve(names)
    return None if fit is None else _exchanged(search, Chosen(names, *fit, 1))


@dataclass(frozen=True, slots=True)
class _Search:
    solve: Solve
    rank: Rank
    must: frozenset[int]

    def leavers(self, names: Places, weights: Array) -> Places:
        """Places in ``names`` of those that may go, the least useful first."""
        costs, _ = self.rank(names, weights)
        free = np.array([int(name) not in self.must for name in names], dtype=bool)
        return np.argsort(np.where(free, costs, np.inf), kind="stable")[: int(free.sum())]

    def newcomers(self, names: Places, weights: Array) -> Places:
        """Names that may come, the most promising first."""
        _, gains = self.rank(names, weights)
        gains = gains.copy()
        gains[names] = -np.inf
        order = np.argsort(-gains, kind="stable")[:NEWCOMERS]
        return order[gains[order] > -np.inf]


def _fewer(search: _Search, start: Places, names_max: int) -> Chosen | None:
    """Drop, and solve again, until there are few enough; what cannot go is passed over."""
    names, solves = np.sort(start), 1
    fit = search.solve(names)
    while fit is not None and len(names) > names_max:
        many = max(1, int(DROPPED * (len(names) - names_max)))
        leavers = search.leavers(names, fit[1])
        dropped = _dropped(search, names, leavers, many)
        if dropped is None:
            return None
        names, fit, tries = dropped
        solves += tries
    return None if fit is None else Chosen(names, *fit, solves)


def _dropped(
    search: _Search, names: Places, leavers: Places, many: int
) -> tuple[Places, tuple[float, Array], int] | None:
    """Without the first ``many`` leavers, or fewer where that leaves no answer."""
    tries = 0
    while many > 1:
        tries += 1
        rest = np.delete(names, leavers[:many])
        if (fit := search.solve(rest)) is not None:
            return rest, fit, tries
        many //= 2
    for leaver in leavers:
        tries += 1
        rest = np.delete(names, leaver)
        if (fit := search.solve(rest)) is not None:
            return rest, fit, tries
    return None


def _exchanged(search: _Search, chosen: Chosen) -> Chosen:
    """One name in and one out as long as that helps."""
    while chosen.solves < SOLVES_MAX:
        better = _better(search, chosen)
        if better.value >= chosen.value:
            return better
        chosen = better
    return chosen


def _better(search: _Search, chosen: Chosen) -> Chosen:
    """The first exchange that helps, or the same with the work done.

    Who comes is asked where the leaver has gone already, if that leaves an answer.
    """
    solves = chosen.solves
    for leaver in search.leavers(chosen.names, chosen.weights)[:LEAVERS]:
        rest = np.delete(chosen.names, leaver)
        without = search.solve(rest) if rest.size else None
        solves += 1
        if without is not None and without[0] < chosen.value:
            return Chosen(rest, *without, solves)
        if without is None:
            order = search.newcomers(chosen.names, chosen.weights)
        else:
            order = search.newcomers(rest, without[1])
        for newcomer in order[order != chosen.names[leaver]]:
            names = np.sort(np.append(rest, newcomer))
            found = search.solve(names)
            solves += 1
            if found is not None and found[0] < chosen.value - BETTER * abs(chosen.value):
                return Chosen(names, *found, solves)
    return Chosen(chosen.names, chosen.value, chosen.weights, solves)
