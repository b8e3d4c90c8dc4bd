"""Who writes a line never waits: not for a pipe that nobody reads, not for a disk that is full."""

import logging
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bot.logs.lines import TextLines
from bot.logs.outlet import Outlet

SECONDS = 10.0


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("trimtab.test", logging.INFO, "", 0, text, None, None)


def until(holds: Callable[[], bool]) -> None:
    """Wait for ``holds``, for as long as a test may."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, "it took too long"
        threading.Event().wait(0.005)


def writer(handle: int) -> Callable[[float, str], None]:
    def write(_when: float, line: str) -> None:
        data = f"{line}\n".encode()
        while data:
            data = data[os.write(handle, data) :]

    return write


def test_a_pipe_that_nobody_reads_holds_up_nobody_and_the_loss_is_told() -> None:
    read, write = os.pipe()
    outlet = Outlet("pipe", writer(write), TextLines(), room=100)
    outlet.start()
    begun = time.monotonic()
    for number in range(5000):
        outlet.handle(record(f"line {number} {'x' * 100}"))
    assert time.monotonic() - begun < SECONDS / 2
    heard: list[bytes] = []
    ear = threading.Thread(target=lambda: heard.extend(iter(lambda: os.read(read, 65536), b"")))
    ear.start()
    until(lambda: outlet.lost == 0)
    outlet.handle(record("the last"))
    until(lambda: b"the last" in b"".join(heard))
    outlet.close()
    os.close(write)
    ear.join()
    os.close(read)
    said = b"".join(heard).decode()
    assert "trimtab.logs: " in said
    told = sum(int(lost) for lost in re.findall(r"(\d+) lines were lost", said))
    assert told > 3000
    assert told + len(re.findall(r"line \d+ x", said)) == 5000, "each was written, or told as lost"
    assert said.rstrip().endswith("the last")


def test_a_pipe_that_is_blocked_for_good_does_not_hold_up_the_end() -> None:
    read, write = os.pipe()
    outlet = Outlet("pipe", writer(write), TextLines(), room=10)
    outlet.start()
    for number in range(3000):
        outlet.handle(record(f"line {number} {'x' * 100}"))
    begun = time.monotonic()
    outlet.close()
    assert time.monotonic() - begun < SECONDS
    os.close(read)
    os.close(write)


def test_a_full_disk_loses_lines_and_raises_nothing() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    outlet = Outlet("full", writer(full), TextLines())
    outlet.start()
    for _ in range(20):
        outlet.handle(record("no room"))
    until(lambda: outlet.lost == 20)
    outlet.close()
    os.close(full)
    assert outlet.lost == 20


def test_what_was_lost_is_told_once_there_is_room(tmp_path: Path) -> None:
    is_full, lines = threading.Event(), list[str]()

    def write(_when: float, line: str) -> None:
        if is_full.is_set():
            raise OSError(28, "No space left on device", str(tmp_path))
        lines.append(line)

    outlet = Outlet("folder", write, TextLines())
    is_full.set()
    outlet.start()
    for _ in range(3):
        outlet.handle(record("lost"))
    until(lambda: outlet.lost == 3)
    is_full.clear()
    outlet.handle(record("kept"))
    until(lambda: len(lines) == 2)
    outlet.close()
    assert lines[0].endswith("trimtab.logs: 3 lines were lost")
    assert lines[1].endswith("trimtab.test: kept")
    assert outlet.lost == 0


def test_a_record_that_cannot_be_formatted_is_lost_and_hurts_nobody() -> None:
    lines: list[str] = []
    outlet = Outlet("odd", lambda _when, line: lines.append(line), TextLines())
    outlet.start()
    broken = logging.LogRecord("trimtab.test", logging.INFO, "", 0, "%d", ("x",), None)
    outlet.handle(broken)
    outlet.handle(record("after"))
    until(lambda: len(lines) == 2)
    outlet.close()
    assert lines[0].endswith("1 lines were lost")
