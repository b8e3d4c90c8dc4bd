"""Sessions: known days, the horizon, the cache, and what may not be imported."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

import exchange_calendars
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rota_standins import utc

from bot.daemon.almanac import NoCalendar
from bot.daemon.sessions import PastHorizon, Sessions

NOW = utc("2026-11-21T12:00")

# day, opens and closes in New York: half days, and both ends of daylight saving
KNOWN = """
2019-07-03  13:30 17:00
2020-11-27  14:30 18:00
2020-12-24  14:30 18:00
2026-11-27  14:30 18:00
2026-12-24  14:30 18:00
2024-03-08  14:30 21:00
2024-03-11  13:30 20:00
2024-11-01  13:30 20:00
2024-11-04  14:30 21:00
"""


@pytest.mark.parametrize("case", KNOWN.strip().splitlines())
def test_known_sessions(new_york: Sessions, case: str) -> None:
    day, opens, closes = case.split()
    session = new_york.session_of(date.fromisoformat(day))
    assert session is not None
    assert session.opens == utc(f"{day}T{opens}")
    assert session.closes == utc(f"{day}T{closes}")


@pytest.mark.parametrize(
    "day", ["2018-12-05", "2025-01-09", "2022-06-20", "2026-11-26", "2026-11-21", "2020-04-10"]
)
def test_closed_all_day(new_york: Sessions, day: str) -> None:
    assert new_york.session_of(date.fromisoformat(day)) is None
    assert new_york.session_at(utc(f"{day}T15:00")) is None


def test_all_sessions_are_those_of_the_library(new_york: Sessions) -> None:
    library = exchange_calendars.get_calendar("XNYS", start="2014-01-01", end="2028-11-01")
    ours = new_york.sessions_between(date(2014, 1, 2), date(2028, 11, 1))
    assert [s.day for s in ours] == [day.date() for day in library.sessions]
    assert [s.opens for s in ours] == [o.to_pydatetime() for o in library.schedule["open"]]
    assert [s.closes for s in ours] == [c.to_pydatetime() for c in library.schedule["close"]]


def test_a_session_holds_its_open_and_not_its_close(new_york: Sessions) -> None:
    session = new_york.session_of(date(2026, 11, 27))
    assert session is not None
    instant = timedelta(microseconds=1)
    assert new_york.session_at(session.opens - instant) is None
    assert new_york.session_at(session.opens) == session
    assert new_york.session_at(session.closes - instant) == session
    assert new_york.session_at(session.closes) is None


def test_next_and_previous(new_york: Sessions) -> None:
    during = utc("2026-11-27T15:00")
    assert new_york.next_session(during).day == date(2026, 11, 30)
    days = [session.day for session in new_york.previous_sessions(during, 2)]
    assert days == [date(2026, 11, 24), date(2026, 11, 25)]
    after = new_york.previous_sessions(utc("2026-11-27T18:00"), 1)
    assert [session.day for session in after] == [date(2026, 11, 27)]
    assert new_york.previous_sessions(during, 0) == ()


def test_a_holiday_is_no_session(new_york: Sessions) -> None:
    between = new_york.sessions_between(date(2026, 11, 25), date(2026, 11, 28))
    assert [session.day for session in between] == [date(2026, 11, 25), date(2026, 11, 27)]


MINUTES = st.integers(0, 14 * 365 * 1440)


@given(MINUTES)
def test_look_ups_agree_with_each_other(new_york: Sessions, minutes: int) -> None:
    moment = utc("2014-01-06T00:00") + timedelta(minutes=minutes)
    current, following = new_york.session_at(moment), new_york.next_session(moment)
    (previous,) = new_york.previous_sessions(moment, 1)
    here = () if current is None else (current,)
    assert previous.closes <= moment < following.opens
    around = new_york.sessions_between(previous.day, following.day)
    assert around == (previous, *here, following)


def test_sessions_reach_two_years_ahead(new_york: Sessions) -> None:
    assert new_york.last.day == date(2028, 11, 22)
    assert new_york.first.day == date(2014, 1, 2)


def test_nothing_is_known_outside(new_york: Sessions) -> None:
    late, early = utc("2028-11-27T15:00"), utc("2013-12-31T15:00")
    for moment in (late, early):
        with pytest.raises(PastHorizon, match="known from 2014-01-02 to 2028-11-22") as caught:
            new_york.session_at(moment)
        assert "upgrade exchange_calendars" in caught.value.remedy
        with pytest.raises(PastHorizon):
            new_york.session_of(moment.date())
        with pytest.raises(PastHorizon):
            new_york.sessions_between(date(2020, 1, 2), moment.date())
    with pytest.raises(PastHorizon):
        new_york.next_session(new_york.last.opens)
    with pytest.raises(PastHorizon):
        new_york.previous_sessions(utc("2014-01-06T15:00"), 3)


def test_built_anew_when_less_than_a_year_is_left() -> None:
    sessions = Sessions("XNYS", NOW, since=date(2026, 1, 1))
    assert not sessions.refresh(NOW + timedelta(days=300))
    later = NOW + timedelta(days=400)
    assert sessions.refresh(later)
    assert sessions.last.day > (later + timedelta(days=720)).date()
    assert sessions.first.day == date(2026, 1, 2)


def test_the_cache_holds_the_same_sessions(tmp_path: Path) -> None:
    cache = tmp_path / "sessions.json"
    built = Sessions("XNYS", NOW, cache=cache)
    kept = Sessions("XNYS", NOW + timedelta(days=200), since=date(2017, 1, 1), cache=cache)
    assert kept.last == built.last
    everything = (built.first.day, built.last.day)
    assert kept.sessions_between(*everything) == built.sessions_between(*everything)
    assert list(tmp_path.iterdir()) == [cache]


def test_a_cache_that_is_damaged_or_old_is_not_believed(tmp_path: Path) -> None:
    cache = tmp_path / "sessions.json"
    opens = Sessions("XNYS", NOW, since=date(2026, 1, 1), cache=cache).first.opens
    sound = json.loads(cache.read_text())
    shifted = json.dumps(sound).replace(
        str(int(opens.timestamp())), str(int(opens.timestamp()) + 60)
    )
    older = json.dumps(sound).replace("exchange_calendars 4", "exchange_calendars 3")
    for text in (shifted, older, "[]", '{"body": 1}', "", json.dumps(sound)[:-9]):
        cache.write_text(text)
        assert Sessions("XNYS", NOW, since=date(2026, 1, 1), cache=cache).first.opens == opens
        assert json.loads(cache.read_text()) == sound


def test_a_cache_is_made_anew_where_it_is_too_short(tmp_path: Path) -> None:
    cache = tmp_path / "sessions.json"
    Sessions("XNYS", NOW, since=date(2026, 1, 1), cache=cache)
    older = Sessions("XNYS", NOW, since=date(2020, 1, 1), cache=cache)
    assert older.first.day == date(2020, 1, 2)
    later = Sessions("XNYS", NOW + timedelta(days=500), since=date(2026, 1, 1), cache=cache)
    assert later.last.day > date(2030, 3, 1)


def test_a_cache_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    cache = tmp_path / "missing" / "sessions.json"
    sessions = Sessions("XNYS", NOW, since=date(2026, 1, 1), cache=cache)
    assert sessions.first.day == date(2026, 1, 2)
    assert not cache.exists()


def test_an_unknown_calendar_is_named() -> None:
    with pytest.raises(NoCalendar, match="no exchange calendar 'WALL'") as caught:
        Sessions("WALL", NOW)
    assert "XNYS" in caught.value.remedy


def test_a_calendar_that_its_authors_end_early_is_refused() -> None:
    with pytest.raises(NoCalendar, match="XBOM calendar does not reach") as caught:
        Sessions("XBOM", utc("2027-06-01T00:00"))
    assert "upgrade" in caught.value.remedy


def test_a_cache_spares_the_library(tmp_path: Path) -> None:
    cache = tmp_path / "sessions.json"
    Sessions("XNYS", NOW, cache=cache)
    code = (
        "import sys; from datetime import *; from pathlib import Path\n"
        "from bot.daemon.sessions import Sessions\n"
        "now = datetime(2026, 11, 23, 15, tzinfo=timezone.utc)\n"
        f"sessions = Sessions('XNYS', now, cache=Path({str(cache)!r}))\n"
        "assert sessions.session_at(now).day == now.date()\n"
        "print(sorted({'pandas', 'exchange_calendars', 'apscheduler'} & set(sys.modules)))"
    )
    run = subprocess.run(  # noqa: S603 our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_look_ups_take_microseconds(new_york: Sessions) -> None:
    moment, rounds = utc("2026-11-27T15:00"), 2000
    start = perf_counter()
    for _ in range(rounds):
        new_york.session_at(moment)
        new_york.next_session(moment)
        new_york.session_of(moment.date())
    assert (perf_counter() - start) / rounds < 3 * 20e-6 * 5, "20 us each; 5 for a busy machine"
