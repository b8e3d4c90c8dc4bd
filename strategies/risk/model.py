"""Covariances in the two forms that the house takes: an array, or a few factors.

    dense     C, shape (n, n)
    factors   C = B B' + diag(D), with B (n, k) and D (n,); C itself is never formed

All are annual. Whoever needs a product, a variance or a diagonal asks here, and need not know which
form it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DAYS_PER_YEAR = 252
"""Trading days."""


@dataclass(frozen=True, slots=True)
class FactorModel:
    """Annual covariance B B' + diag(D) of simple returns.

    ``loadings`` is B, shape (n, k), annual volatility per unit factor; ``specific`` is D, shape
    (n,), annual variance; ``observations`` the daily returns behind them; ``notes`` one sentence
    for each name that needed a guess or a warning.
    """

    loadings: Array
    specific: Array
    observations: int = 0
    notes: tuple[str, ...] = ()


Covariance = Array | FactorModel
"""Shape (n, n), or factors of n names."""


def size(covariance: Covariance) -> int:
    """Number of names, n."""
    if isinstance(covariance, FactorModel):
        return len(covariance.specific)
    return len(covariance)


def times(covariance: Covariance, weights: Array) -> Array:
    """C w, shape (n,)."""
    if isinstance(covariance, FactorModel):
        common = covariance.loadings @ (covariance.loadings.T @ weights)
        return np.asarray(common + covariance.specific * weights, dtype=np.float64)
    return np.asarray(covariance @ weights, dtype=np.float64)


def variance(covariance: Covariance, d: Array) -> float:
    """Annual variance d' C d of the weights ``d``, shape (n,)."""
    if isinstance(covariance, FactorModel):
        exposure = covariance.loadings.T @ d
        return float(exposure @ exposure + d @ (covariance.specific * d))
    return float(d @ covariance @ d)


def variances(covariance: Covariance) -> Array:
    """Annual variance of each name, shape (n,)."""
    if isinstance(covariance, FactorModel):
        squares = np.einsum("ij,ij->i", covariance.loadings, covariance.loadings)
        return np.asarray(squares + covariance.specific, dtype=np.float64)
    return np.asarray(np.diag(covariance), dtype=np.float64)


def volatility(covariance: Covariance) -> Array:
    """Annual volatility of each name, shape (n,)."""
    return np.asarray(np.sqrt(variances(covariance)), dtype=np.float64)


def daily_volatility(covariance: Covariance) -> Array:
    """Volatility of each name over one trading day, shape (n,)."""
    return np.asarray(volatility(covariance) / np.sqrt(DAYS_PER_YEAR), dtype=np.float64)


def block(covariance: Covariance, names: NDArray[np.intp]) -> Array:
    """The covariance of some names with each other, shape (m, m)."""
    if isinstance(covariance, FactorModel):
        loadings = covariance.loadings[names]
        return np.asarray(loadings @ loadings.T + np.diag(covariance.specific[names]))
    return np.asarray(covariance[np.ix_(names, names)])
