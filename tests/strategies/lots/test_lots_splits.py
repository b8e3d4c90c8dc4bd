"""Two splits of one name on one day: a reverse split, and a forward split right behind it.

Companies do so to pay out their small holders, as the notices of a "reverse/forward split" tell:
one for a hundred, the fraction in cash, then a hundred for one, effective on the same day.
"""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lot_journals import D, add_up, day_of, events, lots_text, realized_text

from brokers.words import Split, Transfer
from strategies.lots.errors import BadAction
from strategies.washes.journal import Journal
from strategies.washes.nouns import BadTrade, Trade

DAY = "25-03-03"
CASES = [
    ("there and back, fractions kept", "split 0.01", "split 100", "150@10/24-01-02", "-"),
    ("out of thirds nothing is rounded", "split 0.333333333", "split 3", "150@10/24-01-02", "-"),
    # 150 become 1.5; 0.5 is paid, as 50 of today's shares; 1 becomes 100.
    (
        "the fraction is paid between them",
        "split 0.01 lieu 480",
        "split 100",
        "100@10/24-01-02",
        "50 for 480 less 500 long cash-in-lieu",
    ),
    (
        "told twice, by the broker and by the owner with the cash",
        "split 0.01",
        "split 0.01 lieu 480",
        "1@1000/24-01-02",
        "0.5 for 480 less 500 long cash-in-lieu",
    ),
]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("what", "first", "second", "lots", "realized"), CASES)
def test_both_are_done_whoever_is_told_first(
    what: str, first: str, second: str, lots: str, realized: str, *, turned: bool
) -> None:
    told = [f"{DAY} {first}", f"{DAY} {second}"]
    journal = "; ".join(["24-01-02 buy 150@10", *(told[::-1] if turned else told)])
    found = add_up(events(journal))
    assert (lots_text(found), realized_text(found)) == (lots, realized), what


def test_what_is_ambiguous_says_how_it_is_told() -> None:
    journal = f"24-01-02 buy 10@100; {DAY} split 0.15 lieu 5; {DAY} split 1.5"
    with pytest.raises(BadAction, match="which of them came first") as caught:
        add_up(events(journal))
    assert "trimtab lots retract" in caught.value.remedy
    day_after = journal.replace(f"{DAY} split 1.5", "25-03-04 split 1.5")
    assert (
        realized_text(add_up(events(day_after))) == "0.5 for 5 less 333.333333333 long cash-in-lieu"
    )


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["0.01", "0.1", "0.333333333", "0.5"]),
    st.sampled_from(["1.5", "2", "3", "100"]),
    st.integers(1, 5000),
)
def test_order_changes_nothing_and_no_basis_is_lost(down: str, up: str, shares: int) -> None:
    outcomes = set()
    for order in permutations((down, up)):
        lines = [f"24-01-02 buy {shares}@7", *(f"{DAY} split {ratio}" for ratio in order)]
        found = add_up(events("; ".join(lines)))
        cost = sum((lot.cost or D(0) for lots in found.lots.values() for lot in lots), D(0))
        assert abs(cost - 7 * shares) < D("1e-6")
        outcomes.add(lots_text(found))
    assert len(outcomes) == 1


def test_a_split_told_twice_stands_for_the_records_of_both() -> None:
    asked, split = "q1", events(f"24-01-02 buy 10@100; {DAY} split 2")
    (one,) = (each for each in split if isinstance(each, Split))
    twin = Split("owner", one.symbol, one.ratio, one.effective, records=(asked,))
    came = events(f"{DAY} in 10@?")
    booked = [replace(each, transfer_id=asked) for each in came if isinstance(each, Transfer)]
    assert lots_text(add_up([*split, twin, *booked])) == "20@50/24-01-02"


def _split(day: str, ratio: str, account: str = "") -> Trade:
    told = D(ratio), D(0), D(0)
    return Trade(day_of(day), account, "", "A", "split", *told, "", "")


def test_in_a_file_too_a_reverse_and_a_forward_split_are_two() -> None:
    found = Journal([_split(DAY, "0.01", "x"), _split(DAY, "100"), _split(DAY, "0.01", "y")], None)
    assert sorted(split.ratio for split in found.splits) == [D("0.01"), 100]
    with pytest.raises(BadTrade, match="was split on 2025-03-03 already"):
        Journal([_split(DAY, "2"), _split("25-03-04", "3")], None)
