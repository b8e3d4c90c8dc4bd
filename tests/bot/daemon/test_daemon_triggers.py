"""The trigger: its times by themselves, and a real scheduler that fires at one."""

import threading
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from rota_standins import utc

from bot.config.settings import AtSession
from bot.daemon.clock import SystemClock
from bot.daemon.sessions import Sessions
from bot.daemon.slots import MINUTE
from bot.daemon.triggers import BLIND, SlotTrigger

DAILY = (AtSession("open", 15 * MINUTE), AtSession("close", -30 * MINUTE))
SECOND = timedelta(seconds=1)


def test_it_fires_at_the_slot_and_looks_each_minute(new_york: Sessions) -> None:
    trigger = SlotTrigger(DAILY, new_york)
    slot = utc("2026-11-27T17:30")  # half an hour before an early close
    assert trigger.get_next_fire_time(None, slot - 20 * SECOND) == slot
    assert trigger.get_next_fire_time(None, slot - 3 * MINUTE) == slot - 2 * MINUTE
    assert trigger.get_next_fire_time(slot, slot) == slot + MINUTE


def test_a_clock_that_was_set_back_does_not_hold_it_up(new_york: Sessions) -> None:
    trigger = SlotTrigger(DAILY, new_york)
    slot = utc("2026-11-27T17:30")
    assert trigger.get_next_fire_time(utc("2027-03-01T15:00"), slot - SECOND) == slot


def test_without_slots_it_only_looks(new_york: Sessions) -> None:
    now = utc("2026-11-27T17:30")
    assert SlotTrigger((), new_york).get_next_fire_time(None, now) == now + MINUTE


def test_past_the_horizon_it_wakes_to_complain(new_york: Sessions) -> None:
    now = utc("2028-12-27T17:30")
    assert SlotTrigger(DAILY, new_york).get_next_fire_time(None, now) == now + BLIND


def test_a_real_scheduler_fires_at_the_slot() -> None:
    clock = SystemClock()
    always = Sessions("24/7", clock.now())  # takes its time on a busy machine
    moment = clock.now() + timedelta(seconds=0.3)
    session = always.session_at(moment)
    assert session is not None
    fired, times = threading.Event(), list[datetime]()

    def act() -> None:
        times.append(clock.now())
        fired.set()

    scheduler = BackgroundScheduler(timezone=UTC)
    entry = AtSession("open", moment - session.opens)
    scheduler.add_job(act, SlotTrigger((entry,), always), misfire_grace_time=None)
    scheduler.start()
    try:
        assert fired.wait(20)
    finally:
        scheduler.shutdown()
    assert times[0] >= moment
    assert len(times) == 1
