"""Orders that are worked: priced anew step by step, one live at a time, and cut where large."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from paced import uneven
from stage import (
    EXACT,
    THURSDAY,
    D,
    MakeStage,
    Relay,
    Setting,
    Stage,
    StillTape,
    assert_sound,
    equal_policy,
    names,
)

from bot.book.rows import OrderRow
from brokers.broker import CancelRequested, CancelResult, Capabilities, FindResult, Found
from brokers.paper.synthetic import synthetic_tape
from brokers.paper.venue import PaperOptions
from brokers.words import (
    AccountState,
    OrderKey,
    OrderState,
    OrderStatus,
    Quote,
    Side,
    Symbol,
)
from strategies.plan import Plan, child_key, child_number, leg_key
from strategies.policy import OrderPolicy, WorthPolicy
from strategies.policy.working import Slicing, WorkingPolicy

A, B, *_ = names(6)
STEPS = WorkingPolicy(steps=4, step_seconds=30)
CHASING = WorkingPolicy(steps=2, step_seconds=30, start=D(1), chase=D("0.01"))


@dataclass(frozen=True, slots=True)
class Leaving(StillTape):
    """A market that goes away from who waits: up by 0.3 % from a moment on."""

    since: datetime = THURSDAY

    def quotes(self, symbols: Sequence[Symbol], at: datetime) -> Mapping[Symbol, Quote]:
        """Those of the tape, and higher ones from then on."""
        found = StillTape.quotes(self, symbols, at)
        if at < self.since:
            return found
        return {
            symbol: replace(quote, bid=higher(quote.bid), ask=higher(quote.ask))
            for symbol, quote in found.items()
        }


def higher(price: Decimal) -> Decimal:
    return (price * D("1.003")).quantize(D("0.01"))


class Watched(Relay):
    """Remembers what is asked of the broker; a test bends its answers."""

    deaf = False
    loses = 0

    def cancel(self, key: OrderKey) -> CancelResult:
        return CancelRequested() if self.deaf else self.inner.cancel(key)

    def find(self, key: OrderKey) -> FindResult:
        """The record, which tells of more shares than were executed while it ``loses`` some."""
        found = self.inner.find(key)
        if isinstance(found, Found) and not found.state.status.is_live and self.loses:
            return Found(replace(found.state, filled=found.state.filled + self.loses))
        return found


def drifted(
    make: MakeStage,
    working: WorkingPolicy,
    options: PaperOptions = EXACT,
    tape: StillTape | None = None,
    seconds: int = 600,
) -> Stage:
    """A far above and B far below its part, in a market that stands still at first."""
    orders = OrderPolicy(work_seconds=seconds, working=working)
    policy = equal_policy(names(6), orders=orders)
    still = StillTape(synthetic_tape(6, seed=1))
    stage = make(policy, Setting(options=EXACT, tape=still))
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    now = stage.clock.now()
    stage.close()
    setting = Setting(options=options, tape=tape or still, start=now, relay=Watched)
    return make(policy, setting)


def children(stage: Stage, plan: Plan) -> dict[OrderKey, list[OrderRow]]:
    """The orders of each leg, in the order in which they were sent."""
    found: dict[OrderKey, list[OrderRow]] = {}
    for row in stage.book.orders(plan_id=plan.plan_id, limit=1000):
        found.setdefault(leg_key(row.order.key), []).append(row)
    return {
        key: sorted(chain, key=lambda row: child_number(row.order.key))
        for key, chain in found.items()
    }


def assert_worked(stage: Stage, plan: Plan) -> None:
    """Each chain is one order after the other, nearer to the market each time, never too far."""
    assert_sound(stage)
    legs = {leg.order.key: leg for leg in plan.legs}
    for key, chain in children(stage, plan).items():
        order = legs[key].order
        chase = stage.policy.orders.working.chase
        worst = order.limit * (1 + order.side.sign * chase)
        left = order.quantity
        for row in chain:
            assert row.order.quantity == left, "it is for what is left, and for no more"
            assert (row.order.limit - worst) * order.side.sign <= 0
            left -= row.filled
        limits = [row.order.limit * order.side.sign for row in chain]
        assert limits == sorted(limits)
        assert [row.replaces for row in chain] == [None, *(row.order.key for row in chain[:-1])]


def test_an_order_goes_from_the_near_touch_to_the_far_one(make: MakeStage) -> None:
    stage = drifted(make, STEPS)
    plan = stage.run()
    assert_worked(stage, plan)
    quotes = stage.paper.quotes([leg.order.symbol for leg in plan.legs])
    for chain in children(stage, plan).values():
        quote, side = quotes[chain[0].order.symbol], chain[0].order.side
        near, far = (quote.bid, quote.ask) if side is Side.BUY else (quote.ask, quote.bid)
        assert (chain[0].order.limit, chain[-1].order.limit) == (near, far)
        assert [row.last_event for row in chain] == ["cancelled"] * (len(chain) - 1) + ["filled"]
    assert stage.book.plan_state(plan.plan_id) == "finished"
    assert stage.cash() < D(5000), "what the sales brought in was spent"


SLUGGISH = PaperOptions(participation=D(1), latency_ms=20_000)
"""Orders are twenty seconds under way, and so are their cancellations."""


def leaving(make: MakeStage, working: WorkingPolicy) -> tuple[Stage, Plan]:
    """Prices rise before the purchases have come to the market."""
    gone = Leaving(synthetic_tape(6, seed=1), since=THURSDAY + timedelta(seconds=61))
    stage = drifted(make, working, SLUGGISH, gone)
    plan = stage.run()
    return stage, plan


def bought(stage: Stage, plan: Plan) -> tuple[Decimal, Decimal]:
    """Shares that were to be bought, and those that were."""
    buys = [leg.order for leg in plan.legs if leg.order.side is Side.BUY]
    chains = children(stage, plan)
    filled = sum(row.filled for order in buys for row in chains.get(order.key, ()))
    return sum(order.quantity for order in buys), filled


def test_a_limit_that_the_market_has_left_does_not_fill(make: MakeStage) -> None:
    stage, plan = leaving(make, WorkingPolicy())
    assert bought(stage, plan)[1] == 0
    assert_sound(stage)


def test_who_may_chase_the_market_gets_what_the_limit_of_the_plan_did_not(make: MakeStage) -> None:
    stage, plan = leaving(make, CHASING)
    wanted, filled = bought(stage, plan)
    assert filled == wanted
    assert_worked(stage, plan)
    bought_at = [r.order for c in children(stage, plan).values() for r in c if r.filled]
    limits = {leg.order.key: leg.order.limit for leg in plan.legs}
    buys = [order for order in bought_at if order.side is Side.BUY]
    assert all(order.limit > limits[leg_key(order.key)] for order in buys)
    activity = stage.book.activity(plan.account, stage.post().session.opens, THURSDAY)
    assert activity.orders_today == len(plan.legs), "orders of one leg count once"


SLOW = PaperOptions(participation=D("0.0005"), latency_ms=0)


def test_what_was_filled_in_part_is_not_sent_again(make: MakeStage) -> None:
    stage = drifted(make, replace(STEPS, start=D("0.9")), SLOW, seconds=240)
    plan = stage.run()
    assert_worked(stage, plan)
    assert not stage.paper.open_orders()
    assert not stage.book.unsettled(plan.account)


def test_without_proof_of_the_end_no_order_takes_its_place(make: MakeStage) -> None:
    """The broker answers each cancellation, and nothing comes of it."""
    stage = drifted(make, STEPS)
    stage.broker.deaf = True
    plan = stage.run()
    assert {len(chain) for chain in children(stage, plan).values()} == {1}
    assert len(stage.paper.open_orders()) == len(stage.book.unsettled(plan.account)) > 0


def test_shares_that_no_execution_explains_are_waited_for(make: MakeStage) -> None:
    """The broker's record of the cancelled order tells of a share more than its executions."""
    stage = drifted(make, STEPS)
    stage.broker.loses = 1
    plan = stage.run()
    assert {len(chain) for chain in children(stage, plan).values()} == {1}


