"""The search for the best side of each loss: best bound first, proven when the bounds meet.

A node fixes the sides of some names. Solving it with the better side of every open name gives an
answer, and its regrets a bound; where no open name regrets its side the node is settled. Else the
children turn one regretting name each: the first turns the one that regrets most, the second keeps
that and turns the next, ... so that each child but the first has a better bound than its parent
before it is solved. Source: Land and Doig, Econometrica 28 (1960).
"""

import heapq
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.dual import Mask
from strategies.optimize.harvest import (
    Harvest,
    both_sides,
    bound_at,
    climb_between,
    regrets,
    sides_taken,
    solve_open,
    solve_with,
)
from strategies.optimize.kernel import OBJECTIVE_MIN, Solution, Tick, trusted
from strategies.optimize.measure import objective
from strategies.optimize.problem import Array

TURNS_MAX = 12
"""Rounds in which all names that regret their side turn together."""
SOLVES_MAX, ITERATIONS_MAX = 200, 3000
"""Solves, and iterations of all of them; what gap is then left is stated."""
SHARE_LESS = 0.5
"""Part of the names that turn next where turning so many did not help."""
LEAST_GAIN = 1e-9
"""What a round must gain, in shares of NAV, to be followed by another."""

Sides = NDArray[np.int8]
"""For each undecided name -1 (only sold), 1 (only bought) or 0 (open)."""


@dataclass(frozen=True, slots=True, order=True)
class _Node:
    """What is still to be solved: ``bound`` holds for all choices that keep ``sides``.

    ``selling`` (u,) is the choice to try, ``start`` the prices to begin with.
    """

    bound: float
    number: int
    sides: Sides = field(compare=False)
    selling: Mask = field(compare=False)
    start: Array = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Solved:
    """A node's answer with one choice of sides, and what bounds the node.

    ``regret`` (u,) is that of the open names at the answer's prices, where the bound is ``own``;
    ``prices`` are the best that were seen for the node, ``bound`` is the bound there and
    ``lead`` (u,) by how much it is better there to buy than to sell.
    """

    answer: Solution
    selling: Mask
    regret: Array
    own: float
    prices: Array
    bound: float
    lead: Array


