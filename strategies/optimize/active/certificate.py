"""How much any other weights could still gain: the bound that prices prove.

For a convex objective f and any prices nu of the rows, with q the gradient of the Lagrangian at w,

    f(w) - f(v) <= sum_i max over lower <= v_i <= upper of q_i (w_i - v_i) + what the rows leave

for every v that keeps the limits (Boyd and Vandenberghe 2004, 5.1). A sum of absolute values with
the price kappa adds kappa |v_i - centre_i| to a name's part: it is least at a bound or the centre.
Every part is zero or more, so that none of them hides another by rounding.
"""

from collections.abc import Sequence

import numpy as np

from strategies.optimize.active.quadratic import Quadratic
from strategies.optimize.problem import Array
from strategies.risk.model import variance, variances

FAR = 1e3
"""Weight beyond which nobody looks where a name has no bound."""
HEDGED = 1e-6
"""Where names hedge each other better than to this part of the variance that they have apart, or a
reward is as small a difference, a gap is a part of that: less cannot be reckoned."""
NOTHING = 1e-14
"""Part of the greatest variance of a name that no portfolio's is told apart from none."""


def gain_left(
    quadratic: Quadratic,
    weights: Array,
    price: float,
    row_prices: Array,
    kappas: Sequence[float] = (),
) -> float:
    """What the objective, at ``price``, could be less at most; ``kappas`` of ``absolute``."""
    rows = quadratic.rows
    reduced = quadratic.slope(weights, price) - rows.matrix.T @ row_prices
    lower, upper = np.maximum(quadratic.lower, -FAR), np.minimum(quadratic.upper, FAR)
    limits = list(zip(kappas, quadratic.absolute, strict=False))
    centres = [np.clip(limit.centre, lower, upper) for _, limit in limits]
    most = np.zeros_like(weights)
    for other in (lower, upper, *centres):
        saved = reduced * (weights - other)
        for kappa, limit in limits:
            saved += kappa * (np.abs(weights - limit.centre) - np.abs(other - limit.centre))
        most = np.maximum(most, saved)
    sides = np.where(row_prices > 0, rows.low, rows.high)
    at = rows.matrix @ weights
    left = float(row_prices @ np.where(row_prices == 0, 0.0, at - sides))
    for kappa, limit in limits:
        left += kappa * (limit.most - float(np.abs(weights - limit.centre).sum()))
    return float(most.sum()) + left


def relative_gap(
    quadratic: Quadratic,
    weights: Array,
    price: float,
    row_prices: Array,
    kappas: Sequence[float] = (),
) -> float:
    """The same as a part of the objective, variance / 2 + |reward|, never below zero."""
    left = gain_left(quadratic, weights, price, row_prices, kappas)
    return max(0.0, left) / size_of(quadratic, weights, price)


def size_of(quadratic: Quadratic, weights: Array, price: float) -> float:
    """What a gap is a part of."""
    own = np.maximum(variances(quadratic.covariance), 0.0)
    reward = quadratic.pull + price * quadratic.mean
    apart = 0.5 * float(np.abs(weights) @ np.sqrt(own)) ** 2
    apart += float(np.abs(reward) @ np.abs(weights))
    value = 0.5 * variance(quadratic.covariance, weights) + abs(float(reward @ weights))
    return max(value, HEDGED * apart, NOTHING * float(own.max(initial=0.0)), 1e-300)
