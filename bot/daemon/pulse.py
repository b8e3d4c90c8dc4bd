"""Is the daemon getting anywhere? A watchdog that is fed by a mere timer would watch the timer.

Progress is: the scheduler ticks, the book answers, and a cycle that runs goes from step to step.
Whatever is measured here is measured by the monotonic clock, so that it is also found out when
the clock on the wall was set or the host was asleep.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

TICK_SECONDS = 15
"""How often the scheduler must tick."""

TICK_SECONDS_MAX = 120
STEP_SECONDS_MAX = 1800
"""The longest that a cycle may stay at one step; waves wait minutes for their fills."""

JUMP = timedelta(seconds=5)
"""The clock on the wall may lose or gain this much between two beats; orders stop at more."""


class Stuck(Exception):
    """Something has stopped moving."""

    def __init__(self, what: str) -> None:
        """Say what, and for how long."""
        super().__init__(what)
        self.remedy = "systemd restarts the daemon; without it: kill the process and start it again"


class ClockJumped(Exception):
    """The clock on the wall was set, or the host was asleep."""

    def __init__(self, by: timedelta) -> None:
        """Say by how much."""
        super().__init__(f"the clock of this host jumped by {by.total_seconds():+.0f} s")
        self.remedy = "slots that it jumped over are skipped; check that the time is synchronised"


class Pulse:
    """Notes signs of life, from any thread, and tells whether they suffice."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Count from now on."""
        self._monotonic = monotonic
        self._tick = self._step_at = monotonic()
        self._busy: str | None = None
        self._step = ""
        self._zero: datetime | None = None

    def tick(self) -> None:
        """The scheduler is alive."""
        self._tick = self._monotonic()

    def step(self, text: str) -> None:
        """The cycle that runs has come to its next step."""
        self._step, self._step_at = text, self._monotonic()

    @contextmanager
    def working(self, name: str) -> Iterator[None]:
        """A cycle, or whatever trades, may run in here; at most one at a time."""
        self.step("")
        self._busy = name
        try:
            yield
        finally:
            self._busy = None

    def complaint(self) -> Stuck | None:
        """What has stopped moving, if anything."""
        now = self._monotonic()
        if (age := now - self._tick) > TICK_SECONDS_MAX:
            return Stuck(f"the scheduler has not ticked for {age:.0f} s")
        if self._busy and (age := now - self._step_at) > STEP_SECONDS_MAX:
            at = f" at {self._step!r}" if self._step else ""
            return Stuck(f"{self._busy} has stood still{at} for {age:.0f} s")
        return None

    def jump(self, wall: datetime) -> ClockJumped | None:
        """How far the clock on the wall has jumped since it was last shown here, if it has."""
        zero = wall - timedelta(seconds=self._monotonic())
        before, self._zero = self._zero, zero
        if before is None or abs(zero - before) <= JUMP:
            return None
        return ClockJumped(zero - before)
