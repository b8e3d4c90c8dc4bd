"""Slots, in lines that an owner can read: a session, a schedule, and what it comes to."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rota_standins import utc

from bot.config.settings import AtSession, Every, Weekday
from bot.daemon.sessions import PastHorizon, Sessions
from bot.daemon.slots import Entry, Grace, Weekly, due, judge, next_slot, slots_of
from brokers.words import Session

M = timedelta(minutes=1)
OPEN15 = AtSession("open", 15 * M)
CLOSE30 = AtSession("close", -30 * M)
DAILY: tuple[Entry, ...] = (OPEN15, CLOSE30)

# slot                       in UTC; New York is 5 hours behind in winter, 4 in summer
DUE = """
2026-11-25/open+15m   14:45
2026-11-25/close-30m  20:30
2026-11-27/open+15m   14:45
2026-11-27/close-30m  17:30
2026-10-30/open+15m   13:45
2026-10-30/close-30m  19:30
2026-11-02/open+15m   14:45
2019-07-03/close-30m  16:30
"""


@pytest.mark.parametrize("case", DUE.strip().splitlines())
def test_moments_of_known_slots(new_york: Sessions, case: str) -> None:
    name, at = case.split()
    moment = utc(f"{name[:10]}T{at}")
    (slot,) = due(DAILY, new_york, moment - M, moment)
    assert (slot.name, slot.moment) == (name, moment)


def test_a_week_with_a_holiday_and_a_half_day(new_york: Sessions) -> None:
    slots = due((OPEN15,), new_york, utc("2026-11-23T00:00"), utc("2026-11-29T00:00"))
    assert [slot.name[:10] for slot in slots] == [
        "2026-11-23",
        "2026-11-24",
        "2026-11-25",
        "2026-11-27",
    ]


def test_due_takes_its_end_and_not_its_start(new_york: Sessions) -> None:
    moment = utc("2026-11-25T14:45")
    assert due(DAILY, new_york, moment, moment) == ()
    assert len(due(DAILY, new_york, moment - M, moment)) == 1
    assert due(DAILY, new_york, moment, moment + M) == ()
    assert due(DAILY, new_york, moment, moment - M) == ()


def test_repeated_slots_stay_inside_the_hours_of_the_gate(new_york: Sessions) -> None:
    session = new_york.session_of(date(2026, 11, 27))
    assert session is not None
    slots = list(slots_of((Every(5),), session, new_york))
    assert slots[0].name == "2026-11-27/every+5m"
    assert slots[-1].name == "2026-11-27/every+190m"
    assert slots[-1].moment == session.closes - 20 * M
    assert len(slots) == 38


def test_one_slot_a_moment(new_york: Sessions) -> None:
    start = utc("2026-11-25T14:30")
    slots = due((Every(5), OPEN15), new_york, start, start + 20 * M)
    assert [slot.name[-4:] for slot in slots] == ["y+5m", "+10m", "+15m", "+20m"], (
        "the explicit one where two meet"
    )


def test_an_offset_may_have_seconds(new_york: Sessions) -> None:
    odd = AtSession("close", timedelta(seconds=-90))
    slots = due((odd,), new_york, utc("2026-11-25T20:00"), utc("2026-11-25T21:00"))
    assert [slot.name for slot in slots] == ["2026-11-25/close-90s"]


# the day of the report, and the session after which it is sent
WEEKS = """
friday    2026-11-20 2026-11-27 2026-12-04
thursday  2026-11-19 2026-11-25 2026-12-03
saturday  2026-11-20 2026-11-27 2026-12-04
monday    2026-11-16 2026-11-23 2026-11-30
"""


@pytest.mark.parametrize("case", WEEKS.strip().splitlines())
def test_one_report_a_week(new_york: Sessions, case: str) -> None:
    weekday, *days = case.split()
    weekly = Weekly(Weekday(weekday), 30 * M)
    slots = due((weekly,), new_york, utc("2026-11-14T00:00"), utc("2026-12-05T06:00"))
    assert [slot.name for slot in slots] == [f"{day}/close+30m" for day in days]


@pytest.mark.parametrize("weekday", list(Weekday))
def test_a_report_in_each_of_ten_years_of_weeks(new_york: Sessions, weekday: Weekday) -> None:
    weekly = Weekly(weekday, 30 * M)
    slots = due((weekly,), new_york, utc("2016-01-01T00:00"), utc("2026-01-01T00:00"))
    gaps = [(b.moment - a.moment).days for a, b in pairwise(slots)]
    assert set(gaps) <= set(range(3, 12))
    assert abs(len(slots) - 522) <= 1


def test_next_slot_skips_the_long_weekend(new_york: Sessions) -> None:
    slot = next_slot(DAILY, new_york, utc("2026-11-25T20:30"))
    assert slot is not None
    assert slot.name == "2026-11-27/open+15m"
    assert next_slot((), new_york, utc("2026-11-25T20:30")) is None


def test_no_slot_is_guessed_past_the_horizon(new_york: Sessions) -> None:
    with pytest.raises(PastHorizon):
        due(DAILY, new_york, utc("2028-11-21T00:00"), utc("2028-11-24T00:00"))


# looked at  runs        skipped, and why
JUDGED = """
14:45:00  |  open+15m   |
14:45:59  |  open+15m   |
15:15:00  |  open+15m   |
15:16:00  |             | open+15m: it was missed by 31 min, 30 min are allowed
20:30:00  |  close-30m  | open+15m: it was missed by 345 min, 30 min are allowed
20:44:00  |  close-30m  | open+15m: it was missed by 359 min, 30 min are allowed
20:45:01  |             | close-30m: it was missed by 15 min, and the session closes at 21:00 UTC
21:00:00  |             | close-30m: it was missed: the session closed at 2026-11-25 21:00 UTC
"""


@pytest.mark.parametrize("case", JUDGED.strip().splitlines())
def test_what_a_late_look_does(new_york: Sessions, case: str) -> None:
    at, runs, skips = (part.strip() for part in case.split("|"))
    now = utc(f"2026-11-25T{at}")
    verdict = judge(due(DAILY, new_york, utc("2026-11-25T00:00"), now), now, Grace())
    assert (verdict.run.name[11:] if verdict.run else "") == runs
    said = [f"{s.slot.name[11:]}: {s.why}" for s in verdict.skipped]
    assert said[-1:] == ([skips] if skips else [])


def test_only_the_latest_of_missed_slots_runs(new_york: Sessions) -> None:
    now = utc("2026-11-25T14:57")
    verdict = judge(due((Every(5),), new_york, utc("2026-11-25T14:00"), now), now, Grace())
    assert verdict.run is not None
    assert verdict.run.name == "2026-11-25/every+25m"
    assert [s.why for s in verdict.skipped] == ["2026-11-25/every+25m ran instead"] * 4


def test_a_full_cycle_goes_before_a_look_in_between(new_york: Sessions) -> None:
    both, now = (Every(5), OPEN15), utc("2026-11-25T14:52")
    slots = due(both, new_york, utc("2026-11-25T14:00"), now)
    assert [slot.name[11:] for slot in slots] == ["every+5m", "every+10m", "open+15m", "every+20m"]
    verdict = judge(slots, now, Grace())
    assert verdict.run == slots[2]
    assert {s.why for s in verdict.skipped} == {"2026-11-25/open+15m ran instead"}


def test_a_slot_in_the_last_minutes_runs_when_it_is_on_time(new_york: Sessions) -> None:
    last = (AtSession("close", -15 * M),)
    now = utc("2026-11-25T20:45:20")
    assert judge(due(last, new_york, now - M, now), now, Grace()).run is not None


def test_a_slot_that_a_half_day_has_no_room_for_says_so(new_york: Sessions) -> None:
    afternoon = (AtSession("open", 240 * M),)
    now = utc("2026-11-27T18:30")
    (slot,) = due(afternoon, new_york, now - M, now)
    verdict = judge((slot,), now, Grace())
    assert verdict.run is None
    assert verdict.skipped[0].why == "it is outside the session, 14:30 to 18:00 UTC that day"


@given(st.integers(0, 600), st.integers(0, 120), st.sampled_from([1, 5, 7, 60]))
def test_every_slot_is_run_or_skipped_and_at_most_one_runs(
    new_york: Sessions, minutes: int, late_max: int, step: int
) -> None:
    session: Session | None = new_york.session_of(date(2026, 11, 25))
    assert session is not None
    now = session.opens + minutes * M
    slots = due((Every(step), *DAILY), new_york, session.opens - M, now)
    verdict = judge(slots, now, Grace(late_max * M))
    ran = [] if verdict.run is None else [verdict.run]
    skipped = [s.slot for s in verdict.skipped]
    assert sorted([*skipped, *ran], key=lambda slot: slot.moment) == list(slots)
    assert all(s.why for s in verdict.skipped)
    if verdict.run:
        later = [slot for slot in slots if slot.moment > verdict.run.moment]
        assert all(slot.repeated and not verdict.run.repeated for slot in later)
        assert now - verdict.run.moment <= max(late_max * M, M)
        assert now < session.closes
