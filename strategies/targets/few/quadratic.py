"""A quadratic objective over some of the names: its best weights, and which names matter to it.

    f(w) = 1/2 w'Cw - pull . w + constant

``active.minimise`` gives the best weights of a set of names exactly.
"""

from dataclasses import dataclass

import numpy as np

from strategies.optimize.active import Absolute, Answer, Quadratic, Rows, Utility, minimise
from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, FactorModel, block, times, variance, variances
from strategies.targets.few.selection import Places
from strategies.targets.limits import Limits
from strategies.targets.refusal import NoTarget
from strategies.targets.sound import part

ROUNDING = 1e-12
"""Part of a variance that counts as none."""
VIOLATION_MAX = 1e-9
AT_BOUND = 1e-9
"""Weight from a bound that is at it."""


@dataclass(frozen=True, slots=True)
class Objective:
    """f, and the limits that weights keep: ``lower`` and ``upper`` (n,) of names that are held.

    ``rows`` (m, n) hold the budget first; ``gross`` and ``turnover`` as in ``Limits``.
    """

    covariance: Covariance
    pull: Array
    constant: float
    lower: Array
    upper: Array
    rows: Rows
    absolute: tuple[Absolute, ...]

    def value(self, weights: Array) -> float:
        """Value of f at ``weights`` (n,)."""
        risk = 0.5 * variance(self.covariance, weights)
        return risk - float(self.pull @ weights) + self.constant

    def slope(self, weights: Array) -> Array:
        """Its gradient, shape (n,)."""
        return times(self.covariance, weights) - self.pull

    def answer(self, names: Places) -> Answer:
        """Where only ``names`` are held, in their order."""
        rows = Rows(self.rows.matrix[:, names], self.rows.low, self.rows.high)
        asked = Quadratic(
            covariance=part(self.covariance, names),
            lower=self.lower[names],
            upper=self.upper[names],
            rows=rows,
            mean=np.zeros(len(names)),
            pull=self.pull[names],
            absolute=tuple(within(each, names) for each in self.absolute),
        )
        return minimise(asked, Utility(0.0))

    def solve(self, names: Places) -> tuple[float, Array] | None:
        """Value and weights (n,) of these names; None where the limits cannot be kept."""
        answer = self.answer(names)
        if answer.status == "infeasible" or answer.violation > VIOLATION_MAX:
            return None
        weights = np.zeros(len(self.lower))
        weights[names] = answer.weights
        return self.value(weights), weights

    def rank(self, names: Places, weights: Array) -> tuple[Array, Array]:
        """What dropping each of ``names`` costs (held,), what each other gains (n,): both about.

        Where the others may make up for it, a name costs 1/2 w_i^2 s_i and gains
        (price - slope)^2 / 2 s_j, with s the variance that those held cannot hedge, and the price
        that of the budget. A gain below zero would take a short.
        """
        held, others = _unhedged(self.covariance, names)
        costs = 0.5 * weights[names] ** 2 * held
        slope = self.slope(weights)
        inner = (weights > self.lower + AT_BOUND) & (weights < self.upper - AT_BOUND)
        inner[np.setdiff1d(np.arange(len(weights)), names)] = False
        price = float(slope[inner].mean()) if inner.any() else float(slope[names].max())
        less = np.where(self.lower < 0, np.abs(price - slope), price - slope)
        return costs, np.sign(less) * less**2 / (2 * others)


def objective(
    covariance: Covariance, pull: Array, constant: float, limits: Limits, held_min: float = 0.0
) -> Objective:
    """State f within ``limits``; a name that is held has at least the weight ``held_min``.

    Raises ``NoTarget`` where bounds or rows make no sense. A limit on volatility is not kept here.
    """
    names = len(pull)
    lower, upper = limits.bounds(names)
    if not 0 <= held_min <= 1 or (held_min and (lower < 0).any()):
        raise NoTarget(f"a least weight of {held_min:g} of names held: from 0 to 1, without shorts")
    absolute = []
    if limits.gross is not None:
        absolute.append(Absolute(np.zeros(names), limits.gross))
    if limits.turnover is not None:
        held = np.zeros(names) if limits.current is None else limits.current
        absolute.append(Absolute(held, limits.turnover))
    rows = _rows(limits, names)
    return Objective(
        covariance,
        pull,
        constant,
        np.maximum(lower, held_min) if held_min else lower,
        np.maximum(upper, 0.0),
        rows,
        tuple(absolute),
    )


def _rows(limits: Limits, names: int) -> Rows:
    """The budget, all groups, all exposures."""
    matrix, low, high = [np.ones(names)], [limits.budget], [limits.budget]
    for group in limits.groups:
        row = np.zeros(names)
        row[list(group.members)] = 1.0
        matrix.append(row)
        low.append(group.lower)
        high.append(group.upper)
    for exposure in limits.exposures:
        matrix.append(exposure.coefficients)
        low.append(exposure.lower)
        high.append(exposure.upper)
    return Rows(np.vstack(matrix), np.array(low), np.array(high))


def within(absolute: Absolute, names: Places) -> Absolute:
    """The limit on some names: what the others add, at a weight of zero, is taken off."""
    outside = np.abs(absolute.centre).sum() - np.abs(absolute.centre[names]).sum()
    return Absolute(absolute.centre[names], float(absolute.most - outside))


def _unhedged(covariance: Covariance, names: Places) -> tuple[Array, Array]:
    """Variance that ``names`` cannot hedge, of each of them by the rest and of all: (held,), (n,).

    The first is 1 / (C_HH^-1)_ii, the second C_jj - C_jH C_HH^-1 C_Hj; both at least rounding.
    """
    every = variances(covariance)
    least = np.maximum(ROUNDING * every, np.finfo(float).tiny)
    if isinstance(covariance, FactorModel):
        loadings, specific = covariance.loadings, np.maximum(covariance.specific, least)
        scaled = loadings[names] / specific[names, None]
        inner = loadings[names].T @ scaled
        inner[np.diag_indices_from(inner)] += 1.0
        inverse = 1 / specific[names] - np.einsum(
            "ij,ji->i", scaled, np.linalg.solve(inner, scaled.T)
        )
        rest = np.einsum("ij,ji->i", loadings, np.linalg.solve(inner, loadings.T))
        others = specific + rest
    else:
        matrix = block(covariance, names)
        matrix[np.diag_indices_from(matrix)] += least[names] * len(names)
        inverses = np.linalg.inv(matrix)
        inverse, across = np.diag(inverses), covariance[names]
        others = every - np.einsum("ij,ij->j", across, inverses @ across)
    held = 1.0 / np.maximum(inverse, 1.0 / np.maximum(every[names], least[names]))
    return np.maximum(held, least[names]), np.maximum(others, least)
