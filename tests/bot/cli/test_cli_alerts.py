"""From a condition to a row in the book and to a mail server: five seconds at most, each of them.

The whole service as ``trimtab run`` puts it together, on an exchange that never closes; a mail
server that is a real one; RTS 6, article 16(5).
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from bot.book.book import Book
from bot.cli.service import put_together
from bot.cli.wiring import Hands, open_office
from bot.config.read import read_text
from bot.config.settings import AtSession, Config
from bot.daemon.clock import SystemClock
from bot.daemon.daemon import Daemon
from bot.daemon.pulse import STEP_SECONDS, Pulse
from bot.daemon.rota import Chore
from bot.daemon.systemd import Notifier
from bot.halting import Guard
from bot.rounds import Office
from bot.switch import Switch, raise_flag
from brokers.words import AccountId, Environment
from tests.bot.alerts.mailservers import Inbox, plain_server

SECONDS_MAX = 5.0
"""From the condition until the mail server has the mail."""

PATIENCE = 20.0
MAIN = AccountId("main")

CONFIG = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
from = "bot@example.org"
to = ["me@example.org"]
[accounts.main]
broker = "paper"
[accounts.main.target.weights]
AAPL = 0.5
MSFT = 0.5
"""


class Wall(SystemClock):
    """The real clock, which a test may set."""

    shift = timedelta(0)

    @override
    def now(self) -> datetime:
        return super().now() + self.shift


@dataclass
class Running:
    """A daemon that works, and everything that a test may do to it."""

    office: Office
    pulse: Pulse
    clock: Wall
    ahead: list[float]
    folder: Path
    inbox: Inbox
    mischief: "Mischief"


def config_at(folder: Path, port: int) -> Config:
    """One paper account on an exchange that never closes, worked in a moment."""
    config = read_text(CONFIG.format(port=port), folder / "config.toml", {})
    now = SystemClock().now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    soon = AtSession("open", now + timedelta(seconds=2) - midnight)
    accounts = tuple(replace(each, times=(soon,)) for each in config.accounts)
    return replace(config, calendar="24/7", accounts=accounts)


@pytest.fixture
def fingerprint() -> str:
    """Of the broker account that the book is bound to, where it is bound before."""
    return ""


class Mischief:
    """Chores that do nothing, until a test wants one to fail or to hang."""

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse
        self.broken, self.hang, self.let_go = (threading.Event() for _ in range(3))

    def chores(self) -> tuple[Chore, ...]:
        often = timedelta(seconds=0.2)
        return Chore("copy", often, self.copy), Chore("deal", often, self.deal, trades=True)

    def copy(self, _name: str, _now: datetime) -> None:
        if self.broken.is_set():
            self.broken.clear()
            raise ValueError("the copy of the book failed")

    def deal(self, _name: str, _now: datetime) -> None:
        if self.hang.is_set():
            self.pulse.step("sending T-1-AAPL")
            self.hang.clear()
            assert self.let_go.wait(PATIENCE)


class Beats:
    """Hears that the daemon is well."""

    def __init__(self) -> None:
        self.heard = threading.Event()

    def began(self) -> None:
        """Nothing yet."""

    def alive(self) -> None:
        self.heard.set()

    def trouble(self, text: str) -> None:
        """The book is asked instead."""


