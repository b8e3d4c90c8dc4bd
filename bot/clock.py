"""Time as an argument: what tells it and what waits. The real one lives in ``bot/daemon``."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from brokers.broker import Market, Pushes


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """The moment, aware and in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait ``seconds``, or less where the machine is asked to stop."""
        ...


@runtime_checkable
class Wakeable(Protocol):
    """A clock whose waits somebody else can end: one that keeps real time."""

    def sleep_unless(self, seconds: float, news: Callable[[float], bool]) -> None:
        """Wait ``seconds``, or until ``news``, which waits a part of them, says there is some."""
        ...


def wait_for_news(seconds: float, clock: Clock, market: Market) -> None:
    """Wait ``seconds``, or less where the broker is heard of.

    A broker that does not push is waited for as ever, and so is any broker by a clock that is not
    real: what happens in its time does not hang on threads.
    """
    pushes = market.capabilities.pushes
    if pushes and isinstance(market, Pushes) and isinstance(clock, Wakeable):
        clock.sleep_unless(seconds, market.await_news)
    else:
        clock.sleep(seconds)


class VirtualClock:
    """A clock that stands still until somebody waits: waiting takes no time and moves it on.

    Not for several threads: whoever replays days does so one step after the other.
    """

    def __init__(self, start: datetime) -> None:
        """Begin at ``start``, which must be aware."""
        assert start.tzinfo is not None, "a clock tells aware moments"
        self._now = start

    def now(self) -> datetime:
        """The moment it stands at."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on by ``seconds`` at once."""
        assert seconds >= 0, "time does not run back"
        self._now += timedelta(seconds=seconds)

    def move_to(self, moment: datetime) -> None:
        """Move on to ``moment``; stay where that has already passed."""
        self._now = max(self._now, moment)
