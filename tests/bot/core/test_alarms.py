"""Alarms on a virtual clock: when each begins, that it is told once, and when it is over."""

import sqlite3
import threading
from contextlib import closing, redirect_stderr, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from stage import MakeStage, Setting, equal_policy, names
from test_rounds import desk_of

from bot.alarms import HOUSE, IDLE_SECONDS, Alarms, Touch, Watched, standing
from bot.alerts.mails import trial
from bot.alerts.smtp import Security, SmtpChannel, SmtpSettings
from bot.book.book import Book
from bot.book.errors import BookLocked
from bot.book.glance import glance
from bot.cli.alarming import Unheard
from bot.cli.channels import empty_outbox
from bot.cli.lookout import ward_of
from bot.cli.screen import tell
from bot.cli.service import trouble
from bot.halting import Guard
from bot.health import alarms as health
from bot.health.alarms import QUIET_SECONDS, SILENT_SECONDS
from bot.health.wards import Contacts
from bot.rounds import Desk, Office, hold, tell_trouble
from bot.switch import Switch, raise_flag
from brokers.broker import Broker, BrokerClock, Unreachable
from tests.bot.alerts.mailservers import Inbox, plain_server

MINUTE = timedelta(minutes=1)


@dataclass
class Host:
    """A broker that only tells the time, rightly or not, or does not answer."""

    now: object
    is_there: bool = True
    off: timedelta = timedelta(0)
    asked: int = 0
    slow: float = 0.0

    def clock(self) -> BrokerClock:
        self.asked += 1
        if not self.is_there:
            raise Unreachable("no route to host", "look at the cable")
        return BrokerClock(self.now() + self.off, is_open=True)  # type: ignore[operator]


@dataclass
class Bench:
    """Alarms, and all that they are raised of."""

    desk: Desk
    office: Office
    host: Host
    paper: Desk
    is_open: bool = True
    end: timedelta | None = timedelta(days=400)
    room: int = 50_000
    is_sent: bool = True
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began = self.office.clock.now()
        self.office = replace(self.office, disk_free_mib=lambda: self.room)
        self.contacts = Contacts(self.seconds)
        self.touch = Touch(self.desk, self.office, self.contacts, self.schedule, bool, self.seconds)
        self.restart()

    def seconds(self) -> float:
        return (self.office.clock.now() - self.began).total_seconds()

    def schedule(self, now: datetime) -> tuple[bool, datetime | None]:
        return self.is_open, None if self.end is None else now + self.end

    def restart(self) -> None:
        watched = Watched([ward_of(self.desk.config)], self.contacts, self.schedule)
        self.alarms = Alarms(watched, self.office, lambda what, _: self.say(what), self.seconds)

    def say(self, what: str) -> None:
        self.said.append(what)

    def look(self, seconds: float = 0) -> None:
        """Let time go by, ask, and judge."""
        self.office.clock.sleep(seconds)
        self.touch.act("contact", self.office.clock.now())
        self.judge()

    def judge(self, seconds: float = 0) -> None:
        self.office.clock.sleep(seconds)
        self.alarms.act("alarms", self.office.clock.now())
        if self.is_sent:
            self.send()

    def send(self) -> None:
        """Every mail gets through."""
        for row in self.office.book.mails():
            if row.state is None:
                self.office.book.mark_mail(row.mail_id, "sent", row.created, "smtp", "")

    @property
    def told(self) -> list[str]:
        """Subjects of mails, the oldest first."""
        rows = sorted(self.office.book.mails(), key=lambda row: row.created)
        return [row.subject.partition(": ")[2].partition(": ")[2] for row in rows]


@pytest.fixture
def bench(make: MakeStage) -> Bench:
    stage = make(equal_policy(names(2)), Setting())
    desk, office = desk_of(stage)
    host = Host(office.clock.now)
    return Bench(replace(desk, broker=cast("Broker", host)), office, host, desk)


LOST = "the broker does not answer: no route to host"


def test_all_is_well_and_nobody_is_told(bench: Bench) -> None:
    for _ in range(5):
        bench.look(2.5)
    assert bench.told == []
    assert bench.host.asked == 5


def test_a_broker_that_refuses_twice_is_told_once_and_so_is_its_return(bench: Bench) -> None:
    bench.look()
    bench.host.is_there = False
    for _ in range(10):
        bench.look(2.5)
    assert bench.told == [LOST]
    bench.host.is_there = True
    bench.look(2.5)
    bench.judge(QUIET_SECONDS - 4)
    assert bench.told == [LOST]
    bench.judge(4)
    assert bench.told == [LOST, f"over: {LOST}"]
    assert standing(bench.office.book.runs(HOUSE)) == ()
    assert bench.said == [f"{bench.desk.account}: {LOST}"]


