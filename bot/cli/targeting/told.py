"""How far it is, for whoever sits at the terminal: one line, gone when the work is done."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.cli.demo_screen import wants_cursor
from bot.cli.screen import is_quiet
from bot.cli.searching.bar import Redrawn

Told = Callable[[str], None]
"""Hears what is done next."""

BAR_WIDTH = 20


@contextmanager
def telling(verb: str) -> Iterator[Told]:
    """Where stderr is no terminal nothing is told."""
    if not (sys.stderr.isatty() and wants_cursor() and not is_quiet()):
        yield lambda _words: None
        return
    with Redrawn(sys.stderr) as redrawn:
        yield lambda words: redrawn.draw(f"{verb}: {words}")


def counted(told: Told, what: str) -> Callable[[int, int], None]:
    """For work of so many steps: a bar."""

    def step(done: int, steps: int) -> None:
        full = round(BAR_WIDTH * done / max(1, steps))
        told(f"[{'#' * full:.<{BAR_WIDTH}}]  {done} of {steps} {what}")

    return step
