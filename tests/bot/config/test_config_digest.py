"""The digest of a policy: the same for the same policy, another for any other."""

from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.digest import plain, policy_digest
from brokers.words import AccountId, Symbol
from strategies.policy import Approval, Bands, CashPolicy, Mode, Policy
from strategies.policy.target import Target

POLICY = Policy(AccountId("ira"), Target("fixed", ((Symbol("KO"), Decimal("0.50")),)))


def test_it_is_the_same_on_every_machine_and_in_every_version() -> None:
    assert policy_digest(POLICY) == DIGEST


DIGEST = "9a1890501ba68831fe5ee48303a8d7da6bb38e8fa1568a34abf9d356b570448b"

OTHERS = [
    replace(POLICY, account=AccountId("other")),
    replace(POLICY, mode=Mode.AUTO),
    replace(POLICY, target=Target("equal", POLICY.target.weights)),
    replace(POLICY, target=Target("fixed", ((Symbol("KO"), Decimal("0.51")),))),
    replace(POLICY, bands=Bands(absolute=None)),
    replace(POLICY, cash=CashPolicy(reserve=Decimal(1))),
    replace(POLICY, approval=Approval(timedelta(hours=5))),
]


@pytest.mark.parametrize("other", OTHERS)
def test_any_change_changes_it(other: Policy) -> None:
    assert policy_digest(other) != policy_digest(POLICY)


def test_the_spelling_of_a_number_does_not_matter() -> None:
    same = replace(POLICY, target=Target("fixed", ((Symbol("KO"), Decimal("0.5")),)))
    assert same == POLICY
    assert policy_digest(same) == policy_digest(POLICY)


def test_a_second_opinion_is_no_other_policy() -> None:
    asked = replace(POLICY, optimizer=replace(POLICY.optimizer, verify=True))
    assert policy_digest(asked) == policy_digest(POLICY)
    limited = replace(POLICY, optimizer=replace(POLICY.optimizer, turnover_max=Decimal("0.1")))
    assert policy_digest(limited) != policy_digest(POLICY)


def test_it_takes_every_field_of_a_policy() -> None:
    changed = {item.name for item in fields(Policy)} - {"account", "target"}
    assert changed >= {"mode", "bands", "cash", "tax", "orders", "approval"}
    assert len(policy_digest(POLICY)) == 64


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-9, max_value=9**9))
def test_equal_numbers_are_spelled_alike(number: Decimal) -> None:
    assert plain(number) == plain(number.normalize()) == plain(number + Decimal("0.00"))
    assert Decimal(plain(number)) == number
