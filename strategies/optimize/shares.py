"""Whole shares: the best plan that can really be ordered, and how far it may be from the best.

``grid`` says what may be ordered, ``dive`` which names trade, ``swaps`` polishes. Every plan is
checked again from its counts; what is returned keeps all limits, or says that none was found.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.dive import Counted, Dive, best_of_both, counted, dive_into, solve_where
from strategies.optimize.dual import couple
from strategies.optimize.grid import (
    Counts,
    Grid,
    Lattice,
    check_grid,
    lattice,
    nearest,
    weights_of,
    without_count,
)
from strategies.optimize.kernel import OBJECTIVE_MIN, TOLERANCE, Solution, Status, Tick, trusted
from strategies.optimize.measure import objective, violation
from strategies.optimize.modes import Branching
from strategies.optimize.problem import Array, Problem, check_values
from strategies.optimize.sides import solve_sides
from strategies.optimize.swaps import Desk, terms_of

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
POLISHED = 2
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
    tick: Tick | None = None,
) -> Rounded:
    """The best plan of ``problem`` on ``grid`` that was found, with its gap.

    ``start`` is the solution in fractions, where it is known. The search ends when the gap is
    within ``tolerance``, or when no move helps any more. ``tick`` sees the iterations of all
    solves and moves in one count; when it answers False the best plan so far is returned. Raises
    ``BadProblem``.
    """
    table = check_values(problem)
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
    return _Rounding(dive, fractions, clock, tolerance).run()


class _Clock:
    """The iterations of all solves and moves in one count; remembers being told to stop."""

    def __init__(self, tick: Tick | None) -> None:
        self._tick = tick
        self.done = 0
        self.stopped = False

    def tick(self, step: int) -> bool:
        if self._tick is not None and not self.stopped:
            self.stopped = not self._tick(self.done + step)
        return not self.stopped

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

    def __init__(self, dive: Dive, fractions: Solution, clock: _Clock, tolerance: float) -> None:
        self._dive, self._fractions, self._clock = dive, fractions, clock
        self._tolerance = tolerance
        self._plans: list[_Plan] = []
        self._prices = fractions.dual
        self._bound = fractions.bound

    def run(self) -> Rounded:
        """Dive, round and swap."""
        grid = self._dive.grid
        self._consider(np.zeros_like(grid.least))
        self._consider(nearest(grid, self._fractions.weights - self._dive.problem.current))
        for counts in self._dives():
            self._consider(counts)
        self._polish()
        self._branch()
        return self._answer()

    def _branch(self) -> None:
        """Where the gap is wide, split on what single names do, and polish what that leads to."""
        branching = Branching(self._dive, self._prices, self._bound)
        answers = branching.answers(self._clock.tick)
        for _ in range(min(BRANCHES_MAX, WORK_MAX // self._dive.problem.size)):
            if self._is_over(max(self._tolerance, BRANCH_GAP)):
                return
            answer = next(answers, None)
            self._bound = max(self._bound, branching.bound)
            if answer is None:
                return
            self._clock.settle(answer.iterations)
            x = answer.weights - self._dive.problem.current
            self._polish_from(nearest(self._dive.grid, x))

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
        best = min(self._plans, key=lambda plan: plan.rank)
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
            found = max(found, best_of_both(self._dive, self._prices, z), key=_value)
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

    def _polish(self) -> None:
        """Moves from the best plan, and from the last one that was dived to."""
        self._plans.sort(key=lambda plan: plan.rank)
        for plan in self._plans[:POLISHED]:
            if self._is_over():
                return
            self._polish_from(plan.counts)

    def _polish_from(self, counts: Counts) -> None:
        desk = self._desk(counts)
        self._clock.settle(desk.improve(MOVES_MAX, self._clock.tick))
        self._keep(desk)

    def _answer(self) -> Rounded:
        problem, grid = self._dive.problem, self._dive.grid
        best = min(self._plans, key=lambda plan: plan.rank)
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
