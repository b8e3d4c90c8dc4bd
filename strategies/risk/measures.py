"""Single figures of a portfolio: how much it moves, beside what, and how spread out it is.

``weights`` w have shape (n,), shares of NAV; what they lack to 1 is cash. The covariance C is of a
year, or of any period: figures have the period of what they are given.
"""

from math import sqrt

import numpy as np

from strategies.risk.model import Array, Covariance, times, variance, volatility
from strategies.risk.moments import observed
from strategies.risk.refusal import NoRisk


def portfolio_volatility(covariance: Covariance, weights: Array) -> float:
    """sqrt(w' C w)."""
    return sqrt(max(0.0, variance(covariance, weights)))


def tracking_error(covariance: Covariance, weights: Array, benchmark: Array) -> float:
    """sqrt(d' C d) with d = w - b: volatility of the difference in return, ex ante."""
    return portfolio_volatility(covariance, weights - benchmark)


def beta(covariance: Covariance, weights: Array, benchmark: Array) -> float:
    """Beta, w' C b / b' C b: the return that goes with one of the benchmark's.

    Raises ``NoRisk`` where the benchmark has no risk.
    """
    product = times(covariance, benchmark)
    total = float(benchmark @ product)
    if total <= 0:
        raise NoRisk("the benchmark has no risk, so that there is no beta to it")
    return float(weights @ product) / total


def series_volatility(returns: Array, periods: float = 1) -> float:
    """Sample standard deviation (T - 1) of ``returns``, shape (T,), times sqrt(periods)."""
    return float(observed(returns, 2).std(ddof=1)) * sqrt(periods)


def downside_deviation(returns: Array, floor: float = 0.0, periods: float = 1) -> float:
    """sqrt(mean(min(r - floor, 0)^2)) times sqrt(periods), over all T returns, not those below.

    ``floor`` is the least return that is acceptable in one period (Sortino and van der Meer 1991).
    """
    below = np.minimum(observed(returns) - floor, 0.0)
    return sqrt(float(np.mean(below**2)) * periods)


def concentration(weights: Array) -> float:
    """Herfindahl-Hirschman index sum (|w| / sum |w|)^2: from 1/n, all alike, to 1, one name."""
    gross = float(np.abs(weights).sum())
    if gross == 0:
        raise NoRisk("nothing is held, so that nothing is concentrated")
    return float(((weights / gross) ** 2).sum())


def effective_names(weights: Array) -> float:
    """Names of equal weight that are concentrated as much: 1 / ``concentration``."""
    return 1 / concentration(weights)


def diversification_ratio(covariance: Covariance, weights: Array) -> float:
    """Ratio sum |w| sigma / sqrt(w' C w): 1 where nothing diversifies.

    Choueifaty and Coignard 2008, whose weights are long; here a short position counts by its size.
    Raises ``NoRisk`` where there is no risk.
    """
    total = portfolio_volatility(covariance, weights)
    if total == 0:
        raise NoRisk("there is no risk, so that there is nothing to diversify")
    return float(np.abs(weights) @ volatility(covariance)) / total


def average_correlation(covariance: Covariance, among: Array | None = None) -> float:
    """Mean correlation of the pairs of names, all or those where ``among``, shape (n,), is not 0.

    With u = 1 / sigma, u' C u sums all correlations, so that no n x n matrix is needed. Names that
    do not move are left out; raises ``NoRisk`` where fewer than two are left.
    """
    sigma = volatility(covariance)
    chosen = sigma > 0 if among is None else (sigma > 0) & (among != 0)
    count = int(chosen.sum())
    least = 2
    if count < least:
        raise NoRisk(f"{count} names that move: a correlation needs two")
    inverse = np.where(chosen, 1 / np.where(chosen, sigma, 1.0), 0.0)
    return (variance(covariance, inverse) - count) / (count * (count - 1))
