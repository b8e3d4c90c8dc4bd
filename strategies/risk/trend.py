"""Which names are in a trend, and which sales of winners are put off for it.

Trend here is time-series momentum: what rose over the past year has more often than not gone on to
rise (Moskowitz, Ooi and Pedersen 2012), for about a year, then less. Two measures must agree: the
return of the last twelve months without the last one, and the close against its 200-day average
(Faber 2007). Nothing here knows the future, and nothing is remembered: how long a name has been
outside its band is reckoned from today's holdings at the closes of the past.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from brokers.words import ZERO, Bars, Symbol
from strategies.policy.trend import TrendPolicy
from strategies.risk.model import Array
from strategies.risk.returns import align
from strategies.snapshot import Snapshot

STILL = 1e-12
"""Volatility of a price that does not move."""
PAUSE_DAYS = 5
"""Days on the other side of a line that do not begin a run anew: a line is often crossed twice."""
LOOKBACK_SHARE = 0.75
"""Of the lookback that must be there: a year of history is often some days short of one."""


class Direction(StrEnum):
    """Where a name is going."""

    UP = "up"
    DOWN = "down"
    NONE = "none"
    """The two measures do not agree."""


@dataclass(frozen=True, slots=True)
class Trend:
    """``momentum`` is the return of the lookback, ``strength`` the same over its own volatility.

    ``strength`` is log return / (daily volatility x sqrt(days)): 1 is what a driftless price
    exceeds in one of six cases. ``above`` is the close over its average, less 1; ``age_days`` for
    how many trading days it has been on this side of it, as far as the history can tell.
    """

    direction: Direction
    momentum: float
    strength: float
    above: float
    age_days: int


@dataclass(frozen=True, slots=True)
class Delay:
    """A sale that is put off: why, and how much of what is allowed is used up."""

    symbol: Symbol
    trend: Trend
    days_over: int
    over: Decimal
    """Weight above target."""

    def words(self, policy: TrendPolicy) -> str:
        """In one sentence."""
        return (
            f"{self.symbol}: not sold, it is up {self.trend.momentum:.0%} in a strong trend;"
            f" day {self.days_over} of {policy.trend_delay_days} above its band,"
            f" {self.over:.2%} over target of {policy.trend_drift_max:.2%} at most"
        )


def trends(
    history: Mapping[Symbol, Bars], policy: TrendPolicy | None = None
) -> dict[Symbol, Trend]:
    """The trend of every name that has enough sound closes; the others are left out."""
    policy = policy or TrendPolicy()
    found = ((symbol, _trend(bars, policy)) for symbol, bars in history.items())
    return {symbol: trend for symbol, trend in found if trend is not None}


def _trend(bars: Bars, policy: TrendPolicy) -> Trend | None:
    closes = np.asarray(bars.closes, dtype=np.float64)[-_closes_used(policy) :]
    least = max(policy.average_days, int(LOOKBACK_SHARE * policy.lookback_days))
    if closes.size < least or not (np.isfinite(closes) & (closes > 0)).all():
        return None
    logs = np.log(closes[-policy.lookback_days - 1 : closes.size - policy.skip_days])
    change, steps = float(logs[-1] - logs[0]), np.diff(logs)
    risk = float(np.sqrt(np.sum((steps - steps.mean()) ** 2)))
    total = np.concatenate([[0.0], np.cumsum(closes)])
    average = (total[policy.average_days :] - total[: -policy.average_days]) / policy.average_days
    distances = closes[policy.average_days - 1 :] / average - 1
    above = float(distances[-1])
    return Trend(
        _direction(change, above),
        float(np.expm1(change)),
        change / risk if risk > STILL else 0.0,
        above,
        run_length((distances > 0) == (above > 0)),
    )


def _closes_used(policy: TrendPolicy) -> int:
    """Closes that the answer may depend on: an older one changes nothing."""
    return max(policy.lookback_days + 1, 2 * policy.average_days)


def _direction(change: float, above: float) -> Direction:
    if change > 0 and above > 0:
        return Direction.UP
    return Direction.DOWN if change < 0 and above < 0 else Direction.NONE


def run_length(flags: NDArray[np.bool_], pause: int = PAUSE_DAYS) -> int:
    """Days since the run that lasts to the end began, its first counted.

    ``pause`` off days end no run, so one that stopped no longer ago than that still lasts.
    """
    on = np.flatnonzero(flags)
    if not on.size or len(flags) - 1 - on[-1] > pause:
        return 0
    breaks = np.flatnonzero(np.diff(on) > pause + 1)
    return int(len(flags) - on[breaks[-1] + 1 if breaks.size else 0])


def days_over(values: Array, cash: float, returns: Array, high: Array) -> NDArray[np.intp]:
    """For how many days each weight has been above ``high`` (n,), today included; shape (n,).

    Had nothing been traded: the holdings of today, worth ``values`` (n,) beside ``cash``, at the
    prices of the past, found from ``returns`` (T, n) that end today. T + 1 says that the history
    is too short to tell.
    """
    growth = np.cumprod((1 + returns)[::-1], axis=0)[::-1]
    past = np.vstack([values / growth, values[None, :]])
    weights = past / (past.sum(axis=1, keepdims=True) + cash)
    over = weights > high
    return np.array([run_length(column) for column in over.T], dtype=np.intp)


def delayed(
    snapshot: Snapshot,
    targets: Mapping[Symbol, Decimal],
    highs: Mapping[Symbol, Decimal],
    policy: TrendPolicy,
) -> tuple[Delay, ...]:
    """Names above their band whose sale is put off, with the reason.

    ``targets`` and ``highs`` are weights and upper edges of bands, as shares of NAV. A name that is
    not wanted at all is never put off, nor one whose history cannot tell since when it is above.
    """
    nav = snapshot.nav
    if not policy.is_on or nav <= 0:
        return ()
    weights = {holding.symbol: holding.value / nav for holding in snapshot.holdings}
    winners = [
        symbol
        for symbol, high in highs.items()
        if weights.get(symbol, ZERO) > high
        and targets.get(symbol, ZERO) > 0
        and weights[symbol] - targets[symbol] <= policy.trend_drift_max
    ]
    strong = _strong(snapshot.history, winners, policy)
    if not strong:
        return ()
    lasted = _lasted(snapshot, highs, list(strong))
    return tuple(
        Delay(symbol, trend, lasted[symbol], weights[symbol] - targets[symbol])
        for symbol, trend in strong.items()
        if 0 < lasted.get(symbol, 0) <= policy.trend_delay_days
    )


def _strong(
    history: Mapping[Symbol, Bars], symbols: Sequence[Symbol], policy: TrendPolicy
) -> dict[Symbol, Trend]:
    """Those of ``symbols`` whose trend is up and strong."""
    known = trends({s: history[s] for s in symbols if s in history}, policy)
    least = float(policy.strength_min)
    return {
        symbol: trend
        for symbol, trend in known.items()
        if trend.direction is Direction.UP and trend.strength >= least
    }


def _lasted(
    snapshot: Snapshot, highs: Mapping[Symbol, Decimal], symbols: Sequence[Symbol]
) -> dict[Symbol, int]:
    """For how many days each of ``symbols`` has been above its band; 0 where that is not known.

    A holding without usable history is taken to have kept its value.
    """
    holdings = snapshot.holdings
    names = [holding.symbol for holding in holdings]
    aligned = align(names, snapshot.history)
    moves = np.zeros((len(aligned.values), len(names)))
    moves[:, list(aligned.columns)] = aligned.values
    values = np.array([float(holding.value) for holding in holdings])
    high = np.array([float(highs.get(name, ZERO)) for name in names])
    lasted = days_over(values, float(snapshot.cash + snapshot.accrued), moves, high)
    known = {names[column] for column in aligned.columns}
    return {
        name: int(days) if name in known and days <= len(moves) else 0
        for name, days in zip(names, lasted.tolist(), strict=True)
        if name in symbols
    }
