"""What the bounds of single names are worth: the slope of a name's own function at its bound.

At the prices of the rest each name minimises phi(x) = g x + a/2 x^2 + its costs (``pieces``). At an
upper bound, phi falls on beyond it: minus its right-hand slope is what a unit more would gain; at
a lower bound it is the left-hand slope. Costs have kinks (no trade, the end of a lot), so that the
side counts: a name that must not be traded has two prices, each with its own round of costs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from strategies.optimize.kernel.dual import Coupling, pushes
from strategies.optimize.kernel.pieces import Push
from strategies.optimize.kernel.rates import Rates, with_short
from strategies.optimize.problem import Array, Problem
from strategies.optimize.whatif.limits import Limit
from strategies.optimize.whatif.outcome import Outcome

AT = 1e-9
"""A weight so near to its bound is at it."""
EDGE = 1e-12
"""A trade so near to the end of a step is at it."""


@dataclass(frozen=True, slots=True)
class _Slopes:
    """Left and right derivative of each name's own function at its trade, both (n,)."""

    left: Array
    right: Array


def bound_rates(
    problem: Problem, coupling: Coupling, answer: Outcome
) -> Iterator[tuple[Limit, float]]:
    """Each bound that holds a name back, with what a unit more of it gains."""
    slopes = _slopes(coupling, pushes(coupling, answer.dual), answer.weights - problem.current)
    at_upper = answer.weights >= problem.upper - AT
    at_lower = answer.weights <= problem.lower + AT
    for name in np.flatnonzero(at_upper & (slopes.right < 0)).tolist():
        yield Limit("name", name), -float(slopes.right[name])
    for name in np.flatnonzero(at_lower & (slopes.left > 0)).tolist():
        yield Limit("name", name, is_lower=True), float(slopes.left[name])


def _slopes(coupling: Coupling, push: Push, x: Array) -> _Slopes:
    pieces = coupling.pieces
    size = np.abs(x)
    smooth = push.g + push.a * x
    dear = pieces.spread + push.toll + 1.5 * pieces.impact * np.sqrt(size)
    sell = with_short(pieces.sell, push.short)
    buy = None if pieces.buy is None else with_short(pieces.buy, push.short)
    sells, buys = x < 0, x > 0
    bought_more, bought_less = _rates(buy, size, further=True), _rates(buy, size, further=False)
    sold_more, sold_less = _rates(sell, size, further=True), _rates(sell, size, further=False)
    return _Slopes(
        left=smooth + np.where(buys, dear + bought_less, -dear - sold_more),
        right=smooth + np.where(sells, -dear - sold_less, dear + bought_more),
    )


def _rates(side: Rates | None, size: Array, *, further: bool) -> Array:
    """The rate of the step behind ``size`` (n,), or of the one before it: (n,)."""
    if side is None:
        return np.zeros_like(size)
    edge = EDGE if further else -EDGE
    step = (side.ends <= size[:, None] + edge).sum(axis=1)
    step = np.minimum(step, side.ends.shape[1] - 1)
    return np.asarray(side.rates[np.arange(size.size), step])
