"""Ordinary days: what the defaults must let through, and the runaway that they must not."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from paced import UnhurriedRelay, fates, paces, uneven
from stage import D, MakeStage, Relay, Setting, Stage, assert_sound, equal_policy, names

from bot.reconcile import Refusal
from brokers.broker import Capabilities
from brokers.words import Side
from strategies.plan import Hold
from strategies.policy import Mode, WorthPolicy


@pytest.mark.parametrize("count", [2, 20, 60])
def test_a_first_allocation_asks_once_and_then_is_carried_out(make: MakeStage, count: int) -> None:
    stage = make(count, Setting(cash=D(250_000)))
    plan = stage.run_with_consent()
    steps = [(step.state, step.why) for step in stage.book.plan_steps(plan.plan_id)]
    assert [state for state, _ in steps] == [
        "proposed",
        "awaiting",
        "approved",
        "started",
        "finished",
    ]
    assert "it is the first allocation" in steps[1][1]
    assert steps[-1][1] == ""
    assert fates(stage, plan) == {"filled": count}
    assert_sound(stage)


def test_a_drift_is_mended_without_asking(make: MakeStage) -> None:
    stage = make(6)
    stage.hold_weights(uneven(names(6), "0.26", "0.14", count=1), D(100_000))
    plan = stage.run()
    assert stage.book.plan_state(plan.plan_id) == "finished"
    assert fates(stage, plan) == {"filled": len(plan.legs)}
    assert_sound(stage)


def test_a_wave_is_sent_at_the_pace_of_the_broker(make: MakeStage) -> None:
    stage = make(20, Setting(relay=UnhurriedRelay))
    plan = stage.run_with_consent()
    sent = sorted(pace.sent for pace in paces(stage, plan))
    gaps = [late - early for early, late in pairwise(sent)]
    assert gaps == [0.5] * 19


class SluggishRelay(Relay):
    """A broker that takes a third of a second to answer each order."""

    stage: Stage

    @property
    def capabilities(self) -> Capabilities:
        return replace(self.inner.capabilities, orders_per_second=Decimal(2))

    def submit(self, order: object) -> object:
        self.stage.clock.sleep(0.3)
        return self.inner.submit(order)


def test_a_slow_answer_does_not_slow_the_next_turn(make: MakeStage) -> None:
    stage = make(20, Setting(relay=SluggishRelay))
    stage.broker.stage = stage
    plan = stage.run_with_consent()
    sent = sorted(pace.sent for pace in paces(stage, plan))
    assert sent[-1] - sent[0] == pytest.approx(9.5, abs=1e-6)


def test_sells_go_first_and_buys_are_paid_from_them(make: MakeStage) -> None:
    stage = make(6)
    stage.hold_weights(uneven(names(6), "0.26", "0.14", count=1), D(100_000))
    plan = stage.run()
    trades = stage.book.executions(plan.account)
    ours = [trade for trade in trades if str(trade.key).startswith("TT-")]
    sides = [trade.side for trade in ours]
    assert sides == sorted(sides, key=lambda side: side is Side.BUY)
    assert set(sides) == set(Side)


def test_a_second_look_right_after_does_nothing(make: MakeStage) -> None:
    stage = make(6)
    stage.run_with_consent()
    stage.clock.sleep(60)
    again = stage.run()
    assert isinstance(again.decision, Hold)
    assert stage.book.plan_state(again.plan_id) == "proposed"
    assert_sound(stage)


def test_who_only_proposes_sends_nothing(make: MakeStage) -> None:
    stage = make(equal_policy(names(6), mode=Mode.PROPOSE))
    plan = stage.run()
    assert plan.legs
    assert not stage.paper.executions(None)
    assert stage.book.plan_state(plan.plan_id) == "proposed"


@pytest.mark.parametrize(("critical", "state"), [("0.05", "finished"), ("0.12", "awaiting")])
def test_acting_alone_when_it_is_critical(make: MakeStage, critical: str, state: str) -> None:
    policy = equal_policy(names(6), mode=Mode.AUTO_CRITICAL, critical_drift=D(critical))
    stage = make(policy)
    stage.hold_weights(uneven(names(6), "0.26", "0.14", count=1), D(100_000))
    plan = stage.run()
    assert stage.book.plan_state(plan.plan_id) == state


def shove_and_run(stage: Stage) -> bool:
    """Somebody trades by hand against the machine; whether it mended that."""
    much, little, *_ = names(6)
    quotes, amount = stage.paper.quotes([much, little]), stage.nav() * D("0.044")
    stage.hold({little: (amount / quotes[little].bid).quantize(D(1))}, Side.SELL)
    stage.hold({much: (amount / quotes[much].ask).quantize(D(1))})
    return stage.book.plan_state(stage.run().plan_id) == "finished"


def shoved(make: MakeStage) -> Stage:
    """An account that is looked at closely, whatever it costs."""
    stage = make(equal_policy(names(6), worth=WorthPolicy(enabled=False)))
    stage.hold_weights(dict.fromkeys(names(6), D("0.165")), D(100_000))
    return stage


def test_a_runaway_is_latched(make: MakeStage) -> None:
    """A loop that trades for ever: here somebody undoes each rebalance by hand."""
    stage = shoved(make)
    stage.limits = replace(stage.limits, repeats_per_session=9)
    assert shove_and_run(stage)
    assert shove_and_run(stage)
    with pytest.raises(Refusal, match="2 plans were carried out today already"):
        shove_and_run(stage)
    halt = stage.book.halted(stage.policy.account)
    assert halt is not None
    assert halt.who == "trimtab"
    with pytest.raises(Refusal, match="is halted"):
        shove_and_run(stage)
    stage.next_day()
    with pytest.raises(Refusal, match="is halted"):
        stage.run()


def test_what_was_traded_in_this_session_is_not_traded_again_alone(make: MakeStage) -> None:
    stage = shoved(make)
    assert shove_and_run(stage)
    assert not shove_and_run(stage)
    (plan, *_) = stage.book.plans(stage.policy.account)
    assert plan.state == "awaiting"
    assert "S0001 was sold in this session already" in plan.why


def test_a_runaway_over_days_is_latched(make: MakeStage) -> None:
    stage = shoved(make)
    for _ in range(6):
        assert shove_and_run(stage)
        stage.next_day()
    with pytest.raises(Refusal, match="6 plans were carried out in the last 10 sessions"):
        shove_and_run(stage)
    assert stage.book.halted(stage.policy.account)


def test_no_order_leaves_near_the_close(make: MakeStage) -> None:
    stage = make(6)
    stage.clock.sleep(timedelta(hours=5, minutes=46).total_seconds())
    plan = stage.run_with_consent()
    assert fates(stage, plan) == {"blocked": 6}
    why = stage.book.plan_row(plan.plan_id).why
    assert why.startswith("6 of 6 orders were not sent; ")
    assert "session-window: orders leave between 13:35 and 19:45 UTC only" in why
    assert not stage.paper.executions(None)
