"""Which moments of a session are due. Pure: entries and sessions in, slots out.

A slot is a session and an offset from its open or close, never an hour of the day. That makes
half days, daylight saving and sudden closures right by construction, and gives each slot a name
that is the same in every process: "2026-11-27/open+15m", or "2026-11-27/every+20m" (after the open)
where it is one of many. Each runs at most once by that name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, assert_never

from bot.config.settings import AtSession, Every, Weekday
from brokers.words import Session

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

FIRST_AFTER_OPEN = timedelta(minutes=5)
LAST_BEFORE_CLOSE = timedelta(minutes=15)
"""Repeated slots lie between these: outside them the gate lets no order through."""

PUNCTUAL = MINUTE
"""A slot that is looked at within this time of its moment is on time."""

REACH = 2 * DAY
"""No slot lies further than this from the day of its session."""

SEARCH_DAYS = 21
"""No exchange closes for longer; within this time there is a next slot."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """Once in the seven days that end on ``weekday``: ``offset`` is added to their last close.

    With Friday, the week of Good Friday has its slot on Thursday.
    """

    weekday: Weekday
    offset: timedelta


Entry = AtSession | Every | Weekly


class Calendar(Protocol):
    """What slots need to know of an exchange. It raises rather than guess."""

    def session_at(self, moment: datetime) -> Session | None:
        """The session that is open at ``moment``."""
        ...

    def sessions_between(self, first: date, last: date) -> tuple[Session, ...]:
        """The sessions of the days from ``first`` to ``last``, both included."""
        ...

    def next_session(self, moment: datetime) -> Session:
        """The first session that opens after ``moment``."""
        ...


@dataclass(frozen=True, slots=True)
class Slot:
    """A moment of a session at which something is to be done, and the name it is done under.

    ``repeated`` where it is one of many that ``Every`` yields: any other one goes before it.
    """

    name: str
    moment: datetime
    session: Session
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Grace:
    """How late a slot that was missed may still run: state is caught up with, trades are not."""

    late_max: timedelta = timedelta(minutes=30)
    before_close: timedelta = LAST_BEFORE_CLOSE


@dataclass(frozen=True, slots=True)
class Skipped:
    """A slot that will never run, and why."""

    slot: Slot
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do about slots whose moment has come: at most one of them is run."""

    run: Slot | None
    skipped: tuple[Skipped, ...]


def due(
    entries: Sequence[Entry], calendar: Calendar, after: datetime, until: datetime
) -> tuple[Slot, ...]:
    """The slots later than ``after`` and not later than ``until``, in order, one a moment."""
    if until <= after:
        return ()
    sessions = calendar.sessions_between((after - REACH).date(), (until + REACH).date())
    slots = (slot for session in sessions for slot in slots_of(entries, session, calendar))
    by_moment: dict[datetime, Slot] = {}
    for slot in sorted(slots, key=lambda slot: (slot.moment, slot.repeated)):
        if after < slot.moment <= until:
            by_moment.setdefault(slot.moment, slot)
    return tuple(by_moment.values())


def next_slot(entries: Sequence[Entry], calendar: Calendar, moment: datetime) -> Slot | None:
    """The first slot later than ``moment``; None where nothing is scheduled."""
    for days in range(SEARCH_DAYS if entries else 0):
        start = moment + days * DAY
        if slots := due(entries, calendar, start, start + DAY):
            return slots[0]
    return None


def slots_of(entries: Sequence[Entry], session: Session, calendar: Calendar) -> Iterator[Slot]:
    """Every slot of one session, in no order."""
    for entry in entries:
        match entry:
            case AtSession(anchor, offset):
                yield _slot(session, anchor, offset)
            case Every(minutes):
                yield from _repeated(session, timedelta(minutes=minutes))
            case Weekly(weekday, offset):
                if _ends_week(session, weekday, calendar):
                    yield _slot(session, "close", offset)
            case _:
                assert_never(entry)


def judge(slots: Sequence[Slot], now: datetime, grace: Grace) -> Verdict:
    """Run the latest slot that is not too late, a repeated one only if there is no other.

    All the rest is skipped for good, each with its reason.
    """
    refused = [_refusal(slot, now, grace) for slot in slots]
    fit = [slot for slot, why in zip(slots, refused, strict=True) if not why]
    run = max(fit, key=lambda slot: (not slot.repeated, slot.moment), default=None)
    instead = f"{run.name} ran instead" if run else ""
    pairs = zip(slots, refused, strict=True)
    return Verdict(run, tuple(Skipped(s, why or instead) for s, why in pairs if s is not run))


def _refusal(slot: Slot, now: datetime, grace: Grace) -> str:
    """Why ``slot`` may not run now; empty where it may."""
    opens, closes = slot.session.opens, slot.session.closes
    late = now - slot.moment
    missed = f"it was missed by {late // MINUTE} min"
    if not opens <= slot.moment < closes:
        return f"it is outside the session, {opens:%H:%M} to {closes:%H:%M} UTC that day"
    if now >= closes:
        return f"it was missed: the session closed at {closes:%F %H:%M} UTC"
    if late <= PUNCTUAL:
        return ""
    if late > grace.late_max:
        return f"{missed}, {grace.late_max // MINUTE} min are allowed"
    if now > closes - grace.before_close:
        return f"{missed}, and the session closes at {closes:%H:%M} UTC"
    return ""


def _slot(session: Session, anchor: str, offset: timedelta) -> Slot:
    start = session.opens if anchor == "open" else session.closes
    return Slot(f"{session.day}/{anchor}{_signed(offset)}", start + offset, session)


def _signed(offset: timedelta) -> str:
    sign = "-" if offset < timedelta(0) else "+"
    seconds = round(abs(offset).total_seconds())
    return f"{sign}{seconds}s" if seconds % 60 else f"{sign}{seconds // 60}m"


def _repeated(session: Session, step: timedelta) -> Iterator[Slot]:
    """From a while after the open on, every ``step``, until a while before the close."""
    assert step > timedelta(0), "a schedule repeats forwards"
    offset = FIRST_AFTER_OPEN
    while session.opens + offset < session.closes - LAST_BEFORE_CLOSE:
        name = f"{session.day}/every{_signed(offset)}"
        yield Slot(name, session.opens + offset, session, repeated=True)
        offset += step


def _ends_week(session: Session, weekday: Weekday, calendar: Calendar) -> bool:
    """Whether no session follows up to and including the next ``weekday``."""
    ahead = (list(Weekday).index(weekday) - session.day.weekday()) % 7
    return calendar.next_session(session.opens).day > session.day + ahead * DAY
