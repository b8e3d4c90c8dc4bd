"""Whole shares to the proven best, for a few names: mixed-integer linear programs by HiGHS.

Shares nothing with ``shares`` but the problem and the grid, so that the one can be held against
the other. Every curved term is a sum of curves of one variable each (an exposure, a weight, the
size of a trade), and each curve is bounded from below by its tangents; lots that are relieved in
an order of the broker's are sold one after the other by a choice of yes or no. So the program's
own bound holds for every plan on the grid. Tangents are added where its plan lies, until that plan
is as good as the bound (outer approximation: Duran and Grossmann, Math. Programming 36 (1986)).

Slow: from a fraction of a second at five names to minutes at thirty.
"""

from dataclasses import dataclass

import numpy as np

from strategies.optimize.kernel.solve import VIOLATION_MAX, Status
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import Array, BadProblem, Problem, check
from strategies.optimize.progress import OBJECTIVE_MIN, Progress, Tick, silent
from strategies.optimize.second.program import BPS, state_whole
from strategies.optimize.whole.grid import Counts, Grid, Lattice, check_grid, lattice, weights_of

NAMES_MAX = 40
GAP = 1e-6
TOUCH, TOUCH_SMOOTH = 1e-9, 1e-6
"""Error of a tangent, relative to the objective, that needs no further one."""
SMOOTH_ROUNDS, WHOLE_ROUNDS = 60, 40
NODES_MAX = 200_000
STAGE = "whole shares by HiGHS"
INFEASIBLE = 2
"""HiGHS's word in scipy for: no point keeps all rows."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A plan in whole steps, and what no plan on the grid can go below.

    ``counts`` (n,), ``weights`` (n,), ``objective`` (with the fees) and ``status`` as in
    ``shares.Rounded``; ``iterations`` counts the programs that were solved.
    """

    status: Status
    counts: Counts
    weights: Array
    objective: float
    bound: float
    gap: float
    violation: float
    iterations: int
    why: str

    @property
    def is_usable(self) -> bool:
        """Whether the plan keeps all limits."""
        return self.status in ("optimal", "feasible")


def solve_whole(problem: Problem, grid: Grid, tick: Tick = silent) -> Whole:
    """The best plan of ``problem`` on ``grid``, at most ``NAMES_MAX`` names; no loss bought back.

    ``tick`` is asked between two programs, of which one may take long. Raises ``BadProblem``.
    """
    check(problem)
    check_grid(problem, grid)
    if problem.size > NAMES_MAX:
        many = f"{problem.size} names are too many for a proof over whole shares"
        raise BadProblem(f"current: {many}, at most {NAMES_MAX}")
    return _Search(problem, lattice(problem, grid), tick).run()


class _Search:
    """The best plan so far, the bound, and the tangents that led there."""

    def __init__(self, problem: Problem, grid: Lattice, tick: Tick) -> None:
        self._problem, self._grid, self._tick = problem, grid, tick
        self._program, self._columns = state_whole(problem, grid)
        self._best: tuple[float, Counts] | None = None
        self._bound = -np.inf
        self._solved = 0

    def run(self) -> Whole:
        """Tangents for the problem in fractions first, which is quick; then whole steps."""
        for rounds, whole in ((SMOOTH_ROUNDS, False), (WHOLE_ROUNDS, True)):
            for _ in range(rounds):
                if not self._go_on():
                    return self._answer("told to stop")
                word = self._round(whole=whole)
                if word == "settled":
                    break
                if word:
                    return self._without(word)
        return self._answer("")

    def _go_on(self) -> bool:
        value, weights = np.inf, None
        if self._best is not None:
            value = self._best[0]
            weights = weights_of(self._problem, self._grid, self._best[1])
        return self._tick(Progress(self._solved, STAGE, weights, value, self._bound))

    def _round(self, *, whole: bool) -> str:
        """One program; "settled" where more tangents change nothing, else why it has no answer."""
        found = self._program.solve(whole=whole, nodes_max=NODES_MAX)
        self._solved += 1
        if found.status == INFEASIBLE:
            return "infeasible"
        if found.x is None:
            return f"HiGHS found none: {found.message}"
        if whole:
            self._bound = max(self._bound, found.bound / BPS)
            self._consider(self._columns.counts(found.x))
            if self._gap() <= GAP:
                return "settled"
        scale = max(BPS * OBJECTIVE_MIN, abs(found.bound))
        added = self._program.touch(found.x, (TOUCH if whole else TOUCH_SMOOTH) * scale)
        return "" if added else "settled"

    def _consider(self, counts: Counts) -> None:
        weights = weights_of(self._problem, self._grid, counts)
        if violation(self._problem, weights) > VIOLATION_MAX:
            return
        value = objective(self._problem, weights) + self._grid.fee * np.count_nonzero(counts)
        if self._best is None or value < self._best[0]:
            self._best = (float(value), counts)

    def _gap(self) -> float:
        if self._best is None:
            return float("inf")
        value = self._best[0]
        return float((value - self._bound) / max(OBJECTIVE_MIN, abs(value)))

    def _answer(self, why: str) -> Whole:
        if self._best is None:
            return self._without(why or "no plan on the grid was found that keeps the limits")
        value, counts = self._best
        weights, gap = weights_of(self._problem, self._grid, counts), self._gap()
        status: Status = "optimal" if gap <= GAP else "feasible"
        bound, kept = self._bound, violation(self._problem, weights)
        why = "" if status == "optimal" else why or f"gap {gap:.2g} on the grid"
        return Whole(status, counts, weights, value, bound, gap, kept, self._solved, why)

    def _without(self, why: str) -> Whole:
        infinite, proven = float("inf"), why == "infeasible"
        return Whole(
            status="infeasible" if proven else "error",
            counts=np.zeros_like(self._grid.least),
            weights=self._problem.current,
            objective=infinite,
            bound=infinite if proven else -infinite,
            gap=infinite,
            violation=infinite,
            iterations=self._solved,
            why="no plan on the grid keeps all limits" if proven else why,
        )
