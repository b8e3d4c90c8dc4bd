"""Whole numbers in place of decimals: against fractions, and word for word where they are told."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.washes.nouns import Split
from strategies.washes.units import (
    SHARE,
    Scale,
    cost,
    day_of,
    dollars,
    part_of,
    shares,
    split_ratio,
)

D = Decimal
DAY = date(2024, 1, 2)
COUNT = st.integers(0, 10**18)

drawn_splits = st.lists(
    st.tuples(st.integers(1, 300), st.fractions(Fraction(1, 50), Fraction(50), max_denominator=50)),
    max_size=4,
    unique_by=lambda one: one[0],
)


@given(drawn_splits, st.integers(0, 301), st.integers(1, 10**12))
def test_a_share_is_worth_the_same_units_before_and_after_a_split(
    drawn: list[tuple[int, Fraction]], day: int, nanos: int
) -> None:
    """A share of a day is as many shares of today as the splits after it come to."""
    scale = Scale(Split("VTI", DAY + timedelta(days=at), ratio) for at, ratio in drawn)
    later = Fraction(1)
    for at, ratio in drawn:
        later *= ratio if at > day else 1
    now = (DAY + timedelta(days=day)).toordinal()
    assert Fraction(scale.per_share(now), scale.unit) == later
    assert scale.unit % SHARE == 0
    quantity = D(nanos).scaleb(-9)
    assert Fraction(scale.units(quantity, now)) == Fraction(quantity) * scale.per_share(now)


@given(COUNT, COUNT, st.integers(1, 10**18))
def test_a_part_is_rounded_to_the_nearest(total: int, part: int, whole: int) -> None:
    found = part_of(total, part, whole)
    assert abs(found - Fraction(total * part, whole)) <= Fraction(1, 2)


def test_halves_are_rounded_up_and_all_of_it_is_all_of_it() -> None:
    assert [part_of(total, 1, 2) for total in (1, 2, 3, -1)] == [1, 1, 2, 0]
    assert part_of(7, 3, 3) == 7


@pytest.mark.parametrize(
    ("quantity", "price", "fee", "money"),
    [
        ("3", "1.1", "0.05", 3_350_000_000_000),
        ("0.000000001", "0.0005", "0", 0),  # half of a unit: to even
        ("0.000000001", "0.0015", "0", 2),
        ("2", "5", "-10.5", -500_000_000_000),
        ("1e15", "1e15", "0.000000000001", 10**42 + 1),
    ],
)
def test_money_is_counted_exactly(quantity: str, price: str, fee: str, money: int) -> None:
    assert cost(D(quantity), D(price), D(fee)) == money


@pytest.mark.parametrize(
    ("money", "said"),
    [
        (0, "0.00"),
        (5 * 10**12, "5.00"),
        (-5 * 10**12, "-5.00"),
        (10**10, "0.01"),
        (15 * 10**9, "0.015"),
        (1, "1E-12"),
        (123_456_789_012_345, "123.456789012345"),
        (10**30 + 1, "1000000000000000000.000000000001"),
    ],
)
def test_dollars_are_told_to_the_cent_and_further_where_there_is_more(
    money: int, said: str
) -> None:
    assert str(dollars(money)) == said


@pytest.mark.parametrize(
    ("units", "size", "said"),
    [
        (0, SHARE, "0"),
        (30 * SHARE, SHARE, "30"),
        (SHARE // 2, SHARE, "0.5"),
        (1, SHARE, "1E-9"),
        (SHARE, 3 * SHARE, "0.333333333"),
        (2 * SHARE, 3 * SHARE, "0.666666667"),
        (10 * SHARE + 1, SHARE, "10.000000001"),
    ],
)
def test_shares_are_told_to_nine_places(units: int, size: int, said: str) -> None:
    assert str(shares(units, size)) == said


@pytest.mark.parametrize(
    ("told", "ratio"),
    [
        ("0.333333333", Fraction(1, 3)),
        ("0.66666667", Fraction(2, 3)),
        ("1.5", Fraction(3, 2)),
        ("100", Fraction(100)),
        ("0.001", Fraction(1, 1000)),
        ("0.33333", Fraction(33333, 100000)),  # nobody rounds so: that is what it is
        ("1.00000001", Fraction(1)),  # off by a hundred-millionth of it, and no more
        ("1.00000002", Fraction(100_000_002, 100_000_000)),
        ("0.0009", Fraction(9, 10000)),
    ],
)
def test_a_ratio_is_the_simple_one_that_it_stands_for(told: str, ratio: Fraction) -> None:
    assert split_ratio(D(told)) == ratio


def test_days_come_back() -> None:
    assert day_of(DAY.toordinal()) == DAY
