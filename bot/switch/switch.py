"""What a process knows of the flag: what the file says now, and what it said before.

A flag that was seen stays in memory when its file is gone, until it is in the book: then the book
is what a person resumes. Used by several threads at once.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bot.switch.file import LONG_AGO, WHO, is_known, raise_flag, read, turn
from bot.switch.states import EVERY_ACCOUNT, Halt, worst


class Switch:
    """The kill switch of one state folder; without a folder there is none."""

    def __init__(self, folder: Path | None = None) -> None:
        """Nothing was seen yet."""
        self.folder = folder
        self._lock = threading.Lock()
        self._latched: Halt | None = None
        self._kept: Halt | None = None
        self._last: Halt | None = None

    def look(self) -> Halt | None:
        """The more severe of what the file says now and what is remembered."""
        found = None if self.folder is None else read(self.folder)
        with self._lock:
            if found is not None and is_known(found) and found != self._kept:
                self._latched = worst(self._latched, found)
            self._last = worst(self._latched, found)
            return self._last

    @property
    def hurries(self) -> bool:
        """Whether the last look, of whichever thread, found that orders are to be taken back."""
        last = self._last
        return last is not None and last.takes_back

    @contextmanager
    def turn(self) -> Iterator[Halt | None]:
        """What the switch says, and stays true for as long as this is held: see ``barrier``."""
        with ExitStack() as stack:
            halt = None
            if self.folder is not None:
                try:
                    stack.enter_context(turn(self.folder))
                except OSError as error:
                    why = f"the lock of the kill switch cannot be held: {error}"
                    halt = Halt(EVERY_ACCOUNT, why, WHO, LONG_AGO)
            yield worst(self.look(), halt)

    def throw(self, halt: Halt) -> None:
        """Stop this process at once, then put the flag up for all; ``FlagNotWritten``."""
        with self._lock:
            self._latched = self._last = worst(self._latched, halt)
        if self.folder is not None:
            raise_flag(self.folder, halt.state, halt.reason)

    def unkept(self) -> Halt | None:
        """What was seen and is not yet in the book."""
        return self._latched

    def keep(self, halt: Halt) -> None:
        """Forget whatever ``halt`` covers: that is in the book now, from where a person resumes."""
        found = None if self.folder is None else read(self.folder)
        with self._lock:
            if found is not None and is_known(found) and halt.covers(found):
                self._kept = found
            if self._latched is not None and halt.covers(self._latched):
                self._latched = None
