"""Is the daemon getting anywhere? A watchdog that is fed by a mere timer would watch the timer.

Progress is: the scheduler ticks, the book answers, whoever takes turns gets their turn, and what
was begun does not outlive its time: each step of a cycle has a bound, and so has each chore.
Whatever is measured here is measured by the monotonic clock, so that it is also found out when
the clock on the wall was set or the host was asleep.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

TICK_SECONDS = 15
"""How often the scheduler must tick."""

TICK_SECONDS_MAX = 120

TURN_SECONDS_MAX = 900
"""Cycles and approvals are looked at each minute; who was not for so long has no thread."""

CHORE_SECONDS_MAX = 1800
"""The longest that a chore may take: mail to a server that answers each time at the last moment."""

STEP_SECONDS_MAX = 1800
"""The longest that a cycle may stay at one step, where nothing else is said."""

STEP_SECONDS = {"sending": 180, "intended": 300, "cancelling": 300, "keeping the plan": 300}
"""Steps by their first words, and how long one of them may take.

A broker's answer has its own deadline of seconds, a commit one of five; what takes minutes all the
same hangs in a way that nobody foresaw.
"""

WAITING = "sent"
"""The step at which a wave waits for its fills, as long as the owner allows."""

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

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, work_seconds: int = 0
    ) -> None:
        """Count from now on. A wave may wait ``work_seconds`` for its fills."""
        self._monotonic = monotonic
        self._tick = self._step_at = monotonic()
        self._busy: str | None = None
        self._step = ""
        self._zero: datetime | None = None
        self._turn: float | None = None
        self._chores: dict[str, float] = {}
        self._wait_seconds_max = STEP_SECONDS_MAX + work_seconds
        self._naming = threading.Lock()

    def tick(self) -> None:
        """The scheduler is alive."""
        self._tick = self._monotonic()

    def tick_age(self) -> float:
        """Seconds since the scheduler was last alive."""
        return self._monotonic() - self._tick

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
            self._busy, self._turn = None, self._monotonic()

    def is_busy(self) -> bool:
        """Whether anybody has their turn now."""
        return self._busy is not None

    @contextmanager
    def doing(self, chore: str) -> Iterator[None]:
        """A chore runs in here, beside others of other names."""
        with self._naming:
            self._chores[chore] = self._monotonic()
        try:
            yield
        finally:
            with self._naming:
                self._chores.pop(chore, None)

    def complaint(self) -> Stuck | None:
        """What has stopped moving, if anything."""
        now = self._monotonic()
        if (age := now - self._tick) > TICK_SECONDS_MAX:
            return Stuck(f"the scheduler has not ticked for {age:.0f} s")
        return self._stuck_step(now) or self._stuck_chore(now)

    def _stuck_step(self, now: float) -> Stuck | None:
        busy, step, since = self._busy, self._step, self._step_at
        if busy and (age := now - since) > self._patience(step):
            at = f" at {step!r}" if step else ""
            return Stuck(f"{busy} has stood still{at} for {age:.0f} s")
        if not busy and self._turn is not None and (age := now - self._turn) > TURN_SECONDS_MAX:
            return Stuck(f"no account has had its turn for {age:.0f} s")
        return None

    def _patience(self, step: str) -> int:
        """How long ``step`` may last; a wave that was sent may wait for its fills."""
        if step.startswith(WAITING):
            return self._wait_seconds_max
        bounds = (most for words, most in STEP_SECONDS.items() if step.startswith(words))
        return next(bounds, STEP_SECONDS_MAX)

    def _stuck_chore(self, now: float) -> Stuck | None:
        with self._naming:
            chore, since = min(self._chores.items(), key=lambda each: each[1], default=("", now))
        if (age := now - since) > CHORE_SECONDS_MAX:
            return Stuck(f"the chore {chore} has taken {age:.0f} s and has not ended")
        return None

    def jump(self, wall: datetime) -> ClockJumped | None:
        """How far the clock on the wall has jumped since it was last shown here, if it has."""
        zero = wall - timedelta(seconds=self._monotonic())
        before, self._zero = self._zero, zero
        if before is None or abs(zero - before) <= JUMP:
            return None
        return ClockJumped(zero - before)