@pytest.fixture
def running(tmp_path: Path, fingerprint: str) -> Iterator[Running]:
    inbox, stop, ahead, beats = Inbox(), threading.Event(), [0.0], Beats()
    pulse = Pulse(lambda: time.monotonic() + ahead[0])
    mischief = Mischief(pulse)
    clock, switch = Wall(stop), Switch(tmp_path / "state")
    hands = Hands(clock, pulse.step, stop.is_set, switch=switch)

    if fingerprint:
        with Book.open(tmp_path / "trimtab.db", upgrade=True) as book:
            book.bind(MAIN, "paper", Environment.PAPER, fingerprint)
    with plain_server(inbox) as port:
        config = config_at(tmp_path, port)
        config.state_dir.mkdir()
        with open_office(config, hands, config.accounts) as (office, desks):
            service = put_together(config, office, desks)
            daemon = Daemon(
                rota=service.rota,
                jobs=service.jobs,
                chores=(*service.chores, *mischief.chores()),
                sessions=service.sessions,
                clock=clock,
                stop=stop,
                pulse=pulse,
                notifier=Notifier(),
                probe=office.book.accounts,
                switch=switch,
                obey=Guard(desks, office, lambda _text: None).act,
                outside=beats,
            )
            thread = threading.Thread(target=daemon.run, daemon=True)
            thread.start()
            assert beats.heard.wait(PATIENCE)
            yield Running(office, pulse, clock, ahead, tmp_path, inbox, mischief)
            mischief.let_go.set()
            stop.set()
            thread.join(PATIENCE)
            assert not thread.is_alive()


def fail_a_chore(running: Running) -> None:
    running.mischief.broken.set()


def set_the_clock(running: Running) -> None:
    running.clock.shift = timedelta(hours=-1)


def stop_a_step(running: Running) -> None:
    running.mischief.hang.set()
    wait_for(lambda: not running.mischief.hang.is_set())
    most = STEP_SECONDS["sending"]
    for seconds in (most / 2, most + 1.0):
        running.ahead[0] = seconds
        running.pulse.tick()


def raise_the_flag(running: Running) -> None:
    raise_flag(running.folder / "state", "halted", "I say so")


def post_from_elsewhere(running: Running) -> None:
    """As a command in a terminal does, in a process of its own."""
    from bot.alerts.mails import trial

    with Book.open(running.folder / "trimtab.db", upgrade=False) as book:
        assert book.post(trial(running.clock.now()))


CONDITIONS: list[tuple[str, Callable[[Running], None], str]] = [
    ("a chore fails", fail_a_chore, "the copy of the book failed"),
    ("the clock was set", set_the_clock, "the clock of this host jumped"),
    ("a step hangs", stop_a_step, "has stood still at"),
    ("the kill switch", raise_the_flag, "I say so"),
    ("another process posts", post_from_elsewhere, ""),
]


@pytest.mark.parametrize(("_name", "act", "words"), CONDITIONS, ids=[row[0] for row in CONDITIONS])
def test_a_person_is_told_in_time(
    running: Running, _name: str, act: Callable[[Running], None], words: str
) -> None:
    before = {row.mail_id for row in running.office.book.mails()}
    delivered = len(running.inbox.taken)
    begun = time.monotonic()
    act(running)
    told = wait_for(lambda: running.inbox.taken[delivered:])
    while not any(words.encode() in bytes(mail.content or b"") for mail in told):
        assert time.monotonic() - begun < SECONDS_MAX, "told of something else"
        told = running.inbox.taken[delivered:]
    took = time.monotonic() - begun
    new = [row for row in running.office.book.mails() if row.mail_id not in before]
    assert new
    assert took < SECONDS_MAX


@pytest.mark.parametrize("fingerprint", ["another account"])
def test_a_cycle_that_is_refused_is_told_in_time(running: Running) -> None:
    failed = wait_for(lambda: [run for run in running.office.book.runs() if run.ok is False])
    (mail,) = wait_for(lambda: running.inbox.taken)
    began = failed[0].started
    (sent,) = wait_for(lambda: [row for row in running.office.book.mails() if row.time])
    assert sent.time is not None
    assert (sent.time - began).total_seconds() < SECONDS_MAX
    assert b"the book knows main as" in bytes(mail.content or b"")


def wait_for(look: Callable[[], object]) -> list:  # type: ignore[type-arg]
    """What ``look`` finds, as soon as it finds anything."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, "nothing came"
        threading.Event().wait(0.02)
    return found if isinstance(found, list) else [found]
