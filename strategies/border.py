"""How: the border where exact amounts become arrays, and the optimiser's weights come back exact.

Nothing else in the pure floor, outside ``optimize`` and ``risk``, touches a float. All that comes
back is clipped to the wish it came from and rounded to a billionth of a percent of NAV.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from brokers.words import ZERO
from strategies.cash import Weights, Wish, glide
from strategies.costs import rates
from strategies.optimize.kernel import Solution
from strategies.optimize.problem import Array, BadProblem, Lots, Problem
from strategies.policy import Policy
from strategies.risk.covariance import FactorModel, daily_volatility, estimate, variance
from strategies.snapshot import Snapshot
from strategies.standing import Standing, Unjudgeable
from strategies.taxes import ladder

CASH_VARIANCE = 1e-8
"""Annual; the optimiser wants every asset to have some."""
AVERSION_MIN = 1e-6
"""Below this nothing but costs would count, and the optimiser wants a little curvature."""
GRAIN = Decimal("1e-11")

Solve = Callable[[Problem], Solution]


@dataclass(frozen=True, slots=True)
class Gauge:
    """What is measured once for all wishes of one decision, row by row.

    ``daily`` is volatility over one day; ``spread`` and ``impact``, shape (n + 1,), cost the
    trades, cash last; ``lots`` are those of the rows that may be sold and would be taxed.
    """

    model: FactorModel
    daily: tuple[Decimal, ...]
    spread: Array
    impact: Array
    lots: tuple[Lots, ...]

    def variance(self, distance: Sequence[Decimal]) -> Decimal:
        """Annual variance of holding ``distance`` (weights less targets) instead of nothing."""
        return Decimal(repr(variance(self.model, _array(distance))))


@dataclass(frozen=True, slots=True)
class Settled:
    """Weights after the trades, one a row, and a warning where the optimiser did not find them."""

    weights: Weights
    warning: str = ""


def measure(stand: Standing, snapshot: Snapshot, policy: Policy) -> Gauge:
    """Risk from the history that the snapshot brings, costs and taxes from quotes and lots."""
    model = estimate([row.symbol for row in stand.rows], snapshot.history)
    sigmas = daily_volatility(model).tolist()
    daily = tuple(Decimal(repr(sigma)).quantize(GRAIN) for sigma in sigmas)
    costs = [
        rates(row.holding, sigma, policy.costs, stand.nav)
        for row, sigma in zip(stand.rows, daily, strict=True)
    ]
    return Gauge(
        model=model,
        daily=daily,
        spread=_array([*(cost.linear for cost in costs), ZERO]),
        impact=_array([*(cost.impact for cost in costs), ZERO]),
        lots=_lots(stand, snapshot, policy),
    )


def settle(wish: Wish, stand: Standing, gauge: Gauge, policy: Policy, solve: Solve) -> Settled:
    """The cheapest weights within ``wish`` that stay close to what it is after.

    Where the optimiser finds none, each name is brought straight to where the wish wants it, and
    the warning says so. Raises ``Unjudgeable`` where that leaves cash outside the wish too.
    """
    if wish.full:
        return Settled(wish.end)
    try:
        solution = solve(problem(wish, stand, gauge, policy))
    except BadProblem as exc:
        return _straight(wish, str(exc))
    if not solution.is_usable:
        return _straight(wish, solution.why)
    found = zip(solution.weights.tolist(), wish.start, wish.end, strict=False)
    return Settled(tuple(_clip(weight, start, end) for weight, start, end in found))


def problem(wish: Wish, stand: Standing, gauge: Gauge, policy: Policy) -> Problem:
    """The wish in arrays, shape (n + 1,): the rows in their order, and cash as the last asset."""
    lower = [min(pair) for pair in zip(wish.start, wish.end, strict=True)]
    upper = [max(pair) for pair in zip(wish.start, wish.end, strict=True)]
    factors = gauge.model.loadings
    return Problem(
        current=_array([*(row.weight for row in stand.rows), stand.cash]),
        target=_array([*wish.toward, 1 - sum(wish.toward, ZERO)]),
        factors=np.vstack([factors, np.zeros((1, factors.shape[1]))]),
        specific=np.append(gauge.model.specific, CASH_VARIANCE),
        spread=gauge.spread,
        impact=gauge.impact,
        lower=_array([*lower, wish.cash_lower]),
        upper=_array([*upper, wish.cash_upper]),
        risk_aversion=max(float(policy.worth.variance_price), AVERSION_MIN),
        lots=tuple(lots for lots in gauge.lots if lower[lots.name] < stand.rows[lots.name].weight),
    )


def _lots(stand: Standing, snapshot: Snapshot, policy: Policy) -> tuple[Lots, ...]:
    found: list[Lots] = []
    for place, row in enumerate(stand.rows):
        if row.barred or row.weight <= row.target:
            continue
        steps = ladder(row.holding, snapshot, policy.tax)
        if steps:
            share = row.holding.price / stand.nav
            widths = _array([quantity * share for quantity, _ in steps])
            found.append(Lots(place, widths, _array([tax for _, tax in steps])))
    return tuple(found)


def _straight(wish: Wish, why: str) -> Settled:
    weights = glide(wish)
    if weights is None:
        raise Unjudgeable(f"no weights keep every limit ({why})")
    return Settled(weights, f"the optimiser found nothing, trades go straight to band: {why}")


def _clip(weight: float, start: Decimal, end: Decimal) -> Decimal:
    exact = Decimal(repr(weight)).quantize(GRAIN)
    return min(max(exact, min(start, end)), max(start, end))


def _array(numbers: Sequence[Decimal]) -> Array:
    return np.array([float(number) for number in numbers], dtype=np.float64)