def test_a_price_that_the_gate_would_refuse_leaves_the_order_where_it_is(make: MakeStage) -> None:
    stage = drifted(make, STEPS)

    def on_step(step: str) -> None:
        if step.startswith("sent "):
            stage.book.lock(stage.policy.account, A, stage.post().session.day, "odd", THURSDAY)

    stage.on_step = on_step
    plan = stage.run()
    chains = children(stage, plan)
    locked = [chain for chain in chains.values() if chain[0].order.symbol == A]
    assert [len(chain) for chain in locked] == [1]
    assert_sound(stage)


def test_who_wants_to_stop_sees_no_further_order(make: MakeStage) -> None:
    stage = drifted(make, STEPS)
    stage.stopping = lambda: any(step.startswith("replacing") for step in stage.steps)
    plan = stage.run()
    assert {len(chain) for chain in children(stage, plan).values()} == {1}
    assert not stage.paper.open_orders()
    assert stage.book.plan_state(plan.plan_id) == "void"
    assert_sound(stage)


def test_nothing_is_priced_anew_when_orders_may_not_leave_any_more(make: MakeStage) -> None:
    """All is cancelled, and known to be, before the exchange would end it."""
    stage = drifted(make, replace(STEPS, step_seconds=600), seconds=23_400)
    stage.clock.move_to(stage.post().orders_until - timedelta(minutes=15))
    plan = stage.run()
    sent = [
        note.time
        for row in stage.book.orders(plan_id=plan.plan_id)
        for note in stage.book.order_notes(row.order.key)
        if note.kind == "sent"
    ]
    assert max(sent) <= stage.post().orders_until
    assert stage.clock.now() < stage.post().session.closes
    assert not stage.paper.open_orders()
    assert_sound(stage)


