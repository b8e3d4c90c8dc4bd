"""A solver in a process of its own: the same answer, stopped at once, and none where it dies."""

import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.optimizer.problems import draw, sized
from bot.progress.interruptible import ask_aside, interruptible
from bot.progress.solvers import solvers
from strategies.border.second import Doubt, ask_here
from strategies.optimize.kernel.solve import Solution
from strategies.optimize.ladder import RUNGS, Call, Rung, by_cone, by_kernel, solve_or_fall
from strategies.optimize.problem import BadProblem, Problem
from strategies.optimize.progress import Progress, silent


def problem() -> Problem:
    return draw(1, sized(40))


def dies(_call: Call) -> Solution:
    os._exit(9)


def finds_a_fault(_call: Call) -> Solution:
    raise BadProblem("lots[3].weights = nan is not finite")


def never_ends(_call: Call) -> Solution:
    while True:
        pass


def tells_whether_it_is_deaf(call: Call) -> Solution:
    is_deaf = signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    return replace(by_kernel(call), why="deaf" if is_deaf else "it hears Ctrl-C")


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


def doubt() -> Doubt:
    made = problem()
    return Doubt(made, by_kernel(Call(made)).weights, None)


def test_a_second_opinion_from_aside_is_that_from_here() -> None:
    aside, here = ask_aside(doubt(), silent), ask_here(doubt(), silent)
    assert not isinstance(aside, str)
    assert not isinstance(here, str)
    assert aside.solver == here.solver
    assert aside.answer.objective == pytest.approx(here.answer.objective, rel=1e-9)


def test_a_second_opinion_that_takes_too_long_is_none() -> None:
    assert ask_aside(doubt(), lambda _progress: False) == "there is none: it was told to stop"


NO_CVXPY = """
import sys
sys.modules["cvxpy"] = None
from strategies.border.second import ask_here
from tests.bot.progress.test_progress_interruptible import doubt
print(ask_here(doubt(), lambda _progress: True))
"""


def test_where_the_other_solvers_cannot_be_loaded_there_is_no_second_opinion() -> None:
    root = Path(__file__).parents[3]
    line = [sys.executable, "-c", NO_CVXPY]
    run = subprocess.run(line, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    assert run.stdout.startswith("there is none, the other solvers cannot be loaded: "), run.stderr


def test_where_no_process_can_be_started_it_is_an_answer_too() -> None:
    """Too few handles stand for too many processes and too little memory: all are ``OSError``."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) - 1, hard)
    )
    try:
        found = asked(by_kernel).answer(Call(problem()))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found.status == "error"
    assert "no process can be started" in found.why


STOPPABLE = """
import signal, sys
from benchmarks.optimizer.problems import draw, sized
from bot.progress.interruptible import interruptible
from strategies.optimize.ladder import Call, Rung
from tests.bot.progress.test_progress_interruptible import never_ends

heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(1))
if __name__ == "__main__":
    call = Call(draw(1, sized(500)), tick=lambda _: not heard)
    print("ready", flush=True)
    print(interruptible(Rung("slow", never_ends, solves=True)).answer(call).why)
"""


def test_ctrl_c_while_it_starts_is_heard_by_who_asked_alone(tmp_path: Path) -> None:
    """A terminal sends it to both; the problem is larger than a pipe holds."""
    script = tmp_path / "stoppable.py"
    script.write_text(STOPPABLE)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    run = [sys.executable, str(script)]
    with subprocess.Popen(  # noqa: S603  # our own interpreter, a script of ours
        run,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        start_new_session=True,
    ) as it:
        assert it.stdout is not None
        assert it.stdout.readline() == "ready\n"
        os.killpg(it.pid, signal.SIGINT)
        said, complained = it.communicate(timeout=60)
    assert said.strip() == "it was told to stop"
    assert complained == ""


TWO = """
from benchmarks.optimizer.problems import draw, sized
from bot.progress.interruptible import interruptible
from strategies.optimize.ladder import Call, Rung
from tests.bot.progress.test_progress_interruptible import tells_whether_it_is_deaf

if __name__ == "__main__":
    for _ in range(2):
        rung = interruptible(Rung("slow", tells_whether_it_is_deaf, solves=True))
        print(rung.answer(Call(draw(1, sized(40)))).why)
"""


def test_the_first_is_as_deaf_to_ctrl_c_as_the_next(tmp_path: Path) -> None:
    script = tmp_path / "two.py"
    script.write_text(TWO)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    run = [sys.executable, str(script)]
    said = subprocess.run(run, capture_output=True, text=True, env=env, check=True)  # noqa: S603  # ours
    assert said.stdout.splitlines() == ["deaf", "deaf"]
