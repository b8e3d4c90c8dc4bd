"""Eigenvalues of covariances and correlations, without a matrix larger than the returns themselves.

Of returns x (T, n), x'x (n, n) and x x' (T, T) have the same eigenvalues but for zeros, so the
smaller of the two is taken. What of a spectrum is needed is asked for: its ends, its largest few,
or all above an edge.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.risk.model import Array, Covariance, FactorModel, times, variances
from strategies.risk.refusal import NoRisk

EXACT_MAX = 1000
"""Leading eigenvectors of a matrix of this size are found exactly; beyond, by chance, quickly."""
OVERSAMPLING = 10
PASSES = 3
ITERATED_MIN = 64
"""From this size on, single eigenvalues are found by Lanczos iterations."""
KRYLOV = 12
"""Vectors that a Lanczos iteration keeps."""
TOLERANCE = 1e-4
"""Relative, of an eigenvalue found by iteration."""
ROUNDING = 1e-12
"""An eigenvalue this small beside the largest is zero."""
SPECIFIC_LEAST = 1e-11
"""Share of a name's variance that stands for none where an inverse is wanted."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The least and the largest eigenvalue of a correlation matrix."""

    least: float
    most: float

    @property
    def condition(self) -> float:
        """Their ratio; infinite where the matrix is singular or no covariance at all."""
        return self.most / self.least if self.least > ROUNDING * self.most else float("inf")


def smaller_gram(x: Array) -> Array:
    """Of x (T, n): x'x or x x', whichever is smaller."""
    return np.asarray(x.T @ x if x.shape[1] <= len(x) else x @ x.T)


def leading(x: Array, count: int) -> tuple[Array, Array]:
    """The ``count`` largest eigenvalues (k,) of x'x, largest first, and eigenvectors (n, k).

    Fewer where x (T, n) has a lower rank.
    """
    gram = smaller_gram(x)
    count = min(count, len(gram))
    if count == 0:
        return np.empty(0), np.empty((x.shape[1], 0))
    return _of_names(x, *_eigh(gram, subset_by_index=(len(gram) - count, len(gram) - 1)))


def above(x: Array, gram: Array, edge: float) -> tuple[Array, Array]:
    """All eigenvalues of x'x beyond ``edge``, largest first, and their eigenvectors (n, k).

    ``gram`` is ``smaller_gram(x)``.
    """
    return _of_names(x, *_eigh(gram, subset_by_value=(edge, np.inf)))


def largest(gram: Array) -> float:
    """The largest eigenvalue of a symmetric matrix."""
    if len(gram) < ITERATED_MIN:
        return float(np.linalg.eigvalsh(gram)[-1])
    return _iterated(gram, len(gram))


def randomised(x: Array, count: int, random: np.random.Generator) -> tuple[Array, Array]:
    """As ``leading``, nearly, in a fraction of its time: randomised block Krylov iteration.

    Eigenvalues that stand out come to about 1e-4 of themselves, those within the noise to 5 %:
    there one direction is as good as another (Musco and Musco, NeurIPS 2015, algorithm 2; Halko,
    Martinsson and Tropp, SIAM Review 53 (2011)).
    """
    block = random.normal(size=(x.shape[1], count + OVERSAMPLING))
    blocks = []
    for _ in range(PASSES + 1):
        block = np.linalg.qr(x.T @ (x @ block))[0]
        blocks.append(block)
    basis = np.linalg.qr(np.hstack(blocks))[0]
    image = x @ basis
    values, vectors = np.linalg.eigh(image.T @ image)
    return values[::-1][:count], basis @ vectors[:, ::-1][:, :count]


def principal_components(x: Array, count: int, seed: int) -> tuple[Array, Array]:
    """``leading`` where that is quick, ``randomised`` from ``seed`` where it is not."""
    if min(x.shape) > max(EXACT_MAX, PASSES * (count + OVERSAMPLING)):
        return randomised(x, count, np.random.default_rng(seed))
    return leading(x, count)


