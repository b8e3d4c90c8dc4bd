"""What a portfolio is exposed to: factors whose loadings are known, or whose returns are."""

from dataclasses import dataclass
from datetime import date
from math import sqrt

import numpy as np

from strategies.risk.model import Array
from strategies.risk.moments import observed
from strategies.risk.refusal import NoRisk

STILL = 1e-12
"""Of its size: a factor that moves less only shows rounding."""
OWN_MIN = 1e-8
"""Of a factor's movement, scaled to 1, that other factors must leave unexplained."""


@dataclass(frozen=True, slots=True)
class Factors:
    """Returns of named factors, shape (T, k): the market, value, a bond index, oil.

    ``days`` has length T where the returns are to be matched with others by day.
    """

    names: tuple[str, ...]
    values: Array
    days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Regression:
    """Returns explained by those of factors: r = alpha + factors betas + rest.

    ``betas`` and their standard ``errors``, one a factor (least squares; errors as of independent
    rests of equal variance). ``alpha`` and ``rest``, the standard deviation of what is not
    explained, are of one period; ``r_squared`` is the share of variance that is explained.
    """

    names: tuple[str, ...]
    betas: tuple[float, ...]
    errors: tuple[float, ...]
    alpha: float
    rest: float
    r_squared: float
    observations: int


def loading_exposures(loadings: Array, weights: Array) -> Array:
    """B' w, shape (k,), from ``loadings`` B, shape (n, k)."""
    return np.asarray(loadings.T @ weights)


def regression(returns: Array, factors: Factors) -> Regression:
    """Least squares of ``returns``, shape (T,), on an intercept and ``factors``, row by row.

    Raises ``NoRisk`` where there are too few returns, a number is not finite, or a factor is a
    combination of the others.
    """
    k = len(factors.names)
    series = observed(returns, k + 2)
    values = np.asarray(factors.values, dtype=np.float64)
    if values.shape != (len(series), k):
        raise NoRisk(f"factors have shape {values.shape}, expected {(len(series), k)}")
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise NoRisk(f"factor {factors.names[column]}: return {row} is not a finite number")
    mean, centre = float(series.mean()), values.mean(axis=0)
    x, y = values - centre, series - mean
    scale = np.sqrt((x**2).sum(axis=0))
    _moving(values, scale, factors.names)
    triangle = _triangle(x / scale, factors.names)
    inverse = np.linalg.inv(triangle)
    betas = inverse @ (inverse.T @ ((x / scale).T @ y)) / scale
    left = y - x @ betas
    variance = float(left @ left) / (len(y) - k - 1)
    errors = np.sqrt(variance * (inverse**2).sum(axis=1)) / scale
    total = float(y @ y)
    return Regression(
        names=factors.names,
        betas=tuple(betas.tolist()),
        errors=tuple(errors.tolist()),
        alpha=mean - float(centre @ betas),
        rest=sqrt(variance),
        r_squared=1 - float(left @ left) / total if total > 0 else 0.0,
        observations=len(y),
    )


def series_beta(returns: Array, benchmark: Array) -> float:
    """Covariance of two series, shape (T,) each, over the variance of ``benchmark``."""
    return regression(returns, Factors(("benchmark",), np.asarray(benchmark)[:, None])).betas[0]


def _moving(values: Array, scale: Array, names: tuple[str, ...]) -> None:
    """Raises ``NoRisk`` at the first factor whose returns are all the same."""
    still = scale <= STILL * np.abs(values).max(axis=0)
    if still.any():
        raise NoRisk(f"factor {names[int(np.argmax(still))]} does not move")


def _triangle(x: Array, names: tuple[str, ...]) -> Array:
    """R of the QR decomposition of x, shape (T, k), whose columns have length 1.

    Raises ``NoRisk`` at the first column that is a combination of those before it.
    """
    triangle = np.linalg.qr(x)[1]
    alike = np.abs(np.diag(triangle)) < OWN_MIN
    if alike.any():
        name = names[int(np.argmax(alike))]
        raise NoRisk(f"factor {name} is a combination of the factors before it: leave one out")
    return np.asarray(triangle)
