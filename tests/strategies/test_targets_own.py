"""Targets that the owner's own code said, as the account is judged by them."""

from dataclasses import replace

import pytest
from strategy_accounts import D, account

from brokers.words import Symbol
from strategies.plan import MEND, Hold, make_plan
from strategies.policy.own_code import OwnCode
from strategies.policy.target import Target
from strategies.targets import weights
from strategies.targets.refusal import NoTarget

VTI, BND = Symbol("VTI"), Symbol("BND")
SNAPSHOT, WRITTEN = account("VTI 60@100 50% BND 40@100 50%", "1000")
POLICY = replace(
    WRITTEN, target=Target("own", WRITTEN.target.weights, own=OwnCode("file:mine.py:weights"))
)


def test_they_are_shares_of_what_is_invested() -> None:
    told = replace(SNAPSHOT, told={VTI: D("0.25"), BND: D("0.75")})
    found, fixed = weights(told, POLICY), weights(SNAPSHOT, WRITTEN)
    assert sum(found.values()) == sum(fixed.values())
    assert found[BND] == 3 * found[VTI]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (None, "the owner's own strategy was not asked"),
        ({VTI: D("0.5"), BND: D("0.4")}, "target weights sum to 0.9, not to 1"),
        ({VTI: D("1.5"), BND: D("-0.5")}, "the target weight of BND is -0.5"),
        ({VTI: D("NaN"), BND: D(1)}, "the target weight of VTI is NaN"),
    ],
)
def test_what_is_no_target_is_refused_here_too(told: dict[Symbol, object], why: str) -> None:
    with pytest.raises(NoTarget, match=why):
        weights(replace(SNAPSHOT, told=told), POLICY)


def test_where_nothing_was_told_the_plan_holds_and_a_person_is_waited_for() -> None:
    why = "your code mine.py:weights gave no answer: it took longer than 10 s, and was killed"
    plan = make_plan(replace(SNAPSHOT, untold=why), POLICY)
    assert plan.decision == Hold(why, remedy=MEND)
    assert plan.legs == ()


def test_the_same_moment_with_another_answer_is_another_plan() -> None:
    answers = [{VTI: D(1), BND: D(0)}, {VTI: D(0), BND: D(1)}]
    plans = [make_plan(replace(SNAPSHOT, told=told), POLICY) for told in (*answers, answers[0])]
    assert plans[0] == plans[2]
    assert plans[0].plan_id != plans[1].plan_id
