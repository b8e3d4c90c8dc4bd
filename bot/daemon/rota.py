"""What is done at one moment, whatever clock tells it: the daemon, ``run --once``, a replay.

A slot is taken in the book before it is run, and what is taken is never run again: a slot whose
run died stays dead, and the next one finds out what became of its orders. The failure of one
account is caught in one place, ``attempt``, where it becomes an alert; the others go on.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Protocol, TypeVar

from bot.book.errors import LeaseHeld
from bot.book.rows import RunRow
from bot.clock import Clock
from bot.daemon.slots import Calendar, Entry, Grace, Skipped, Slot, due, judge
from brokers.words import AccountId

LOOK_BACK = timedelta(days=31)
"""How far back missed slots are still written down, each one, after the machine was away."""

MOURNED_MAX = 20
"""How many of an account's newest runs are searched for one that died."""

INSTANT = timedelta(microseconds=1)

T = TypeVar("T")


class RunBook(Protocol):
    """Which slots were run. Kept for ever, and shared by all who run them."""

    def begin_run(self, account: AccountId, slot: str, time: datetime) -> bool:
        """Take a slot; False where it was taken before, also by a run that died."""
        ...

    def end_run(
        self, account: AccountId, slot: str, time: datetime, *, ok: bool, why: str = ""
    ) -> None:
        """Write down how the run of a slot ended."""
        ...

    def runs(self, account: AccountId | None = None, limit: int = 50) -> tuple[RunRow, ...]:
        """The newest runs first."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One account and when its cycle runs."""

    account: AccountId
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Chore:
    """Anything else that is done again and again: mail, reports, copies of the book.

    ``when`` is how often, or at which slots; ``act`` is told the slot (for how often: the chore's
    name) and the time. A slot that was missed by less than ``late_max`` is done when the machine
    is back: then ``act`` must know by the slot's name what was done before. ``trades`` makes the
    chore take turns with the cycles. One with a ``bell`` has a thread of its own and is also done
    as soon as that rings.
    """

    name: str
    when: timedelta | tuple[Entry, ...]
    act: Callable[[str, datetime], object]
    late_max: timedelta = timedelta(minutes=30)
    trades: bool = False
    bell: threading.Event | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What the rota calls: the book's runs, one account's cycle, and who is told of failures.

    ``failed`` is given None for the account where the whole machine is concerned. ``turn`` holds
    an account, and raises ``LeaseHeld`` where another process does.
    """

    runs: RunBook
    run: Callable[[AccountId, str, datetime], None]
    failed: Callable[[AccountId | None, str, Exception], None]
    stopping: Callable[[], bool]
    turn: Callable[[AccountId], AbstractContextManager[None]] = lambda _account: nullcontext()


class Outcome(StrEnum):
    """What became of a slot."""

    RAN = "ran"
    FAILED = "failed"
    TAKEN = "taken"
    """It was begun before: by another process, or by one that died."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Done:
    """A slot that was dealt with, how, and why where it did not simply run."""

    slot: Slot
    outcome: Outcome
    why: str = ""


class RunDied(Exception):
    """A run was begun and never ended: the process that ran it was killed."""

    def __init__(self, run: RunRow) -> None:
        """Name the slot and when it began."""
        super().__init__(f"the run of {run.slot}, begun at {run.started:%F %H:%M} UTC, died")
        self.remedy = "it is not run again; the next cycle withdraws orders that it left behind"


