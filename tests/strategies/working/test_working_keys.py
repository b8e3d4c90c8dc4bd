"""Ids of the orders that one leg of a plan becomes: the same always, short, and read back."""

from hypothesis import given
from hypothesis import strategies as st

from brokers.words import OrderKey
from strategies.plan import (
    CHILDREN_MAX,
    PlanId,
    belongs,
    child_key,
    child_number,
    leg_key,
    order_key,
)

PLAN = PlanId("86B43234DD")
"""Plan ids are ten hex digits."""


def test_a_few_of_them() -> None:
    leg = order_key(PLAN, 2)
    found = [child_key(leg, number)[len(leg) :] for number in (0, 1, 2, 26, 27, 28, 52, 53, 702)]
    assert found == ["", "A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ"]


@given(st.text("0123456789ABCDEF", min_size=10, max_size=10), st.integers(1, 9999))
def test_each_is_another_and_tells_its_leg_and_its_number(plan: str, leg: int) -> None:
    key = order_key(PlanId(plan), leg)
    numbers = [0, 1, 25, 26, 27, 300, CHILDREN_MAX]
    keys = [child_key(key, number) for number in numbers]
    assert len(set(keys)) == len(keys)
    assert [child_number(each) for each in keys] == numbers
    assert {leg_key(each) for each in keys} == {key}
    assert all(len(each) <= 20 for each in keys)


def test_what_is_not_ours_belongs_to_no_leg() -> None:
    leg = order_key(PLAN, 2)
    assert belongs(child_key(leg, 5), leg)
    assert not belongs(None, leg)
    assert not belongs(order_key(PLAN, 20), leg)
    assert not belongs(OrderKey("HAND-1"), leg)
