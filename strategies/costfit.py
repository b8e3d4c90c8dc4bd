"""What trading really cost: the half spread and the impact that filled orders have paid.

The model is that of the plan, with two numbers to be found from orders i = 1..n:

    slippage_i = a x half spread_i + Y x sigma_i sqrt(quantity_i / ADV_i) value_i + noise_i

``a`` multiplies the quoted half spread (1 where orders cross to the touch), ``Y`` is the factor
of the square-root law. Noise is how far the market moved between plan and fill, so that its
variance grows with value^2: everything is divided by value, which is least squares weighted by
1 / value^2. Neither number can be negative.

Sources: Almgren, Thum, Hauptmann, Li (2005), Direct Estimation of Equity Market Impact; Kissell
(2013), The Science of Algorithmic Trading and Portfolio Management (the impact of an order is
fitted by regression over orders); Huber (1981), Robust Statistics; Liang and Zeger (1986).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import inf, isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from brokers.words import Symbol

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ORDERS_MIN = 30
"""Fewer orders are no evidence."""
DAYS_MIN = 5
"""Orders of one day share the market's move of that day: fewer days are no evidence either."""
UNFILLED_MAX = 0.05
"""Share of the value sent that may stay unfilled: a limit hides what the rest would have cost."""
SEPARATION_MIN = 0.01
"""Least sin^2 of the angle between both costs (a variance inflation of 100): below it they are
one and the same thing, and no data can tell them apart."""
PRIOR_DEVIATION = 0.5
"""Standard deviation of both numbers before anything was traded (Bouchaud 2018: Y is near 1)."""
HUBER = 1.345
"""In robust standard deviations; 95 % efficient where noise is normal (Huber 1981)."""
MAD = 1.4826
"""From the median of |noise| to its standard deviation, where noise is normal."""
LEVERAGE_MAX = 0.5
"""Beyond it the correction of an order's noise for its own pull on the fit does not grow."""
SCALE_MIN = 1e-9
"""Least standard deviation of the noise, as a share of value: a hundred-thousandth of a bp."""
COST_MIN = 1e-8
"""Root of the sum of squared costs, as shares of value, below which there was no such cost."""
ROUNDS_MAX = 200
STILL = 1e-10


class BadObservation(ValueError):
    """An order that cannot be fitted; it says which one and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One order as far as it was filled; amounts in the base currency.

    ``slippage`` is what was paid above the plan's mid (below it, on a sale), fees apart. ``spread``
    is the half spread that was planned for what was filled, ``shape`` the planned impact without
    its factor: sigma x sqrt(quantity / ADV) x value.
    """

    day: date
    symbol: Symbol
    value: Decimal
    slippage: Decimal
    spread: Decimal
    shape: Decimal


@dataclass(frozen=True, slots=True)
class Prior:
    """What both numbers are taken to be before there is evidence, give or take ``deviation``."""

    spread: float = 1.0
    impact: float = 1.0
    deviation: float = PRIOR_DEVIATION


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One number that was fitted. ``error`` is its standard error, infinite where it is unknown.

    ``shrunk`` lies between prior and fit in proportion to the evidence: with d the prior's
    standard deviation and e the error, it is prior + (value - prior) x d^2 / (d^2 + e^2). That is
    the mean of a normal prior updated by a normal measurement, each number taken alone; ridge
    regression by another name.
    """

    value: float
    error: float
    prior: float
    shrunk: float

    @property
    def t(self) -> float:
        """Value in standard errors: above 2 it is hardly zero."""
        return self.value / self.error if self.error else inf


@dataclass(frozen=True, slots=True)
class CostFit:
    """The fit, and whether to believe it.

    ``r_squared`` is the share of squared slippage (about zero, robust weights) that is explained.
    ``noise`` is the robust standard deviation of what is not, as a share of value; ``outliers``
    counts orders more than 1.345 of it away, which are given less weight. ``doubts`` are sentences
    on why the impact cannot be relied upon, none where it can.
    """

    spread: Coefficient
    impact: Coefficient
    r_squared: float
    noise: float
    orders: int
    days: int
    outliers: int
    doubts: tuple[str, ...]

    @property
    def is_usable(self) -> bool:
        """Whether the impact may replace what the config says."""
        return not self.doubts


@dataclass(frozen=True, slots=True)
class _Data:
    """Per unit of value: slippage y (n,), both costs x (n, 2), and each order's day (n,)."""

    y: Array
    x: Array
    day: NDArray[np.int64]

    @property
    def days(self) -> int:
        return len(np.unique(self.day))