def test_one_question_without_an_answer_is_bad_luck(bench: Bench) -> None:
    bench.host.is_there = False
    bench.contacts.ask(bench.desk.account)
    bench.touch.ask()
    bench.judge()
    bench.host.is_there = True
    bench.look(1)
    assert bench.told == []


def test_a_broker_that_says_nothing_at_all(bench: Bench) -> None:
    bench.look()
    bench.contacts.ask(bench.desk.account)
    bench.judge(SILENT_SECONDS - 0.1)
    assert bench.told == []
    bench.judge(0.1)
    assert bench.told == ["the broker does not answer: it says nothing"]


def test_at_night_a_gateway_may_restart(bench: Bench) -> None:
    bench.is_open, bench.host.is_there = False, False
    bench.look()
    while bench.seconds() < health.IDLE_SECONDS:
        assert bench.told == []
        bench.look(IDLE_SECONDS / 2)
    assert bench.told == [LOST]
    assert bench.host.asked < 40, "a broker is not pestered at night"


@pytest.mark.parametrize(("seconds", "count"), [(4.9, 0), (5.1, 1), (-60, 1)])
def test_a_clock_that_is_wrong(bench: Bench, seconds: float, count: int) -> None:
    bench.host.off = timedelta(seconds=seconds)
    bench.look()
    words = f"the broker's clock is {seconds:+.1f} s from ours; 5 s stop all orders"
    assert bench.told == [words] * count


def test_a_slow_answer_is_no_wrong_clock(bench: Bench) -> None:
    """It took 16 seconds, and tells the time at which it left: 8 to 16 s ago, as far as we know."""
    clock, host = bench.office.clock, bench.host

    def now() -> datetime:
        told = clock.now()
        clock.sleep(16)
        return told

    host.now = now
    bench.look()
    assert bench.told == []


def test_a_clock_that_was_wrong_stays_so_while_nobody_answers(bench: Bench) -> None:
    bench.host.off = timedelta(seconds=60)
    bench.look()
    bench.host.is_there = False
    bench.look(2.5)
    bench.look(10 * QUIET_SECONDS)
    assert [words[:24] for words in bench.told] == ["the broker's clock is +6", LOST[:24]]


def test_a_disk_and_a_calendar_that_come_to_their_end(bench: Bench) -> None:
    bench.room, bench.end = 63, timedelta(days=29)
    bench.look()
    bench.end = None
    bench.look(1)
    disk, calendar = sorted(bench.told)
    assert disk.startswith("the disk has 63 MiB left, and no cycle begins with less than 64")
    assert calendar.startswith("the exchange's sessions are known until")


def test_what_another_process_told_is_not_told_again_and_its_end_is(bench: Bench) -> None:
    bench.room = 3
    bench.look()
    bench.restart()
    for _ in range(3):
        bench.look(60)
    assert len(bench.told) == 1
    bench.restart()
    assert bench.alarms.standing() == (("disk", ""),)
    seen = glance(bench.desk.config.folder / "book.db")
    assert seen.house.alarms == ("disk since 2020-03-12 14:00 UTC",)
    bench.room = 50_000
    bench.look(60)
    bench.look(QUIET_SECONDS)
    assert bench.told[1:] == ["over: the disk was nearly full, or did not answer"]
    bench.restart()
    bench.look(QUIET_SECONDS)
    assert len(bench.told) == 2


def test_what_comes_and_goes_is_told_ever_more_rarely(bench: Bench) -> None:
    for _ in range(60):  # an hour, half of each minute well
        bench.room = 3
        bench.look(30)
        bench.room = 50_000
        bench.look(30)
    assert len(bench.told) == 1
    bench.look(QUIET_SECONDS)
    assert len(bench.told) == 2
    bench.room = 3
    bench.look(30)
    bench.room = 50_000
    bench.look(QUIET_SECONDS)
    assert len(bench.told) == 3, "it is not over so soon the second time"
    bench.look(QUIET_SECONDS)
    assert len(bench.told) == 4


