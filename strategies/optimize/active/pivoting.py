"""Which limits bind: block principal pivoting, with Murty's rule where blocks go round in circles.

Guess what binds, solve, and exchange all that is wrong at once: a name beyond its bound goes to it,
a name whose bound pulls the wrong way is set free. Mostly that ends after a few rounds. Where the
number of wrong ones does not fall for some rounds, only the one of the highest index is exchanged
until it does (Murty 1974; Kostreva, Linear Algebra and its Applications 21 (1978); Judice and
Pires, Computers and Operations Research 21 (1994)), which ends for every definite covariance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.active.aims import Aim
from strategies.optimize.active.quadratic import Quadratic
from strategies.optimize.active.system import Point, Singular, States, solve_point
from strategies.optimize.problem import Array
from strategies.risk.model import variances

ROUNDS_MAX = 60
"""Of all that a search may take: what takes more is the interior point method's."""
PATIENCE = 6
"""Rounds of blocks without progress before single exchanges."""
BEYOND = 1e-12
"""Weight beyond a bound that counts as rounding."""
WRONG = 1e-11
"""Price of a bound, relative to the largest slope, that counts as rounding."""
STEEPER = 4.0
"""Where no price will do on a line, return is made this much dearer."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Where the search ended: the ``point`` and its ``price``, and what binds there."""

    point: Point
    price: float
    names: States
    rows: States
    rounds: int


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What must be exchanged, names and then rows, and the states that it should have."""

    at: NDArray[np.intp]
    to: States


def pivot(
    quadratic: Quadratic,
    aim: Aim,
    names: States,
    rows: States,
    price: float,
    rounds_max: int = ROUNDS_MAX,
) -> Settled:
    """What binds at the point of ``aim``, from a guess. Raises ``Singular`` where it finds none."""
    states = np.concatenate([names, _rows_that_hold(quadratic, rows)])
    fewest, patience, n = len(states) + 1, PATIENCE, quadratic.size
    for rounds in range(1, rounds_max + 1):
        point = solve_point(quadratic, states[:n], states[n:])
        price = _price(quadratic, aim, point, price)
        wrong = _wrong(quadratic, point, states, price)
        if not wrong.at.size:
            return Settled(point, price, states[:n], states[n:], rounds)
        if wrong.at.size < fewest:
            fewest, patience = wrong.at.size, PATIENCE
        else:
            patience -= 1
        chosen = slice(None) if patience > 0 else slice(-1, None)
        states = states.copy()
        states[wrong.at[chosen]] = wrong.to[chosen]
        _keep_some_free(quadratic, point.weights(price), states)
    raise Singular(f"what binds was not found in {rounds_max} rounds")


def _keep_some_free(quadratic: Quadratic, weights: Array, states: States) -> None:
    """Set free again who is least beyond a bound: each row that binds needs a name to keep it."""
    n = quadratic.size
    short = int(np.count_nonzero(states[n:])) - int(np.count_nonzero(states[:n] == 0))
    if short <= 0:
        return
    beyond = np.maximum(quadratic.lower - weights, weights - quadratic.upper)
    beyond[(states[:n] == 0) | (quadratic.lower == quadratic.upper)] = np.inf
    states[np.argsort(beyond, kind="stable")[:short]] = 0


def _rows_that_hold(quadratic: Quadratic, rows: States) -> States:
    """``rows`` with the equations always binding."""
    return np.where(quadratic.rows.low == quadratic.rows.high, np.int8(1), rows).astype(np.int8)


def _price(quadratic: Quadratic, aim: Aim, point: Point, before: float) -> float:
    found = aim.price(point.line(quadratic.mean))
    if found is not None:
        return found
    start = float(variances(quadratic.covariance).mean()) / _spread(quadratic.mean)
    return STEEPER * max(before, start)


def _spread(mean: Array) -> float:
    return max(float(mean.max() - mean.min()), np.finfo(np.float64).tiny ** 0.5)


def _wrong(quadratic: Quadratic, point: Point, states: States, price: float) -> _Wrong:
    """Names and rows whose state does not fit the point, in order."""
    n, rows = quadratic.size, quadratic.rows
    weights, slope = point.weights(price), point.slope_a + price * point.slope_b
    least = WRONG * max(1e-300, float(np.abs(slope).max()))
    row_prices = point.row_prices(price)
    reduced = slope - quadratic.pull - price * quadratic.mean - row_prices @ rows.matrix
    to = np.zeros_like(states)
    to[:n] = _placed(states[:n], weights, quadratic.lower, quadratic.upper, reduced, least)
    to[n:] = states[n:]
    inequal = rows.low != rows.high
    if inequal.any():
        at = rows.matrix @ weights
        others = _placed(states[n:], at, rows.low, rows.high, row_prices, least)
        to[n:] = np.where(inequal, others, states[n:])
    where = np.flatnonzero(states != to)
    return _Wrong(where, to[where])


def _placed(
    states: States, at: Array, low: Array, high: Array, prices: Array, least: float
) -> States:
    """The states that they should have: between, if their price pulls them off their bound."""
    loose = (states * prices > least) & (low < high)
    beyond = (at > high + BEYOND).astype(np.int8) - (at < low - BEYOND).astype(np.int8)
    return np.where(states == 0, beyond, np.where(loose, np.int8(0), states))
