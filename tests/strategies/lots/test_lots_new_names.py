"""A new name and something else on one day: what is told of the new name comes after it.

Companies like to do both at once: a new name on the morning of a reverse split, told of under the
new name by some brokers and under the old one by others.
"""

from itertools import permutations

import pytest
from lot_journals import add_up, events, lots_text, realized_text

HELD = "24-01-02 buy 100@10"
DAY = "25-03-03"
CASES = [
    ("told under the new name", f"rename NEW; NEW: {DAY} split 0.25", "NEW 25@40/24-01-02", "-"),
    ("told under the old name", f"rename NEW; {DAY} split 0.25", "NEW 25@40/24-01-02", "-"),
    (
        "with cash for the fraction",
        f"rename NEW; NEW: {DAY} split 0.125 lieu 45",
        "NEW 12@80/24-01-02",
        "0.5 for 45 less 40 long cash-in-lieu",
    ),
    (
        "a return of capital is for shares after the split",
        f"rename NEW; NEW: {DAY} split 0.25; NEW: {DAY} capital 4",
        "NEW 25@36/24-01-02",
        "-",
    ),
    (
        "two names in a day",
        f"rename MID; MID: {DAY} rename NEW; NEW: {DAY} split 2",
        "NEW 200@5/24-01-02",
        "-",
    ),
    (
        "each name has a split of its own",
        f"rename MID; MID: {DAY} rename NEW; MID: {DAY} split 2; NEW: {DAY} split 0.1",
        "NEW 20@50/24-01-02",
        "-",
    ),
    (
        "the parts of a company under its new name",
        f"rename NEW; NEW: {DAY} spin KID 0.5 share 0.2",
        "KID 50@4/24-01-02  NEW 100@8/24-01-02",
        "-",
    ),
    ("of another day", "rename NEW; NEW: 25-03-04 split 0.25", "NEW 25@40/24-01-02", "-"),
    ("before it was its name", "rename NEW; NEW: 25-02-28 split 0.25", "NEW 100@10/24-01-02", "-"),
    ("away and back", f"rename NEW; NEW: {DAY} rename VTI; {DAY} split 2", "200@5/24-01-02", "-"),
]


@pytest.mark.parametrize(("what", "day", "lots", "realized"), CASES)
def test_whoever_is_told_first(what: str, day: str, lots: str, realized: str) -> None:
    told = events(f"{HELD}; {DAY} {day}")
    for order in permutations(told):
        found = add_up(order)
        assert (lots_text(found), realized_text(found)) == (lots, realized), what
