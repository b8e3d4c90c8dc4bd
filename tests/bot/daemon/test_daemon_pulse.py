"""Signs of life: what counts as progress, and what a jump of the clock looks like."""

from datetime import timedelta

import pytest
from rota_standins import utc

from bot.daemon.pulse import (
    CHORE_SECONDS_MAX,
    STEP_SECONDS,
    STEP_SECONDS_MAX,
    TICK_SECONDS_MAX,
    TURN_SECONDS_MAX,
    Pulse,
)


class Stopwatch:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_all_is_well_while_the_scheduler_ticks() -> None:
    watch = Stopwatch()
    pulse = Pulse(watch)
    watch.seconds += TICK_SECONDS_MAX
    assert pulse.complaint() is None
    watch.seconds += 1
    stuck = pulse.complaint()
    assert str(stuck) == "the scheduler has not ticked for 121 s"
    assert stuck is not None
    assert "systemd restarts" in stuck.remedy
    pulse.tick()
    assert pulse.complaint() is None


def test_a_cycle_must_go_from_step_to_step() -> None:
    watch = Stopwatch()
    pulse = Pulse(watch)
    with pulse.working("taxable"):
        watch.seconds += STEP_SECONDS_MAX
        pulse.tick()
        pulse.step("wave done")
        watch.seconds += STEP_SECONDS_MAX
        pulse.tick()
        assert pulse.complaint() is None
        watch.seconds += 1
        said = str(pulse.complaint())
        assert said == f"taxable has stood still at 'wave done' for {STEP_SECONDS_MAX + 1} s"
    assert pulse.complaint() is None


def test_who_does_not_work_need_not_step() -> None:
    watch = Stopwatch()
    pulse = Pulse(watch)
    watch.seconds += 10 * STEP_SECONDS_MAX
    pulse.tick()
    assert pulse.complaint() is None
    with pulse.working("taxable"):
        assert pulse.complaint() is None


@pytest.mark.parametrize("step", ["sending T-1-AAPL", "intended", "cancelling"])
def test_a_step_that_takes_seconds_is_not_given_half_an_hour(step: str) -> None:
    watch = Stopwatch()
    pulse = Pulse(watch)
    most = STEP_SECONDS[step.partition(" ")[0]]
    with pulse.working("taxable"):
        pulse.step(step)
        watch.seconds += most
        pulse.tick()
        assert pulse.complaint() is None
        watch.seconds += 1
        assert str(pulse.complaint()) == f"taxable has stood still at {step!r} for {most + 1} s"


def test_a_wave_may_wait_for_its_fills_as_long_as_the_owner_says() -> None:
    watch = Stopwatch()
    pulse = Pulse(watch, work_seconds=7200)
    with pulse.working("taxable"):
        pulse.step("sent T-1-AAPL")
        watch.seconds += 7200 + STEP_SECONDS_MAX
        pulse.tick()
        assert pulse.complaint() is None
        watch.seconds += 1
        assert "stood still" in str(pulse.complaint())


def test_turns_must_be_taken() -> None:
    watch = Stopwatch()
    pulse = Pulse(watch)
    with pulse.working("approved taxable"):
        pass
    watch.seconds += TURN_SECONDS_MAX
    pulse.tick()
    assert pulse.complaint() is None
    watch.seconds += 1
    assert str(pulse.complaint()) == f"no account has had its turn for {TURN_SECONDS_MAX + 1} s"


def test_a_chore_that_never_ends_is_named() -> None:
    watch = Stopwatch()
    pulse = Pulse(watch)
    with pulse.doing("mail"):
        watch.seconds += CHORE_SECONDS_MAX + 1
        with pulse.doing("weekly taxable"):
            pulse.tick()
            said = str(pulse.complaint())
    assert said == f"the chore mail has taken {CHORE_SECONDS_MAX + 1} s and has not ended"
    assert pulse.complaint() is None


def test_a_jump_of_the_clock_on_the_wall() -> None:
    watch = Stopwatch()
    pulse = Pulse(watch)
    wall = utc("2026-11-25T14:45")
    assert pulse.jump(wall) is None
    watch.seconds += 15
    assert pulse.jump(wall + timedelta(seconds=16)) is None
    watch.seconds += 15
    jumped = pulse.jump(wall + timedelta(hours=1, seconds=31))
    assert str(jumped) == "the clock of this host jumped by +3600 s"
    watch.seconds += 15
    assert pulse.jump(wall + timedelta(hours=1, seconds=46)) is None
    watch.seconds += 15
    assert str(pulse.jump(wall + timedelta(seconds=61))).endswith("-3600 s")
