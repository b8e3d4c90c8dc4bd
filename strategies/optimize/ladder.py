"""An answer in every case: kernel, cone solver, straight to target, hold; each step says why.

A rung is left for the next when it has no weights that keep the limits, or weights whose gap is
not within the tolerance; the best weights of all rungs are the answer. Going straight to the
target proves nothing, so that it is only tried where the solvers found no weights; to hold comes
last. Where it is proven that no weights keep the limits, nothing is traded (``relax`` says what
must give way).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.cone import solve_cone
from strategies.optimize.kernel.repair import repair
from strategies.optimize.kernel.solve import (
    TOLERANCE,
    VIOLATION_MAX,
    Solution,
    trusted,
)
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import Array, Problem
from strategies.optimize.progress import OBJECTIVE_MIN, Progress, Tick, silent
from strategies.optimize.sides.solve import choose, solve_sides, undecided

CONE_GAP = 1e-7
"""What the cone solver's own bound is trusted to, relative to the objective."""
CONE_VIOLATION_MAX = 1e-7
"""Breach that is put up with where only the cone solver has an answer: its own tolerance."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a rung is asked; the arguments of ``solve_sides``."""

    problem: Problem
    start: Array | None = None
    tolerance: float = TOLERANCE
    tick: Tick = silent


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to an answer. ``solves``: it looks for the best weights, rather than for any."""

    name: str
    answer: Callable[[Call], Solution]
    solves: bool


@dataclass(frozen=True, slots=True)
class Fallen:
    """The answer and how it was come by: one step for each rung, in words."""

    solution: Solution
    steps: tuple[str, ...]


def by_kernel(call: Call) -> Solution:
    """The kernel, with the best side for each loss."""
    return solve_sides(call.problem, start=call.start, tolerance=call.tolerance, tick=call.tick)


def by_cone(call: Call) -> Solution:
    """The cone solver, with one side for each loss by rule: only without losses has it a bound."""
    try:
        return _by_cone(call)
    except ImportError as exc:  # its libraries are large, and may be missing or broken
        return replace(by_holding(call), status="error", why=f"it cannot be loaded: {exc}")


def _by_cone(call: Call) -> Solution:
    problem, is_plain = call.problem, not undecided(call.problem)
    answer = solve_cone(choose(problem))
    if not answer.is_usable and not is_plain:
        answer = solve_cone(choose(problem, ()))
    if not answer.is_usable:
        return answer
    weights = repair(problem, answer.weights, np.ones(problem.size))
    bound = answer.bound - CONE_GAP * max(OBJECTIVE_MIN, abs(answer.bound))
    trusted = bound if is_plain and answer.status == "optimal" else -float("inf")
    return _measured(problem, weights, trusted, CONE_VIOLATION_MAX)


def by_target(call: Call) -> Solution:
    """Straight to the target, as far as bounds and budget let."""
    problem = call.problem
    weights = repair(problem, problem.target, np.ones(problem.size))
    return _measured(problem, weights, -float("inf"), VIOLATION_MAX)


def by_holding(call: Call) -> Solution:
    """No trade."""
    return _measured(call.problem, call.problem.current, -float("inf"), VIOLATION_MAX)


RUNGS = (
    Rung("kernel", by_kernel, solves=True),
    Rung("cone solver", by_cone, solves=True),
    Rung("straight to target", by_target, solves=False),
    Rung("hold", by_holding, solves=False),
)


def solve_or_fall(
    problem: Problem,
    *,
    start: Array | None = None,
    tolerance: float = TOLERANCE,
    tick: Tick = silent,
    rungs: tuple[Rung, ...] = RUNGS,
) -> Fallen:
    """The best weights that any rung finds, with the best bound that any rung proved.

    As ``solve_sides``; once ``tick`` has answered False no other solver is started. Where no
    weights keep the limits the answer is not usable, and its weights are those that are held.
    Raises ``BadProblem``.
    """
    stopped = [False]

    def listening(progress: Progress) -> bool:
        stopped[0] = stopped[0] or not tick(progress)
        return not stopped[0]

    call = Call(problem, start, tolerance, listening)
    answers, steps = list[Solution](), list[str]()
    for rung in rungs:
        skipped = _skipped(rung, answers, was_stopped=stopped[0])
        if skipped:
            steps.append(f"{rung.name}: {skipped}")
        else:
            answers.append(rung.answer(call))
            steps.append(f"{rung.name}: {_in_words(answers[-1])}")
        if _settled(problem, answers, tolerance).status == "optimal":
            break
    return Fallen(_settled(problem, answers, tolerance), tuple(steps))


def _skipped(rung: Rung, answers: list[Solution], *, was_stopped: bool) -> str:
    """Why ``rung`` need not be tried; empty where it must."""
    if any(answer.status == "infeasible" for answer in answers):
        return "nothing is traded" if rung.answer is by_holding else "not tried, it is proven"
    if rung.solves and was_stopped:
        return "not tried, the search was told to stop"
    if not rung.solves and any(answer.is_usable for answer in answers):
        return "not needed"
    return ""


def _settled(problem: Problem, answers: list[Solution], tolerance: float) -> Solution:
    """The best of ``answers`` against the best bound of all."""
    usable = [answer for answer in answers if answer.is_usable]
    if not usable:
        proven = [answer for answer in answers if answer.status == "infeasible"]
        return replace((proven or answers)[-1], weights=problem.current)
    best = min(usable, key=lambda answer: answer.objective)
    bound = trusted(max(answer.bound for answer in usable), best.objective)
    gap = _gap(best.objective, bound)
    good = gap <= tolerance
    return replace(
        best,
        status="optimal" if good else "feasible",
        bound=bound,
        gap=gap,
        why="" if good else best.why or f"gap {gap:.2g}",
        iterations=sum(answer.iterations for answer in answers),
    )


def _measured(problem: Problem, weights: Array, bound: float, violation_max: float) -> Solution:
    """``weights`` as an answer, with what they are worth and what they break."""
    value, broken = objective(problem, weights), violation(problem, weights)
    kept = broken <= violation_max
    gap = _gap(value, bound)
    if not kept:
        why = f"a limit is broken by {broken:.2g}"
    else:
        why = "nothing says how good it is" if np.isinf(gap) else f"gap {gap:.2g}"
    return Solution(
        status="feasible" if kept else "error",
        weights=weights,
        objective=value,
        bound=bound,
        gap=gap,
        violation=broken,
        iterations=0,
        why=why,
        dual=np.empty(0),
    )


def _gap(value: float, bound: float) -> float:
    return (value - bound) / max(OBJECTIVE_MIN, abs(value))


def _in_words(answer: Solution) -> str:
    """Status and why it is no better."""
    words = f"gap {max(answer.gap, 0.0):.2g}" if answer.status == "optimal" else answer.why
    return f"{answer.status}, {words}" if words else answer.status
