"""The search for the best way of each undecided name: best bound first, proven when they meet.

A node says which ways are left to each name. Solving it with the best way of every name gives an
answer, and its regrets a bound; where no name regrets its way the node is settled. Else the
children turn one regretting name each: the first turns the one that regrets most, the second keeps
that and turns the next, ... so that each child but the first has a better bound than its parent
before it is solved. Source: Land and Doig, Econometrica 28 (1960).
"""

import heapq
from dataclasses import dataclass, field, replace

import numpy as np

from strategies.optimize.kernel.dual import Mask
from strategies.optimize.kernel.solve import Solution, trusted
from strategies.optimize.measure import objective
from strategies.optimize.problem import Array
from strategies.optimize.progress import OBJECTIVE_MIN, Progress, Tick
from strategies.optimize.sides.ways import (
    Choice,
    Ways,
    bound_at,
    climb_between,
    solve_open,
    solve_with,
    ways_taken,
    worths,
)

TURNS_MAX = 12
"""Rounds in which all names that regret their way turn together."""
SOLVES_MAX, ITERATIONS_MAX = 3000, 40_000
"""Solves, and iterations of all of them; what gap is then left is stated. A few seconds at most."""
SHARE_LESS = 0.5
"""Part of the names that turn next where turning so many did not help."""
LEAST_GAIN = 1e-9
"""What a round must gain, in shares of NAV, to be followed by another."""


@dataclass(frozen=True, slots=True, order=True)
class _Node:
    """What is still to be solved: ``bound`` holds for all choices within ``allowed`` (K, u).

    ``choice`` (u,) is the one to try, ``start`` the prices to begin with.
    """

    bound: float
    number: int
    allowed: Mask = field(compare=False)
    choice: Choice = field(compare=False)
    start: Array = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Solved:
    """A node's answer with one choice of ways, and what bounds the node.

    ``table`` (K, u) has the worth of each way at the answer's prices, where the bound is ``own``,
    and ``regret`` (u,) what the choice loses there; ``prices`` are the best that were seen for the
    node, ``bound`` the bound there and ``there`` (K, u) the worths. A choice that is ``barred``
    holds no weights: then the prices are another's, and each name may have to turn.
    """

    answer: Solution
    choice: Choice
    table: Array
    regret: Array
    own: float
    prices: Array
    bound: float
    there: Array
    barred: bool = False


