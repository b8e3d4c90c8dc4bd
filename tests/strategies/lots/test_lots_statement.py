"""Lots held against a broker's statement: what each difference is between, and to which cent."""

from datetime import date
from itertools import pairwise

import pytest
from lot_journals import VTI, D, add_up, day_of, events, lot

from brokers.words import Symbol
from strategies.lots.statement import (
    NOTHING,
    Difference,
    Key,
    Line,
    differences,
    of_lots,
    of_sales,
)

KEY = Key(VTI, day_of("24-01-02"))
ASK = "the number of shares differs: trimtab reconcile"
OTHERS = "other lots were sold than the book has: trimtab lots name tells which"
FEES = "the basis differs: hold the purchase and its fees against the statement"
ALL = "losses of wash sales moved into it, by the household's ledger as well"
SOME = "the broker sees only some of the wash sales of the household"
NOT_OURS = "the broker knows the basis and the book does not: trimtab lots import"
NOT_THEIRS = "the broker does not know the basis"


def line(quantity: str, basis: str | None, lots: int = 1) -> Line:
    return Line(D(quantity), None if basis is None else D(basis), lots)


def test_lots_of_one_day_are_one_line_with_their_number() -> None:
    told = ["10@100/24-01-02", "5@90/24-01-02", "1@7/24-06-03", "1@?/24-06-03", "2@?/24-07-01"]
    assert of_lots(lot(text) for text in told) == {
        KEY: line("15", "1450", 2),
        Key(VTI, day_of("24-06-03")): line("2", None, 2),
        Key(VTI, day_of("24-07-01")): line("2", None, 1),
    }


TOLD = [
    # ours, theirs, losses that moved in; why they differ and whether that explains it
    (("10", "1000"), ("10", "1000.01"), "0", None),
    (("10", "1000"), ("10", "1000.011"), "0", (FEES, False)),
    (("10", "1000"), ("10", "999.989"), "0", (FEES, False)),
    (("10", "1000"), ("10.000001", "1000"), "0", None),
    (("10", "1000"), ("10.0000011", "1000"), "0", (ASK, False)),
    (("10", "1000"), ("9.9999989", "1000"), "0", (ASK, False)),
    (("10", "1000"), ("10", "1050.01"), "50", (ALL, True)),
    (("10", "1000"), ("10", "1050.02"), "50", (FEES, False)),
    (("10", "1000"), ("10", "1049.98"), "50", (SOME, True)),
    (("10", "1000"), ("10", "1000.02"), "50", (SOME, True)),
    (("10", "1000"), ("10", "999"), "50", (FEES, False)),
    (("10", "1000"), ("10", "950"), "50", (FEES, False)),
    (("10", "1000"), ("10", "1060"), "50", (FEES, False)),
    (("10", None), ("10", "1000"), "50", (NOT_OURS, False)),
    (("10", "1000"), ("10", None), "50", (NOT_THEIRS, True)),
    (("10", None), ("10", None), "50", None),
]


@pytest.mark.parametrize(("ours", "theirs", "washed", "why"), TOLD)
def test_what_differs_and_whether_it_is_explained(
    ours: tuple[str, str | None],
    theirs: tuple[str, str | None],
    washed: str,
    why: tuple[str, bool] | None,
) -> None:
    mine, other = line(*ours), line(*theirs)
    found = differences({KEY: mine}, {KEY: other}, {KEY: D(washed)})
    assert found == (() if why is None else (Difference(KEY, mine, other, *why),))


def test_each_lot_of_a_day_may_be_a_cent_off() -> None:
    """Brokers round each lot: three lots of one day, three cents."""
    three, one = line("10", "1000", 3), line("10", "1000.03")
    assert differences({KEY: three}, {KEY: one}, {}) == ()
    assert differences({KEY: one}, {KEY: three}, {}) == ()
    (found,) = differences({KEY: three}, {KEY: line("10", "1000.04")}, {})
    assert found.why == FEES


def test_what_one_of_them_lacks_is_held_against_nothing() -> None:
    there = line("10", "1000")
    assert differences({KEY: there}, {}, {}) == (Difference(KEY, there, NOTHING, ASK),)
    assert differences({}, {KEY: there}, {}) == (Difference(KEY, NOTHING, there, ASK),)


def test_where_the_shares_add_up_to_a_millionth_other_lots_were_sold() -> None:
    later = Key(VTI, day_of("24-06-03"))
    ours = {KEY: line("10", "1000"), later: line("10", "1200")}
    theirs = {KEY: line("9", "900"), later: line("11.000001", "1320")}
    assert [one.why for one in differences(ours, theirs, {})] == [OTHERS, OTHERS]
    off = {**theirs, later: line("11.0000011", "1320")}
    assert [one.why for one in differences(ours, off, {})] == [ASK, ASK]


def test_shares_of_one_name_do_not_stand_in_for_those_of_another() -> None:
    bnd = Key(Symbol("BND"), KEY.acquired)
    ours = {KEY: line("10", "1000"), bnd: line("5", "400")}
    theirs = {KEY: line("5", "500"), bnd: line("10", "800")}
    assert [one.why for one in differences(ours, theirs, {})] == [ASK, ASK]


def test_they_are_told_by_name_then_by_day_of_sale_then_of_purchase() -> None:
    found = add_up(
        events(
            "24-01-02 buy 10@100; 24-06-03 buy 10@120; 26-02-02 sell 5@130; 26-03-02 sell 10@130;"
            "BND: 26-01-05 buy 5@70; BND: 26-04-01 sell 5@60"
        )
    )
    sales = of_sales(found.realized)
    order = [(one.key.symbol, one.key.sold, one.key.acquired) for one in differences(sales, {}, {})]
    assert order == [
        ("BND", date(2026, 4, 1), date(2026, 1, 5)),
        ("VTI", date(2026, 2, 2), date(2024, 1, 2)),
        ("VTI", date(2026, 3, 2), date(2024, 1, 2)),
        ("VTI", date(2026, 3, 2), date(2024, 6, 3)),
    ]
    assert order == sorted(order)


def test_they_come_in_that_order_whatever_the_order_told() -> None:
    """What was bought first and sold last comes behind what was bought later and sold before."""
    early, late = (Key(VTI, day_of("24-01-02"), day_of(day)) for day in ("26-02-02", "26-03-02"))
    newer = Key(VTI, day_of("24-06-03"), day_of("26-02-02"))
    some = line("1", "1")
    found = differences({late: some, newer: some, early: some}, {}, {})
    assert [one.key for one in found] == [early, newer, late]
    assert all(a.key != b.key for a, b in pairwise(found))
