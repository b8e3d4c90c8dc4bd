"""How an order is worked: what is sent of it, when, at which price, and when it is given up.

Read ``ladder`` (prices from the near touch to the far one), ``machine`` (one leg of a plan: state
and event give state and commands; never two orders that may be live), ``schedule`` (how a large
order is spread over time) and ``waves`` (all legs of a plan in step, so that each wave pays for
itself).
"""

from strategies.working.ladder import Ladder, worst_price
from strategies.working.machine import (
    Cancel,
    Command,
    Ended,
    Event,
    Lost,
    Phase,
    Send,
    Terms,
    Tick,
    Traded,
    Worked,
    advance,
    begin,
    looked,
)
from strategies.working.schedule import (
    BadSchedule,
    Frictions,
    Trajectory,
    almgren_chriss,
    participation,
    twap,
)
from strategies.working.waves import Large, Pace, cut_in, fractions, part, slices, worthwhile

__all__ = [
    "BadSchedule",
    "Cancel",
    "Command",
    "Ended",
    "Event",
    "Frictions",
    "Ladder",
    "Large",
    "Lost",
    "Pace",
    "Phase",
    "Send",
    "Terms",
    "Tick",
    "Traded",
    "Trajectory",
    "Worked",
    "advance",
    "almgren_chriss",
    "begin",
    "cut_in",
    "fractions",
    "looked",
    "part",
    "participation",
    "slices",
    "twap",
    "worst_price",
    "worthwhile",
]
