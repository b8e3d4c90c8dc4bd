"""When the scheduler wakes a job: at its next slot, and never later than in a minute.

Not by cron: APScheduler's numbers of weekdays begin on Monday, cron's on Sunday, and neither
knows half days. The look each minute costs microseconds and mends what no trigger can foresee: a
clock that is set, a host that was asleep, a slot that came while the job was still busy.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger

from bot.daemon.sessions import PastHorizon
from bot.daemon.slots import MINUTE, Calendar, Entry, next_slot

BLIND = timedelta(hours=1)
"""How often a job wakes to complain where the calendar has come to its end."""


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Fires at the slots of ``entries``, and in between to see that none was missed."""

    def __init__(self, entries: Sequence[Entry], calendar: Calendar) -> None:
        """Ask ``calendar`` anew each time: it may be built anew while the daemon runs."""
        self._entries = entries
        self._calendar = calendar

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """The next slot after ``now``, or a minute from it."""
        look = now + MINUTE
        try:
            slot = next_slot(self._entries, self._calendar, now)
        except PastHorizon:
            return now + BLIND
        return look if slot is None else min(slot.moment, look)
