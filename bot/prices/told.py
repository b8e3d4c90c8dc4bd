"""Of which session brokers tell daily bars at a moment: that of today comes tomorrow."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from brokers.words import Session

NEW_YORK = ZoneInfo("America/New_York")

ENOUGH = 2
"""Sessions that are over, of which one at most is of today."""


def last_told(past: Sequence[Session], now: datetime) -> date:
    """The day of the last session before today in New York.

    ``past`` are sessions that are over at ``now``, oldest first and ``ENOUGH`` at least. The bar of
    today is not asked for once the session is over: its volume and close still change.
    """
    today = now.astimezone(NEW_YORK).date()
    return next(session.day for session in reversed(past) if session.day < today)
