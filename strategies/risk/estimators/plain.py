"""Covariances that average products of returns, and shrink nothing: sample, EWMA, and in pairs."""

import numpy as np

from strategies.risk.estimators.fit import Fit, assemble, centred
from strategies.risk.model import Array
from strategies.risk.refusal import NoRisk

HALF_LIFE_DAYS = 63.0
"""A quarter of trading days. RiskMetrics' decay of 0.94 a day is a half-life of 11.2."""


def sample(returns: Array) -> Fit:
    """Sample covariance (1 / (T-1)) x'x of returns (T, n), with x the centred ones. T >= 2."""
    x = centred(returns)
    return Fit(assemble(x, None, 1 / (len(x) - 1)), observations=len(x))


def sample_or_pairwise(returns: Array) -> Fit:
    """``sample``, or ``pairwise`` where there are gaps."""
    return pairwise(returns) if np.isnan(returns).any() else sample(returns)


def ewma(returns: Array, half_life: float = HALF_LIFE_DAYS) -> Fit:
    """Exponentially weighted moving average sum_t p_t r_t r_t' of returns (T, n), newest last.

    Weights p_t halve every ``half_life`` observations and sum to one; returns are taken to have
    mean zero (J.P. Morgan/Reuters, RiskMetrics Technical Document, 1996, section 5.2). As good as
    1 / sum p_t^2 observations of equal weight (Kish 1965).
    """
    ages = np.arange(len(returns))[::-1]
    weights = 0.5 ** (ages / half_life)
    weights /= weights.sum()
    rows = returns * np.sqrt(weights)[:, None]
    return Fit(assemble(rows, None, 1.0), observations=float(1 / (weights @ weights)))


def pairwise(returns: Array) -> Fit:
    """Sample covariance of returns (T, n) with gaps (NaN): each pair by the rows that both have.

    The result need not be positive semidefinite. ``observations`` is the harmonic mean of what
    pairs have, since errors go with 1/T. Raises ``NoRisk`` for a pair with fewer than two.
    """
    there = ~np.isnan(returns)
    x = np.where(there, returns - np.nanmean(returns, axis=0), 0.0)
    mask = there.astype(np.float64)
    counts = mask.T @ mask
    if counts.min() <= 1:
        i, j = divmod(int(counts.argmin()), len(counts))
        raise NoRisk(f"columns {i} and {j} have {counts.min():.0f} observations in common, not 2")
    sums = x.T @ mask
    covariance = (x.T @ x - sums * sums.T / counts) / (counts - 1)
    note = f"gaps: each pair by the observations that both have, {counts.min():.0f} at least"
    return Fit(
        (covariance + covariance.T) / 2,
        observations=float(counts.size / (1 / counts).sum()),
        notes=(note,),
    )
