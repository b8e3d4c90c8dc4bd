"""Two splits of one name on one day: a reverse split, and a forward split right behind it.

Companies do so to pay out their small holders, as the notices of a "reverse/forward split" tell:
one for a hundred, the fraction in cash, then a hundred for one, effective on the same day.
"""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lot_journals import VTI, D, add_up, day_of, events, lots_text, realized_text

from brokers.words import Split, Transfer
from strategies.lots.actions.several import splits_by_day
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
    # 0.5 of 1.5 are paid, as one share of today's; 1 becomes 2.
    (
        "two for one behind it",
        "split 0.01 lieu 480",
        "split 2",
        "2@500/24-01-02",
        "1 for 480 less 500 long cash-in-lieu",
    ),
    # 150 shares at three for two leave no fraction: so 1.5 came first, and 0.5 of them is paid, as
    # 0.75 of today's; 1 becomes 1.5, of which 0.5 is paid again.
    (
        "a fraction is paid after each",
        "split 0.01 lieu 480",
        "split 1.5 lieu 300",
        "1@666.666666667/24-01-02",
        (
            "0.75 for 480 less 500 long cash-in-lieu"
            "  0.5 for 300 less 333.333333333 long cash-in-lieu"
        ),
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
    down, up = (f"{DAY} split 0.15 lieu 5", f"{DAY} split 1.5")
    assert str(caught.value) == (
        f"VTI: {down} and {up} are all of 2025-03-03, and which of them came first, and so which"
        " fraction was paid for, is not known"
    )
    assert f"trimtab lots retract {down} (or another)" in caught.value.remedy
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
    assert lots_text(add_up([split[0], twin, one, *booked])) == "20@50/24-01-02"


def test_a_split_with_cash_told_twice_stands_for_the_records_of_both() -> None:
    """The broker's record came first without the cash that the owner tells of."""
    told = events(f"24-01-02 buy 15@100; {DAY} split 0.1 lieu 700; {DAY} in 1@?")
    plain, paid = "0.5 for 700 less 500 long cash-in-lieu", "1@1000/24-01-02"
    (split,) = (each for each in told if isinstance(each, Split))
    (came,) = (each for each in told if isinstance(each, Transfer))
    twin = replace(split, action_id="broker", cash_in_lieu=None, records=(came.transfer_id,))
    for pair in permutations((split, twin)):
        found = add_up([told[0], *pair, came])
        assert (lots_text(found), realized_text(found)) == (paid, plain)


@pytest.mark.parametrize(
    ("ratios", "product"),
    [("0.01 150", "1.5"), ("0.333333333 2", "0.6666666667"), ("0.1 5", "0.5"), ("0.5 2", None)],
)
def test_the_splits_of_a_day_are_what_they_come_to(ratios: str, product: str | None) -> None:
    told = [Split(ratio, VTI, D(ratio), day_of(DAY)) for ratio in ratios.split()]
    found = [round(one.ratio, 10) for one in splits_by_day(told)]
    assert found == ([] if product is None else [D(product)])


@pytest.mark.parametrize("wrong", ["split 0.1 lieu -5", "split 0.1 lieu NaN"])
def test_each_split_of_a_day_is_checked(wrong: str) -> None:
    with pytest.raises(BadAction, match="in lieu") as caught:
        add_up(events(f"24-01-02 buy 15@100; {DAY} {wrong}; {DAY} split 3"))
    assert "Form 8937" in caught.value.remedy


def _split(day: str, ratio: str, account: str = "") -> Trade:
    told = D(ratio), D(0), D(0)
    return Trade(day_of(day), account, "", "A", "split", *told, "", "")


def test_in_a_file_too_a_reverse_and_a_forward_split_are_two() -> None:
    found = Journal([_split(DAY, "0.01", "x"), _split(DAY, "100"), _split(DAY, "0.01", "y")], None)
    assert sorted(split.ratio for split in found.splits) == [D("0.01"), 100]
    with pytest.raises(BadTrade, match="was split on 2025-03-03 already"):
        Journal([_split(DAY, "2"), _split("25-03-04", "3")], None)