class Search:
    """One search: the nodes to do, the best answer so far, and the bound of what is settled."""

    def __init__(self, job: Harvest, tick: Tick | None) -> None:
        """A search of ``job``; ``tick`` sees the iterations of all solves in one count."""
        self._job, self._tick = job, tick
        self._iterations = self._solves = self._pushed = 0
        self._stopped = False
        self._nodes: list[_Node] = []
        self._best: Solution | None = None
        self._settled = float("inf")

    def run(self, start: Array | None) -> Solution:
        """The best answer, with a bound over all choices of sides."""
        everything = np.zeros(self._job.open.size, dtype=np.int8)
        opened = self._solve_open(everything, start)
        if not opened.is_usable:
            return opened
        self._take(replace(opened, objective=objective(self._job.problem, opened.weights)))
        bound, selling = bound_at(self._job, everything, opened.dual)
        root = _Node(bound, self._pushed, everything, selling, opened.dual)
        self._push(root)
        while self._nodes and not self._is_over():
            node = heapq.heappop(self._nodes)
            self._expand(node, self._turn(node) if node is root else self._visit(node))
        return self._answer()

    def _turn(self, root: _Node) -> _Solved:
        """Solve the root; as long as that helps, turn the names that would rather be elsewhere.

        All of them at once; where that does not help (or leaves no weights within the limits)
        only those that regret their side most, fewer and fewer.
        """
        best, share = self._visit(root), 1.0
        for _ in range(TURNS_MAX):
            if self._stopped or not best.regret.any():
                break
            selling = self._turned(root, best, share)
            if (selling == best.selling).all():
                break
            latest = self._visit(
                replace(root, bound=best.bound, selling=selling, start=best.prices)
            )
            if _helps(latest, best):
                best, share = latest, min(1.0, 2 * share)
            else:
                share *= SHARE_LESS
        return best

    def _turned(self, root: _Node, solved: _Solved, share: float) -> Mask:
        """The sides of ``solved`` with a ``share`` of the names that want to turn turned."""
        if share >= 1:
            return bound_at(self._job, root.sides, solved.prices)[1]
        wanting = int(np.count_nonzero(solved.regret > 0))
        most = np.argsort(-solved.regret, kind="stable")[: int(share * wanting)]
        selling = solved.selling.copy()
        selling[most] = ~selling[most]
        return selling

    def _visit(self, node: _Node) -> _Solved:
        """Solve ``node`` with its choice, or with one that keeps the limits if that does not."""
        answer, selling = self._solve(node.selling, node.start), node.selling
        if answer.status == "infeasible":
            opened = self._solve_open(node.sides, node.start)
            if not opened.is_usable:
                return _without_answer(node, opened)
            selling = sides_taken(self._job, node.sides, opened)
            answer = self._solve(selling, opened.dual)
        self._take(answer)
        return self._judged(node, selling, answer)

    def _judged(self, node: _Node, selling: Mask, answer: Solution) -> _Solved:
        """``answer`` with its regrets, and the best bound between its prices and the start."""
        regret = np.where(node.sides == 0, regrets(self._job, answer.dual, selling), 0.0)
        own = answer.bound - float(regret.sum())
        bound, prices = own, answer.dual
        if own < node.bound:
            between, found = climb_between(self._job, node.sides, node.start, answer.dual)
            if between > own:
                bound, prices = between, found
        sold, bought = both_sides(self._job, prices)
        return _Solved(answer, selling, regret, own, prices, bound, sold - bought)

    def _expand(self, node: _Node, solved: _Solved) -> None:
        """The children of a node, each with the bound it has before it is solved."""
        kept, own, there = node.sides, solved.own, solved.bound
        for name in np.argsort(-solved.regret, kind="stable"):
            if solved.regret[name] <= 0:
                break
            turned, selling = kept.copy(), solved.selling.copy()
            selling[name] = not selling[name]
            turned[name] = -1 if selling[name] else 1
            dearer = float(solved.lead[name]) * turned[name]
            known = max(node.bound, own, there + max(-dearer, 0.0))
            self._push(_Node(known, self._pushed, turned, selling, solved.prices))
            kept = kept.copy()
            kept[name] = -turned[name]
            own += float(solved.regret[name])
            there += max(dearer, 0.0)
        self._settled = min(self._settled, max(node.bound, own, there))

    def _push(self, node: _Node) -> None:
        self._pushed += 1
        heapq.heappush(self._nodes, node)

    def _solve(self, selling: Mask, start: Array) -> Solution:
        return self._count(solve_with(self._job, selling, start, self._on))

    def _solve_open(self, sides: Sides, start: Array | None) -> Solution:
        return self._count(solve_open(self._job, sides, start, self._on))

    def _on(self, step: int) -> bool:
        """The tick of one solve: counts on from those before, and remembers being told to stop."""
        if self._tick is not None and not self._stopped:
            self._stopped = not self._tick(self._iterations + step)
        return not self._stopped

    def _count(self, answer: Solution) -> Solution:
        self._iterations += answer.iterations
        self._solves += 1
        return answer

    def _take(self, answer: Solution) -> None:
        """Keep ``answer`` if it is the best so far."""
        if not answer.is_usable:
            return
        if self._best is None or answer.objective < self._best.objective:
            self._best = answer

    def _bound(self) -> float:
        """What no choice of sides can go below."""
        return min(self._settled, self._nodes[0].bound if self._nodes else float("inf"))

    def _gap(self, best: Solution) -> float:
        bound = trusted(self._bound(), best.objective)
        return (best.objective - bound) / max(OBJECTIVE_MIN, abs(best.objective))

    def _is_over(self) -> bool:
        assert self._best is not None
        good = self._gap(self._best) <= self._job.tolerance
        spent = self._solves >= SOLVES_MAX or self._iterations >= ITERATIONS_MAX
        return good or self._stopped or spent

    def _answer(self) -> Solution:
        best = self._best
        assert best is not None
        gap = self._gap(best)
        good = gap <= self._job.tolerance
        why = f"gap {gap:.2g} after {self._solves} choices of sides, {self._iterations} iterations"
        return replace(
            best,
            status="optimal" if good else "feasible",
            bound=trusted(self._bound(), best.objective),
            gap=gap,
            iterations=self._iterations,
            why="" if good else why,
        )


def _helps(latest: _Solved, best: _Solved) -> bool:
    """Whether the bound or the answer is better."""
    higher = latest.bound > best.bound + LEAST_GAIN
    cheaper = latest.answer.objective < best.answer.objective - LEAST_GAIN
    return latest.answer.is_usable and (higher or cheaper)


def _without_answer(node: _Node, opened: Solution) -> _Solved:
    """A node that holds no weights, or none that were found: its bound then stands."""
    bound = float("inf") if opened.status == "infeasible" else node.bound
    nothing = np.zeros(node.selling.size)
    return _Solved(opened, node.selling, nothing, bound, node.start, bound, nothing)
