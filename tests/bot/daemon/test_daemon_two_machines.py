"""Two machines work one book: each slot once, by whoever comes first, and none is lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rota_standins import Log

from bot.book.book import Book
from bot.clock import VirtualClock
from bot.config.settings import AtSession
from bot.daemon.rota import Job, Outcome, Rota, Work
from bot.daemon.sessions import Sessions
from bot.daemon.slots import Grace
from brokers.words import AccountId

A = AccountId("taxable")
JOB = Job(A, (AtSession("open", timedelta(minutes=15)),))
SLOT = "2026-11-25/open+15m"
START = datetime.fromisoformat("2026-11-25T14:45:00+00:00")


@dataclass
class Machine:
    """The rota of one machine over the common book, with what it did."""

    book: Book
    clock: VirtualClock
    log: Log
    rota: Rota

    def visit(self) -> list[Outcome]:
        """Look at the schedule."""
        return [done.outcome for done in self.rota.visit(JOB)]


@pytest.fixture
def machines(new_york: Sessions, tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    """Both have one clock, as two that are kept by NTP do."""
    clock, path = VirtualClock(START), tmp_path / "book.db"

    def machine(book: Book) -> Machine:
        log = Log()
        turn = lambda account: book.leases.held(account, clock.now)  # noqa: E731 as it is passed
        work = Work(book, log.run, log.failed, lambda: False, turn)
        return Machine(book, clock, log, Rota(new_york, clock, work, Grace()))

    with Book.open(path, upgrade=True) as one, Book.open(path, upgrade=False) as two:
        yield machine(one), machine(two)


def test_a_slot_is_run_by_whoever_comes_first(machines: tuple[Machine, Machine]) -> None:
    one, two = machines
    assert one.visit() == [Outcome.RAN]
    assert two.visit() == [Outcome.TAKEN]
    assert (one.log.slots, two.log.slots) == ([SLOT], [])


def test_a_slot_waits_while_another_machine_works_the_account(
    machines: tuple[Machine, Machine],
) -> None:
    """The other one may be busy with something else, or dead: then the slot is still to be run."""
    one, two = machines
    one.book.leases.take(A, START)
    assert two.visit() == []
    assert two.book.runs(A) == (), "a slot that could not be worked is not taken"
    two.clock.sleep(100)
    assert two.visit() == [], "the lease has not run out"
    two.clock.sleep(60)
    assert two.visit() == [Outcome.RAN]
    assert two.log.failures == [], "nobody is woken up for it"


def test_a_run_of_a_living_machine_is_not_mourned(machines: tuple[Machine, Machine]) -> None:
    one, two = machines
    one.book.leases.take(A, START)
    one.book.begin_run(A, SLOT, START)
    two.rota.mourn([JOB])
    assert two.book.runs(A)[0].ended is None
    one.book.end_run(A, SLOT, START, ok=True)
    one.book.leases.release(A, START)
    assert two.visit() == [Outcome.TAKEN]
    assert two.log.failures == []


def test_a_run_of_a_dead_machine_is_mourned_by_who_takes_over(
    machines: tuple[Machine, Machine],
) -> None:
    one, two = machines
    one.book.leases.take(A, START)
    one.book.begin_run(A, SLOT, START)
    two.rota.mourn([JOB])
    two.clock.sleep(151)
    assert two.visit() == [Outcome.TAKEN]
    ((account, slot, why),) = two.log.failures
    assert (account, slot) == (A, SLOT)
    assert why.endswith("died")
    assert two.book.runs(A)[0].ok is False
