"""The first Ctrl-C while a search runs stops it with its best plan so far; the next ends the verb.

Only where a person sits at the terminal: a script that interrupts wants an end.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.progress.search import Searches


@contextmanager
def first_stops(searches: "Searches") -> Iterator[None]:
    """Let Ctrl-C stop what is searched; where nothing is, or is about to stop, it interrupts."""
    if not sys.stderr.isatty():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not searches.cancel():
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
