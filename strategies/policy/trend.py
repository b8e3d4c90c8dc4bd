"""When a name counts as trending, and how long the sale of a winner may be put off for it."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TrendPolicy:
    """Sales of winners are put off for ``trend_delay_days``; 0, the default, puts nothing off.

    A name above its band is left alone while its trend is up and ``strength_min`` or stronger, it
    has been above the band for at most ``trend_delay_days``, and its weight is above target by at
    most ``trend_drift_max`` (in weight). All days are trading days.

    The trend: ``lookback_days`` of return without the last ``skip_days``, and the close against
    its average of ``average_days``.
    """

    trend_delay_days: int = 0
    trend_drift_max: Decimal = Decimal("0.03")
    strength_min: Decimal = Decimal("1.0")
    lookback_days: int = 252
    skip_days: int = 21
    average_days: int = 200

    @property
    def is_on(self) -> bool:
        """Whether any sale can be put off."""
        return self.trend_delay_days > 0