class Search:
    """One search: the nodes to do, the best answer so far, and the bound of what is settled."""

    def __init__(self, job: Ways, tick: Tick) -> None:
        """A search of ``job``; ``tick`` sees the iterations of all solves in one count."""
        self._job, self._tick = job, tick
        self._iterations = self._solves = self._pushed = 0
        self._stopped = False
        self._nodes: list[_Node] = []
        self._best: Solution | None = None
        self._settled = self._working = float("inf")

    def run(self, start: Array | None) -> Solution:
        """The best answer, with a bound over all choices of ways."""
        everything = self._job.exist
        opened = self._solve_open(everything, start)
        if not opened.is_usable:
            return opened
        self._take(replace(opened, objective=objective(self._job.problem, opened.weights)))
        bound, choice = bound_at(self._job, everything, opened.dual)
        root = _Node(bound, self._pushed, everything, choice, opened.dual)
        self._push(root)
        while self._nodes and not self._is_over():
            node = heapq.heappop(self._nodes)
            self._working = node.bound
            self._expand(node, self._turn(node) if node is root else self._visit(node))
            self._working = float("inf")
        return self._answer()

    def _turn(self, root: _Node) -> _Solved:
        """Solve the root; as long as that helps, turn the names that would rather go another way.

        All of them at once; where that does not help (or leaves no weights within the limits)
        only those that regret their way most, fewer and fewer.
        """
        best, share = self._visit(root), 1.0
        for _ in range(TURNS_MAX):
            if self._stopped or not best.regret.any():
                break
            choice = self._turned(root, best, share)
            if (choice == best.choice).all():
                break
            latest = self._visit(replace(root, bound=best.bound, choice=choice, start=best.prices))
            if _helps(latest, best):
                best, share = latest, min(1.0, 2 * share)
            else:
                share *= SHARE_LESS
        return best

    def _turned(self, root: _Node, solved: _Solved, share: float) -> Choice:
        """The ways of ``solved`` with a ``share`` of the names that want to turn turned."""
        if share >= 1:
            return bound_at(self._job, root.allowed, solved.prices)[1]
        wanting = int(np.count_nonzero(solved.regret > 0))
        most = np.argsort(-solved.regret, kind="stable")[: int(share * wanting)]
        choice = solved.choice.copy()
        choice[most] = np.argmin(solved.table, axis=0)[most]
        return choice

    def _visit(self, node: _Node) -> _Solved:
        """Solve ``node`` with its choice, or with one that keeps the limits if that does not."""
        answer, choice = self._solve(node.choice, node.start), node.choice
        if answer.status == "infeasible":
            opened = self._solve_open(node.allowed, node.start)
            if not opened.is_usable:
                return _without_answer(node, opened)
            choice = ways_taken(self._job, node.allowed, opened)
            answer = self._solve(choice, opened.dual)
            if answer.status == "infeasible":
                return self._barred(node, choice, answer, opened.dual)
        self._take(answer)
        return self._judged(node, choice, answer)

    def _barred(self, node: _Node, choice: Choice, answer: Solution, z: Array) -> _Solved:
        """The choice holds no weights, which says nothing of others: regrets at the prices ``z``.

        The prices of its own proof will not do: they grow without limit.
        """
        table = np.where(node.allowed, worths(self._job, z), np.inf)
        regret = _chosen(table, choice) - table.min(axis=0)
        bound, _ = bound_at(self._job, node.allowed, z)
        return _Solved(answer, choice, table, regret, bound, z, bound, table, barred=True)

    def _judged(self, node: _Node, choice: Choice, answer: Solution) -> _Solved:
        """``answer`` with its regrets, and the best bound between its prices and the start."""
        table = np.where(node.allowed, worths(self._job, answer.dual), np.inf)
        regret = _chosen(table, choice) - table.min(axis=0)
        own = answer.bound - float(regret.sum())
        bound, prices, there = own, answer.dual, table
        if own < node.bound:
            ends = node.start, answer.dual
            between, found = climb_between(self._job, node.allowed, *ends, self._go_on)
            if between > own:
                bound, prices = between, found
                there = np.where(node.allowed, worths(self._job, prices), np.inf)
        return _Solved(answer, choice, table, regret, own, prices, bound, there)

    def _expand(self, node: _Node, solved: _Solved) -> None:
        """The children of a node, each with the bound it has before it is solved.

        A child turns one name to any of its other ways and keeps the names before it. What is
        left keeps them all: nothing, where that is barred.
        """
        kept, own, there = node.allowed, solved.own, solved.bound
        at = np.arange(solved.choice.size)
        others = solved.there.copy()
        others[solved.choice, at] = np.inf
        least = solved.there.min(axis=0)
        turns = np.isfinite(others.min(axis=0)) if solved.barred else solved.regret > 0
        order = np.argsort(-solved.regret, kind="stable")
        for name in order[turns[order]].tolist():
            way = int(solved.choice[name])
            turned, choice = kept.copy(), solved.choice.copy()
            turned[way, name] = False
            choice[name] = np.argmin(np.where(turned[:, name], solved.table[:, name], np.inf))
            dearer = float(others[:, name].min() - least[name])
            self._push(
                _Node(
                    max(node.bound, own, there + dearer),
                    self._pushed,
                    turned,
                    choice,
                    solved.prices,
                )
            )
            kept = kept.copy()
            kept[:, name] = False
            kept[way, name] = True
            own += float(solved.regret[name])
            there += float(solved.there[way, name] - least[name])
        if not solved.barred:
            self._settled = min(self._settled, max(node.bound, own, there))

    def _push(self, node: _Node) -> None:
        self._pushed += 1
        heapq.heappush(self._nodes, node)

    def _solve(self, choice: Choice, start: Array) -> Solution:
        return self._count(solve_with(self._job, choice, start, self._on))

    def _solve_open(self, allowed: Mask, start: Array | None) -> Solution:
        return self._count(solve_open(self._job, allowed, start, self._on))

    def _on(self, inner: Progress) -> bool:
        """The tick of one solve: counts on from those before, and remembers being told to stop."""
        if not self._stopped:
            best = self._best
            self._stopped = not self._tick(
                Progress(
                    iteration=self._iterations + inner.iteration,
                    stage="choosing what to sell",
                    weights=None if best is None else best.weights,
                    objective=float("inf") if best is None else best.objective,
                    bound=-float("inf") if best is None else self._bound(),
                )
            )
        return not self._stopped

    def _go_on(self) -> bool:
        """Asked between two iterations."""
        return self._on(Progress(0, ""))

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
        """What no choice of ways can go below."""
        waiting = self._nodes[0].bound if self._nodes else float("inf")
        return min(self._settled, self._working, waiting)

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
        why = f"gap {gap:.2g} after {self._solves} choices of ways, {self._iterations} iterations"
        return replace(
            best,
            status="optimal" if good else "feasible",
            bound=trusted(self._bound(), best.objective),
            gap=gap,
            iterations=self._iterations,
            why="" if good else why,
        )


def _chosen(table: Array, choice: Choice) -> Array:
    """The entries of ``table`` (K, u) in the ways of ``choice`` (u,)."""
    return np.asarray(table[choice, np.arange(choice.size)])


def _helps(latest: _Solved, best: _Solved) -> bool:
    """Whether the bound or the answer is better."""
    higher = latest.bound > best.bound + LEAST_GAIN
    cheaper = latest.answer.objective < best.answer.objective - LEAST_GAIN
    return latest.answer.is_usable and (higher or cheaper)


def _without_answer(node: _Node, opened: Solution) -> _Solved:
    """A node that holds no weights, or none that were found: its bound then stands."""
    bound = float("inf") if opened.status == "infeasible" else node.bound
    nothing, table = np.zeros(node.choice.size), np.zeros(node.allowed.shape)
    return _Solved(opened, node.choice, table, nothing, bound, node.start, bound, table)
