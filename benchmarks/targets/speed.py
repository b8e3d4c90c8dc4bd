"""How long each strategy takes, and how good its answer is proven to be.

    python -m benchmarks.targets.speed                       500 and 3,000 names
    python -m benchmarks.targets.speed --names 500 --runs 9

On one core, in medians of processor time, with the gap of the answer beside it. The covariance is a
model of 20 factors; at 500 names also its array. The frontier is warm: each point starts from what
binds at the one before. "aim" is what a plain NumPy method took in factors on a machine with
nothing else to do; "x aim" is our time over it; more than three times as slow is marked.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.targets.cvar import returns_of
from strategies.risk.model import Array, Covariance, FactorModel
from strategies.targets.cvar import minimum_cvar
from strategies.targets.frontier import efficient_frontier
from strategies.targets.hierarchy import hierarchical_risk_parity
from strategies.targets.limits import Limits
from strategies.targets.parity import risk_parity
from strategies.targets.portfolio import Portfolio
from strategies.targets.sharpe import maximum_diversification, maximum_sharpe
from strategies.targets.variance import minimum_variance

NAMES = (500, 3000)
DENSE_MAX = 500
FACTORS = 20
POINTS = 20
RISK_FREE = 0.02
SLOWER_MAX = 3.0
SECONDS = 3.0
"""What has taken that long is not run again."""
CVAR_PERIODS, CVAR_NAMES = 1250, 500

AIMS_MS = {
    ("minimum variance", 500): 1.3,
    ("minimum variance", 3000): 6.8,
    ("maximum Sharpe", 500): 1.3,
    ("maximum Sharpe", 3000): 14.5,
    ("frontier, 20 points", 500): 20.0,
    ("frontier, 20 points", 3000): 64.0,
    ("risk parity", 500): 0.9,
    ("risk parity", 3000): 14.0,
    ("hierarchical risk parity", 500): 20.0,
    ("hierarchical risk parity", 3000): 236.0,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """``mean`` (n,) and ``covariance`` of n names, a year."""

    mean: Array
    covariance: Covariance


@dataclass(frozen=True, slots=True)
class Line:
    """One strategy at one size: median milliseconds, and the largest gap of its answers."""

    strategy: str
    names: int
    form: str
    median_ms: float
    runs: int
    gap: float
    aim_ms: float
    ratio: float


def draw(names: int, seed: int = 1) -> Problem:
    """A market factor and smaller ones; returns that pay for risk, more or less."""
    random = np.random.default_rng(seed)
    loadings = random.normal(0, 0.05, (names, FACTORS))
    loadings[:, 0] = random.normal(0.16, 0.05, names)
    specific = (0.22 * np.exp(random.normal(0, 0.35, names))) ** 2
    mean = RISK_FREE + 0.3 * loadings[:, 0] + random.normal(0, 0.05, names)
    return Problem(mean, FactorModel(loadings, specific))


def dense(problem: Problem) -> Problem:
    """The same with an array (n, n)."""
    model = problem.covariance
    assert isinstance(model, FactorModel)
    array = model.loadings @ model.loadings.T + np.diag(model.specific)
    return Problem(problem.mean, array)


STRATEGIES: dict[str, Callable[[Problem], tuple[Portfolio, ...]]] = {
    "minimum variance": lambda p: (minimum_variance(p.covariance),),
    "maximum Sharpe": lambda p: (maximum_sharpe(p.mean, p.covariance, risk_free=RISK_FREE),),
    "frontier, 20 points": lambda p: efficient_frontier(p.mean, p.covariance, points=POINTS),
    "risk parity": lambda p: (risk_parity(p.covariance),),
    "hierarchical risk parity": lambda p: (hierarchical_risk_parity(p.covariance),),
    "maximum diversification": lambda p: (maximum_diversification(p.covariance),),
    "minimum variance, 130/30": lambda p: (
        minimum_variance(p.covariance, Limits(lower=-0.3, upper=1.3, gross=1.6)),
    ),
    "maximum Sharpe, 130/30": lambda p: (
        maximum_sharpe(
            p.mean,
            p.covariance,
            Limits(lower=-0.3, upper=1.3, gross=1.6),
            risk_free=RISK_FREE,
        ),
    ),
}


def timed(
    run: Callable[[], tuple[Portfolio, ...]], runs: int
) -> tuple[float, int, tuple[Portfolio, ...]]:
    """Median milliseconds of ``runs`` after one that is not counted, how many, and the answer."""
    answer = run()
    spans = list[float]()
    while len(spans) < runs and sum(spans) < SECONDS:
        began = spent()
        answer = run()
        spans.append(spent() - began)
    return 1e3 * statistics.median(spans), len(spans), answer


def measure(strategy: str, problem: Problem, form: str, runs: int) -> Line:
    """One strategy on one problem."""
    median, count, answer = timed(lambda: STRATEGIES[strategy](problem), runs)
    names = len(problem.mean)
    aim = AIMS_MS.get((strategy, names), float("nan")) if "factors" in form else float("nan")
    gap = max(portfolio.gap for portfolio in answer)
    return Line(strategy, names, form, median, count, gap, aim, median / aim)


def measure_cvar(runs: int) -> Line:
    """Minimum CVaR of fat-tailed daily returns."""
    returns, nan = returns_of(CVAR_NAMES, CVAR_PERIODS), float("nan")
    median, count, answer = timed(lambda: (minimum_cvar(returns).portfolio,), runs)
    form = f"{CVAR_PERIODS:,} periods"
    return Line("minimum CVaR", CVAR_NAMES, form, median, count, answer[0].gap, nan, nan)


def _print(line: Line) -> None:
    aim = "" if line.aim_ms != line.aim_ms else f"{line.aim_ms:>8.1f} {line.ratio:>6.1f}x"
    slow = "  SLOW" if line.ratio > SLOWER_MAX else ""
    print(
        f"{line.names:>6}  {line.strategy:<26} {line.form:<14} {line.median_ms:>9.2f}"
        f" {line.runs:>5} {line.gap:>9.0e} {aim}{slow}",
        flush=True,
    )


def main() -> None:
    """Every strategy at every size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--names", type=int, nargs="+", default=NAMES)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if not asked.json:
        print(
            f"{'names':>6}  {'strategy':<26} {'form':<14} {'median ms':>9} {'runs':>5} {'gap':>9}"
            f" {'aim':>8} {'x aim':>7}"
        )
    lines = list[Line]()
    for names in asked.names:
        problem = draw(names)
        forms = {f"{FACTORS} factors": problem}
        if names <= DENSE_MAX:
            forms["array"] = dense(problem)
        for form, each in forms.items():
            for strategy in STRATEGIES:
                lines.append(measure(strategy, each, form, asked.runs))
                if not asked.json:
                    _print(lines[-1])
    lines.append(measure_cvar(asked.runs))
    print(json.dumps([asdict(line) for line in lines])) if asked.json else _print(lines[-1])


if __name__ == "__main__":
    main()
