"""A quadratic with logarithms within bounds and rows, by an interior point method.

    minimise    1/2 x'Cx - sum_i b_i ln x_i
    subject to  lower <= x <= upper,  above x <= most,  equal x = sides

The conditions of Karush, Kuhn and Tucker are solved by Newton's method while room x price of each
limit goes to zero (Nocedal and Wright 2006, section 19.2). A logarithm is one more such pair,
x z = b, that does not go to zero: that keeps the first steps as good as the last.
"""

from dataclasses import dataclass, fields

import numpy as np

from strategies.risk.model import Array, Covariance, FactorModel, times

STEPS_MAX = 60
EXACT = 1e-11
"""Residual, relative to b where it has that unit, at which the search ends."""
TIGHT = 1e-14
"""Room x price at which it ends, relative to the sum of b."""
INWARD = 0.99
"""Part of the way to the nearest limit that a step may go."""
CENTRE = 0.05
"""What a step is to leave of room x price; more after a short one."""
BEHIND = 1e-3
"""Room x price is not to fall this far behind the other conditions, or steps become short."""
FIRM = 1e-15
"""Part of the variances, times n, that is lent to a Newton matrix against its own rounding."""
RANK = 1e-12
"""Part of the greatest singular value below which an equation counts as following from others."""
FAR = 1e3
"""Weight beyond which nobody looks where a name has no upper bound."""


class Lost(Exception):
    """The search found no end: the limits contradict each other, or leave no room."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where weights may be: between ``lower`` >= 0 and ``upper`` (n,), which leave room.

    ``above`` (m, n) x <= ``most`` (m,), and ``equal`` (p, n) x = ``sides`` (p,).
    """

    lower: Array
    upper: Array
    above: Array
    most: Array
    equal: Array
    sides: Array


@dataclass(frozen=True, slots=True)
class Barrier:
    """What to minimise; ``budgets`` b (n,) are above zero."""

    covariance: Covariance
    budgets: Array
    region: Region


@dataclass(frozen=True, slots=True)
class Point:
    """Weights ``x``, their room to the bounds, and the prices of all that is to be kept.

    ``below`` and ``beyond`` (n,) are the room to the lower and upper bounds, kept beside x because
    a difference would lose its digits; infinite where the logarithm is the bound. ``slack`` (m,) is
    that of the rows above. Prices: ``log`` z (n,) of the logarithms, ``low`` and ``high`` (n,) of
    the bounds, ``rows`` (m,) and ``equal`` (p,).
    """

    x: Array
    below: Array
    beyond: Array
    slack: Array
    log: Array
    low: Array
    high: Array
    rows: Array
    equal: Array


def solve_barrier(problem: Barrier, start: Array) -> Point:
    """The answer, from weights ``start`` (n,). Raises ``Lost``."""
    here, centre = _first(problem, start), 1.0
    usual = _tightness(here) / max(EXACT, _off(problem, here))
    for _ in range(STEPS_MAX):
        tight, off = _tightness(here), _off(problem, here)
        if tight <= TIGHT * problem.budgets.sum() and off <= EXACT:
            return here
        move = _direction(problem, here, max(centre * tight, BEHIND * usual * off))
        length = _length(here, move)
        here = _moved(here, move, length)
        centre = max(CENTRE, (1.0 - length) ** 2)
    raise Lost


def prices_gap(problem: Barrier, weights: Array, point: Point) -> float:
    """How much less the objective could be at most than at ``weights``, by the prices of ``point``.

    It is convex, so f(v) >= f(w) + q.(v - w) + what the rows leave, for every v that keeps the
    limits, with q the gradient of the Lagrangian (Boyd and Vandenberghe 2004, section 5.1).
    """
    region = problem.region
    q = times(problem.covariance, weights) - problem.budgets / weights
    q += region.above.T @ point.rows + region.equal.T @ point.equal
    far = np.minimum(region.upper, FAR)
    gain = float(np.where(q > 0, q * (weights - region.lower), q * (weights - far)).sum())
    gain += float(point.rows @ (region.most - region.above @ weights))
    return max(0.0, gain - float(point.equal @ (region.equal @ weights - region.sides)))


def _first(problem: Barrier, start: Array) -> Point:
    """Inside all bounds, with prices that are about right for weights of that size."""
    region, n = problem.region, len(start)
    usual = float(start.sum())
    ceiling = np.minimum(region.upper, np.maximum(2 * usual, 2 * region.lower))
    edge = 0.1 * (ceiling - region.lower)
    x = np.clip(start, region.lower + edge, ceiling - edge)
    slack = np.maximum(region.most - region.above @ x, 0.1 * usual)
    below, beyond = np.where(region.lower > 0, x - region.lower, np.inf), region.upper - x
    price, equal = float(problem.budgets.sum()) / n, np.zeros(len(region.sides))
    prices = (problem.budgets / x, price / below, price / beyond, price / slack, equal)
    return Point(x, below, beyond, slack, *prices)


