"""Ctrl-C at any moment: a real process, a real signal, exit code 130, and a book that is sound."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

from bot.book import maintain
from bot.book.book import Book
from bot.cli.app import run
from brokers.words import AccountId

TRIMTAB = (sys.executable, "-m", "bot")
ENOUGH = 2
"""Plans that are carried out before the signal comes: the third is on its way."""


def interrupted_demo(folder: Path) -> tuple[int, str]:
    """A demo that gets Ctrl-C in the middle: exit code, and the rest of what it said."""
    line = [*TRIMTAB, "demo", "--folder", str(folder)]
    with subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as it:  # noqa: S603  # ours
        assert it.stderr is not None
        for _ in range(ENOUGH):
            assert it.stderr.readline().startswith("PAPER")
        it.send_signal(signal.SIGINT)
        rest = it.stderr.read()
    return it.returncode, rest


def slots_of(folder: Path) -> list[str]:
    """Every slot that was worked, oldest first, each as often as it was."""
    with Book.open(folder / "trimtab.db", upgrade=False) as book:
        return [run.slot for run in reversed(book.runs(AccountId("demo"), 500))]


def test_a_demo_that_is_interrupted_leaves_a_sound_book_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    code, said = interrupted_demo(folder)
    assert code == 130
    assert "error: interrupted; the book is sound" in said
    assert f"fix: trimtab demo --folder {folder} goes on" in said
    assert "Traceback" not in said
    assert maintain.check(f"sqlite:///{folder / 'trimtab.db'}") == ()
    before = slots_of(folder)
    assert run(["-q", "demo", "--folder", str(folder), "--until", "2020-03-31"]) == 0
    after = slots_of(folder)
    assert after[: len(before)] == before
    assert len(after) == len(set(after)) == 62


def press_until_gone(process: "subprocess.Popen[bytes]") -> None:
    """Ctrl-C, and once more where Python was just about to wait for a line and missed it."""
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)


def test_ctrl_c_at_a_question_writes_nothing(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    ours, theirs = pty.openpty()
    line = [*TRIMTAB, "--config", str(config), "init"]
    with subprocess.Popen(line, stdin=theirs, stdout=theirs, stderr=theirs) as it:  # noqa: S603  # ours
        os.close(theirs)
        said = b""
        while b"paper or manual" not in said:
            said += os.read(ours, 1000)
        press_until_gone(it)
    os.close(ours)
    assert it.returncode == 130
    assert not config.exists()


def test_who_has_read_enough_may_stop_reading(tmp_path: Path) -> None:
    """As in ``trimtab optimize --help | head -1``: no traceback, whatever the size of the pipe."""
    reader, writer = os.pipe()
    os.close(reader)
    line = [*TRIMTAB, "--config", str(tmp_path / "config.toml"), "--help"]
    done = subprocess.run(line, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603  # ours
    os.close(writer)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
