"""A solver in a process of its own: the same answer, stopped at once, and none where it dies."""

import os
import time

import numpy as np
import pytest

from benchmarks.optimizer.problems import draw, sized
from bot.progress.interruptible import interruptible
from bot.progress.solvers import solvers
from strategies.optimize.kernel.solve import Solution
from strategies.optimize.ladder import RUNGS, Call, Rung, by_cone, by_kernel, solve_or_fall
from strategies.optimize.problem import BadProblem, Problem
from strategies.optimize.progress import Progress


def problem() -> Problem:
    return draw(1, sized(40))


def dies(_call: Call) -> Solution:
    os._exit(9)


def finds_a_fault(_call: Call) -> Solution:
    raise BadProblem("lots[3].weights = nan is not finite")


def never_ends(_call: Call) -> Solution:
    while True:
        pass


def ends_without_answer(call: Call) -> Solution:
    raise SystemExit(call.problem.size)


def asked(answer: object) -> Rung:
    return interruptible(Rung("slow", answer, solves=True))  # type: ignore[arg-type]


def test_the_answer_is_the_same() -> None:
    """To the last digit: the same solver works on the same numbers."""
    here, aside = by_kernel(Call(problem())), asked(by_kernel).answer(Call(problem()))
    assert np.array_equal(aside.weights, here.weights)
    assert (aside.status, aside.bound, aside.gap) == (here.status, here.bound, here.gap)


def test_it_ticks_while_it_waits_and_ends_soon_after_it_is_told() -> None:
    ticks, told = list[Progress](), list[float]()

    def tick(progress: Progress) -> bool:
        ticks.append(progress)
        told.append(time.monotonic())
        return len(ticks) < 20

    answer = asked(never_ends).answer(Call(problem(), tick=tick))
    waited = time.monotonic() - told[-1]
    assert not answer.is_usable
    assert "told to stop" in answer.why
    assert len(ticks) == 20
    assert ticks[0].stage == "slow"
    assert waited < 1.0, "milliseconds on a machine with nothing else to do"


@pytest.mark.parametrize(("answer", "code"), [(dies, 9), (ends_without_answer, 40)])
def test_a_process_that_dies_leaves_no_answer_and_says_so(answer: object, code: int) -> None:
    found = asked(answer).answer(Call(problem()))
    assert found.status == "error"
    assert f"its process ended with {code}" in found.why


def test_a_fault_of_the_problem_is_passed_on() -> None:
    with pytest.raises(BadProblem, match=r"lots\[3\]"):
        asked(finds_a_fault).answer(Call(problem()))


def test_of_a_plan_only_the_cone_solver_works_aside() -> None:
    ours = {rung.name: rung for rung in solvers()}
    assert list(ours) == [rung.name for rung in RUNGS]
    changed = [rung for rung in RUNGS if ours[rung.name].answer is not rung.answer]
    assert [rung.answer for rung in changed] == [by_cone]


def test_the_ladder_goes_on_where_the_solver_aside_is_stopped() -> None:
    rungs = (asked(never_ends), *(rung for rung in RUNGS if not rung.solves))
    fallen = solve_or_fall(problem(), tick=lambda _progress: False, rungs=rungs)
    assert fallen.steps[0] == "slow: error, it was told to stop"
    assert fallen.solution.gap == float("inf")
