"""Whole shares: the best plan that can really be ordered, and how far it may be from the best.

``grid`` says what may be ordered, ``dive`` which names trade, ``swaps`` polishes. Every plan is
checked again from its counts; what is returned keeps all limits, or says that none was found.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.kernel.dual import couple
from strategies.optimize.kernel.solve import TOLERANCE, Solution, Status, trusted
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import Array, Problem, check
from strategies.optimize.progress import OBJECTIVE_MIN, Progress, Tick, silent
from strategies.optimize.sides.solve import solve_sides
from strategies.optimize.whole.dive import (
    Counted,
    Dive,
    best_of_both,
    counted,
    dive_into,
    solve_where,
)
from strategies.optimize.whole.grid import (
    Counts,
    Grid,
    Lattice,
    check_grid,
    lattice,
    nearest,
    weights_of,
    without_count,
)
from strategies.optimize.whole.modes import Branching
from strategies.optimize.whole.moves import terms_of
from strategies.optimize.whole.swaps import Desk

GOOD_GAP = 1e-4
"""Gap at which the search for a better plan ends."""
SIDES_GAP = 1e-4
"""Gap to which the problem in fractions is solved first."""
DIVES_MAX = 5
MOVES_MAX = 400
BRANCH_GAP = 5e-3
"""Gap above which it is worth while to branch, at most ``BRANCHES_MAX`` times.

