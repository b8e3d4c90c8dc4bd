"""Of which session brokers tell daily bars at a moment: that of today comes tomorrow."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

from brokers.words import Session

NEW_YORK = ZoneInfo("America/New_York")


class Calendar(Protocol):
    """Whatever knows the sessions that had closed at a moment."""

    def previous_sessions(self, moment: datetime, count: int) -> Sequence[Session]:
        """The last ``count`` of them, oldest first."""
        ...


def last_told(calendar: Calendar, now: datetime) -> date:
    """The day of the last session before today in New York.

    The bar of today is not asked for once the session is over: volumes and closes still change.
    """
    midnight = datetime.combine(now.astimezone(NEW_YORK).date(), time(), NEW_YORK)
    return calendar.previous_sessions(midnight, 1)[0].day
