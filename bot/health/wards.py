"""What is looked after, and the signs that the process itself gives: no book holds those."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.book.timing import Spread
from bot.book.vitals import Window
from bot.limits import Limits
from bot.switch.states import Halt
from brokers.words import AccountId, Environment, Session


@dataclass(frozen=True, slots=True)
class Ward:
    """An account of the config: ``names`` of its target, and whether it ``harvests`` losses."""

    account: AccountId
    environment: Environment
    limits: Limits
    names: int
    harvests: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """What the broker last answered: its clock less ours in seconds, or why it did not.

    ``spread`` is half of the time that the answer took: by so much ``offset`` may be wrong.
    """

    time: datetime
    offset: float | None
    why: str = ""
    remedy: str = ""
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Silence:
    """A broker that does not answer: for how many seconds, so far, and to how many questions."""

    seconds: float
    failures: int
    last: Contact | None


class Contacts:
    """The contact with the broker of each account, noted by whoever asks it."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """There was none."""
        self._monotonic = monotonic
        self._noting = threading.Lock()
        self._last: dict[AccountId, Contact] = {}
        self._answered: dict[AccountId, Contact] = {}
        self._silent: dict[AccountId, tuple[float, int]] = {}

    def ask(self, account: AccountId) -> None:
        """A question is asked now: from here on it may go unanswered."""
        with self._noting:
            self._silent.setdefault(account, (self._monotonic(), 0))

    def note(self, account: AccountId, contact: Contact) -> None:
        """Replace what was known."""
        with self._noting:
            self._last[account] = contact
            since, failures = self._silent.pop(account, (self._monotonic(), 0))
            if contact.offset is None:
                self._silent[account] = since, failures + 1
            else:
                self._answered[account] = contact

    def last(self, account: AccountId) -> Contact | None:
        """The last one since the start."""
        with self._noting:
            return self._last.get(account)

    def answered(self, account: AccountId) -> Contact | None:
        """The last one that was answered."""
        with self._noting:
            return self._answered.get(account)

    def silence(self, account: AccountId) -> Silence | None:
        """How long a question has gone unanswered; None where the last one was answered."""
        with self._noting:
            if account not in self._silent:
                return None
            since, failures = self._silent[account]
            return Silence(self._monotonic() - since, failures, self._last.get(account))


class Calendar(Protocol):
    """What is asked of the exchange's sessions; it raises where it does not know."""

    @property
    def last(self) -> Session:
        """The last session that is known."""
        ...

    def session_at(self, moment: datetime) -> Session | None:
        """The session that ``moment`` lies in."""
        ...

    def previous_sessions(self, moment: datetime, count: int) -> tuple[Session, ...]:
        """The last sessions that had closed, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """The sessions around a moment: ``closed`` are the last ten that are over, oldest first.

    ``window`` is what limits count from: this session, or the last one while the exchange is
    closed. ``end`` is the last session that the calendar knows.
    """

    window: Window
    closed: tuple[Session, ...]
    end: Session


TEN_SESSIONS = 10


def schedule_of(calendar: Calendar, now: datetime) -> Schedule:
    """The sessions around ``now``; what the calendar raises where it does not reach so far."""
    closed = calendar.previous_sessions(now, TEN_SESSIONS)
    session = calendar.session_at(now)
    if session is None:
        window = Window(closed[-1].day, closed[-1].opens, closed[0].opens)
    else:
        window = Window(session.day, session.opens, closed[1].opens)
    return Schedule(window, closed, calendar.last)


@dataclass(frozen=True, slots=True)
class Signs:
    """What the process tells of itself.

    ``complaint`` is what has stopped moving; ``beat_seconds`` how long ago the scheduler ticked;
    ``is_busy`` whether an account has its turn; ``flag`` the kill switch as this process sees it;
    ``is_ours`` whether a holder of a lease is this process; ``lost_lines`` of the log; ``alarms``
    name and account of those that stand.
    """

    complaint: Callable[[], Exception | None]
    beat_seconds: Callable[[], float]
    is_busy: Callable[[], bool]
    contacts: Contacts
    commits: Callable[[], Spread]
    disk_free_mib: Callable[[], int]
    flag: Callable[[], Halt | None]
    is_ours: Callable[[str], bool]
    lost_lines: Callable[[], int] = lambda: 0
    alarms: Callable[[], tuple[tuple[str, str], ...]] = lambda: ()
