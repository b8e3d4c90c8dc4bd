"""The first SIGTERM or Ctrl-C asks for a stop in good order, the second ends us at once.

SIGUSR1 throws the kill switch: nothing more leaves, orders are taken back, the process goes on.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGTERM, signal.SIGINT)
KILL = signal.SIGUSR1

INTERRUPTED = 130


def _nothing() -> None:
    """Nobody is told."""


@contextmanager
def stop_on_signals(stop: threading.Event, kill: Callable[[], object] = _nothing) -> Iterator[None]:
    """Set ``stop`` at the first signal, call ``kill`` at SIGUSR1. Only from the main thread.

    A thread of its own sets it: a handler runs in the middle of whatever the main thread does,
    and if that were a wait for ``stop`` itself, both would wait for ever.
    """
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = {number: signal.signal(number, lambda *_: None) for number in (*SIGNALS, KILL)}
    wakeup = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    ears = (read, stop, kill)
    listener = threading.Thread(target=_listen, args=ears, name="signals", daemon=True)
    listener.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(write)
        listener.join()
        os.close(read)


def _listen(read: int, stop: threading.Event, kill: Callable[[], object]) -> None:
    """Hear signals, a byte each with its number, until the pipe is closed."""
    while number := os.read(read, 1):
        if number[0] == KILL:
            kill()
            continue
        if stop.is_set():
            os._exit(INTERRUPTED)
        stop.set()
