"""Sample covariances shrunk toward something simpler, by as much as the returns themselves say.

Here sample covariances divide by T, as the papers do. Every intensity needs only sums over rows and
the smaller of the two Gram matrices, so none forms n x n where there are more names than rows.
"""

import numpy as np

from strategies.risk.estimators.fit import Fit, assemble, centred, is_dense, with_common
from strategies.risk.model import Array
from strategies.risk.spectrum import smaller_gram


def ledoit_wolf(returns: Array) -> Fit:
    """(1-s) S + s mu I of returns (T, n), mu the mean variance.

    The intensity s minimises the expected squared error in the limit of many names (Ledoit and
    Wolf, Journal of Multivariate Analysis 88 (2004), equation 14 and section 3.3): with d2 the
    squared distance of S to mu I, b2 that of the outer products of rows to S over T,
    s = min(b2, d2) / d2.
    """
    x = centred(returns)
    gram = smaller_gram(x)
    squares = np.einsum("ij,ij->i", x, x)
    count, n = x.shape
    mu = float(squares.sum()) / (count * n)
    norm = _norm(gram) / count**2
    distance = norm - n * mu**2
    error = (float(squares @ squares) / count - norm) / count
    return _toward_identity(x, gram, mu, 0.0 if n == 1 else _part(min(error, distance), distance))


def oas(returns: Array) -> Fit:
    """(1-s) S + s mu I with the intensity of normal returns: oracle approximating shrinkage.

    Chen, Wiesel, Eldar and Hero, IEEE Transactions on Signal Processing 58 (2010), equation 23,
    without its terms in 2/n, as scikit-learn has it.
    """
    x = centred(returns)
    gram = smaller_gram(x)
    count, n = x.shape
    mu = float(np.einsum("ij,ij->", x, x)) / (count * n)
    mean_square = _norm(gram) / (count * n) ** 2
    excess = (count + 1) * (mean_square - mu**2 / n)
    shrinkage = 1.0 if excess <= 0 else min(1.0, (mean_square + mu**2) / excess)
    return _toward_identity(x, gram, mu, 0.0 if n == 1 else shrinkage)


def constant_correlation(returns: Array) -> Fit:
    """(1-s) S + s F, where F has the variances of S and, for every pair, its mean correlation.

    Ledoit and Wolf, "Honey, I Shrunk the Sample Covariance Matrix", Journal of Portfolio Management
    30 (2004), appendix B, in sums over rows: pi is the variance of the entries of S, rho their
    covariance with those of F, gamma the squared distance of F to S; s = (pi - rho) / (gamma T)
    within 0 and 1. As factors, a mean correlation below zero is taken as zero, and said.
    """
    x = centred(returns)
    gram = smaller_gram(x)
    variance = np.einsum("ij,ij->j", x, x) / len(x)
    mean = _mean_correlation(x, variance)
    shrinkage = 0.0 if x.shape[1] == 1 else _honey(x, gram, variance, mean)
    common = mean if is_dense(x) else max(mean, 0.0)
    notes = (f"the mean correlation, {mean:.2g}, is taken as zero",) if common > mean else ()
    own = assemble(x, gram, (1 - shrinkage) / len(x), shrinkage * (1 - common) * variance)
    return Fit(with_common(own, np.sqrt(variance), shrinkage * common), shrinkage, notes=notes)


def _honey(x: Array, gram: Array, variance: Array, mean: float) -> float:
    """The intensity of ``constant_correlation``."""
    count, scale = len(x), np.sqrt(variance)
    norm = _norm(gram) / count**2
    squares = np.einsum("ij,ij->i", x, x)
    fourth = np.einsum("ij,ij,ij,ij->j", x, x, x, x) / count
    pi = float(squares @ squares) / count - norm
    own = float((fourth - variance**2).sum())
    weighted = x @ scale
    cubes = np.einsum("ij,ij,ij,j->i", x, x, x, 1 / scale)
    products_of_scales = float(weighted @ weighted) / count
    rho = own + mean * (float(cubes @ weighted) / count - products_of_scales - own)
    squared = float(variance @ variance)
    gamma = (
        mean**2 * (float(variance.sum()) ** 2 - squared)
        - 2 * mean * (products_of_scales - squared)
        + norm
        - squared
    )
    return _part((pi - rho) / count, gamma)


def _mean_correlation(x: Array, variance: Array) -> float:
    """Mean of the correlations of all pairs; zero for a single name."""
    n = x.shape[1]
    sums = x @ (1 / np.sqrt(variance))
    return 0.0 if n == 1 else (float(sums @ sums) / len(x) - n) / (n * (n - 1))


def _toward_identity(x: Array, gram: Array, mu: float, shrinkage: float) -> Fit:
    specific = np.full(x.shape[1], shrinkage * mu)
    return Fit(assemble(x, gram, (1 - shrinkage) / len(x), specific), shrinkage)


def _norm(gram: Array) -> float:
    """Squared Frobenius norm."""
    return float(np.einsum("ij,ij->", gram, gram))


def _part(error: float, distance: float) -> float:
    """``error`` / ``distance`` within 0 and 1."""
    if error <= 0 or distance <= 0:
        return 0.0
    return min(1.0, error / distance)
