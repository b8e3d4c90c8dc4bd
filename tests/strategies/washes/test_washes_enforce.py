"""What an order would take of the household's losses: how much, in which words, until when."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from strategies.washes.enforce import (
    NOTHING,
    Seat,
    Taken,
    locked_groups,
    recent_groups,
    taken_by_buy,
    taken_by_sale,
)
from strategies.washes.home import Home, Unseen
from strategies.washes.ledger import household
from strategies.washes.nouns import Trade
from tests.strategies.washes.test_washes_queries import GROUPS, home, trade

D = Decimal
HELD = "2024-01-02 buy 10 VTI @ 100 in main as A"
SOLD = "2024-03-01 sell 10 VTI @ 80 in main as A"
MORE = "2024-01-03 buy 10 VTI @ 90 in hers as H"
MORE_SOLD = "2024-03-08 sell 10 VTI @ 80 in hers as H"
WAS_SOLD = "VTI was sold at a loss on 2024-03-01 in main, not to be bought up to 2024-03-31"
BUY = trade("2024-03-11 buy 4 ITOT @ 50 in hers as -")
SALE = trade("2024-06-14 sell 10 VTI @ 80 in main as -")


def there(*rows: str) -> Home:
    return Home(home(*rows))


# A purchase.


def test_a_purchase_takes_what_was_sold_at_a_loss_before_it() -> None:
    found = taken_by_buy(there(HELD, SOLD), BUY)
    assert found == Taken(D(0), D(80), WAS_SOLD, date(2024, 3, 31))
    ira = taken_by_buy(there(HELD, SOLD), replace(BUY, account="ira", kind="ira"))
    assert ira == Taken(D(80), D(0), WAS_SOLD, date(2024, 3, 31))


def test_of_several_losses_the_last_is_named() -> None:
    found = taken_by_buy(there(HELD, SOLD, MORE, MORE_SOLD), replace(BUY, quantity=D(99)))
    assert found.deferred == 300
    assert found.until == date(2024, 4, 7)
    assert found.why == (
        "VTI was sold at a loss on 2024-03-08 in hers, not to be bought up to 2024-04-07"
    )


@pytest.mark.parametrize(
    "buy",
    [
        replace(BUY, symbol="BND"),
        replace(BUY, day=date(2024, 4, 1)),
        replace(BUY, day=date(2024, 2, 29)),
    ],
)
def test_another_name_and_another_day_take_nothing(buy: Trade) -> None:
    assert taken_by_buy(there(HELD, SOLD), buy) == NOTHING


def test_locks_that_are_known_are_not_worked_out_again() -> None:
    home_ = there(HELD, SOLD)
    known = locked_groups(home_, BUY.day)
    assert list(known) == ["market"]
    assert taken_by_buy(home_, BUY, known) == taken_by_buy(home_, BUY)
    assert taken_by_buy(home_, BUY, {}) == NOTHING


@pytest.mark.parametrize("kind", ["hsa", "401k"])
def test_an_account_whose_purchases_replace_nothing_takes_nothing(kind: str) -> None:
    """Where the owner says so: no ruling tells (see ``OWNER_SAYS``)."""
    ledger = home(HELD, SOLD)
    buy = replace(BUY, account="x", kind=kind)
    assert taken_by_buy(Home(ledger), buy).lost == 80
    outside = replace(ledger, outside=frozenset([kind]))
    assert taken_by_buy(Home(outside), buy) == NOTHING


PENDING = trade("2024-03-11 sell 10 VTI @ 80 in main as A")


@pytest.mark.parametrize(
    ("shares", "deferred"), [(4, 80), (10, 200), (25, 200)], ids=["part", "all", "more"]
)
def test_a_sale_at_a_loss_in_the_market_is_taken_by_its_part(shares: int, deferred: int) -> None:
    home_ = replace(there(HELD), sells=(PENDING,))
    found = taken_by_buy(home_, replace(BUY, quantity=D(shares)))
    why = "VTI is being sold at a loss in main"
    assert found == Taken(D(0), D(deferred), why, date(2024, 4, 10))
    assert taken_by_buy(home_, replace(BUY, symbol="BND")) == NOTHING


def test_what_was_sold_and_what_is_being_sold_add_up_and_the_later_end_counts() -> None:
    home_ = replace(there(HELD, MORE, SOLD), sells=(replace(PENDING, account="hers", lot="H"),))
    found = taken_by_buy(home_, replace(BUY, quantity=D(10)))
    assert (found.deferred, found.until) == (300, date(2024, 4, 10))
    assert found.why == "VTI is being sold at a loss in hers"


def test_gains_and_sheltered_sales_in_the_market_are_not_taken() -> None:
    gain = replace(PENDING, price=D(101))
    ira = replace(PENDING, account="ira", kind="ira", lot="")
    rows = (HELD, "2024-01-02 buy 10 VTI @ 100 in ira as R")
    assert taken_by_buy(replace(there(*rows), sells=(gain, ira)), BUY) == NOTHING


def test_of_several_sales_in_the_market_those_at_a_loss_count() -> None:
    """One of another group and one at a gain stand before it."""
    rows = (HELD, MORE, "2024-01-02 buy 5 BND @ 99 in main as B")
    sells = (
        trade("2024-03-11 sell 5 BND @ 1 in main as B"),
        replace(PENDING, price=D(101)),
        replace(PENDING, account="hers", lot="H"),
    )
    assert taken_by_buy(replace(there(*rows), sells=sells), BUY).deferred == 40


def test_a_sale_in_the_market_that_cannot_be_is_not_clear() -> None:
    home_ = replace(there(HELD), sells=(replace(PENDING, quantity=D(11)),))
    assert taken_by_buy(home_, BUY) == Taken(
        unclear="a sale of ITOT that is in the market is not clear: 11 VTI sold from lot A of main,"
        " which held 10"
    )


NEW = Unseen("main", "it is new", frozenset({"market"}))
PERHAPS = "main may have sold some at a loss: it is new"


def test_what_nobody_knows_of_may_be_deferred_and_must_not_be_lost() -> None:
    ira = replace(BUY, account="ira", kind="ira")
    unseen = replace(there(HELD), unseen=(NEW,))
    assert taken_by_buy(unseen, BUY) == Taken(perhaps=PERHAPS)
    assert taken_by_buy(unseen, ira) == Taken(unclear=PERHAPS)
    for own in (replace(BUY, account="main"), replace(BUY, symbol="BND")):
        assert taken_by_buy(unseen, own) == NOTHING
    both = taken_by_buy(replace(there(HELD, SOLD), unseen=(NEW,)), BUY)
    assert (both.deferred, both.perhaps) == (80, PERHAPS)


def test_the_first_account_that_may_have_sold_it_is_named() -> None:
    other = Unseen("x", "it is shut", frozenset({"BND"}))
    any_ = Unseen("", "a file is missing")
    found = taken_by_buy(replace(there(HELD), unseen=(other, NEW, any_)), BUY)
    assert found.perhaps == PERHAPS
    found = taken_by_buy(replace(there(HELD), unseen=(any_, NEW)), BUY)
    assert found.perhaps == (
        "an account held elsewhere may have sold some at a loss: a file is missing"
    )


# A sale.


def test_the_last_purchase_is_named_with_its_own_account() -> None:
    rows = (
        HELD,
        "2024-05-20 buy 4 ITOT @ 90 in hers as B",
        "2024-06-03 buy 6 VTI @ 90 in main as C",
    )
    assert taken_by_sale(there(*rows), SALE) == Taken(
        deferred=D(200),
        why="VTI was bought on 2024-06-03 in main, within 30 days",
        until=date(2024, 7, 3),
    )


def test_what_an_ira_bought_is_lost_beside_what_only_moves() -> None:
    rows = (
        HELD,
        "2024-05-20 buy 4 ITOT @ 90 in hers as B",
        "2024-06-03 buy 5 VTI @ 90 in ira as R",
    )
    found = taken_by_sale(there(*rows), SALE)
    assert (found.lost, found.deferred) == (100, 80)
    assert found.why == "VTI was bought on 2024-06-03 in ira, within 30 days"


def test_purchases_in_the_market_and_planned_ones_count() -> None:
    at_work = trade("2024-06-14 buy 3 ITOT @ 50 in hers as w")
    planned = trade("2024-06-14 buy 2 VTI @ 80 in ira as p")
    home_ = replace(there(HELD), buys=(at_work,))
    found = taken_by_sale(home_, SALE, [planned])
    assert (found.lost, found.deferred, found.until) == (40, 60, date(2024, 7, 14))
    assert taken_by_sale(home_, SALE).lost == 0


def test_a_gain_is_not_judged_and_a_doubt_takes_no_loss() -> None:
    doubtful = replace(there(HELD), doubts=("hers is not known", "it is old"))
    assert taken_by_sale(doubtful, replace(SALE, price=D(100))) == NOTHING
    assert taken_by_sale(doubtful, SALE) == Taken(unclear="a loss may not count: hers is not known")
    assert taken_by_sale(there(HELD), SALE) == NOTHING


def test_a_sale_in_thought_and_one_that_is_not_taxed_take_nothing() -> None:
    rows = (HELD, "2024-06-03 buy 10 VTI @ 90 in ira as R")
    assert taken_by_sale(there(*rows), SALE).lost == 200
    assert taken_by_sale(replace(there(*rows), undone=frozenset(["VTI"])), SALE) == NOTHING
    ira = replace(SALE, account="ira", kind="ira")
    assert taken_by_sale(there(*rows), ira) == NOTHING


def test_a_sale_that_the_household_does_not_know_is_unclear_where_it_loses() -> None:
    more = replace(SALE, quantity=D(11))
    assert taken_by_sale(there(HELD), more) == Taken(
        unclear="the household's trades do not tell of what is sold: 11 VTI sold from main, which"
        " held 10"
    )
    assert taken_by_sale(there(HELD), more, loses=False) == NOTHING


# Objections, and what was bought lately.

OBJECTIONS = [
    (Taken(), "", ""),
    (Taken(unclear="odd", lost=D(1), why="sold"), "odd", "odd"),
    (
        Taken(lost=D("1234.5"), deferred=D(7), why="sold"),
        "sold: 1,234.50 USD would be lost for good",
        "sold: 1,234.50 USD would be lost for good",
    ),
    (
        Taken(deferred=D("1234.5"), why="sold"),
        "sold: 1,234.50 USD of loss would only move to other lots",
        "",
    ),
    (Taken(perhaps="perhaps so"), "perhaps so", ""),
]


@pytest.mark.parametrize(("taken", "kept", "let"), OBJECTIONS)
def test_what_is_said_against_it(taken: Taken, kept: str, let: str) -> None:
    assert (taken.objection(may_defer=False), taken.objection(may_defer=True)) == (kept, let)


def test_what_was_bought_in_thirty_days_or_is_being_bought_is_recent() -> None:
    rows = (
        "2024-05-15 buy 1 VTI @ 80 in main as A",
        "2024-05-14 buy 1 BND @ 80 in main as B",
        "2024-06-03 buy 1 GLD @ 80 in main as C",
        "2024-06-14 sell 1 GLD @ 81 in main as C",
        "2024-06-03 buy 1 SLV @ 80 in ira as D",
        "2024-06-14 sell 1 SLV @ 81 in ira as D",
        "2024-06-03 buy 1 IAU @ 80 in main as E",
        "2024-06-13 sell 1 IAU @ 81 in main as E",
        "2024-05-14 buy 1 DBC @ 80 in main as F",
        "2024-06-14 sell 1 DBC @ 81 in main as F",
    )
    found = recent_groups(there(*rows), date(2024, 6, 14))
    assert found == {"market", "GLD", "SLV"}
    at_work = trade("2024-06-14 buy 1 VXUS @ 50 in main as w")
    busy = replace(there(rows[1]), buys=(at_work,))
    assert recent_groups(busy, date(2024, 6, 14)) == {"VXUS"}


def test_a_seat_tells_its_orders_as_rows() -> None:
    seat = Seat("main", "taxable", date(2024, 6, 14))
    row = Trade(
        date(2024, 6, 14), "main", "taxable", "VTI", "buy", D(3), D(80), D(0), lot="", order=""
    )
    assert seat.buy("VTI", D(3), D(80)) == row
    sold = replace(row, side="sell", lot="A;B,1")
    assert seat.sale("VTI", D(3), D(80), ["A", "B;1"]) == sold


def test_a_household_that_knows_no_groups_takes_each_name_by_itself() -> None:
    plain = Home(household(map(trade, (HELD, SOLD))))
    assert taken_by_buy(plain, BUY) == NOTHING
    assert taken_by_buy(plain, replace(BUY, symbol="VTI")).deferred == 80
    assert set(GROUPS.values()) == {"market"}
