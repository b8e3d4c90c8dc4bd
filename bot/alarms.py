"""What goes wrong between cycles is found and told within seconds, once, and that it is over.

Two kinds of work, each on threads of its own and none of which trades: every broker is asked for
its clock (``Touch``), and every condition is looked at (``Alarms``). Which alarms stand is kept in
the book, as runs of nobody's account, so that a restart repeats none and forgets none.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.alerts import alarm as letters
from bot.book.errors import BookError, IllegalStep
from bot.book.rows import RunRow
from bot.health.alarms import NAMES, SOON, Alarm, Key, Latch, Scene, Standing, alarms
from bot.health.wards import Contact, Contacts, Ward
from bot.rounds import Desk, Office
from bot.switch import EVERY_ACCOUNT
from brokers.broker import BrokerError
from brokers.words import AccountId, Session

OPEN_SECONDS = 2.5
"""How often a broker is asked while the exchange is open, or will be soon."""

IDLE_SECONDS = 60.0
"""How often it is asked else."""

AGAIN_SECONDS = 1.0
"""How long after a question that was not answered the next one is asked."""

MAIL_SECONDS = 60.0
"""How often it is looked whether mail gets through."""

MAILS_MAX = 100
RUNS_MAX = 500
"""How far back it is looked for mails that wait, and for alarms that stand."""

HOUSE = AccountId(EVERY_ACCOUNT)
_KIND = "alarm"

Schedule = Callable[[datetime], tuple[bool, datetime | None]]
"""Whether brokers matter now, and the end of the sessions that are known."""


def schedule_of(
    session_at: Callable[[datetime], Session | None],
    next_session: Callable[[datetime], Session],
    end: Callable[[], datetime],
    past_end: type[Exception],
) -> Schedule:
    """Ask a calendar that raises ``past_end`` where it does not know."""

    def look(now: datetime) -> tuple[bool, datetime | None]:
        try:
            is_open = session_at(now) is not None or next_session(now).opens - now <= SOON
            return is_open, end()
        except past_end:
            return False, None

    return look


class Touch:
    """Asks the broker of one account for its clock; an answer says that there is a connection."""

    def __init__(
        self,
        desk: Desk,
        office: Office,
        contacts: Contacts,
        schedule: Schedule,
        changed: Callable[[], object],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``changed`` is called where there is news."""
        self._desk, self._office, self._contacts = desk, office, contacts
        self._schedule, self._changed, self._monotonic = schedule, changed, monotonic
        self._due = float("-inf")

    def act(self, _name: str, now: datetime) -> None:
        """Ask if it is time, and once more where there is no answer."""
        if self._monotonic() < self._due:
            return
        with self._office.calls.tried(self._desk.account) as is_free:
            if not is_free:  # a cycle speaks with it, and tells by itself what it hears
                return
            if not self.ask():
                self._office.clock.sleep(AGAIN_SECONDS)
                if not self._office.stopping():
                    self.ask()
        is_open, _ = self._schedule(now)
        self._due = self._monotonic() + (0 if is_open else IDLE_SECONDS)
        self._changed()

    def ask(self) -> bool:
        """Ask once; whether there was an answer."""
        account, clock = self._desk.account, self._office.clock
        self._contacts.ask(account)
        before = clock.now()
        try:
            told = self._desk.broker.clock().time
        except BrokerError as error:
            why = str(error) or type(error).__name__
            self._contacts.note(account, Contact(clock.now(), None, why, error.remedy))
            return False
        after = clock.now()
        half = (after - before) / 2
        offset = (told - (before + half)).total_seconds()
        self._contacts.note(account, Contact(after, offset, spread=abs(half.total_seconds())))
        return True


@dataclass(frozen=True, slots=True)
class Watched:
    """What alarms are raised of: accounts, the contact with their brokers, and when it matters."""

    wards: Sequence[Ward]
    contacts: Contacts
    schedule: Schedule


