"""A person's word: what it lifts, how long it holds, and the cheap look between plans."""

from dataclasses import replace
from datetime import timedelta

import pytest
from paced import fates, uneven
from stage import (
    EXACT,
    D,
    MakeStage,
    Relay,
    Setting,
    Stage,
    assert_sound,
    equal_policy,
    names,
    quick,
)

from bot.book.errors import IllegalStep
from bot.cycle import run_approved, watch
from bot.reconcile import Refusal
from brokers.paper.venue import PaperOptions
from brokers.words import Side
from strategies.plan import Plan
from strategies.policy import Bands, CashPolicy, Mode

A, B, *_ = names(6)


class Moved(Relay):
    """Prices can be moved by a factor."""

    factor = D(1)

    def quotes(self, symbols: object) -> object:

        found = self.inner.quotes(symbols)
        return {
            s: replace(q, bid=q.bid * self.factor, ask=q.ask * self.factor)
            for s, q in found.items()
        }


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    """An account whose owner wants to be asked each time; it has drifted."""
    made = make(equal_policy(names(6), mode=Mode.APPROVE), Setting(relay=Moved))
    made.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    return made


def asked(stage: Stage) -> Plan:
    """A plan that its owner has approved."""
    plan = stage.run()
    assert stage.book.plan_state(plan.plan_id) == "awaiting"
    stage.approve(plan)
    stage.clock.sleep(600)
    return plan


def carry(stage: Stage, plan: Plan) -> None:
    run_approved(stage.post(), plan, stage.broker, stage.book)


def assert_void(stage: Stage, plan: Plan, why: str) -> None:
    row = stage.book.plan_row(plan.plan_id)
    assert row.state == "void"
    assert why in row.why
    assert not stage.book.orders(plan_id=plan.plan_id)
    assert_sound(stage)


def test_what_is_approved_is_carried_out(stage: Stage) -> None:
    plan = asked(stage)
    carry(stage, plan)
    assert fates(stage, plan)["filled"] >= 1
    assert stage.book.plan_state(plan.plan_id) == "finished"
    assert_sound(stage)


def test_it_is_carried_out_once(stage: Stage) -> None:
    plan = asked(stage)
    carry(stage, plan)
    with pytest.raises((Refusal, IllegalStep)):
        carry(stage, plan)
    assert_sound(stage)


def test_nothing_is_carried_out_that_was_not_approved(stage: Stage) -> None:
    plan = stage.run()
    with pytest.raises(IllegalStep, match="is awaiting and cannot become started"):
        carry(stage, plan)
    assert not stage.book.orders(plan_id=plan.plan_id)
    assert_sound(stage)


@pytest.mark.parametrize("factor", ["1.02", "0.98"])
def test_prices_that_moved_void_it(stage: Stage, factor: str) -> None:
    plan = asked(stage)
    stage.broker.factor = D(factor)
    with pytest.raises(Refusal, match=r"was approved, but the price of S000. has moved"):
        carry(stage, plan)
    assert_void(stage, plan, "has moved")


@pytest.mark.parametrize("factor", ["NaN", "0"])
def test_prices_that_are_none_void_it(stage: Stage, factor: str) -> None:
    plan = asked(stage)
    stage.broker.factor = D(factor)
    with pytest.raises(Refusal, match=r"was approved, but S000. has no quote"):
        carry(stage, plan)
    assert_void(stage, plan, "has no quote")


def test_a_position_that_changed_voids_it(stage: Stage) -> None:
    plan = asked(stage)
    stage.hold({A: D(1)}, Side.SELL)
    with pytest.raises(Refusal, match="the position in S0001 has changed"):
        carry(stage, plan)
    assert_void(stage, plan, "the position in S0001 has changed")


def test_settings_that_changed_void_it(stage: Stage) -> None:
    plan = asked(stage)
    stage.digest = "another"
    with pytest.raises(Refusal, match="the settings of the account have changed"):
        carry(stage, plan)
    assert_void(stage, plan, "settings")


