"""Random problems of all kinds of limits: is each one solved, or truly without a solution?

    python -m benchmarks.optimizer.sweep                  1,000 problems
    python -m benchmarks.optimizer.sweep --seeds 0 30     some of them
    python -m benchmarks.optimizer.sweep --every          also compare each answer with Clarabel's
    python -m benchmarks.optimizer.sweep --sides          with the search for the sides of losses

A problem counts as solved when the gap is at most 1e-6 and no limit is broken by more than 1e-9,
both computed here, from the weights. Where the kernel finds no weights, Clarabel is asked for the
least breach of the limits: the verdict is confirmed when that is above zero.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np

from benchmarks.optimizer.cones import ConeAnswer, least_breach, solve_raw
from benchmarks.optimizer.problems import vary
from strategies.optimize.cone import solve_cone
from strategies.optimize.kernel.solve import OBJECTIVE_MIN, Solution, solve
from strategies.optimize.measure import objective, stepped, violation, wishes
from strategies.optimize.problem import Problem
from strategies.optimize.sides import solve as sides

GAP_MAX = 1e-6
VIOLATION_MAX = 1e-9
BREACH_MIN = 1e-8
"""The cone solver's own tolerance: a least breach below it says that the limits can be kept."""
CONE_SECONDS = 120.0

Verdict = Literal["solved", "confirmed infeasible", "failed", "wrongly infeasible", "undecided"]
GOOD = ("solved", "confirmed infeasible")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one seed. ``worse`` is how far above Clarabel's objective ours lies."""

    seed: int
    names: int
    verdict: Verdict
    status: str
    gap: float
    violation: float
    iterations: int
    ms: float
    breach: float | None
    worse: float | None
    why: str


def prepare(seed: int) -> Problem:
    """The problem of ``seed`` with one side for each harvestable name, as a plan would have it."""
    problem = vary(seed)
    sided = sides.choose(problem)
    return sided if _room(sided) else sides.choose(problem, ())


def _room(problem: Problem) -> bool:
    """Whether the bounds alone leave room for the budget."""
    return float(problem.lower.sum()) <= problem.budget <= float(problem.upper.sum())


def judge(seed: int, *, compare: bool = False, search: bool = False) -> Outcome:
    """Solve the problem of ``seed`` and check the answer; with ``search`` find the sides too."""
    problem = vary(seed) if search else prepare(seed)
    began = spent()
    answer = sides.solve_sides(problem) if search else solve(problem)
    ms = 1e3 * (spent() - began)
    gap, broken = _recomputed(problem, answer)
    outcome = Outcome(
        seed=seed,
        names=problem.size,
        verdict="failed",
        status=answer.status,
        gap=gap,
        violation=broken,
        iterations=answer.iterations,
        ms=ms,
        breach=None,
        worse=None,
        why=answer.why,
    )
    if gap <= GAP_MAX and broken <= VIOLATION_MAX and answer.status == "optimal":
        worse = _worse(problem, answer) if compare else None
        return replace(outcome, verdict="solved", worse=worse)
    return _second_opinion(problem, outcome)


def _recomputed(problem: Problem, answer: Solution) -> tuple[float, float]:
    """Gap and violation from the weights alone, with the bound that the answer claims."""
    value = objective(problem, answer.weights)
    gap = (value - answer.bound) / max(OBJECTIVE_MIN, abs(value))
    return gap, violation(problem, answer.weights)


def _worse(problem: Problem, answer: Solution) -> float | None:
    """How far above a cone solver's objective ours lies; None where it found none."""
    value = objective(problem, answer.weights)
    theirs = _stated(problem) if _has_wishes(problem) else _raw(problem)
    return None if theirs is None else (value - theirs) / max(OBJECTIVE_MIN, abs(value))


def _has_wishes(problem: Problem) -> bool:
    """Whether there is more to minimise than tracking error, costs and taxes."""
    held = problem.current
    more = wishes(problem, held) or stepped(problem, held) or problem.variance_aversion
    return bool(more)


