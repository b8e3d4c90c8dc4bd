"""When markets count as tense or in crisis: what is looked at, over how many days, from where on.

The numbers are the same for any account: each signal is measured against its own past. How they
were chosen, and on which days they would have spoken, is in docs/risk.md.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Threshold:
    """A signal goes on at ``enter`` or more and off below ``leave``; in between it stays."""

    enter: Decimal
    leave: Decimal


@dataclass(frozen=True, slots=True)
class RegimePolicy:
    """Thresholds of the signals, and how they become one state.

    ``volatility`` and ``turbulence`` are multiples of their own median, ``correlation`` is a rise
    of the average correlation over its median, ``absorption`` a shift in standard deviations,
    ``breakdown`` the typical change of one pair's correlation. It is a crisis when volatility and
    ``crisis_others`` of the other four are on; tense when volatility alone, or ``tense_others`` of
    the other four are. A worse state is entered after ``enter_days`` in a row, a better one after
    ``leave_days``. All days are trading days.
    """

    volatility: Threshold = Threshold(Decimal("1.7"), Decimal("1.3"))
    correlation: Threshold = Threshold(Decimal("0.20"), Decimal("0.10"))
    absorption: Threshold = Threshold(Decimal("2.0"), Decimal("1.0"))
    turbulence: Threshold = Threshold(Decimal("1.8"), Decimal("1.3"))
    breakdown: Threshold = Threshold(Decimal("0.30"), Decimal("0.20"))
    crisis_others: int = 1
    tense_others: int = 2
    enter_days: int = 2
    leave_days: int = 10
    fast_days: int = 20
    """Window of the volatility, also of that by which correlations are freed of it, and of the
    average correlation."""
    window_days: int = 60
    """Window of the absorption ratio, of the turbulence's covariance, and of each side of the
    breakdown."""
    surprise_days: int = 40
    """Earlier days whose volatility a return is held against in the turbulence."""
    turbulence_days: int = 10
    """Days over which the turbulence is averaged."""
    shift_days: int = 15
    """Days over which the absorption ratio is averaged, to be held against its year."""
    memory_days: int = 252
    """The past that counts as usual."""
    memory_min: int = 40
    """Least past with which a signal is measured at all."""

    @property
    def days_wanted(self) -> int:
        """Daily returns with which today's state no longer hangs on where the history begins."""
        return 2 * self.memory_days

    @property
    def days_min(self) -> int:
        """Daily returns before the first day that can be judged."""
        return max(
            2 * self.fast_days + self.memory_min,
            self.fast_days + self.window_days + max(self.shift_days, self.memory_min),
            self.fast_days + 2 * self.window_days,
            self.surprise_days + self.window_days + self.turbulence_days + self.memory_min,
        )
