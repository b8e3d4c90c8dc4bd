"""The only room that sends an order, and the last that can refuse to.

``preflight`` judges a plan as a whole before anything is committed; ``send`` judges each order
again, at the moment of its sending, against fresh quotes and everything sent so far. A rule is a
row of a table: a name, and a function that answers with a sentence when it refuses. Every order
that may be live counts: sent, open, or of unknown fate (RTS 6, article 15(2)).

Read ``rules`` first: the table of all of them, each in the room of its subject. ``plan_rules`` has
those of a plan as a whole and what needs a person, ``past`` what was traded before, ``pace`` how
fast orders leave, ``stops`` the kill switch, ``worth`` whether anybody knows what the account is
worth. ``send`` is the only place from which an order leaves.
"""

from bot.gate.count_rules import beset, throttle
from bot.gate.passage import Moment, Passage, Past, Rule
from bot.gate.past import past
from bot.gate.plan_rules import PLAN_RULES, needs_approval, preflight
from bot.gate.repeat_rules import as_far_as_meant
from bot.gate.rules import RULES, refusal
from bot.gate.send import send
from bot.gate.size_rules import cash_floor, order_too_large
from bot.gate.stops import forbidden, last_look
from bot.gate.worth import unexplained

__all__ = [
    "PLAN_RULES",
    "RULES",
    "Moment",
    "Passage",
    "Past",
    "Rule",
    "as_far_as_meant",
    "beset",
    "cash_floor",
    "forbidden",
    "last_look",
    "needs_approval",
    "order_too_large",
    "past",
    "preflight",
    "refusal",
    "send",
    "throttle",
    "unexplained",
]