def attempt(act: Callable[[], T], say: Callable[[Exception], None]) -> T | None:
    """What ``act`` returns; where it fails, ``say`` is told why and None comes back."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 the one place where a failure becomes an alert
        say(error)
    return None


class Rota:
    """Deals with the slots of accounts and chores as their moments come.

    Not for several threads at once where accounts are concerned: cycles take turns.
    """

    def __init__(self, calendar: Calendar, clock: Clock, work: Work, grace: Grace) -> None:
        """Nothing is done before the first visit."""
        self.calendar = calendar
        self._clock = clock
        self.work = work
        self._grace = grace
        self._seen: dict[AccountId, datetime] = {}
        self._chores_seen: dict[str, datetime] = {}
        self._to_mourn: set[AccountId] = set()

    def visit(self, job: Job) -> tuple[Done, ...]:
        """Deal with every slot of an account whose moment has come, until none is left."""
        done: list[Done] = []
        while not self.work.stopping():
            latest = attempt(partial(self._look, job), partial(self._tell, job.account, "schedule"))
            if not latest:
                break
            done += latest
        return tuple(done)

    def do(self, chore: Chore) -> None:
        """Do a chore if it is due and the machine is not about to stop."""
        if self.work.stopping():
            return
        attempt(partial(self._do, chore), partial(self._tell, None, chore.name))

    def mourn(self, jobs: Sequence[Job]) -> None:
        """Close the runs whose process died. Only for a start.

        What another process is in the middle of is left until the account is ours.
        """
        for job in jobs:
            self._to_mourn.add(job.account)
            attempt(partial(self._mourn, job), partial(self._tell, job.account, "start"))

    def _look(self, job: Job) -> list[Done]:
        now = self._clock.now()
        after = self._after(job.account, now)
        slots = due(job.entries, self.calendar, after, now)
        verdict = judge(slots, now, self._grace)
        done = [Done(s.slot, Outcome.SKIPPED, s.why) for s in verdict.skipped if self._skip(job, s)]
        if verdict.run is not None:
            try:
                done.append(self._run(job.account, verdict.run))
            except LeaseHeld:  # the slot is as due at the next look, unless the other one takes it
                return done
        self._seen[job.account] = now
        return done

    def _after(self, account: AccountId, now: datetime) -> datetime:
        """The moment up to which all slots of an account have been dealt with, or earlier.

        A clock that was set back, and a restart, look at the current session anew: the book
        knows what was taken.
        """
        seen = self._seen.get(account)
        if seen is not None:
            return min(seen, now)
        newest = self.work.runs.runs(account, 1)
        if not newest:
            return now - self._grace.late_max
        session = self.calendar.session_at(now)
        start = now if session is None else session.opens - INSTANT
        return max(min(newest[0].started, start), now - LOOK_BACK)

    def _skip(self, job: Job, skipped: Skipped) -> bool:
        """Write down that a slot will not run; False where the book has it already."""
        runs, name, now = self.work.runs, skipped.slot.name, self._clock.now()
        if not runs.begin_run(job.account, name, now):
            return False
        runs.end_run(job.account, name, now, ok=False, why=f"skipped: {skipped.why}")
        return True

    def _run(self, account: AccountId, slot: Slot) -> Done:
        with self.work.turn(account):
            self._mourn_dead(account)
            return self._begin(account, slot)

    def _begin(self, account: AccountId, slot: Slot) -> Done:
        runs, now = self.work.runs, self._clock.now()
        if not runs.begin_run(account, slot.name, now):
            return Done(slot, Outcome.TAKEN, "it was begun before")
        failures: list[Exception] = []
        attempt(partial(self.work.run, account, slot.name, now), failures.append)
        for error in failures:
            self._tell(account, slot.name, error)
        why = "; ".join(str(error) or type(error).__name__ for error in failures)
        runs.end_run(account, slot.name, self._clock.now(), ok=not failures, why=why)
        return Done(slot, Outcome.FAILED if failures else Outcome.RAN, why)

    def _do(self, chore: Chore) -> None:
        now = self._clock.now()
        if isinstance(chore.when, timedelta):
            chore.act(chore.name, now)
            return
        after = min(self._chores_seen.get(chore.name, now - chore.late_max), now)
        slots = due(chore.when, self.calendar, after, now)
        self._chores_seen[chore.name] = now
        if slots:
            chore.act(slots[-1].name, now)

    def _mourn(self, job: Job) -> None:
        with suppress(LeaseHeld), self.work.turn(job.account):
            self._mourn_dead(job.account)

    def _mourn_dead(self, account: AccountId) -> None:
        """Once after a start, in our turn: nobody else can be in the middle of these."""
        if account not in self._to_mourn:
            return
        self._to_mourn.discard(account)
        for run in self.work.runs.runs(account, MOURNED_MAX):
            if run.ended is None:
                died, now = RunDied(run), self._clock.now()
                self.work.runs.end_run(account, run.slot, now, ok=False, why=str(died))
                self._tell(account, run.slot, died)

    def _tell(self, account: AccountId | None, slot: str, error: Exception) -> None:
        self.work.failed(account, slot, error)
