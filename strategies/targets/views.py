"""Views on returns, and the returns that follow from them: Black and Litterman's model.

The mean mu of the returns is not known: before the views it is N(pi, tau C), with pi the returns
of the equilibrium. The owner says P mu = Q, each view with an error of variance omega. Then

    mean         pi + A M^-1 (Q - P pi),   A = tau C P',   M = P A + Omega
    covariance   C + tau C - A M^-1 A'     of the returns: their own, and what is not known of mu

(He and Litterman, The Intuition Behind Black-Litterman Model Portfolios, 1999; this form needs no
inverse of C, nor of Omega, so that a view may be certain). With factors C = B B' + D the views
tell of the factors and of the specific returns of the names they mention, and of no other; so the
covariance afterwards is factors again, and nothing of size n x n is formed.
"""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, FactorModel
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.means.equilibrium import RISK_AVERSION, equilibrium, implied
from strategies.targets.means.expected import Expected
from strategies.targets.means.inverse import solved
from strategies.targets.means.opinions import Heard, Views, check, heard
from strategies.targets.portfolio import Portfolio, checked, portfolio
from strategies.targets.refusal import NoTarget
from strategies.targets.variance import mean_variance

SINGULAR = 1e-12
"""Eigenvalues of M, scaled to a unit diagonal, below which views say the same."""
CONTRADICTION = 1e-9
"""Difference of returns by which views that say the same may differ through rounding."""
MENTIONED_MAX = 250
"""Names in views whose specific returns each become a factor of the posterior."""


def posterior(covariance: Covariance, prior: Array, views: Views) -> tuple[Array, Covariance]:
    """Mean (n,) and covariance of the returns after ``views``; ``prior`` is pi, (n,).

    The unit is that of ``covariance`` and ``prior``; ``values`` of the views are total returns
    where ``prior`` is. Raises ``NoTarget`` for views that make no sense or contradict each other.
    """
    check(views, checked(covariance, prior))
    told = heard(covariance, views)
    surprise = told.values - told.coefficients @ prior
    inverse = _inverse(told, surprise)
    mean = prior + told.reach @ (inverse @ surprise)
    if isinstance(covariance, FactorModel):
        return mean, _factors_after(covariance, told.coefficients, inverse, views.tau)
    after = (1 + views.tau) * covariance - told.reach @ inverse @ told.reach.T
    return mean, (after + after.T) / 2


def viewed(
    covariance: Covariance,
    caps: Array,
    views: Views,
    *,
    day: date,
    risk_aversion: float = RISK_AVERSION,
    risk_free: float = 0.0,
) -> tuple[Expected, Covariance]:
    """Expected returns after ``views`` on the equilibrium of ``caps`` (n,), and their covariance.

    ``day`` is the later one of the caps' and the views'. Raises ``NoTarget``.
    """
    prior = equilibrium(covariance, caps, day=day, risk_aversion=risk_aversion, risk_free=risk_free)
    mean, after = posterior(covariance, prior.values, views)
    moved = mean - prior.values
    many = "1 view moves" if len(views.values) == 1 else f"{len(views.values)} views move"
    said = f"{many} returns by {moved.min():+.2%} to {moved.max():+.2%}"
    return Expected(mean, "views", day, (*prior.notes, said)), after


def black_litterman(
    covariance: Covariance,
    caps: Array,
    views: Views,
    limits: Limits | None = LONG_ONLY,
    *,
    risk_aversion: float = RISK_AVERSION,
    risk_free: float = 0.0,
) -> Portfolio:
    """The best mean-variance portfolio after ``views`` on the equilibrium of ``caps`` (n,).

    Who has no views holds the market: so that this is true of weights that have to sum to one, what
    is not known of mu makes nobody more cautious, delta being divided by 1 + tau. With ``limits``
    None the weights are those of He and Litterman, (delta C*)^-1 (mu* - rf), and what they lack to
    one is cash. Raises ``NoTarget``.
    """
    prior = implied(covariance, caps, risk_aversion=risk_aversion, risk_free=risk_free)
    mean, after = posterior(covariance, prior, views)
    if limits is None:
        excess = (mean - risk_free) / risk_aversion
        weights = solved(after, excess[:, None])[:, 0]
        return portfolio(weights, after, mean=mean, risk_free=risk_free)
    as_before = risk_aversion / (1 + views.tau)
    return mean_variance(mean, after, limits, risk_aversion=as_before, risk_free=risk_free)


def _inverse(told: Heard, surprise: Array) -> Array:
    """M^-1, (k, k), where views that are certain may repeat but not contradict each other."""
    matrix = told.coefficients @ told.reach + told.omega
    scale = np.sqrt(np.diag(matrix))
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    known = values > SINGULAR
    missed = np.abs(vectors[:, ~known].T @ (surprise / scale)) * scale.max(initial=0.0)
    if (missed > CONTRADICTION).any():
        worst = vectors[:, ~known][:, int(np.argmax(missed))]
        which = told.numbers[np.abs(worst) > np.abs(worst).max() / len(worst)]
        said = ", ".join(str(number) for number in which)
        raise NoTarget(
            f"views {said} are certain and contradict each other: correct one, or be less sure"
        )
    half = vectors[:, known] / np.sqrt(values[known]) / scale[:, None]
    return np.asarray(half @ half.T, dtype=np.float64)


def _factors_after(
    model: FactorModel, coefficients: Array, inverse: Array, tau: float
) -> FactorModel:
    """The posterior covariance of the returns as factors: see the top of this file."""
    names, notes = _mentioned(model, coefficients, inverse)
    count = model.loadings.shape[1]
    before = tau * np.concatenate([np.ones(count), model.specific[names]])
    told = np.hstack([coefficients @ model.loadings, coefficients[:, names]]) * before
    both = np.diag(before) - told.T @ inverse @ told
    both[:count, :count] += np.eye(count)
    values, vectors = np.linalg.eigh(both)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    loadings = model.loadings @ root[:count]
    loadings[names] += root[count:]
    specific = (1 + tau) * model.specific
    specific[names] = model.specific[names]
    return FactorModel(loadings, specific, model.observations, (*model.notes, *notes))


def _mentioned(
    model: FactorModel, coefficients: Array, inverse: Array
) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Names in views, at most ``MENTIONED_MAX``: those of which they tell the most."""
    names = np.flatnonzero((coefficients != 0).any(axis=0))
    if names.size <= MENTIONED_MAX:
        return names, ()
    told = np.einsum("kn,kl,ln->n", coefficients, inverse, coefficients) * model.specific**2
    most = np.sort(np.argsort(told)[::-1][:MENTIONED_MAX])
    left = names.size - MENTIONED_MAX
    return most, (f"views: what they tell of the specific risk of {left} names is left out",)
