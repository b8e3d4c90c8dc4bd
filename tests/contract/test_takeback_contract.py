"""At every broker: the kill switch takes back what is ours, sees it gone, and leaves the rest."""

from contract_bench import ACCOUNT, Bench
from test_broker_contract import make_order, state_of

from bot.takeback import TakenBack, is_ours, take_back
from brokers.broker import Accepted, Broker
from brokers.words import OrderKey, OrderStatus
from strategies.planned import PlanId, order_key

HIS = ("HAND-1", "DRILL-ABC-1", "tt-lower-001", "XTT-ABC-001")
"""Ids of orders that no plan of ours has sent."""


class BenchClock:
    """Waits at the broker's clock, and counts what was waited."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.waited = 0.0

    def now(self) -> object:
        return self.bench.now

    def sleep(self, seconds: float) -> None:
        self.waited += seconds
        self.bench.wait(seconds)


def ours(number: int) -> OrderKey:
    return order_key(PlanId("0123456789"), number)


def place(bench: Bench, broker: Broker, key: str, away: int = 20) -> None:
    """A small order that waits, far from the market."""
    order = make_order(bench, broker, key, away=away, quantity=1)
    assert isinstance(broker.submit(order), Accepted), key
    bench.wait()


def test_only_ours_are_taken_back_and_each_is_seen_to_be_gone(bench: Bench, broker: Broker) -> None:
    for key in HIS:
        place(bench, broker, key)
    for number in range(3):
        place(bench, broker, ours(number))
    clock = BenchClock(bench)
    taken = take_back(broker, (), clock)
    assert taken == TakenBack(gone=tuple(ours(n) for n in range(3)))
    assert clock.waited < 30
    assert {o.key for o in broker.open_orders()} == set(HIS)
    for number in range(3):
        assert state_of(broker, ours(number)).status is OrderStatus.CANCELLED
    assert take_back(broker, (), clock) == TakenBack()
    assert broker.account().account == ACCOUNT


def test_what_was_filled_or_never_came_is_told_from_what_may_live(
    bench: Bench, broker: Broker
) -> None:
    order = make_order(bench, broker, ours(1), quantity=1)
    broker.submit(order)
    bench.wait(120)
    assert state_of(broker, ours(1)).status is OrderStatus.FILLED
    place(bench, broker, ours(2))
    taken = take_back(broker, [ours(1), ours(2), ours(3)], BenchClock(bench))
    assert taken == TakenBack(gone=(ours(1), ours(2), ours(3)))


def test_the_first_round_asks_all_to_go_without_waiting(bench: Bench, broker: Broker) -> None:
    for number in range(3):
        place(bench, broker, ours(number))
    clock = BenchClock(bench)
    taken = take_back(broker, (), clock, patience_seconds=0)
    assert clock.waited == 0
    bench.wait(60)
    assert broker.open_orders() == ()
    assert all(str(key) in "".join(taken.left) for key in map(ours, range(3)))


def test_an_id_of_ours_begins_as_ours_do() -> None:
    assert is_ours(ours(1))
    assert not any(is_ours(OrderKey(key)) for key in HIS)
    assert not is_ours(None)
