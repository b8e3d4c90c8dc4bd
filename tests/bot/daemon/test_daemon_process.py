"""The daemon as a process: signals, the lock, sudden death and the start after it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.book.book import Book
from bot.daemon.clock import SystemClock
from bot.daemon.lock import AlreadyRunning, NoLock, hold

SCRIPT = Path(__file__).with_name("daemon_process.py")

Daemon = subprocess.Popen[str]
Start = Callable[..., Daemon]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts daemons over one book; what still lives in the end is killed."""
    started: list[Daemon] = []
    moment = SystemClock().now()

    def run(manner: str = "polite", at: datetime = moment) -> Daemon:
        command = [sys.executable, str(SCRIPT), str(tmp_path), at.isoformat(), manner]
        paths = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        daemon = subprocess.Popen(  # noqa: S603 our own code
            command, stdout=subprocess.PIPE, text=True, env=paths
        )
        started.append(daemon)
        return daemon

    yield run
    for daemon in started:
        daemon.kill()
        daemon.communicate()


def hear(daemon: Daemon, wanted: str) -> str:
    """The next line that begins with ``wanted``."""
    assert daemon.stdout is not None
    return next(line.strip() for line in daemon.stdout if line.startswith(wanted))


def rest(daemon: Daemon) -> list[str]:
    """What it says until it ends."""
    return daemon.communicate(timeout=30)[0].splitlines()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_cycle_finish(start: Start, tmp_path: Path, number: int) -> None:
    daemon = start()
    slot = hear(daemon, "begun").split()[1]
    daemon.send_signal(number)
    assert rest(daemon) == ["finished", "down"]
    assert daemon.returncode == 0
    with Book.open(tmp_path / "book.db", upgrade=False) as book:
        assert [(run.slot, run.ok) for run in book.runs()] == [(slot, True)]


def test_the_second_signal_ends_it_at_once(start: Start) -> None:
    daemon = start("deaf")
    hear(daemon, "begun")
    daemon.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        daemon.wait(0.3)
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(30) == 130


def test_what_was_begun_and_died_is_not_run_again(start: Start, tmp_path: Path) -> None:
    first = start("deaf")
    slot = hear(first, "begun").split()[1]
    first.kill()
    assert first.wait(30) == -signal.SIGKILL
    second = start()
    said = hear(second, "failed")
    assert said.startswith(f"failed taxable: the run of {slot}, begun at ")
    second.send_signal(signal.SIGTERM)
    assert rest(second) == ["down"]
    with Book.open(tmp_path / "book.db", upgrade=False) as book:
        ((run),) = book.runs()
    assert (run.slot, run.ok) == (slot, False)
    assert run.why.endswith("died")


def test_two_daemons_on_one_book(start: Start, tmp_path: Path) -> None:
    first = start()
    hear(first, "begun")
    second = start()
    (said,) = rest(second)
    assert said == (
        f"another trimtab works this book: process {first.pid} holds {tmp_path}/daemon.lock; "
        f"wait for it, or stop it with: kill {first.pid}"
    )
    assert second.returncode == 4
    first.send_signal(signal.SIGTERM)
    assert rest(first)[-1] == "down"
    third = start()
    hear(third, "up")
    third.send_signal(signal.SIGTERM)
    assert rest(third)[-1] == "down"


def test_a_dead_holder_leaves_no_lock(start: Start, tmp_path: Path) -> None:
    first = start("deaf")
    hear(first, "begun")
    first.kill()
    first.wait(30)
    path = tmp_path / "daemon.lock"
    assert path.read_text() == f"{first.pid}\n"
    with hold(path):
        assert path.read_text() == f"{os.getpid()}\n"
        with pytest.raises(AlreadyRunning, match=f"process {os.getpid()} holds"), hold(path):
            pytest.fail("two hold one lock")
    assert path.read_text() == ""


def test_a_lock_that_cannot_be_made_says_where_it_could(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "daemon.lock"
    with pytest.raises(NoLock, match=f"cannot open {path}: No such file") as caught, hold(path):
        pytest.fail("held a lock that is not there")
    assert "local disk" in caught.value.remedy