def test_a_word_that_came_too_late_is_void(stage: Stage) -> None:
    plan = asked(stage)
    stage.clock.sleep(timedelta(hours=4).total_seconds())
    with pytest.raises(Refusal, match="its time is over"):
        carry(stage, plan)
    assert_void(stage, plan, "its time is over")


def test_a_word_does_not_hold_for_the_next_session(stage: Stage) -> None:
    plan = asked(stage)
    stage.next_day()
    with pytest.raises(Refusal, match="its time is over"):
        carry(stage, plan)
    assert_void(stage, plan, "its time is over")


def test_a_halt_is_not_lifted_by_a_word(stage: Stage) -> None:
    plan = asked(stage)
    stage.book.halt("main", "wait", "owner", stage.clock.now())
    with pytest.raises(Refusal, match="main is halted: wait"):
        carry(stage, plan)
    assert stage.book.plan_state(plan.plan_id) == "approved"
    assert_sound(stage)


def test_an_account_that_does_not_tie_out_is_not_traded_on_a_word(stage: Stage) -> None:
    plan = asked(stage)
    inner = stage.paper.account
    stage.broker.account = lambda: replace_cash(inner())
    with pytest.raises(Refusal, match=r"cash of .* differs"):
        carry(stage, plan)
    assert not stage.book.orders(plan_id=plan.plan_id)


def replace_cash(state: object) -> object:

    (cash,) = state.cash
    return replace(state, cash=(replace(cash, amount=cash.amount + 5000),))


def test_a_plan_that_waits_expires_by_itself(stage: Stage) -> None:
    plan = stage.run()
    now = stage.clock.now()
    assert [row.plan_id for row in stage.book.waiting_plans(None, now)] == [plan.plan_id]
    late = now + timedelta(hours=4, seconds=1)
    assert not stage.book.waiting_plans(None, late)
    assert [row.plan_id for row in stage.book.lapsed_plans(None, late)] == [plan.plan_id]


def test_a_newer_plan_takes_the_place_of_one_that_waits(stage: Stage) -> None:
    older = stage.run()
    stage.clock.sleep(600)
    newer = stage.run()
    states = [stage.book.plan_row(plan.plan_id) for plan in (older, newer)]
    assert [row.state for row in states] == ["void", "awaiting"]
    assert states[0].why == f"{newer.plan_id} takes its place"


# The cheap look between plans.


def look(stage: Stage) -> bool:
    return watch(stage.post(), stage.broker, stage.book)


def test_a_calm_account_trips_nothing(make: MakeStage) -> None:
    stage = make(6)
    stage.hold_weights(dict.fromkeys(names(6), D("0.165")), D(100_000))
    assert not look(stage)
    assert not stage.book.plans()


def test_a_drift_trips(make: MakeStage) -> None:
    stage = make(6)
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    assert look(stage)
    assert not stage.paper.open_orders()


def test_while_a_plan_waits_nothing_trips_again(stage: Stage) -> None:
    assert look(stage)
    stage.run()
    stage.clock.sleep(300)
    assert not look(stage)
    stage.clock.sleep(timedelta(hours=4).total_seconds())
    assert look(stage)


def test_orders_that_were_left_behind_trip(make: MakeStage) -> None:
    slow = PaperOptions(participation=D("0.0005"), latency_ms=0)
    policy = equal_policy(names(6), orders=quick(60))
    stage = make(policy, Setting(options=EXACT))
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    stage.close()
    stage = make(policy, Setting(options=slow, start=stage.clock.now()))

    class Died(Exception):
        pass

    def on_step(step: str) -> None:
        if step.startswith("sent"):
            raise Died

    stage.on_step = on_step
    with pytest.raises(Died):
        stage.run()
    stage.on_step = lambda _step: None
    assert look(stage)
    stage.run()
    assert not stage.paper.open_orders()
    assert_sound(stage)


def test_an_account_that_cannot_be_judged_trips_nothing(make: MakeStage) -> None:
    policy = equal_policy(names(6), bands=Bands(), cash=CashPolicy(weight=D("0.01")))
    stage = make(policy, Setting(cash=D(0)))
    assert not look(stage)
