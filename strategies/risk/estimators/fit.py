"""What an estimator answers, and the two forms that a covariance of returns can have.

Estimators take returns (T, n) in which every number is finite and every column moves, and answer in
the squares of their units.
"""

from dataclasses import dataclass

import numpy as np

from strategies.risk.model import Array, Covariance, FactorModel

NAMES_DENSE_MAX = 1000
"""With more names than this no n x n matrix is formed."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A covariance before any repair.

    ``shrinkage`` is the part that went to the estimator's own target, where it has one.
    ``observations`` is how many independent ones stand behind an estimate that does not shrink
    by itself, and None for one that does. ``notes`` are sentences for a person.
    """

    covariance: Covariance
    shrinkage: float | None = None
    observations: float | None = None
    notes: tuple[str, ...] = ()


def centred(returns: Array) -> Array:
    """Returns less their mean, shape (T, n)."""
    return np.asarray(returns - returns.mean(axis=0), dtype=np.float64)


def is_dense(x: Array) -> bool:
    """Whether x'x is kept as an array: few names, and no more of them than observations."""
    return bool(x.shape[1] <= min(len(x), NAMES_DENSE_MAX))


def assemble(
    x: Array, gram: Array | None, scale: float, specific: Array | None = None
) -> Covariance:
    """``scale`` x'x + diag(``specific``), in the form that suits the shape of x (T, n).

    ``gram`` is x'x, where that is known and dense.
    """
    if not is_dense(x):
        own = np.zeros(x.shape[1]) if specific is None else specific
        return FactorModel(np.sqrt(scale) * x.T, own, len(x))
    covariance = np.asarray(scale * (x.T @ x if gram is None else gram))
    if specific is not None:
        covariance[np.diag_indices_from(covariance)] += specific
    return covariance


def with_common(covariance: Covariance, common: Array, multiple: float) -> Covariance:
    """``covariance`` + multiple common common', with ``common`` (n,)."""
    if isinstance(covariance, FactorModel):
        column = np.sqrt(multiple) * common[:, None]
        loadings = np.hstack([covariance.loadings, column])
        return FactorModel(loadings, covariance.specific, covariance.observations)
    return np.asarray(covariance + multiple * np.outer(common, common))
