"""The kernel against cone solvers on the same problems: read the ratios, not the times.

    python -m benchmarks.optimizer.speed                         50, 500 and 3,000 names
    python -m benchmarks.optimizer.speed --names 500 --runs 9

Every solver runs in a process of its own, on one core, and solves the same convex problem: 10 lots
a name, sector limits, turnover, tracking error, one side chosen for each loss. Building the cone
data counts for cvxpy (its users cannot avoid it) and not for Clarabel raw. Times are medians of
processor time; memory is the most that the whole process held, libraries included.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

import numpy as np

from benchmarks.optimizer.problems import draw, sized
from strategies.optimize.kernel.dual import couple
from strategies.optimize.kernel.solve import solve, solve_coupled
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import Array, Problem, check
from strategies.optimize.sides.solve import choose

NAMES = (50, 500, 3000)
SEEDS = (1, 2, 3)
KERNEL = "kernel"
MOVED = 0.01
"""How far the weights move between two warm solves, in log."""
ADDRESS_SPACE = 8 * 2**30
"""What a child may ask for, in bytes; what needs more is reported as out of memory."""


class Timed(NamedTuple):
    """Seconds of one solve, the weights, and what the solver calls its answer."""

    seconds: float
    weights: Array
    status: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One solver at one size. ``violation`` and ``far`` are the worst over the problems.

    ``far`` is how far the objective lies above the kernel's, relative to it.
    """

    solver: str
    names: int
    median_ms: float
    runs: int
    violation: float
    objectives: tuple[float, ...]
    peak_mb: float
    status: str
    far: float = 0.0


def _kernel(problem: Problem) -> Timed:
    began = spent()
    answer = solve(problem)
    return Timed(spent() - began, answer.weights, answer.status)


def _kernel_in_numpy(problem: Problem) -> Timed:
    """As on a machine that had no compiler."""
    began = spent()
    coupling = replace(couple(problem, check(problem)), compiled=False)
    answer = solve_coupled(problem, coupling)
    return Timed(spent() - began, answer.weights, answer.status)


def _kernel_warm(problem: Problem) -> Timed:
    """The next look at the same account: every price has moved, the old dual is the start."""
    known = solve(_before(problem)).dual
    began = spent()
    answer = solve(problem, start=known)
    return Timed(spent() - began, answer.weights, answer.status)


def _before(problem: Problem) -> Problem:
    """The same account before its prices moved by ``MOVED``, lots along with the positions."""
    moves = np.exp(np.random.default_rng(1).normal(0, MOVED, problem.size))
    current = problem.current * moves
    scale = moves * (problem.budget / current.sum())
    lots = tuple(replace(each, weights=each.weights * scale[each.name]) for each in problem.lots)
    sold_only = problem.upper <= problem.current
    current = problem.current * scale
    upper = np.where(sold_only, current, problem.upper)
    return replace(problem, current=current, lots=lots, upper=upper)


def _clarabel_power(problem: Problem) -> Timed:
    from benchmarks.optimizer.cones import solve_raw

    answer = solve_raw(problem, "power")
    return Timed(answer.seconds, answer.weights, answer.status)


def _clarabel_soc(problem: Problem) -> Timed:
    from benchmarks.optimizer.cones import solve_raw

    answer = solve_raw(problem, "soc")
    return Timed(answer.seconds, answer.weights, answer.status)


def _cvxpy(problem: Problem) -> Timed:
    from strategies.optimize.cone import solve_cone

    began = spent()
    answer = solve_cone(problem)
    return Timed(spent() - began, answer.weights, answer.status)


SOLVERS: dict[str, Callable[[Problem], Timed]] = {
    KERNEL: _kernel,
    "kernel, NumPy alone": _kernel_in_numpy,
    "kernel, warm": _kernel_warm,
    "clarabel raw, power cones": _clarabel_power,
    "clarabel raw, second-order": _clarabel_soc,
    "cvxpy + clarabel": _cvxpy,
}
QUICK = (KERNEL, "kernel, NumPy alone", "kernel, warm")
MORE_RUNS = 7
"""The kernel is so quick that it can be run that many times as often."""


