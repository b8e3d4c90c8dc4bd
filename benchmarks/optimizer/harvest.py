"""Losses: which names are sold and which are bought, with a proof over all choices.

    python -m benchmarks.optimizer.harvest               500 names, 10 problems

Three ways on the same problems: the fixed rule (what is above its target is only sold), the
search over sides, and the convex relaxation that lets a loss be sold and bought back, solved by
Clarabel: what it claims is out of reach of every plan that keeps the law.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import statistics
from dataclasses import asdict, dataclass

from benchmarks.optimizer.cones import solve_raw
from benchmarks.optimizer.problems import draw, sized
from strategies.optimize.kernel.solve import OBJECTIVE_MIN, solve
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import Problem
from strategies.optimize.sides.solve import choose, solve_sides, undecided

RUNS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One problem. ``rule`` and ``relaxed`` are how far their objectives lie from the search's."""

    seed: int
    open_names: int
    ms: float
    rule_ms: float
    iterations: int
    objective: float
    gap: float
    violation: float
    rule: float
    relaxed: float
    status: str


def compare(seed: int, names: int) -> Line:
    """The search over sides against the rule and the relaxation."""
    problem = draw(seed, sized(names))
    sided = choose(problem)
    answer, ruled = solve_sides(problem), solve(sided)
    times, rule_times = list[float](), list[float]()
    for _ in range(RUNS):
        began = spent()
        answer = solve_sides(problem)
        middle = spent()
        ruled = solve(sided)
        times.append(1e3 * (middle - began))
        rule_times.append(1e3 * (spent() - middle))
    value = objective(problem, answer.weights)
    scale = max(OBJECTIVE_MIN, abs(value))
    return Line(
        seed=seed,
        open_names=len(undecided(problem)),
        ms=statistics.median(times),
        rule_ms=statistics.median(rule_times),
        iterations=answer.iterations,
        objective=value,
        gap=(value - answer.bound) / scale,
        violation=violation(problem, answer.weights),
        rule=(objective(problem, ruled.weights) - value) / scale,
        relaxed=(_relaxation(problem) - value) / scale,
        status=answer.status,
    )


def _relaxation(problem: Problem) -> float:
    """What Clarabel claims where a loss may be sold and bought back; NaN where it fails."""
    cone = solve_raw(problem)
    return cone.objective if cone.status == "Solved" else float("nan")


def main() -> None:
    """Print one row for each problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=500)
    parser.add_argument("--seeds", type=int, nargs=2, default=(1, 11), metavar=("FROM", "TO"))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    lines = [compare(seed, asked.names) for seed in range(*asked.seeds)]
    if asked.json:
        print(json.dumps([asdict(line) for line in lines]))
        return
    print(
        f"{'seed':>4} {'open':>5} {'ms':>7} {'rule ms':>7} {'steps':>6} {'bps of NAV':>11}"
        f" {'gap':>8} {'violation':>9} {'rule':>8} {'relaxed':>8}  status"
    )
    for line in lines:
        print(
            f"{line.seed:>4} {line.open_names:>5} {line.ms:>7.1f} {line.rule_ms:>7.1f}"
            f" {line.iterations:>6} {1e4 * line.objective:>11.3f} {line.gap:>8.1e}"
            f" {line.violation:>9.1e} {line.rule:>+8.1%} {line.relaxed:>+8.1%}  {line.status}"
        )
    print(
        f"median {statistics.median(line.ms for line in lines):.0f} ms, "
        f"largest gap {max(line.gap for line in lines):.1e}"
    )


if __name__ == "__main__":
    main()
