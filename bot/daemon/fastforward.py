"""The rota on a virtual clock: whole years, slot after slot, as the daemon would have worked them.

The same functions are called at the same moments, so what is seen here is what the daemon does.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.clock import VirtualClock
from bot.daemon.rota import Chore, Job, Rota
from bot.daemon.slots import Calendar, Entry, due

STRIDE = timedelta(days=28)
"""Slots are looked up this far at once."""


def fast_forward(
    rota: Rota,
    jobs: Sequence[Job],
    chores: Sequence[Chore],
    clock: VirtualClock,
    until: datetime,
) -> None:
    """Work every slot from the clock's time to ``until``, in order; all chores follow each one.

    ``clock`` is the one that the rota was given. Chores that the daemon does by the minute are
    done once a slot.
    """
    scheduled = (chore.when for chore in chores if not isinstance(chore.when, timedelta))
    entries = [entry for when in (*(job.entries for job in jobs), *scheduled) for entry in when]
    once = tuple(dict.fromkeys(entries))
    for moment in _moments(once, rota.calendar, clock.now(), until):
        if rota.work.stopping():
            return
        clock.move_to(moment)
        for job in jobs:
            rota.visit(job)
        for chore in chores:
            rota.do(chore)


def _moments(
    entries: Sequence[Entry], calendar: Calendar, start: datetime, until: datetime
) -> Iterator[datetime]:
    """The moments of all slots after ``start`` up to ``until``, each once, in order."""
    while start < until:
        end = min(start + STRIDE, until)
        yield from (slot.moment for slot in due(entries, calendar, start, end))
        start = end