def measure(solver: str, names: int, runs: int) -> Measured:
    """``runs`` solves of each seed, after one that is not counted."""
    run = SOLVERS[solver]
    problems = [choose(draw(seed, sized(names))) for seed in SEEDS]
    times, answers = list[float](), list[Timed]()
    for problem in problems:
        if solver in QUICK:
            run(problem)
        timed = [run(problem) for _ in range(runs * (MORE_RUNS if solver in QUICK else 1))]
        times += [each.seconds for each in timed]
        answers.append(timed[-1])
    pairs = list(zip(problems, answers, strict=True))
    return Measured(
        solver=solver,
        names=names,
        median_ms=1e3 * statistics.median(times),
        runs=len(times),
        violation=max(violation(problem, answer.weights) for problem, answer in pairs),
        objectives=tuple(objective(problem, answer.weights) for problem, answer in pairs),
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        status="/".join(sorted({answer.status for answer in answers})),
    )


def in_a_child(solver: str, names: int, runs: int, seconds: float) -> Measured:
    """The same in a process of its own, ended after ``seconds``."""
    command = [sys.executable, "-m", "benchmarks.optimizer.speed", "--child", solver]
    command += ["--names", str(names), "--runs", str(runs)]
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter, our own program
            command, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return _nothing(solver, names, f"more than {seconds:.0f} s")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["ended without a word"])[-1]
        return _nothing(solver, names, f"out of memory or failed: {last[:60]}")
    return Measured(**json.loads(done.stdout))


def _nothing(solver: str, names: int, why: str) -> Measured:
    nan = float("nan")
    return Measured(solver, names, nan, 0, nan, (), nan, why)


def against_kernel(measured: list[Measured]) -> list[Measured]:
    """Each with how far its objectives lie above the kernel's."""
    kernel = {each.names: each.objectives for each in measured if each.solver == KERNEL}
    return [
        replace(each, far=_far(each.objectives, kernel.get(each.names, ()))) for each in measured
    ]


def _far(theirs: tuple[float, ...], ours: tuple[float, ...]) -> float:
    pairs = list(zip(theirs, ours, strict=False))
    return max(((t - o) / max(1e-4, abs(o)) for t, o in pairs), default=float("nan"))


def _print(measured: list[Measured]) -> None:
    print(
        f"{'names':>6}  {'solver':<27} {'median ms':>10} {'ratio':>7} {'runs':>5} {'peak MB':>8}"
        f" {'violation':>9} {'above':>8}  status"
    )
    kernel = {each.names: each.median_ms for each in measured if each.solver == KERNEL}
    for each in measured:
        ratio = each.median_ms / kernel.get(each.names, float("nan"))
        print(
            f"{each.names:>6}  {each.solver:<27} {each.median_ms:>10.2f} {ratio:>6.1f}x"
            f" {each.runs:>5} {each.peak_mb:>8.0f} {each.violation:>9.1e} {each.far:>8.1e}"
            f"  {each.status}"
        )


def main() -> None:
    """Measure every solver at every size, and print ratios to the kernel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, nargs="+", default=NAMES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=240.0, help="for one solver at one size")
    parser.add_argument("--solvers", nargs="+", choices=SOLVERS, default=list(SOLVERS))
    parser.add_argument("--child", choices=SOLVERS, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.child:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        print(json.dumps(asdict(measure(asked.child, asked.names[0], asked.runs))))
        return
    found = [
        in_a_child(solver, names, asked.runs, asked.seconds)
        for names in asked.names
        for solver in asked.solvers
    ]
    measured = against_kernel(found)
    print(json.dumps([asdict(each) for each in measured])) if asked.json else _print(measured)


if __name__ == "__main__":
    main()
