"""Who answers where the active set cannot: the interior point method, and the price that is needed.

It takes a price of return, or a return. A volatility or a ratio needs a search for the price:
return and variance rise with it, so there is always one price too low and one too high. Between
them the weights are w = a + price b as long as the same limits bind, and then the next guess is
exact; where they jump, the answer is a mixture of both ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.active.aims import Aim, Line, Return, Sharpe, Utility, Volatility
from strategies.optimize.active.certificate import NOTHING, relative_gap
from strategies.optimize.active.interior import Inner, interior
from strategies.optimize.active.quadratic import Quadratic
from strategies.optimize.problem import Array
from strategies.risk.model import times, variance, variances

SOLVES_MAX = 40
SAME = 1e-12
"""Of a price: closer ones are not told apart."""
ENOUGH = 1e-11
"""Gap of a mixture that is good enough."""
STEEPEST = 1e7
"""Price of return, in units of ``unit_price``, that stands for return alone."""
WIDER = 8.0
APART = 16.0
"""Ratio of two prices beyond which the next one is looked for in logarithms."""
EDGE = 1e-3
"""Part of what lies between two prices that a guess keeps away from either."""
FITS = 1e-9
"""Relative difference of two prices that is none."""
TINY = 1e-150
MISSED = 1e-9
"""Of the greatest mean, or of the variance: a miss that is rounding."""


@dataclass(frozen=True, slots=True)
class _End:
    """The best weights at a price, their expected return and their variance."""

    inner: Inner
    expected: float
    variance: float

    @property
    def price(self) -> float:
        """That of return."""
        return self.inner.price


def stand_in(quadratic: Quadratic, aim: Aim) -> Iterator[Inner]:
    """Points nearer and nearer to the one that ``aim`` names; the last is it, but for rounding.

    Whoever can make an exact answer of one need not ask for the next. Where nothing keeps the
    limits, or reaches the return, the weights do not either.
    """
    match aim:
        case Utility():
            yield interior(quadratic, aim.of)
        case Return():
            yield interior(quadratic, 0.0, at_least=aim.of)
        case Volatility() | Sharpe():
            yield from _searched(quadratic, aim)
        case _:
            raise AssertionError(aim)


Priced = Volatility | Sharpe


def _searched(quadratic: Quadratic, aim: Priced) -> Iterator[Inner]:
    """By three kinds of guesses in turn: the same limits bind at both ends, or others; half-way."""
    low, high = _around(quadratic, aim)
    if high is None:
        yield low.inner
        return
    best, least = high.inner, np.inf
    for turn in range(SOLVES_MAX):
        mixed = _mixed(aim, quadratic, low, high)
        gap = _gap(aim, quadratic, mixed)
        if gap < least:
            best, least = mixed, gap
        if least <= ENOUGH or high.price - low.price <= SAME * high.price:
            break
        yield mixed
        middle = _end(quadratic, _between(aim, low, high, turn % len(GUESSES)))
        yield middle.inner
        low, high = (low, middle) if _is_beyond(aim, middle) else (middle, high)
    yield best


def _around(quadratic: Quadratic, aim: Priced) -> tuple[_End, _End | None]:
    """A price that is too low and one that is not; alone the answer, where one end is it."""
    low = _end(quadratic, 0.0)
    if _is_beyond(aim, low):
        return low, None
    if np.ptp(quadratic.mean) <= TINY:
        return _at_its_price(aim, quadratic, low), None
    unit = unit_price(quadratic)
    first = unit
    risky = low.variance > NOTHING * float(variances(quadratic.covariance).max())
    if isinstance(aim, Sharpe) and low.expected > aim.risk_free and risky:
        first = low.variance / (low.expected - aim.risk_free)
    high = _end(quadratic, first)
    while not _is_beyond(aim, high):
        if high.price > STEEPEST * unit:
            return high, None
        low, high = high, _end(quadratic, max(WIDER * high.price, unit / STEEPEST))
    return low, high


def _at_its_price(aim: Priced, quadratic: Quadratic, low: _End) -> _End:
    """The least variance, where all names return the same: the best ratio too, at its own price.

    The return of the whole budget is given then, so that its price goes into the budget's.
    """
    price = _needed(aim, quadratic, low.inner.weights) if isinstance(aim, Sharpe) else 0.0
    if not np.isfinite(price):
        return low
    row_prices = low.inner.row_prices.copy()
    row_prices[0] -= price * float(quadratic.mean.mean())
    return replace(low, inner=replace(low.inner, price=price, row_prices=row_prices))


def _end(quadratic: Quadratic, price: float) -> _End:
    found = interior(quadratic, price)
    expected = float(quadratic.mean @ found.weights)
    return _End(found, expected, variance(quadratic.covariance, found.weights))


def _is_beyond(aim: Priced, end: _End) -> bool:
    """Whether a price is at least what the aim needs, or more where several are as good.

    The latter are those at which part is held in cash, at the same ratio.
    """
    if isinstance(aim, Volatility):
        return end.variance >= aim.of**2
    return end.price * (end.expected - aim.risk_free) > (1 + FITS) * end.variance


def _between(aim: Priced, low: _End, high: _End, turn: int) -> float:
    """A price between two, by the guess of this ``turn`` or a later one."""
    guesses = (guess(aim, low, high) for guess in GUESSES[turn:])
    within = (found for found in guesses if found is not None and low.price < found < high.price)
    found = next(within, None) or _half_way(aim, low, high) or high.price
    edge = EDGE * (high.price - low.price)
    return float(np.clip(found, low.price + edge, high.price - edge))


def _on_a_line(aim: Priced, low: _End, high: _End) -> float | None:
    """As if the same limits bound at both ends."""
    rise = (high.expected - low.expected) / (high.price - low.price)
    if rise <= 0:
        return None
    start = low.expected - low.price * rise
    return aim.price(Line(start, rise, low.variance - low.price**2 * rise))


def _as_good(aim: Priced, low: _End, high: _End) -> float | None:  # noqa: ARG001 - of any aim
    """Where the weights of both ends are as good as each other."""
    more = high.expected - low.expected
    return 0.5 * (high.variance - low.variance) / more if more > 0 else None


def _half_way(aim: Priced, low: _End, high: _End) -> float | None:  # noqa: ARG001 - of any aim
    """In logarithms where the prices are far apart."""
    if high.price > APART * low.price:
        return float(np.sqrt(max(low.price, high.price / APART**2) * high.price))
    return 0.5 * (low.price + high.price)


GUESSES = (_on_a_line, _as_good, _half_way)


def _mixed(aim: Priced, quadratic: Quadratic, low: _End, high: _End) -> Inner:
    """Weights between both ends that meet the aim, and prices between theirs."""
    one, other = low.inner, high.inner
    step = other.weights - one.weights
    slope = times(quadratic.covariance, step)
    bend, across = float(step @ slope), float(one.weights @ slope)
    if isinstance(aim, Volatility):
        part = _root(bend, across, low.variance - aim.of**2)
        share = part
    else:
        part = _steepest(aim, low, high.expected - low.expected, bend, across)
        price = _needed(aim, quadratic, one.weights + part * step)
        share = (price - low.price) / (high.price - low.price)
    share = float(np.clip(share, 0.0, 1.0))
    kappas = zip(one.kappas, other.kappas, strict=True)
    return Inner(
        one.weights + part * step,
        low.price + share * (high.price - low.price),
        one.row_prices + share * (other.row_prices - one.row_prices),
        tuple(a + share * (b - a) for a, b in kappas),
    )


def _steepest(aim: Sharpe, low: _End, gain: float, bend: float, across: float) -> float:
    """The t with the most (e + t ``gain``) / sqrt(v + 2 t ``across`` + t^2 ``bend``)."""
    excess = low.expected - aim.risk_free
    below = gain * across - bend * excess
    inner = (across * excess - gain * low.variance) / below if below else 1.0
    parts = np.clip([0.0, inner if np.isfinite(inner) else 1.0, 1.0], 0.0, 1.0)
    risk = low.variance + 2 * parts * across + parts**2 * bend + NOTHING * bend
    ratios = (excess + parts * gain) / np.sqrt(np.maximum(risk, TINY))
    return float(parts[np.argmax(ratios)])


def _needed(aim: Sharpe, quadratic: Quadratic, weights: Array) -> float:
    """The price at which ``weights`` have the greatest ratio, if any: variance over excess."""
    excess = float(quadratic.mean @ weights) - aim.risk_free
    parts = float(np.abs(quadratic.mean) @ np.abs(weights)) + abs(aim.risk_free)
    return variance(quadratic.covariance, weights) / excess if excess > NOTHING * parts else np.inf


def _root(square: float, half: float, constant: float) -> float:
    """The part at which ``square`` t^2 + 2 ``half`` t + ``constant`` comes from below to zero."""
    inside = float(np.sqrt(max(0.0, half * half - square * constant)))
    below = half + inside if half >= 0 else inside - half
    if half >= 0:
        return -constant / below if below > 0 else 1.0
    return below / square if square > 0 else 1.0


def _gap(aim: Priced, quadratic: Quadratic, found: Inner) -> float:
    """The gap at a price that fits the aim; infinite where it does not."""
    if missed(quadratic, aim, found.weights, found.price) == np.inf:
        return np.inf
    return relative_gap(quadratic, found.weights, found.price, found.row_prices, found.kappas)


def unit_price(quadratic: Quadratic) -> float:
    """A price of return at which it counts about as much as variance."""
    spread = max(float(np.ptp(quadratic.mean)), TINY)
    usual: float = np.mean(variances(quadratic.covariance)).item()
    return usual / spread


def missed(quadratic: Quadratic, aim: Aim, weights: Array, price: float) -> float:
    """What the aim could still gain by another ``price``, in units of the objective.

    Infinite where a return that is wanted is not reached, a volatility that is allowed is broken,
    or the ratio of return to volatility is greatest at another price.
    """
    expected, risk = float(quadratic.mean @ weights), variance(quadratic.covariance, weights)
    match aim:
        case Return():
            reach = MISSED * float(np.abs(quadratic.mean).max(initial=0.0))
            return price * max(0.0, expected - aim.of) if expected >= aim.of - reach else np.inf
        case Volatility():
            if risk > aim.of**2 * (1 + MISSED):
                return np.inf
            steep = price >= STEEPEST * unit_price(quadratic)  # there is no more return to be had
            return 0.0 if steep else 0.5 * max(0.0, aim.of**2 - risk)
        case Sharpe():
            needed = _needed(aim, quadratic, weights)
            return 0.0 if needed < np.inf and abs(price - needed) <= FITS * needed else np.inf
        case _:
            return 0.0
