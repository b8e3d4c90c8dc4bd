"""Whether: gain against cost, and what must be done whatever it costs."""

from dataclasses import replace
from decimal import Decimal

import pytest
from strategy_accounts import D

from brokers.words import USD, Symbol
from strategies.drift import (
    CashToInvest,
    CashToRaise,
    Drifted,
    FarOff,
    FirstAllocation,
    LimitBroken,
    Reason,
)
from strategies.policy import WorthPolicy
from strategies.policy.triggers import Action, Triggers
from strategies.worth import Bill, Worth, appraise, because, objection

DRIFT = Drifted(Symbol("VTI"), D("0.7"), D("0.6"), D("0.55"), D("0.65"))
BILLS = (Bill(D("0.8"), D("0.22"), D("2.5"), D(225)), Bill(D("0.2"), D(0), D("0.5"), D(0)))


def worth(before: str, after: str, policy: WorthPolicy) -> Worth:
    return appraise((D(before), D(after)), BILLS, D(100_000), policy)


def test_the_benefit_is_the_certainty_equivalent_of_the_variance_shed() -> None:
    found = worth("0.0016", "0.0004", WorthPolicy())
    assert found.benefit == D("300.00")  # 5/2 x 100000 x 1 year x 0.0012
    assert found.cost == D("229.22")
    assert (found.tracking_error_before, found.tracking_error_after) == (D("0.04"), D("0.02"))


@pytest.mark.parametrize(
    ("policy", "benefit"),
    [
        (WorthPolicy(gamma=D(10)), "600.00"),
        (WorthPolicy(horizon_days=63), "75.00"),
        (WorthPolicy(gamma=D("0.0001")), "0.00"),
    ],
)
def test_it_grows_with_aversion_and_horizon_and_is_rounded_down(
    policy: WorthPolicy, benefit: str
) -> None:
    assert worth("0.0016", "0.0004", policy).benefit == D(benefit)


CHEAP, DEAR = D("0.0016"), D("0.0005")
HOLDS = "costs 229.22 to gain 25.00 USD"


@pytest.mark.parametrize(
    ("before", "reasons", "enabled", "said"),
    [
        (CHEAP, (DRIFT,), True, ""),
        (DEAR, (DRIFT,), True, HOLDS),
        (DEAR, (DRIFT,), False, ""),
        (DEAR, (CashToInvest(D(900)),), True, HOLDS),
        (DEAR, (DRIFT, CashToRaise(D(900))), True, ""),
        (DEAR, (FirstAllocation(D(900)),), True, ""),
    ],
)
def test_what_costs_more_than_it_gains_is_left_alone(
    before: Decimal, reasons: tuple[Reason, ...], said: str, *, enabled: bool
) -> None:
    policy = replace(WorthPolicy(), enabled=enabled)
    found = worth(str(before), "0.0004", policy)
    assert objection(found, reasons, policy, USD) == said


FAR = FarOff(Symbol("VTI"), D("0.7"), D("0.6"), D("0.05"))
BROKEN = LimitBroken("volatility", "", D("0.2"), D("0.1"), "most")


@pytest.mark.parametrize(
    ("after", "reason", "action", "said"),
    [
        ("0.0001", FAR, Action.FULL, "costs 229.22 to gain 100.00 USD"),
        ("0.0001", FAR, Action.IMMEDIATE, ""),
        ("0.0004", FAR, Action.IMMEDIATE, "costs 229.22 to gain 25.00 USD"),
        ("0.0004", BROKEN, Action.FULL, ""),
        ("0.0006", BROKEN, Action.FULL, ""),
    ],
)
def test_what_is_immediate_is_done_at_any_price_if_it_gets_somewhere(
    after: str, reason: Reason, action: Action, said: str
) -> None:
    policy = WorthPolicy()
    found = worth("0.0005", after, policy)
    triggers = Triggers(single=action)
    assert objection(found, (reason,), policy, USD, triggers) == said
    assert (
        because(found, (reason,), triggers, USD)
        == {
            ("far-off", Action.FULL): f"gains {found.benefit} USD for 229.22 USD",
            ("far-off", Action.IMMEDIATE): "is to be done at once, for 229.22 USD",
            (
                "limit-broken",
                Action.FULL,
            ): "brings volatility back within the limit, for 229.22 USD",
        }[reason.kind, action]
    )