@dataclass(frozen=True, slots=True)
class _Robust:
    """Coefficients (2,), residuals (n,), their Huber weights (n,) and robust deviation."""

    theta: Array
    left: Array
    weights: Array
    scale: float


def fit(
    observations: Sequence[Observation], prior: Prior | None = None, unfilled: float = 0.0
) -> CostFit:
    """Spread multiple and impact factor of ``observations``; raises ``BadObservation``.

    Huber's M-estimate by reweighted least squares, with the deviation from the median of |noise|.
    A number that the data cannot tell stays at the prior, with an infinite error. Standard errors
    are the larger of those by order and by day; they ignore that a number cannot be negative, so
    that at zero they err on the wide side. ``unfilled`` is the share of the value
    sent that was never filled.
    """
    prior = prior or Prior()
    data = _data(observations)
    free = _separable(data.x)
    robust = _huber(data, free, np.array([prior.spread, prior.impact]))
    errors = _errors(data, robust, free)
    (a, y), (a_error, y_error) = robust.theta.tolist(), errors.tolist()
    impact = _shrink(y, y_error, prior.impact, prior.deviation)
    return CostFit(
        spread=_shrink(a, a_error, prior.spread, prior.deviation),
        impact=impact,
        r_squared=_r_squared(data, robust),
        noise=robust.scale,
        orders=len(observations),
        days=data.days,
        outliers=int((robust.weights < 1).sum()),
        doubts=_doubts(data, impact, unfilled, is_told=bool(free[1])),
    )


def _data(observations: Sequence[Observation]) -> _Data:
    for place, one in enumerate(observations, 1):
        _check(place, one)
    parts = [
        (float(o.slippage / o.value), float(o.spread / o.value), float(o.shape / o.value))
        for o in observations
    ]
    table = np.array(parts, dtype=np.float64).reshape(-1, 3)
    days = np.array([o.day.toordinal() for o in observations], dtype=np.int64)
    return _Data(table[:, 0], table[:, 1:], days)


def _check(place: int, one: Observation) -> None:
    amounts = {"value": one.value, "spread": one.spread, "shape": one.shape}
    named = {**amounts, "slippage": one.slippage}
    broken = [f"{name} is {amount}" for name, amount in named.items() if not amount.is_finite()]
    if not broken:
        broken = [f"{name} is {amount}" for name, amount in amounts.items() if amount < 0]
        if not one.value:
            broken.append("value is 0")
    if broken:
        where = f"order {place} ({one.symbol}, {one.day})"
        raise BadObservation(f"{where}: {', '.join(broken)}; leave it out, nothing was filled")


def _separable(x: Array) -> Mask:
    """Which columns the data can tell: neither nothing at all, nor the other one over again."""
    squares = (x * x).sum(axis=0)
    there: Mask = squares > COST_MIN**2
    if there.all():
        cosine = (x[:, 0] @ x[:, 1]) ** 2 / (squares[0] * squares[1])
        there[1] = 1 - cosine >= SEPARATION_MIN
    return there


def _huber(data: _Data, free: Mask, start: Array) -> _Robust:
    """Reweight and solve until nothing moves; columns that are not ``free`` stay at ``start``."""
    weights = np.ones(len(data.y))
    theta, scale = start, SCALE_MIN
    for _ in range(ROUNDS_MAX):
        before, theta = theta, _least_squares(data, weights, free, start)
        left = data.y - data.x @ theta
        scale = max(MAD * float(np.median(np.abs(left))), SCALE_MIN) if len(left) else SCALE_MIN
        weights = np.minimum(1, HUBER * scale / np.maximum(np.abs(left), SCALE_MIN))
        if np.abs(theta - before).max() <= STILL:
            break
    return _Robust(theta, data.y - data.x @ theta, weights, scale)


