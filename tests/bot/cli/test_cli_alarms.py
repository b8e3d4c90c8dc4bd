"""What goes wrong between two cycles reaches a mail server in five seconds, once, and its end too.

A daemon as ``trimtab run`` puts it together, two accounts at stand-ins of Alpaca over sockets, and
a mail server that is a real one.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import KEY_ID, SECRET_KEY, AlpacaServer
from standins.faults import drop_before

from bot.alarms import standing
from bot.cli.alarming import alarms_of, chores_of
from bot.cli.service import put_together
from bot.cli.wiring import Hands, open_office
from bot.config.read import read_text
from bot.config.settings import Config
from bot.daemon.clock import SystemClock
from bot.daemon.daemon import Daemon
from bot.daemon.pulse import Pulse
from bot.daemon.systemd import Notifier
from bot.health.alarms import QUIET_SECONDS
from bot.health.wards import Contacts
from bot.rounds import Office
from bot.switch import EVERY_ACCOUNT
from brokers.words import AccountId
from tests.bot.alerts.mailservers import Inbox, plain_server

SECONDS_MAX = 5.0
PATIENCE = 20.0
D = Decimal

CONFIG = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
from = "bot@example.org"
to = ["me@example.org"]
{accounts}
"""
ACCOUNT = """
[accounts.{name}]
broker = "alpaca"
mode = "propose"
[accounts.{name}.alpaca]
trading_url = "{url}"
data_url = "{url}"
[accounts.{name}.target.weights]
AAPL = 0.5
KO = 0.5
"""
QUOTES = {"AAPL": (D("69.98"), D("70.02")), "KO": (D("49.99"), D("50.00"))}


@dataclass
class Bench:
    """What a test may do to the daemon, and what it hears of it."""

    servers: dict[str, AlpacaServer]
    office: Office
    inbox: Inbox
    ahead: list[float]
    away: list[timedelta]
    room: list[int]

    def until(self, begun: dict[str, float]) -> dict[str, float]:
        """Seconds until a mail was taken for each of the words that it has, from their moments."""
        took: dict[str, float] = {}
        while left := begun.keys() - took.keys():
            mails, now = [flat(mail.content) for mail in self.inbox.taken], time.monotonic()
            took |= {w: now - begun[w] for w in left if any(w.encode() in mail for mail in mails)}
            assert now - min(begun.values()) < PATIENCE, f"nobody was told of {left}"
            threading.Event().wait(0.02)
        return took


def flat(content: bytes | str | None) -> bytes:
    """A mail without the line breaks that its encoding has put in."""
    data = content.encode() if isinstance(content, str) else content or b""
    return data.replace(b"=\r\n", b"").replace(b"\r\n", b" ")


def config_at(folder: Path, port: int, servers: dict[str, AlpacaServer]) -> Config:
    accounts = (ACCOUNT.format(name=name, url=server.url) for name, server in servers.items())
    text = CONFIG.format(port=port, accounts="".join(accounts))
    return replace(read_text(text, folder / "config.toml", {}), calendar="24/7")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("TRIMTAB_SECRET_ALPACA_KEY_ID", KEY_ID)
    monkeypatch.setenv("TRIMTAB_SECRET_ALPACA_SECRET_KEY", SECRET_KEY)
    inbox, stop, ahead, away, room = Inbox(), threading.Event(), [0.0], [timedelta(0)], [50_000]
    clock, pulse = SystemClock(stop), Pulse()
    models = {
        "lost": AlpacaModel(clock.now, dict(QUOTES)),
        "late": AlpacaModel(lambda: clock.now() + away[0], dict(QUOTES)),
    }
    with ExitStack() as stack:
        servers = {name: stack.enter_context(AlpacaServer(model)) for name, model in models.items()}
        port = stack.enter_context(plain_server(inbox))
        config = config_at(tmp_path, port, servers)
        config.state_dir.mkdir()
        hands = Hands(clock, pulse.step, stop.is_set)
        opened, desks = stack.enter_context(open_office(config, hands, config.accounts))
        office = replace(opened, disk_free_mib=lambda: room[0])
        service, contacts = put_together(config, office, desks), Contacts()
        alarms = alarms_of(office, desks, contacts, lambda: time.monotonic() + ahead[0])
        daemon = Daemon(
            rota=service.rota,
            jobs=(),
            chores=(*service.chores, *chores_of(alarms, office, desks, contacts)),
            sessions=service.sessions,
            clock=clock,
            stop=stop,
            pulse=pulse,
            notifier=Notifier(),
            probe=office.book.accounts,
        )
        thread = threading.Thread(target=daemon.run, daemon=True)
        thread.start()
        while not all(contacts.answered(desk.account) for desk in desks):
            assert thread.is_alive()
            threading.Event().wait(0.02)
        yield Bench(servers, office, inbox, ahead, away, room)
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def lose_the_broker(bench: Bench) -> None:
    bench.servers["lost"].faults.tell(drop_before("GET", "/v2/clock", times=10**6))


def find_it(bench: Bench) -> None:
    bench.servers["lost"].faults.faults.clear()


def set_its_clock(bench: Bench) -> None:
    bench.away[0] = timedelta(seconds=60)


def set_it_right(bench: Bench) -> None:
    bench.away[0] = timedelta(0)


def fill_the_disk(bench: Bench) -> None:
    bench.room[0] = 3


def make_room(bench: Bench) -> None:
    bench.room[0] = 50_000


Act = Callable[[Bench], None]
CASES: list[tuple[Act, Act, str]] = [
    (lose_the_broker, find_it, "the broker does not answer"),
    (set_its_clock, set_it_right, "the broker's clock is +60.0 s from ours"),
    (fill_the_disk, make_room, "the disk has 3 MiB left"),
]


def test_each_is_told_in_time_once_and_so_is_its_end(bench: Bench) -> None:
    begun: dict[str, float] = {}
    for breaks, _, words in CASES:
        begun[words] = time.monotonic()
        breaks(bench)
    took = bench.until(begun)
    for words, seconds in took.items():
        sys.stdout.write(f"{seconds:5.2f} s  {words}\n")
    threading.Event().wait(1.5)  # another look or two
    assert len(bench.inbox.taken) == len(CASES), "one was told more than once"
    for _, mends, _ in CASES:
        mends(bench)
    threading.Event().wait(3.5)  # until the brokers were asked again
    bench.ahead[0] += QUIET_SECONDS + 1
    bench.until({f"over: {words}": time.monotonic() for words in begun})
    assert max(took.values()) < SECONDS_MAX, took
    assert standing(bench.office.book.runs(AccountId(EVERY_ACCOUNT), 100)) == ()
    assert len(bench.office.book.mails()) == len(bench.inbox.taken) == 2 * len(CASES)
