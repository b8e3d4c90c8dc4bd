"""Harvesting: which lots would be sold at a loss today, what that is worth, and why not the others.

Read ``nouns.py``, then ``ladder.py`` (the lots that the broker will really sell, in its order),
``deals.py`` (a sale of the first of them: losses, washes, costs), ``replace.py`` (what is bought
instead), ``choose.py`` (one after the other, through the year's gains) and ``told.py`` (a sentence
for each lot). ``calendar.py`` tells what may be bought or sold when. Nothing here trades.
"""

from strategies.harvest.calendar import calendar
from strategies.harvest.choose import candidates
from strategies.harvest.nouns import (
    Candidate,
    Kept,
    Spent,
    Substitute,
    Taxes,
    Verdict,
    Wishes,
)
from strategies.harvest.year import realised
from strategies.washes.home import Home

__all__ = [
    "Candidate",
    "Home",
    "Kept",
    "Spent",
    "Substitute",
    "Taxes",
    "Verdict",
    "Wishes",
    "calendar",
    "candidates",
    "realised",
]
