"""What a report of risk consists of. Losses are positive; weights and losses are shares of NAV."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from strategies.risk.drawdown import Drawdown
from strategies.risk.exposures import Regression
from strategies.risk.moments import Moments


class Method(StrEnum):
    """How a loss in the tail is reckoned."""

    HISTORICAL = "historical"
    NORMAL = "normal"
    CORNISH_FISHER = "cornish-fisher"
    """Skewness and kurtosis of the returns as parameters: "modified VaR", as others print it."""
    CORNISH_FISHER_MATCHED = "cornish-fisher-matched"
    """Parameters at which the distribution has that skewness and kurtosis (Maillard 2012)."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Loss over the horizon at a level; ``note`` is what to know about it, or empty."""

    method: Method
    level: float
    var: float
    cvar: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What a name or a group is of a volatility.

    ``contribution`` is annual; ``share`` is its share of the whole, 0 where that is 0. ``weight``
    is that of a difference where the volatility is a tracking error. ``volatility`` is the name's
    own and ``marginal`` what one more unit of its weight adds; None for a group.
    """

    label: str
    weight: float
    contribution: float
    share: float
    marginal: float | None = None
    volatility: float | None = None


@dataclass(frozen=True, slots=True)
class Active:
    """The account beside other weights: annual tracking error, and whose it is.

    ``beta`` is None where the other weights have no risk.
    """

    tracking_error: float
    beta: float | None
    names: tuple[Part, ...]
    groups: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """How spread out the account is; None where nothing is held or nothing moves."""

    concentration: float | None
    effective_names: float | None
    diversification_ratio: float | None
    average_correlation: float | None


@dataclass(frozen=True, slots=True)
class Past:
    """The returns that today's weights would have had, brought back to these weights every day.

    ``covered`` is the share of what is held (sum |w|) whose returns are known; the rest is taken to
    have moved like it. ``days`` belong to ``returns``, or are empty. ``moments`` are of one period,
    ``downside_deviation`` is annual and below zero return. ``peak``, ``trough`` and ``recovered``
    are the days of ``drawdown``.
    """

    returns: tuple[float, ...]
    days: tuple[date, ...]
    covered: float
    moments: Moments
    downside_deviation: float
    drawdown: Drawdown | None
    peak: date | None
    trough: date | None
    recovered: date | None
    factors: Regression | None


@dataclass(frozen=True, slots=True)
class RiskReport:
    """The risk of one account. ``notes`` say why a figure is None, and what it stands on.

    From the covariance: ``volatility`` (annual), whose it is by name and by group, ``exposures`` to
    the covariance's own factors (annual volatility each) and ``common``, their share of the
    variance. From history: ``past``. ``tails`` are losses over ``horizon`` periods.
    """

    nav: float | None
    volatility: float
    names: tuple[Part, ...]
    groups: tuple[Part, ...]
    spread: Spread
    exposures: tuple[float, ...]
    common: float | None
    horizon: float
    tails: tuple[Tail, ...]
    past: Past | None
    target: Active | None
    benchmark: Active | None
    notes: tuple[str, ...]
