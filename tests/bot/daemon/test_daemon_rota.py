"""The rota: what runs, what is taken, what is skipped, and what a failure does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rota_standins import Bench, LockedRuns, SetClock, utc

from bot.book.book import Book
from bot.clock import VirtualClock
from bot.config.settings import AtSession, Every
from bot.daemon.rota import Chore, Job, Outcome, Rota, Work
from bot.daemon.sessions import Sessions
from bot.daemon.slots import Grace
from brokers.words import AccountId

M = timedelta(minutes=1)
A, B = AccountId("taxable"), AccountId("roth")
DAILY = (AtSession("open", 15 * M), AtSession("close", -30 * M))
JOB = Job(A, DAILY)

MakeBench = Callable[[str], Bench]


@pytest.fixture
def at(new_york: Sessions) -> MakeBench:
    """A bench whose clock stands at the moment that is given."""
    return lambda text: Bench(new_york, VirtualClock(utc(text)))


def outcomes(rota: Rota, job: Job = JOB) -> list[tuple[str, Outcome]]:
    return [(done.slot.name, done.outcome) for done in rota.visit(job)]


def test_a_slot_runs_once_however_often_it_is_looked_at(at: MakeBench) -> None:
    bench = at("2026-11-25T14:45")
    rota = bench.rota()
    assert outcomes(rota) == [("2026-11-25/open+15m", Outcome.RAN)]
    bench.clock.sleep(30)
    assert outcomes(rota) == []
    assert bench.log.ran == [(A, "2026-11-25/open+15m", utc("2026-11-25T14:45"))]
    (row,) = bench.runs.runs(A)
    assert (row.ok, row.why) == (True, "")


def test_another_process_cannot_run_it_again(at: MakeBench) -> None:
    bench = at("2026-11-25T14:45")
    bench.rota().visit(JOB)
    bench.clock.sleep(20 * 60)
    assert outcomes(bench.rota()) == [("2026-11-25/open+15m", Outcome.TAKEN)]
    assert len(bench.log.ran) == 1


def test_a_run_that_died_is_not_run_again(at: MakeBench) -> None:
    bench = at("2026-11-25T14:46")
    bench.runs.begin_run(A, "2026-11-25/open+15m", utc("2026-11-25T14:45"))
    rota = bench.rota()
    assert outcomes(rota) == [("2026-11-25/open+15m", Outcome.TAKEN)]
    assert bench.log.ran == []


def test_the_end_of_a_dead_run_is_written_down_and_told_once(at: MakeBench) -> None:
    bench = at("2026-11-25T14:46")
    bench.runs.begin_run(A, "2026-11-25/open+15m", utc("2026-11-25T14:45"))
    bench.rota().mourn([JOB])
    bench.rota().mourn([JOB])
    died = "the run of 2026-11-25/open+15m, begun at 2026-11-25 14:45 UTC, died"
    assert bench.log.failures == [(A, "2026-11-25/open+15m", died)]
    (row,) = bench.runs.runs(A)
    assert (row.ok, row.why) == (False, died)
    assert outcomes(bench.rota()) == [("2026-11-25/open+15m", Outcome.TAKEN)]


def test_one_accounts_failure_is_told_and_the_other_goes_on(at: MakeBench) -> None:
    bench = at("2026-11-25T14:45")

    def run(account: AccountId, slot: str, time: datetime) -> None:
        if account == A:
            raise ZeroDivisionError("the price was nought")
        bench.log.run(account, slot, time)

    rota = bench.rota(run)
    assert outcomes(rota) == [("2026-11-25/open+15m", Outcome.FAILED)]
    assert outcomes(rota, Job(B, DAILY)) == [("2026-11-25/open+15m", Outcome.RAN)]
    assert bench.log.failures == [(A, "2026-11-25/open+15m", "the price was nought")]
    assert [(r.account, r.ok, r.why) for r in bench.runs.runs()] == [
        (A, False, "the price was nought"),
        (B, True, ""),
    ]


def test_a_failed_slot_is_not_tried_again(at: MakeBench) -> None:
    bench = at("2026-11-25T14:45")

    def run(_account: AccountId, _slot: str, _time: datetime) -> None:
        raise TimeoutError

    rota = bench.rota(run)
    rota.visit(JOB)
    bench.clock.sleep(60)
    assert outcomes(rota) == []
    assert bench.log.failures == [(A, "2026-11-25/open+15m", "")]
    assert bench.runs.why(A) == {"2026-11-25/open+15m": "TimeoutError"}


def test_a_book_that_does_not_answer_is_asked_again(new_york: Sessions) -> None:
    runs = LockedRuns(locked=True)
    bench = Bench(new_york, VirtualClock(utc("2026-11-25T20:30")), runs)
    rota = bench.rota()
    assert outcomes(rota) == []
    assert bench.log.failures == [(A, "schedule", "the book is locked")]
    runs.locked = False
    bench.clock.sleep(60)
    assert outcomes(rota) == [("2026-11-25/close-30m", Outcome.RAN)]


def test_three_days_off_are_written_down_and_not_run(at: MakeBench) -> None:
    bench = at("2026-11-20T20:30")
    bench.rota().visit(JOB)
    bench.clock.sleep(4 * 86400 + 18 * 3600 + 20 * 60)  # Wednesday, five minutes after open+15m
    assert bench.clock.now() == utc("2026-11-25T14:50")
    done = outcomes(bench.rota())
    missed = [f"2026-11-{day}/{slot}" for day in (23, 24) for slot in ("open+15m", "close-30m")]
    assert done == [
        *((name, Outcome.SKIPPED) for name in missed),
        ("2026-11-25/open+15m", Outcome.RAN),
    ]
    assert bench.runs.why(A)["2026-11-23/open+15m"] == (
        "skipped: it was missed: the session closed at 2026-11-23 21:00 UTC"
    )
    assert bench.log.slots == ["2026-11-20/close-30m", "2026-11-25/open+15m"]


def test_a_year_off_writes_down_a_month(at: MakeBench) -> None:
    bench = at("2025-11-20T20:30")
    bench.rota().visit(JOB)
    bench.clock.sleep(365 * 86400)
    skipped = [name for name, outcome in outcomes(bench.rota()) if outcome is Outcome.SKIPPED]
    assert skipped[0] == "2026-10-21/open+15m"
    assert len(skipped) == 45


def test_a_first_start_looks_back_no_further_than_it_may_run(at: MakeBench) -> None:
    bench = at("2026-11-25T18:00")
    assert outcomes(bench.rota(), Job(A, (Every(5),))) == [
        *((f"2026-11-25/every+{minutes}m", Outcome.SKIPPED) for minutes in range(185, 210, 5)),
        ("2026-11-25/every+210m", Outcome.RAN),
    ]


def test_a_restart_within_the_grace_runs_the_missed_slot(at: MakeBench) -> None:
    bench = at("2026-11-25T14:45")
    bench.rota().visit(JOB)
    bench.clock.sleep(6 * 3600)  # 20:45: fifteen minutes late, fifteen before the close
    assert outcomes(bench.rota()) == [("2026-11-25/close-30m", Outcome.RAN)]


def test_a_restart_after_the_grace_does_not(at: MakeBench) -> None:
    bench = at("2026-11-25T14:45")
    bench.rota().visit(JOB)
    bench.clock.sleep(6 * 3600 + 1)
    assert outcomes(bench.rota()) == [("2026-11-25/close-30m", Outcome.SKIPPED)]
    assert outcomes(bench.rota()) == []


def test_a_clock_that_ran_ahead_and_was_set_back(new_york: Sessions) -> None:
    clock = SetClock(utc("2027-02-03T15:00"))
    bench = Bench(new_york, clock)
    rota = bench.rota()
    rota.visit(JOB)
    clock.moment = utc("2026-11-25T14:44")
    assert outcomes(rota) == []
    clock.moment = utc("2026-11-25T14:45")
    assert outcomes(rota) == [("2026-11-25/open+15m", Outcome.RAN)]
    assert outcomes(bench.rota()) == [("2026-11-25/open+15m", Outcome.TAKEN)]
    clock.moment = utc("2026-11-25T14:40")
    assert outcomes(rota) == []
    clock.moment = utc("2026-11-25T14:46")
    assert outcomes(rota) == [("2026-11-25/open+15m", Outcome.TAKEN)]
    assert bench.log.slots == ["2027-02-03/open+15m", "2026-11-25/open+15m"]


def test_nothing_begins_once_a_stop_is_wanted(at: MakeBench) -> None:
    bench = at("2026-11-25T14:45")
    rota = bench.rota(stopping=lambda: True)
    assert rota.visit(JOB) == ()
    assert bench.runs.rows == {}


def test_past_the_horizon_nothing_runs_and_a_person_is_told(at: MakeBench) -> None:
    bench = at("2028-12-01T15:00")
    assert outcomes(bench.rota()) == []
    ((account, where, said),) = bench.log.failures
    assert (account, where) == (A, "schedule")
    assert "lies outside the XNYS calendar" in said


def test_slots_that_came_while_a_cycle_ran_are_dealt_with_after_it(at: MakeBench) -> None:
    bench = at("2026-11-25T14:35")

    def slow(account: AccountId, slot: str, time: datetime) -> None:
        bench.log.run(account, slot, time)
        if len(bench.log.ran) == 1:
            bench.clock.sleep(11 * 60)

    assert outcomes(bench.rota(slow), Job(A, (Every(5),))) == [
        ("2026-11-25/every+5m", Outcome.RAN),
        ("2026-11-25/every+10m", Outcome.SKIPPED),
        ("2026-11-25/every+15m", Outcome.RAN),
    ]


def test_a_chore_by_the_clock_is_told_the_time(at: MakeBench) -> None:
    bench, told = at("2026-11-25T14:45"), []
    bench.rota().do(Chore("mail", M, lambda name, now: told.append((name, now))))
    assert told == [("mail", utc("2026-11-25T14:45"))]


def test_a_chore_that_fails_is_told_and_does_not_stop_the_rest(at: MakeBench) -> None:
    bench, told = at("2026-11-25T14:45"), []
    rota = bench.rota()
    rota.do(Chore("mail", M, lambda _name, _now: 1 / 0))
    rota.do(Chore("report", M, lambda name, _now: told.append(name)))
    assert bench.log.failures == [(None, "mail", "division by zero")]
    assert told == ["report"]


def test_a_chore_that_was_missed_is_caught_up_with_for_as_long_as_it_says(at: MakeBench) -> None:
    told: list[str] = []
    when = (AtSession("close", 30 * M),)
    act = lambda name, _now: told.append(name)  # noqa: E731 as it is passed
    patient = Chore("report", when, act, late_max=timedelta(days=4))
    bench = at("2026-11-29T12:00")
    rota = bench.rota()
    rota.do(Chore("brief", when, act))
    assert told == []
    rota.do(patient)
    rota.do(patient)
    assert told == ["2026-11-27/close+30m"]


def test_the_real_book_survives_a_restart(at: MakeBench, tmp_path: Path) -> None:
    bench, path = at("2026-11-25T14:45"), tmp_path / "book.db"

    def visit() -> list[tuple[str, Outcome]]:
        with Book.open(path, upgrade=True) as book:
            work = Work(book, bench.log.run, bench.log.failed, lambda: False)
            rota = Rota(bench.calendar, bench.clock, work, Grace())
            rota.mourn([JOB])
            return outcomes(rota)

    with Book.open(path, upgrade=True) as book:
        book.begin_run(A, "2026-11-25/open+15m", bench.clock.now())
    bench.clock.sleep(60)
    assert visit() == [("2026-11-25/open+15m", Outcome.TAKEN)]
    bench.clock.sleep(5 * 3600 + 44 * 60)
    assert visit() == [("2026-11-25/close-30m", Outcome.RAN)]
    assert visit() == [("2026-11-25/close-30m", Outcome.TAKEN)]
    assert bench.log.slots == ["2026-11-25/close-30m"]
    with Book.open(path, upgrade=False) as book:
        assert [(run.slot, run.ok) for run in book.runs(A)] == [
            ("2026-11-25/close-30m", True),
            ("2026-11-25/open+15m", False),
        ]
