"""Orders in time: latency, minutes, cancellations that race, the close, and who looks when."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_bench import (
    ACME,
    CLOSE,
    THURSDAY,
    D,
    SetClock,
    ToldTape,
    buy,
    open_at,
    sell,
    told,
)

from brokers.broker import Accepted, AlreadyDone, CancelRequested, Found, Refused
from brokers.paper.broker import PaperBroker
from brokers.paper.tape import MarketTape, Tape
from brokers.paper.us20 import us20_tape
from brokers.paper.venue import PaperOptions
from brokers.words import Execution, OrderKey, OrderStatus, Symbol

SLOW = PaperOptions(latency_ms=500)
RICH = PaperOptions(latency_ms=50, cash=D(10_000_000))


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def slow(tmp_path: Path, clock: SetClock) -> Iterator[PaperBroker]:
    broker = open_at(tmp_path, told(), clock, SLOW)
    yield broker
    broker.close()


def status(broker: PaperBroker, key: str = "k") -> OrderStatus:
    found = broker.find(OrderKey(key))
    assert isinstance(found, Found)
    return found.state.status


def test_an_order_is_in_the_market_only_after_its_latency(
    slow: PaperBroker, clock: SetClock
) -> None:
    assert slow.submit(buy("k", "10", "100.01")) == Accepted("O00000001")
    clock.on(milliseconds=499)
    assert status(slow) is OrderStatus.OPEN
    clock.on(milliseconds=1)
    assert status(slow) is OrderStatus.FILLED
    assert [each.time for each in slow.executions(None)] == [THURSDAY + timedelta(milliseconds=500)]


def test_the_price_is_that_of_arrival_not_of_sending(tmp_path: Path, clock: SetClock) -> None:
    tape = told().tell(THURSDAY + timedelta(milliseconds=100), "99.89", "99.90")
    broker = open_at(tmp_path, tape, clock, SLOW)
    broker.submit(buy("k", "10", "100.01"))
    clock.on(seconds=1)
    assert [each.price for each in broker.executions(None)] == [D("99.90")]
    broker.close()


def test_a_cancellation_may_come_too_late(slow: PaperBroker, clock: SetClock) -> None:
    slow.submit(buy("k", "10", "100.01"))
    clock.on(milliseconds=300)
    assert slow.cancel(OrderKey("k")) == CancelRequested()
    clock.on(seconds=1)
    assert status(slow) is OrderStatus.FILLED
    assert slow.cancel(OrderKey("k")) == AlreadyDone()


def test_a_cancellation_takes_its_time_too(slow: PaperBroker, clock: SetClock) -> None:
    slow.submit(buy("k", "10", "99"))
    clock.on(seconds=1)
    assert slow.cancel(OrderKey("k")) == CancelRequested()
    clock.on(milliseconds=499)
    assert status(slow) is OrderStatus.OPEN
    assert slow.cancel(OrderKey("k")) == CancelRequested()
    clock.on(milliseconds=1)
    assert status(slow) is OrderStatus.CANCELLED
    assert slow.open_orders() == ()


def test_after_its_cancellation_nothing_fills_even_if_nobody_looked(
    tmp_path: Path, clock: SetClock
) -> None:
    tape = told().tell(THURSDAY + timedelta(minutes=5), "98", "98.01")
    broker = open_at(tmp_path, tape, clock, SLOW)
    broker.submit(buy("k", "10", "99"))
    broker.cancel(OrderKey("k"))
    clock.on(hours=1)
    assert broker.executions(None) == ()
    assert status(broker) is OrderStatus.CANCELLED
    broker.close()


def test_a_waiting_order_fills_at_its_limit_when_the_quote_comes_to_it(
    tmp_path: Path, clock: SetClock
) -> None:
    tape = told().tell(THURSDAY + timedelta(minutes=5), "98.50", "98.60")
    broker = open_at(tmp_path, tape, clock)
    broker.submit(buy("k", "10", "99"))
    clock.on(minutes=30)
    done = broker.executions(None)
    assert [(e.price, e.time) for e in done] == [(D(99), THURSDAY + timedelta(minutes=5))]
    broker.close()


def test_an_order_lives_until_the_close(tmp_path: Path, clock: SetClock) -> None:
    tape = told().tell(CLOSE, "90", "90.01")
    broker = open_at(tmp_path, tape, clock)
    broker.submit(buy("k", "10", "99"))
    clock.at = CLOSE - timedelta(microseconds=1)
    assert status(broker) is OrderStatus.OPEN
    clock.at = CLOSE
    assert status(broker) is OrderStatus.EXPIRED
    assert broker.submit(buy("k2", "10", "99")) == Refused("the market is closed")
    assert broker.executions(None) == ()
    broker.close()


def test_a_minute_offers_its_part_of_the_volume_and_no_more(
    tmp_path: Path, clock: SetClock
) -> None:
    tape = told()
    tape.rate = D(2)  # 120 shares a minute, of which 12 are ours
    broker = open_at(tmp_path, tape, clock)
    broker.submit(buy("a", "20", "100.01"))
    broker.submit(buy("b", "10", "100.01"))
    assert [e.quantity for e in broker.executions(None)] == [12]
    clock.on(seconds=59)
    assert len(broker.executions(None)) == 1
    clock.on(seconds=1)
    assert [(e.key, e.quantity) for e in broker.executions(None)] == [
        ("a", 12),
        ("a", 8),
        ("b", 4),
    ]
    clock.on(hours=1)
    assert [(e.key, e.quantity) for e in broker.executions(clock.at - timedelta(minutes=59))] == [
        ("b", 6)
    ]
    broker.close()


def test_on_live_quotes_only_now_is_looked_at(tmp_path: Path, clock: SetClock) -> None:
    source = told().tell(THURSDAY + timedelta(minutes=5), "98.50", "98.60")
    source.tell(THURSDAY + timedelta(minutes=6), "99.99", "100.01")
    live = open_at(tmp_path / "live", source, clock)
    broker = open_at(tmp_path / "paper", MarketTape(live), clock)
    broker.submit(buy("k", "10", "99"))
    broker.submit(buy("now", "10", "100.01"))
    clock.on(minutes=30)  # the dip of minute 5 was missed, as nobody looked
    assert [e.key for e in broker.executions(None)] == ["now"]
    source.tell(clock.at, "98.50", "98.60")
    clock.on(seconds=1)
    assert [(e.key, e.time) for e in broker.executions(None)][1:] == [("k", clock.at)]
    assert live.executions(None) == ()
    broker.close()
    live.close()


TAPE = us20_tape(seed=7)
SYMBOLS = TAPE.symbols[:3]
Script = list[tuple[Symbol, str, int, int, int]]
steps = st.lists(
    st.tuples(
        st.sampled_from(SYMBOLS),
        st.sampled_from(["buy", "sell"]),
        st.integers(1, 900),
        st.integers(-30, 30),
        st.integers(0, 3000),
    ),
    min_size=1,
    max_size=8,
)


def traded(script: Script, tape: Tape, looks: int = 0) -> tuple[Execution, ...]:
    """Play ``script``, with ``looks`` more looks between every two of its steps."""
    with TemporaryDirectory() as folder:
        clock = SetClock()
        broker = open_at(Path(folder), tape, clock, RICH)
        for number, (symbol, side, quantity, ticks, seconds) in enumerate(script):
            mid = TAPE.quotes([symbol], clock.at)[symbol].bid + D(ticks) / 100
            order = (buy if side == "buy" else sell)(f"k{number}", str(quantity), str(mid), symbol)
            broker.submit(order)
            for _ in range(looks):
                clock.on(seconds=seconds / looks)
                broker.open_orders()
            clock.on(seconds=0 if looks else seconds)
        clock.at = max(clock.at, CLOSE)
        done = broker.executions(None)
        broker.close()
    return done


@given(steps)
@settings(max_examples=25)
def test_the_same_calls_give_the_same_executions(script: Script) -> None:
    assert traded(script, us20_tape(seed=7)) == traded(script, us20_tape(seed=7))


@given(steps, st.integers(1, 4))
@settings(max_examples=25)
def test_looking_more_often_changes_nothing(script: Script, looks: int) -> None:
    whole = [(*step[:4], step[4] // 60 * 60) for step in script]
    assert traded(whole, TAPE, looks) == traded(whole, TAPE)


def test_the_clock_may_be_set_back_a_little(slow: PaperBroker, clock: SetClock) -> None:
    slow.submit(buy("a", "1", "100.01"))
    clock.on(seconds=2)
    assert len(slow.executions(None)) == 1
    clock.on(seconds=-1)
    slow.submit(buy("b", "1", "100.01"))
    clock.on(seconds=5)
    times = [each.time for each in slow.executions(None)]
    assert len(times) == 2
    assert times == sorted(times)


def test_a_tape_that_knows_no_quote_lets_orders_wait(tmp_path: Path, clock: SetClock) -> None:
    broker = open_at(tmp_path, ToldTape(), clock)
    assert broker.submit(buy("k", "1", "100")) == Accepted("O00000001")
    assert broker.quotes([ACME, Symbol("NOPE")]) == {}
    clock.on(hours=1)
    assert [state.filled for state in broker.open_orders()] == [Decimal(0)]
    broker.close()