Fewer times where there are many names: ``WORK_MAX`` names in all.
"""
BRANCHES_MAX, WORK_MAX = 60, 30_000
IDLE_MAX, SMALL_USD = 30, 0.10
"""Branches without a better plan after which it is given up, and dollars that are not worth one."""
POLISHED = 2
SHARES = (0.9, 0.75, 0.5, 0.25)
"""Of the trades in fractions that are rounded as well where there was no time left to polish."""
VIOLATION_MAX = 1e-12
"""Breach that counts as rounding of the sums: counts leave no other."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """A plan in whole steps, and how good it is.

    ``counts`` (n,) are signed steps to trade, zero for cash, which takes the rest; ``weights``
    (n,) follow from them; both may only be used when ``is_usable``. ``objective`` has the fees in
    it. ``bound`` holds for every plan on the grid, ``fraction_bound`` for plans in fractions
    without fees or least trade. ``optimal``: gap within 1e-6. ``feasible``: gap larger.
    ``infeasible``: proven that no plan keeps the limits. ``error``: none was found.
    """

    status: Status
    counts: Counts
    weights: Array
    objective: float
    bound: float
    fraction_bound: float
    gap: float
    violation: float
    iterations: int
    why: str

    @property
    def is_usable(self) -> bool:
        """Whether the plan keeps all limits."""
        return self.status in ("optimal", "feasible")


def round_to_shares(
    problem: Problem,
    grid: Grid,
    *,
    start: Solution | None = None,
    tolerance: float = GOOD_GAP,
    tick: Tick = silent,
) -> Rounded:
    """The best plan of ``problem`` on ``grid`` that was found, with its gap.

    ``start`` is the solution in fractions, where it is known. The search ends when the gap is
    within ``tolerance``, or when no move helps any more. ``tick`` sees the iterations of all
    solves and moves in one count; when it answers False the best plan so far is returned. Raises
    ``BadProblem``.
    """
    table = check(problem)
    check_grid(problem, grid)
    clock = _Clock(tick)
    fractions = start or solve_sides(problem, tolerance=SIDES_GAP, tick=clock.tick)
    clock.settle(fractions.iterations if start is None else 0)
    steps = lattice(problem, grid)
    if not fractions.is_usable:
        return _nothing(problem, steps, fractions)
    stuck = without_count(steps)
    if stuck.size:
        why = f"no whole number of steps brings name {stuck[0]} within its bounds"
        none = replace(fractions, status="infeasible", bound=float("inf"), why=why)
        return _nothing(problem, steps, none)
    dive = dive_into(problem, couple(problem, table), steps)
    return _Rounding(dive, fractions, clock, tolerance, grid.nav_usd).run()


class _Clock:
    """The iterations of all solves and moves in one count; remembers being told to stop.

    ``best`` is the best plan so far, as it is said to whoever listens.
    """

    def __init__(self, tick: Tick) -> None:
        self._tick = tick
        self.done = 0
        self.stopped = False
        self.best = Progress(0, "whole shares")

    def tick(self, inner: Progress) -> bool:
        """The tick of a solve inside."""
        return self.go_on(inner.iteration)

    def go_on(self, step: int) -> bool:
        """Whether to, after ``step`` of the search that is on."""
        if not self.stopped:
            self.stopped = not self._tick(replace(self.best, iteration=self.done + step))
        return not self.stopped

    def is_on(self) -> bool:
        """Whether to go on, asked between two iterations."""
        return self.go_on(0)

    def settle(self, steps: int) -> None:
        """One search has ended after ``steps``."""
        self.done += steps


@dataclass(frozen=True, slots=True)
class _Plan:
    """Counts, by how much they break the limits in all, and the objective."""

    counts: Counts
    broken: float
    value: float

    @property
    def rank(self) -> tuple[float, float]:
        """Less is better."""
        return self.broken if self.broken > VIOLATION_MAX else 0.0, self.value


class _Rounding:
    """One search for a plan on the grid: the best so far, and the bound."""

    def __init__(
        self, dive: Dive, fractions: Solution, clock: _Clock, tolerance: float, nav_usd: float
    ) -> None:
        self._dive, self._fractions, self._clock = dive, fractions, clock
        self._tolerance, self._small = tolerance, SMALL_USD / nav_usd
        self._plans: list[_Plan] = []
        self._prices = fractions.dual
        self._bound = fractions.bound

    def run(self) -> Rounded:
        """Dive, round and swap."""
        grid = self._dive.grid
        self._consider(nearest(grid, np.zeros_like(grid.unit)))
        trades = self._fractions.weights - self._dive.problem.current
        self._consider(nearest(grid, trades))
        for counts in self._dives():
            self._consider(counts)
        self._polish()
        self._branch()
        if self._clock.stopped:
            for share in SHARES:
                self._consider(nearest(grid, share * trades))
        return self._answer()

    def _branch(self) -> None:
        """Where the gap is wide, split on what single names do, and polish what that leads to."""
        branching = Branching(self._dive, self._prices, self._bound, self._clock.is_on)
        answers = branching.answers(self._clock.tick)
        best, idle = self._best().rank, 0
        for _ in range(min(BRANCHES_MAX, WORK_MAX // self._dive.problem.size)):
            if self._is_over(max(self._tolerance, BRANCH_GAP)) or idle >= IDLE_MAX:
                return
            if self._is_small_change():
                return
            answer = next(answers, None)
            self._bound = max(self._bound, self._met(branching.bound))
            if answer is None:
                return
            self._clock.settle(answer.iterations)
            x = answer.weights - self._dive.problem.current
            self._polish_from(nearest(self._dive.grid, x))
            known, best = best, self._best().rank
            idle = 0 if best < known else idle + 1

    def _met(self, bound: float) -> float:
        """``bound``, at the best plan's own value where it lies above that by less than counts.

        Where hardly a plan keeps a limit, what rounding breaks of it is charged at a high price.
        """
        best = self._best()
        above = (bound - best.value) / max(OBJECTIVE_MIN, abs(best.value))
        return best.value if best.rank[0] <= 0 and 0 < above <= self._tolerance else bound

    def _best(self) -> _Plan:
        """The best plan so far."""
        return min(self._plans, key=lambda plan: plan.rank)

    def _is_small_change(self) -> bool:
        """Whether what is left to gain is hardly worth an order."""
        best = self._best()
        left = best.value - trusted(self._bound, best.value)
        return best.rank[0] <= 0 and left <= self._small

    def _dives(self) -> Iterator[Counts]:
        """Plans near the grid, each rounded, from prices that come closer to those of the grid."""
        now, before = self._counted(self._prices), None
        for _ in range(DIVES_MAX):
            signs = np.sign(now.counts).astype(np.int8)
            if self._is_over() or (before is not None and (signs == before).all()):
                return
            answer = solve_where(self._dive, signs, self._prices, self._clock.tick)
            self._clock.settle(answer.iterations)
            yield nearest(self._dive.grid, answer.weights - self._dive.problem.current)
            now, before = self._between(answer.dual), signs

    def _is_over(self, tolerance: float | None = None) -> bool:
        """Whether to stop: told to, or the best plan is good enough."""
        best = self._best()
        gap = (best.value - trusted(self._bound, best.value)) / max(OBJECTIVE_MIN, abs(best.value))
        return self._clock.stopped or (best.rank[0] <= 0 and gap <= (tolerance or self._tolerance))

    def _counted(self, z: Array) -> Counted:
        found = counted(self._dive, z)
        self._bound = max(self._bound, found.point.value)
        return found

    def _between(self, z: Array) -> Counted:
        """The best prices between those so far and ``z``, or ``z`` itself; kept from now on."""
        found = max(self._counted(self._prices), self._counted(z), key=_value)
        if not self._is_over():
            between = best_of_both(self._dive, self._prices, z, self._clock.is_on)
            found = max(found, between, key=_value)
        self._bound = max(self._bound, found.point.value)
        self._prices = found.point.z
        return found

    def _consider(self, counts: Counts) -> None:
        self._keep(self._desk(counts))

    def _desk(self, counts: Counts) -> Desk:
        dive = self._dive
        return Desk(terms_of(dive.problem, dive.coupling, dive.grid, self._prices), counts)

    def _keep(self, desk: Desk) -> None:
        self._plans.append(_Plan(desk.counts, desk.broken(), desk.value()))
        best = self._best()
        if best.rank[0] <= 0:
            weights = weights_of(self._dive.problem, self._dive.grid, best.counts)
            known = Progress(0, "whole shares", weights, best.value, self._bound)
            self._clock.best = known

    def _polish(self) -> None:
        """Moves from the best plan, and from the last one that was dived to."""
        self._plans.sort(key=lambda plan: plan.rank)
        for plan in self._plans[:POLISHED]:
            if self._is_over():
                return
            self._polish_from(plan.counts)

    def _polish_from(self, counts: Counts) -> None:
        desk = self._desk(counts)

        def go_on(made: int) -> bool:
            return self._clock.go_on(made) and not self._is_good(desk)

        self._clock.settle(desk.improve(MOVES_MAX, go_on))
        self._keep(desk)

    def _is_good(self, desk: Desk) -> bool:
        """Whether what is on the desk is within the tolerance already."""
        value = desk.value()
        gap = (value - trusted(self._bound, value)) / max(OBJECTIVE_MIN, abs(value))
        return gap <= self._tolerance and desk.broken() <= VIOLATION_MAX

    def _answer(self) -> Rounded:
        problem, grid = self._dive.problem, self._dive.grid
        best = self._best()
        weights = weights_of(problem, grid, best.counts)
        value = objective(problem, weights) + grid.fee * int(np.count_nonzero(best.counts))
        broken = violation(problem, weights)
        bound = trusted(self._bound, value)
        gap = (value - bound) / max(OBJECTIVE_MIN, abs(value))
        status, why = _judge(gap, broken)
        return Rounded(
            status=status,
            counts=best.counts,
            weights=weights,
            objective=value,
            bound=bound,
            fraction_bound=self._fractions.bound,
            gap=gap,
            violation=broken,
            iterations=self._clock.done,
            why=why,
        )


def _value(found: Counted) -> float:
    return found.point.value


def _judge(gap: float, broken: float) -> tuple[Status, str]:
    if broken > VIOLATION_MAX:
        return "error", f"the best plan on the grid breaks a limit by {broken:.2g}"
    return ("optimal", "") if gap <= TOLERANCE else ("feasible", f"gap {gap:.2g} on the grid")


def _nothing(problem: Problem, grid: Lattice, fractions: Solution) -> Rounded:
    """No trade, where no plan in fractions was found: usable if the limits are kept as it is."""
    counts = np.zeros_like(grid.least)
    weights = weights_of(problem, grid, counts)
    value, broken = objective(problem, weights), violation(problem, weights)
    bound = fractions.bound
    gap = (value - bound) / max(OBJECTIVE_MIN, abs(value))
    kept = fractions.status != "infeasible" and broken <= VIOLATION_MAX
    return Rounded(
        status="feasible" if kept else fractions.status,
        counts=counts,
        weights=weights,
        objective=value,
        bound=bound,
        fraction_bound=bound,
        gap=gap if kept else float("inf"),
        violation=broken,
        iterations=fractions.iterations,
        why=f"nothing is traded: {fractions.why}",
    )
