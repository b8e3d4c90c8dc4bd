"""Targets of whole accounts, as the shares of NAV that they come to."""

from dataclasses import replace

import pytest
from strategy_accounts import D, account

from brokers.words import Symbol
from strategies.policy import CashPolicy, Policy
from strategies.policy.target import Target
from strategies.snapshot import Snapshot
from strategies.targets import weights
from strategies.targets.refusal import NoTarget


def targets_text(snapshot: Snapshot, policy: Policy) -> str:
    """``VTI 59.4 BND 39.6`` in percent of NAV."""
    found = weights(snapshot, policy)
    return " ".join(f"{s} {(w * 100).quantize(D('0.01')).normalize():f}" for s, w in found.items())


CASES = [
    (
        "a share of what is invested",
        "VTI 240@250 60% BND 487.5@80 40%",
        "1000",
        "VTI 59.4 BND 39.6",
    ),
    ("what is not wanted goes", "VTI 60@100 100% IBM 40@100 0%", "0", "VTI 99 IBM 0"),
    ("what is not held yet comes", "VTI 90@100 60% BND 0@80 40%", "1000", "VTI 59.4 BND 39.6"),
    (
        "a barred name that is too heavy leaves less to the others",
        "VTI 70@100 60%!halted BND 14@100 20% TIP 15@100 20%",
        "100",
        "VTI 70 BND 14.5 TIP 14.5",
    ),
    (
        "a barred name that is too light leaves cash",
        "VTI 50@100 60%!halted BND 25@100 20% TIP 24@100 20%",
        "100",
        "VTI 50 BND 19.8 TIP 19.8",
    ),
    (
        "a barred name that is not held waits in cash",
        "VTI 0@100 60%!late BND 0@100 40%",
        "10000",
        "VTI 0 BND 39.6",
    ),
    ("all are barred", "VTI 50@100 60%!a BND 50@100 40%!b", "0", "VTI 50 BND 50"),
    (
        "a barred name heavier than all that is invested",
        "VTI 100@100 60%!a BND 0@100 40%",
        "0",
        "VTI 100 BND 0",
    ),
]


@pytest.mark.parametrize(
    ("text", "cash", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_targets_make_room_for_cash_and_for_what_cannot_be_traded(
    text: str, cash: str, expected: str
) -> None:
    assert targets_text(*account(text, cash)) == expected


def test_equal_spreads_over_the_names_whatever_their_weights() -> None:
    snapshot, policy = account("VTI 0@250 1% BND 0@80 1% TIP 0@100 1%", "1000")
    policy = replace(policy, target=Target("equal", policy.target.weights))
    assert targets_text(snapshot, policy) == "VTI 33 BND 33 TIP 33"


def test_weights_written_with_four_decimals_may_miss_one() -> None:
    snapshot, policy = account("VTI 0@250 33.33% BND 0@80 33.33% TIP 0@100 33.33%", "1000")
    assert targets_text(snapshot, policy) == "VTI 33 BND 33 TIP 33"


@pytest.mark.parametrize(
    ("cash", "invested"),
    [
        (CashPolicy(weight=D("0.02")), "98"),
        (CashPolicy(weight=D("0.02"), reserve=D(300)), "68"),
        (CashPolicy(weight=D(0)), "99.25"),
    ],
)
def test_cash_is_its_weight_and_the_reserve_and_never_as_low_as_the_floor(
    cash: CashPolicy, invested: str
) -> None:
    snapshot, policy = account("VTI 10@100 100%")
    assert targets_text(snapshot, replace(policy, cash=cash)) == f"VTI {invested}"


VTI, BND = Symbol("VTI"), Symbol("BND")


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (Target("momentum", ((VTI, D(1)),)), "there is no target strategy 'momentum'"),
        (Target("fixed", ()), "no name is wanted"),
        (Target("equal", ()), "no name is wanted"),
        (Target("fixed", ((VTI, D("0.6")), (BND, D("0.3")))), "sum to 0.9, not to 1"),
        (Target("fixed", ((VTI, D("1.4")), (BND, D("-0.4")))), "weight of BND is -0.4"),
        (Target("fixed", ((VTI, D("NaN")),)), "weight of VTI is NaN"),
        (Target("fixed", ((VTI, D("0.5")), (VTI, D("0.5")))), "a name is in the target twice"),
    ],
)
def test_a_target_that_makes_no_sense_is_named(target: Target, why: str) -> None:
    snapshot, policy = account("VTI 10@100 100%")
    with pytest.raises(NoTarget, match=why):
        weights(snapshot, replace(policy, target=target))


@pytest.mark.parametrize("cash", [CashPolicy(reserve=D(1001)), CashPolicy(reserve=D(-500))])
def test_a_reserve_larger_than_the_account_does_not_sell_it_all(cash: CashPolicy) -> None:
    snapshot, policy = account("VTI 10@100 100%")
    with pytest.raises(NoTarget, match="of NAV: lower the reserve, or add money"):
        weights(snapshot, replace(policy, cash=cash))
