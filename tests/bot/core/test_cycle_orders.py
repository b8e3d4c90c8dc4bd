"""What became of an order: nothing is resent, and nothing is forgotten."""

from collections.abc import Callable
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

from bot.reconcile import Refusal
from brokers.broker import (
    Absent,
    AlreadyDone,
    CancelRequested,
    CancelResult,
    FindResult,
    Refused,
    SubmitResult,
    Unclear,
)
from brokers.paper.venue import PaperOptions
from brokers.words import Order, OrderKey, Side
from strategies.plan import Plan

A, B, *_ = names(6)


class Wayward(Relay):
    """A broker whose acts and look-ups a test replaces one by one. Remembers every act."""

    def __init__(self, inner: object) -> None:
        super().__init__(inner)
        self.submitted: list[OrderKey] = []
        self.cancelled: list[OrderKey] = []
        self.answer: Callable[[Order], SubmitResult] = inner.submit
        self.look_up: Callable[[OrderKey], FindResult] = inner.find
        self.take_back: Callable[[OrderKey], CancelResult] = inner.cancel

    def submit(self, order: Order) -> SubmitResult:
        self.submitted.append(order.key)
        return self.answer(order)

    def find(self, key: OrderKey) -> FindResult:
        return self.look_up(key)

    def cancel(self, key: OrderKey) -> CancelResult:
        self.cancelled.append(key)
        return self.take_back(key)


def drifted(make: MakeStage, options: PaperOptions = EXACT, work_seconds: int = 600) -> Stage:
    """A far above and B far below its part."""
    policy = equal_policy(names(6), orders=quick(work_seconds))
    stage = make(policy, Setting(options=EXACT, relay=Wayward))
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    if options is not EXACT:
        stage.close()
        stage = make(policy, Setting(options=options, relay=Wayward, start=stage.clock.now()))
    return stage


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    """An account that has something to mend."""
    return drifted(make)


def notes(stage: Stage, key: OrderKey) -> list[str]:
    """The life of one order."""
    return [note.kind for note in stage.book.order_notes(key)]


def assert_sent_once(stage: Stage) -> None:
    assert len(set(stage.broker.submitted)) == len(stage.broker.submitted)
    assert_sound(stage)


def test_the_life_of_an_order(stage: Stage) -> None:
    plan = stage.run()
    for leg in plan.legs:
        assert notes(stage, leg.order.key) == ["sent", "accepted", "filled"]
    assert_sent_once(stage)


def test_an_unclear_order_that_lives_is_found(stage: Stage) -> None:
    inner = stage.paper.submit

    def answer(order: Order) -> SubmitResult:
        inner(order)
        return Unclear("the line broke")

    stage.broker.answer = answer
    plan = stage.run()
    assert set(fates(stage, plan)) == {"filled"}
    assert notes(stage, plan.legs[0].order.key) == ["sent", "unclear", "filled"]
    assert len(stage.broker.submitted) == len(plan.legs)
    assert_sent_once(stage)


def test_an_unclear_order_that_never_arrived_is_looked_up_and_planned_afresh(stage: Stage) -> None:
    stage.broker.answer = lambda _order: Unclear("the line broke")
    plan = stage.run()
    assert set(fates(stage, plan)) == {"absent", "blocked"}, "unfunded purchases are blocked"
    assert not stage.book.halted(stage.policy.account)
    stage.broker.answer = stage.paper.submit
    stage.clock.sleep(60)
    again = stage.run()
    assert set(fates(stage, again)) == {"filled"}
    assert_sent_once(stage)


def uncertain(stage: Stage, calls: int) -> Callable[[OrderKey], FindResult]:
    """Knows of nothing for so many look-ups."""
    asked = iter(range(10_000))
    return lambda key: Absent(certain=False) if next(asked) < calls else stage.paper.find(key)


def test_not_yet_found_is_not_gone(stage: Stage) -> None:
    inner = stage.paper.submit

    def answer(order: Order) -> SubmitResult:
        inner(order)
        return Unclear("no answer in time")

    stage.broker.answer = answer
    stage.broker.look_up = uncertain(stage, 3)
    plan = stage.run()
    assert set(fates(stage, plan)) == {"filled"}
    assert_sent_once(stage)


