"""The covariance of returns as a factor model: a few common movements, and what is each name's own.

Cov = B B' + diag(D), with B (n, k) and D (n,), per year of 252 days. The covariance itself, an
n x n matrix, is never formed when there are more names than days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from brokers.words import Bars, Symbol
from strategies.risk.returns import Array, Returns, align

DAYS_PER_YEAR = 252
FACTORS_MAX = 20
FACTORS_USUAL = 10
DAYS_PER_FACTOR = 20
SPECIFIC_SHARE_MIN = 0.02
"""Of a name's variance that is always its own: nothing is hedged perfectly by other names."""
SPECIFIC_MIN = 1e-6
"""Annual variance, for a name whose price does not move (0.1 % volatility)."""
UNKNOWN_MULTIPLE = 2.0
"""A name without history is taken at this multiple of the median variance."""
UNKNOWN_VARIANCE = 0.30**2
"""Annual variance of a name without history where no name has one."""


@dataclass(frozen=True, slots=True)
class FactorModel:
    """Annual covariance B B' + diag(D) of simple returns.

    ``loadings`` is B, shape (n, k), annual volatility per unit factor; ``specific`` is D, shape
    (n,), annual variance; ``observations`` the daily returns behind them; ``notes`` one sentence
    for each name that needed a guess or a warning.
    """

    loadings: Array
    specific: Array
    observations: int
    notes: tuple[str, ...]


def estimate(symbols: Sequence[Symbol], history: Mapping[Symbol, Bars]) -> FactorModel:
    """Statistical factors of daily returns (principal components of the correlation matrix).

    A name whose history is missing, broken, short or gappy gets zero loadings and a specific
    variance on the safe side, and a note. Each name's total variance is its sample variance.
    """
    returns = align(symbols, history)
    loadings, specific = _principal(returns.values)
    n, known = len(symbols), list(returns.columns)
    unknown = _unknown_variance(loadings, specific)
    all_loadings, all_specific = np.zeros((n, loadings.shape[1])), np.full(n, unknown)
    all_loadings[known], all_specific[known] = loadings, specific
    notes = (*returns.notes, *_guesses(symbols, returns, unknown))
    return FactorModel(all_loadings, all_specific, len(returns.values), notes)


def volatility(model: FactorModel) -> Array:
    """Annual volatility of each name, shape (n,)."""
    total = np.einsum("ij,ij->i", model.loadings, model.loadings) + model.specific
    return np.asarray(np.sqrt(total), dtype=np.float64)


def daily_volatility(model: FactorModel) -> Array:
    """Volatility of each name over one trading day, shape (n,)."""
    return np.asarray(volatility(model) / np.sqrt(DAYS_PER_YEAR), dtype=np.float64)


def variance(model: FactorModel, d: Array) -> float:
    """Annual variance d' Cov d of the weights ``d``, shape (n,)."""
    exposure = model.loadings.T @ d
    return float(exposure @ exposure + d @ (model.specific * d))


def _principal(values: Array) -> tuple[Array, Array]:
    """B (m, k) and D (m,) from returns (T, m)."""
    days, m = values.shape
    if days <= 1 or m == 0:
        return np.zeros((m, 0)), np.full(m, UNKNOWN_VARIANCE)
    centred = values - values.mean(axis=0)
    annual = (centred**2).sum(axis=0) * (DAYS_PER_YEAR / (days - 1))
    still = annual < SPECIFIC_MIN
    scaled = np.where(still, 0.0, centred / np.where(still, 1.0, np.sqrt((centred**2).sum(axis=0))))
    vectors, eigenvalues = _spectrum(scaled)
    k = _factor_count(eigenvalues, days, m)
    shares = vectors[:, :k] * np.sqrt(eigenvalues[:k])
    return _split(shares, annual)


def _spectrum(scaled: Array) -> tuple[Array, Array]:
    """Eigenvectors (m, r) and eigenvalues (r,), largest first, of scaled' scaled.

    By the smaller of the two Gram matrices: (T, T) when there are more names than days.
    """
    days, m = scaled.shape
    gram = scaled.T @ scaled if m <= days else scaled @ scaled.T
    eigenvalues, vectors = np.linalg.eigh(gram)
    order = np.argsort(eigenvalues)[::-1]
    eigenvalues, vectors = np.maximum(eigenvalues[order], 0.0), vectors[:, order]
    if m > days:
        positive = eigenvalues > 1e-10 * max(eigenvalues[0], 1e-300)
        eigenvalues = eigenvalues[positive]
        vectors = scaled.T @ vectors[:, positive] / np.sqrt(eigenvalues)
    return vectors, eigenvalues


def _factor_count(eigenvalues: Array, days: int, m: int) -> int:
    """Factors to keep: those above the noise of ``days`` x ``m`` independent returns.

    Noise ends at (1 + sqrt(m/T))^2 (Marchenko and Pastur 1967). At least ``FACTORS_USUAL`` where
    names and days allow it, so that the covariance of a handful of funds stays whole.
    """
    edge = (1 + np.sqrt(m / days)) ** 2
    signal = int((eigenvalues > edge).sum())
    allowed = min(FACTORS_MAX, m, days // DAYS_PER_FACTOR, len(eigenvalues))
    return max(0, min(allowed, max(signal, FACTORS_USUAL)))


def _split(shares: Array, annual: Array) -> tuple[Array, Array]:
    """B and D such that each variance stays ``annual``, and a least share of it is specific."""
    common = np.einsum("ij,ij->i", shares, shares)
    kept = np.minimum(1.0, (1 - SPECIFIC_SHARE_MIN) / np.maximum(common, 1e-300))
    loadings = shares * np.sqrt(kept * annual)[:, None]
    return loadings, np.maximum(annual * (1 - common * kept), SPECIFIC_MIN)


def _unknown_variance(loadings: Array, specific: Array) -> float:
    if not specific.size:
        return UNKNOWN_VARIANCE
    total = np.einsum("ij,ij->i", loadings, loadings) + specific
    return float(UNKNOWN_MULTIPLE * np.median(total))


def _guesses(symbols: Sequence[Symbol], returns: Returns, unknown: float) -> list[str]:
    missing = sorted(set(range(len(symbols))) - set(returns.columns))
    return [
        f"{symbols[i]}: taken at a volatility of {np.sqrt(unknown):.0%} a year, uncorrelated"
        for i in missing
    ]
