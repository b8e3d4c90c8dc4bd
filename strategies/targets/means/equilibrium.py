"""Expected returns at which all investors together hold the market: reverse optimisation."""

from datetime import date

import numpy as np

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, times
from strategies.targets.means.expected import Expected, finite
from strategies.targets.portfolio import checked
from strategies.targets.refusal import NoTarget

RISK_AVERSION = 2.5
"""Of the market as a whole, as He and Litterman 1999 take it."""


def equilibrium(
    covariance: Covariance,
    caps: Array,
    *,
    day: date,
    risk_aversion: float = RISK_AVERSION,
    risk_free: float = 0.0,
) -> Expected:
    """Returns (n,) that make the market the best portfolio there is: pi = delta C w + rf.

    ``caps`` (n,) are market capitalisations in any one currency, w their shares of the sum, delta
    is ``risk_aversion`` and rf ``risk_free`` (He and Litterman, The Intuition Behind
    Black-Litterman Model Portfolios, 1999). Unit: that of ``covariance``. Raises ``NoTarget``.
    """
    values = implied(covariance, caps, risk_aversion=risk_aversion, risk_free=risk_free)
    earned = float(market(covariance, caps) @ values)
    said = (
        f"equilibrium at a risk aversion of {risk_aversion:g}: the market of these names earns"
        f" {earned:.2%}, without risk one earns {risk_free:.2%}"
    )
    return Expected(values, "equilibrium", day, (said,))


def implied(
    covariance: Covariance,
    caps: Array,
    *,
    risk_aversion: float = RISK_AVERSION,
    risk_free: float = 0.0,
) -> Array:
    """The numbers of ``equilibrium`` alone, shape (n,)."""
    w = market(covariance, caps)
    if not 0 < risk_aversion < np.inf:
        raise NoTarget(f"risk aversion of the market is {risk_aversion:g}: it has to be above zero")
    finite("risk-free rate", np.array([risk_free]), dimensions=1)
    return risk_aversion * times(covariance, w) + risk_free


def market(covariance: Covariance, caps: Array) -> Array:
    """Shares (n,) of the market capitalisations ``caps`` (n,). Raises ``NoTarget``."""
    names = checked(covariance)
    finite("market cap", caps, dimensions=1)
    if caps.shape != (names,):
        raise NoTarget(f"there are {caps.size} market caps for {names} names")
    if (caps < 0).any() or not caps.any():
        least = int(np.argmin(caps))
        raise NoTarget(f"market cap[{least}] is {caps[least]:g}")
    return np.asarray(caps / caps.sum(), dtype=np.float64)


def market_aversion(market_return: float, risk_free: float, market_variance: float) -> float:
    """The risk aversion of who holds the market: delta = (E[r] - rf) / variance.

    Raises ``NoTarget`` where the market pays nothing for its risk.
    """
    if not (0 < market_variance < np.inf and risk_free < market_return < np.inf):
        raise NoTarget(
            f"a market that returns {market_return:.2%} against {risk_free:.2%} without risk, with"
            f" a variance of {market_variance:g}, tells no aversion to risk"
        )
    return (market_return - risk_free) / market_variance
