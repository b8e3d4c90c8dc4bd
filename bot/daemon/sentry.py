"""Looks at the kill switch all the time, whatever the other threads are busy with."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.switch import Halt, Switch

LOOK_SECONDS = 0.1


@contextmanager
def sentry(switch: Switch, changed: Callable[[], object]) -> Iterator[None]:
    """Look again and again for as long as this is held, and call ``changed`` when it moved.

    What it sees is what ``switch.hurries`` says from then on: waits and searches end by it.
    """
    done = threading.Event()
    thread = threading.Thread(
        target=_look, args=(switch, changed, done), name="kill switch", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _look(switch: Switch, changed: Callable[[], object], done: threading.Event) -> None:
    before: Halt | None = None
    while not done.wait(LOOK_SECONDS):
        now = switch.look()
        if now != before:
            before = now
            changed()
