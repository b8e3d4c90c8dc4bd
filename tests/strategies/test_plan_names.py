"""Names of plans: of one book they begin with its letters, and no letters are a plan's of old."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategy_accounts import account

from brokers.words import OrderKey
from strategies.drafting import name_of
from strategies.optimize.progress import Progress
from strategies.plan import Plan, make_plan
from strategies.planned import ORIGIN_LETTERS, child_key, leg_key, order_key, origin_of
from strategies.snapshot import Snapshot

ORIGINS = st.text(ORIGIN_LETTERS, min_size=2, max_size=2)


@given(origin=ORIGINS, said=st.text(), leg=st.integers(1, 999), child=st.integers(0, 500))
def test_the_letters_of_a_book_are_read_from_every_key(
    origin: str, said: str, leg: int, child: int
) -> None:
    name = name_of((said,), origin)
    assert re.fullmatch(r"[G-Z]{2}[0-9A-Z]{8}", name)
    key = child_key(order_key(name, leg), child)
    assert (origin_of(key), leg_key(key)) == (origin, order_key(name, leg))
    assert len(key) <= 20


@given(said=st.text())
def test_a_name_of_old_has_none(said: str) -> None:
    name = name_of((said,), "")
    assert re.fullmatch(r"[0-9A-F]{10}", name)
    assert origin_of(order_key(name, 1)) == ""


@pytest.mark.parametrize("key", ["", "TT-", "TT-G", "HAND-1", "TT-AG12345678-001", "TT-G112345678"])
def test_what_is_no_key_of_a_book_has_none(key: str) -> None:
    assert origin_of(OrderKey(key)) == ""


def test_eight_signs_tell_as_much_as_ten_digits() -> None:
    """Of 36 ** 8 names 20,000 draws hit one twice with a chance of 1 in 14,000."""
    names = {name_of((number,), "GG") for number in range(20_000)}
    assert len(names) == 20_000
    used = {sign for name in names for sign in name[2:]}
    assert used == set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def planned(snapshot: Snapshot, *, is_cut: bool = False) -> Plan:
    _, policy = account("VTI 67@100 60% BND 32@100 40%", "100")
    heard: list[Progress] = []

    def tick(progress: Progress) -> bool:
        heard.append(progress)
        return False

    return make_plan(snapshot, policy, tick if is_cut else None)


def test_a_plan_of_a_book_bears_its_letters_also_when_it_was_cut_short() -> None:
    snapshot, _ = account("VTI 67@100 60% BND 32@100 40%", "100")
    ours = replace(snapshot, origin="HK")
    plan, cut = planned(ours), planned(ours, is_cut=True)
    assert {origin_of(leg.order.key) for leg in plan.legs} == {"HK"}
    assert cut.plan_id.startswith("HK")
    assert planned(ours) == plan
    later = replace(ours, time=ours.time + timedelta(seconds=1))
    others = {planned(each).plan_id for each in (replace(ours, origin="KH"), later, snapshot)}
    assert len(others | {plan.plan_id}) == 4
