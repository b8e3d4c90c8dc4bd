"""The first SIGTERM or Ctrl-C asks for a stop in good order, the second ends us at once."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGTERM, signal.SIGINT)

INTERRUPTED = 130


@contextmanager
def stop_on_signals(stop: threading.Event) -> Iterator[None]:
    """Set ``stop`` at the first signal. Only from the main thread.

    A thread of its own sets it: a handler runs in the middle of whatever the main thread does,
    and if that were a wait for ``stop`` itself, both would wait for ever.
    """
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
    wakeup = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    listener = threading.Thread(target=_listen, args=(read, stop), name="signals", daemon=True)
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


def _listen(read: int, stop: threading.Event) -> None:
    """Count signals, a byte each, until the pipe is closed."""
    while os.read(read, 1):
        if stop.is_set():
            os._exit(INTERRUPTED)
        stop.set()
