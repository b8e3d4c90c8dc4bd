"""A search as it goes, redrawn in place: on a terminal only, and gone when the search is over."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from bot.cli.demo_screen import wants_cursor
from bot.cli.screen import is_quiet, wants_colour
from bot.cli.searching.words import block
from bot.progress.lines import Report

if TYPE_CHECKING:
    from rich.live import Live

QUIET_SECONDS = 0.5
"""A search that takes less shows nothing."""


class Redrawn:
    """Lines that are replaced in place; nothing is drawn before the first ones."""

    def __init__(self, stream: TextIO) -> None:
        """They will be drawn on ``stream``, a terminal."""
        self._stream = stream
        self._live: Live | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        self.clear()

    def draw(self, text: str) -> None:
        """Replace what is there by ``text``."""
        from rich.text import Text

        if self._live is None:
            self._live = self._started()
        self._live.update(Text(text, no_wrap=True, overflow="crop"), refresh=True)

    def _started(self) -> "Live":
        from rich.console import Console
        from rich.live import Live

        console = Console(file=self._stream, no_color=not wants_colour(self._stream))
        live = Live(
            console=console,
            auto_refresh=False,  # no thread: who has something to show draws it
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        live.start()
        return live

    def clear(self) -> None:
        """Leave no trace."""
        if self._live is not None:
            self._live.stop()
            self._live = None


class Bar:
    """An audience of this process's own searches: whoever sits at the terminal."""

    def __init__(self) -> None:
        """Nothing is shown where stderr is no terminal, or nobody wants to be told anything."""
        self._is_wanted = sys.stderr.isatty() and wants_cursor() and not is_quiet()
        self._redrawn = Redrawn(sys.stderr)

    def is_looking(self) -> bool:
        """Whether there is a terminal."""
        return self._is_wanted

    def show(self, report: Report) -> None:
        """Show ``report``; clear all where it is the last one."""
        if report.state != "searching":
            self._redrawn.clear()
        elif report.elapsed_seconds >= QUIET_SECONDS:
            self._redrawn.draw(f"{block(report)}\nCtrl-C: stop with the best plan so far")
