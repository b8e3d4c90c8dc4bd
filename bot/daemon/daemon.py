"""The rota on the real clock: a scheduler wakes it, a heartbeat watches it, a signal ends it.

Cycles of all accounts take turns on one thread: they share one household's wash sales, and a
book with one writer. Mail and heartbeat have threads of their own and wait for nobody.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock
from bot.daemon.pulse import TICK_SECONDS, Pulse
from bot.daemon.rota import Chore, Job, Rota, attempt
from bot.daemon.sessions import Sessions
from bot.daemon.slots import next_slot
from bot.daemon.systemd import Notifier
from bot.daemon.triggers import SlotTrigger

BEAT_SECONDS = 15.0
BEATS_PER_WATCH = 3
"""Systemd's patience covers this many beats, so that one that fails kills nobody."""

REFRESH = timedelta(hours=6)
"""How often it is seen to that the calendar reaches far enough ahead."""

TURNS, ASIDE = "turns", "aside"
"""The thread on which cycles take turns, and the threads of all the rest."""

ASIDE_THREADS = 3


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
    asks the book for an answer, and raises where there is none.
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

    def run(self) -> None:
        """Work until ``stop`` is set, let the cycle in hand finish its step, and return."""
        self.rota.mourn(self.jobs)
        scheduler = self._scheduler()
        scheduler.start()
        self.notifier.ready()
        try:
            self._beat_until_stopped(scheduler)
        finally:
            self.stop.set()
            self.notifier.stopping()
            scheduler.pause()
            scheduler.shutdown(wait=True)

    def _scheduler(self) -> BackgroundScheduler:
        threads = {TURNS: ThreadPoolExecutor(1), ASIDE: ThreadPoolExecutor(ASIDE_THREADS)}
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
        for chore in (refresh, *self.chores):
            thread = TURNS if chore.trades else ASIDE
            yield Shift(f"chore {chore.name}", thread, self._trigger(chore), self._chore(chore))
        for job in self.jobs:
            trigger = SlotTrigger(job.entries, self.sessions)
            yield Shift(f"cycle {job.account}", TURNS, trigger, partial(self._cycle, job))

    def _trigger(self, chore: Chore) -> BaseTrigger:
        if isinstance(chore.when, timedelta):
            return _each(chore.when)
        return SlotTrigger(chore.when, self.sessions)

    def _chore(self, chore: Chore) -> Callable[[], object]:
        return partial(self._trade if chore.trades else self.rota.do, chore)

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
            if was_well:
                self.rota.work.failed(None, "heartbeat", trouble)
            return False
        self.notifier.alive()
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
