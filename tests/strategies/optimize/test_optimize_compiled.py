"""Compiled steps and NumPy's give the same answers, and without a compiler all still works."""

import os
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.optimize.kernel import compiled
from strategies.optimize.kernel.compiled import Compiled, mountain_of
from strategies.optimize.kernel.dual import Anchor, couple
from strategies.optimize.kernel.newton import Climb, Mountain
from strategies.optimize.kernel.solve import Solution, solve_coupled
from strategies.optimize.problem import Problem
from tests.strategies.optimize.problems import draw, rich, strange

ROOT = Path(__file__).resolve().parents[3]
SEEDS = st.integers(0, 1_000_000)
CAN_COMPILE = (
    any(shutil.which(name) for name in ("cc", "gcc", "clang"))
    and (Path(sysconfig.get_path("include")) / "Python.h").exists()
    and not os.environ.get("TRIMTAB_NO_COMPILER")
)


def drawn(seed: int) -> Problem:
    problem = (draw, strange, rich)[seed % 3](seed)
    return replace(problem, lots=tuple(replace(lots, in_order=False) for lots in problem.lots))


def both_ways(problem: Problem) -> tuple[Solution, Solution]:
    coupling = couple(problem)
    return (
        solve_coupled(problem, coupling),
        solve_coupled(problem, replace(coupling, compiled=False)),
    )


def test_they_are_there_where_they_can_be_compiled() -> None:
    assert compiled.IS_THERE or not CAN_COMPILE


@given(SEEDS)
@settings(max_examples=120, deadline=None)
def test_the_answers_are_the_same(seed: int) -> None:
    problem = drawn(seed)
    one, other = both_ways(problem)
    assert one.status == other.status
    if one.is_usable:
        scale = max(1e-4, abs(other.objective))
        assert one.objective == pytest.approx(other.objective, abs=2e-6 * scale)
        assert one.bound == pytest.approx(other.bound, abs=2e-6 * scale)


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_one_step_is_the_same(seed: int) -> None:
    """Value, gradient, trades and the step from a random point, all to rounding."""
    problem = replace(drawn(seed), gross=None, opportunity=None)
    problem = replace(problem, borrow=None)
    coupling, random = couple(problem), np.random.default_rng(seed)
    z = np.where(coupling.fixed, 0.0, 1e-3 * random.normal(0, 1, coupling.unknowns))
    z = np.where(coupling.signed, np.maximum(z, 0.0), z)
    anchor = Anchor(problem.current, np.full(problem.size, 1e-3))
    quick = mountain_of(coupling, anchor)
    slow = mountain_of(replace(coupling, compiled=False), anchor)
    assert isinstance(slow, Mountain)
    assert isinstance(quick, Compiled) == compiled.IS_THERE
    here, there = quick.evaluate(z), slow.evaluate(z)
    size = 1 + abs(there.value)
    assert here.value == pytest.approx(there.value, abs=1e-12 * size)
    assert here.gradient == pytest.approx(there.gradient, abs=1e-12 * size)
    assert here.x == pytest.approx(there.x, abs=1e-12)
    assert here.slope == pytest.approx(there.slope, rel=1e-9)
    damped = 1e-2  # else a system that is close to singular makes much of rounding
    up, also = quick.climb(Climb(here, damped)), slow.climb(Climb(there, damped))
    assert up.stuck == also.stuck
    assert up.point.value == pytest.approx(also.point.value, abs=1e-7 * (1 + abs(also.point.value)))


def test_many_threads_step_at_once() -> None:
    problems = [draw(seed) for seed in range(12)]
    alone = [solve_coupled(problem, couple(problem)).weights for problem in problems]
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(solve_coupled, problem, couple(problem)) for problem in problems]
        together = [job.result().weights for job in jobs]
    assert all((a == b).all() for a, b in zip(alone, together, strict=True))


def test_arrays_that_do_not_fit_are_refused_and_read_nowhere() -> None:
    mountain = mountain_of(couple(draw(1)), None)
    with pytest.raises(ValueError, match=r"fit|mismatch"):
        mountain.evaluate(np.zeros(couple(draw(1)).unknowns + 1))
    if isinstance(mountain, Compiled):
        short = replace(mountain, arrays=(mountain.arrays[0][:-1].copy(), *mountain.arrays[1:]))
        with pytest.raises(ValueError, match="do not fit"):
            short.evaluate(np.zeros(mountain.unknowns))


def test_without_the_compiled_steps_numpy_answers(tmp_path: Path) -> None:
    """A copy of the package without the module, as a machine without a compiler has it."""
    for room in ("strategies", "brokers"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("*.so"))
    code = (
        "from strategies.optimize.kernel import compiled, solve as kernel\n"
        "from tests.strategies.optimize.problems import draw\n"
        "answer = kernel.solve(draw(1))\n"
        "print(compiled.__file__, compiled.IS_THERE, answer.status)\n"
    )
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    done = subprocess.run(  # noqa: S603  # this interpreter, a line of ours
        [sys.executable, "-c", code],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    where, is_there, status = done.stdout.split()
    assert Path(where).is_relative_to(tmp_path)
    assert (is_there, status) == ("False", "optimal")


def test_the_build_says_why_it_could_not_compile(tmp_path: Path) -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import hatch_build, pathlib\n"
    code += "print(hatch_build.compile_steps(pathlib.Path(sys.argv[2])))"
    env = {**os.environ, "CC": sys.executable}
    env.pop("TRIMTAB_NO_COMPILER", None)
    run = [sys.executable, "-c", code, str(ROOT), str(tmp_path)]
    for extra, says in (({"TRIMTAB_NO_COMPILER": "1"}, "is set"), ({}, "says")):
        done = subprocess.run(  # noqa: S603  # this interpreter, a line of ours
            run, env=env | extra, capture_output=True, text=True, check=True
        )
        assert says in done.stdout
        assert not list(tmp_path.iterdir())