def _raw(problem: Problem) -> float | None:
    cone = solve_raw(problem, seconds_max=CONE_SECONDS)
    return cone.objective if cone.status == "Solved" else None


def _stated(problem: Problem) -> float | None:
    cone = solve_cone(problem)
    return cone.objective if cone.status == "optimal" else None


def _second_opinion(problem: Problem, outcome: Outcome) -> Outcome:
    cone = least_breach(problem, CONE_SECONDS)
    breach = cone.objective if cone.status == "Solved" else None
    return replace(outcome, breach=breach, verdict=_verdict(outcome.status, cone))


def _verdict(status: str, cone: ConeAnswer) -> Verdict:
    """What the cone solver's least breach makes of an answer that is not a solution."""
    without = cone.status in ("PrimalInfeasible", "AlmostPrimalInfeasible")
    if status != "infeasible":
        return "failed"
    if without or (cone.status == "Solved" and cone.objective > BREACH_MIN):
        return "confirmed infeasible"
    return "wrongly infeasible" if cone.status == "Solved" else "undecided"


def worst(outcomes: Iterable[Outcome]) -> dict[str, Outcome]:
    """Of those solved, the largest gap, violation, number of iterations and time."""
    solved = [outcome for outcome in outcomes if outcome.verdict == "solved"]
    if not solved:
        return {}
    keys = ("gap", "violation", "iterations", "ms")
    found = {key: max(solved, key=lambda each: getattr(each, key)) for key in keys}
    compared = [outcome for outcome in solved if outcome.worse is not None]
    if compared:
        found["worse"] = max(compared, key=lambda each: each.worse or 0.0)
    return found


def _print(outcomes: list[Outcome]) -> None:
    count = Counter(outcome.verdict for outcome in outcomes)
    print(
        f"{len(outcomes)} problems, {min(o.names for o in outcomes)} to "
        f"{max(o.names for o in outcomes)} names"
    )
    for verdict, times in count.most_common():
        print(f"  {verdict:<22} {times:>5}")
    times = np.array([o.ms for o in outcomes])
    steps = np.array([o.iterations for o in outcomes])
    print(
        f"  iterations: median {np.median(steps):.0f}, 99 % {np.percentile(steps, 99):.0f}; "
        f"ms: median {np.median(times):.1f}, 99 % {np.percentile(times, 99):.1f}"
    )
    print("worst of the solved")
    for key, outcome in worst(outcomes).items():
        print(
            f"  {key:<11} {getattr(outcome, key):>9.2g}  seed {outcome.seed}, {outcome.names} names"
        )
    for outcome in outcomes:
        if outcome.verdict not in GOOD:
            print(f"  seed {outcome.seed}: {outcome.verdict}, {_particulars(outcome)}")


def _particulars(outcome: Outcome) -> str:
    return (
        f"{outcome.status}, gap {outcome.gap:.2g}, violation {outcome.violation:.2g}, "
        f"least breach {outcome.breach}: {outcome.why}"
    )


def main() -> int:
    """Run the sweep; the exit code is 1 when a problem has neither answer nor proof."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 1000), metavar=("FROM", "TO"))
    parser.add_argument("--every", action="store_true", help="ask Clarabel about solved ones too")
    parser.add_argument("--sides", action="store_true", help="search the sides of losses too")
    parser.add_argument("--seconds", type=float, default=1800.0, help="stop after so many")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    began, outcomes = time.perf_counter(), list[Outcome]()
    for seed in range(*asked.seeds):
        if time.perf_counter() - began > asked.seconds:
            break
        outcomes.append(judge(seed, compare=asked.every, search=asked.sides))
    if asked.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes]))
    else:
        _print(outcomes)
    return 0 if all(outcome.verdict in GOOD for outcome in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main())
