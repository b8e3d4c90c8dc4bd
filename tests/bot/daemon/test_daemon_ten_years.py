"""Ten years of New York on a virtual clock: no session skipped, none run twice."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import exchange_calendars
import pytest
from rota_standins import Bench, utc

from bot.clock import VirtualClock
from bot.config.settings import AtSession, Every, Weekday
from bot.daemon.fastforward import fast_forward
from bot.daemon.rota import Chore, Job
from bot.daemon.sessions import Sessions
from bot.daemon.slots import Weekly
from brokers.words import AccountId

M = timedelta(minutes=1)
NEW_YORK = ZoneInfo("America/New_York")
A, B = AccountId("taxable"), AccountId("roth")
DAILY = (AtSession("open", 15 * M), AtSession("close", -30 * M))

START, END = utc("2016-01-01T00:00"), utc("2026-01-01T00:00")

HALF_DAYS = {date(2019, 7, 3), date(2020, 11, 27), date(2020, 12, 24), date(2025, 7, 3)}
CLOSURES = {date(2018, 12, 5), date(2025, 1, 9), date(2021, 12, 24), date(2022, 6, 20)}


@pytest.fixture(scope="module")
def decade(new_york: Sessions) -> Bench:
    """A bench after ten years of two accounts."""
    bench = Bench(new_york, VirtualClock(START))
    jobs = [Job(A, DAILY), Job(B, DAILY[:1])]
    assert isinstance(bench.clock, VirtualClock)
    fast_forward(bench.rota(), jobs, [], bench.clock, END)
    return bench


def library_days() -> list[date]:
    calendar = exchange_calendars.get_calendar("XNYS", start="2014-01-01", end="2026-06-01")
    return [day.date() for day in calendar.sessions_in_range("2016-01-01", "2025-12-31")]


def test_each_session_is_run_and_none_twice(decade: Bench) -> None:
    days = library_days()
    wanted = [f"{day}/{slot}" for day in days for slot in ("open+15m", "close-30m")]
    assert [slot for account, slot, _ in decade.log.ran if account == A] == wanted
    assert [slot for account, slot, _ in decade.log.ran if account == B] == wanted[::2]
    assert len(days) == 2514
    assert len(set(wanted)) == len(wanted)


def test_nothing_failed_and_nothing_was_skipped(decade: Bench) -> None:
    assert decade.log.failures == []
    assert set(decade.runs.why(A).values()) == {""}
    assert all(row.ok for row in decade.runs.runs(limit=10_000))


def test_every_slot_keeps_new_yorks_time_across_daylight_saving(decade: Bench) -> None:
    walls: dict[str, set[time]] = {"open+15m": set(), "close-30m": set()}
    offsets = set()
    for _account, slot, moment in decade.log.ran:
        local = moment.astimezone(NEW_YORK)
        walls[slot[11:]].add(local.time())
        offsets.add(local.utcoffset())
    assert walls == {"open+15m": {time(9, 45)}, "close-30m": {time(15, 30), time(12, 30)}}
    assert offsets == {timedelta(hours=-4), timedelta(hours=-5)}


def test_half_days_and_sudden_closures(decade: Bench) -> None:
    last: dict[date, datetime] = {}
    for account, _slot, moment in decade.log.ran:
        if account == A:
            last[moment.date()] = moment
    early = {d for d, m in last.items() if m.astimezone(NEW_YORK).time() == time(12, 30)}
    assert early >= HALF_DAYS
    assert 20 <= len(early) <= 25
    assert not CLOSURES & set(last)


def test_mail_and_reports_keep_up(new_york: Sessions) -> None:
    bench = Bench(new_york, VirtualClock(utc("2026-11-02T00:00")))
    mails: list[datetime] = []
    reports: list[str] = []
    chores = [
        Chore("mail", timedelta(minutes=1), lambda _name, now: mails.append(now)),
        Chore("report", (Weekly(Weekday.FRIDAY, 30 * M),), lambda name, _now: reports.append(name)),
    ]
    assert isinstance(bench.clock, VirtualClock)
    until = utc("2026-11-28T00:00")
    fast_forward(bench.rota(), [Job(A, DAILY)], chores, bench.clock, until)
    assert reports == [f"2026-11-{day}/close+30m" for day in ("06", "13", "20", "27")]
    assert len(mails) == 19 * 2 + 4


def test_a_cycle_that_takes_long_is_late_as_it_would_be_live(new_york: Sessions) -> None:
    bench = Bench(new_york, VirtualClock(utc("2026-11-25T00:00")))

    def slow(account: AccountId, slot: str, time: datetime) -> None:
        bench.log.run(account, slot, time)
        bench.clock.sleep(12 * 60)

    assert isinstance(bench.clock, VirtualClock)
    until = utc("2026-11-25T15:10")
    fast_forward(bench.rota(slow), [Job(A, (Every(5),))], [], bench.clock, until)
    first = [f"2026-11-25/every+{minutes}m" for minutes in (5, 15, 25, 40, 50)]
    assert bench.log.slots[:5] == first
    assert bench.runs.why(A)["2026-11-25/every+10m"] == (
        "skipped: 2026-11-25/every+15m ran instead"
    )
    assert len({moment for _a, _s, moment in bench.log.ran}) == len(bench.log.ran)


def test_it_stops_when_asked(new_york: Sessions) -> None:
    bench = Bench(new_york, VirtualClock(START))
    rota = bench.rota(stopping=lambda: len(bench.log.ran) >= 3)
    assert isinstance(bench.clock, VirtualClock)
    fast_forward(rota, [Job(A, DAILY)], [], bench.clock, END)
    assert len(bench.log.ran) == 3
    assert bench.clock.now() < utc("2016-01-06T00:00")
