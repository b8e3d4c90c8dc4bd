"""How often TWS may be asked: a sliding second, of which orders and cancellations own the rest.

TWS takes 50 messages a second (the number of market-data lines over two) and ends the connection
of who sends more. The library has a throttle of its own, a queue that is thrown away when the
connection ends: an order in it was not sent, and nobody is told. That throttle is switched off,
and this one lets nothing wait where it cannot be seen.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

WINDOW_SECONDS = 1.0
MARGIN_SECONDS = 0.002


class Urgency(IntEnum):
    """What a message is for; the value is how many % of the second it must leave to others."""

    CANCEL = 0
    SUBMIT = 10
    LOOK = 20


@dataclass(slots=True)
class Pace:
    """Messages of the last second. ``seconds`` tells a time that never runs back."""

    per_second: int
    seconds: Callable[[], float]
    sent: deque[float] = field(default_factory=deque)
    turns: dict[Urgency, asyncio.Lock] = field(default_factory=dict)
    """Who waits, by urgency: the first alone watches the time, and the rest wait for their turn."""

    async def take(self, urgency: Urgency, ahead: int = 1) -> None:
        """Count one message, once there is room for those ``ahead`` that are to leave together.

        Most of a second's are waited for and not all, lest one of somebody else's, a heartbeat,
        hold them up for a second more. What leaves at once is also answered at once.
        """
        together = max(1, min(ahead, self._free(urgency) * 3 // 4))
        async with self.turns.setdefault(urgency, asyncio.Lock()):
            while (gap := self.gap(urgency, together)) > 0:
                await asyncio.sleep(gap)
            self.sent.append(self.seconds())

    def take_now(self, urgency: Urgency) -> bool:
        """Count one message where there is room for it now and nobody waits for that room."""
        turn = self.turns.get(urgency)
        if (turn is not None and turn.locked()) or self.gap(urgency) > 0:
            return False
        self.sent.append(self.seconds())
        return True

    def left(self, count: int) -> None:
        """The last ``count`` messages left only now, all at once, so that all age at once."""
        now = self.seconds()
        for place in range(len(self.sent) - count, len(self.sent)):
            self.sent[place] = now

    def _free(self, urgency: Urgency) -> int:
        """Messages of ``urgency`` that a second holds."""
        return max(1, self.per_second * (100 - urgency) // 100)

    def gap(self, urgency: Urgency, count: int = 1) -> float:
        """Seconds until ``count`` of ``urgency`` fit into the window; 0 where they do now."""
        now = self.seconds()
        while self.sent and self.sent[0] <= now - WINDOW_SECONDS:
            self.sent.popleft()
        over = len(self.sent) + count - self._free(urgency)
        if over <= 0:
            return 0.0
        return max(self.sent[over - 1] + WINDOW_SECONDS + MARGIN_SECONDS - now, 0.0)
