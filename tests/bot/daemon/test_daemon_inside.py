"""The daemon in this process: real scheduler, real clock, real book, real socket of systemd."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from queue import Queue

import pytest
from rota_standins import Log, never
from typing_extensions import override

from bot.book.book import Book
from bot.config.settings import AtSession
from bot.daemon.clock import SystemClock
from bot.daemon.daemon import Daemon
from bot.daemon.pulse import STEP_SECONDS, Pulse
from bot.daemon.rota import Chore, Job, Rota, Work
from bot.daemon.sessions import Sessions
from bot.daemon.slots import Grace
from bot.daemon.systemd import Notifier
from brokers.words import AccountId

A, B = AccountId("taxable"), AccountId("roth")
SECONDS = 20.0
"""How long a test waits for what should take a moment."""


class Ears:
    """Systemd's end of the socket."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(SECONDS)
        self.heard: list[str] = []

    def hear(self, wanted: str) -> str:
        """Listen until something begins with ``wanted``."""
        while True:
            self.heard.append(self.socket.recv(4096).decode())
            if self.heard[-1].startswith(wanted):
                return self.heard[-1]


@dataclass
class House:
    """Everything that a daemon needs, on an exchange that never closes."""

    book: Book
    ears: Ears
    notify: Path
    sessions: Sessions
    stop: threading.Event = field(default_factory=threading.Event)
    log: Log = field(default_factory=Log)
    told: "Queue[str]" = field(default_factory=Queue)

    def soon(self, account: AccountId, milliseconds: int = 300) -> Job:
        """A job whose slot comes in a moment."""
        moment = SystemClock().now() + timedelta(milliseconds=milliseconds)
        session = self.sessions.session_at(moment)
        assert session is not None
        return Job(account, (AtSession("open", moment - session.opens),))

    def daemon(
        self,
        *jobs: Job,
        run: Callable[[AccountId, str, datetime], None] | None = None,
        chores: tuple[Chore, ...] = (),
        probe: Callable[[], object] = never,
    ) -> Daemon:
        clock = SystemClock(self.stop)
        work = Work(self.book, run or self.run, self.failed, self.stop.is_set)
        return Daemon(
            rota=Rota(self.sessions, clock, work, Grace()),
            jobs=jobs,
            chores=chores,
            sessions=self.sessions,
            clock=clock,
            stop=self.stop,
            pulse=Pulse(),
            notifier=Notifier(str(self.notify), watchdog_seconds=0.3),
            probe=probe,
        )

    def run(self, account: AccountId, slot: str, time: datetime) -> None:
        self.log.run(account, slot, time)
        self.told.put(f"ran {account}")

    def failed(self, account: AccountId | None, slot: str, error: Exception) -> None:
        self.log.failed(account, slot, error)
        self.told.put(f"failed {account}")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that stops and closes when the test is done."""
    notify = tmp_path / "notify"
    now = SystemClock().now()
    sessions = Sessions("24/7", now, since=date(now.year - 1, 1, 1))
    with Book.open(tmp_path / "book.db", upgrade=True) as book:
        house = House(book, Ears(notify), notify, sessions)
        yield house
        house.stop.set()
        house.ears.socket.close()


def start(daemon: Daemon) -> threading.Thread:
    thread = threading.Thread(target=daemon.run, daemon=True)
    thread.start()
    return thread


def test_each_account_runs_at_its_slot_and_systemd_hears_of_it(house: House) -> None:
    thread = start(house.daemon(house.soon(A), house.soon(B)))
    assert sorted(house.told.get(timeout=SECONDS) for _ in "ab") == ["ran roth", "ran taxable"]
    house.ears.hear("WATCHDOG=1")
    assert "2 accounts; next" in house.ears.hear("STATUS=")
    house.stop.set()
    house.ears.hear("STOPPING=1")
    thread.join(SECONDS)
    assert not thread.is_alive()
    assert house.ears.heard[0] == "READY=1"
    assert sorted((run.account, run.ok) for run in house.book.runs()) == [(B, True), (A, True)]
    assert house.log.failures == []


def test_a_failing_account_is_told_and_the_daemon_goes_on(house: House) -> None:
    def run(account: AccountId, slot: str, time: datetime) -> None:
        if account == A:
            raise ZeroDivisionError("no price")
        house.run(account, slot, time)

    thread = start(house.daemon(house.soon(A), house.soon(B, 600), run=run))
    assert [house.told.get(timeout=SECONDS) for _ in "ab"] == ["failed taxable", "ran roth"]
    house.stop.set()
    thread.join(SECONDS)
    assert [why for _account, _slot, why in house.log.failures] == ["no price"]
    assert {run.account: run.why for run in house.book.runs()} == {A: "no price", B: ""}


def test_chores_run_while_a_cycle_is_busy(house: House) -> None:
    mailed = threading.Event()

    def run(account: AccountId, slot: str, time: datetime) -> None:
        mailed.clear()
        assert mailed.wait(SECONDS)
        house.run(account, slot, time)

    mail = Chore("mail", timedelta(seconds=0.1), lambda _name, _now: mailed.set())
    thread = start(house.daemon(house.soon(A), run=run, chores=(mail,)))
    assert house.told.get(timeout=SECONDS) == "ran taxable"
    house.stop.set()
    thread.join(SECONDS)


def test_chores_that_trade_take_turns_with_cycles(house: House) -> None:
    inside = threading.Lock()
    clashes: list[str] = []

    def alone(name: str) -> None:
        if not inside.acquire(blocking=False):
            clashes.append(name)
            return
        threading.Event().wait(0.05)
        inside.release()
        house.told.put(name)

    approvals = Chore("approvals", timedelta(seconds=0.02), lambda n, _t: alone(n), trades=True)
    jobs = [house.soon(AccountId(f"account {n}"), 100 * n) for n in range(1, 5)]
    daemon = house.daemon(*jobs, run=lambda account, _s, _t: alone(account), chores=(approvals,))
    thread = start(daemon)
    wanted = {job.account for job in jobs} | {"approvals"}
    while wanted:
        wanted.discard(house.told.get(timeout=SECONDS))
    house.stop.set()
    thread.join(SECONDS)
    assert clashes == []


def test_a_cycle_finishes_its_step_and_none_follows(house: House) -> None:
    begun = threading.Event()

    def run(account: AccountId, slot: str, time: datetime) -> None:
        begun.set()
        assert house.stop.wait(SECONDS)
        house.run(account, slot, time)

    thread = start(house.daemon(house.soon(A), house.soon(B, 301), run=run))
    assert begun.wait(SECONDS)
    house.stop.set()
    thread.join(SECONDS)
    assert not thread.is_alive()
    ((account, _slot, _time),) = house.log.ran
    assert [(run.account, run.ok) for run in house.book.runs()] == [(account, True)]


def test_a_book_that_does_not_answer_starves_the_watchdog_and_is_told_once(house: House) -> None:
    def probe() -> None:
        house.told.put("asked")
        raise TimeoutError("the book is locked")

    thread = start(house.daemon(probe=probe))
    told = [house.told.get(timeout=SECONDS) for _ in range(6)]
    house.stop.set()
    house.ears.hear("STOPPING=1")
    thread.join(SECONDS)
    assert told.count("failed None") == 1
    assert house.log.failures == [(None, "heartbeat", "the book is locked")]
    assert "WATCHDOG=1" not in house.ears.heard
    assert "STATUS=the book is locked" in house.ears.heard


class Outside:
    """A watch on another machine."""

    def __init__(self) -> None:
        self.heard: Queue[str] = Queue()

    def began(self) -> None:
        self.heard.put("began")

    def alive(self) -> None:
        self.heard.put("alive")

    def trouble(self, text: str) -> None:
        self.heard.put(text)


def test_a_step_that_hangs_starves_the_watchdog_though_everything_else_goes_on(
    house: House,
) -> None:
    ahead, hangs, let_go = [0.0], threading.Event(), threading.Event()
    pulse = Pulse(lambda: time.monotonic() + ahead[0])
    outside = Outside()

    def run(account: AccountId, slot: str, when: datetime) -> None:
        pulse.step("sending T-1-AAPL")
        hangs.set()
        assert let_go.wait(SECONDS)
        house.run(account, slot, when)

    daemon = replace(house.daemon(house.soon(A), run=run), pulse=pulse, outside=outside)
    thread = start(daemon)
    house.ears.hear("WATCHDOG=1")
    assert hangs.wait(SECONDS)
    for seconds in (STEP_SECONDS["sending"] / 2, STEP_SECONDS["sending"] + 1.0):
        ahead[0] = seconds
        pulse.tick()  # the scheduler does so by itself, in a while
    assert house.told.get(timeout=SECONDS) == "failed None"
    house.ears.hear("STATUS=taxable has stood still")
    house.ears.heard.clear()
    for _ in range(3):  # systemd is only told what is wrong
        house.ears.hear("STATUS=taxable has stood still at 'sending T-1-AAPL' for ")
    assert "WATCHDOG=1" not in house.ears.heard
    let_go.set()
    house.ears.hear("WATCHDOG=1")
    house.stop.set()
    thread.join(SECONDS)
    heard = [outside.heard.get_nowait() for _ in range(outside.heard.qsize())]
    assert heard[:2] == ["began", "alive"]
    assert any(said.startswith("taxable has stood still") for said in heard)
    told = {where: said for _account, where, said in house.log.failures if where == "heartbeat"}
    assert told["heartbeat"].startswith("taxable has stood still at 'sending T-1-AAPL'")


def test_a_bell_wakes_its_chore_at_once(house: House) -> None:
    bell, looks = threading.Event(), Queue[str]()
    rare = Chore("mail", timedelta(hours=1), lambda name, _now: looks.put(name), bell=bell)
    thread = start(house.daemon(chores=(rare,)))
    assert looks.get(timeout=SECONDS) == "mail"
    for _ in range(3):
        bell.set()
        assert looks.get(timeout=SECONDS) == "mail"
    house.stop.set()
    thread.join(SECONDS)
    assert not thread.is_alive()


def test_a_clock_that_is_set_is_told_and_everything_looks_anew(house: House) -> None:
    class Wall(SystemClock):
        shift = timedelta(0)

        @override
        def now(self) -> datetime:
            return super().now() + self.shift

    clock, looks = Wall(house.stop), Queue[str]()
    daily = Chore("daily", timedelta(days=1), lambda name, _now: looks.put(name))
    thread = start(replace(house.daemon(chores=(daily,)), clock=clock))
    assert looks.get(timeout=SECONDS) == "daily"
    house.ears.hear("WATCHDOG=1")
    clock.shift = timedelta(hours=-1)
    assert house.told.get(timeout=SECONDS) == "failed None"
    assert looks.get(timeout=SECONDS) == "daily"
    house.stop.set()
    thread.join(SECONDS)
    ((account, where, said),) = house.log.failures
    assert (account, where) == (None, "clock")
    assert re.fullmatch(r"the clock of this host jumped by -(3600|3599) s", said)


def test_a_stop_before_the_start_runs_nothing(house: House) -> None:
    house.stop.set()
    house.daemon(house.soon(A, 0)).run()
    assert house.ears.hear("STOPPING=1")
    assert house.book.runs() == ()
