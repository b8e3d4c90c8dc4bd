"""How long transactions that write take: counts for a monitor, kept while the process lives."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds; the last is how long a writer waits for its turn."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How many took up to each of ``BOUNDS``, how many there were, and their seconds together."""

    within: tuple[int, ...]
    count: int
    seconds: float


class Timings:
    """Takes the time of what runs inside ``timed``, from any thread."""

    def __init__(self) -> None:
        """Nothing was timed."""
        self._counting = threading.Lock()
        self._within = [0] * len(BOUNDS)
        self._count = 0
        self._seconds = 0.0

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Time what succeeds in here; what fails has said so itself."""
        begun = time.perf_counter()
        yield
        self.note(time.perf_counter() - begun)

    def note(self, seconds: float) -> None:
        """Count one."""
        with self._counting:
            self._count += 1
            self._seconds += seconds
            for place, bound in enumerate(BOUNDS):
                self._within[place] += seconds <= bound

    def spread(self) -> Spread:
        """All so far."""
        with self._counting:
            return Spread(tuple(self._within), self._count, self._seconds)
