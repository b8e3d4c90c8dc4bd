"""May it trade now? A named line for each thing that must be so; one that fails is enough."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.book.vitals import AccountVitals, BookVitals
from bot.health.wards import Contact, Schedule, Signs, Ward

CONTACT_AGE_MAX = timedelta(minutes=5)
"""Brokers are asked for their clock each minute, unless a cycle is speaking with one of them."""

HORIZON_MIN = timedelta(days=30)
"""The calendar is renewed long before; with less ahead something has kept it from that."""

MAIL_AGE_MAX = timedelta(minutes=30)
"""A mail that waits for longer has failed several times."""


@dataclass(frozen=True, slots=True)
class Line:
    """Whether one thing is as it must be; ``account`` is empty where it concerns all."""

    name: str
    account: str
    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """All that readiness is judged from, at one moment.

    ``schedule`` is None where the calendar does not reach so far, ``book`` where it is silent.
    """

    now: datetime
    wards: Sequence[Ward]
    signs: Signs
    schedule: Schedule | None
    book: BookVitals | None
    silence: str = ""


def lines(look: Look) -> Iterator[Line]:
    """Every line, those of the whole machine first."""
    complaint = look.signs.complaint()
    yield Line("heartbeat", "", complaint is None, str(complaint or "the daemon gets ahead"))
    yield Line("book", "", look.book is not None, look.silence or "it answers")
    yield _disk(look)
    yield _calendar(look)
    if (flag := look.signs.flag()) is not None:
        yield Line("halt", "", ok=False, text=flag.words)
    if look.book is not None:
        yield _mail(look.book, look.now)
        of = {vitals.account: vitals for vitals in look.book.accounts}
        for ward in look.wards:
            yield from _of_account(ward, of[ward.account], look)


def _of_account(ward: Ward, vitals: AccountVitals, look: Look) -> Iterator[Line]:
    name = str(ward.account)
    halt, contact = vitals.halt, look.signs.contacts.last(ward.account)
    yield Line("halt", name, halt is None, halt.words if halt else "active")
    yield _lease(vitals, look)
    yield _tieout(vitals, look)
    yield _connection(name, contact, look)
    yield _clock(name, contact, ward.limits.clock_stop_seconds)


def _disk(look: Look) -> Line:
    try:
        free = look.signs.disk_free_mib()
    except OSError as error:
        return Line("disk", "", ok=False, text=error.strerror or str(error))
    need = max((ward.limits.disk_free_mib for ward in look.wards), default=0)
    return Line("disk", "", free >= need, f"{free} MiB free, {need} needed")


def _calendar(look: Look) -> Line:
    if look.schedule is None:
        return Line("calendar", "", ok=False, text="it does not reach to this day")
    ahead = look.schedule.end.closes - look.now
    text = f"sessions are known until {look.schedule.end.day}"
    return Line("calendar", "", ahead >= HORIZON_MIN, text)


def _mail(book: BookVitals, now: datetime) -> Line:
    if book.mail_since is None:
        return Line("mail", "", ok=True, text="none waits")
    age = now - book.mail_since
    text = f"{book.mails_waiting} wait, the oldest for {_span(age)}"
    return Line("mail", "", age <= MAIL_AGE_MAX, text)


def _lease(vitals: AccountVitals, look: Look) -> Line:
    name, lease = str(vitals.account), vitals.lease
    if lease is None or lease.state == "released" or lease.until < look.now:
        return Line("lease", name, ok=True, text="free")
    if look.signs.is_ours(lease.holder.name):
        return Line("lease", name, ok=True, text="ours")
    return Line("lease", name, ok=False, text=f"worked by {lease.holder.words}")


def _tieout(vitals: AccountVitals, look: Look) -> Line:
    """Book and broker were compared since the last session that is over began, and agreed."""
    name, tieout = str(vitals.account), vitals.tieout
    if tieout is None:
        return Line("tie-out", name, ok=False, text="book and broker were never compared")
    age = f"{_span(look.now - tieout.time)} ago"
    if not tieout.ok:
        return Line("tie-out", name, ok=False, text=f"they differed {age}: {tieout.text}")
    is_fresh = look.schedule is None or tieout.time >= look.schedule.closed[-1].opens
    return Line("tie-out", name, is_fresh, f"they agreed {age}")


def _connection(name: str, contact: Contact | None, look: Look) -> Line:
    if contact is None:
        return Line("connection", name, ok=False, text="the broker was not asked yet")
    if contact.offset is None:
        return Line("connection", name, ok=False, text=contact.why)
    age = look.now - contact.time
    is_fresh = age <= CONTACT_AGE_MAX or look.signs.is_busy()
    return Line("connection", name, is_fresh, f"the broker answered {_span(age)} ago")


def _clock(name: str, contact: Contact | None, most: int) -> Line:
    if contact is None or contact.offset is None:
        return Line("clock", name, ok=False, text="the broker's clock is not known")
    text = f"{contact.offset:+.1f} s from the broker's"
    return Line("clock", name, abs(contact.offset) <= most, text)


def _span(age: timedelta) -> str:
    """A rough length of time, for a person."""
    seconds = max(0, round(age.total_seconds()))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def page(found: Sequence[Line]) -> str:
    """All lines as text."""
    is_ready = all(line.ok for line in found)
    rows = (f"{'ok' if line.ok else 'FAIL':5}{_where(line)}: {line.text}" for line in found)
    return "\n".join(("ready" if is_ready else "not ready", *rows)) + "\n"


def _where(line: Line) -> str:
    return f"{line.name} {line.account}".rstrip()
