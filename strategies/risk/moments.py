"""The first four moments of a series of returns, and those of several periods together."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from strategies.risk.model import Array
from strategies.risk.refusal import NoRisk


@dataclass(frozen=True, slots=True)
class Moments:
    """Of returns over one period: mean, volatility, skewness, and excess kurtosis (normal: 0)."""

    mean: float
    volatility: float
    skewness: float = 0.0
    kurtosis: float = 0.0


def observed(returns: Array, least: int = 1) -> Array:
    """``returns`` as floats, shape (T,), once they can be used.

    Raises ``NoRisk`` where the shape is another, there are fewer than ``least``, or one is not a
    finite number.
    """
    series = np.asarray(returns, dtype=np.float64)
    if series.ndim != 1:
        raise NoRisk(f"returns have shape {series.shape}, expected one series")
    if series.size < least:
        count = f"{series.size} return" + "s" * (series.size != 1)
        raise NoRisk(f"{count}, at least {least} needed: give a longer history")
    bad = ~np.isfinite(series)
    if bad.any():
        place = int(np.argmax(bad))
        raise NoRisk(f"return {place} is {series[place]:g}, not a finite number")
    return series


def moments(returns: Array) -> Moments:
    """Sample moments of ``returns``, shape (T,), at least two.

    Volatility divides by T - 1; skewness m3 / m2^1.5 and excess kurtosis m4 / m2^2 - 3 are those of
    the sample itself (all central moments m divide by T). A series that does not move has neither.
    """
    series = observed(returns, 2)
    mean = float(series.mean())
    off = series - mean
    scale = float(np.abs(off).max())
    if scale <= 1e-14 * max(1.0, abs(mean)):
        return Moments(mean, 0.0)
    unit = off / scale
    second = float(np.mean(unit**2))
    skewness = float(np.mean(unit**3)) / second**1.5
    kurtosis = float(np.mean(unit**4)) / second**2 - 3
    return Moments(mean, float(series.std(ddof=1)), skewness, kurtosis)


def over(moments: Moments, periods: float) -> Moments:
    """Moments of the sum of ``periods`` independent returns alike.

    Cumulants add: mean h, volatility sqrt(h), skewness 1/sqrt(h), excess kurtosis 1/h.
    """
    if not periods > 0:
        raise NoRisk(f"a horizon of {periods:g} periods makes no sense: above zero is needed")
    return Moments(
        moments.mean * periods,
        moments.volatility * sqrt(periods),
        moments.skewness / sqrt(periods),
        moments.kurtosis / periods,
    )
