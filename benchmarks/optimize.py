"""The kernel against a cone solver on the same problems, in one run: read ratios, not the times.

OPENBLAS_NUM_THREADS=1 RAYON_NUM_THREADS=1 python -m benchmarks.optimize --sizes 50 500
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

from strategies.optimize.cone import solve_cone
from strategies.optimize.kernel import Solution, solve
from strategies.optimize.problem import Problem
from tests.strategies.optimize.problems import Shape, draw


@dataclass(frozen=True, slots=True)
class Measured:
    """The best time of several runs, in milliseconds, and the answer."""

    best_ms: float
    answer: Solution


def measure(run: Callable[[], Solution], repeat: int) -> Measured:
    """The best of ``repeat`` runs; the first is a rehearsal where there are more."""
    times: list[float] = []
    answer = run()
    for _ in range(repeat):
        began = time.perf_counter()
        answer = run()
        times.append(1e3 * (time.perf_counter() - began))
    return Measured(min(times), answer)


def problem_of(names: int, seed: int) -> Problem:
    """Ten lots a name, sector limits, turnover and tracking error, 10 to 40 factors."""
    return draw(seed, Shape(names=names, factors=min(40, max(10, names // 10)), lots=10))


def compare(names: int, seed: int, repeat: int) -> str:
    """One row of the table."""
    problem = problem_of(names, seed)
    cold = measure(lambda: solve(problem), 10 * repeat)
    warm = measure(lambda: solve(problem, start=cold.answer.dual), 10 * repeat)
    cone = measure(lambda: solve_cone(problem), repeat)
    far = (cold.answer.objective - cone.answer.objective) / abs(cone.answer.objective)
    return (
        f"{names:>6} {cold.best_ms:>9.2f} {warm.best_ms:>9.2f} {cone.best_ms:>10.1f}"
        f" {cone.best_ms / cold.best_ms:>7.1f}x {cold.answer.iterations:>6}"
        f" {cold.answer.gap:>9.1e} {cold.answer.violation:>9.1e} {far:>+9.1e}"
        f"  {cold.answer.status}/{cone.answer.status}"
    )


def main() -> None:
    """Print one row for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50])
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--seed", type=int, default=2)
    asked = parser.parse_args()
    print(
        f"{'names':>6} {'cold ms':>9} {'warm ms':>9} {'cone ms':>10} {'ratio':>8} {'steps':>6}"
        f" {'gap':>9} {'violation':>9} {'far':>9}  status"
    )
    for names in asked.sizes:
        print(compare(names, asked.seed, asked.repeat), flush=True)


if __name__ == "__main__":
    main()