def _tightness(here: Point) -> float:
    """Mean of room x price over all limits there are."""
    low, high = np.isfinite(here.below), np.isfinite(here.beyond)
    count = int(low.sum() + high.sum()) + len(here.slack)
    total = here.below[low] @ here.low[low] + here.beyond[high] @ here.high[high]
    return float(total + here.slack @ here.rows) / max(1, count)


def _slope(problem: Barrier, here: Point) -> Array:
    """Gradient of the Lagrangian."""
    region = problem.region
    slope = times(problem.covariance, here.x) - here.log - here.low + here.high
    return np.asarray(slope + region.above.T @ here.rows + region.equal.T @ here.equal)


def _off(problem: Barrier, here: Point) -> float:
    """By how much the conditions are missed at most, relative to what they are sums of."""
    region, b = problem.region, problem.budgets
    forces = here.low + here.high + np.abs(region.above).T @ here.rows
    forces += np.abs(region.equal).T @ np.abs(here.equal)
    parts = (
        here.x * _slope(problem, here) / (b + here.x * forces),
        here.x * here.log / b - 1.0,
        region.above @ here.x + here.slack - region.most,
        region.equal @ here.x - region.sides,
    )
    return max(float(np.abs(part).max(initial=0.0)) for part in parts)


def _direction(problem: Barrier, here: Point, tight: float) -> Point:
    """Newton's step toward room x price = ``tight`` of every limit.

    H dx + A' dp = want,  A dx - diag(give) dp = -lack:  rows A of both kinds, by their prices p. To
    put those of the rows above into H instead would cost half of the digits.
    """
    region, x, m = problem.region, here.x, len(here.slack)
    want = problem.budgets / x - here.log - _slope(problem, here)
    want += (tight / here.below - here.low) - (tight / here.beyond - here.high)
    own = here.log / x + here.low / here.below + here.high / here.beyond
    matrix = np.vstack([region.above, region.equal])
    give = np.append(here.slack / here.rows, np.zeros(len(region.sides)))
    lack = matrix @ x - np.append(region.most, region.sides)
    lack[:m] += tight / here.rows
    solved = _solved(problem.covariance, own, np.column_stack([want, matrix.T]))
    across = matrix @ solved[:, 1:] + np.diag(give)
    prices = _prices(across, matrix @ solved[:, 0] + lack)
    dx = solved[:, 0] - solved[:, 1:] @ prices
    return Point(
        x=dx,
        below=dx,
        beyond=-dx,
        slack=(tight - here.slack * prices[:m]) / here.rows - here.slack,
        log=(problem.budgets - here.log * dx) / x - here.log,
        low=(tight - here.low * dx) / here.below - here.low,
        high=(tight + here.high * dx) / here.beyond - here.high,
        rows=prices[:m],
        equal=prices[m:],
    )


def _prices(across: Array, lack: Array) -> Array:
    """Prices of the rows, of which some may follow from others."""
    if not lack.size:
        return lack
    size = np.sqrt(np.maximum(np.diag(across), np.finfo(float).tiny))
    scaled = across / size[:, None] / size
    return np.asarray(np.linalg.lstsq(scaled, lack / size, rcond=RANK)[0] / size)


def _solved(covariance: Covariance, own: Array, right: Array) -> Array:
    """(C + diag(own))^-1 right, by Woodbury's identity in factors."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    if not isinstance(covariance, FactorModel):
        matrix = covariance.copy()
        firm = FIRM * len(own) * np.diag(covariance)
        matrix[np.diag_indices_from(matrix)] += own + firm
        try:
            return np.asarray(cho_solve(cho_factor(matrix, overwrite_a=True), right))
        except LinAlgError as exc:
            raise Lost from exc
    root = np.sqrt(own + covariance.specific)[:, None]
    wide, direct = covariance.loadings / root, right / root
    inner = wide.T @ wide
    inner[np.diag_indices_from(inner)] += 1.0
    return np.asarray((direct - wide @ cho_solve(cho_factor(inner), wide.T @ direct)) / root)


SIGNED = ("x", "below", "beyond", "slack", "log", "low", "high", "rows")
"""What stays above zero."""


def _length(here: Point, move: Point) -> float:
    """How far to go: whole, or most of the way to where the first of them all would be zero."""
    most = INWARD
    for name in SIGNED:
        value, step = getattr(here, name), getattr(move, name)
        shrunk = np.divide(-step, value, out=np.zeros_like(step), where=value > 0)
        most = max(most, float(shrunk.max(initial=0.0)))
    return INWARD / most if most > INWARD else 1.0


def _moved(here: Point, move: Point, length: float) -> Point:
    names = [each.name for each in fields(Point)]
    return Point(*(getattr(here, name) + length * getattr(move, name) for name in names))
