"""Rows that cannot be true, word for word: where they are, what is wrong, and what helps."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from strategies.washes.checks import OUTSIDE_THE_LEDGER
from strategies.washes.ledger import household
from strategies.washes.nouns import BadTrade, Trade
from tests.strategies.washes.test_washes_queries import trade

D = Decimal
TODAY = date(2024, 6, 14)
BUY = trade("2024-01-02 buy 10 VTI @ 100 in main as A")
SELL = trade("2024-06-14 sell 10 VTI @ 80 in main as A")
SPLIT = trade("2023-12-01 split 2 VTI @ 0 in main as -")

SIDES = "one of buy, sell, reinvest, split"
KINDS = "one of taxable, ira, roth, hsa, 401k"
HAND = "work out their wash sales by hand; harvest nothing"
PLAIN = "write a plain number"

ROWS = [
    (replace(BUY, side=""), "side", "nothing is no side", SIDES),
    (replace(BUY, side="Buy"), "side", "Buy is no side", SIDES),
    (
        replace(BUY, side="Short"),
        "side",
        "Short: short sales and options are outside this ledger",
        HAND,
    ),
    (replace(BUY, symbol=""), "symbol", "names no security", "write its symbol"),
    (replace(SPLIT, symbol=""), "symbol", "names no security", "write its symbol"),
    (replace(BUY, account=""), "account", "names no account", "write the name of the account"),
    (replace(BUY, kind=""), "kind", "nothing is no kind of account", KINDS),
    (replace(BUY, kind="IRA"), "kind", "IRA is no kind of account", KINDS),
    (replace(BUY, lot="A;B"), "lot", "a buy is one lot", "leave out the semicolon"),
    (replace(BUY, quantity=D("NaN")), "quantity", "NaN is no amount", PLAIN),
    (replace(BUY, price=D("Infinity")), "price", "Infinity is no amount", PLAIN),
    (replace(BUY, fee=D("-1e16")), "fee", "-1E+16 is no amount", PLAIN),
    (
        replace(BUY, quantity=D("1000000000000001")),
        "quantity",
        "1000000000000001 is no amount",
        PLAIN,
    ),
    (
        replace(BUY, quantity=D(0)),
        "quantity",
        "0 is not above zero",
        "the side tells a sale from a buy",
    ),
    (
        replace(SPLIT, quantity=D(-2)),
        "quantity",
        "-2 is not above zero",
        "the side tells a sale from a buy",
    ),
    (
        replace(BUY, quantity=D("0.0000000001")),
        "quantity",
        "1E-10 has more than 9 decimals",
        "round it as the broker does",
    ),
    (
        replace(BUY, price=D("-0.01")),
        "price",
        "-0.01 is below zero",
        "write what a share cost",
    ),
    (
        replace(BUY, fee=D("-1000.01")),
        "fee",
        "-1000.01 makes the basis negative",
        "a fee is positive, a rebate less than the price",
    ),
    (replace(BUY, day=date(1899, 12, 31)), "date", "1899-12-31 is long ago", "see the year"),
    (
        replace(BUY, day=date(2024, 6, 15)),
        "date",
        "2024-06-15 is in the future: today is 2024-06-14",
        "only trades that have happened count",
    ),
    (
        replace(SELL, kind="ira"),
        "kind",
        "main is ira here and taxable in another row",
        "an account is of one kind",
    ),
    (
        replace(BUY, price=D(101)),
        "lot",
        "lot A of main is there already, and not the same",
        "give each buy of an account a lot of its own",
    ),
    (
        replace(SELL, lot="C"),
        "lot",
        "main has no lot C",
        "name lots that were bought in the same account",
    ),
    (replace(SELL, symbol="BND"), "lot", "lot A is VTI, not BND", "see both symbols"),
    (
        replace(SELL, day=date(2024, 1, 1)),
        "lot",
        "lot A was bought after 2024-01-01",
        "see both dates",
    ),
    (
        replace(SELL, quantity=D(11)),
        "quantity",
        "11 VTI sold from lot A of main, which held 10",
        "bring in what was bought before; see that no sale is there twice",
    ),
    (
        replace(SELL, quantity=D("10.000000001"), lot=""),
        "quantity",
        "10.000000001 VTI sold from main, which held 10",
        "bring in what was bought before; see that no sale is there twice",
    ),
    (
        replace(SPLIT, quantity=D(3), day=date(2023, 12, 8)),
        "date",
        "VTI was split on 2023-12-01 already",
        "tell each split once, on its first day; of two the product of both",
    ),
]


@pytest.mark.parametrize(("row", "field", "what", "remedy"), ROWS)
def test_the_first_row_that_cannot_be_true_is_told(
    row: Trade, field: str, what: str, remedy: str
) -> None:
    before = [replace(BUY, account="hers", lot="X"), BUY, SPLIT]
    with pytest.raises(BadTrade) as caught:
        household([*before, row], today=TODAY)
    found = caught.value
    assert (found.place, found.field, found.what, found.remedy) == (3, field, what, remedy)
    assert str(found) == what


def test_a_mistake_may_have_no_remedy() -> None:
    found = BadTrade(3, "lot", "odd")
    assert (found.place, found.field, found.what, found.remedy) == (3, "lot", "odd", "")


@pytest.mark.parametrize("side", sorted(OUTSIDE_THE_LEDGER))
def test_what_is_no_plain_trade_is_left_to_the_owner(side: str) -> None:
    for told in (side, side.upper()):
        with pytest.raises(BadTrade, match=f"^{told}: short sales and options are outside"):
            household([replace(BUY, side=told)])


EDGES = [
    replace(BUY, day=date(1900, 1, 1)),
    replace(BUY, day=TODAY),
    replace(BUY, quantity=D("1e15"), price=D(0)),
    replace(BUY, quantity=D("0.000000001"), price=D("1e15")),
    replace(BUY, quantity=D("10.00000000000"), price=D(0), fee=D(0)),
    replace(BUY, fee=D(-1000)),
    replace(BUY, side="reinvest"),
]


@pytest.mark.parametrize("row", EDGES)
def test_what_may_just_be_is_taken_as_it_is(row: Trade) -> None:
    (found,) = household([row], today=TODAY).open_lots
    assert (found.quantity, found.acquired) == (row.quantity, row.day)
    assert found.basis == row.quantity * row.price + row.fee


def test_a_fee_may_be_more_than_a_sale_brings() -> None:
    """A worthless share that is sold for nothing and costs a dollar is a loss of a dollar more."""
    sale = replace(SELL, price=D(0), fee=D(1))
    (found,) = household([BUY, sale]).disposals
    assert (found.proceeds, found.gain) == (-1, -1001)


def test_a_split_names_no_account_and_no_kind() -> None:
    split = replace(SPLIT, day=date(2024, 3, 1))
    ledger = household([BUY, replace(split, account="", kind="")])
    assert [lot.quantity for lot in ledger.open_lots] == [20]
    assert household([BUY, replace(split, account="main", kind="ira")]).open_lots[0].quantity == 20


def test_of_two_lots_too_small_for_a_sale_both_are_named() -> None:
    rows = [BUY, replace(BUY, lot="B"), replace(SELL, lot="A; B", quantity=D(21))]
    with pytest.raises(BadTrade, match="21 VTI sold from lots A; B of main, which held 20"):
        household(rows)


def test_a_sale_may_name_a_lot_twice_and_leave_names_empty() -> None:
    rows = [BUY, replace(BUY, lot="B", price=D(70))]
    sale = replace(SELL, lot=" B ;; A;B ", quantity=D(12))
    found = household([*rows, sale]).disposals
    assert {one.lot: one.quantity for one in found} == {"A": 2, "B": 10}
