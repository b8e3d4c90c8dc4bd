"""Covariance and correlation of returns with holes: each pair over the days that both names have.

It uses every number there is, at a price: the result need not be a covariance (some weights may
have a negative variance), and the correlation is not the covariance over two volatilities, since
those are of other days. Published cases of hierarchical risk parity are made this way.
"""

import numpy as np

from strategies.optimize.problem import Array
from strategies.targets.refusal import NoTarget

DAYS_MIN = 2


def pairwise_complete(returns: Array) -> tuple[Array, Array]:
    """Covariance and correlation, (n, n) each, of ``returns`` (T, n), a hole being not a number.

    Per period, with T - 1 degrees of freedom. Raises ``NoTarget`` for two names that have fewer
    than two days in common, and for one that does not move on the days shared with another.
    """
    there = np.isfinite(returns)
    days = there.astype(np.float64).T @ there
    _refuse(days < DAYS_MIN, "have fewer than two days in common")
    means = np.where(there, returns, 0.0).sum(axis=0) / np.diag(days)
    centred = np.where(there, returns - means, 0.0)
    sums = centred.T @ there  # of name i over the days that j has too
    squares = (centred**2).T @ there - sums**2 / days
    covariance = (centred.T @ centred - sums * sums.T / days) / (days - 1)
    still = squares <= np.finfo(float).eps * (centred**2).T @ there
    _refuse(still, "cannot be correlated: the first does not move on the days of the second")
    correlation = covariance * (days - 1) / np.sqrt(squares * squares.T)
    np.fill_diagonal(correlation, 1.0)
    return covariance, np.clip(correlation, -1.0, 1.0)


def _refuse(bad: np.ndarray, fault: str) -> None:
    if bad.any():
        first, second = np.argwhere(bad)[0]
        raise NoTarget(f"returns of names {first} and {second} {fault}")
