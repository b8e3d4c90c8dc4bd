"""The efficient frontier: most return for each risk (Markowitz 1952), and single points of it.

Points are equally spaced in return, from the least variance to the most return that the limits
allow. Every one is exact; the next starts from what binds at the one before.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from strategies.optimize.active import (
    Aim,
    Answer,
    Quadratic,
    Return,
    Utility,
    Volatility,
    richest,
)
from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, variance
from strategies.targets.few.choice import chosen
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.portfolio import Portfolio, checked, portfolio
from strategies.targets.refusal import NoTarget
from strategies.targets.stated import answered, convex, state

STEEP = 1e6
"""Price of return against variance, in units where both count the same, that is return alone."""
SAME = 1e-12
"""Of the greatest mean: means that differ by less are equal."""


def efficient_frontier(
    mean: Array,
    covariance: Covariance,
    limits: Limits = LONG_ONLY,
    *,
    points: int = 20,
    risk_free: float = 0.0,
    told: Callable[[int, int], None] | None = None,
) -> tuple[Portfolio, ...]:
    """``points`` portfolios, least variance first. Raises ``NoTarget``.

    With a limit on volatility the frontier ends there. ``told`` hears how many are found, of how
    many.
    """
    checked(covariance, mean)
    if points < 2:  # noqa: PLR2004 - both ends
        raise NoTarget(f"a frontier has at least its two ends, not {points} points")
    covariance, notes = convex(covariance)
    asked = state(covariance, limits, mean=mean)
    first = _point(asked, Utility(0.0), limits)
    last = _last(asked, limits, first)
    returns = np.linspace(mean @ first[0].weights, mean @ last[0].weights, points)
    answers = [first]
    for expected in returns[1:-1]:
        if told is not None:
            told(len(answers) + 1, points)  # the last is there, too
        answers.append(_point(asked, Return(float(expected)), limits, answers[-1][0]))
    return tuple(
        portfolio(
            each.weights,
            covariance,
            mean=mean,
            risk_free=risk_free,
            gap=each.gap,
            notes=(*notes, *more),
        )
        for each, more in (*answers, last)
    )


Point = tuple[Answer, tuple[str, ...]]
"""An answer, and what is to be said of it."""


def _point(asked: Quadratic, aim: Aim, limits: Limits, start: Answer | None = None) -> Point:
    """With few names each point is a search of its own."""
    if limits.names_max is not None:
        return chosen(asked, aim, limits)
    return answered(asked, aim, limits, start), ()


def _last(asked: Quadratic, limits: Limits, first: Point) -> Point:
    """Most return, and of the weights that reach it those of least variance."""
    spread = float(np.ptp(asked.mean))
    if spread <= SAME * float(np.abs(asked.mean).max()):
        return first
    level = replace(asked, mean=asked.mean - asked.mean.mean())
    guess = replace(first[0], names=richest(asked), rows=np.zeros_like(first[0].rows))
    return _point(level, Utility(STEEP * _usual(asked) / spread), limits, guess)


def _usual(asked: Quadratic) -> float:
    even = np.full(asked.size, 1.0 / asked.size)
    return max(variance(asked.covariance, even), 1e-12)


def efficient_return(
    mean: Array,
    covariance: Covariance,
    limits: Limits = LONG_ONLY,
    *,
    expected_return: float,
    risk_free: float = 0.0,
) -> Portfolio:
    """Least variance at an expected return of at least ``expected_return``. Raises ``NoTarget``."""
    return _one(mean, covariance, limits, Return(expected_return), risk_free)


def efficient_volatility(
    mean: Array,
    covariance: Covariance,
    limits: Limits = LONG_ONLY,
    *,
    volatility: float,
    risk_free: float = 0.0,
) -> Portfolio:
    """Most expected return at a volatility of at most ``volatility``. Raises ``NoTarget``."""
    checked(covariance, mean)
    if not (np.isfinite(volatility) and volatility > 0):
        raise NoTarget(f"a volatility of {volatility:g} is no limit: it must be above zero")
    covariance, _ = convex(covariance)
    least = answered(state(covariance, limits, mean=mean), Utility(0.0), limits)
    floor = float(np.sqrt(max(0.0, variance(covariance, least.weights))))
    if floor > volatility * (1 + 1e-9):
        raise NoTarget(f"no weights within the limits have less volatility than {floor:.6g}")
    return _one(mean, covariance, limits, Volatility(volatility), risk_free)


def _one(
    mean: Array, covariance: Covariance, limits: Limits, aim: Return | Volatility, risk_free: float
) -> Portfolio:
    checked(covariance, mean)
    covariance, notes = convex(covariance)
    answer, more = chosen(state(covariance, limits, mean=mean), aim, limits)
    return portfolio(
        answer.weights,
        covariance,
        mean=mean,
        risk_free=risk_free,
        gap=answer.gap,
        notes=(*notes, *more),
    )
