"""Covariances as a few principal components and what is each name's own: two ways to cut off noise.

Both work on the correlations, so that a volatile name is not taken for a common movement, and both
keep the variance of each name. The answer is factors whatever the size.
"""

import numpy as np

from strategies.risk.estimators.fit import Fit, centred
from strategies.risk.model import Array, FactorModel
from strategies.risk.spectrum import above, largest, principal_components, smaller_gram

FACTORS_MAX = 20
FACTORS_USUAL = 10
DAYS_PER_FACTOR = 20
SPECIFIC_SHARE_MIN = 0.02
"""Of a name's variance that is always its own: nothing is hedged perfectly by other names."""


def principal_factors(returns: Array, *, least: float = 0.0, seed: int = 0) -> FactorModel:
    """The principal components of returns (T, n), T >= 2, that rise above the noise.

    Names whose variance is below ``least`` get that, and no loadings. With more than
    ``spectrum.EXACT_MAX`` names and days the components are found from random directions
    (``seed``), which changes only those that the noise hides.
    """
    x = centred(returns)
    days, n = x.shape
    squares = np.einsum("ij,ij->j", x, x)
    total = squares / (days - 1)
    still = total <= least
    x *= np.where(still, 0.0, 1 / np.sqrt(np.where(still, 1.0, squares)))
    allowed = min(FACTORS_MAX, n, days // DAYS_PER_FACTOR)
    values, vectors = principal_components(x, allowed, seed)
    k = _factor_count(values, days, n)
    shares = vectors[:, :k] * np.sqrt(values[:k])
    loadings, specific = _split(shares, total)
    return FactorModel(loadings, np.maximum(specific, least), days)


def marchenko_pastur(returns: Array) -> Fit:
    """Eigenvalues of the correlations within the noise are replaced by their mean.

    Noise ends at v (1 + sqrt(n/T))^2 (Marchenko and Pastur 1967), where v = 1 - l1/n is what the
    largest eigenvalue leaves (Laloux, Cizeau, Potters and Bouchaud, International Journal of
    Theoretical and Applied Finance 3 (2000)). The trace is kept, then each variance (Lopez de
    Prado, Machine Learning for Asset Managers, 2020, section 2.5.1). Returns (T, n), T >= 2.
    """
    x = centred(returns)
    days, n = x.shape
    squares = np.einsum("ij,ij->j", x, x)
    x /= np.sqrt(squares)
    gram = smaller_gram(x)
    share = max(0.0, 1 - largest(gram) / n)
    values, vectors = above(x, gram, share * (1 + np.sqrt(n / days)) ** 2)
    noise = max(0.0, n - float(values.sum())) / max(1, n - len(values))
    loadings = vectors * np.sqrt(np.maximum(values - noise, 0.0))
    total = np.einsum("ij,ij->i", loadings, loadings) + noise
    variance = squares / (days - 1)
    scaled = loadings * np.sqrt(variance / total)[:, None]
    return Fit(FactorModel(scaled, noise * variance / total, days))


def _factor_count(eigenvalues: Array, days: int, n: int) -> int:
    """Factors to keep: those above the noise of ``days`` x ``n`` independent returns.

    Noise ends at (1 + sqrt(n/T))^2. At least ``FACTORS_USUAL`` where names and days allow it, so
    that the covariance of a handful of funds stays whole.
    """
    signal = int((eigenvalues > (1 + np.sqrt(n / days)) ** 2).sum())
    return min(len(eigenvalues), max(signal, FACTORS_USUAL))


def _split(shares: Array, total: Array) -> tuple[Array, Array]:
    """B and D such that each variance stays ``total``, and a least share of it is specific."""
    common = np.einsum("ij,ij->i", shares, shares)
    kept = np.minimum(1.0, (1 - SPECIFIC_SHARE_MIN) / np.maximum(common, 1e-300))
    return shares * np.sqrt(kept * total)[:, None], total * (1 - common * kept)
