"""Whose risk it is: each name's part of a volatility or a tracking error. The parts sum to it.

A volatility is homogeneous of degree one in weights, so that by Euler's theorem it is the sum of
weight times derivative (Litterman 1996, *Hot spots and hedges*). For a tracking error the weights
are those of the difference.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from strategies.risk.model import Array, Covariance, times


def marginal(covariance: Covariance, weights: Array) -> Array:
    """Derivative of volatility by each weight, C w / sqrt(w' C w), shape (n,); 0 without risk.

    The volatility that one more unit of the name adds, its money coming from cash.
    """
    product = times(covariance, weights)
    variance = float(weights @ product)
    if variance <= 0:
        return np.zeros(len(product))
    return np.asarray(product / sqrt(variance))


def contributions(covariance: Covariance, weights: Array) -> Array:
    """Part of the volatility that each name is, w (C w) / sqrt(w' C w), shape (n,)."""
    return np.asarray(weights * marginal(covariance, weights))


def by_group(parts: Array, labels: Sequence[str]) -> dict[str, float]:
    """Sum of ``parts``, shape (n,), for each label, in the order in which labels come first."""
    sums = dict.fromkeys(labels, 0.0)
    for label, part in zip(labels, parts, strict=True):
        sums[label] += float(part)
    return sums