class Alarms:
    """Tells a person of each condition once, and that it is over."""

    def __init__(
        self,
        watched: Watched,
        office: Office,
        say: Callable[[str, str], object],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``say`` is given each alarm and its remedy for the log."""
        self._watched, self._office, self._say = watched, office, say
        self._monotonic = monotonic
        self._latch = Latch(standing(office.book.runs(HOUSE, RUNS_MAX)))
        self._begun: dict[Key, datetime] = {}
        self._mail_look = float("-inf")
        self._mail_since: datetime | None = None

    def act(self, _name: str, now: datetime) -> None:
        """Look at everything. What the book does not take is told without it, and kept later."""
        found = list(alarms(self._scene(now)))
        moment = self._monotonic()
        for alarm in self._latch.raised(found, moment):
            self._raise(alarm, now)
        with suppress(BookError):  # it is told of at the next look
            for each in self._latch.over(moment):
                self._end(each, now)
        there = {alarm.key for alarm in found}
        self._begun = {key: since for key, since in self._begun.items() if key in there}

    def standing(self) -> tuple[Key, ...]:
        """Name and account of each alarm that stands."""
        return self._latch.standing()

    def untold(self) -> str:
        """What no mail can tell since mail does not get through; empty where it does."""
        return self._latch.stands("mail")

    def _scene(self, now: datetime) -> Scene:
        is_open, end = self._watched.schedule(now)
        return Scene(
            now=now,
            wards=self._watched.wards,
            contacts=self._watched.contacts,
            is_open=is_open,
            disk_free_mib=self._office.disk_free_mib,
            sessions_end=end,
            mail_since=self._oldest_mail(),
        )

    def _oldest_mail(self) -> datetime | None:
        if self._monotonic() - self._mail_look < MAIL_SECONDS:
            return self._mail_since
        self._mail_look = self._monotonic()
        with suppress(BookError):  # that it is silent, the heartbeat tells
            rows = self._office.book.mails(MAILS_MAX)
            waiting = (row.created for row in rows if row.state in {None, "failed"})
            self._mail_since = min(waiting, default=None)
        return self._mail_since

    def _raise(self, alarm: Alarm, now: datetime) -> None:
        if alarm.key not in self._begun:
            self._say(f"{alarm.account or 'trimtab'}: {alarm.text}", alarm.remedy)
        since = self._begun.setdefault(alarm.key, now)
        try:
            self._office.post(letters.raised(self._told(alarm, since)))
            self._office.book.begin_run(HOUSE, _slot(alarm, since), since)
        except BookError:  # looked at again in a second
            return
        self._latch.told(alarm, since)

    def _end(self, each: Standing, now: datetime) -> None:
        self._office.book.post(letters.over(self._told(each.alarm, each.since), now))
        with suppress(IllegalStep):  # another machine that works the book has said so
            self._office.book.end_run(HOUSE, _slot(each.alarm, each.since), now, ok=True)
        self._latch.told_over(each)

    def _told(self, alarm: Alarm, since: datetime) -> letters.Told:
        """What concerns the whole machine goes to the owner of the first account."""
        wards = self._watched.wards
        ward = next((each for each in wards if each.account == alarm.account), wards[0])
        return letters.Told(
            ward.environment, ward.account, alarm.name, alarm.text, alarm.remedy, since
        )


def _slot(alarm: Alarm, since: datetime) -> str:
    return f"{_KIND}/{alarm.name}/{alarm.account}/{since.isoformat()}"


def standing(runs: Sequence[RunRow]) -> tuple[Standing, ...]:
    """The alarms among ``runs`` that were raised and are not over."""
    return tuple(_standing(runs))


def _standing(runs: Sequence[RunRow]) -> Iterator[Standing]:
    for run in runs:
        kind, _, rest = run.slot.partition("/")
        if kind == _KIND and run.ended is None:
            name, _, rest = rest.partition("/")
            account, _, since = rest.rpartition("/")
            with suppress(ValueError):
                alarm = Alarm(name, account, NAMES.get(name, name), "")
                yield Standing(alarm, datetime.fromisoformat(since))


LOOK = timedelta(seconds=1)
"""How often all conditions are looked at."""
