"""Orders for the closing auction: sent once, left alone until then, planned afresh after it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from paced import fates, uneven
from stage import (
    D,
    MakeStage,
    Setting,
    Stage,
    StillTape,
    assert_sound,
    equal_policy,
    names,
    session_at,
)

from bot.book.rows import OrderRow
from bot.carry import at_auction
from bot.cycle import run_approved, watch
from bot.reconcile import Refusal
from bot.report.shortfall import of_leg
from bot.takeback import take_back
from brokers.paper.synthetic import synthetic_tape
from brokers.words import OrderKey, Side, TimeInForce
from strategies.plan import Plan
from strategies.policy import OrderPolicy, WorthPolicy
from strategies.policy.working import Auction, WorkingPolicy

A, B, C, *_ = names(6)
CLOSE = WorkingPolicy(auction=Auction.CLOSE, steps=4, step_seconds=30)
"""Steps say nothing of an order that waits for the close."""
HALF_HOUR = timedelta(minutes=30)


def waiting(
    make: MakeStage, working: WorkingPolicy = CLOSE, cash: str = "8000", *, moves: bool = False
) -> Stage:
    """Half an hour before the close, A above and B below its part, and some cash to invest."""
    orders = OrderPolicy(fractional=False, working=working)
    policy = equal_policy(names(6), orders=orders, worth=WorthPolicy(enabled=False))
    tape = synthetic_tape(6, seed=1)
    stage = make(policy, Setting(tape=tape if moves else StillTape(tape)))
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000) - D(cash))
    stage.clock.move_to(stage.post().session.closes - HALF_HOUR)
    return stage


def rows(stage: Stage, plan: Plan) -> dict[OrderKey, OrderRow]:
    return {row.order.key: row for row in stage.book.orders(plan_id=plan.plan_id, limit=1000)}


def test_they_are_sent_once_and_wait(make: MakeStage) -> None:
    stage = waiting(make)
    began = stage.clock.now()
    plan = stage.run()
    assert stage.book.plan_state(plan.plan_id) == "finished"
    assert {leg.order.force for leg in plan.legs} == {TimeInForce.CLOSE}
    assert {leg.order.side for leg in plan.legs} == {Side.BUY, Side.SELL}
    for leg in plan.legs:
        off = leg.order.side.sign * (leg.order.limit / leg.mid - 1)
        assert leg.order.quantity % 1 == 0
        assert D("0.0045") < off < D("0.0055"), "half a percent, to the tick"
    assert fates(stage, plan) == {"accepted": len(plan.legs)}
    assert {o.key for o in stage.paper.open_orders()} == {leg.order.key for leg in plan.legs}
    assert stage.clock.now() - began < timedelta(minutes=1), "nothing is waited for"


def test_purchases_take_no_more_than_the_cash_that_is_there_before_the_sales(
    make: MakeStage,
) -> None:
    stage = waiting(make)
    settled = stage.paper.account().cash[0].settled
    plan = stage.run()
    asked = sum(leg.order.value for leg in plan.legs if leg.order.side is Side.BUY)
    assert D(0) < asked <= settled - D(500), "half a percent of NAV is never spent"
    stage.next_day()
    stage.run()
    assert_sound(stage)


def test_what_waits_is_left_alone_by_every_later_cycle(make: MakeStage) -> None:
    stage = waiting(make)
    plan = stage.run()
    before = stage.paper.open_orders()
    assert not watch(stage.post(), stage.broker, stage.book)
    again = stage.run_later(300)
    assert again == plan
    assert stage.paper.open_orders() == before
    assert len(rows(stage, plan)) == len(plan.legs)


def test_after_the_close_all_is_known_and_the_rest_planned_afresh(make: MakeStage) -> None:
    stage = waiting(make)
    first = stage.run()
    stage.next_day()
    second = stage.run()
    assert second.plan_id != first.plan_id
    assert fates(stage, first) == {"filled": len(first.legs)}
    fills = stage.book.executions(first.account)
    mine = [fill for fill in fills if fill.key in rows(stage, first)]
    assert {fill.time.astimezone().timestamp() for fill in mine} == {closed(first)}
    after = {line.symbol: line.quantity_after for line in first.lines}
    assert {line.symbol: line.quantity_before for line in second.lines} == after
    assert_sound(stage)


def closed(plan: Plan) -> float:
    session = session_at(plan.time)
    assert session is not None
    return session.closes.timestamp()


def test_what_the_auction_does_not_take_ends_with_it(make: MakeStage) -> None:
    """The price falls from the plan to the close: a sale at its limit is not worth it."""
    stage = waiting(make, replace(CLOSE, auction_limit=D("0.000001")), moves=True)
    plan = stage.run()
    stage.next_day()
    again = stage.run()
    ended = fates(stage, plan)
    assert ended["expired"] > 0
    assert ended["expired"] + ended["filled"] == len(plan.legs)
    assert again.plan_id != plan.plan_id
    assert_sound(stage)


def test_a_halt_takes_them_back_while_that_can_be(make: MakeStage) -> None:
    stage = waiting(make)
    plan = stage.run()
    stage.book.halt(plan.account, "by hand", "owner", stage.clock.now())
    with pytest.raises(Refusal, match="by hand"):
        stage.run_later(60)
    assert fates(stage, plan) == {"cancelled": len(plan.legs)}
    assert not stage.paper.open_orders()


def test_ten_minutes_before_the_close_a_halt_comes_too_late_and_they_stay_known(
    make: MakeStage,
) -> None:
    stage = waiting(make)
    plan = stage.run()
    stage.book.halt(plan.account, "by hand", "owner", stage.clock.now())
    stage.clock.move_to(stage.post().session.closes - timedelta(minutes=5))
    with pytest.raises(Refusal, match="by hand"):
        stage.run()
    assert len(stage.book.unsettled(plan.account)) == len(plan.legs)
    assert len(stage.paper.open_orders()) == len(plan.legs)


class KilledHere(Exception):
    """The process is gone."""


@pytest.mark.parametrize("point", ["intended", "sent", "auction sent"])
def test_killed_while_they_are_sent_it_leaves_those_that_left(make: MakeStage, point: str) -> None:
    stage = waiting(make)

    def on_step(step: str) -> None:
        if step.startswith(point):
            raise KilledHere

    stage.on_step = on_step
    with pytest.raises(KilledHere):
        stage.run()
    there = {state.key for state in stage.paper.open_orders()}
    stage.on_step = lambda _step: None
    stage.run_later(60)
    (killed, *_) = stage.book.plans(stage.policy.account, state="void")
    assert {state.key for state in stage.paper.open_orders()} >= there
    if there:
        assert len(stage.book.plans(stage.policy.account)) == 1, "nothing is planned beside them"
        assert len(at_auction(stage.post(), stage.book)) == len(there)
    stage.next_day()
    stage.run()
    assert {row.last_event for row in rows(stage, stage.book.plan(killed.plan_id)).values()} <= {
        "filled",
        "absent",
        "blocked",
    }
    assert_sound(stage)


def test_too_late_for_the_broker_nothing_is_sent_and_why_is_said(make: MakeStage) -> None:
    stage = waiting(make)
    stage.limits = replace(stage.limits, before_close_minutes=0)
    stage.clock.move_to(stage.post().session.closes - timedelta(minutes=9))
    plan = stage.run()
    assert fates(stage, plan) == {"blocked": len(plan.legs)}
    why = {row.detail for row in rows(stage, plan).values()}
    assert why == {"auction: orders for the closing auction leave until 19:50 UTC"}


def test_an_approval_is_not_spent_while_orders_wait(make: MakeStage) -> None:
    stage = waiting(make)
    plan = stage.run()
    with pytest.raises(Refusal, match=f"orders of {plan.plan_id} wait for the closing auction"):
        run_approved(stage.post(), plan, stage.broker, stage.book)


def test_a_large_order_is_worked_in_the_session_and_the_rest_waits(make: MakeStage) -> None:
    stage = waiting(make, replace(CLOSE, slice_adv=D("0.00002"), steps=1))
    plan = stage.run()
    forces = {leg.order.force for leg in plan.legs}
    assert forces == set(TimeInForce)
    ended = rows(stage, plan)
    for leg in plan.legs:
        row = ended[leg.order.key]
        assert (row.last_event == "accepted") is (leg.order.force is TimeInForce.CLOSE)
    worked = [r for r in ended.values() if r.last_event == "filled"]
    sent = [n.time for r in ended.values() for n in stage.book.order_notes(r.order.key)][-1:]
    assert worked
    assert sent[0] <= stage.post().orders_until
    stage.next_day()
    stage.run()
    assert_sound(stage)


def test_what_it_cost_is_told_against_the_quote_at_which_it_was_sent(make: MakeStage) -> None:
    """No spread is crossed in an auction: the parts still add up to the whole shortfall."""
    stage = waiting(make, moves=True)
    plan = stage.run()
    stage.next_day()
    stage.run()
    legs = [leg for leg in stage.book.sent(plan.account).legs if leg.plan_id == plan.plan_id]
    assert len(legs) == len(plan.legs)
    for leg in legs:
        cost = of_leg(leg)
        assert cost is not None
        assert cost.spread == 0
        sign = leg.leg.order.side.sign
        filled = sum((f.quantity for f in leg.fills), Decimal(0))
        paid = sum((f.quantity * f.price for f in leg.fills), Decimal(0))
        assert cost.delay + cost.impact == (paid - leg.leg.mid * filled) * sign


def test_the_kill_switch_takes_them_back(make: MakeStage) -> None:
    stage = waiting(make)
    plan = stage.run()
    found = take_back(stage.broker, (), stage.clock)
    assert (len(found.gone), found.left) == (len(plan.legs), ())


def test_the_kill_switch_says_what_it_cannot_take_back_any_more(make: MakeStage) -> None:
    stage = waiting(make)
    plan = stage.run()
    stage.clock.move_to(stage.post().session.closes - timedelta(minutes=5))
    found = take_back(stage.broker, (), stage.clock)
    assert (len(found.gone), len(found.left)) == (0, len(plan.legs))
