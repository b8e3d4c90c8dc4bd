"""Where lines go: whoever writes one never waits and never fails.

Not for a full disk, and not for a pipe that nobody reads. An outlet is a queue and a thread. Where
the thread cannot keep up the newest lines are lost, and where the place refuses them they are lost
too; both are counted, and said once lines pass again.
"""

import logging
import queue
import threading
from collections.abc import Callable

from typing_extensions import override

ROOM = 10_000
"""Lines that wait for a place that is slow."""

GOODBYE_SECONDS = 2.0
"""How long the end of the program waits for the lines that are left."""

Write = Callable[[float, str], None]
"""Writes a line that was said at a moment (seconds since 1970); ``OSError`` where it cannot."""


class Outlet(logging.Handler):
    """Passes records on to one place, by a thread of its own."""

    def __init__(self, name: str, write: Write, lines: logging.Formatter, room: int = ROOM) -> None:
        """``write`` is only ever called by the thread."""
        super().__init__()
        self.setFormatter(lines)
        self._write = write
        self._waiting: queue.Queue[tuple[float, str] | None] = queue.Queue(room)
        self._lost = 0
        self._counting = threading.Lock()
        self._thread = threading.Thread(target=self._pass_on, name=f"log {name}", daemon=True)

    @property
    def lost(self) -> int:
        """Lines that were lost and of which nothing was said yet."""
        return self._lost

    def start(self) -> None:
        """Begin to pass lines on."""
        self._thread.start()

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Put the line into the queue; where there is no room it is lost."""
        try:
            self._waiting.put_nowait((record.created, self.format(record)))
        except (queue.Full, ValueError, TypeError):  # a record whose words do not fit its form too
            self._lose()

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        """Never a word on stderr, which may be what is broken."""
        self._lose()

    @override
    def close(self) -> None:
        """Let the lines that are left pass, but not for long."""
        if self._thread.is_alive():
            try:
                self._waiting.put(None, timeout=GOODBYE_SECONDS)
            except queue.Full:
                self._lose()
            self._thread.join(GOODBYE_SECONDS)
        super().close()

    def _lose(self) -> None:
        with self._counting:
            self._lost += 1

    def _pass_on(self) -> None:
        while (line := self._waiting.get()) is not None:
            when, text = line
            try:
                self._confess(when)
                self._write(when, text)
            except (OSError, ValueError):  # a full disk, a pipe without a reader, a closed stream
                self._lose()

    def _confess(self, when: float) -> None:
        """Say how many lines were lost, as soon as one can be written."""
        with self._counting:
            lost, self._lost = self._lost, 0
        if not lost:
            return
        record = logging.LogRecord(
            "trimtab.logs", logging.WARNING, "", 0, "%d lines were lost", (lost,), None
        )
        record.created = when
        try:
            self._write(when, self.format(record))
        except (OSError, ValueError):
            with self._counting:
                self._lost += lost
            raise
