"""Tactical tilt: a part of the weights moves from a base mix to a defensive one, within bounds.

How far is decided by two things that are slow by themselves: the regime, which has hysteresis, and
the share of the base mix whose names are falling by both measures of trend. Each moves the mix half
of the way, so that the whole way takes a crisis in which everything falls.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from brokers.words import Symbol
from strategies.optimize.problem import Array
from strategies.risk.model import Covariance
from strategies.risk.regime import Regime, State
from strategies.risk.trend import Direction, Trend
from strategies.targets.kept import breach
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.portfolio import Portfolio, checked, portfolio
from strategies.targets.refusal import NoTarget

ALARM: Mapping[State, float] = {State.CALM: 0.0, State.TENSE: 0.5, State.CRISIS: 1.0}
SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Lean:
    """How much speaks for the defensive mix, from 0 to 1, and the sentence that says why."""

    value: float
    words: str


@dataclass(frozen=True, slots=True)
class Mixes:
    """The usual mix and the defensive one, (n,) each, and how far a tilt goes at least and at most.

    Both sum to the budget; ``tilt_min`` and ``tilt_max`` are shares of the way between them.
    """

    base: Array
    defensive: Array
    tilt_min: float = 0.0
    tilt_max: float = 1.0


def lean(regime: Regime, falling: float) -> Lean:
    """What the regime and the share of names that are ``falling`` (0 to 1) say together.

    (alarm + falling) / 2, with an alarm of 0 when calm, 1/2 when tense and 1 in a crisis: a worse
    state or more falling names never tilt less.
    """
    known = "" if regime.since_index is not None else " (not judged)"
    words = f"the market is {regime.state}{known}, {falling:.0%} of the base mix is falling"
    return Lean((ALARM[regime.state] + min(max(falling, 0.0), 1.0)) / 2, words)


def falling_share(base: Mapping[Symbol, float], trends: Mapping[Symbol, Trend]) -> float:
    """Share of the ``base`` weights in names whose trend is down; an unknown trend is not down."""
    total = sum(abs(weight) for weight in base.values())
    down = sum(
        abs(weight)
        for symbol, weight in base.items()
        if symbol in trends and trends[symbol].direction is Direction.DOWN
    )
    return down / total if total else 0.0


def tilted(
    mixes: Mixes,
    covariance: Covariance,
    signal: Lean,
    limits: Limits = LONG_ONLY,
    *,
    mean: Array | None = None,
    risk_free: float = 0.0,
) -> Portfolio:
    """(1 - s) ``base`` + s ``defensive``, with s = tilt_min + (tilt_max - tilt_min) x signal.

    Limits that both mixes keep are kept by all between them, but for the number of names. Raises
    ``NoTarget`` where the bounds of the tilt make no sense or a limit is broken.
    """
    names = checked(covariance, mean)
    low, high = mixes.tilt_min, mixes.tilt_max
    if not 0 <= low <= high <= 1:
        raise NoTarget(f"tilt from {low:g} to {high:g}: give 0 <= tilt_min <= tilt_max <= 1")
    _refuse_senseless("the base mix", mixes.base, names)
    _refuse_senseless("the defensive mix", mixes.defensive, names)
    share = low + (high - low) * min(max(signal.value, 0.0), 1.0)
    weights = (1 - share) * mixes.base + share * mixes.defensive
    _refuse_beyond(weights, limits, covariance)
    note = f"{share:.0%} of the way to the defensive mix: {signal.words}"
    return portfolio(weights, covariance, mean=mean, risk_free=risk_free, notes=(note,))


def _refuse_senseless(what: str, mix: Array, names: int) -> None:
    if mix.shape != (names,):
        raise NoTarget(f"{what} has shape {mix.shape}, expected {(names,)}")
    if not np.isfinite(mix).all():
        raise NoTarget(f"{what}: weight {int(np.argmin(np.isfinite(mix)))} is not a finite number")


def _refuse_beyond(weights: Array, limits: Limits, covariance: Covariance) -> None:
    """Raise ``NoTarget`` with the first limit that the tilted weights break."""
    lower, upper = limits.bounds(len(weights))
    total = float(weights.sum())
    if abs(total - limits.budget) > SLACK:
        raise NoTarget(f"tilted weights sum to {total:g}, and {limits.budget:g} is wanted")
    outside = (weights < lower - SLACK) | (weights > upper + SLACK)
    if outside.any():
        place = int(np.argmax(outside))
        raise NoTarget(
            f"name {place}: tilted to {weights[place]:g}, outside its bounds"
            f" {lower[place]:g} to {upper[place]:g}: change the mixes, or the bounds"
        )
    if said := breach(weights, limits, covariance):
        raise NoTarget(f"the tilted mix has {said} is wanted: change the mixes, or lift that limit")
