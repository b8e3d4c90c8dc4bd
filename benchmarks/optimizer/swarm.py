"""A naive peer: a particle swarm, then BFGS, on the same problem.

    python -m benchmarks.optimizer.swarm                 500 names

100 particles, 200 iterations, all particles moved at once in NumPy; limits are penalties. BFGS then
refines the best particle with exact gradients. It says how long that took against the kernel,
what the answer is worth, and whether it keeps the limits.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import statistics
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import minimize

from benchmarks.optimizer.problems import draw, sized
from strategies.optimize.kernel.solve import solve
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import Array, Problem, lot_table
from strategies.optimize.sides.solve import choose

PARTICLES, ITERATIONS = 100, 200
INERTIA, OWN, COMMON = 0.729, 1.494, 1.494
"""Clerc and Kennedy's constriction (2002)."""
PENALTY = 10.0
"""Dollars for each dollar by which a limit is broken."""
REFINED_MAX = 200
RUNS = 5
SHARP = 1e-9
"""|x| is taken as sqrt(x^2 + SHARP^2) where BFGS needs a gradient."""


@dataclass(frozen=True, slots=True)
class Line:
    """One way to solve it; ``ratio`` is its time over the kernel's, ``above`` its objective."""

    way: str
    ms: float
    ratio: float
    objective: float
    above: float
    violation: float
    feasible: bool


class Landscape:
    """The penalised objective of many candidates at once, rows of shape (P, n)."""

    def __init__(self, problem: Problem) -> None:
        """Prepare the lots as steps of the tax, and the groups as a matrix."""
        self.problem = problem
        table = lot_table(problem.lots)
        ends = np.cumsum(table.weights)
        self.start = ends - table.weights
        self.start = self.start - self.start[table.first]
        self.names, self.widths, self.taxes = table.names, table.weights, table.taxes
        self.member = np.zeros((problem.size, len(problem.groups)))
        for column, group in enumerate(problem.groups):
            self.member[list(group.members), column] = 1.0
        self.low = np.array([group.lower for group in problem.groups])
        self.high = np.array([group.upper for group in problem.groups])

    def worth(self, w: Array) -> Array:
        """Objective and penalties of each row, shape (P,)."""
        p = self.problem
        x = w - p.current
        size = np.abs(x)
        active = w - p.target
        squared = ((active @ p.factors) ** 2).sum(1) + (p.specific * active**2).sum(1)
        sold = np.maximum(-x, 0.0)[:, self.names]
        tax = np.clip(sold - self.start, 0.0, self.widths) @ self.taxes
        value = p.risk_aversion * squared + size @ p.spread + size**1.5 @ p.impact + tax
        return np.asarray(value + PENALTY * self._broken(w, size.sum(1), np.sqrt(squared)))

    def _broken(self, w: Array, turned: Array, error: Array) -> Array:
        p = self.problem
        held = w @ self.member
        broken = np.abs(w.sum(1) - p.budget)
        broken = broken + np.maximum(held - self.high, 0).sum(1)
        broken = broken + np.maximum(self.low - held, 0).sum(1)
        if p.turnover is not None:
            broken = broken + np.maximum(turned - p.turnover, 0)
        if p.tracking_error is not None:
            broken = broken + np.maximum(error - p.tracking_error, 0)
        return np.asarray(broken)

    def slope(self, w: Array) -> Array:
        """Gradient at one candidate (n,), bounds as penalties too."""
        p = self.problem
        x, active = w - p.current, w - p.target
        size = np.sqrt(x * x + SHARP**2)
        sign = x / size
        exposure = p.factors.T @ active
        pull = p.factors @ exposure + p.specific * active
        error = float(np.sqrt(exposure @ exposure + active @ (p.specific * active)))
        sold = np.maximum(-x, 0.0)[self.names]
        inside = (sold > self.start) & (sold <= self.start + self.widths)
        tax = np.zeros(p.size)
        np.add.at(tax, self.names[inside], -self.taxes[inside])
        found = 2 * p.risk_aversion * pull + (p.spread + 1.5 * p.impact * np.sqrt(size)) * sign
        found += tax * (x < 0) + PENALTY * np.sign(w.sum() - p.budget)
        held = w @ self.member
        found += PENALTY * self.member @ ((held > self.high) * 1.0 - (held < self.low))
        if p.turnover is not None and size.sum() > p.turnover:
            found += PENALTY * sign
        if p.tracking_error is not None and error > p.tracking_error:
            found += PENALTY * pull / error
        outside = (w > p.upper) * 1.0 - (w < p.lower)
        return np.asarray(found + PENALTY * outside)

    def alone(self, w: Array) -> float:
        """One candidate, bounds as penalties too."""
        p = self.problem
        outside = np.maximum(w - p.upper, 0).sum() + np.maximum(p.lower - w, 0).sum()
        return float(self.worth(w[None])[0] + PENALTY * outside)


