"""When the exchange is open: sessions as plain tuples, found by bisection.

Nothing is guessed. Outside the stretch of time for which sessions are known every look-up raises
``PastHorizon``, and nothing is traded.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from bot.daemon import almanac
from brokers.words import Session

AHEAD = timedelta(days=2 * 366)
"""How far ahead of now sessions are built."""

AHEAD_MIN = timedelta(days=366)
"""They are built anew when less than this is left."""

HISTORY = timedelta(days=10 * 366)
"""How far back they are built where nothing else is asked for."""


class PastHorizon(Exception):
    """The exchange calendar does not reach this moment: nobody knows whether it is open."""

    def __init__(self, what: str, remedy: str) -> None:
        """Say which moment lies outside, and how the calendar is made to reach it."""
        super().__init__(what)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class _Known:
    """Consecutive sessions, oldest first, with their opens and days for bisection."""

    sessions: tuple[Session, ...]
    opens: tuple[datetime, ...]
    days: tuple[date, ...]


def _known(sessions: tuple[Session, ...]) -> _Known:
    assert sessions, "a calendar has sessions"
    opens = tuple(session.opens for session in sessions)
    return _Known(sessions, opens, tuple(session.day for session in sessions))


class Sessions:
    """The sessions of one exchange, from ``since`` (ten years ago) to two years ahead of ``now``.

    Look-ups take microseconds and may come from several threads. ``cache`` is a file that spares
    the next process the building: loading the calendar library takes half a second.
    """

    def __init__(
        self, calendar: str, now: datetime, since: date | None = None, cache: Path | None = None
    ) -> None:
        """Build them, or read them from ``cache`` where it reaches far enough."""
        self.calendar = calendar
        self._since = since or (now - HISTORY).date()
        self._cache = cache
        self._know = self._build(now, AHEAD_MIN)

    def _build(self, now: datetime, ahead_min: timedelta) -> _Known:
        enough = almanac.Span(self._since, (now + ahead_min).date())
        wanted = almanac.Span(self._since, (now + AHEAD).date())
        return _known(almanac.sessions(self.calendar, wanted, enough, self._cache))

    @property
    def first(self) -> Session:
        """The oldest session that is known."""
        return self._know.sessions[0]

    @property
    def last(self) -> Session:
        """The horizon: nothing is known after this session closes."""
        return self._know.sessions[-1]

    def refresh(self, now: datetime) -> bool:
        """Build anew where less than a year is left; whether that was done."""
        if self.last.closes - now >= AHEAD_MIN:
            return False
        self._know = self._build(now, AHEAD)
        return True

    def session_at(self, moment: datetime) -> Session | None:
        """The session that is open at ``moment`` (from its open on, until before its close)."""
        know = self._know
        self._check_moment(know, moment)
        session = know.sessions[bisect_right(know.opens, moment) - 1]
        return session if moment < session.closes else None

    def session_of(self, day: date) -> Session | None:
        """The session of ``day``, or None where the exchange stays closed all day."""
        know = self._know
        self._check_day(know, day)
        session = know.sessions[bisect_left(know.days, day)]
        return session if session.day == day else None

    def next_session(self, moment: datetime) -> Session:
        """The first session that opens after ``moment``."""
        know = self._know
        self._check_moment(know, moment)
        index = bisect_right(know.opens, moment)
        if index == len(know.opens):
            raise self._past(f"what follows {know.days[-1]} lies outside", know)
        return know.sessions[index]

    def previous_sessions(self, moment: datetime, count: int) -> tuple[Session, ...]:
        """The last ``count`` sessions that had closed at ``moment``, oldest first."""
        know = self._know
        self._check_moment(know, moment)
        end = bisect_right(know.opens, moment)
        if moment < know.sessions[end - 1].closes:
            end -= 1
        if end < count:
            raise self._past(f"the {count} sessions before {moment:%F %H:%M} UTC lie outside", know)
        return know.sessions[end - count : end]

    def sessions_between(self, first: date, last: date) -> tuple[Session, ...]:
        """The sessions of the days from ``first`` to ``last``, both included."""
        know = self._know
        for day in (first, last):
            self._check_day(know, day)
        return know.sessions[bisect_left(know.days, first) : bisect_right(know.days, last)]

    def _check_moment(self, know: _Known, moment: datetime) -> None:
        if not know.opens[0] <= moment <= know.sessions[-1].closes:
            raise self._past(f"{moment:%F %H:%M} UTC lies outside", know)

    def _check_day(self, know: _Known, day: date) -> None:
        if not know.days[0] <= day <= know.days[-1]:
            raise self._past(f"{day} lies outside", know)

    def _past(self, what: str, know: _Known) -> PastHorizon:
        return PastHorizon(
            f"{what} the {self.calendar} calendar, which is known from {know.days[0]} "
            f"to {know.days[-1]}",
            "check the clock of this host; if it is right, upgrade exchange_calendars and restart",
        )
