"""How often Alpaca may be asked: a sliding minute, of which cancellations own the last part.

Two hundred requests a minute is what Alpaca grants an account. Whoever spends them on looking
cannot cancel any more, so a reading stops before an order does, and an order before a cancel.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

WINDOW_SECONDS = 60.0
MARGIN_SECONDS = 0.05


class Urgency(IntEnum):
    """What a request is for; the value is how much of the minute's budget, in %, it must leave."""

    CANCEL = 0
    SUBMIT = 5
    LOOK = 10


@dataclass(slots=True)
class Pace:
    """Requests of the last minute. ``seconds`` tells a time that never runs back."""

    per_minute: int
    seconds: Callable[[], float]
    pause: Callable[[float], object]
    sent: deque[float] = field(default_factory=deque)

    def take(self, urgency: Urgency, patience: float) -> bool:
        """Count one request, after waiting up to ``patience`` seconds; False if that is short."""
        waited = 0.0
        while (gap := self._gap(urgency)) > 0:
            if waited + gap > patience:
                return False
            self.pause(gap)
            waited += gap
        self.sent.append(self.seconds())
        return True

    def _gap(self, urgency: Urgency) -> float:
        """Seconds until a request of ``urgency`` fits into the window; 0 where it does now."""
        now = self.seconds()
        while self.sent and self.sent[0] <= now - WINDOW_SECONDS:
            self.sent.popleft()
        free = max(1, self.per_minute * (100 - urgency) // 100)
        if len(self.sent) < free:
            return 0.0
        return self.sent[len(self.sent) - free] + WINDOW_SECONDS + MARGIN_SECONDS - now


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the stream waits for what, in seconds, and how often it may wake who waits."""

    quiet: float = 15.0
    """Nothing came for so long: the other end is asked whether it is there."""
    turn: float = 0.2
    """A name waits so long at most to be subscribed at the stream of quotes."""
    answer: float = 10.0
    """It may take so long to answer that, to let us in, and to be connected to."""
    again: float = 0.5
    """The first pause until a link is tried again; each is twice as long as the one before."""
    again_max: float = 60.0
    stood: float = 30.0
    """A link that stood so long was a good one: the pause after it is the first."""
    unwanted: float = 300.0
    """Nobody has waited for so long: the link is let go of."""
    burst: int = 4
    """Looks at once. Each is a handful of requests, of which Alpaca counts 200 a minute."""
    every: float = 5.0
    """Time that makes one more, so that many messages make hardly more looks than none."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What tells the time: of day, in seconds that never run back, and in requests a minute."""

    now: Callable[[], datetime]
    seconds: Callable[[], float]
    pace: Callable[[], Pace]
    """Makes a budget of requests; each interface has one of its own."""
    patience: Patience = Patience()
