"""The rota on the real clock: a scheduler wakes it, a heartbeat watches it, a signal ends it.

Cycles of all accounts take turns on one thread: they share one household's wash sales, and a
book with one writer. Mail and heartbeat have threads of their own and wait for nobody: mail goes
out at once when something is posted, since the bell of its chore wakes it.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock
from bot.daemon.pulse import TICK_SECONDS, Pulse
from bot.daemon.rota import Chore, Job, Rota, attempt
from bot.daemon.sentry import sentry
from bot.daemon.sessions import Sessions
from bot.daemon.slots import next_slot
from bot.daemon.systemd import Notifier
from bot.daemon.threads import Threads
from bot.daemon.triggers import SlotTrigger
from bot.switch import Switch

BEAT_SECONDS = 2.0
BEATS_PER_WATCH = 3
"""Systemd's patience covers this many beats, so that one that fails kills nobody."""

REFRESH = timedelta(hours=6)
"""How often it is seen to that the calendar reaches far enough ahead."""

TURNS, ASIDE = "turns", "aside"
"""The thread on which cycles take turns, and the threads of all the rest."""

ASIDE_THREADS = 3

KILL_SWITCH = "kill switch"


class Listener(Protocol):
    """Whoever is told how we are, beside systemd: a watch on another machine. Waits for nobody."""

    def began(self) -> None:
        """We are up."""
        ...

    def alive(self) -> None:
        """We make progress."""
        ...

    def trouble(self, text: str) -> None:
        """We no longer do, and why."""
        ...


