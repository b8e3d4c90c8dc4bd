"""What is asked before an order: what a sale would lose, and until when a buy is shut out."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from strategies.washes.ledger import household
from strategies.washes.nouns import BadTrade, Household, Trade
from strategies.washes.queries import locked_until, locks, would_wash

KINDS = {"main": "taxable", "hers": "taxable", "ira": "ira"}
GROUPS = {"VTI": "market", "ITOT": "market"}


def trade(written: str) -> Trade:
    """``2024-03-01 buy 10 VTI @ 80 in main as A``."""
    day, side, quantity, symbol, _, price, _, account, _, lot = written.split()
    return Trade(
        day=date.fromisoformat(day),
        account=account,
        kind=KINDS[account],
        symbol=symbol,
        side=side,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fee=Decimal(0),
        lot=lot.strip("-"),
        order="",
    )


def home(*rows: str) -> Household:
    """The household of these rows; VTI and ITOT are one."""
    return household(map(trade, rows), group_of=GROUPS)


HELD = "2024-01-02 buy 10 VTI @ 100 in main as A"
SALE = trade("2024-06-14 sell 10 VTI @ 80 in main as -")


@pytest.mark.parametrize(
    ("bought", "deferred", "lost", "allowed"),
    [
        ("2024-05-14 buy 10 VTI @ 90 in main as B", 0, 0, 200),
        ("2024-05-15 buy 10 VTI @ 90 in hers as B", 200, 0, 0),
        ("2024-05-15 buy 4 VTI @ 90 in ira as B", 0, 80, 120),
        ("2024-06-14 buy 4 ITOT @ 90 in hers as B", 80, 0, 120),
        ("2024-06-13 reinvest 0.5 ITOT @ 90 in ira as B", 0, 10, 190),
        ("2024-06-13 buy 4 BND @ 90 in hers as B", 0, 0, 200),
    ],
)
def test_a_sale_meets_the_buys_of_thirty_days(
    bought: str, deferred: int, lost: int, allowed: int
) -> None:
    found = would_wash(home(HELD, bought), SALE)
    assert (found.loss, found.deferred, found.lost) == (200, deferred, lost)
    assert found.allowed == allowed
    assert [move.lot for move in found.because] == (["B"] if deferred or lost else [])


def test_planned_buys_count_and_those_of_other_groups_do_not() -> None:
    there = home(HELD)
    assert would_wash(there, SALE).allowed == 200
    planned = [
        trade("2024-06-14 buy 3 ITOT @ 50 in ira as planned"),
        trade("2024-06-14 buy 9 BND @ 50 in ira as other"),
    ]
    assert would_wash(there, SALE, buys=planned).lost == 60


def test_a_share_that_replaced_one_already_does_not_count_again() -> None:
    rows = (
        HELD,
        "2024-05-01 buy 10 VTI @ 100 in hers as C",
        "2024-05-22 sell 10 VTI @ 95 in hers as C",
        "2024-05-23 buy 10 VTI @ 95 in hers as D",
    )
    assert would_wash(home(*rows), SALE).allowed == 200


def test_a_gain_loses_nothing_and_named_lots_are_those_sold() -> None:
    there = home(HELD, "2024-01-03 buy 10 VTI @ 60 in main as B")
    gain = would_wash(there, replace(SALE, lot="B"))
    assert (gain.loss, gain.allowed) == (0, 0)
    assert would_wash(there, replace(SALE, lot="A")).loss == 200


def test_what_was_sold_that_very_day_counts_against_the_sale() -> None:
    rows = (
        HELD,
        "2024-06-03 buy 10 VTI @ 80 in ira as R",
        "2024-06-14 sell 10 VTI @ 81 in ira as R",
    )
    found = would_wash(home(*rows), SALE)
    assert found.lost == 200
    assert found.because[0].account == "ira (sold today)"
    assert would_wash(home(*rows), replace(SALE, day=date(2024, 6, 17))).lost == 0


def test_a_loss_moves_onto_what_another_account_sold_that_day() -> None:
    rows = (
        HELD,
        "2024-06-03 buy 10 VTI @ 80 in hers as B",
        "2024-06-14 sell 10 VTI @ 81 in hers as B",
    )
    found = would_wash(home(*rows), SALE)
    assert (found.deferred, found.because[0].account) == (200, "hers (sold today)")


def test_what_took_up_a_loss_and_was_sold_that_day_takes_up_no_other() -> None:
    """B took up the loss of C: its shares are used up (26 CFR 1.1091-1(e))."""
    rows = (
        HELD,
        "2024-05-02 buy 10 VTI @ 85 in hers as C",
        "2024-05-20 sell 10 VTI @ 84 in hers as C",
        "2024-06-03 buy 10 VTI @ 80 in hers as B",
        "2024-06-14 sell 10 VTI @ 99 in hers as B",
    )
    assert would_wash(home(*rows), SALE).allowed == 200


def test_the_rest_of_a_lot_of_which_a_part_was_sold_that_day_does_not_count() -> None:
    """Shares of one purchase do not replace one another (Rev. Rul. 56-602)."""
    there = home(
        "2024-06-03 buy 20 VTI @ 100 in main as A", "2024-06-14 sell 10 VTI @ 80 in main as A"
    )
    assert would_wash(there, replace(SALE, price=Decimal(79))).allowed == 210
    bought = replace(trade("2024-06-03 buy 20 VTI @ 100 in main as A"), order="7")
    sold = trade("2024-06-14 sell 10 VTI @ 80 in main as A")
    ordered = household([bought, sold], group_of=GROUPS)
    assert would_wash(ordered, replace(SALE, price=Decimal(79))).allowed == 210


def test_the_rest_of_what_is_sold_does_not_count() -> None:
    there = home("2024-06-03 buy 20 VTI @ 100 in main as A")
    assert would_wash(there, SALE).allowed == 200


def test_a_sale_of_more_than_is_held_is_refused() -> None:
    with pytest.raises(BadTrade, match="11 VTI sold from main, which held 10"):
        would_wash(home(HELD), replace(SALE, quantity=Decimal(11)))


SOLD = "2024-03-01 sell 10 VTI @ 80 in main as A"


def test_a_loss_locks_its_group_for_thirty_days() -> None:
    there = home(HELD, SOLD)
    found = locked_until(there, "ITOT", date(2024, 3, 31))
    assert found is not None
    assert (found.until, found.free_from) == (date(2024, 3, 31), date(2024, 4, 1))
    assert (found.quantity, found.loss) == (10, 200)
    assert [found.taken_by(Decimal(count)) for count in (0, 4, 10, 99)] == [0, 80, 200, 200]
    assert locked_until(there, "ITOT", date(2024, 4, 1)) is None
    assert locked_until(there, "BND", date(2024, 3, 2)) is None


def test_what_is_replaced_already_locks_no_more() -> None:
    there = home(HELD, SOLD, "2024-03-04 buy 6 ITOT @ 40 in hers as B")
    found = locked_until(there, "VTI", date(2024, 3, 5))
    assert found is not None
    assert (found.quantity, found.loss) == (4, 80)
    assert (
        locks(home(HELD, SOLD, "2024-03-04 buy 10 ITOT @ 40 in ira as B"), date(2024, 3, 5)) == ()
    )


def test_gains_and_losses_inside_an_ira_lock_nothing() -> None:
    rows = (
        "2024-01-02 buy 10 VTI @ 100 in ira as R",
        "2024-03-01 sell 10 VTI @ 80 in ira as R",
        "2024-01-02 buy 10 BND @ 70 in main as A",
        "2024-03-01 sell 10 BND @ 80 in main as A",
    )
    assert locks(home(*rows), date(2024, 3, 5)) == ()


def test_a_lock_counts_in_shares_of_the_day_asked_about() -> None:
    there = home(HELD, SOLD, "2024-03-11 split 2 VTI @ 0 in main as -")
    before = locked_until(there, "VTI", date(2024, 3, 8))
    after = locked_until(there, "VTI", date(2024, 3, 11))
    assert before is not None
    assert after is not None
    assert (before.quantity, after.quantity, after.loss) == (10, 20, 200)


def test_splits_of_other_names_and_of_other_days_do_not_count() -> None:
    """A sale on the day of a split is in new shares already."""
    there = home(
        "2024-01-02 buy 5 VTI @ 200 in main as A",
        "2024-03-01 split 2 VTI @ 0 in main as -",
        SOLD,
        "2024-03-04 split 7 BND @ 0 in main as -",
        "2024-03-21 split 3 VTI @ 0 in main as -",
        "2024-03-30 split 5 VTI @ 0 in main as -",
    )
    told = {day: locked_until(there, "VTI", date(2024, 3, day)) for day in (20, 21, 29, 30)}
    shares = {day: found.quantity for day, found in told.items() if found is not None}
    assert shares == {20: 10, 21: 30, 29: 30, 30: 150}


def test_what_a_split_leaves_less_than_a_billionth_of_is_locked_all_the_same() -> None:
    """0.03 of a billionth of a share cannot be told, and its loss is still at stake."""
    there = home(
        "2024-01-02 buy 0.000000003 VTI @ 900000000000 in main as A",
        "2024-03-01 sell 0.000000003 VTI @ 100000000000 in main as A",
        "2024-03-11 split 0.01 VTI @ 0 in main as -",
    )
    found = locked_until(there, "VTI", date(2024, 3, 12))
    assert found is not None
    assert (found.quantity, found.loss) == (Decimal("1e-9"), 2400)
    assert found.taken_by(Decimal(1)) == 2400


def test_the_earliest_sale_is_taken_first() -> None:
    there = home(
        HELD,
        "2024-01-03 buy 10 VTI @ 90 in hers as B",
        SOLD,
        "2024-03-08 sell 10 VTI @ 80 in hers as B",
    )
    found = locked_until(there, "VTI", date(2024, 3, 20))
    assert found is not None
    assert [found.taken_by(Decimal(count)) for count in (5, 10, 15, 20, 21)] == [
        *(100, 200, 250, 300, 300)
    ]
    assert [(one.account, one.until) for one in found.locks] == [
        ("main", date(2024, 3, 31)),
        ("hers", date(2024, 4, 7)),
    ]
    assert (found.until, found.quantity, found.loss) == (date(2024, 4, 7), 20, 300)
    late = locked_until(there, "VTI", date(2024, 4, 1))
    assert late is not None
    assert (late.quantity, late.loss) == (10, 100)


def test_locks_are_told_by_group_and_only_of_what_was_sold() -> None:
    rows = (HELD, SOLD, "2024-01-02 buy 10 BND @ 90 in main as B")
    later = "2024-03-08 sell 10 BND @ 80 in main as B"
    there = home(*rows, later)
    told = {day: [one.group for one in locks(there, date(2024, 3, day))] for day in (1, 7, 8)}
    assert told == {1: ["market"], 7: ["market"], 8: ["BND", "market"]}
