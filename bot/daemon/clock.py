"""The clock on the wall, and waits that a stop cuts short."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

LOOK_SECONDS = 0.1
"""How often it is looked whether a wait is to end."""

PACE_SECONDS = 1.0
"""A wait up to this long keeps a broker's pace and is always kept; the rest is patience."""


class SystemClock:
    """The machine's own time.

    Waits are measured by the monotonic clock: setting the wall clock neither lengthens nor
    shortens them.
    """

    def __init__(
        self,
        stop: threading.Event | None = None,
        hurries: Callable[[], bool] = lambda: False,
    ) -> None:
        """Setting ``stop`` ends every longer wait, now and from then on.

        So does whatever ``hurries``, for as long as it does.
        """
        self._stop = stop or threading.Event()
        self._hurries = hurries

    def now(self) -> datetime:
        """What the wall clock says, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait ``seconds``; once the machine is asked to stop, ``PACE_SECONDS`` at the most."""
        time.sleep(min(seconds, PACE_SECONDS))
        end = time.monotonic() + seconds - PACE_SECONDS
        while (left := end - time.monotonic()) > 0 and not self._hurries():
            if self._stop.wait(min(left, LOOK_SECONDS)):
                return

    def sleep_unless(self, seconds: float, news: Callable[[float], bool]) -> None:
        """Wait as long as ``sleep`` would, or until ``news`` says that there is some."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if news(min(left, PACE_SECONDS)) or self._stop.is_set() or self._hurries():
                return
