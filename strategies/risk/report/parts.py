"""Whose risk it is, by name and by group, of the account and of its differences from others."""

from collections.abc import Sequence

import numpy as np

from strategies.risk import measures
from strategies.risk.contributions import by_group, marginal
from strategies.risk.model import Array, Covariance, FactorModel, volatility
from strategies.risk.report.nouns import Active, Part, Spread


def parts(
    covariance: Covariance, weights: Array, labels: Sequence[str], groups: Sequence[str] | None
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Parts of the volatility of ``weights``, shape (n,): of each name, and of each group."""
    slopes, own = marginal(covariance, weights), volatility(covariance)
    contributed = weights * slopes
    whole = float(contributed.sum())
    shares = contributed / whole if whole > 0 else np.zeros(len(weights))
    table = zip(labels, weights, contributed, shares, slopes, own, strict=True)
    names = tuple(Part(str(label), *map(float, row)) for label, *row in table)
    if groups is None:
        return names, ()
    sums = [by_group(column, groups) for column in (weights, contributed, shares)]
    return names, tuple(Part(group, *(column[group] for column in sums)) for group in sums[0])


def active(
    covariance: Covariance,
    weights: Array,
    other: Array | None,
    labels: Sequence[str],
    groups: Sequence[str] | None,
) -> Active | None:
    """``weights`` beside ``other`` ones, shape (n,) each; None where there are no others."""
    if other is None:
        return None
    names, grouped = parts(covariance, weights - other, labels, groups)
    has_risk = measures.portfolio_volatility(covariance, other) > 0
    return Active(
        tracking_error=measures.tracking_error(covariance, weights, other),
        beta=measures.beta(covariance, weights, other) if has_risk else None,
        names=names,
        groups=grouped,
    )


def spread(covariance: Covariance, weights: Array) -> Spread:
    """How spread out ``weights``, shape (n,), are."""
    held = weights != 0
    moves = measures.portfolio_volatility(covariance, weights) > 0
    pairs = np.count_nonzero(held & (volatility(covariance) > 0)) > 1
    return Spread(
        concentration=measures.concentration(weights) if held.any() else None,
        effective_names=measures.effective_names(weights) if held.any() else None,
        diversification_ratio=(
            measures.diversification_ratio(covariance, weights) if moves else None
        ),
        average_correlation=measures.average_correlation(covariance, weights) if pairs else None,
    )


def own_factors(
    covariance: Covariance, weights: Array, whole: float
) -> tuple[tuple[float, ...], float | None]:
    """Exposure to each factor of a factor model, and the share of the variance that they are."""
    if not isinstance(covariance, FactorModel):
        return (), None
    exposures = covariance.loadings.T @ weights
    common = float(exposures @ exposures) / whole**2 if whole > 0 else None
    return tuple(exposures.tolist()), common
