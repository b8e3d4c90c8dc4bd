"""Whole shares, lots of 100, fees and least trades: how far from the best, and how long it takes.

    python -m benchmarks.optimizer.whole_shares                  500 names, three seeds
    python -m benchmarks.optimizer.whole_shares --names 3000 --seeds 1

``fractions`` is the gap to the bound of the best plan in fractions without fees or least trade,
``grid`` the gap to the bound that holds for plans that can be ordered. ``naive`` is by how much
rounding every trade to the nearest count breaks the limits. The times are those of the rounding
alone, once the problem is solved in fractions, and of both together.
"""

import benchmarks.optimizer.one_core  # noqa: F401  # before NumPy

# isort: split
import argparse
import json
import time
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

import numpy as np

from benchmarks.optimizer.problems import draw, sized
from strategies.optimize.kernel.solve import OBJECTIVE_MIN
from strategies.optimize.measure import violation
from strategies.optimize.problem import Problem
from strategies.optimize.sides.solve import solve_sides
from strategies.optimize.whole.grid import Grid, lattice, nearest, weights_of
from strategies.optimize.whole.shares import GOOD_GAP, Rounded, round_to_shares

CASH, CASH_MAX = 0.005, 0.02
"""Weight of cash, held and wanted, and the most that may be left."""
MEDIAN_USD = 90.0
"""Price of a share; prices spread around it as those of an index do."""


class Case(NamedTuple):
    """``step`` shares a step, ``least`` basis points of NAV a trade, ``fee`` dollars a trade.

    The search ends at a gap of ``tolerance``.
    """

    name: str
    nav_usd: float
    step: float = 1.0
    least_bps: float = 0.0
    fee_usd: float = 0.0
    tolerance: float = GOOD_GAP


CASES = (
    Case("$250M, whole shares, to 0.1 %", 250e6, tolerance=1e-3),
    Case("$250M, whole shares", 250e6),
    Case("$250M, lots of 100", 250e6, step=100.0),
    Case("$250M, thousandths", 250e6, step=1e-3),
    Case("$2M, whole shares", 2e6),
    Case("$2M, at least 10 bps a trade", 2e6, least_bps=10.0),
    Case("$2M, $1 a trade", 2e6, fee_usd=1.0),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One case and seed."""

    case: str
    seed: int
    status: str
    rounding_ms: float
    total_ms: float
    fractions_gap: float
    grid_gap: float
    violation: float
    naive_violation: float
    trades: int


def problem_of(names: int, seed: int, nav_usd: float) -> Problem:
    """The full problem of that size, with cash as its last name."""
    drawn = draw(seed, replace(sized(names), nav_usd=nav_usd))
    rest = 1 - CASH
    return replace(
        drawn,
        current=np.append(rest * drawn.current, CASH),
        target=np.append(rest * drawn.target, CASH),
        factors=np.vstack([drawn.factors, np.zeros((1, drawn.factors.shape[1]))]),
        specific=np.append(drawn.specific, 0.0),
        spread=np.append(drawn.spread, 0.0),
        impact=np.append(drawn.impact, 0.0),
        lower=np.append(drawn.lower, 0.0),
        upper=np.append(drawn.upper, CASH_MAX),
        lots=tuple(replace(each, weights=rest * each.weights) for each in drawn.lots),
    )


def grid_of(problem: Problem, case: Case, seed: int) -> Grid:
    """Prices from a few dollars to a few hundred."""
    random = np.random.default_rng([seed, 2])
    return Grid(
        prices=np.exp(random.normal(np.log(MEDIAN_USD), 0.8, problem.size)),
        step=np.full(problem.size, case.step),
        nav_usd=case.nav_usd,
        cash=problem.size - 1,
        trade_usd_min=case.nav_usd * case.least_bps / 1e4,
        fee_usd=case.fee_usd,
    )


def measure(case: Case, names: int, seed: int) -> Measured:
    """Solve in fractions, then round; a first run that is not counted warms up."""
    problem = problem_of(names, seed, case.nav_usd)
    grid = grid_of(problem, case, seed)
    round_to_shares(problem, grid)
    began = time.perf_counter()
    fractions = solve_sides(problem, tolerance=1e-4)
    solved = time.perf_counter()
    rounded = round_to_shares(problem, grid, start=fractions, tolerance=case.tolerance)
    ended = time.perf_counter()
    steps = lattice(problem, grid)
    naive = weights_of(problem, steps, nearest(steps, fractions.weights - problem.current))
    return Measured(
        case=case.name,
        seed=seed,
        status=rounded.status,
        rounding_ms=1e3 * (ended - solved),
        total_ms=1e3 * (ended - began),
        fractions_gap=_fractions_gap(rounded),
        grid_gap=rounded.gap,
        violation=rounded.violation,
        naive_violation=violation(problem, naive),
        trades=int(np.count_nonzero(rounded.counts)),
    )


def _fractions_gap(rounded: Rounded) -> float:
    lost = rounded.objective - rounded.fraction_bound
    return lost / max(OBJECTIVE_MIN, abs(rounded.objective))


def _print(measured: list[Measured]) -> None:
    print(
        f"{'case':<30} {'seed':>4} {'rounding ms':>12} {'total ms':>9} {'fractions':>10}"
        f" {'grid':>9} {'violation':>10} {'naive':>8} {'trades':>7}  status"
    )
    for each in measured:
        print(
            f"{each.case:<30} {each.seed:>4} {each.rounding_ms:>12.1f} {each.total_ms:>9.1f}"
            f" {100 * each.fractions_gap:>8.3f} % {100 * each.grid_gap:>7.3f} %"
            f" {each.violation:>10.1e} {each.naive_violation:>8.1e} {each.trades:>7}"
            f"  {each.status}"
        )


def main() -> None:
    """Measure every case with every seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=500)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    measured = [measure(case, asked.names, seed) for case in CASES for seed in asked.seeds]
    print(json.dumps([asdict(each) for each in measured])) if asked.json else _print(measured)


if __name__ == "__main__":
    main()
