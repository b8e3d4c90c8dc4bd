"""How fast orders leave, how often, and what a runaway comes to: it is stopped, and stays so."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from gate_cases import NOW, ORDER, buy, leg, moment, passage, plan
from hypothesis import given
from hypothesis import strategies as st
from stage import D, MakeStage, Relay, Setting, Stage, equal_policy, names

from bot.clock import VirtualClock
from bot.gate import send
from bot.gate.pace import too_early
from bot.limits import Profile
from bot.reconcile import Refusal
from brokers.alpaca.broker import CAPABILITIES as ALPACA
from brokers.broker import Accepted, Capabilities, FindResult, Found, SubmitResult
from brokers.settings import AlpacaSettings
from brokers.words import Execution, Order, OrderKey, OrderState, OrderStatus
from strategies.plan import Hold
from strategies.policy import WorthPolicy
from strategies.policy.target import Target


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=300),
    st.sampled_from([Decimal(1), Decimal(2), Decimal("0.5")]),
)
def test_in_no_ten_seconds_do_more_orders_leave_than_the_pace_allows(
    gaps_ms: list[int], per_second: Decimal
) -> None:
    now, sent = NOW, []
    for gap in gaps_ms:
        now += timedelta(milliseconds=gap)
        now += timedelta(seconds=too_early(sent, now, per_second))
        sent.append(now)
    most = max(1, int(per_second * 10))
    for first, after in zip(sent, sent[most:], strict=False):
        assert after - first >= timedelta(seconds=10) - timedelta(microseconds=1)


def test_a_quarter_of_alpacas_messages_is_left_for_cancellations() -> None:
    a_minute = AlpacaSettings().requests_per_minute
    assert ALPACA.orders_per_second * 60 <= a_minute * Decimal("0.75")


class Counter:
    """A broker that takes all, and a book that keeps the notes."""

    def __init__(self, capabilities: object) -> None:
        self.capabilities = capabilities
        self.notes: list[object] = []

    def submit(self, _order: Order) -> SubmitResult:
        return Accepted("1")

    def note(self, notes: list[object]) -> None:
        self.notes += notes


def test_what_comes_too_fast_waits_and_what_waits_too_long_expires() -> None:
    clock = VirtualClock(NOW)
    broker = Counter(replace(ALPACA, orders_per_second=Decimal(1)))
    full = tuple(NOW - timedelta(seconds=1) for _ in range(10))
    before = passage(plan(ORDER), sent_at=full)
    told = moment(clock=clock, send_before=NOW + timedelta(seconds=30))
    after = send(leg(ORDER), before, told, broker, broker)
    assert clock.now() == NOW + timedelta(seconds=9)
    assert after.sent_at[-1] == clock.now()
    hurried = moment(clock=VirtualClock(NOW), send_before=NOW + timedelta(seconds=8))
    assert send(leg(ORDER), before, hurried, broker, broker) is before
    assert "its time to be sent has passed" in broker.notes[-1].detail


# A runaway.


class Frozen(Relay):
    """A broker that takes every order, says that it is cancelled when asked, and shows nothing."""

    def __init__(self, inner: object) -> None:
        super().__init__(inner)
        self.submitted: list[Order] = []
        self.over: set[OrderKey] = set()

    @property
    def capabilities(self) -> Capabilities:
        return replace(self.inner.capabilities, orders_per_second=Decimal(1000))

    def submit(self, order: Order) -> SubmitResult:
        self.submitted.append(order)
        return Accepted(f"B{len(self.submitted)}")

    def cancel(self, key: OrderKey) -> object:
        self.over.add(key)
        return self.inner.cancel(key)

    def open_orders(self) -> tuple[OrderState, ...]:
        return tuple(self._state(o) for o in self.submitted if o.key not in self.over)

    def find(self, key: OrderKey) -> FindResult:
        order = next(order for order in self.submitted if order.key == key)
        return Found(self._state(order))

    def executions(self, _since: object) -> tuple[Execution, ...]:
        return ()

    def _state(self, order: Order) -> OrderState:
        status = OrderStatus.CANCELLED if order.key in self.over else OrderStatus.OPEN
        rest = (order.symbol, order.side, order.quantity, D(0), order.limit, status)
        return OrderState(order.key, "B", *rest)


DAYS = 12
EACH_MINUTES = 30


def keep_running(stage: Stage) -> int:
    """The daemon's loop gone wild: a cycle every half hour for days; how often it was refused."""
    refused = 0
    for _ in range(DAYS):
        for _ in range(8):
            try:
                stage.run_with_consent()
            except Refusal:
                refused += 1
            stage.clock.sleep(EACH_MINUTES * 60)
        stage.next_day()
    return refused


@pytest.mark.parametrize("profile", list(Profile))
def test_a_broker_that_never_shows_a_fill_is_not_fed_for_ever(
    make: MakeStage, profile: Profile
) -> None:
    stage = make(6, Setting(relay=Frozen, profile=profile))
    assert keep_running(stage) > 70
    halt = stage.book.halted(stage.policy.account)
    assert halt is not None
    assert "plans were carried out" in halt.reason
    legs = {order.key.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for order in stage.broker.submitted}
    limits = stage.limits
    assert len(legs) <= 6 * min(limits.cycles_per_10_sessions, limits.cycles_per_day)
    sends = len(stage.broker.submitted)
    assert sends <= len(legs) * limits.sends_per_order


def test_targets_that_swing_are_followed_once_and_then_a_person_is_asked(make: MakeStage) -> None:
    """Alternating targets, a sound broker: nothing is bought and sold again in turn."""
    low, high = D("0.3"), D("0.7")
    symbols = names(2)
    policies = [
        equal_policy(symbols, worth=WorthPolicy(enabled=False), target=Target("fixed", weights))
        for weights in (
            ((symbols[0], low), (symbols[1], high)),
            ((symbols[0], high), (symbols[1], low)),
        )
    ]
    stage = make(policies[0])
    stage.limits = replace(stage.limits, cycle_turnover_max=D(2), day_turnover_max=D(2))
    stage.limits = replace(stage.limits, cycles_per_10_sessions=1000, order_weight_max=D(1))
    stage.run_with_consent()
    stage.next_day()
    states = []
    for day in range(5):
        stage.policy = policies[(day + 1) % 2]
        plan = stage.run()
        states.append(stage.book.plan_state(plan.plan_id))
        assert not isinstance(plan.decision, Hold) or day
        stage.next_day()
    assert states == ["awaiting", "proposed", "awaiting", "proposed", "finished"], (
        "the other way only once five sessions lie between; else a person is asked"
    )
    assert "less than 5 sessions ago" in stage.book.plans()[-2].why


def test_one_order_of_a_plan_does_not_become_a_hundred() -> None:
    wanted = buy("1", "100")
    before, left = passage(plan(wanted)), 0
    broker = Counter(replace(ALPACA, orders_per_second=Decimal(1000)))
    broker.worked = lambda *_: None
    for number in range(100):
        child = replace(wanted, key=OrderKey(f"TT-P-001{number}"))
        after = send(leg(child), before, moment(), broker, broker)
        left += after is not before
        before = after
    assert left == before.limits.sends_per_order
