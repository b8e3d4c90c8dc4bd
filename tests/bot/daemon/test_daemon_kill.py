"""The kill switch of a real daemon, with real signals and sockets, in the middle of its trading."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from standins.alpaca_model import AlpacaModel, Booked
from standins.alpaca_server import KEY_ID, SECRET_KEY, AlpacaServer

from bot.book.book import Book
from bot.daemon.clock import SystemClock
from bot.switch import NAME, barrier, raise_flag

SCRIPT = Path(__file__).with_name("kill_process.py")
THURSDAY = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
SECONDS_MAX = 120.0
"""Longer than anything takes on a machine that is busy with other things."""

D = Decimal
QUOTES = {
    "AAPL": (D("69.98"), D("70.02")),
    "BND": (D("79.99"), D("80.01")),
    "KO": (D("49.99"), D("50.01")),
    "MSFT": (D("139.95"), D("140.05")),
    "PG": (D("99.98"), D("100.02")),
    "VTI": (D("149.95"), D("150.05")),
}
CONFIG = """\
book = "book.db"

[accounts.main]
broker = "alpaca"
mode = "auto"
[accounts.main.alpaca]
trading_url = "{url}"
data_url = "{url}"
[accounts.main.target.weights]
AAPL = 0.2
BND = 0.2
KO = 0.2
MSFT = 0.2
VTI = 0.2
[accounts.main.worth]
enabled = false
[accounts.main.orders]
limit_fraction = -1   # on its own side of the spread, where nothing fills
"""

Process = subprocess.Popen[str]


@dataclass(slots=True)
class Scene:
    """A stand-in, a folder with a config that points to it, and the daemon."""

    folder: Path
    server: AlpacaServer
    away: timedelta
    started: list[Process] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def start(self) -> Process:
        self.state.mkdir(exist_ok=True)
        command = [sys.executable, str(SCRIPT), str(self.folder), str(self.away.total_seconds())]
        env = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "OPENBLAS_NUM_THREADS": "1",
            "TRIMTAB_SECRET_ALPACA_KEY_ID": KEY_ID,
            "TRIMTAB_SECRET_ALPACA_SECRET_KEY": SECRET_KEY,
        }
        daemon = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)  # noqa: S603 our own code
        self.started.append(daemon)
        return daemon

    def ours(self) -> list[Booked]:
        """Our orders at the broker."""
        with self.server.lock:
            sent = self.server.model.orders
            return [o for o in sent if o.body["client_order_id"].startswith("TT-")]

    def wait_until(self, true: Callable[[], bool]) -> float:
        """Seconds that it took."""
        start, pause = time.monotonic(), threading.Event()
        while not true():
            assert time.monotonic() - start < SECONDS_MAX, "it never came true"
            pause.wait(0.01)
        return time.monotonic() - start

    def are_gone(self) -> bool:
        self.server.carry()
        return all(order.status == "canceled" for order in self.ours())


def hear(daemon: Process, wanted: str) -> str:
    """The next line with ``wanted`` in it."""
    assert daemon.stdout is not None
    return next(line.strip() for line in daemon.stdout if wanted in line)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    away = THURSDAY - SystemClock().now()
    model = AlpacaModel(lambda: SystemClock().now() + away, dict(QUOTES), cash=D(100_000))
    with AlpacaServer(model) as server:
        path = tmp_path / "config.toml"
        path.write_text(CONFIG.format(url=server.url))
        path.chmod(0o600)
        made = Scene(tmp_path, server, away)
        yield made
        for daemon in made.started:
            daemon.kill()
            sys.stdout.write(daemon.communicate()[0])  # for whoever looks why it failed


def the_owner_orders(scene: Scene) -> Booked:
    """By hand, at the broker's own page, far from the market."""
    body = {
        "symbol": "PG",
        "qty": "1",
        "side": "buy",
        "type": "limit",
        "time_in_force": "day",
        "limit_price": "50",
        "client_order_id": "by-hand",
    }
    with scene.server.lock:
        return scene.server.model.place(body)


def touch(scene: Scene, _daemon: Process) -> None:
    (scene.state / NAME).touch()


def send_signal(scene: Scene, daemon: Process) -> None:
    daemon.send_signal(signal.SIGUSR1)
    scene.wait_until((scene.state / NAME).exists)


def throw(scene: Scene, _daemon: Process) -> None:
    raise_flag(scene.state, "halted", "prices look wrong")
    assert barrier(scene.state, SECONDS_MAX, threading.Event().wait)


def tell_seconds(what: str, seconds: float) -> None:
    sys.stdout.write(f"\n{what}: all taken back {seconds:.2f} s after the flag was up\n")


Trigger = Callable[[Scene, Process], None]


@pytest.mark.parametrize("trigger", [touch, send_signal, throw])
def test_in_the_middle_of_a_wave_nothing_more_leaves_and_all_is_taken_back(
    scene: Scene, trigger: Trigger
) -> None:
    his, daemon = the_owner_orders(scene), scene.start()
    scene.wait_until(lambda: len(scene.ours()) >= 2)
    trigger(scene, daemon)
    count = len(scene.ours())
    seconds = scene.wait_until(scene.are_gone)
    tell_seconds(trigger.__name__, seconds)
    said = hear(daemon, "main is halted")
    assert "none of our orders was open" in said or "taken back" in said
    on_the_way = 0 if trigger is throw else 1  # only who throws it waits for that one
    assert count <= len(scene.ours()) <= count + on_the_way
    assert his.is_live
    with Book.open(scene.folder / "book.db", upgrade=False) as book:
        scene.wait_until(lambda: book.latched("*") is not None)
        assert {row.state for row in book.plans()} == {"void"}
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(SECONDS_MAX) == 0


def test_it_holds_over_a_restart_without_its_file(scene: Scene) -> None:
    first = scene.start()
    scene.wait_until(lambda: len(scene.ours()) >= 1)
    throw(scene, first)
    hear(first, "main is halted")
    with Book.open(scene.folder / "book.db", upgrade=False) as book:
        scene.wait_until(lambda: book.latched("*") is not None)
    first.kill()
    first.wait()
    (scene.state / NAME).unlink()
    count = len(scene.ours())
    second = scene.start()
    hear(second, "main is halted: prices look wrong")
    second.send_signal(signal.SIGTERM)
    assert second.wait(SECONDS_MAX) == 0
    assert len(scene.ours()) == count


def test_it_works_while_another_process_locks_the_book(scene: Scene) -> None:
    his, daemon = the_owner_orders(scene), scene.start()
    scene.wait_until(lambda: len(scene.ours()) == 5)
    with closing(sqlite3.connect(scene.folder / "book.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        throw(scene, daemon)
        seconds = scene.wait_until(scene.are_gone)
        tell_seconds("the book locked", seconds)
        assert his.is_live
        other.execute("ROLLBACK")
    assert len(scene.ours()) == 5
    daemon.kill()
    daemon.wait()
    second = scene.start()
    hear(second, "main is halted: prices look wrong")
    with Book.open(scene.folder / "book.db", upgrade=False) as book:
        scene.wait_until(lambda: book.latched("*") is not None)
    assert len(scene.ours()) == 5
