"""Life expectancies: every entry of the Single Life Table, and what the others must agree with."""

from decimal import Decimal

import pytest

from strategies.distributions.mortality import RATES
from strategies.distributions.tables import UNIFORM, joint, single, uniform
from strategies.taxes.errors import BadTax

D = Decimal
TABLE_I = """
84.6 83.7 82.8 81.8 80.8 79.8 78.8 77.9 76.9 75.9 74.9 73.9 72.9 71.9 70.9 69.9 69.0 68.0 67.0 66.0
65.0 64.1 63.1 62.1 61.1 60.2 59.2 58.2 57.3 56.3 55.3 54.4 53.4 52.5 51.5 50.5 49.6 48.6 47.7 46.7
45.7 44.8 43.8 42.9 41.9 41.0 40.0 39.0 38.1 37.1 36.2 35.3 34.3 33.4 32.5 31.6 30.6 29.8 28.9 28.0
27.1 26.2 25.4 24.5 23.7 22.9 22.0 21.2 20.4 19.6 18.8 18.0 17.2 16.4 15.6 14.8 14.1 13.3 12.6 11.9
11.2 10.5 9.9 9.3 8.7 8.1 7.6 7.1 6.6 6.1 5.7 5.3 4.9 4.6 4.3 4.0 3.7 3.4 3.2 3.0
2.8 2.6 2.5 2.3 2.2 2.1 2.1 2.1 2.0 2.0 2.0 2.0 2.0 1.9 1.9 1.8 1.8 1.6 1.4 1.1 1.0
"""
"""Publication 590-B, Table I, at 0 to 120 and over (26 CFR 1.401(a)(9)-9(b))."""

TABLE_II = {
    (73, 60): "28.6",
    (75, 60): "28.3",
    (80, 65): "23.8",
    (85, 70): "19.5",
    (90, 75): "15.4",
}
"""Entries of Table II (1.401(a)(9)-9(d))."""


def test_the_rates_of_death_give_every_entry_of_the_single_life_table() -> None:
    told = [D(years) for years in TABLE_I.split()]
    assert len(told) == len(RATES) == 121
    assert [single(age) for age in range(121)] == told
    assert single(130) == 1


def test_the_uniform_table_is_that_of_a_couple_ten_years_apart() -> None:
    """Which is what it was made as, and holds the rates and the formula to 49 entries."""
    assert [joint(age, age - 10) for age in range(72, 121)] == list(UNIFORM)
    assert (uniform(72), uniform(75), uniform(100), uniform(120)) == (
        D("27.4"),
        D("24.6"),
        D("6.4"),
        D("2.0"),
    )
    assert uniform(121) == uniform(120)


@pytest.mark.parametrize("ages", TABLE_II)
def test_entries_of_the_joint_table(ages: tuple[int, int]) -> None:
    assert joint(*ages) == D(TABLE_II[ages])
    assert joint(*reversed(ages)) == joint(*ages)


def test_a_younger_spouse_makes_it_longer_and_never_shorter_than_either_alone() -> None:
    for age in range(72, 121):
        periods = [joint(age, spouse) for spouse in range(20, age - 10)]
        assert periods == sorted(periods, reverse=True)
        assert all(one >= max(single(age), uniform(age)) for one in periods)


def test_ages_that_have_no_period() -> None:
    with pytest.raises(BadTax, match="no distribution period at 71"):
        uniform(71)
    with pytest.raises(BadTax, match="an age is below zero"):
        joint(75, -1)
    with pytest.raises(BadTax, match="an age is below zero"):
        single(-1)
