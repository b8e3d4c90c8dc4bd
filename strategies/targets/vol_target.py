"""Volatility target: as much of a mix of risky names as makes the whole as volatile as is wanted.

The rest waits in cash, or in a named safe asset that has its own volatility and correlations. The
mix is not changed, only its size k: x = k w, or x = k w + (budget - k sum w) e with e all in the
safe asset. Its variance is a quadratic in k, and every convex limit leaves k an interval, so the
answer is a root or an end of the interval (Moreira and Muir 2017 study such portfolios).
"""

from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, times
from strategies.targets.kept import breach
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.portfolio import Portfolio, checked, portfolio
from strategies.targets.refusal import NoTarget

SLACK = 1e-12
REACHED = 1e-6
"""Distance from the volatility wanted, relative to it, that needs no remark."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Weights (n,) that are scaled as they are, and the index of the name that takes the rest.

    Where ``safe`` is None the rest is cash. What ``risky`` has of the safe asset does not count.
    """

    risky: Array
    safe: int | None = None

    @property
    def scaled(self) -> Array:
        """What is scaled: the weights without the safe asset."""
        weights = self.risky.astype(np.float64)
        if self.safe is not None:
            weights[self.safe] = 0.0
        return weights


@dataclass(frozen=True, slots=True)
class _Line:
    """Weights start + k slope, both (n,)."""

    start: Array
    slope: Array

    def at(self, k: float) -> Array:
        """Weights of the mix at size ``k``."""
        return self.start + k * self.slope


@dataclass(frozen=True, slots=True)
class _Span:
    """Where k may be, and which limit ends it on either side."""

    low: float = 0.0
    high: float = np.inf
    low_by: str = "all of it is in cash or the safe asset"
    high_by: str = ""

    def cut(self, low: float, high: float, name: str) -> "_Span":
        """What is left of it within [low, high]."""
        span = self
        if low > span.low:
            span = replace(span, low=low, low_by=name)
        return replace(span, high=high, high_by=name) if high < span.high else span


def volatility_target(
    mix: Mix,
    covariance: Covariance,
    volatility: float,
    limits: Limits = LONG_ONLY,
    *,
    mean: Array | None = None,
    risk_free: float = 0.0,
) -> Portfolio:
    """The ``mix`` scaled to ``volatility``, in the period of the covariance.

    Beside cash the weights sum to less than the budget, and the cash earns ``risk_free``. Nothing
    is borrowed unless ``limits.gross`` is given, and then up to it. A volatility that the limits,
    or the safe asset's own, put out of reach is approached as near as they allow, and a note says
    which of them it is.
    Raises ``NoTarget`` where no size of the mix keeps the limits.
    """
    names = checked(covariance, mean)
    _refuse_senseless(mix, names, volatility)
    line = _line(mix, limits.budget)
    span = _span(line, mix, limits)
    wanted = volatility if limits.volatility is None else min(volatility, limits.volatility)
    k = _size(line, covariance, wanted, span)
    weights = line.at(k)
    if said := breach(weights, limits, covariance):
        raise NoTarget(f"the mix scaled to {k:.4g} has {said} is wanted: change it, or that limit")
    found = portfolio(weights, covariance, mean=mean, risk_free=risk_free)
    notes = _notes(found.volatility, volatility, wanted, k, span)
    if mix.safe is None:
        found = _with_cash(found, limits.budget - float(weights.sum()), risk_free)
    return replace(found, notes=notes)


def _refuse_senseless(mix: Mix, names: int, volatility: float) -> None:
    if mix.risky.shape != (names,) or not np.isfinite(mix.risky).all():
        raise NoTarget(f"the mix to scale must be {names} finite weights")
    if not (np.isfinite(volatility) and volatility > 0):
        raise NoTarget(f"the volatility wanted is {volatility:g}: give one above zero")
    if mix.safe is not None and not 0 <= mix.safe < names:
        raise NoTarget(f"the safe asset is number {mix.safe} of {names} names")
    if not np.any(mix.scaled):
        raise NoTarget("the mix to scale holds nothing that is risky")


def _line(mix: Mix, budget: float) -> _Line:
    slope = mix.scaled
    start = np.zeros_like(slope)
    if mix.safe is not None:
        start[mix.safe] = budget
        slope[mix.safe] -= slope.sum()
    return _Line(start, slope)


