"""What makes the account act, and how far: one action a trigger, and the thresholds that are new.

The thresholds of names are in ``Bands``, the calendar's in ``Schedule``, the limits of risk, of
groups and of exposures in ``Optimizer``: here stands only what is done about them.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Action(StrEnum):
    """What is done when a trigger is pulled, the mildest first."""

    NONE = "none"
    """It is not looked at."""
    WARN = "warn"
    """It is said, and mailed; nothing is traded for it."""
    PARTIAL = "partial"
    """Back inside what was left, as far as ``bands.aim`` says."""
    FULL = "full"
    """Every name is brought to its target."""
    IMMEDIATE = "immediate"
    """The same; neither the days of rest after a trade nor its cost hold it back."""

    @property
    def rank(self) -> int:
        """The more, the stronger."""
        return RANKS.index(self)

    @property
    def trades(self) -> bool:
        """Whether it asks for trades at all."""
        return self.rank >= Action.PARTIAL.rank


RANKS = tuple(Action)


@dataclass(frozen=True, slots=True)
class Triggers:
    """An action for each trigger; of several the strongest is taken.

    ``band`` is a name outside its band, ``single`` and ``concentration`` are those of ``Bands``,
    ``calendar`` that of ``Schedule``. ``tracking_error`` to ``exposures`` are the limits of
    ``Optimizer``, broken by the weights of today. ``drift`` is half the sum of all distances from
    target: above ``drift_max``, and in a crisis above ``crisis_drift_max`` with the action
    ``crisis``. ``correlation`` is how much the correlations of the names have changed, root mean
    square, when ``correlation_days`` trading days are held against the days before them.
    """

    band: Action = Action.PARTIAL
    single: Action = Action.FULL
    concentration: Action = Action.FULL
    calendar: Action = Action.FULL
    tracking_error: Action = Action.WARN
    volatility: Action = Action.WARN
    value_at_risk: Action = Action.WARN
    groups: Action = Action.WARN
    exposures: Action = Action.WARN
    drift: Action = Action.FULL
    drift_max: Decimal | None = None
    crisis: Action = Action.FULL
    crisis_drift_max: Decimal | None = None
    correlation: Action = Action.WARN
    correlation_change_max: Decimal | None = None
    correlation_days: int = 60
