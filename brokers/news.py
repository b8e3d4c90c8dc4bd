"""A bell: whoever hears of a broker rings it, and whoever waits for the broker looks at once.

It says that something may have happened and never what: that is read from the broker, always in
the same way. So a message that is lost, late, told twice or nonsense costs a while, and no more.
"""

from collections.abc import Callable
from threading import Event

GATHER_SECONDS = 0.1
"""What comes right behind the first ring is seen by the same look."""


class News:
    """Rung in one thread, waited for in another.

    A look costs requests, which brokers count: after ``burst`` looks at once there is one more each
    ``every_seconds``, however often it is rung.
    """

    def __init__(self, burst: int, every_seconds: float, seconds: Callable[[], float]) -> None:
        """Nothing was rung yet; ``seconds`` tells a time that never runs back."""
        self._burst = burst
        self._every = every_seconds
        self._seconds = seconds
        self._rung = Event()
        self._never = Event()
        self._left = float(burst)
        self._counted = seconds()

    def ring(self) -> None:
        """Something may have happened."""
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """Wait until it was rung since the last time, ``seconds`` at most; whether it was."""
        end = self._seconds() + seconds
        if not self._rung.wait(max(seconds, 0)):
            return False
        now = self._count()
        pause = max(GATHER_SECONDS, (1 - self._left) * self._every)
        self._never.wait(max(min(pause, end - now), 0))
        self._count()
        self._left = max(self._left - 1, 0)
        self._rung.clear()
        return True

    def _count(self) -> float:
        """The time, up to which the looks that have become free are counted."""
        now = self._seconds()
        self._left = min(self._left + (now - self._counted) / self._every, self._burst)
        self._counted = now
        return now
