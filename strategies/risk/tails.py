"""What can be lost: value at risk and the mean loss beyond it, from history or from moments.

Losses are positive, as shares of what is invested: a VaR of 0.02 at level 0.95 says that one period
in twenty loses 2 % or more. CVaR (expected shortfall) is the mean loss of that worst twentieth.

    historical      the returns that were, each as likely
    normal          a normal distribution with the mean and the volatility
    Cornish-Fisher  its quantiles bent by skewness and excess kurtosis (``cornish``)

``periods`` is the horizon in periods of the returns, 1 by default. Moments grow with it as those of
independent returns do; historical figures by its square root, which is right only where returns
are independent and their mean is small beside their volatility (Basel Committee 1996, B.4).
"""

from math import exp, isclose, pi, sqrt
from statistics import NormalDist

import numpy as np

from strategies.risk.model import Array
from strategies.risk.moments import Moments, observed, over
from strategies.risk.refusal import NoRisk

LEVELS = (0.95, 0.99)


def historical_var(returns: Array, level: float = 0.95, periods: float = 1) -> float:
    """Minus the (1 - level) quantile of ``returns``, shape (T,).

    Between two returns the quantile is linear: the place among T sorted returns, counted from 0, is
    (T - 1)(1 - level) (Hyndman and Fan 1996, definition 7; the default of NumPy and R).
    """
    series = observed(returns)
    return -float(np.quantile(series, 1 - _checked(level))) * _root(periods)


def historical_cvar(returns: Array, level: float = 0.95, periods: float = 1) -> float:
    """Minus the mean of the worst (1 - level) T of ``returns``, shape (T,).

    The last of them counts by its fraction, so that this is the least of
    v + mean(max(-r - v, 0)) / (1 - level) over v (Rockafellar and Uryasev 2002, prop. 8): coherent,
    and never less than ``historical_var``.
    """
    series = np.sort(observed(returns))
    count = (1 - _checked(level)) * series.size
    whole = int(round(count) if isclose(count, round(count), rel_tol=1e-12) else count)
    worst = float(series[:whole].sum())
    if whole < count and not isclose(whole, count, rel_tol=1e-12):
        worst += (count - whole) * float(series[whole])
    return -worst / count * _root(periods)


def normal_var(moments: Moments, level: float = 0.95, periods: float = 1) -> float:
    """Minus (mean + z volatility), with z the (1 - level) quantile of the normal distribution."""
    total = over(moments, periods)
    return -(total.mean + _quantile(level) * total.volatility)


def normal_cvar(moments: Moments, level: float = 0.95, periods: float = 1) -> float:
    """Minus (mean - volatility phi(z) / (1 - level)), phi the normal density."""
    total = over(moments, periods)
    return -(total.mean - total.volatility * _density(_quantile(level)) / (1 - level))


def cornish_fisher_var(moments: Moments, level: float = 0.95, periods: float = 1) -> float:
    """Minus (mean + x(z) volatility), x the cubic of ``cornish`` (Zangari 1996; "modified VaR").

    Not to be relied on where ``cornish.in_domain`` is False for the moments over the horizon.
    """
    total = over(moments, periods)
    z, s, k = _quantile(level), total.skewness, total.kurtosis
    x = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
    return -(total.mean + x * total.volatility)


def cornish_fisher_cvar(moments: Moments, level: float = 0.95, periods: float = 1) -> float:
    """Mean loss beyond ``cornish_fisher_var``, of the very distribution that it is a quantile of.

    The integral of x(z) phi(z) up to the quantile, over (1 - level): Hermite polynomials integrate
    to -He[n-1] phi. This is not the "modified ES" of Boudt, Peterson and Croux 2008, which bends
    the density by another expansion and can fall below the VaR.
    """
    total = over(moments, periods)
    z, s, k = _quantile(level), total.skewness, total.kurtosis
    bent = 1 + z * s / 6 + (z**2 - 1) * k / 24 - (2 * z**2 - 1) * s**2 / 36
    return -(total.mean - total.volatility * bent * _density(z) / (1 - level))


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise NoRisk(f"a level of {level:g} makes no sense: between 0 and 1, as 0.95")
    return level


def _quantile(level: float) -> float:
    return NormalDist().inv_cdf(1 - _checked(level))


def _density(z: float) -> float:
    return exp(-z * z / 2) / sqrt(2 * pi)


def _root(periods: float) -> float:
    return over(Moments(0.0, 1.0), periods).volatility