class Nobody:
    """No one listens."""

    def began(self) -> None:
        """Nothing."""

    def alive(self) -> None:
        """Nothing."""

    def trouble(self, text: str) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Something that the scheduler wakes."""

    name: str
    thread: str
    trigger: BaseTrigger
    act: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Daemon:
    """Everything that runs by itself, until ``stop`` is set.

    ``stop`` is the event that the rota's ``stopping`` and the clock's waits look at. ``probe``
    asks the book for an answer, and raises where there is none. ``outside`` hears of our health
    as systemd does. ``obey`` is called when the kill ``switch`` is thrown, and every minute.
    """

    rota: Rota
    jobs: tuple[Job, ...]
    chores: tuple[Chore, ...]
    sessions: Sessions
    clock: Clock
    stop: threading.Event
    pulse: Pulse
    notifier: Notifier
    probe: Callable[[], object]
    outside: Listener = field(default_factory=Nobody)
    switch: Switch = field(default_factory=Switch)
    obey: Callable[[], object] = bool

    def run(self) -> None:
        """Work until ``stop`` is set, let the cycle in hand finish its step, and return."""
        self.rota.mourn(self.jobs)
        scheduler = self._scheduler()
        scheduler.start()
        bells = [self._answer(chore) for chore in self.chores if chore.bell is not None]
        self.notifier.ready()
        self.outside.began()
        try:
            with sentry(self.switch, partial(self._hurry, scheduler)):
                self._beat_until_stopped(scheduler)
        finally:
            self.stop.set()
            self.notifier.stopping()
            scheduler.pause()
            scheduler.shutdown(wait=True)
            for chore in self.chores:
                if chore.bell is not None:
                    chore.bell.set()
            for thread in bells:
                thread.join()

    def _answer(self, chore: Chore) -> threading.Thread:
        """A thread for ``chore``: it is done when its bell rings, and else as often as it says."""
        name = f"chore {chore.name}"
        thread = threading.Thread(target=self._answering, args=(chore,), name=name, daemon=True)
        thread.start()
        return thread

    def _answering(self, chore: Chore) -> None:
        assert chore.bell is not None, "it has one"
        assert isinstance(chore.when, timedelta), "between two rings it is done by the clock"
        while not self.stop.is_set():
            self._aside(chore)
            chore.bell.wait(chore.when.total_seconds())
            chore.bell.clear()

    def _scheduler(self) -> BackgroundScheduler:
        threads = {TURNS: Threads(1), ASIDE: Threads(ASIDE_THREADS)}
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        scheduler = BackgroundScheduler(timezone=UTC, executors=threads, job_defaults=defaults)
        now = self.clock.now()
        for shift in self._shifts():
            scheduler.add_job(
                shift.act,
                shift.trigger,
                id=shift.name,
                name=shift.name,
                executor=shift.thread,
                next_run_time=now,
            )
        return scheduler

    def _shifts(self) -> Iterator[Shift]:
        yield Shift("tick", ASIDE, _each(timedelta(seconds=TICK_SECONDS)), self.pulse.tick)
        refresh = Chore("calendar", REFRESH, lambda _name, now: self.sessions.refresh(now))
        for chore in (refresh, *(chore for chore in self.chores if chore.bell is None)):
            thread = TURNS if chore.trades else ASIDE
            yield Shift(f"chore {chore.name}", thread, self._trigger(chore), self._chore(chore))
        yield Shift(KILL_SWITCH, TURNS, _each(timedelta(minutes=1)), self._obey)
        for job in self.jobs:
            trigger = SlotTrigger(job.entries, self.sessions)
            yield Shift(f"cycle {job.account}", TURNS, trigger, partial(self._cycle, job))

    def _trigger(self, chore: Chore) -> BaseTrigger:
        if isinstance(chore.when, timedelta):
            return _each(chore.when)
        return SlotTrigger(chore.when, self.sessions)

    def _chore(self, chore: Chore) -> Callable[[], object]:
        return partial(self._trade if chore.trades else self._aside, chore)

    def _aside(self, chore: Chore) -> None:
        with self.pulse.doing(chore.name):
            self.rota.do(chore)

    def _obey(self) -> None:
        with self.pulse.working(KILL_SWITCH):
            attempt(self.obey, partial(self.rota.work.failed, None, KILL_SWITCH))

    def _hurry(self, scheduler: BackgroundScheduler) -> None:
        scheduler.modify_job(KILL_SWITCH, next_run_time=self.clock.now())

    def _trade(self, chore: Chore) -> None:
        with self.pulse.working(chore.name):
            self.rota.do(chore)

    def _cycle(self, job: Job) -> None:
        with self.pulse.working(job.account):
            self.rota.visit(job)

    def _beat_until_stopped(self, scheduler: BackgroundScheduler) -> None:
        watched = self.notifier.watchdog_seconds
        seconds = min(BEAT_SECONDS, watched / BEATS_PER_WATCH) if watched else BEAT_SECONDS
        was_well = True
        while True:
            beat = partial(self._beat, scheduler, was_well=was_well)
            was_well = bool(attempt(beat, lambda error: self.notifier.status(str(error))))
            if self.stop.wait(seconds):
                return

    def _beat(self, scheduler: BackgroundScheduler, *, was_well: bool) -> bool:
        """Tell systemd that all is well, if it is; a person, if it no longer is."""
        now = self.clock.now()
        if jumped := self.pulse.jump(now):
            for job in scheduler.get_jobs():
                job.modify(next_run_time=now)
            self.rota.work.failed(None, "clock", jumped)
        if trouble := self._trouble():
            self.notifier.status(str(trouble))
            self.outside.trouble(str(trouble))
            if was_well:
                self.rota.work.failed(None, "heartbeat", trouble)
            return False
        self.notifier.alive()
        self.outside.alive()
        self.notifier.status(self._outlook(now))
        return True

    def _trouble(self) -> Exception | None:
        silent: list[Exception] = []
        attempt(self.probe, silent.append)
        return self.pulse.complaint() or next(iter(silent), None)

    def _outlook(self, now: datetime) -> str:
        entries = tuple(entry for job in self.jobs for entry in job.entries)
        slot = next_slot(entries, self.sessions, now)
        ahead = "nothing is scheduled" if slot is None else f"next {slot.name}, {_utc(slot.moment)}"
        return f"{len(self.jobs)} accounts; {ahead}"


def _each(interval: timedelta) -> IntervalTrigger:
    return IntervalTrigger(seconds=interval.total_seconds(), timezone=UTC)


def _utc(moment: datetime) -> str:
    return f"{moment:%F %H:%M} UTC"
