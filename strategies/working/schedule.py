"""How a large order is spread over time: evenly, with the volume, or by Almgren and Chriss.

Source: Almgren and Chriss (2000), Optimal Execution of Portfolio Transactions, Journal of Risk 3,
5-39, by its sections. Time is in trading days, money in one currency. Arrays are floats of one
schedule, which ``waves`` turns into whole steps of a quantity.
"""

from dataclasses import dataclass
from math import acosh, isfinite, sinh

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STILL = 1e-9
"""Of kappa x T: below it the schedule is a straight line to within rounding."""
STEEP = 300.0
"""Of kappa x T: above it sinh leaves the floats, and is taken as an exponential."""


class BadSchedule(ValueError):
    """A schedule that makes no sense; it says what is wrong."""


@dataclass(frozen=True, slots=True)
class Frictions:
    """What trading one name costs and risks.

    ``sigma`` is the volatility, in money per share and square root of a day; ``eta`` the temporary
    impact, money per share for each share a day; ``gamma`` the permanent impact, money per share
    for each share; ``epsilon`` the fixed cost of crossing, money per share.
    """

    sigma: float
    eta: float
    gamma: float = 0.0
    epsilon: float = 0.0


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A schedule, and what it comes to.

    ``holdings`` x, shape (N + 1,), are the shares still to trade, from X down to 0; ``trades`` n,
    shape (N,), what each interval trades. ``cost`` is the expected cost and ``variance`` that of
    the cost, in money and money squared. ``kappa`` is the urgency, per day.
    """

    holdings: Array
    trades: Array
    kappa: float
    cost: float
    variance: float

    @property
    def half_life(self) -> float:
        """1 / kappa in days, the time after which a factor of e is left; infinite for a line."""
        return 1 / self.kappa if self.kappa else float("inf")


def twap(count: int) -> Array:
    """The same share of the order in each of ``count`` intervals; shape (count,), sums to 1."""
    _check(count >= 1, f"{count} intervals: at least one is needed")
    return np.full(count, 1.0 / count)


def participation(quantity: float, volumes: Array, rate: float) -> Array:
    """Shares to trade in each interval at ``rate`` of its volume, until ``quantity`` is done.

    ``volumes`` (N,) are the shares expected to trade; what they leave of the order stays untraded.
    """
    _check(isfinite(quantity) and quantity > 0, f"a quantity of {quantity} is not one")
    _check(0 < rate <= 1, f"a share of {rate} of the volume is not between 0 and 1")
    _check(bool(np.isfinite(volumes).all() and (volumes >= 0).all()), "a volume is not a number")
    done = np.minimum(np.cumsum(rate * volumes), quantity)
    return np.diff(done, prepend=0.0)


def almgren_chriss(
    quantity: float, days: float, count: int, frictions: Frictions, risk_aversion: float
) -> Trajectory:
    """The trades that minimise E + lambda V over ``count`` intervals of ``days`` in all.

    x_j = sinh(kappa (T - t_j)) / sinh(kappa T) X, and n_j = x_(j-1) - x_j, with kappa from
    2 / tau^2 (cosh(kappa tau) - 1) = lambda sigma^2 / eta~ and eta~ = eta - gamma tau / 2 (section
    2.2). ``risk_aversion`` is lambda, per unit of money. Raises ``BadSchedule``.
    """
    _check(count >= 1, f"{count} intervals: at least one is needed")
    _check(isfinite(quantity) and quantity > 0, f"a quantity of {quantity} is not one")
    _check(isfinite(days) and days > 0, f"{days} days are no time to trade in")
    _check(isfinite(risk_aversion) and risk_aversion >= 0, f"lambda is {risk_aversion}, below 0")
    _check_frictions(frictions)
    tau = days / count
    kappa = _kappa(tau, frictions, risk_aversion)
    left = np.arange(count, -1, -1) / count
    holdings = quantity * _decay(kappa * days, left)
    trades = -np.diff(holdings)
    cost, variance = _moments(holdings, trades, tau, frictions)
    return Trajectory(holdings, trades, kappa, cost, variance)


def _kappa(tau: float, frictions: Frictions, risk_aversion: float) -> float:
    eta = frictions.eta - frictions.gamma * tau / 2
    _check(eta > 0, "intervals are so long that permanent impact outweighs the temporary")
    squared = risk_aversion * frictions.sigma**2 / eta
    return acosh(1 + squared * tau**2 / 2) / tau


def _decay(urgency: float, left: Array) -> Array:
    """sinh(urgency x left) / sinh(urgency), shape of ``left``, which runs from 1 to 0."""
    if urgency < STILL:
        return left
    if urgency < STEEP:
        return np.sinh(urgency * left) / sinh(urgency)
    fallen = np.exp(urgency * (left - 1))
    return np.asarray(fallen * -np.expm1(-2 * urgency * left), dtype=np.float64)


def _moments(
    holdings: Array, trades: Array, tau: float, frictions: Frictions
) -> tuple[float, float]:
    """Expected cost and its variance against the price before all trades (sections 1.4, 1.5).

    E = gamma X^2 / 2 + epsilon sum |n| + eta~ / tau sum n^2, V = sigma^2 tau sum x^2.
    """
    eta = frictions.eta - frictions.gamma * tau / 2
    permanent = 0.5 * frictions.gamma * holdings[0] ** 2
    crossing = frictions.epsilon * float(np.abs(trades).sum())
    cost = permanent + crossing + eta / tau * float(trades @ trades)
    variance = frictions.sigma**2 * tau * float(holdings[1:] @ holdings[1:])
    return float(cost), variance


def _check_frictions(frictions: Frictions) -> None:
    numbers = {
        "sigma": frictions.sigma,
        "gamma": frictions.gamma,
        "epsilon": frictions.epsilon,
    }
    for name, number in numbers.items():
        _check(isfinite(number) and number >= 0, f"{name} is {number}, and cannot be")
    _check(isfinite(frictions.eta) and frictions.eta > 0, f"eta is {frictions.eta}, not above 0")


def _check(sound: bool, why: str) -> None:  # noqa: FBT001  # reads as an assertion
    if not sound:
        raise BadSchedule(why)
