"""When the cash of a trade is settled: so many sessions later (17 CFR 240.15c6-1: one)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from brokers.words import Session

SessionAt = Callable[[datetime], Session | None]
"""The session that is open at a moment, or None."""

PROBE_DAYS = 14
"""No exchange is closed for longer."""


def settles_at(session: Session, days: int, session_at: SessionAt) -> datetime:
    """Opening of the session that is ``days`` sessions after ``session``.

    Where the calendar knows none, two weeks later: late is the safe side.
    """
    for _ in range(days):
        following = next(_following(session, session_at), None)
        if following is None:
            return session.closes + timedelta(days=PROBE_DAYS)
        session = following
    return session.opens


def _following(session: Session, session_at: SessionAt) -> Iterator[Session]:
    """Sessions of the next days, looked for at the same hour as the middle of ``session``."""
    middle = session.opens + (session.closes - session.opens) / 2
    for day in range(1, PROBE_DAYS + 1):
        found = session_at(middle + timedelta(days=day))
        if found is not None and found.day > session.day:
            yield found
