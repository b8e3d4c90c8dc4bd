"""Risk in plain numbers: weights and losses are shares of NAV, losses above zero.

Volatilities and tracking errors are annual unless they say otherwise. What is not known is null,
and a note says why.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from brokers.words import Environment


@dataclass(frozen=True, slots=True)
class Basis:
    """What the figures stand on.

    ``positions`` says where the weights are from, ``seen`` of which moment they are. The
    covariance is from ``returns`` daily returns of prices from ``first`` to ``last``.
    ``condition`` is that of the correlations, ``shrinkage`` the part that went to the estimator's
    own target, ``common`` the share of the account's variance that factors are; both null where
    the estimator has none.
    """

    positions: Literal["book", "broker"]
    seen: datetime
    positions_words: str
    prices_words: str
    first: date | None
    last: date | None
    estimator: str
    returns: int
    condition: float
    shrinkage: float | None
    common: float | None


@dataclass(frozen=True, slots=True)
class TailFigures:
    """Loss over the horizon at a level, by one method, and the same in money."""

    method: str
    level: float
    var: float
    cvar: float
    var_amount: Decimal
    cvar_amount: Decimal
    note: str


@dataclass(frozen=True, slots=True)
class PartFigures:
    """What a name is of a tracking error: ``weight`` is the difference, ``share`` of the whole."""

    name: str
    weight: float
    contribution: float
    share: float


@dataclass(frozen=True, slots=True)
class ActiveFigures:
    """The account beside other weights: ``name`` is ``target``, a symbol, or a file.

    ``beta`` is null where the others have no risk.
    """

    name: str
    words: str
    tracking_error: float
    beta: float | None
    names: tuple[PartFigures, ...]


@dataclass(frozen=True, slots=True)
class TrendFigures:
    """Where a name is going: its return over the past year but for the last month.

    ``strength`` is that return over its own volatility, ``above`` the close over its average of
    200 days less one, ``age_days`` for how many days it has been on this side of it.
    """

    direction: Literal["up", "down", "none"]
    momentum: float
    strength: float
    above: float
    age_days: int


@dataclass(frozen=True, slots=True)
class NameFigures:
    """One name: ``contribution`` is its part of the volatility, ``share`` that of the whole.

    ``volatility`` is its own, ``marginal`` what one more unit of its weight adds.
    ``has_history`` is false where the two are guesses.
    """

    symbol: str
    weight: float
    target: float | None
    volatility: float
    marginal: float
    contribution: float
    share: float
    has_history: bool
    trend: TrendFigures | None


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Names that share a ``label`` in a column of the owner's file, as ``sector``; or have none.

    ``tracking_share`` is theirs of the tracking error to target.
    """

    column: str
    label: str
    names: int
    weight: float
    target: float | None
    contribution: float
    share: float
    tracking_share: float | None


@dataclass(frozen=True, slots=True)
class PastFigures:
    """What today's weights would have returned, brought back to these weights every day.

    It is of today's holdings on past prices, not of what the account has earned. ``covered`` is
    the share of what is held whose returns are known; the rest is taken to have moved like it.
    Drawdowns are falls of wealth from its highest. Skewness and excess kurtosis are daily.
    """

    first: date | None
    last: date | None
    returns: int
    covered: float
    downside_deviation: float
    skewness: float
    kurtosis: float
    drawdown: float | None
    peak: date | None
    trough: date | None
    recovered: date | None
    drawdown_now: float | None


@dataclass(frozen=True, slots=True)
class LimitFigures:
    """A limit of the owner's beside its value today, measured as plans measure it.

    ``action`` is what a trigger does about it where it is broken.
    """

    limit: str
    value: float
    least: float | None
    most: float | None
    is_share: bool
    is_kept: bool
    action: str


@dataclass(frozen=True, slots=True)
class SignalFigures:
    """One measure of the market of these names; null where too little is known."""

    name: str
    value: float | None
    enter: float
    leave: float
    is_on: bool
    words: str


@dataclass(frozen=True, slots=True)
class RegimeFigures:
    """Whether that market is calm, tense or in crisis, since the close of ``since``."""

    state: Literal["calm", "tense", "crisis", "unknown"]
    since: date | None
    signals: tuple[SignalFigures, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RiskFigures:
    """All of it, about one account. ``horizon`` of the tails is in trading days.

    ``cash`` is what weights lack to one.
    """

    nav: Decimal
    base: str
    cash: float
    basis: Basis
    notes: tuple[str, ...]
    volatility: float
    concentration: float | None
    effective_names: float | None
    held_names: int
    diversification_ratio: float | None
    average_correlation: float | None
    target: ActiveFigures | None
    benchmark: ActiveFigures | None
    horizon: int
    tails: tuple[TailFigures, ...]
    past: PastFigures | None
    limits: tuple[LimitFigures, ...]
    names: tuple[NameFigures, ...]
    groups: tuple[GroupFigures, ...]
    regime: RegimeFigures

    def tail(self, method: str, level: float) -> TailFigures | None:
        """One row of the tails, if it is there."""
        rows = (row for row in self.tails if (row.method, row.level) == (method, level))
        return next(rows, None)


@dataclass(frozen=True, slots=True)
class AccountRisk:
    """One account, and its risk; or null, ``why``, and what helps."""

    account: str
    environment: Environment
    risk: RiskFigures | None
    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Correlations:
    """Correlations of what is held, for the eye: ``names`` in the order of their clusters.

    ``rows`` is the matrix, row by row; ``left_out`` counts lighter names that are not in it.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Falls:
    """How far wealth would have been below its highest, after each day."""

    days: tuple[date, ...]
    depths: tuple[float, ...]
