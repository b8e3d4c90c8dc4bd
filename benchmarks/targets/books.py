"""How each library is asked for each portfolio: by its own documentation, with nothing estimated.

A book is a library made ready with a problem; its runs answer with weights, (n,) or (points, n).
Long only, fully invested.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.targets.speed import POINTS, RISK_FREE, Problem
from strategies.optimize.problem import Array
from strategies.risk.model import size
from strategies.targets.cvar import minimum_cvar
from strategies.targets.frontier import efficient_frontier
from strategies.targets.hierarchy import hierarchical_risk_parity
from strategies.targets.parity import risk_parity
from strategies.targets.sharpe import maximum_diversification, maximum_sharpe
from strategies.targets.variance import minimum_variance

Run = Callable[[], Array]


@dataclass(frozen=True, slots=True)
class Book:
    """What a library makes, by the name of the portfolio."""

    runs: Mapping[str, Run]


def trimtab(problem: Problem, returns: Array) -> Book:
    """Ours."""
    mean, covariance = problem.mean, problem.covariance

    def frontier() -> Array:
        points = efficient_frontier(mean, covariance, points=POINTS)
        return np.array([point.weights for point in points])

    return Book(
        {
            "minimum variance": lambda: minimum_variance(covariance).weights,
            "maximum Sharpe": lambda: maximum_sharpe(mean, covariance, risk_free=RISK_FREE).weights,
            "frontier, 20 points": frontier,
            "risk parity": lambda: risk_parity(covariance).weights,
            "hierarchical risk parity": lambda: hierarchical_risk_parity(covariance).weights,
            "maximum diversification": lambda: maximum_diversification(covariance).weights,
            "minimum CVaR": lambda: minimum_cvar(returns).portfolio.weights,
        }
    )


def pypfopt(problem: Problem, returns: Array) -> Book:
    """PyPortfolioOpt; it has no risk parity and no maximum diversification."""
    import pandas as pd
    from pypfopt import EfficientCVaR, EfficientFrontier, HRPOpt

    names = [f"s{i}" for i in range(size(problem.covariance))]
    mean = pd.Series(problem.mean, names)
    covariance = pd.DataFrame(problem.covariance, names, names)

    def frontier_of() -> Any:  # noqa: ANN401 - the library has no types
        return EfficientFrontier(mean, covariance, solver="CLARABEL")

    def least_tail() -> Array:
        table = pd.DataFrame(returns, columns=names)
        return np.array([*EfficientCVaR(mean, table, solver="CLARABEL").min_cvar().values()])

    def hierarchical() -> Array:
        return _values(HRPOpt(cov_matrix=covariance).optimize(), names)

    def frontier() -> Array:
        least = frontier_of()
        first = _values(least.min_volatility(), names)
        asked = np.linspace(float(problem.mean @ first), problem.mean.max(), POINTS)[1:-1]
        last = np.eye(len(names))[np.argmax(problem.mean)]
        between = [_values(frontier_of().efficient_return(float(r)), names) for r in asked]
        return np.array([first, *between, last])

    return Book(
        {
            "minimum variance": lambda: _values(frontier_of().min_volatility(), names),
            "maximum Sharpe": lambda: _values(
                frontier_of().max_sharpe(risk_free_rate=RISK_FREE), names
            ),
            "frontier, 20 points": frontier,
            "hierarchical risk parity": hierarchical,
            "minimum CVaR": least_tail,
        }
    )


def _values(found: Mapping[str, float], names: list[str]) -> Array:
    return np.array([found[name] for name in names], dtype=np.float64)


def skfolio(problem: Problem, returns: Array) -> Book:
    """skfolio, told the moments."""
    from skfolio import RiskMeasure
    from skfolio.cluster import HierarchicalClustering, LinkageMethod
    from skfolio.optimization import (
        HierarchicalRiskParity,
        MaximumDiversification,
        MeanRisk,
        ObjectiveFunction,
        RiskBudgeting,
    )
    from skfolio.prior import BasePrior, ReturnDistribution

    class Given(BasePrior):  # type: ignore[misc] # the library has no types
        """The moments as they are."""

        def __init__(self) -> None:
            """Nothing to be told."""

        def fit(self, X: Array, y: object = None, **_: object) -> "Given":  # noqa: N803, ARG002
            """Take them."""
            self.return_distribution_ = ReturnDistribution(
                mu=problem.mean, covariance=np.asarray(problem.covariance), returns=returns
            )
            return self

    def fitted(make: Callable[..., Any], **options: object) -> Array:
        return np.asarray(make(prior_estimator=Given(), **options).fit(returns).weights_)

    sharpest = {
        "objective_function": ObjectiveFunction.MAXIMIZE_RATIO,
        "risk_free_rate": RISK_FREE,
    }
    return Book(
        {
            "minimum variance": lambda: fitted(MeanRisk),
            "maximum Sharpe": lambda: fitted(MeanRisk, **sharpest),
            "frontier, 20 points": lambda: fitted(MeanRisk, efficient_frontier_size=POINTS),
            "risk parity": lambda: fitted(RiskBudgeting),
            "hierarchical risk parity": lambda: fitted(
                HierarchicalRiskParity,
                hierarchical_clustering_estimator=HierarchicalClustering(
                    linkage_method=LinkageMethod.SINGLE
                ),
            ),
            "maximum diversification": lambda: fitted(MaximumDiversification),
            "minimum CVaR": lambda: fitted(MeanRisk, risk_measure=RiskMeasure.CVAR),
        }
    )


def riskfolio(problem: Problem, returns: Array) -> Book:
    """Riskfolio-Lib, told the moments where it can be; it has no maximum diversification."""
    import pandas as pd
    import riskfolio as rp

    frame = pd.DataFrame(returns, columns=[f"s{i}" for i in range(returns.shape[1])])
    names = frame.columns

    def ready() -> Any:  # noqa: ANN401 - the library has no types
        portfolio = rp.Portfolio(returns=frame)
        portfolio.mu = pd.DataFrame(problem.mean[None], columns=names)
        portfolio.cov = pd.DataFrame(problem.covariance, names, names)
        portfolio.solvers = ["CLARABEL"]
        return portfolio

    def asked(**options: object) -> Array:
        return _column(ready().optimization(model="Classic", hist=True, **options))

    def hierarchical() -> Array:
        portfolio = rp.HCPortfolio(returns=frame)
        found = portfolio.optimization(model="HRP", rm="MV", linkage="single", leaf_order=False)
        return _column(found)

    return Book(
        {
            "minimum variance": lambda: asked(rm="MV", obj="MinRisk"),
            "maximum Sharpe": lambda: asked(rm="MV", obj="Sharpe", rf=RISK_FREE),
            "frontier, 20 points": lambda: np.asarray(
                ready().efficient_frontier(model="Classic", rm="MV", points=POINTS).to_numpy().T
            ),
            "risk parity": lambda: _column(ready().rp_optimization(model="Classic", rm="MV")),
            "hierarchical risk parity": hierarchical,
            "minimum CVaR": lambda: asked(rm="CVaR", obj="MinRisk"),
        }
    )


def _column(found: Any) -> Array:  # noqa: ANN401 - a frame of a library without types
    if found is None:
        raise RuntimeError("it found nothing")
    return np.asarray(found["weights"].to_numpy(), dtype=np.float64)


BOOKS: dict[str, Callable[[Problem, Array], Book]] = {
    "trimtab": trimtab,
    "PyPortfolioOpt": pypfopt,
    "skfolio": skfolio,
    "Riskfolio-Lib": riskfolio,
}