def _span(line: _Line, mix: Mix, limits: Limits) -> _Span:
    """The sizes that keep every convex limit but that on volatility. Raises ``NoTarget``."""
    n, invested = len(mix.risky), float(mix.scaled.sum())
    lower, upper = _bounds_beside_cash(limits, n) if mix.safe is None else limits.bounds(n)
    span = _Span()
    for place in np.flatnonzero(line.slope):
        start, slope = float(line.start[place]), float(line.slope[place])
        span = span.cut(*_within(start, slope, lower[place], upper[place]), f"bound of {place}")
    for group in limits.groups:
        members = list(group.members)
        start, slope = float(line.start[members].sum()), float(line.slope[members].sum())
        span = span.cut(*_within(start, slope, group.lower, group.upper), f"group {group.name}")
    for exposure in limits.exposures:
        start = float(exposure.coefficients @ line.start)
        slope = float(exposure.coefficients @ line.slope)
        edges = _within(start, slope, exposure.lower, exposure.upper)
        span = span.cut(*edges, f"exposure {exposure.name}")
    if limits.gross is None and invested > 0:
        span = span.cut(0.0, limits.budget / invested, "nothing is borrowed")
    usual = max(limits.budget, float(np.abs(mix.scaled).sum()))
    gross = usual if limits.gross is None else limits.gross
    span = span.cut(*_within_total(line.start, line.slope, gross), "gross weight")
    if limits.turnover is not None:
        held = np.zeros(n) if limits.current is None else limits.current
        edges = _within_total(line.start - held, line.slope, limits.turnover)
        span = span.cut(*edges, "turnover")
    if span.low > span.high + SLACK:
        raise NoTarget(f"no size of the mix keeps both: {span.low_by}, and {span.high_by}")
    return span


def _bounds_beside_cash(limits: Limits, n: int) -> tuple[Array, Array]:
    """Bounds of names that need not use up the budget."""
    lower, upper = (
        np.broadcast_to(np.asarray(b, float), (n,)) for b in (limits.lower, limits.upper)
    )
    if not (lower <= upper).all():
        raise NoTarget("a lower bound is above its upper bound, or no number")
    return lower, upper


def _within(start: float, slope: float, low: float, high: float) -> tuple[float, float]:
    """The k with low <= start + k slope <= high; an empty interval where there is none."""
    if slope == 0:
        kept = low - SLACK <= start <= high + SLACK
        return (-np.inf, np.inf) if kept else (np.inf, -np.inf)
    ends = (low - start) / slope, (high - start) / slope
    return min(ends), max(ends)


def _within_total(start: Array, slope: Array, most: float) -> tuple[float, float]:
    """The k with sum |start + k slope| <= most: the sum is convex, with a kink for each name."""
    moving = slope != 0
    rest = float(np.abs(start[~moving]).sum())
    start, slope = start[moving], slope[moving]
    kinks = np.unique(-start / slope)
    sums = np.array([np.abs(start + k * slope).sum() + rest for k in kinks.tolist()])
    under = np.flatnonzero(sums <= most + SLACK)
    if not under.size:
        return np.inf, -np.inf
    steep = float(np.abs(slope).sum())
    first, last = int(under[0]), int(under[-1])
    room_low, room_high = most - sums[first], most - sums[last]
    fall = steep if first == 0 else _steepness(kinks, sums, first - 1)
    rise = steep if last == len(kinks) - 1 else _steepness(kinks, sums, last)
    return float(kinks[first] - room_low / fall), float(kinks[last] + room_high / rise)


def _steepness(kinks: Array, sums: Array, place: int) -> float:
    """How fast the sum changes from one kink to the next."""
    return abs(float((sums[place + 1] - sums[place]) / (kinks[place + 1] - kinks[place])))


def _size(line: _Line, covariance: Covariance, wanted: float, span: _Span) -> float:
    """The greatest k of ``span`` at which the volatility is ``wanted``, or nearest to it.

    The variance is a parabola, curve k^2 + 2 bend k + ..., that opens upward.
    """
    moved = times(covariance, line.slope)
    curve, bend = float(line.slope @ moved), float(line.start @ moved)
    level = float(line.start @ times(covariance, line.start)) - wanted**2
    if curve <= 0:
        return span.high
    calmest = min(max(-bend / curve, span.low), span.high)
    reach = bend**2 - curve * level
    if reach < 0:
        return calmest
    first, last = ((-bend + side * float(np.sqrt(reach))) / curve for side in (-1, 1))
    if last < span.low or first > span.high:
        return calmest
    inside = [root for root in (last, first) if span.low <= root <= span.high]
    ends = sorted((span.low, span.high), key=lambda k: curve * k * k + 2 * bend * k)
    return inside[0] if inside else ends[-1]


def _notes(reached: float, asked: float, wanted: float, k: float, span: _Span) -> tuple[str, ...]:
    """What keeps the volatility from where it was wanted."""
    notes = [f"the mix is scaled to {k:.4g}"]
    if wanted < asked:
        notes.append(f"volatility of {asked:.2%} was wanted, and {wanted:.2%} is the limit")
    if abs(reached - wanted) <= REACHED * wanted:
        return tuple(notes)
    if reached < wanted:
        why = f"{reached:.2%} is the most: {span.high_by if k >= span.high else span.low_by}"
    elif k <= span.low:
        why = f"{reached:.2%} is the least: {span.low_by}"
    else:
        why = f"{reached:.2%} is the least that the mix and the safe asset have together"
    return (*notes, f"volatility of {wanted:.2%} cannot be reached; {why}")


def _with_cash(found: Portfolio, cash: float, risk_free: float) -> Portfolio:
    """The figures once the part that is cash has earned the risk-free rate."""
    if found.expected_return is None:
        return found
    expected = found.expected_return + cash * risk_free
    sharpe = (expected - risk_free) / found.volatility if found.volatility else None
    return replace(found, expected_return=expected, sharpe=sharpe)
