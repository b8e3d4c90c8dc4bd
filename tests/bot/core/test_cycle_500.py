"""Five hundred names at two orders a second: no default stands in the way of any profile."""

import pytest
from paced import UnhurriedRelay, fates, paces, uneven
from stage import D, MakeStage, Setting, StillTape, assert_sound, equal_policy, names

from bot.limits import Profile
from brokers.paper.synthetic import synthetic_tape
from strategies.policy import Period, Schedule, WorthPolicy


@pytest.mark.parametrize("profile", list(Profile))
def test_a_full_rebalance_of_500_names_at_two_orders_a_second(
    make: MakeStage, profile: Profile
) -> None:
    symbols = names(500)
    policy = equal_policy(
        symbols, schedule=Schedule(period=Period.MONTHLY), worth=WorthPolicy(enabled=False)
    )
    still = StillTape(synthetic_tape(500, seed=1))
    setting = Setting(D(1_000_000), profile, relay=UnhurriedRelay, tape=still)
    stage = make(policy, setting)
    stage.hold_weights(uneven(symbols, "0.0025", "0.00146", count=250 - 1), D(1_000_000))
    plan = stage.run_with_consent()
    assert fates(stage, plan) == {"filled": len(plan.legs)}
    assert len(plan.legs) > 490
    paced = paces(stage, plan)
    assert (
        max(pace.sent - pace.created for pace in paced) > 100
    )  # far beyond 30 s, each at its turn
    assert_sound(stage)