@pytest.mark.parametrize("kind", list(Slicing))
def test_a_large_order_is_cut_and_all_others_with_it(make: MakeStage, kind: Slicing) -> None:
    working = WorkingPolicy(slice_adv=D("0.0001"), slicing=kind, volume_share=D("0.02"))
    stage = drifted(make, working)
    began = stage.clock.now()
    plan = stage.run()
    assert_sound(stage)
    chains = children(stage, plan)
    counts = {len(chain) for chain in chains.values()}
    assert max(counts) > 1
    assert stage.clock.now() - began <= timedelta(seconds=1300)
    if kind is not Slicing.POV:
        filled = {key: sum(row.filled for row in chain) for key, chain in chains.items()}
        assert filled == {leg.order.key: leg.order.quantity for leg in plan.legs}


def test_each_wave_pays_for_itself(make: MakeStage) -> None:
    """After each of them cash is where a straight line from before the plan to after it says."""
    stage = drifted(make, WorkingPolicy(slice_adv=D("0.0001")))
    plan = stage.run()
    fills = stage.paper.executions(plan.time)
    waves = max(len(chain) for chain in children(stage, plan).values())
    length = timedelta(seconds=1200) / waves
    before, after = plan.cash_before, stage.cash()
    for wave in range(1, waves + 1):
        done = [f for f in fills if f.time < plan.time + length * wave]
        cash = before - sum(f.side.sign * f.quantity * f.price + f.fee for f in done)
        line = before + (after - before) * wave / waves
        assert abs(cash - line) < D(20), f"wave {wave}: fees and rounding to a millionth are all"


def test_sold_proceeds_are_there_before_they_are_spent(make: MakeStage) -> None:
    stage = drifted(make, STEPS)
    plan = stage.run()
    chains = children(stage, plan).values()
    rows = [row for chain in chains for row in chain]
    sells = [row.last_time for row in rows if row.order.side is Side.SELL]
    buys = [row.created for row in rows if row.order.side is Side.BUY]
    assert max(time for time in sells if time is not None) <= min(buys)


