"""A dense covariance turned into factors, so that the kernel can take it; repaired where it must.

With C = S R S, R the correlations and S the volatilities on a diagonal, and mu the least
eigenvalue of R = V diag(l) V':

    C = B B' + diag(D),    B = S V sqrt(diag(l - mu)),    D = mu S^2

The part common to all names goes to D, which is what the kernel likes; factors with l = mu drop
out. What is no covariance is refused. What is one but for rounding or a poor estimate is repaired:
eigenvalues of R below the greatest / ``CONDITION_MAX`` are raised to that, which is the nearest
such matrix (Higham, Linear Algebra and its Applications 103 (1988)), and the repair is named.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array, BadProblem

CONDITION_MAX = 1e12
ASYMMETRY_MAX = 1e-6
"""Difference of two correlations across the diagonal that counts as rounding."""
ASYMMETRY_SAID = 1e-12
NEGATIVE_MAX = 0.01
"""Part of the total variance that may be negative and still be an estimate's error."""
ROUNDING = 1e-14
"""Eigenvalues, relative to the greatest, that are the same as the least one."""


@dataclass(frozen=True, slots=True)
class Dense:
    """``covariance`` (n, n), as it was repaired, is factors factors' + diag(specific).

    ``factors`` has shape (n, k) with k < n, ``specific`` (n,); ``repairs`` has one sentence for
    each thing that was changed.
    """

    covariance: Array
    factors: Array
    specific: Array
    repairs: tuple[str, ...]


def from_covariance(covariance: Array) -> Dense:
    """The annual ``covariance`` (n, n) in factors.

    A name with neither variance nor covariance (cash) is left out of the eigenvalues. Raises
    ``BadProblem`` for what is not finite, not symmetric, or has more negative variance than an
    estimate's error explains.
    """
    _check(covariance)
    risky = np.flatnonzero(np.diag(covariance) > 0)
    volatility = np.sqrt(np.diag(covariance)[risky])
    correlation = covariance[np.ix_(risky, risky)] / np.outer(volatility, volatility)
    even, repairs = _symmetric(correlation, risky)
    values, vectors = np.linalg.eigh(even) if risky.size else (np.empty(0), even)
    raised, more = _raised(values)
    size, mu = len(covariance), float(raised.min(initial=np.inf)) if risky.size else 0.0
    apart = raised - mu > ROUNDING * raised.max(initial=0.0)
    factors, specific = np.zeros((size, int(apart.sum()))), np.zeros(size)
    loadings = vectors[:, apart] * np.sqrt(raised[apart] - mu)
    factors[risky] = volatility[:, None] * loadings
    specific[risky] = mu * volatility**2
    repaired = np.zeros_like(covariance)
    whole = even if not more else (vectors * raised) @ vectors.T
    repaired[np.ix_(risky, risky)] = np.outer(volatility, volatility) * whole
    return Dense(repaired, factors, specific, (*repairs, *more))


def _check(covariance: Array) -> None:
    size = len(covariance)
    if covariance.shape != (size, size):
        raise BadProblem(f"covariance: shape {covariance.shape}, expected a square")
    _refuse(covariance, ~np.isfinite(covariance), "is not finite")
    variance = np.diag(covariance)
    _refuse(covariance, np.diag(variance < 0), "is a negative variance")
    none = variance == 0
    alone = (none[:, None] | none[None, :]) & (covariance != 0)
    _refuse(covariance, alone, "is a covariance of a name that has no variance")


def _symmetric(correlation: Array, names: NDArray[np.intp]) -> tuple[Array, tuple[str, ...]]:
    """The mean of both sides of the diagonal."""
    difference = np.abs(correlation - correlation.T)
    most = float(difference.max(initial=0.0))
    if most > ASYMMETRY_MAX:
        row, column = (names[i] for i in np.argwhere(difference == most)[0])
        where = f"[{row}, {column}] and [{column}, {row}]"
        raise BadProblem(f"covariance: not symmetric, {where} differ by {most:.2g} in correlation")
    said = f"covariance: made symmetric, correlations differed by up to {most:.2g}"
    return (correlation + correlation.T) / 2, (said,) if most > ASYMMETRY_SAID else ()


def _raised(values: Array) -> tuple[Array, tuple[str, ...]]:
    """Eigenvalues of the correlation with the least ones raised, and what was done."""
    least = values.max(initial=0.0) / CONDITION_MAX
    low = values < least
    if not low.any():
        return values, ()
    negative = float(-np.minimum(values, 0.0).sum() / values.size)
    if negative > NEGATIVE_MAX:
        raise BadProblem(
            f"covariance: not one, {negative:.1%} of the variance is negative (eigenvalues of the"
            f" correlation down to {values.min():.2g}); estimate it from complete histories"
        )
    many = "1 eigenvalue" if low.sum() == 1 else f"{low.sum()} eigenvalues"
    said = (
        f"covariance: {many} of the correlation below {least:.2g} (the least {values.min():.2g})"
        f" raised to that, condition at most {CONDITION_MAX:g}"
    )
    return np.maximum(values, least), (said,)


def _refuse(covariance: Array, bad: NDArray[np.bool_], fault: str) -> None:
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise BadProblem(f"covariance[{row}][{column}] = {covariance[row, column]:g} {fault}")
