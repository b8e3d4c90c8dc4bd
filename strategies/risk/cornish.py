"""The distribution behind the Cornish-Fisher expansion: where it is one, and what its moments are.

The expansion turns a normal z into

    x(z) = z + (z^2 - 1) s/6 + (z^3 - 3z) k/24 - (2z^3 - 5z) s^2/36

(Cornish and Fisher 1937). Two traps (Maillard 2012, *A user's guide to the Cornish Fisher
expansion*): outside a domain of (s, k), x falls somewhere as z grows and is no quantile function;
and s and k are parameters, not the skewness and excess kurtosis that x has. ``in_domain`` tells the
first, ``matched`` solves the second.
"""

from dataclasses import replace
from math import inf, sqrt

import numpy as np

from strategies.risk.model import Array
from strategies.risk.moments import Moments

REACH = 5.0
"""A fall of x further out (one day in thousands of years) is no matter."""
STEPS_MAX = 60
MATCHED_WITHIN = 1e-10
SLOPE = 1e-6


def in_domain(skewness: float, kurtosis: float, reach: float = inf) -> bool:
    """Whether x(z) nowhere falls, for parameters s and k; or not for abs(z) up to ``reach``.

    x'(z) = (k/8 - s^2/6) z^2 + (s/3) z + 1 - k/8 + 5 s^2/36 is nowhere negative (Maillard 2012,
    section 2): with no skewness that is an excess kurtosis from 0 to 8. A sample that is all but
    normal has an excess kurtosis a little below 0 as often as above: strictly it is outside, but x
    falls so far out that it does not matter.
    """
    a = kurtosis / 8 - skewness**2 / 6
    b, c = skewness / 3, 1 - kurtosis / 8 + 5 * skewness**2 / 36
    if a > 0 and abs(b) <= 2 * a * reach:
        return b**2 <= 4 * a * c
    if reach == inf:
        return a == 0 and b == 0 and c >= 0
    return min(a * z**2 + b * z + c for z in (-reach, reach)) >= 0


def matched(moments: Moments) -> Moments | None:
    """Parameters whose distribution has the ``moments``; None where there are none.

    They lie in the domain up to ``REACH``. To be put into ``tails.cornish_fisher_var`` in place of
    the moments themselves: volatility is divided by the standard deviation of x, skewness and
    excess kurtosis become s and k.
    """
    wanted = np.array([moments.skewness, moments.kurtosis])
    point = np.array([0.0, 0.0])
    for share in (0.25, 0.5, 0.75, 1.0):  # along the line from the normal distribution outwards
        point = _newton(point, share * wanted)
    variance, *reached = _moments(point)
    if np.abs(np.array(reached) - wanted).max() > MATCHED_WITHIN * (1 + np.abs(wanted).max()):
        return None
    s, k = float(point[0]), float(point[1])
    if not in_domain(s, k, REACH):
        return None
    return replace(moments, volatility=moments.volatility / sqrt(variance), skewness=s, kurtosis=k)


def _newton(start: Array, wanted: Array) -> Array:
    """Parameters (s, k) that have the ``wanted`` skewness and kurtosis, or the nearest found."""
    point, miss = start, _miss(start, wanted)
    for _ in range(STEPS_MAX):
        if np.abs(miss).max() < MATCHED_WITHIN / 10:
            break
        sides = np.eye(2) * SLOPE
        jacobian = np.column_stack(
            [(_miss(point + d, wanted) - _miss(point - d, wanted)) / (2 * SLOPE) for d in sides]
        )
        step = np.linalg.lstsq(jacobian, -miss, rcond=None)[0]
        length = 1.0
        while length > SLOPE and np.abs(_miss(point + length * step, wanted)).max() >= (
            np.abs(miss).max()
        ):
            length /= 2
        if length <= SLOPE:
            break
        point = point + length * step
        miss = _miss(point, wanted)
    return point


def _miss(point: Array, wanted: Array) -> Array:
    _, skewness, kurtosis = _moments(point)
    return np.array([skewness, kurtosis]) - wanted


def _moments(point: Array) -> tuple[float, float, float]:
    """Variance, skewness and excess kurtosis of x(z), from its coefficients in Hermite polynomials.

    x = a He1 + b He2 + c He3; powers of it are polynomials, and their means follow from those of
    powers of z, which are 1, 3, 15, ...
    """
    s, k = point
    a, b, c = 1 - s**2 / 36, s / 6, k / 24 - s**2 / 18
    cubic = np.array([-b, a - 3 * c, b, c])
    square = np.convolve(cubic, cubic)
    second = _mean(square)
    third = _mean(np.convolve(square, cubic))
    fourth = _mean(np.convolve(square, square))
    return second, third / second**1.5, fourth / second**2 - 3


def _mean(polynomial: Array) -> float:
    """Mean of a polynomial in z, coefficients from the constant up."""
    return float(polynomial @ _POWERS[: len(polynomial)])


_POWERS = np.array([1.0, 0, 1, 0, 3, 0, 15, 0, 105, 0, 945, 0, 10395])
"""Means of z^0 to z^12."""