def test_an_order_of_unknown_fate_keeps_its_name_barred_until_its_day_is_over(
    stage: Stage,
) -> None:
    lost = A

    def answer(order: Order) -> SubmitResult:
        return Unclear("no answer") if order.symbol == lost else stage.paper.submit(order)

    def look_up(key: OrderKey) -> FindResult:
        found = stage.paper.find(key)
        return Absent(certain=False) if isinstance(found, Absent) else found

    stage.broker.answer, stage.broker.look_up = answer, look_up
    first = stage.run()
    assert fates(stage, first)["unclear"] == 1
    (unknown,) = stage.book.unsettled(stage.policy.account)
    stage.clock.sleep(60)
    again = stage.run()
    (line,) = (line for line in again.lines if line.symbol == lost)
    assert line.barred == f"our order {unknown.order.key} in it may still fill"
    assert lost not in {leg.order.symbol for leg in again.legs}
    stage.next_day()
    stage.broker.answer = stage.paper.submit
    stage.run()
    assert stage.book.unsettled(stage.policy.account), "who can see it may find it in a while"
    stage.clock.sleep(16 * 60)
    later = stage.run()
    assert notes(stage, unknown.order.key)[-1] == "expired"
    assert lost in {leg.order.symbol for leg in later.legs}
    assert_sent_once(stage)


def test_three_unknown_orders_halt_the_account(make: MakeStage) -> None:
    stage = make(6, Setting(relay=Wayward))
    stage.broker.answer = lambda _order: Unclear("no answer")
    stage.broker.look_up = lambda _key: Absent(certain=False)
    with pytest.raises(Refusal, match="3 orders have an unknown outcome"):
        stage.run_with_consent()
    assert len(stage.broker.submitted) == 3
    assert stage.book.halted(stage.policy.account)
    (plan,) = stage.book.plans()
    assert "3 of 6 orders were not sent" in plan.why
    assert "trouble: 3 orders have an unknown outcome" in plan.why


def test_five_refused_orders_halt_the_account(make: MakeStage) -> None:
    stage = make(6, Setting(relay=Wayward))
    stage.broker.answer = lambda _order: Refused("not today")
    with pytest.raises(Refusal, match="5 orders were rejected today"):
        stage.run_with_consent()
    assert len(stage.broker.submitted) == 5
    assert stage.book.halted(stage.policy.account)


def test_a_refused_order_is_told_and_the_rest_goes_on(stage: Stage) -> None:
    def answer(order: Order) -> SubmitResult:
        return Refused("not this one") if order.symbol == B else stage.paper.submit(order)

    stage.broker.answer = answer
    plan = stage.run()
    assert fates(stage, plan)["refused"] == 1
    assert fates(stage, plan)["filled"] == len(plan.legs) - 1
    assert_sent_once(stage)


SLOW = PaperOptions(participation=D("0.0005"), latency_ms=0)
"""Large orders fill over many minutes."""


def test_what_is_not_done_in_time_is_cancelled(make: MakeStage) -> None:
    stage = drifted(make, SLOW, work_seconds=120)
    plan = stage.run()
    kinds = fates(stage, plan)
    assert kinds["cancelled"] >= 1
    assert not stage.paper.open_orders()
    assert not stage.book.unsettled(stage.policy.account)
    assert stage.book.plan_state(plan.plan_id) == "finished"
    assert_sent_once(stage)


LATENT = PaperOptions(participation=D("0.0005"), latency_ms=30_000)
"""A cancellation is half a minute under way, and the order fills on meanwhile."""


def test_a_fill_that_races_its_cancellation_is_counted(make: MakeStage) -> None:
    stage = drifted(make, LATENT, work_seconds=110)
    plan = stage.run()
    assert fates(stage, plan)["cancelled"] >= 1
    assert not stage.paper.open_orders()
    cancelled = set(stage.broker.cancelled)
    raced = [e for e in stage.paper.executions(None) if e.key in cancelled]
    assert raced
    assert_sent_once(stage)


def test_a_cancellation_that_is_unclear_is_asked_for_again(make: MakeStage) -> None:
    stage = drifted(make, SLOW, work_seconds=60)
    asked = iter(range(1000))

    def take_back(key: OrderKey) -> CancelResult:
        return Unclear("no answer") if next(asked) < 2 else stage.paper.cancel(key)

    stage.broker.take_back = take_back
    stage.run()
    assert not stage.paper.open_orders()
    assert_sent_once(stage)


