"""Clocks: the virtual one takes no time, the real one can be woken."""

import threading
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from rota_standins import utc

from bot.clock import VirtualClock
from bot.daemon.clock import PACE_SECONDS, SystemClock

NOON = utc("2026-11-25T12:00")


def test_waiting_moves_a_virtual_clock_on_at_once() -> None:
    clock, began = VirtualClock(NOON), monotonic()
    clock.sleep(3600)
    assert clock.now() == NOON + timedelta(hours=1)
    assert monotonic() - began < 1


def test_a_virtual_clock_never_runs_back() -> None:
    clock = VirtualClock(NOON)
    clock.move_to(NOON + timedelta(days=1))
    clock.move_to(NOON)
    assert clock.now() == NOON + timedelta(days=1)
    with pytest.raises(AssertionError):
        clock.sleep(-1)


def test_a_virtual_clock_needs_an_aware_moment() -> None:
    with pytest.raises(AssertionError, match="aware"):
        VirtualClock(NOON.replace(tzinfo=None))


def test_the_real_clock_tells_utc() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)  # noqa: TID251 the test of it


def test_a_stop_wakes_whoever_waits() -> None:
    stop = threading.Event()
    clock, began = SystemClock(stop), monotonic()
    threading.Timer(0.1, stop.set).start()
    clock.sleep(60)
    assert PACE_SECONDS <= monotonic() - began < 10


def test_a_pace_is_kept_also_after_a_stop() -> None:
    stop = threading.Event()
    stop.set()
    clock, began = SystemClock(stop), monotonic()
    clock.sleep(0.2)
    assert 0.2 <= monotonic() - began < 10