def ends(covariance: Covariance) -> Ends:
    """The ends of the spectrum of the correlations, whatever the form.

    Names without variance count for nothing. From an array or few names to rounding, else to
    ``TOLERANCE``. Raises ``NoRisk`` where a variance is negative or no number.
    """
    variance = variances(covariance)
    own = covariance.specific if isinstance(covariance, FactorModel) else variance
    bad = ~(np.isfinite(variance) & (variance >= 0) & (own >= 0))
    if bad.any():
        place = int(np.argmax(bad))
        raise NoRisk(f"the variance of name {place} is {min(own[place], variance[place]):g}")
    risky = np.flatnonzero(variance > 0)
    if not risky.size:
        return Ends(1.0, 1.0)
    if isinstance(covariance, FactorModel):
        return _of_factors(_only(covariance, risky))
    values = np.linalg.eigvalsh(correlation(covariance[np.ix_(risky, risky)]))
    return Ends(float(values[0]), float(values[-1]))


def condition(covariance: Covariance) -> float:
    """Condition number of the correlation matrix: its largest eigenvalue over its least."""
    return ends(covariance).condition


def correlation(covariance: Array) -> Array:
    """Correlations (n, n) of names that all have a variance."""
    scale = 1 / np.sqrt(np.diag(covariance))
    return np.asarray(covariance * scale[:, None] * scale)


def _only(model: FactorModel, names: NDArray[np.intp]) -> FactorModel:
    if names.size == len(model.specific):
        return model
    return FactorModel(model.loadings[names], model.specific[names])


def _of_factors(model: FactorModel) -> Ends:
    """Of names that all have a variance."""
    (n, k), scale = model.loadings.shape, 1 / np.sqrt(variances(model))
    if n < ITERATED_MIN or k >= n:
        own = model.loadings * scale[:, None]
        values = np.linalg.eigvalsh(own @ own.T + np.diag(model.specific * scale**2))
        return Ends(float(values[0]), float(values[-1]))
    most = _iterated(lambda v: scale * times(model, scale * v), n)
    if (model.specific <= 0).sum() > k:
        return Ends(0.0, most)
    return Ends(1 / _iterated(_inverse(model, scale), n), most)


def _inverse(model: FactorModel, scale: Array) -> Callable[[Array], Array]:
    """Multiplication with the inverse of the correlations: Woodbury's identity, k x k."""
    from scipy.linalg import cho_factor, cho_solve

    root = np.sqrt(np.maximum(model.specific, SPECIFIC_LEAST / scale**2))
    own = model.loadings / root[:, None]
    inner = own.T @ own
    inner[np.diag_indices_from(inner)] += 1
    factor = cho_factor(inner, overwrite_a=True, check_finite=False)

    def inverse(v: Array) -> Array:
        right = v / (scale * root)
        common = own @ cho_solve(factor, own.T @ right, check_finite=False)
        return np.asarray((right - common) / (scale * root))

    return inverse


def _iterated(matrix: Array | Callable[[Array], Array], n: int) -> float:
    """The largest eigenvalue of an array (n, n), or of a function that multiplies vectors (n,)."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    if callable(matrix):
        matrix = LinearOperator((n, n), matvec=matrix, dtype=np.float64)
    start = 1 + 0.5 * np.cos(np.arange(n))
    found = eigsh(
        matrix,
        k=1,
        which="LA",
        v0=start,
        ncv=min(n, KRYLOV),
        tol=TOLERANCE,
        return_eigenvectors=False,
    )
    return float(found[0])


def _eigh(gram: Array, **subset: tuple[float, float]) -> tuple[Array, Array]:
    """Eigenvalues and eigenvectors of a part of a spectrum, largest first."""
    from scipy.linalg import eigh

    values, vectors = eigh(gram, check_finite=False, **subset)
    return values[::-1], vectors[:, ::-1]


def _of_names(x: Array, values: Array, vectors: Array) -> tuple[Array, Array]:
    """Positive eigenvalues, and eigenvectors of x'x where those given are of x x'."""
    positive = values > ROUNDING * max(float(values.max(initial=0.0)), 1e-300)
    values, vectors = values[positive], vectors[:, positive]
    if x.shape[1] > len(x):
        vectors = x.T @ vectors / np.sqrt(values)
    return values, vectors
