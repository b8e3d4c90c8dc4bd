"""What a person is told of between cycles, too: which conditions there are, and each one once.

A condition that holds is told at once and then stands; it is over when it has been away for a
while, and that is told as well. Whether it comes and goes or stays, nobody is told twice of one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.health.readiness import HORIZON_MIN, MAIL_AGE_MAX
from bot.health.wards import Contacts, Ward

FAILURES = 2
"""So many questions in a row without an answer, a second apart: one alone may be bad luck."""

SILENT_SECONDS = 10.0
"""So long without a word to one question."""

IDLE_SECONDS = 900.0
"""The same while the exchange is closed: gateways restart at night, and are back by themselves."""

QUIET_SECONDS = 60.0
"""How long a condition must have been away to be over; twice that for one that has come back."""

QUIET_SECONDS_MAX = 3600.0

SOON = timedelta(minutes=30)
"""So long before the open a broker is looked after as if the exchange were open."""

NAMES = {
    "disk": "the disk was nearly full, or did not answer",
    "calendar": "the exchange's sessions were known for less than 30 days",
    "mail": "mail did not get through",
    "connection": "the broker did not answer",
    "clock": "the broker's clock and ours were apart",
}
"""Every alarm, and how one is called that another process has raised."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A condition that holds; ``account`` is empty where it concerns all."""

    name: str
    account: str
    text: str
    remedy: str

    @property
    def key(self) -> Key:
        """What makes it the same one, whatever figures its text has."""
        return self.name, self.account


@dataclass(frozen=True, slots=True)
class Scene:
    """All that alarms are judged from, at one moment.

    ``is_open`` says that the exchange is open, or will be soon. ``sessions_end`` is the end of the
    calendar, None where it is past. ``mail_since`` is when the oldest mail that waits was written.
    """

    now: datetime
    wards: Sequence[Ward]
    contacts: Contacts
    is_open: bool
    disk_free_mib: Callable[[], int]
    sessions_end: datetime | None
    mail_since: datetime | None


def alarms(scene: Scene) -> Iterator[Alarm]:
    """Every condition that holds now."""
    yield from _disk(scene)
    yield from _calendar(scene)
    yield from _mail(scene)
    for ward in scene.wards:
        yield from _connection(ward, scene)
        yield from _clock(ward, scene)


def _disk(scene: Scene) -> Iterator[Alarm]:
    need = max((ward.limits.disk_free_mib for ward in scene.wards), default=0)
    try:
        free = scene.disk_free_mib()
    except OSError as error:
        what = f"the disk of the book does not answer: {error.strerror or error}"
        yield Alarm("disk", "", what, "look at the disk and the kernel's log")
        return
    if free < need:
        what = f"the disk has {free} MiB left, and no cycle begins with less than {need}"
        yield Alarm("disk", "", what, "make room on the disk that book and state_dir are on")


def _calendar(scene: Scene) -> Iterator[Alarm]:
    end = scene.sessions_end
    if end is None or end - scene.now < HORIZON_MIN:
        until = "this day" if end is None else f"{end.date()}"
        what = f"the exchange's sessions are known until {until} only"
        yield Alarm("calendar", "", what, "upgrade exchange_calendars; nothing is traded past it")


def _mail(scene: Scene) -> Iterator[Alarm]:
    if scene.mail_since is not None and scene.now - scene.mail_since > MAIL_AGE_MAX:
        what = f"mail does not get through: one waits since {scene.mail_since:%F %H:%M} UTC"
        yield Alarm("mail", "", what, "run: trimtab check; the log has the mail server's answer")


def _connection(ward: Ward, scene: Scene) -> Iterator[Alarm]:
    silence = scene.contacts.silence(ward.account)
    if silence is None:
        return
    refused = silence.failures >= FAILURES
    if scene.is_open:
        is_lost = refused or silence.seconds >= SILENT_SECONDS
    else:
        is_lost = silence.seconds >= IDLE_SECONDS
    if is_lost:
        last = silence.last
        why = last.why if refused and last is not None else "it says nothing"
        remedy = last.remedy if refused and last is not None else ""
        more = "look at the network and at the broker; orders in the market stay there"
        what = f"the broker does not answer: {why}"
        yield Alarm("connection", ward.account, what, remedy or more)


def _clock(ward: Ward, scene: Scene) -> Iterator[Alarm]:
    """Beyond what the time of the answer itself may explain."""
    contact, most = scene.contacts.answered(ward.account), ward.limits.clock_stop_seconds
    if contact is None or contact.offset is None:
        return
    if abs(contact.offset) - contact.spread > most:
        what = f"the broker's clock is {contact.offset:+.1f} s from ours; {most} s stop all orders"
        remedy = "let timesyncd or chrony keep this machine's clock; timedatectl says whether"
        yield Alarm("clock", ward.account, what, remedy)


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that was told, when it was raised, and how often before."""

    alarm: Alarm
    since: datetime
    number: int = 1


class Latch:
    """Which alarms stand. Whoever tells a person says so (``told``), else it is asked again."""

    def __init__(self, standing: Sequence[Standing] = ()) -> None:
        """Begin with those that a process before this one has raised."""
        self._standing = {each.alarm.key: each for each in standing}
        self._times: dict[Key, int] = {each.alarm.key: each.number for each in standing}
        self._seen: dict[Key, float] = {}

    def raised(self, found: Sequence[Alarm], moment: float) -> list[Alarm]:
        """Those of ``found`` that nobody was told of; ``moment`` in seconds that never run back."""
        for alarm in found:
            self._seen[alarm.key] = moment
        return [alarm for alarm in found if alarm.key not in self._standing]

    def over(self, moment: float) -> list[Standing]:
        """Those that stand although they have been away for long enough."""
        return [
            each
            for key, each in self._standing.items()
            if moment - self._seen.setdefault(key, moment) >= self._quiet(each)
        ]

    def _quiet(self, standing: Standing) -> float:
        seconds: float = QUIET_SECONDS * 2 ** (standing.number - 1)
        return min(seconds, QUIET_SECONDS_MAX)

    def told(self, alarm: Alarm, since: datetime) -> None:
        """A person was told that it was raised."""
        number = self._times[alarm.key] = self._times.get(alarm.key, 0) + 1
        self._standing[alarm.key] = Standing(alarm, since, number)

    def told_over(self, standing: Standing) -> None:
        """A person was told that it is over."""
        del self._standing[standing.alarm.key]

    def standing(self) -> tuple[Key, ...]:
        """Name and account of each that stands."""
        return tuple(sorted(self._standing.copy()))

    def stands(self, name: str) -> str:
        """The text of the alarm of this name, of whatever account; empty where none stands."""
        there = self._standing.copy()  # others than the one who judges ask, too
        texts = (each.alarm.text for key, each in there.items() if key[0] == name)
        return next(texts, "")
