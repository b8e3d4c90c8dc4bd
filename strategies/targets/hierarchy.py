"""Hierarchical risk parity: halves of a tree of names share their money by their variance.

López de Prado, Building Diversified Portfolios that Outperform Out of Sample, Journal of Portfolio
Management 42(4) (2016), in three steps:

1. a tree of the names by single linkage, with sqrt((1 - correlation) / 2) as their distance;
2. the names in the order of the tree's leaves, so that what moves together stands together;
3. from all names down, each stretch of them cut in the middle; a half gets the share of the money
   that the variance of the other half is of both. A half's variance is that of inverse-variance
   weights.

It needs neither an inverse of the covariance nor expected returns, and no objective is minimised.

Bounds are kept on the way down, as Pfitzinger and Katzke (2019) do: the share of a half is moved as
little as its names' bounds and those of the other half demand.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, FactorModel
from strategies.targets.kept import refuse_broken, refuse_senseless
from strategies.targets.leaves import Linkage, correlation_rows, leaf_order
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.portfolio import Portfolio, checked, portfolio
from strategies.targets.refusal import NoTarget
from strategies.targets.sound import positive_variances, symmetric

Places = NDArray[np.intp]


def hierarchical_risk_parity(
    covariance: Covariance,
    limits: Limits = LONG_ONLY,
    *,
    correlation: Array | None = None,
    linkage: Linkage = "single",
    mean: Array | None = None,
    risk_free: float = 0.0,
) -> Portfolio:
    """Weights by hierarchical risk parity; ``gap`` is zero, for nothing is minimised.

    ``correlation`` (n, n) is that of the covariance unless it is given (``pairwise_complete`` makes
    both from returns with holes). From a factor model no n x n array is formed for single linkage;
    other linkages need all distances. Bounds are kept; groups and other limits are only looked at,
    and ``NoTarget`` says which is broken. It is raised as well for a name without variance.
    """
    names = checked(covariance, mean)
    refuse_senseless(limits, names)
    own = positive_variances(covariance)
    covariance, notes = symmetric(covariance)
    rows = correlation_rows(covariance, own, _checked(correlation, names))
    order = leaf_order(rows, names, linkage)
    lower, upper = limits.bounds(names)
    stretches = _stretches(covariance, order, own[order])
    weights = np.empty(names)
    weights[order] = _bisected(stretches, lower[order], upper[order], limits.budget)
    refuse_broken(weights, limits, covariance, "hierarchical risk parity")
    return portfolio(weights, covariance, mean=mean, risk_free=risk_free, notes=notes)


def _checked(correlation: Array | None, names: int) -> Array | None:
    if correlation is None:
        return None
    if correlation.shape != (names, names):
        raise NoTarget(f"correlation has shape {correlation.shape}, expected ({names}, {names})")
    if not np.isfinite(correlation).all():
        row, column = np.argwhere(~np.isfinite(correlation))[0]
        raise NoTarget(f"correlation[{row}, {column}] is not a finite number")
    return correlation


ROUNDING = 1e-9
"""Variance below zero, as part of the names' own, that is rounding."""

Variances = Callable[[Places], Array]
"""Variance of each stretch of leaves, by where stretches begin; they cover all leaves."""


def _stretches(covariance: Covariance, order: Places, own: Array) -> Variances:
    """Variances of stretches in inverse-variance weights; ``own`` (n,) in the order of the leaves.

    With w = 1 / own it is w'Cw / (sum w)^2 over a stretch: from factors |B'w|^2 + w'Dw, by sums.
    """
    inverse = 1.0 / own
    if isinstance(covariance, FactorModel):
        common = covariance.loadings[order] * inverse[:, None]
        alone = covariance.specific[order] * inverse**2

        def total(starts: Places) -> Array:
            along = np.add.reduceat(common, starts, axis=0)
            squares = np.einsum("ij,ij->i", along, along)
            return np.asarray(squares + np.add.reduceat(alone, starts), dtype=np.float64)
    else:
        scaled = covariance[order].take(order, axis=1)
        scaled *= inverse
        scaled *= inverse[:, None]

        def total(starts: Places) -> Array:
            ends = [*starts[1:].tolist(), len(own)]
            pairs = zip(starts.tolist(), ends, strict=True)
            return np.array([scaled[first:last, first:last].sum() for first, last in pairs])

    def variances(starts: Places) -> Array:
        found, sums = total(starts), np.add.reduceat(inverse, starts)
        if (found < -ROUNDING * sums).any():
            raise NoTarget(
                "covariance: not one, a group of names has a variance below zero; estimate it from"
                " days that all names have"
            )
        return np.asarray(np.maximum(found, 0.0) / sums**2, dtype=np.float64)

    return variances


def _bisected(variances: Variances, lower: Array, upper: Array, budget: float) -> Array:
    """Weights (n,) of the leaves in their order, level by level of the cuts."""
    starts, money = np.zeros(1, dtype=np.intp), np.array([budget])
    while starts.size < lower.size:
        sizes = np.diff(np.append(starts, lower.size))
        cut = np.flatnonzero(sizes > 1)
        left = cut + np.arange(cut.size)  # where the halves stand among all stretches after it
        both = np.sort(np.concatenate([starts, starts[cut] + sizes[cut] // 2]))
        risk = variances(both)
        least, most = np.add.reduceat(lower, both), np.add.reduceat(upper, both)
        share = _share(risk[left], risk[left + 1]) * money[cut]
        share = np.maximum(share, np.maximum(least[left], money[cut] - most[left + 1]))
        share = np.minimum(share, np.minimum(most[left], money[cut] - least[left + 1]))
        halves = np.empty(both.size)
        kept = np.ones(both.size, dtype=bool)
        kept[left] = kept[left + 1] = False
        halves[left], halves[left + 1] = share, money[cut] - share
        halves[kept] = money[sizes == 1]
        starts, money = both, halves
    return np.asarray(np.clip(money, lower, upper), dtype=np.float64)


def _share(left: Array, right: Array) -> Array:
    """What the left half gets: the right half's part of both variances; half where none has any."""
    both = left + right
    share = 1.0 - left / np.where(both > 0, both, 1.0)
    return np.asarray(np.where(both > 0, share, 0.5), dtype=np.float64)
