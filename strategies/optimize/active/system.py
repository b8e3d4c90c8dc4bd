"""The linear system of what is free once it is said which limits bind (Karush, Kuhn and Tucker).

    [C_FF  A_F'] [ w_F]   [pull_F + price mean_F - C_FX w_X]
    [A_F    0  ] [-nu ] = [sides - A_X w_X                 ]

F are the names between their bounds, X those at one, A the rows that bind. Solved by blocks: C_FF
by Cholesky, or in factors by Woodbury's identity, and then the few rows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotrs

from strategies.optimize.active.aims import Line, line_of
from strategies.optimize.active.quadratic import Quadratic
from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, FactorModel, block, times

States = NDArray[np.int8]
"""-1 at the lower side, 0 between, 1 at the upper side; rows of equal sides are always at one."""

FEW_FACTORS = 0.5
"""Of the free names: with more factors than that the whole block is quicker."""
REPEATED = 1e-14
"""Part of a name's variance that others do not explain, at which it is a repetition of them."""
CASH = 2e-13
"""Part of the mean variance below which a name has none of its own."""
STIFFENED_MAX = 600
"""Names of which the whole block is formed where the covariance has no inverse."""
FOLLOWS = 1e-12
"""Part of the greatest singular value below which a row follows from others."""


class Singular(Exception):
    """What binds leaves no single answer: too little is free, or the covariance has no inverse."""


class Unsided(Singular):
    """On which side of a sum of absolute values each name stands was not found."""


@dataclass(frozen=True, slots=True)
class Point:
    """w = a + price b with its prices: ``a``, ``b``, ``slope_a``, ``slope_b`` (n,).

    The slopes are C a and C b; ``rows_a``, ``rows_b`` (m,) the prices nu of all rows, zero where
    a row does not bind.
    """

    a: Array
    b: Array
    slope_a: Array
    slope_b: Array
    rows_a: Array
    rows_b: Array

    def line(self, mean: Array) -> Line:
        """Return and variance along it."""
        return line_of(self.a, self.b, self.slope_a, mean)

    def weights(self, price: float) -> Array:
        """The weights at a price, shape (n,)."""
        return self.a + price * self.b

    def row_prices(self, price: float) -> Array:
        """The rows' prices, shape (m,)."""
        return self.rows_a + price * self.rows_b


def solve_point(quadratic: Quadratic, names: States, rows: States) -> Point:
    """The answer if just these limits bind. Raises ``Singular`` where there is none."""
    free = np.flatnonzero(names == 0)
    fixed = np.where(names < 0, quadratic.lower, np.where(names > 0, quadratic.upper, 0.0))
    fixed[free] = 0.0
    tight = np.flatnonzero(rows)
    matrix = quadratic.rows.matrix[tight]
    sides = np.where(rows > 0, quadratic.rows.high, quadratic.rows.low)[tight]
    pulled = quadratic.pull[free]
    if fixed.any():
        pulled = pulled - times(quadratic.covariance, fixed)[free]
    gain = np.empty((free.size, 2 + len(tight)))
    gain[:, 0], gain[:, 1], gain[:, 2:] = pulled, quadratic.mean[free], matrix[:, free].T
    wants = np.zeros((len(tight), 2))
    wants[:, 0] = sides - matrix @ fixed
    solved = _solved(quadratic.covariance, free, gain, wants[:, 0])
    nu = _row_prices(matrix[:, free], solved, wants)
    between = solved[:, :2] + solved[:, 2:] @ nu
    both = np.zeros((len(fixed), 2))
    both[:, 0] = fixed
    both[free] = between
    every = np.zeros((len(rows), 2))
    every[tight] = nu
    slopes = _slopes(quadratic.covariance, both)
    return Point(*both.T.copy(), *slopes.T.copy(), *every.T.copy())


def _slopes(covariance: Covariance, columns: Array) -> Array:
    """C times ``columns`` (n, 2)."""
    if isinstance(covariance, FactorModel):
        common = covariance.loadings @ (covariance.loadings.T @ columns)
        return np.asarray(common + covariance.specific[:, None] * columns)
    return np.asarray(covariance @ columns)


