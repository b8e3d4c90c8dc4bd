"""A long file as it is read: a line on the terminal, gone when the reading is over."""

import sys
from types import TracebackType
from typing import Self

from bot.cli.demo_screen import wants_cursor
from bot.cli.screen import is_quiet
from bot.cli.searching.bar import Redrawn

QUIET_LINES = 5_000
"""A file of fewer lines is read at once, and shows nothing."""

STEPS = 100
"""Times that the line is drawn for one file."""
WIDTH = 30


class ReadingBar:
    """How far each file is read."""

    def __init__(self) -> None:
        """Nothing is shown where stderr is no terminal, or nobody wants to be told anything."""
        self._is_wanted = sys.stderr.isatty() and wants_cursor() and not is_quiet()
        self._redrawn = Redrawn(sys.stderr)
        self._drawn = ("", 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        self._redrawn.clear()

    def show(self, file: str, done: int, total: int) -> None:
        """So many lines of ``file`` are read."""
        step = (file, done * STEPS // total if total else STEPS)
        if self._is_wanted and total >= QUIET_LINES and step != self._drawn:
            self._drawn = step
            self._redrawn.draw(line(file, done, total))


def line(file: str, done: int, total: int) -> str:
    """The bar: ``reading year.xml  [#####.....]  50 %  12,000 of 24,000 lines``."""
    share = min(1.0, done / total) if total else 1.0
    full = round(share * WIDTH)
    bar = "#" * full + "." * (WIDTH - full)
    return f"reading {file}  [{bar}]  {share:.0%}  {done:,} of {total:,} lines"
