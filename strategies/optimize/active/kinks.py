"""Limits on sums of absolute values (gross exposure, turnover): on which side each name stands.

Once the sides are known such a limit is a row, and a name on neither side is fixed at its centre.
Sides are guessed from the answer without the limit and exchanged, all that are wrong at once: a
name at its centre leaves it where its slope outweighs the limit's price kappa.
"""

from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.active.aims import Aim
from strategies.optimize.active.pivoting import ROUNDS_MAX, Settled, pivot
from strategies.optimize.active.quadratic import Quadratic, Rows
from strategies.optimize.active.system import States, Unsided
from strategies.optimize.problem import Array

SIDES_MAX = 30
PATIENCE = 12
"""Rounds in which all that are wrong are exchanged at once."""
AT_CENTRE = 1e-11
"""Weight from the centre that counts as on it."""
EVEN = 1e-9
"""Share of kappa by which a slope may outweigh it through rounding."""


@dataclass(frozen=True, slots=True)
class Kinked:
    """Where the search ended, with the limits' prices ``kappas``, one each."""

    settled: Settled
    kappas: tuple[float, ...]
    row_prices: Array


@dataclass(frozen=True, slots=True)
class Guess:
    """What probably binds, the price, and the weights (n,) of a programme like this, if known."""

    names: States
    rows: States
    price: float = 0.0
    near: Array | None = None
    rounds_max: int = ROUNDS_MAX


def pivot_kinked(quadratic: Quadratic, aim: Aim, guess: Guess) -> Kinked:
    """``pivot`` that keeps ``quadratic.absolute`` too. Raises ``Singular`` where it finds none."""
    weights, price, left = guess.near, guess.price, guess.rounds_max
    if weights is None or not _binds(quadratic, weights):
        settled = pivot(quadratic, aim, guess.names, guess.rows, price, left)
        left -= settled.rounds
        weights, price = settled.point.weights(settled.price), settled.price
        if not _binds(quadratic, weights):
            prices = settled.point.row_prices(price)
            return Kinked(settled, tuple(0.0 for _ in quadratic.absolute), prices)
    sides = [_sides(weights - limit.centre) for limit in quadratic.absolute]
    for rounds in range(SIDES_MAX):
        stated = _stated(quadratic, sides)
        names, rows = _guess(quadratic, stated, weights), np.zeros(len(stated.rows.low), np.int8)
        settled = pivot(stated, aim, names, rows, price, left)
        left -= settled.rounds
        weights, price = settled.point.weights(settled.price), settled.price
        found = _kinked(quadratic, settled)
        better = _exchanged(quadratic, found, sides, many=rounds < PATIENCE)
        if all(np.array_equal(old, new) for old, new in zip(sides, better, strict=True)):
            return found
        sides = better
    raise Unsided(f"on which sides names stand was not found in {SIDES_MAX} rounds")


def _binds(quadratic: Quadratic, weights: Array) -> bool:
    """Whether ``weights`` (n,) pass a limit on absolute values, or all but reach it."""
    return any(
        float(np.abs(weights - limit.centre).sum()) > limit.most - AT_CENTRE
        for limit in quadratic.absolute
    )


def _sides(away: Array) -> States:
    return np.where(np.abs(away) <= AT_CENTRE, 0, np.sign(away)).astype(np.int8)


def _stated(quadratic: Quadratic, sides: list[States]) -> Quadratic:
    """The programme in which every name stays on its side."""
    lower, upper = quadratic.lower.copy(), quadratic.upper.copy()
    more: list[Array] = []
    most: list[float] = []
    for side, limit in zip(sides, quadratic.absolute, strict=True):
        centre = np.clip(limit.centre, quadratic.lower, quadratic.upper)
        lower = np.where(side >= 0, np.maximum(lower, centre), lower)
        upper = np.where(side <= 0, np.minimum(upper, centre), upper)
        more.append(side.astype(np.float64))
        most.append(
            limit.most + float(side @ limit.centre) - _unavoidable(limit.centre, centre, side)
        )
    if (lower > upper).any():
        raise Unsided("a name stands on two sides at once")
    rows = quadratic.rows
    matrix = np.vstack([rows.matrix, *more])
    low = np.concatenate([rows.low, np.full(len(more), -np.inf)])
    high = np.concatenate([rows.high, most])
    return replace(quadratic, lower=lower, upper=upper, rows=Rows(matrix, low, high), absolute=())


def _unavoidable(centre: Array, nearest: Array, side: States) -> float:
    """What names fixed at a bound short of their centre use of the limit."""
    return float(np.abs(nearest - centre)[side == 0].sum())


def _guess(quadratic: Quadratic, stated: Quadratic, weights: Array) -> States:
    """What probably binds: what is fixed, and what stood at its bound before."""
    names = np.zeros(quadratic.size, np.int8)
    names[weights >= stated.upper - AT_CENTRE] = 1
    names[weights <= stated.lower + AT_CENTRE] = -1
    return names


def _kinked(quadratic: Quadratic, settled: Settled) -> Kinked:
    prices = settled.point.row_prices(settled.price)
    own = len(quadratic.rows.low)
    return Kinked(settled, tuple(float(max(0.0, -p)) for p in prices[own:]), prices[:own])


def _exchanged(
    quadratic: Quadratic, found: Kinked, sides: list[States], *, many: bool
) -> list[States]:
    """The sides that names should have; not ``many``: only the last that is wrong is mended."""
    settled = found.settled
    weights = settled.point.weights(settled.price)
    slope = quadratic.slope(weights, settled.price) - quadratic.rows.matrix.T @ found.row_prices
    better = []
    for number, limit in enumerate(quadratic.absolute):
        kappa = found.kappas[number]
        others = sum(
            (
                k * s
                for j, (k, s) in enumerate(zip(found.kappas, sides, strict=True))
                if j != number
            ),
            np.zeros(quadratic.size),
        )
        pull, slack = slope + others, EVEN * max(kappa, float(np.abs(slope).max()) * 1e-3)
        at_centre = np.abs(weights - limit.centre) <= AT_CENTRE
        side = sides[number].copy()
        side[at_centre & (pull < -kappa - slack)] = 1
        side[at_centre & (pull > kappa + slack)] = -1
        side[at_centre & (np.abs(pull) <= kappa + slack)] = 0
        wrong = np.flatnonzero(side != sides[number])
        if not many and wrong.size:
            side[wrong[:-1]] = sides[number][wrong[:-1]]
        better.append(side)
    return better