def test_what_it_cost_is_told_for_a_leg_and_not_for_each_of_its_orders(make: MakeStage) -> None:
    stage = drifted(make, STEPS)
    plan = stage.run()
    sent = stage.book.sent(plan.account)
    assert len(sent.legs) == len(plan.legs)
    for leg in sent.legs:
        assert sum(fill.quantity for fill in leg.fills) == leg.leg.order.quantity
        assert leg.arrival is not None


class CashAccount(Relay):
    """A broker that lends: it lets proceeds be spent at once, in an account where they must not."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(self.inner.capabilities, spends_proceeds=False)

    def account(self) -> AccountState:
        """Today's proceeds have not settled."""
        state = self.inner.account()
        (cash,) = state.cash
        today = self.inner.executions(state.time.replace(hour=13))
        proceeds = sum(e.quantity * e.price for e in today if e.side is Side.SELL)
        return replace(state, cash=(replace(cash, settled=cash.amount - proceeds),))


def test_what_unsettled_proceeds_have_bought_is_not_sold_before_they_settle(
    make: MakeStage,
) -> None:
    still = StillTape(synthetic_tape(6, seed=1))
    policy = equal_policy(names(6), worth=WorthPolicy(enabled=False))
    stage = make(policy, Setting(tape=still, relay=CashAccount))
    stage.hold_weights(uneven(names(6), "0.2", "0.12", count=1), D(100_000))
    stage.next_day()
    shares = stage.held()[A]
    stage.hold({A: shares}, Side.SELL)
    price = stage.paper.quotes([B])[B].ask
    stage.hold({B: (D(18_000) / price).quantize(D(1))})
    plan = stage.run()
    (line,) = (line for line in plan.lines if line.symbol == B)
    assert "settles tomorrow: good-faith rule" in line.barred
    assert B not in {leg.order.symbol for leg in plan.legs}
    stage.next_day()
    later = stage.run_with_consent()
    assert (B, Side.SELL) in {(leg.order.symbol, leg.order.side) for leg in later.legs}


class Undead(Watched):
    """Says of the first order of a leg that it was cancelled, and goes on working it."""

    lives: OrderKey | None = None
    is_open = False

    def cancel(self, key: OrderKey) -> CancelResult:
        if self.lives is None:
            self.lives = key
        return CancelRequested() if key == self.lives and not self.is_open else super().cancel(key)

    def find(self, key: OrderKey) -> FindResult:
        found = super().find(key)
        if key != self.lives or self.is_open or not isinstance(found, Found):
            return found
        return Found(replace(found.state, status=OrderStatus.CANCELLED))

    def open_orders(self) -> tuple[OrderState, ...]:
        states = self.inner.open_orders()
        return tuple(s for s in states if s.key != self.lives or self.is_open)


def test_an_order_that_comes_back_to_life_ends_its_leg(make: MakeStage) -> None:
    """The broker's own record was wrong: both orders are taken back, and none follows."""
    stage = drifted(make, STEPS)
    stage.broker = Undead(stage.paper)

    def on_step(step: str) -> None:
        lost = stage.broker.lives
        if lost is not None and step == f"sent {child_key(lost, 1)}":
            stage.broker.is_open = True

    stage.on_step = on_step
    plan = stage.run()
    lost = stage.broker.lives
    assert lost is not None
    assert f"giving up {lost}" in stage.steps
    assert len(children(stage, plan)[lost]) == 2
    assert not stage.paper.open_orders()
    assert not stage.book.unsettled(plan.account)
    sold = stage.paper.executions(plan.time)
    most = next(leg.order.quantity for leg in plan.legs if leg.order.key == lost)
    assert sum(e.quantity for e in sold if e.key and leg_key(e.key) == lost) <= most
