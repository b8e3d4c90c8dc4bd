"""Whether the market of an account's names is calm, and where each name is going, in figures."""

from collections.abc import Mapping
from math import isfinite

from bot.report.risk.figures import RegimeFigures, SignalFigures, TrendFigures
from brokers.words import Bars, Symbol
from strategies.policy.regime import RegimePolicy
from strategies.policy.trend import TrendPolicy
from strategies.risk.regime import Signal, judge
from strategies.risk.returns import Returns
from strategies.risk.trend import trends


def regime(returns: Returns) -> RegimeFigures:
    """The state after the last of ``returns``; unknown, and why, where they are too few."""
    found = judge(returns.values, RegimePolicy())
    since = found.since_index
    if since is None:
        return RegimeFigures("unknown", None, (), found.notes)
    return RegimeFigures(
        state=found.state.value,
        since=returns.days[since],
        signals=tuple(_signal(signal) for signal in found.signals),
        notes=found.notes,
    )


def _signal(signal: Signal) -> SignalFigures:
    return SignalFigures(
        name=signal.name,
        value=signal.value if isfinite(signal.value) else None,
        enter=float(signal.threshold.enter),
        leave=float(signal.threshold.leave),
        is_on=signal.is_on,
        words=signal.words,
    )


def directions(bars: Mapping[Symbol, Bars], policy: TrendPolicy) -> dict[Symbol, TrendFigures]:
    """Of every name whose history is long enough."""
    return {
        symbol: TrendFigures(
            direction=trend.direction.value,
            momentum=trend.momentum,
            strength=trend.strength,
            above=trend.above,
            age_days=trend.age_days,
        )
        for symbol, trend in trends(bars, policy).items()
    }
