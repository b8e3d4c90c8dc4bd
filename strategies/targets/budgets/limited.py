"""Risk budgets within limits: as near to them as bounds, groups and exposures let.

    minimise    1/2 x'Cx - scale sum_i b_i ln x_i
    subject to  lower <= x <= upper,  above x <= most,  equal x = sides

with the ``scale`` at which sum x is the budget (Richard and Roncalli, Constrained Risk Budgeting
Portfolios, 2019): names that stand at no limit then keep x_i (C x)_i = scale b_i, and none is bent
to make up the sum. For one scale the problem is convex, and ``interior`` solves it; the scale is
the root of one number.

Where no scale makes the sum right, it becomes an equation, and the scale that at which the names
carry what they are to carry on the whole: x'Cx = scale sum b.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from strategies.risk.model import Array, Covariance, FactorModel, times
from strategies.targets.budgets.interior import (
    Barrier,
    Lost,
    Point,
    Region,
    prices_gap,
    solve_barrier,
)
from strategies.targets.caps import proportional

SPAN = 1e9
"""How far the scale is looked for, up and down from that of weights without limits."""
STRIDE, WIDEN = 2.0, 1.7
"""A guess moves the logarithm of the scale by this many times that of the sum, later by more."""
EXACT, GUESSES_MAX = 1e-12, 60
SAME = 1e-9
"""Change of the sum's logarithm that counts as none."""
NEAR = 1e-8
"""Weight from a limit within which a name with a price stands at it."""


@dataclass(frozen=True, slots=True)
class Budgeted:
    """``weights`` (n,), and what the objective can still gain at most, over ``scale``.

    That is the certificate of duality, in units of sum b ln x. ``held`` (n,) says which names
    stand at a bound, ``rows`` whether another limit binds, ``forced`` whether the sum had to become
    an equation.
    """

    weights: Array
    gap: float
    held: np.ndarray
    rows: bool
    forced: bool


@dataclass(frozen=True, slots=True)
class _Search:
    """Points by the logarithm of the scale, in units of a usual variance."""

    covariance: Covariance
    budgets: Array
    region: Region
    usual: Array
    found: dict[float, Point]
    """Those looked at so far: a root is asked for more than once."""

    def barrier(self, log_scale: float) -> Barrier:
        return Barrier(self.covariance, float(np.exp(log_scale)) * self.budgets, self.region)

    def point(self, log_scale: float) -> Point:
        if log_scale not in self.found:
            self.found[log_scale] = solve_barrier(self.barrier(log_scale), self.usual)
        return self.found[log_scale]

    def sum_excess(self, log_scale: float) -> float:
        """By how much the sum is too large, as a logarithm."""
        return float(np.log(self.point(log_scale).x.sum() / self.usual.sum()))

    def scale_excess(self, log_scale: float) -> float:
        """By how much the scale is above the variance, as a logarithm."""
        x = self.point(log_scale).x
        variance = float(x @ times(self.covariance, x))
        return log_scale + float(np.log(self.budgets.sum() / variance))


def budgeted(covariance: Covariance, budgets: Array, region: Region, start: Array) -> Budgeted:
    """The answer for ``budgets`` (n,) above zero and weights that sum to what ``start`` (n,) does.

    ``start`` is above zero, and best near the answer without limits. Raises ``Lost`` where the
    limits contradict each other or leave no room inside.
    """
    budget = float(start.sum())
    usual = proportional(start, region.lower, region.upper, budget)
    scaled = _divided(covariance, float(usual @ times(covariance, usual)))
    search = _Search(scaled, budgets, region, usual, {})
    log_scale = _root(search.sum_excess, STRIDE)
    if log_scale is not None:
        return _answer(search, log_scale, budget, forced=False)
    search = replace(search, region=_with_sum(region, budget), found={})
    log_scale = _root(search.scale_excess, 1.0)
    if log_scale is None:
        raise Lost
    return _answer(search, log_scale, budget, forced=True)


def _answer(search: _Search, log_scale: float, budget: float, *, forced: bool) -> Budgeted:
    point = search.point(log_scale)
    low = (point.below <= NEAR) & (point.low > point.below)
    high = (point.beyond <= NEAR) & (point.high > point.beyond)
    weights = np.where(low, search.region.lower, np.where(high, search.region.upper, point.x))
    inner = ~(low | high)
    if inner.any():
        weights[inner] *= 1.0 + (budget - weights.sum()) / weights[inner].sum()
    weights = np.clip(weights, search.region.lower, search.region.upper)
    gap = prices_gap(search.barrier(log_scale), weights, point) / float(np.exp(log_scale))
    rows = bool((point.rows > point.slack).any()) or len(search.region.sides) > forced
    return Budgeted(weights, gap, low | high, rows, forced)


def _divided(covariance: Covariance, unit: float) -> Covariance:
    """The covariance in units of a variance, so that the scale is about one."""
    if not unit > 0:
        raise Lost
    if isinstance(covariance, FactorModel):
        loadings, specific = covariance.loadings / np.sqrt(unit), covariance.specific / unit
        return replace(covariance, loadings=loadings, specific=specific)
    return np.asarray(covariance / unit, dtype=np.float64)


def _with_sum(region: Region, budget: float) -> Region:
    ones = np.ones((1, len(region.lower)))
    sides = np.append(region.sides, budget)
    return replace(region, equal=np.vstack([region.equal, ones]), sides=sides)


def _root(excess: Callable[[float], float], stride: float) -> float | None:
    """Where ``excess``, which rises by and large, is zero; None where it is nowhere, or always."""
    try:
        ends = _bracket(excess, stride)
        return None if ends is None else _between(excess, *ends)
    except Lost:
        return None


def _between(excess: Callable[[float], float], near: float, far: float) -> float:
    """The zero between ends of opposite signs, by secants (Illinois: Dowell and Jarratt 1971)."""
    at, opposite = excess(near), excess(far)
    for _ in range(GUESSES_MAX):
        if abs(at) <= EXACT or abs(near - far) <= EXACT:
            break
        middle = near - at * (far - near) / (opposite - at)
        value = excess(middle)
        if value * at <= 0:
            far, opposite = near, at
        else:
            opposite *= 0.5
        near, at = middle, value
    return near


def _bracket(excess: Callable[[float], float], stride: float) -> tuple[float, float] | None:
    here, value, most = 0.0, excess(0.0), float(np.log(SPAN))
    while abs(here) < most:
        step = -stride * value if abs(value) > SAME else 1.0
        there = float(np.clip(here + step, -most, most))
        beyond = excess(there)
        if max(abs(value), abs(beyond)) <= SAME:
            return None
        if value * beyond <= 0:
            return min(here, there), max(here, there)
        stride *= WIDEN
        here, value = there, beyond
    return None
