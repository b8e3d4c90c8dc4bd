"""Carry a plan out: sells first, then the buys that they fund, each wave committed first.

An order that is not done when its time is over is cancelled, and the cancellation is confirmed
before anything else; what is left to trade is planned afresh by a later cycle, never resent.

Read ``carry`` (wave by wave), ``sending`` (one wave leaves), ``waiting`` (what is in the market is
looked at and taken back), ``auctions`` (what waits for the close), then ``passages``: what the gate
judges the orders by.
"""

from bot.carry.auctions import at_auction, for_auction, open_for_auction
from bot.carry.carry import carry_out
from bot.carry.passages import open_passage
from bot.carry.waiting import withdraw

__all__ = [
    "at_auction",
    "carry_out",
    "for_auction",
    "open_for_auction",
    "open_passage",
    "withdraw",
]
