"""How fast orders leave: no faster than the broker takes them, with room kept for cancellations."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

WINDOW_SECONDS = 10
"""Over so long the pace is judged: a broker that was slow is caught up with that far."""


def too_early(sent_at: Sequence[datetime], now: datetime, per_second: Decimal) -> float:
    """Seconds until another order may leave; 0 where it may now.

    ``per_second`` is the pace of the broker's adapter, at most three quarters of the messages that
    the broker takes: a quarter is for cancellations and look-ups, whatever is being sent.
    """
    most = max(1, int(per_second * WINDOW_SECONDS))
    if len(sent_at) < most:
        return 0.0
    free = sent_at[-most] + timedelta(seconds=WINDOW_SECONDS)
    return max((free - now).total_seconds(), 0.0)