def _row_prices(matrix: Array, solved: Array, wants: Array) -> Array:
    """Prices (m, 2) with which the rows that bind are kept, the least where some repeat others.

    Such rows are kept along with the others, or contradict them.
    """
    if not len(matrix):
        return np.zeros((0, 2))
    schur = matrix @ solved[:, 2:]
    lacking = wants - matrix @ solved[:, :2]
    own = np.diag(schur)
    if len(own) == 1 and own[0] > 0:
        return np.asarray(lacking / own[0], dtype=np.float64)
    size = np.sqrt(np.where(own > 0, own, 1.0))
    scaled, want = schur / size[:, None] / size, lacking / size[:, None]
    found, _, rank, _ = np.linalg.lstsq(scaled, want, rcond=FOLLOWS)
    if rank < len(scaled):
        missed = np.abs(scaled @ found - want)
        if (missed > FOLLOWS * (1.0 + np.abs(want).max())).any():
            raise Singular("the limits that bind contradict or repeat each other")
    return np.asarray(found / size[:, None], dtype=np.float64)


def _inverse(covariance: Covariance, free: NDArray[np.intp], gain: Array) -> Array:
    """C_FF^-1 gain, shape (f, c)."""
    if not free.size:
        return np.zeros_like(gain)
    if isinstance(covariance, FactorModel) and covariance.loadings.shape[1] < (
        FEW_FACTORS * free.size
    ):
        return _woodbury(covariance.loadings[free], covariance.specific[free], gain)
    return _cholesky(block(covariance, free), gain)


def _solved(covariance: Covariance, free: NDArray[np.intp], gain: Array, sides: Array) -> Array:
    """C_FF^-1 gain (f, c), or what serves as well where the rows that bind are at ``sides``."""
    if not _holds_cash(covariance, free):
        try:
            return _inverse(covariance, free, gain)
        except Singular:
            if free.size > STIFFENED_MAX:
                raise
    return _stiffened(covariance, free, gain, sides)


def _holds_cash(covariance: Covariance, free: NDArray[np.intp]) -> bool:
    """Whether a name has no variance, or one that was lent to it."""
    own = np.diag(covariance)[free] if isinstance(covariance, np.ndarray) else np.ones(1)
    return bool((own <= CASH * own.mean()).any()) if own.size else False


def _stiffened(covariance: Covariance, free: NDArray[np.intp], gain: Array, sides: Array) -> Array:
    """With a multiple of (A w - sides)^2 added, which is zero where the rows that bind are kept.

    That makes a matrix of one that is singular only in directions that break a row: cash is one.
    """
    matrix, rows = block(covariance, free), gain[:, 2:].T
    usual = float(np.diag(matrix).mean())
    if not (len(rows) and usual > 0):
        raise Singular("the covariance of what is free has no inverse")
    scaled = rows * (usual / np.maximum(np.einsum("ij,ij->i", rows, rows), 1.0))[:, None]
    lent = gain.copy()
    lent[:, 0] += scaled.T @ sides
    return _cholesky(matrix + rows.T @ scaled, lent)


def _cholesky(matrix: Array, gain: Array) -> Array:
    """C^-1 gain. Raises ``Singular`` also where names all but repeat others, which spoils it."""
    factor, failed = dpotrf(matrix, lower=True, clean=False)
    if failed:
        raise Singular("the covariance of what is free has no inverse")
    own = factor.diagonal()
    if (own * own <= REPEATED * matrix.diagonal()).any():
        raise Singular("the covariance of what is free has no inverse to speak of")
    return np.asarray(dpotrs(factor, gain, lower=True)[0], dtype=np.float64)


def _woodbury(loadings: Array, specific: Array, gain: Array) -> Array:
    """(D + B B')^-1 gain = D^-1 gain - D^-1 B (1 + B' D^-1 B)^-1 B' D^-1 gain."""
    if specific.min() <= 0:
        raise Singular("a name has no variance of its own")
    inverse = (1.0 / specific)[:, None]
    scaled, direct = loadings * inverse, gain * inverse
    inner = loadings.T @ scaled
    inner.flat[:: len(inner) + 1] += 1.0
    return np.asarray(direct - scaled @ _cholesky(inner, loadings.T @ direct), dtype=np.float64)
