"""Totals as Schedule D has them: each part by itself, and exact however many rows there are."""

from decimal import Decimal

from strategies.washes.ledger import household
from strategies.washes.totals import TermTotal, Totals, totals
from tests.strategies.washes.test_washes_queries import trade

D = Decimal

ROWS = """
2023-01-03 buy 10 VTI @ 100 in main as A
2024-01-03 buy 10 BND @ 70 in main as B
2024-01-04 buy 10 VXUS @ 50 in hers as C
2024-06-14 sell 10 VTI @ 80 in main as A
2024-06-14 sell 10 BND @ 75 in main as B
2024-06-14 sell 10 VXUS @ 45 in hers as C
2024-06-17 buy 3 VTI @ 81 in ira as R
2024-06-18 buy 2 VTI @ 81 in hers as D
2024-06-19 buy 4 VXUS @ 44 in ira as S
"""


def test_each_part_and_all_together() -> None:
    """200 lost on VTI long: 60 for good, 40 moved; 50 won and 50 lost short, 20 of it for good."""
    found = totals(household(map(trade, ROWS.strip().splitlines())).disposals)
    assert found == Totals(
        short=TermTotal(D(1200), D(1200), D(20), D(20)),
        long=TermTotal(D(800), D(1000), D(100), D(-100)),
        recognised=D(-80),
        disallowed=D(120),
        permanently_lost=D(80),
    )


def test_of_nothing_all_is_nothing_to_the_cent() -> None:
    nothing = TermTotal(D("0.00"), D("0.00"), D("0.00"), D("0.00"))
    found = totals([])
    assert (found.short, found.long) == (nothing, nothing)
    assert [str(one) for one in (found.recognised, found.short.basis)] == ["0.00", "0.00"]


def test_sums_keep_more_digits_than_a_decimal_has() -> None:
    """28 digits: 99,999,999,999,999.999999999999 and a billionth of it more."""
    rows = [
        "2024-01-03 buy 1 VTI @ 0 in main as A",
        "2024-01-03 buy 1 BND @ 0 in main as B",
        "2024-01-04 sell 1 VTI @ 999999999999999 in main as A",
        "2024-01-04 sell 1 BND @ 0.000000000001 in main as B",
    ]
    found = totals(household(map(trade, rows)).disposals)
    assert str(found.recognised) == "999999999999999.000000000001"
    thousand = totals(household(map(trade, rows)).disposals * 100)
    assert str(thousand.short.proceeds) == "99999999999999900.000000000100"
