"""PyPortfolioOpt and skfolio on the same returns, against the strategies of the house.

    make -C benchmarks/targets peers                       500 names, 1,250 days
    make -C benchmarks/targets peers ARGS="--names 100"

All get the same daily returns, one thread, and the sample covariance as their estimate of risk; the
time is that of the whole answer from returns, the estimate included. Runs where the peers are
installed, not in the project's own environment.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from strategies.optimize.problem import Array
from strategies.targets.hierarchy import hierarchical_risk_parity
from strategies.targets.parity import risk_parity
from strategies.targets.sharpe import maximum_sharpe
from strategies.targets.variance import minimum_variance

DAYS = 1250
RUNS, SECONDS = 3, 1.0
"""Every library runs so often at least, and again until so much time has passed."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one library made of a strategy; ``value`` is to be small, None where it has none."""

    strategy: str
    name: str
    ms: float
    value: float


def returns(names: int) -> Array:
    """Daily returns (DAYS, names) of a market with a few common movements."""
    rng = np.random.default_rng(1)
    common = rng.normal(0, 0.01, (DAYS, 6))
    loadings = rng.normal(0.4, 0.5, (6, names))
    own = rng.normal(0, 1, (DAYS, names)) * np.exp(rng.normal(-4.2, 0.3, names))
    return np.asarray(common @ loadings + own + rng.normal(0.0004, 0.0003, names))


Make = Callable[[Array], Array]


def ours() -> dict[str, Make]:
    """The house."""

    def sample(x: Array) -> Array:
        return np.asarray(np.cov(x.T), dtype=np.float64)

    return {
        "minimum variance": lambda x: minimum_variance(sample(x)).weights,
        "maximum Sharpe": lambda x: maximum_sharpe(x.mean(axis=0), sample(x)).weights,
        "risk parity": lambda x: risk_parity(sample(x)).weights,
        "hierarchical risk parity": lambda x: hierarchical_risk_parity(sample(x)).weights,
    }


def pypfopt() -> dict[str, Make]:
    """PyPortfolioOpt, by its own interface of arrays."""
    import pandas as pd
    from pypfopt import EfficientFrontier, HRPOpt
    from pypfopt.exceptions import OptimizationError

    def frontier(x: Array) -> EfficientFrontier:
        return EfficientFrontier(x.mean(axis=0), np.cov(x.T))

    def least(x: Array) -> Array:
        return np.array(list(frontier(x).min_volatility().values()))

    def sharpest(x: Array) -> Array:
        try:
            return np.array(list(frontier(x).max_sharpe(risk_free_rate=0.0).values()))
        except OptimizationError:  # its solver gave up
            return np.full(x.shape[1], np.nan)

    def hierarchy(x: Array) -> Array:
        found = HRPOpt(pd.DataFrame(x)).optimize()
        return np.array([found[name] for name in range(x.shape[1])])

    return {
        "minimum variance": least,
        "maximum Sharpe": sharpest,
        "hierarchical risk parity": hierarchy,
    }


def skfolio() -> dict[str, Make]:
    """skfolio, which estimates and solves in one."""
    from skfolio import RiskMeasure
    from skfolio.optimization import (
        HierarchicalRiskParity,
        MeanRisk,
        ObjectiveFunction,
        RiskBudgeting,
    )

    def fit(make: Callable[[], object]) -> Make:
        return lambda x: np.asarray(make().fit(x).weights_)  # type: ignore[attr-defined]

    return {
        "minimum variance": fit(MeanRisk),
        "maximum Sharpe": fit(
            lambda: MeanRisk(
                objective_function=ObjectiveFunction.MAXIMIZE_RATIO,
                risk_measure=RiskMeasure.VARIANCE,
            )
        ),
        "risk parity": fit(lambda: RiskBudgeting(risk_measure=RiskMeasure.VARIANCE)),
        "hierarchical risk parity": fit(HierarchicalRiskParity),
    }


def worth(strategy: str, weights: Array, x: Array) -> float:
    """What the strategy makes small; of hierarchies the volatility, which none minimises."""
    covariance, mean = np.cov(x.T), x.mean(axis=0)
    sigma = float(np.sqrt(weights @ covariance @ weights))
    if strategy == "maximum Sharpe":
        return -float(mean @ weights) / sigma
    if strategy == "risk parity":
        parts = weights * (covariance @ weights) / sigma**2
        return float(np.abs(parts * len(weights) - 1).max())
    return sigma


def timed(make: Make, x: Array) -> tuple[float, Array]:
    """Median processor time in ms, and the answer."""
    times: list[float] = []
    weights = make(x)
    while len(times) < RUNS or sum(times) < SECONDS:
        began = spent()
        weights = make(x)
        times.append(spent() - began)
    return 1e3 * float(np.median(times)), weights


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=500)
    x = returns(parser.parse_args().names)
    warnings.simplefilter("ignore")
    print(
        f"{'strategy':26} {'library':16} {'ms':>9} {'ratio':>7}  value to be small (nan: gave up)"
    )
    libraries = {"here": ours(), "PyPortfolioOpt": pypfopt(), "skfolio": skfolio()}
    for strategy in libraries["here"]:
        lines = [
            Line(strategy, name, ms, worth(strategy, weights, x))
            for name, makes in libraries.items()
            if strategy in makes
            for ms, weights in [timed(makes[strategy], x)]
        ]
        for line in lines:
            ratio = line.ms / lines[0].ms
            print(f"{strategy:26} {line.name:16} {line.ms:9.1f} {ratio:6.1f}x  {line.value:.9g}")


if __name__ == "__main__":
    main()
