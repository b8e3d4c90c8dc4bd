"""The clock on the wall, and waits that a stop cuts short."""

import threading
import time
from datetime import UTC, datetime

PACE_SECONDS = 1.0
"""A wait up to this long keeps a broker's pace and is always kept; the rest is patience."""


class SystemClock:
    """The machine's own time.

    Waits are measured by the monotonic clock: setting the wall clock neither lengthens nor
    shortens them.
    """

    def __init__(self, stop: threading.Event | None = None) -> None:
        """Setting ``stop`` ends every longer wait, now and from then on."""
        self._stop = stop or threading.Event()

    def now(self) -> datetime:
        """What the wall clock says, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait ``seconds``; once the machine is asked to stop, ``PACE_SECONDS`` at the most."""
        time.sleep(min(seconds, PACE_SECONDS))
        if seconds > PACE_SECONDS:
            self._stop.wait(seconds - PACE_SECONDS)
