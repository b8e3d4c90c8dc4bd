"""A value that no choice of so many names can beat.

Leaving the number of names out is a bound, and often a poor one: to track an index one only has to
hold it. What each name has of its own cannot be spread over others: that makes a better one. With
C = Q + diag(D), Q without negative variance, f is at least its tangent in the Q part, at any v:

    f(w) >= -1/2 v'Qv + constant + sum_i [ 1/2 D_i w_i^2 + (Q v - pull)_i w_i ]

and the right side, within the bounds, the budget (at a price) and the number of names, is least
where the names with the least brackets are held: a sort. The best tangent is looked for by moving v
toward that answer (conditional gradients; the perspective relaxation of Frangioni and Gentile
2006).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, FactorModel, times
from strategies.targets.few.quadratic import Objective

STEPS, STEPS_BARE = 200, 20
"""Steps at most; the latter where no name has anything of its own, and all wanted is a start."""
PATIENCE = 25
"""Steps without a better bound after which the search for one ends."""
BETTER = 1e-3
"""Relative gain that is a better bound."""
HALVINGS = 42
FAR = 1e3
"""Weight beyond which nobody looks where a name has no bound."""
SAFE = 1e-9
"""Part of D that is left to Q, so that rounding cannot make it less than nothing."""


@dataclass(frozen=True, slots=True)
class Floor:
    """The ``value`` that f cannot go below; ``weights`` (n,) of the relaxation: parts of names."""

    value: float
    weights: Array


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """f with Q and D apart; ``must`` (n,) is where a name is held in any case."""

    objective: Objective
    own: Array
    names_max: int
    budget: float
    must: NDArray[np.bool_]


def floor_of(
    objective: Objective, names_max: int, budget: float, must: tuple[int, ...] = ()
) -> Floor:
    """The best bound found for at most ``names_max`` names and weights that sum to ``budget``."""
    own = own_variances(objective.covariance)
    always = np.zeros(len(own), dtype=bool)
    always[list(must)] = True
    relaxed = _Relaxed(objective, own, names_max, budget, always)
    v, best, last = np.full(len(own), budget / len(own)), -np.inf, 0
    for step in range(STEPS if own.any() else STEPS_BARE):
        value, towards = _tangent(relaxed, v)
        if value > best + BETTER * abs(best) or step == 0:
            last = step
        best = max(best, value)
        if step - last > PATIENCE:
            break
        v = v + (2.0 / (step + 2.0)) * (towards - v)
    return Floor(best, v)


def own_variances(covariance: Covariance) -> Array:
    """D (n,) such that C - diag(D) has no negative variance, as large as is easily known.

    From a model its specific variances. From an array those that no other names explain,
    1 / (C^-1)_ii, times the least eigenvalue of C in their units; nothing where C has no inverse to
    speak of.
    """
    if isinstance(covariance, FactorModel):
        return np.maximum(covariance.specific, 0.0)
    size = np.sqrt(np.diag(covariance))
    nothing = np.zeros(len(covariance))
    if not (size > 0).all():
        return nothing
    values, vectors = np.linalg.eigh(covariance / size / size[:, None])
    if values[0] <= SAFE * values[-1]:
        return nothing
    unexplained = 1.0 / np.einsum("ij,ij->i", vectors / values, vectors)
    root = np.sqrt(unexplained)
    least = np.linalg.eigvalsh(covariance / (size * root) / (size * root)[:, None])[0]
    return np.asarray((1.0 - SAFE) * max(0.0, float(least)) * unexplained * size**2)


def _tangent(relaxed: _Relaxed, v: Array) -> tuple[float, Array]:
    """The bound by the tangent at ``v`` (n,), and the weights at which it is least, by parts."""
    rest = times(relaxed.objective.covariance, v) - relaxed.own * v
    p = rest - relaxed.objective.pull
    lower = np.maximum(relaxed.objective.lower, -FAR)
    upper = np.minimum(relaxed.objective.upper, FAR)
    low = float((p + relaxed.own * lower).min()) - 1.0
    high = float((p + relaxed.own * upper).max()) + 1.0
    best, ends = -np.inf, [np.zeros_like(v), np.zeros_like(v)]
    for _ in range(HALVINGS):
        price = 0.5 * (low + high)
        value, weights = _held(relaxed, p - price, lower, upper)
        best = max(best, value + price * relaxed.budget)
        if weights.sum() < relaxed.budget:
            low, ends[0] = price, weights
        else:
            high, ends[1] = price, weights
    constant = relaxed.objective.constant - 0.5 * float(v @ rest)
    return best + constant, _mixed(ends[0], ends[1], relaxed.budget)


def _held(relaxed: _Relaxed, q: Array, lower: Array, upper: Array) -> tuple[float, Array]:
    """Least sum of 1/2 D w^2 + q w over the names that are best held, and those weights."""
    own = relaxed.own
    at = np.divide(-q, own, out=np.where(q > 0, -FAR, FAR), where=own > 0)
    weights = np.clip(at, lower, upper)
    brackets = (0.5 * own * weights + q) * weights
    order = np.where(relaxed.must, -np.inf, brackets)
    chosen = np.zeros(len(q), dtype=bool)
    if relaxed.names_max < len(q):
        chosen[np.argpartition(order, relaxed.names_max)[: relaxed.names_max]] = True
    else:
        chosen[:] = True
    chosen &= relaxed.must | (brackets < 0)
    return float(brackets[chosen].sum()), np.where(chosen, weights, 0.0)


def _mixed(less: Array, more: Array, budget: float) -> Array:
    """The mean of both that sums to the budget, where it lies between them."""
    low, high = float(less.sum()), float(more.sum())
    if not low < budget <= high:
        return more
    share = (budget - low) / (high - low)
    return less + share * (more - less)
