"""C^-1 x for both forms of a covariance, for who needs it without any limits."""

import numpy as np

from strategies.optimize.dense import from_covariance
from strategies.optimize.problem import Array, BadProblem
from strategies.risk.model import Covariance, FactorModel
from strategies.targets.refusal import NoTarget


def solved(covariance: Covariance, right: Array) -> Array:
    """C^-1 ``right``, shape (n, m); by Woodbury's identity where C is factors.

    An array is repaired first, as the optimizer does it. Raises ``NoTarget`` for what cannot be
    inverted: no covariance, or a name without variance of its own.
    """
    if isinstance(covariance, FactorModel):
        _refuse_flat(covariance.specific)
        scaled = covariance.loadings / covariance.specific[:, None]
        inner = np.eye(scaled.shape[1]) + covariance.loadings.T @ scaled
        plain = right / covariance.specific[:, None]
        return np.asarray(plain - scaled @ np.linalg.solve(inner, scaled.T @ right))
    _refuse_flat(np.diag(covariance))
    try:
        whole = from_covariance(covariance).covariance
    except BadProblem as bad:
        raise NoTarget(str(bad)) from bad
    return np.asarray(np.linalg.solve(whole, right), dtype=np.float64)


def _refuse_flat(own: Array) -> None:
    if (own <= 0).any():
        place = int(np.argmax(own <= 0))
        raise NoTarget(f"name {place} has no variance of its own: cash has no place here")
