"""Most return for each unit of risk (Sharpe, Journal of Business 39 (1966)), most diversified."""

import numpy as np

from strategies.optimize.active import Quadratic, Sharpe, most_return
from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, variance, volatility
from strategies.targets.few.choice import chosen
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.portfolio import Portfolio, checked, portfolio
from strategies.targets.refusal import NoTarget
from strategies.targets.sound import positive_variances
from strategies.targets.stated import answered, convex, state

NO_RISK = 1e-11
"""Part of the variance that names have without a hedge, or usually have, that is none."""
REMEDY = "take a covariance from more days, or a shrunk one, and leave out names that repeat others"


def maximum_sharpe(
    mean: Array,
    covariance: Covariance,
    limits: Limits = LONG_ONLY,
    *,
    risk_free: float = 0.0,
) -> Portfolio:
    """Maximise (mean . w - ``risk_free``) / sqrt(w' C w); all of one period.

    Raises ``NoTarget`` also where no weights within the limits are expected to return more than
    the risk-free rate (then the least ratio would be the most volatile), and where some do so
    without any risk.
    """
    checked(covariance, mean)
    if not np.isfinite(risk_free):
        raise NoTarget(f"the risk-free rate is {risk_free:g}")
    covariance, notes = convex(covariance)
    asked = state(covariance, limits, mean=mean)
    if (most := _most_within_bounds(asked, limits.budget)) <= risk_free:
        raise _no_reward(most, risk_free)
    every = answered(asked, Sharpe(risk_free), limits)
    if mean @ every.weights <= risk_free and (most := _most(asked)) <= risk_free:
        raise _no_reward(most, risk_free)
    if _has_no_risk(covariance, every.weights):
        raise NoTarget(
            "some names together have no risk and return more than the risk-free rate, so that the"
            f" ratio has no limit: {REMEDY}; or raise the risk-free rate, where one of them is cash"
        )
    answer, more = chosen(asked, Sharpe(risk_free), limits, every)
    return portfolio(
        answer.weights,
        covariance,
        mean=mean,
        risk_free=risk_free,
        gap=answer.gap,
        notes=(*notes, *more),
    )


def _has_no_risk(covariance: Covariance, weights: Array) -> bool:
    """Whether the names of a portfolio hedge each other away, or never had any risk."""
    sigma = volatility(covariance)
    usual = float(np.median(sigma[sigma > 0])) if sigma.any() else 0.0
    apart = float(np.abs(weights) @ np.maximum(sigma, usual))
    return variance(covariance, weights) <= NO_RISK * apart**2


def _most_within_bounds(asked: Quadratic, budget: float) -> float:
    """The most return that bounds and the budget alone allow: all in the names of most return."""
    order = np.argsort(-asked.mean, kind="stable")
    lower, room = asked.lower[order], (asked.upper - asked.lower)[order]
    if not np.isfinite(lower).all():
        return np.inf
    left = budget - float(lower.sum())
    more = np.clip(left - (np.cumsum(room) - room), 0.0, room)
    return float(asked.mean[order] @ (lower + more))


def _most(asked: Quadratic) -> float:
    """The most return within all limits."""
    found = most_return(asked)
    return -np.inf if found is None else found


def _no_reward(most: float, risk_free: float) -> NoTarget:
    return NoTarget(
        f"nothing within the limits is expected to return more than the risk-free rate of"
        f" {risk_free:g} (at most {most:g}): hold cash, or another strategy"
    )


def maximum_diversification(
    covariance: Covariance,
    limits: Limits = LONG_ONLY,
    *,
    mean: Array | None = None,
    risk_free: float = 0.0,
) -> Portfolio:
    """Maximise (sigma . w) / sqrt(w' C w), sigma the volatilities of the names.

    Choueifaty and Coignard, Journal of Portfolio Management 35 (2008). It is the greatest Sharpe
    ratio if every name earned its volatility. Raises ``NoTarget``.
    """
    checked(covariance, mean)
    positive_variances(covariance)
    covariance, notes = convex(covariance)
    sigma = volatility(covariance)
    asked = state(covariance, limits, mean=sigma)
    every = answered(asked, Sharpe(0.0), limits)
    if _has_no_risk(covariance, every.weights):
        raise NoTarget(f"some names hedge each other to no risk at all: {REMEDY}")
    answer, more = chosen(asked, Sharpe(0.0), limits, every)
    ratio = portfolio(answer.weights, covariance, mean=sigma).sharpe
    said = "" if ratio is None else f"diversification ratio {ratio:.4g}"
    return portfolio(
        answer.weights,
        covariance,
        mean=mean,
        risk_free=risk_free,
        gap=answer.gap,
        notes=(*notes, *more, said),
    )
