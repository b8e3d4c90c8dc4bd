"""Two hundred requests a minute are never passed, and cancellations have the last of them."""

from collections import deque
from dataclasses import replace

import pytest
from alpaca_bench import AAPL, ACCOUNT, Alpaca, Clock, buy
from hypothesis import given
from hypothesis import strategies as st
from standins.alpaca_server import key_of

from brokers.alpaca.broker import AlpacaBroker
from brokers.alpaca.pace import WINDOW_SECONDS, Pace, Timing, Urgency
from brokers.broker import Accepted, CancelRequested, Refused, Unreachable
from brokers.settings import AlpacaSettings
from brokers.words import OrderKey

ASKED = st.tuples(st.sampled_from(list(Urgency)), st.floats(0, 20), st.floats(0, 90))


@given(st.integers(1, 30), st.lists(ASKED, max_size=200))
def test_no_minute_holds_more_than_is_granted(
    limit: int, asked: list[tuple[Urgency, float, float]]
) -> None:
    clock, granted = Clock(), deque[float]()
    pace = Pace(limit, clock.seconds, clock.pause)
    for urgency, gap, patience in asked:
        clock.on(gap)
        before = clock.seconds()
        if pace.take(urgency, patience):
            granted.append(clock.seconds())
        assert clock.seconds() - before <= patience + 1e-3
        while granted and granted[0] <= clock.seconds() - WINDOW_SECONDS:
            granted.popleft()
        assert len(granted) <= limit


def test_readings_stop_before_orders_and_orders_before_cancellations() -> None:
    clock = Clock()
    pace = Pace(200, clock.seconds, clock.pause)
    counts = {
        urgency: sum(pace.take(urgency, 0) for _ in range(300))
        for urgency in (Urgency.LOOK, Urgency.SUBMIT, Urgency.CANCEL)
    }
    assert list(counts.values()) == [180, 10, 10]
    clock.on(WINDOW_SECONDS)
    assert pace.take(Urgency.LOOK, 0)


def test_a_reading_waits_for_its_place_and_an_order_does_not_wait_long(alpaca: Alpaca) -> None:
    alpaca.settings = _slow(alpaca)
    broker = alpaca.open()
    broker.clock()
    keys = [OrderKey(f"k{number}") for number in range(18)]
    assert all(isinstance(broker.submit(buy(key, "1", "1.00")), Accepted) for key in keys)
    refused = broker.submit(buy("late", "1", "1.00"))
    assert refused == Refused("not sent: the requests of this minute are spent", left=False)
    assert alpaca.posts() == 18
    assert broker.cancel(keys[0]) == CancelRequested()
    assert alpaca.clock.paused == []
    assert len(broker.open_orders()) == 17
    assert sum(alpaca.clock.paused) == pytest.approx(60.05, abs=0.1)
    assert isinstance(broker.submit(buy("late", "1", "1.00")), Accepted)


def _slow(alpaca: Alpaca) -> AlpacaSettings:
    return replace(alpaca.settings, requests_per_minute=20)


def test_a_reading_gives_up_when_the_minute_does_not_pass(alpaca: Alpaca) -> None:
    stopped = Timing(alpaca.clock.now, lambda: 0.0, lambda: Pace(1, lambda: 0.0, lambda _: None))
    broker = AlpacaBroker(alpaca.settings, ACCOUNT, stopped, key_of)
    assert broker.clock().is_open
    with pytest.raises(Unreachable, match="requests of this minute are spent"):
        broker.clock()
    broker.close()


def test_five_hundred_orders_and_all_that_belongs_to_them_pass_no_limit(alpaca: Alpaca) -> None:
    alpaca.settings = replace(alpaca.settings, requests_per_minute=200)
    alpaca.server.per_minute, alpaca.server.seconds = 200, alpaca.clock.seconds
    alpaca.model.cash += 1_000_000
    broker = alpaca.open()
    broker.clock()
    keys = [OrderKey(f"k{number}") for number in range(500)]
    for turn, key in enumerate(keys):
        if turn % 10 == 0:
            broker.quotes([AAPL])
            broker.clock()
        assert isinstance(broker.submit(buy(key, "1")), Accepted)
        alpaca.clock.on(0.5)
    broker.account()
    assert len(broker.executions(None)) == 500
    alive = {state.key for state in broker.open_orders()}
    assert {broker.find(key).state.status.is_live for key in keys} == {False}  # type: ignore[union-attr]
    assert not alive
    assert alpaca.server.limited == 0
    assert alpaca.posts() == 500


def test_five_hundred_cancellations_pass_no_limit(alpaca: Alpaca) -> None:
    alpaca.settings = replace(alpaca.settings, requests_per_minute=200)
    alpaca.server.per_minute, alpaca.server.seconds = 200, alpaca.clock.seconds
    for number in range(500):
        alpaca.model.place(
            {
                "symbol": "KO",
                "qty": "1",
                "side": "buy",
                "type": "limit",
                "limit_price": "1",
                "time_in_force": "day",
                "client_order_id": f"k{number}",
            }
        )
    broker = alpaca.open()
    assert len(broker.open_orders()) == 500
    for number in range(500):
        assert broker.cancel(OrderKey(f"k{number}")) == CancelRequested()
    alpaca.clock.on(1)
    assert broker.open_orders() == ()
    assert alpaca.server.limited == 0


def test_one_too_many_all_the_same_is_told_as_unreachable(alpaca: Alpaca) -> None:
    alpaca.server.per_minute = 3
    broker = alpaca.open()
    for _ in range(3):
        broker.clock()
    with pytest.raises(Unreachable, match="429"):
        broker.clock()
    assert alpaca.server.limited == 1
