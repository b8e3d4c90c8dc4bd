"""A clock that processes share: it runs as the wall's does, and jumps where somebody waits.

What is shared is a page of memory that forks inherit: how far the clock has jumped, how many cycles
there were, and which process is to be killed.
"""

import mmap
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

_AHEAD = struct.Struct("d")
_NUMBER = struct.Struct("q")


class Shared:
    """The page. One process at a time writes to it."""

    def __init__(self) -> None:
        """Nothing has jumped, nobody is to be killed."""
        self._page = mmap.mmap(-1, mmap.PAGESIZE)

    @property
    def ahead(self) -> float:
        """Seconds that the clock has jumped."""
        return float(_AHEAD.unpack_from(self._page, 0)[0])

    def jump(self, seconds: float) -> None:
        """Move the clock of everybody on."""
        _AHEAD.pack_into(self._page, 0, self.ahead + seconds)

    @property
    def victim(self) -> int:
        """Whom to kill; 0 for nobody."""
        return int(_NUMBER.unpack_from(self._page, 8)[0])

    def offer(self) -> None:
        """This process is the one."""
        _NUMBER.pack_into(self._page, 8, os.getpid())

    @property
    def turn(self) -> int:
        """The number of the cycle that is run; 0 before the first."""
        return int(_NUMBER.unpack_from(self._page, 16)[0])

    def next_turn(self) -> None:
        """Another one begins."""
        _NUMBER.pack_into(self._page, 16, self.turn + 1)


@dataclass(frozen=True, slots=True)
class JumpClock:
    """Tells ``at`` and what has passed since, by the wall and by jumps."""

    at: datetime
    shared: Shared = field(default_factory=Shared)
    pause: float = 0.012
    began: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """The moment."""
        passed = time.monotonic() - self.began + self.shared.ahead
        return self.at + timedelta(seconds=passed)

    def sleep(self, seconds: float) -> None:
        """Jump, and let others see it: a stand-in tells its news some milliseconds later."""
        self.shared.jump(seconds)
        Event().wait(min(self.pause, seconds))


@dataclass(frozen=True, slots=True)
class HearingClock(JumpClock):
    """One whose waits the broker's news end, as those of a daemon; ``heard`` is then called."""

    heard: Callable[[], None] = lambda: None

    def sleep_unless(self, seconds: float, news: Callable[[float], bool]) -> None:
        """Jump by a part of the time, so that there may be news, and by the rest without."""
        self.shared.jump(min(seconds, 0.5))
        if news(0.3):
            self.heard()
        else:
            self.shared.jump(max(seconds - 0.5, 0))
