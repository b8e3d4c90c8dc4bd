"""A covariance that a procedure can take as it is: each name has a variance, both halves agree."""

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.dense import from_covariance
from strategies.optimize.problem import Array, BadProblem
from strategies.risk.model import Covariance, FactorModel, variances
from strategies.targets.refusal import NoTarget

STRIPE = 128
"""Rows looked at together."""
ASYMMETRY_MAX = 1e-9
"""Difference across the diagonal, relative to the greatest variance, that is let pass."""


def positive_variances(covariance: Covariance) -> Array:
    """Variance of each name, shape (n,). Raises ``NoTarget`` for one that has none."""
    own = variances(covariance)
    if isinstance(covariance, FactorModel) and (covariance.specific < 0).any():
        place = int(np.argmax(covariance.specific < 0))
        raise NoTarget(f"specific[{place}] = {covariance.specific[place]:g} is negative")
    if (own <= 0).any():
        place = int(np.argmax(own <= 0))
        what = "has no variance" if own[place] == 0 else f"has the variance {own[place]:g}"
        raise NoTarget(
            f"name {place} {what}, and each name is to carry risk: leave it out, keep cash as cash"
        )
    return own


def symmetric(covariance: Covariance) -> tuple[Covariance, tuple[str, ...]]:
    """The covariance, repaired where its halves differ, and what was done."""
    if isinstance(covariance, FactorModel):
        return covariance, ()
    apart = max(
        float(np.abs(covariance[i : i + STRIPE, i:] - covariance[i:, i : i + STRIPE].T).max())
        for i in range(0, len(covariance), STRIPE)
    )
    if apart <= ASYMMETRY_MAX * float(np.diag(covariance).max()):
        return covariance, ()
    return repaired(covariance)


def repaired(covariance: Covariance) -> tuple[Covariance, tuple[str, ...]]:
    """The nearest covariance, and what was done to make it one. Raises ``NoTarget``."""
    if isinstance(covariance, FactorModel):
        return covariance, ()
    try:
        dense = from_covariance(covariance)
    except BadProblem as exc:
        raise NoTarget(str(exc)) from exc
    return dense.covariance, dense.repairs


def part(covariance: Covariance, names: NDArray[np.intp]) -> Covariance:
    """The covariance of some names, in the form that it has."""
    if isinstance(covariance, FactorModel):
        return FactorModel(covariance.loadings[names], covariance.specific[names])
    return np.ascontiguousarray(covariance[np.ix_(names, names)])
