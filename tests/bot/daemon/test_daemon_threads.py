"""Jobs that come due while they are at work are done once more, and never twice at once."""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC
from queue import Queue

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.daemon.clock import SystemClock
from bot.daemon.threads import Threads
from bot.logs.start import hush

SECONDS = 20.0


class Busy:
    """A job that says when it has begun, and ends when it is let."""

    def __init__(self) -> None:
        self.began: Queue[int] = Queue()
        self.let_go = threading.Semaphore(0)
        self.inside = threading.Lock()
        self.count = 0

    def __call__(self) -> None:
        assert self.inside.acquire(blocking=False), "two at once"
        self.count += 1
        self.began.put(self.count)
        assert self.let_go.acquire(timeout=SECONDS)
        self.inside.release()


@pytest.fixture
def scheduler() -> Iterator[BackgroundScheduler]:
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    it = BackgroundScheduler(timezone=UTC, executors={"turns": Threads(1)}, job_defaults=defaults)
    it.start()
    yield it
    if it.running:
        it.shutdown(wait=True)


def add(scheduler: BackgroundScheduler, job: object, seconds: float) -> None:
    trigger = IntervalTrigger(seconds=seconds, timezone=UTC)
    scheduler.add_job(job, trigger, id="it", executor="turns", next_run_time=SystemClock().now())


def hurry(scheduler: BackgroundScheduler) -> None:
    """Make it due, and wait until the scheduler has seen that."""
    scheduler.modify_job("it", next_run_time=SystemClock().now())
    end = threading.Event()
    while scheduler.get_job("it").next_run_time <= SystemClock().now():
        assert not end.wait(0.005)


def test_however_often_it_came_due_it_is_done_once_more(scheduler: BackgroundScheduler) -> None:
    busy = Busy()
    add(scheduler, busy, 3600)
    assert busy.began.get(timeout=SECONDS) == 1
    for _ in range(5):
        hurry(scheduler)
    busy.let_go.release()
    assert busy.began.get(timeout=SECONDS) == 2
    busy.let_go.release()
    scheduler.shutdown(wait=True)
    assert busy.count == 2


def test_nothing_is_warned_of_while_it_is_at_work(
    scheduler: BackgroundScheduler, caplog: pytest.LogCaptureFixture
) -> None:
    hush()
    busy = Busy()
    add(scheduler, busy, 0.02)
    for number in range(1, 4):
        assert busy.began.get(timeout=SECONDS) == number
        hurry(scheduler)
        busy.let_go.release()
    assert busy.began.get(timeout=SECONDS) == 4
    busy.let_go.release(100)
    scheduler.shutdown(wait=True)
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []


def test_a_job_that_fails_is_done_once_more_and_told(
    scheduler: BackgroundScheduler, caplog: pytest.LogCaptureFixture
) -> None:
    busy = Busy()

    def fails() -> None:
        busy()
        if busy.count == 1:
            raise ZeroDivisionError("no price")

    add(scheduler, fails, 3600)
    assert busy.began.get(timeout=SECONDS) == 1
    hurry(scheduler)
    busy.let_go.release(2)
    assert busy.began.get(timeout=SECONDS) == 2
    scheduler.shutdown(wait=True)
    assert "no price" in caplog.text


def test_a_stop_waits_for_what_is_at_work_and_begins_nothing_more(
    scheduler: BackgroundScheduler,
) -> None:
    busy = Busy()
    add(scheduler, busy, 3600)
    assert busy.began.get(timeout=SECONDS) == 1
    hurry(scheduler)
    stop = threading.Thread(target=scheduler.shutdown, kwargs={"wait": True})
    stop.start()
    while scheduler.running:
        assert not threading.Event().wait(0.005)
    busy.let_go.release(2)
    stop.join(SECONDS)
    assert not stop.is_alive()
    assert busy.count == 1
