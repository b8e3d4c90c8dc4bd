"""Whether an order may leave at this moment: halts, locks, its own time, the session."""

from datetime import timedelta

from bot.gate.passage import Moment, Passage
from brokers.words import Order


def halt(_order: Order, _passage: Passage, moment: Moment) -> str:
    """What has stopped the account, if anything has."""
    return moment.halted


def expired(_order: Order, _passage: Passage, moment: Moment) -> str:
    """Whether its own time to be sent has passed."""
    return "" if moment.now <= moment.send_before else "its time to be sent has passed"


def window(_order: Order, passage: Passage, moment: Moment) -> str:
    """Whether the session is open, and neither just opened nor about to close."""
    opens = passage.session.opens + timedelta(minutes=passage.limits.after_open_minutes)
    closes = passage.session.closes - timedelta(minutes=passage.limits.before_close_minutes)
    if not opens <= moment.now <= closes:
        return f"orders leave between {opens:%H:%M} and {closes:%H:%M} UTC only"
    if abs(moment.clock_off_seconds) > passage.limits.clock_stop_seconds:
        return f"this clock and the broker's differ by {moment.clock_off_seconds:.1f} s"
    return "" if moment.is_open else "the broker says that the market is closed"


def lock(_order: Order, _passage: Passage, moment: Moment) -> str:
    """Why the name is locked, if it is."""
    return moment.lock
