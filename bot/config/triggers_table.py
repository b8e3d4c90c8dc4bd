"""The table ``[accounts.NAME.triggers]``: what is done about each thing that is noticed.

The thresholds of names are in ``bands``, the calendar in ``schedule``, limits in ``optimizer``.
"""

from dataclasses import fields
from decimal import Decimal
from typing import Annotated

from bot.config.kinds import Weight, one_of
from bot.config.table import Table
from bot.config.values import Is, Number, Whole
from strategies.policy.trend import TrendPolicy
from strategies.policy.triggers import Action, Triggers

_TRIGGERS = Triggers()
_TREND = TrendPolicy()

Done = Annotated[Action, one_of(Action)]
TotalOrOff = Annotated[
    Decimal | None,
    Is(Number("0.001", "1", "weight: half the sum of all distances from target", off=True)),
]


class TriggersTable(Table):
    """What is done: "none", "warn", "partial", "full" or "immediate"; the strongest one wins."""

    band: Done = _TRIGGERS.band
    """A name outside its band."""
    single: Done = _TRIGGERS.single
    """A name further from target than ``bands.single``."""
    concentration: Done = _TRIGGERS.concentration
    """A name more times its target than ``bands.concentration``."""
    calendar: Done = _TRIGGERS.calendar
    """A new ``schedule.period``."""
    tracking_error: Done = _TRIGGERS.tracking_error
    """Today's weights break ``optimizer.tracking_error_max``."""
    volatility: Done = _TRIGGERS.volatility
    """They break ``optimizer.volatility_max``."""
    value_at_risk: Done = _TRIGGERS.value_at_risk
    """They break ``optimizer.value_at_risk_max``."""
    groups: Done = _TRIGGERS.groups
    """They break one of ``optimizer.groups`` or ``optimizer.limits``."""
    exposures: Done = _TRIGGERS.exposures
    """They break one of ``optimizer.exposures``."""
    drift: Done = _TRIGGERS.drift
    """All names together are further from target than ``drift_max``."""
    drift_max: TotalOrOff = _TRIGGERS.drift_max
    """Furthest that all names together may be: what a return to target would turn over, one way."""
    crisis: Done = _TRIGGERS.crisis
    """In a crisis they are further from target than ``crisis_drift_max``."""
    crisis_drift_max: TotalOrOff = _TRIGGERS.crisis_drift_max
    """The same while the market of these names is in a crisis; tighter than ``drift_max``."""
    correlation: Done = _TRIGGERS.correlation
    """Correlations have changed by more than ``correlation_change_max``."""
    correlation_change_max: Annotated[
        Decimal | None,
        Is(Number("0.01", "1", "correlation: root mean square change of a pair", off=True)),
    ] = _TRIGGERS.correlation_change_max
    """Largest change since before the last rebalance, or since the days before where none was."""
    correlation_days: Annotated[int, Is(Whole(20, 120, "trading days"))] = (
        _TRIGGERS.correlation_days
    )
    """Days that are compared with as many others; as many must pass after a rebalance."""
    trend_delay_days: Annotated[int, Is(Whole(0, 120, "trading days"))] = _TREND.trend_delay_days
    """How long the sale of a winner above its band may be put off while its trend is strong."""
    trend_drift_max: Weight = _TREND.trend_drift_max
    """Furthest above target that it may get meanwhile."""


def triggers(table: TriggersTable) -> Triggers:
    """The policy's own: key by key the same."""
    names = (item.name for item in fields(Triggers))
    return Triggers(**{name: getattr(table, name) for name in names})


def trend(table: TriggersTable) -> TrendPolicy:
    """How long winners are kept; what a trend is stays as it is."""
    return TrendPolicy(table.trend_delay_days, table.trend_drift_max)
