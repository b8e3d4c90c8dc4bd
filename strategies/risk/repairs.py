"""Three repairs of a covariance, each for one defect, and the words that say what was done.

    threshold     it is none: an eigenvalue is negative      the nearest covariance that is one
    shrink        fewer observations than names              correlations toward zero
    load          the condition number is too large          every variance a little larger

All work on the correlations, so that a bond fund and a coin are treated alike, and keep the form:
factors stay factors.
"""

from dataclasses import dataclass

import numpy as np

from strategies.risk.model import Array, Covariance, FactorModel, size, variances
from strategies.risk.spectrum import Ends, correlation, ends

CONDITION_MAX = 1e6
"""With volatilities made equal, the calmest portfolio then moves a thousandth as far as the wildest
one: a better hedge than that cannot be told from daily returns."""
THRESHOLD = 1e-5
"""Eigenvalues of the correlations are raised to this share of the largest."""
NEGATIVE = 1e-12
"""An eigenvalue below zero by this share of the largest is rounding."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A covariance that can be used, the condition number of its correlations, and what was done.

    ``repairs`` has one sentence for each repair, in their order; empty where none was needed.
    """

    covariance: Covariance
    condition: float
    repairs: tuple[str, ...]


def mend(covariance: Covariance, *, observations: float | None = None) -> Mended:
    """Apply the repairs that ``covariance`` needs, one after the other, and no others.

    ``observations`` is how many independent ones stand behind an estimate that has not been shrunk
    yet; None asks for no shrinking. Raises ``NoRisk`` for a variance that is negative or no number.
    """
    said: list[str] = []
    found = ends(covariance)
    if not isinstance(covariance, FactorModel) and found.least < -NEGATIVE * found.most:
        covariance, count = threshold(covariance, THRESHOLD * found.most)
        said.append(
            f"{count} of {len(covariance)} eigenvalues of the correlations raised to"
            f" {THRESHOLD * found.most:.2g} (the least was {found.least:.2g}): the nearest"
            " covariance that is one"
        )
        found = ends(covariance)
    if observations is not None and observations <= size(covariance):
        part = shrink_intensity(covariance, observations)
        covariance, found = shrink(covariance, part), _mixed(found, part)
        said.append(
            f"correlations shrunk by {part:.2%}: {observations:.0f} observations of"
            f" {size(covariance)} names"
        )
    if found.condition > CONDITION_MAX:
        part = max(0.0, (found.most - CONDITION_MAX * found.least) / (CONDITION_MAX - 1))
        said.append(
            f"variances raised by {part:.2g} of themselves: the condition number was"
            f" {found.condition:.2g}, {CONDITION_MAX:.0e} is allowed"
        )
        covariance = load(covariance, part)
        found = Ends(found.least + part, found.most + part)
    return Mended(covariance, found.condition, tuple(said))


def threshold(covariance: Array, least: float) -> tuple[Array, int]:
    """The nearest matrix whose correlations, by today's variances, have no eigenvalue below.

    Distance is the Frobenius norm in units of sigma_i sigma_j (Higham, Linear Algebra and its
    Applications 103 (1988), theorem 2.1; weighted as in IMA Journal of Numerical Analysis 22
    (2002), theorem 3.2). Variances become larger, if anything. Names without variance stay as they
    are. Answers with the number of eigenvalues that were raised.
    """
    risky = np.flatnonzero(np.diag(covariance) > 0)
    part = covariance[np.ix_(risky, risky)]
    values, vectors = np.linalg.eigh(correlation((part + part.T) / 2))
    low = values < least
    raised = (vectors[:, low] * (least - values[low])) @ vectors[:, low].T
    scale = np.sqrt(np.diag(part))
    nearest = covariance.copy()
    nearest[np.ix_(risky, risky)] = (part + part.T) / 2 + raised * scale[:, None] * scale
    return nearest, int(low.sum())


def shrink(covariance: Covariance, part: float) -> Covariance:
    """(1-p) C + p diag(C): every correlation smaller by ``part``, variances as they were."""
    if isinstance(covariance, FactorModel):
        specific = (1 - part) * covariance.specific + part * variances(covariance)
        loadings = np.sqrt(1 - part) * covariance.loadings
        return FactorModel(loadings, specific, covariance.observations, covariance.notes)
    shrunk = (1 - part) * covariance
    np.fill_diagonal(shrunk, np.diag(covariance))
    return np.asarray(shrunk)


def load(covariance: Covariance, part: float) -> Covariance:
    """C + p diag(C): every variance larger by ``part`` of itself, covariances as they were."""
    more = part * variances(covariance)
    if isinstance(covariance, FactorModel):
        specific = covariance.specific + more
        return FactorModel(covariance.loadings, specific, covariance.observations, covariance.notes)
    return np.asarray(covariance + np.diag(more))


def shrink_intensity(covariance: Covariance, observations: float) -> float:
    """How far to shrink correlations toward zero, within 0 and 1.

    p = sum Var(r_ij) / sum r_ij^2 over pairs (Schäfer and Strimmer, Statistical Applications in
    Genetics and Molecular Biology 4 (2005), article 32, target D), with the large-sample variance
    (1 - r^2)^2 / T of a correlation, at the mean square q that is left of the sample's m once its
    noise is taken off: p = (1 - q)^2 / (m T), q = (m T - 1) / (T - 1).
    """
    risky = int((variances(covariance) > 0).sum())
    pairs = risky * (risky - 1)
    mean_square = (_square_sum(covariance) - risky) / pairs if pairs else 0.0
    if mean_square * observations <= 1:
        return 1.0
    real = (mean_square * observations - 1) / (observations - 1)
    return min(1.0, (1 - real) ** 2 / (mean_square * observations))


def _square_sum(covariance: Covariance) -> float:
    """Sum of all squared correlations, a name's with itself too."""
    total = variances(covariance)
    scale = 1 / np.sqrt(np.where(total > 0, total, np.inf))
    if not isinstance(covariance, FactorModel):
        whole = covariance * scale[:, None] * scale
        return float(np.einsum("ij,ij->", whole, whole))
    loadings, specific = covariance.loadings * scale[:, None], covariance.specific * scale**2
    inner = loadings.T @ loadings
    common = np.einsum("ij,ij->i", loadings, loadings)
    return float(np.einsum("ij,ij->", inner, inner) + specific @ (2 * common + specific))


def _mixed(found: Ends, part: float) -> Ends:
    """The ends of the spectrum once correlations are shrunk."""
    return Ends((1 - part) * found.least + part, (1 - part) * found.most + part)
