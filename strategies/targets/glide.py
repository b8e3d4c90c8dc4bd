"""Glide path: weights that move along straight lines from one dated waypoint to the next."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from brokers.words import ZERO, Symbol
from strategies.policy.target import Waypoint
from strategies.targets.refusal import NoTarget

SUM_TOLERANCE = Decimal("0.0001")


def along(waypoints: Sequence[Waypoint], day: date) -> dict[Symbol, Decimal]:
    """The weights of ``day``, of every name that any waypoint holds.

    Exactly those of a waypoint on its day, linear in calendar days between two, those of the first
    before it and of the last after it. A name that a waypoint leaves out weighs nothing there.
    Raises ``NoTarget``.
    """
    path = _ordered(waypoints)
    before = max((point for point in path if point.day <= day), key=_day, default=path[0])
    after = min((point for point in path if point.day >= day), key=_day, default=path[-1])
    start, end = dict(before.weights), dict(after.weights)
    span = (after.day - before.day).days
    share = Decimal((day - before.day).days) / span if span > 0 else ZERO
    names = dict.fromkeys(symbol for point in path for symbol, _ in point.weights)
    return {name: _between(start.get(name, ZERO), end.get(name, ZERO), share) for name in names}


def _between(start: Decimal, end: Decimal, share: Decimal) -> Decimal:
    return start if start == end else start + (end - start) * share


def _day(point: Waypoint) -> date:
    return point.day


def _ordered(waypoints: Sequence[Waypoint]) -> list[Waypoint]:
    """The waypoints by day, once each makes sense."""
    if not waypoints:
        raise NoTarget("a glide path needs waypoints: dates, and the weights to hold on them")
    path = sorted(waypoints, key=_day)
    for point, follower in pairwise(path):
        if point.day == follower.day:
            raise NoTarget(f"the glide path has two waypoints on {point.day}")
    for point in path:
        _refuse_senseless(point)
    return path


def _refuse_senseless(point: Waypoint) -> None:
    weights = dict(point.weights)
    if len(weights) < len(point.weights):
        raise NoTarget(f"waypoint {point.day} holds a name twice")
    for symbol, weight in weights.items():
        if not weight.is_finite():
            raise NoTarget(f"waypoint {point.day}: the weight of {symbol} is {weight}")
    total = sum(weights.values(), ZERO)
    if abs(total - 1) > SUM_TOLERANCE:
        raise NoTarget(f"weights of waypoint {point.day} sum to {total}, not to 1")
