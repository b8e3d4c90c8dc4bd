"""Rows as they come, in order: what is repeated is told, what has no name gets one."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest

from strategies.washes.journal import Journal, purchase_of, purchase_order, sales_by_day
from strategies.washes.ledger import household
from strategies.washes.nouns import BadTrade, Note, Split, Trade
from tests.strategies.washes.test_washes_queries import trade

D = Decimal
BUY = trade("2024-01-02 buy 10 VTI @ 100 in main as A")
SALE = trade("2024-03-01 sell 4 VTI @ 80 in main as -")
NAMELESS = replace(BUY, lot="")
SPLIT = trade("2024-05-01 split 2 VTI @ 0 in main as -")
AGAIN = "is like a {} before it: {}"
FILL, ONCE = "counted as another fill", "counted once, as its lots are"


def journal(*rows: Trade) -> Journal:
    return Journal(rows, None)


def notes(*rows: Trade) -> list[Note]:
    return [*journal(*rows).notes]


def test_a_lot_that_is_told_again_counts_once() -> None:
    found = journal(BUY, SALE, BUY)
    assert found.buys == [(0, BUY)]
    assert found.notes == [Note(2, "repeats lot A: counted once")]
    other = replace(BUY, account="hers")
    assert journal(BUY, other).notes == []
    assert [row for _, row in journal(BUY, other).buys] == [other, BUY]


def test_two_like_sales_are_two_fills() -> None:
    found = journal(BUY, SALE, SALE, SALE)
    assert [place for place, _ in found.sales] == [1, 2, 3]
    said = AGAIN.format("sell", FILL)
    assert found.notes == [Note(2, said), Note(3, said)]


def test_where_lots_come_twice_so_do_their_sales() -> None:
    """Six like sales in two copies of an export are three; five are three, too."""
    for count in (5, 6):
        found = journal(BUY, BUY, *[SALE] * count)
        assert [place for place, _ in found.sales] == [2, 3, 4]
        told = [FILL, FILL, *[ONCE] * (count - 3)]
        expected = [Note(at, AGAIN.format("sell", what)) for at, what in enumerate(told, start=3)]
        assert found.notes == [Note(1, "repeats lot A: counted once"), *expected]


def test_the_lot_that_came_most_often_tells_how_many_copies_there_are() -> None:
    other = replace(BUY, lot="B")
    rows = [other, BUY, BUY, BUY, SALE, SALE, SALE, replace(SALE, price=D(81))]
    assert [(place, row.price) for place, row in journal(*rows).sales] == [(4, 80), (7, 81)]


def test_like_buys_without_a_name_are_told_as_sales_are() -> None:
    assert len(journal(NAMELESS, NAMELESS).buys) == 2
    assert notes(NAMELESS, NAMELESS) == [Note(1, AGAIN.format("buy", FILL))]
    dripped = replace(NAMELESS, side="reinvest")
    assert len(journal(BUY, BUY, dripped, dripped).buys) == 2
    assert notes(BUY, BUY, dripped, dripped)[-1] == Note(3, AGAIN.format("reinvest", ONCE))


def test_names_are_made_of_symbol_day_and_number_whatever_the_order() -> None:
    rows = (
        NAMELESS,
        replace(NAMELESS, price=D(99)),
        replace(NAMELESS, account="hers"),
        replace(NAMELESS, quantity=D(9)),
        replace(NAMELESS, fee=D(-1)),
        replace(NAMELESS, symbol="BND"),
        replace(BUY, lot="VTI 2024-01-02 #2", quantity=D(7)),
    )
    told = {
        (row.account, row.symbol, row.price, row.quantity, row.fee): row.lot
        for _, row in journal(*rows).buys
    }
    assert told == {
        ("hers", "VTI", 100, 10, 0): "VTI 2024-01-02 #1",
        ("main", "VTI", 100, 7, 0): "VTI 2024-01-02 #2",
        ("main", "VTI", 99, 10, 0): "VTI 2024-01-02 #3",
        ("main", "VTI", 100, 9, 0): "VTI 2024-01-02 #4",
        ("main", "VTI", 100, 10, -1): "VTI 2024-01-02 #5",
        ("main", "VTI", 100, 10, 0): "VTI 2024-01-02 #6",
        ("main", "BND", 100, 10, 0): "BND 2024-01-02 #1",
    }
    assert {row.lot for _, row in journal(*rows[::-1]).buys} == set(told.values())


def test_purchases_go_by_day_then_name_then_account() -> None:
    later = replace(BUY, day=SALE.day)
    rows = (later, replace(BUY, lot="B"), BUY, replace(BUY, account="hers"))
    rows = (replace(rows[0], lot="0"), *rows[1:])
    ordered = [(row.lot, row.account) for _, row in journal(*rows).buys]
    assert ordered == [("A", "hers"), ("A", "main"), ("B", "main"), ("0", "main")]
    assert purchase_order(BUY) == (BUY.day, "A", "main")


SALES = (
    replace(SALE, lot="A", price=D(99), quantity=D(1)),  # those that name lots first
    SALE,
    replace(SALE, quantity=D(5)),
    replace(SALE, quantity=D(5), fee=D(1)),
    replace(SALE, quantity=D(5), fee=D(1), account="other"),
    replace(SALE, quantity=D(5), fee=D(1), account="other", symbol="WWW"),
    replace(SALE, price=D(81), quantity=D(1)),
    replace(SALE, day=SPLIT.day, price=D(1)),
)


@pytest.mark.parametrize("turn", range(8))
def test_sales_go_by_day_name_price_quantity_and_fee(turn: int) -> None:
    rows = [*SALES[turn:], *SALES[:turn]][::-1]
    found = journal(BUY, *rows).sales
    assert [row for _, row in found] == [*SALES]
    by_day = sales_by_day(found)
    assert [len(by_day[day.toordinal()]) for day in (SALE.day, SPLIT.day)] == [7, 1]


def test_a_purchase_is_an_order_or_a_lot() -> None:
    assert purchase_of(BUY) == "lot A of main"
    assert purchase_of(replace(BUY, order="7")) == "order 7"


def test_an_order_in_several_accounts_is_told() -> None:
    """Each account that it turns up in beside the one before it."""
    rows = [
        replace(BUY, lot=lot, account=account, order="7")
        for lot, account in [("A", "main"), ("B", "main"), ("C", "hers"), ("D", "hers")]
    ]
    said = "order 7 is in several accounts: taken as one purchase"
    assert notes(*rows) == [Note(2, said)]
    assert notes(*rows, replace(rows[0], lot="E")) == [Note(2, said), Note(4, said)]
    assert notes(rows[0], replace(rows[2], order="8")) == []
    assert notes(BUY, replace(rows[2], order="")) == []


def splits(*rows: Trade) -> Sequence[Split]:
    return journal(*rows).splits


def test_a_split_that_two_accounts_tell_is_done_once() -> None:
    twin = replace(SPLIT, account="hers")
    found = journal(SPLIT, twin)
    assert found.splits == (Split("VTI", SPLIT.day, Fraction(2)),)
    assert found.notes == [Note(1, "tells a split of VTI again: done once")]


@pytest.mark.parametrize("day", ["2024-05-02", "2024-05-08"])
def test_one_that_comes_within_a_week_is_the_same_told_otherwise(day: str) -> None:
    other = trade(f"{day} split 2 VTI @ 0 in hers as -")
    for place, rows in ((1, (SPLIT, other)), (0, (other, SPLIT))):
        with pytest.raises(BadTrade, match="VTI was split on 2024-05-01 already") as caught:
            journal(*rows)
        assert caught.value.place == place


def test_later_ones_those_of_other_names_and_the_other_way_are_splits_of_their_own() -> None:
    later = trade("2024-05-09 split 2 VTI @ 0 in main as -")
    other = trade("2024-05-01 split 2 BND @ 0 in main as -")
    back = trade("2024-05-03 split 0.333333333 VTI @ 0 in main as -")
    for rows in permutations((SPLIT, later, other, back)):
        assert splits(*rows) == (
            Split("BND", SPLIT.day, Fraction(2)),
            Split("VTI", SPLIT.day, Fraction(2)),
            Split("VTI", back.day, Fraction(1, 3)),
            Split("VTI", later.day, Fraction(2)),
        )


def test_notes_are_told_in_the_order_of_the_rows() -> None:
    rows = [SPLIT, SPLIT, BUY, SALE, SALE, BUY]
    assert [note.place for note in household(rows).notes] == [1, 4, 5]
