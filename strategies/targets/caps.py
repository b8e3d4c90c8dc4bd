"""Weights in proportion to something, within bounds: capitalisation weights and their caps.

What is above its upper bound is put on it and the rest goes to the others in proportion, until
nobody is above: so index providers write it. The answer is w_i = clip(t c_i, lower_i, upper_i) with
the t at which the weights sum to the budget, and is found at once, since the sum is piecewise
linear in t. Among all weights within the bounds it has the least relative entropy sum w ln(w / c).
"""

import numpy as np

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance
from strategies.targets.kept import refuse_broken, refuse_senseless
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.portfolio import Portfolio, checked, portfolio
from strategies.targets.refusal import NoTarget


def cap_weight(caps: Array, limits: Limits = LONG_ONLY) -> Array:
    """Weights (n,) in proportion to ``caps`` (n,), market capitalisations in any one currency.

    Bounds are kept exactly. Raises ``NoTarget`` for a capitalisation that is not above zero, and
    for a group or another limit that the weights happen to break.
    """
    bad = ~(np.isfinite(caps) & (caps > 0))
    if bad.any():
        place = int(np.argmax(bad))
        raise NoTarget(
            f"the capitalisation of name {place} is {caps[place]:g}, and is to be above zero"
        )
    if not caps.size:
        raise NoTarget("no name is wanted")
    refuse_senseless(limits, caps.size)
    lower, upper = limits.bounds(caps.size)
    weights = proportional(caps, lower, upper, limits.budget)
    refuse_broken(weights, limits, None, "weighting by capitalisation")
    return weights


def cap_weighted(
    caps: Array,
    covariance: Covariance,
    limits: Limits = LONG_ONLY,
    *,
    mean: Array | None = None,
    risk_free: float = 0.0,
) -> Portfolio:
    """``cap_weight`` with its figures; a limit on volatility is looked at as well."""
    names = checked(covariance, mean)
    if caps.shape != (names,):
        raise NoTarget(f"capitalisations have shape {caps.shape}, expected ({names},)")
    weights = cap_weight(caps, limits)
    refuse_broken(weights, limits, covariance, "weighting by capitalisation")
    return portfolio(weights, covariance, mean=mean, risk_free=risk_free)


def proportional(sizes: Array, lower: Array, upper: Array, budget: float) -> Array:
    """clip(t ``sizes``, ``lower``, ``upper``) (n,) that sums to ``budget``; sizes are above zero.

    The bounds leave room for the budget, and do not cross.
    """
    kinks = np.unique(np.concatenate([lower / sizes, upper / sizes]))
    kinks = kinks[np.isfinite(kinks) & (kinks > 0)]
    low, high = 0, len(kinks)  # the sum is too small at all kinks before ``low``
    while low < high:
        middle = (low + high) // 2
        if np.clip(kinks[middle] * sizes, lower, upper).sum() < budget:
            low = middle + 1
        else:
            high = middle
    before = kinks[low - 1] if low else 0.0
    after = kinks[low] if low < len(kinks) else np.inf
    return _between(sizes, lower, upper, budget, (before, after))


def _between(
    sizes: Array, lower: Array, upper: Array, budget: float, ends: tuple[float, float]
) -> Array:
    """The answer with t between two kinks, where the same names are free."""
    before, after = ends
    inside = 2 * before + 1.0 if np.isinf(after) else 0.5 * (before + after)
    weights = np.clip(inside * sizes, lower, upper)
    free = (inside * sizes > lower) & (inside * sizes < upper)
    if free.any():
        left = budget - weights[~free].sum()
        weights[free] = sizes[free] * (left / sizes[free].sum())
    return np.clip(weights, lower, upper)