def swarm(problem: Problem, seed: int) -> Array:
    """The best of the particles after all iterations; bounds are kept by clipping."""
    random, land = np.random.default_rng(seed), Landscape(problem)
    mix = random.random((PARTICLES, 1))
    at = mix * problem.current + (1 - mix) * problem.target
    at = at * np.exp(random.normal(0, 0.1, (PARTICLES, problem.size)))
    at = np.clip(at, problem.lower, problem.upper)
    speed = np.zeros_like(at)
    best, best_worth = at.copy(), land.worth(at)
    for _ in range(ITERATIONS):
        leader = best[np.argmin(best_worth)]
        own, common = random.random((2, *at.shape))
        speed = INERTIA * speed + OWN * own * (best - at) + COMMON * common * (leader - at)
        at = np.clip(at + speed, problem.lower, problem.upper)
        worth = land.worth(at)
        better = worth < best_worth
        best[better], best_worth[better] = at[better], worth[better]
    return np.asarray(best[np.argmin(best_worth)])


def refine(problem: Problem, start: Array) -> Array:
    """BFGS from ``start``; it stops where a kink leaves it no descent."""
    land = Landscape(problem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = minimize(
            land.alone,
            start,
            jac=land.slope,
            method="BFGS",
            options={"maxiter": REFINED_MAX, "gtol": 1e-9},
        )
    return np.clip(found.x, problem.lower, problem.upper)


def compare(names: int, seed: int) -> list[Line]:
    """The kernel, the swarm, and the swarm refined."""
    problem = choose(draw(seed, sized(names)))
    answer = solve(problem)
    ours_ms = statistics.median(_timed(lambda: solve(problem).weights)[0] for _ in range(RUNS))
    swarm_ms, rough = _timed(lambda: swarm(problem, seed))
    more_ms, fine = _timed(lambda: refine(problem, rough))
    ways = (
        ("kernel", ours_ms, answer.weights),
        ("swarm", swarm_ms, rough),
        ("swarm + BFGS", swarm_ms + more_ms, fine),
    )
    return [_line(problem, way, ms, w, (ours_ms, answer.objective)) for way, ms, w in ways]


def _timed(run: Callable[[], Array]) -> tuple[float, Array]:
    began = spent()
    found = run()
    return 1e3 * (spent() - began), found


def _line(problem: Problem, way: str, ms: float, w: Array, ours: tuple[float, float]) -> Line:
    value, broken = objective(problem, w), violation(problem, w)
    above = (value - ours[1]) / max(1e-4, abs(ours[1]))
    return Line(way, ms, ms / ours[0], value, above, broken, bool(broken <= 1e-9))


def main() -> None:
    """Print one row for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    lines = compare(asked.names, asked.seed)
    if asked.json:
        print(json.dumps([asdict(line) for line in lines]))
        return
    print(f"{asked.names} names, {PARTICLES} particles, {ITERATIONS} iterations")
    print(
        f"{'way':<14} {'ms':>9} {'ratio':>8} {'bps of NAV':>11} {'above':>8} {'violation':>10} kept"
    )
    for line in lines:
        print(
            f"{line.way:<14} {line.ms:>9.1f} {line.ratio:>7.0f}x {1e4 * line.objective:>11.3f}"
            f" {line.above:>8.2f} {line.violation:>10.1e} {'yes' if line.feasible else 'NO'}"
        )


if __name__ == "__main__":
    main()
