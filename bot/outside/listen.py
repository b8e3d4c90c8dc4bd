"""What comes from the owner's code while it runs: its answer, what it prints, or its death."""

import os
import re
import selectors
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from bot.outside.untold import Untold, printable

TICK_SECONDS = 0.05
CHUNK = 2**16
PRINTED_MAX = 2**20
"""Bytes that the code may print."""
ANSWER_MAX = 2**24
LENGTH = 8
"""Bytes before the answer that tell how long it is."""
DUMP, THREAD = "Fatal Python error", "Current thread"
FRAME = re.compile(r'File "([^"]+)", line (\d+)')
"""How Python tells, behind what was printed, of a process that dies of a signal: newest first."""
STOPPED = "interrupted: the machine was told to stop"

Child = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the code works, how long it may take, and who may stop it before."""

    folder: Path
    seconds: float
    stopping: Callable[[], bool]


@dataclass(slots=True)
class Streams:
    """What has come so far: the answer, and what was printed."""

    answer: bytearray = field(default_factory=bytearray)
    printed: bytearray = field(default_factory=bytearray)

    @property
    def text(self) -> str:
        """What was printed."""
        return printable(self.printed.decode(errors="replace"))

    def body(self) -> bytes | None:
        """The answer, once all of it is there."""
        if len(self.answer) < LENGTH:
            return None
        length = int.from_bytes(self.answer[:LENGTH], "big")
        if length > ANSWER_MAX:
            raise Untold(f"its answer is longer than {ANSWER_MAX // 2**20} MiB", self.text)
        body = self.answer[LENGTH : LENGTH + length]
        return bytes(body) if len(body) == length else None


def listen(child: Child, answers: int, streams: Streams, limits: Limits) -> bytes:
    """The answer, as soon as it is there; what else comes is in ``streams``. Raises ``Untold``."""
    assert child.stdout is not None, "it was asked for"
    ends = monotonic() + limits.seconds
    with selectors.DefaultSelector() as selector:
        selector.register(answers, selectors.EVENT_READ, streams.answer)
        selector.register(child.stdout, selectors.EVENT_READ, streams.printed)
        while (body := streams.body()) is None:
            came = _read_on(selector, min(TICK_SECONDS, _left(ends, streams, limits)))
            if len(streams.printed) > PRINTED_MAX:
                raise Untold(f"it printed more than {PRINTED_MAX // 2**20} MiB", streams.text)
            if not came and child.poll() is not None:
                printed, _, dump = streams.text.partition(DUMP)
                raise Untold(_death(child.returncode, dump, limits.folder), printed)
    return body


def _left(ends: float, streams: Streams, limits: Limits) -> float:
    """Seconds that are left. Raises ``Untold`` where none are, or the machine is to stop."""
    if limits.stopping():
        raise Untold(STOPPED)
    left = ends - monotonic()
    if left <= 0:
        raise Untold(f"it took longer than {limits.seconds:g} s, and was killed", streams.text)
    return left


def _read_on(selector: selectors.BaseSelector, seconds: float) -> bool:
    """Whether anything came within ``seconds``."""
    ready = selector.select(seconds)
    for key, _ in ready:
        chunk = os.read(key.fd, CHUNK)
        key.data.extend(chunk)
        if not chunk:
            selector.unregister(key.fileobj)
    return bool(ready)


def _death(code: int, dump: str, folder: Path) -> str:
    """How a process ended that gave no answer, with its newest line in ``folder``."""
    if code >= 0:
        return f"its process ended with exit code {code} and without an answer"
    frames = FRAME.findall(dump.partition(THREAD)[2])
    inside = [frame for frame in frames if Path(frame[0]).is_relative_to(folder)]
    at = f" at {':'.join((inside or frames)[0])}" if frames else ""
    hint = "; the machine may be out of memory" if code == -signal.SIGKILL else ""
    return f"its process died of {signal.Signals(-code).name}{at}{hint}"