def test_an_order_that_cannot_be_cancelled_bars_its_name_and_its_cash(make: MakeStage) -> None:
    stage = drifted(make, SLOW, work_seconds=60)
    stage.broker.take_back = lambda _key: CancelRequested()
    first = stage.run()
    live = {row.order.symbol for row in stage.book.unsettled(stage.policy.account)}
    assert live
    stage.clock.sleep(60)
    again = stage.run()
    assert not live & {leg.order.symbol for leg in again.legs}
    assert again.plan_id != first.plan_id
    assert_sent_once(stage)


def test_a_broker_that_says_done_too_early_is_looked_up(make: MakeStage) -> None:
    stage = drifted(make, SLOW, work_seconds=60)
    stage.broker.take_back = lambda _key: AlreadyDone()
    stage.run()
    live = stage.book.unsettled(stage.policy.account)
    assert {row.order.key for row in live} == {o.key for o in stage.paper.open_orders()}
    assert_sent_once(stage)


# Stopping.


def stop_at(stage: Stage, step: str) -> None:
    """The machine is told to stop when the first step of this name begins."""
    stage.stopping = lambda: any(name.startswith(step) for name in stage.steps)


def test_a_stop_before_a_wave_sends_nothing(stage: Stage) -> None:
    stop_at(stage, "started")
    plan = stage.run()
    row = stage.book.plan_row(plan.plan_id)
    assert (row.state, row.why) == ("void", "interrupted: the machine was told to stop")
    assert not stage.broker.submitted


def test_a_stop_in_the_middle_of_a_wave_sends_no_more(make: MakeStage) -> None:
    stage = make(6, Setting(relay=Wayward))
    stage.stopping = lambda: len(stage.broker.submitted) >= 2
    plan = stage.run_with_consent()
    assert len(stage.broker.submitted) == 2
    assert fates(stage, plan)["blocked"] == 4
    assert stage.book.plan_state(plan.plan_id) == "void"
    assert not stage.book.unsettled(stage.policy.account)
    assert_sent_once(stage)


def test_a_stop_after_the_sells_leaves_the_buys_for_later(stage: Stage) -> None:
    stop_at(stage, "wave done")
    plan = stage.run()
    sides = {row.order.side for row in stage.book.orders(plan_id=plan.plan_id)}
    assert sides == {Side.SELL}
    assert stage.book.plan_state(plan.plan_id) == "void"
    stage.stopping = lambda: False
    stage.clock.sleep(60)
    stage.run()
    assert stage.cash() < D(5000)
    assert_sent_once(stage)


def test_a_halt_while_orders_work_takes_them_back(make: MakeStage) -> None:
    stage = drifted(make, SLOW, work_seconds=3600)
    began = stage.clock.now()

    def on_step(step: str) -> None:
        if step.startswith("sent"):
            stage.book.halt("*", "by hand", "owner", stage.clock.now())

    stage.on_step = on_step
    plan = stage.run()
    assert not stage.paper.open_orders()
    assert stage.clock.now() - began < timedelta(minutes=2)
    row = stage.book.plan_row(plan.plan_id)
    assert (row.state, row.why) == ("void", "interrupted: halted: by hand")
    with pytest.raises(Refusal, match="main is halted: by hand"):
        stage.run()
    assert_sent_once(stage)


def killed(stage: Stage, step: str) -> Plan:
    """The process dies at a step; what it had in hand stays as it was."""

    class Killed(Exception):
        pass

    def on_step(name: str) -> None:
        if name.startswith(step):
            raise Killed

    stage.on_step = on_step
    with pytest.raises(Killed):
        stage.run()
    stage.on_step = lambda _step: None
    plan = stage.book.latest_plan(stage.policy.account)
    assert plan is not None
    return plan


def test_a_halted_account_still_takes_its_orders_back(make: MakeStage) -> None:
    stage = drifted(make, SLOW)
    plan = killed(stage, "sent")
    assert stage.paper.open_orders()
    stage.book.halt("main", "by hand", "owner", stage.clock.now())
    with pytest.raises(Refusal, match="is halted"):
        stage.run()
    assert not stage.paper.open_orders()
    assert stage.book.plan_state(plan.plan_id) == "void"
    assert_sent_once(stage)


def test_sells_end_early_enough_for_the_buys(make: MakeStage) -> None:
    stage = drifted(make, SLOW, work_seconds=3600)
    stage.clock.sleep(
        timedelta(hours=5, minutes=15).total_seconds()
    )  # 30 minutes to the last order
    plan = stage.run()
    buys = [r for r in stage.book.orders(plan_id=plan.plan_id) if r.order.side is Side.BUY]
    assert buys
    assert not any("session-window" in row.detail for row in buys)
    assert_sent_once(stage)
