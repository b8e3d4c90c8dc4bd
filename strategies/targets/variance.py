"""Least variance, and variance against return: Markowitz, Journal of Finance 7 (1952)."""

import numpy as np

from strategies.optimize.active import Utility
from strategies.optimize.problem import Array
from strategies.risk.model import Covariance
from strategies.targets.few.choice import chosen
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.portfolio import Portfolio, checked, portfolio
from strategies.targets.refusal import NoTarget
from strategies.targets.stated import convex, state


def minimum_variance(
    covariance: Covariance,
    limits: Limits = LONG_ONLY,
    *,
    mean: Array | None = None,
    risk_free: float = 0.0,
) -> Portfolio:
    """Minimise w' C w within ``limits``; ``mean`` (n,) only serves the figures.

    Raises ``NoTarget``.
    """
    checked(covariance, mean)
    covariance, notes = convex(covariance)
    answer, more = chosen(state(covariance, limits), Utility(0.0), limits)
    return portfolio(
        answer.weights,
        covariance,
        mean=mean,
        risk_free=risk_free,
        gap=answer.gap,
        notes=(*notes, *more),
    )


def mean_variance(
    mean: Array,
    covariance: Covariance,
    limits: Limits = LONG_ONLY,
    *,
    risk_aversion: float,
    risk_free: float = 0.0,
) -> Portfolio:
    """Maximise mean . w - ``risk_aversion`` / 2 w' C w; all of one period. Raises ``NoTarget``."""
    checked(covariance, mean)
    if not (np.isfinite(risk_aversion) and risk_aversion > 0):
        raise NoTarget(f"the aversion to risk is {risk_aversion:g}: it must be above zero")
    covariance, notes = convex(covariance)
    asked = state(covariance, limits, mean=mean)
    answer, more = chosen(asked, Utility(1.0 / risk_aversion), limits)
    return portfolio(
        answer.weights,
        covariance,
        mean=mean,
        risk_free=risk_free,
        gap=answer.gap,
        notes=(*notes, *more),
    )