def test_two_machines_on_one_book_both_see_the_end(bench: Bench) -> None:
    bench.room = 3
    bench.look()
    first = bench.alarms
    bench.restart()
    bench.room = 50_000
    bench.judge(1)
    first.act("alarms", bench.office.clock.now())
    bench.judge(QUIET_SECONDS)
    first.act("alarms", bench.office.clock.now())
    assert len(bench.told) == 2
    bench.room = 3
    first.act("alarms", bench.office.clock.now() + MINUTE)
    assert len(bench.told) == 3, "the next one is told again"


class Elsewhere:
    """A dead man's switch."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def began(self) -> None:
        self.heard.append("began")

    def alive(self) -> None:
        self.heard.append("alive")

    def trouble(self, text: str) -> None:
        self.heard.append(text)


def test_mail_that_does_not_get_through_is_told_elsewhere(bench: Bench) -> None:
    elsewhere = Elsewhere()
    listener = Unheard(elsewhere, bench.alarms.untold)
    mail = trial(bench.office.clock.now())
    bench.is_sent = False
    bench.office.book.post(mail)
    bench.judge(29 * 60)
    listener.alive()
    bench.judge(2 * 60)
    listener.alive()
    assert elsewhere.heard[0] == "alive"
    assert elsewhere.heard[1].startswith("mail does not get through: one waits since")
    bench.send()
    bench.judge(61)
    bench.judge(QUIET_SECONDS)
    listener.alive()
    assert elsewhere.heard[2] == "alive"


def settings(port: int) -> SmtpSettings:
    return SmtpSettings(
        host="127.0.0.1",
        port=port,
        security=Security.NONE,
        sender="bot@example.org",
        recipients=("me@example.org",),
    )


def test_a_book_that_takes_nothing_keeps_no_alarm_back(bench: Bench) -> None:
    """Another process holds it: the mail goes out without it, and nobody is told twice."""
    inbox, path = Inbox(), bench.desk.config.folder / "book.db"
    with (
        plain_server(inbox) as port,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        Book.open(path, upgrade=False, busy_seconds=0.05) as book,
    ):
        bench.office = replace(bench.office, book=book)
        bench.restart()
        channels = (SmtpChannel(settings(port)),)
        other.execute("BEGIN IMMEDIATE")
        bench.room = 3
        for _ in range(3):
            bench.judge(1)
            empty_outbox(bench.office, channels)
        assert len(inbox.taken) == 1
        other.execute("ROLLBACK")
        for _ in range(3):
            bench.judge(1)
            empty_outbox(bench.office, channels)
        assert len(inbox.taken) == 1
        assert len(standing(book.runs(HOUSE))) == 1
        assert book.mails() == (), "what was sent is not sent again"


def test_a_look_does_not_come_between_the_steps_of_a_cycle(bench: Bench) -> None:
    inside, let_go = threading.Event(), threading.Event()

    def cycle() -> None:
        with hold(bench.desk, bench.office):
            inside.set()
            assert let_go.wait(20)

    thread = threading.Thread(target=cycle)
    thread.start()
    assert inside.wait(20)
    bench.look(2.5)
    assert bench.host.asked == 0
    let_go.set()
    thread.join(20)
    bench.look(2.5)
    assert bench.host.asked == 1


def test_that_the_book_is_locked_is_told_without_it_and_once(bench: Bench) -> None:
    """To ask it would take as long as it waits for its turn."""
    inbox, desk, office = Inbox(), bench.desk, bench.office
    told = threading.Event()
    office.book.posted = told.set
    with plain_server(inbox) as port:
        for _ in range(2):
            tell_trouble(desk, office, BookLocked("book book.db: somebody else is writing", "wait"))
            assert told.is_set()
            empty_outbox(office, (SmtpChannel(settings(port)),))
    assert len(inbox.taken) == 1
    assert office.book.mails() == ()


def test_a_stderr_that_is_full_keeps_no_mail_back(bench: Bench) -> None:
    desks = {bench.desk.account: bench.desk}
    raise_flag(bench.desk.config.folder, "halted", "prices look wrong")
    office = replace(bench.office, switch=Switch(bench.desk.config.folder))
    guard = Guard([bench.paper], office, tell)
    full = Path("/dev/full").open("w")  # noqa: SIM115 - to close it fails, as it must
    with redirect_stderr(full):
        trouble(desks, office, None, "copy", OSError("the copy of the book failed"))
        guard.act()
    with suppress(OSError):
        full.close()
    first, second = sorted(mail.subject for mail in office.book.mails())
    assert "the copy of the book failed" in first + second
    assert "prices look wrong" in first + second