def _least_squares(data: _Data, weights: Array, free: Mask, start: Array) -> Array:
    """The theta >= 0 of the least sum w (y - x theta)^2, shape (2,), in closed form."""
    theta = np.where(free, 0.0, start)
    toward = data.y - data.x @ theta
    gram = data.x.T @ (weights[:, None] * data.x)
    moment = data.x.T @ (weights * toward)
    if free.all():
        both = np.asarray(np.linalg.lstsq(gram, moment, rcond=None)[0], dtype=np.float64)
        if (both >= 0).all():
            return both
    alone = np.maximum(moment, 0) / np.where(gram.diagonal() > 0, gram.diagonal(), 1)
    gain = np.where(free, moment * alone, -1.0)
    best = int(gain.argmax())
    if free[best]:
        theta[best] = alone[best]
    return theta


def _errors(data: _Data, robust: _Robust, free: Mask) -> Array:
    """Standard errors, shape (2,): B^-1 M B^-1 with B from the orders inside Huber's bounds.

    M sums x x' noise^2 over orders, and over days of what is summed within each; the larger
    variance counts. Noise is divided by 1 - leverage, which is what keeps few orders honest (HC3:
    MacKinnon and White 1985).
    """
    errors = np.full(2, inf)
    x, bound = data.x[:, free], HUBER * robust.scale
    inside = np.abs(robust.left) <= bound
    known = int(free.sum())
    if not known or len(x) <= known or not _separable(data.x[inside])[free].all():
        return errors
    inverse = np.linalg.inv(x[inside].T @ x[inside])
    leverage = np.minimum(((x @ inverse) * x).sum(axis=1), LEVERAGE_MAX)
    scores = (np.clip(robust.left, -bound, bound) / (1 - leverage))[:, None] * x
    sums = [scores]
    if data.days > 1:
        sums.append(_by_day(scores, data.day) * sqrt(data.days / (data.days - 1)))
    variances = [np.square(part @ inverse).sum(axis=0) for part in sums]
    errors[free] = np.sqrt(np.max(variances, axis=0))
    return errors


def _by_day(scores: Array, day: NDArray[np.int64]) -> Array:
    """Scores (n, k) added up within each day: (days, k)."""
    _, place = np.unique(day, return_inverse=True)
    summed = np.zeros((int(place.max()) + 1, scores.shape[1]))
    np.add.at(summed, place, scores)
    return summed


def _r_squared(data: _Data, robust: _Robust) -> float:
    total = float(robust.weights @ (data.y * data.y))
    return 1 - float(robust.weights @ (robust.left * robust.left)) / total if total else 0.0


def _shrink(value: float, error: float, prior: float, deviation: float) -> Coefficient:
    trust = deviation**2 / (deviation**2 + error**2) if isfinite(error) else 0.0
    return Coefficient(value, error, prior, prior + trust * (value - prior))


def _doubts(data: _Data, impact: Coefficient, unfilled: float, *, is_told: bool) -> tuple[str, ...]:
    """Why the impact is not to be relied upon, the gravest first."""
    orders, days = len(data.y), data.days
    found = []
    if orders < ORDERS_MIN:
        found.append(f"too few filled orders: {orders}, and at least {ORDERS_MIN} are needed")
    if days < DAYS_MIN:
        found.append(f"too few days with fills: {days}, and at least {DAYS_MIN} are needed")
    if orders and not is_told:
        found.append(
            "planned impact is the same multiple of planned spread on every order, or zero: the "
            "fills cannot tell one from the other"
        )
    elif orders and impact.error > PRIOR_DEVIATION:
        found.append(
            f"the fills know the impact to {impact.error:.2f} only, which is less than was known "
            f"before ({PRIOR_DEVIATION:.2f})"
        )
    if unfilled > UNFILLED_MAX:
        found.append(
            f"{unfilled:.0%} of the value sent was not filled, and its limit hides what it would "
            f"have cost: the impact is a lower bound"
        )
    return tuple(found)
