"""The closing auction of the paper exchange: one price at the close, whole shares, no way back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from paper_bench import ACME, CLOSE, THURSDAY, D, SetClock, ToldTape, buy, open_at, sell, told

from brokers.broker import Accepted, CancelRequested, Found, Refused, Unclear
from brokers.paper.broker import PaperBroker
from brokers.paper.venue import PaperOptions
from brokers.words import Order, OrderKey, OrderStatus, TimeInForce

RICH = PaperOptions(latency_ms=50, cash=D(10_000_000))
FREEZE = CLOSE - timedelta(minutes=10)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def tape() -> ToldTape:
    """A market that ends the day 20 cents higher."""
    return told().tell(CLOSE - timedelta(minutes=1), "100.19", "100.22")


@pytest.fixture
def broker(tmp_path: Path, tape: ToldTape, clock: SetClock) -> Iterator[PaperBroker]:
    opened = open_at(tmp_path, tape, clock, RICH)
    yield opened
    opened.close()


def at_close(order: Order) -> Order:
    return replace(order, force=TimeInForce.CLOSE)


def fate(broker: PaperBroker, key: str = "k") -> tuple[OrderStatus, Decimal, str]:
    found = broker.find(OrderKey(key))
    assert isinstance(found, Found)
    return found.state.status, found.state.filled, found.state.reason


def test_it_trades_at_the_close_alone_and_at_the_price_of_all(
    broker: PaperBroker, clock: SetClock
) -> None:
    assert broker.submit(at_close(buy("k", "10", "101"))) == Accepted("O00000001")
    clock.at = CLOSE - timedelta(microseconds=1)
    assert fate(broker) == (OrderStatus.OPEN, D(0), ""), "its limit is far through the quote"
    clock.at = CLOSE + timedelta(hours=3)
    assert fate(broker) == (OrderStatus.FILLED, D(10), "")
    (trade,) = broker.executions(None)
    assert (trade.price, trade.time) == (D("100.20"), CLOSE), "mid is 100.205, on the tick to even"


def test_a_limit_is_kept_and_what_does_not_trade_ends_with_the_auction(
    broker: PaperBroker, clock: SetClock
) -> None:
    broker.submit(at_close(buy("below", "10", "100.19")))
    broker.submit(at_close(buy("at", "10", "100.20")))
    clock.at = CLOSE
    over = "the closing auction is over"
    assert fate(broker, "below") == (OrderStatus.EXPIRED, D(0), over)
    assert fate(broker, "at")[0] is OrderStatus.FILLED
    assert broker.open_orders() == ()
    assert broker.account().cash[0].amount == RICH.cash - 10 * D("100.20")


def test_the_auction_has_a_volume_and_serves_who_came_first(
    broker: PaperBroker, tape: ToldTape, clock: SetClock
) -> None:
    tape.rate = D(1)  # 23,400 shares a day: 2,340 in the auction, and 234 of them for us
    broker.submit(at_close(buy("first", "200", "101")))
    broker.submit(at_close(buy("second", "200", "101")))
    clock.at = CLOSE
    assert fate(broker, "first") == (OrderStatus.FILLED, D(200), "")
    assert fate(broker, "second") == (OrderStatus.EXPIRED, D(34), "the closing auction is over")


def test_purchases_wait_with_the_cash_they_may_take_and_sales_with_their_shares(
    tmp_path: Path, tape: ToldTape, clock: SetClock
) -> None:
    broker = open_at(tmp_path, tape, clock, PaperOptions(latency_ms=0, cash=D(2000)))
    broker.submit(buy("held", "5", "100.01"))
    clock.on(minutes=1)
    assert isinstance(broker.submit(at_close(buy("k", "14", "101"))), Accepted)
    assert isinstance(broker.submit(at_close(buy("more", "5", "101"))), Refused)
    assert isinstance(broker.submit(at_close(sell("s", "5", "99"))), Accepted)
    assert isinstance(broker.submit(at_close(sell("t", "1", "99"))), Refused)
    clock.at = CLOSE
    assert [p.quantity for p in broker.account().positions] == [D(14)]
    broker.close()


@pytest.mark.parametrize(
    ("order", "when", "why"),
    [
        (buy("k", "1.5", "101"), THURSDAY, "an auction trades whole shares"),
        (buy("k", "1", "101"), FREEZE, ""),
        (buy("k", "1", "101"), FREEZE + timedelta(seconds=1), "it is too late for the closing"),
        (buy("k", "1", "101.001"), THURSDAY, "limit 101.001 is off the tick"),
    ],
)
def test_what_it_takes(
    broker: PaperBroker, clock: SetClock, order: Order, when: datetime, why: str
) -> None:
    clock.at = when
    answer = broker.submit(at_close(order))
    told_why = answer.reason if isinstance(answer, Refused) else ""
    assert told_why.startswith(why)
    assert isinstance(answer, Refused) is bool(why)


def test_it_can_be_taken_out_until_ten_minutes_before(broker: PaperBroker, clock: SetClock) -> None:
    for key in ("early", "late"):
        broker.submit(at_close(buy(key, "10", "101")))
    clock.at = FREEZE
    assert broker.cancel(OrderKey("early")) == CancelRequested()
    clock.on(seconds=1)
    assert isinstance(broker.cancel(OrderKey("late")), Unclear)
    clock.at = CLOSE
    assert fate(broker, "early") == (OrderStatus.CANCELLED, D(0), "cancelled")
    assert fate(broker, "late")[0] is OrderStatus.FILLED


def test_it_waits_through_a_restart(tmp_path: Path, tape: ToldTape, clock: SetClock) -> None:
    first = open_at(tmp_path, tape, clock, RICH)
    first.submit(at_close(buy("k", "10", "101")))
    first.close()
    clock.on(hours=1)
    second = open_at(tmp_path, tape, clock, RICH)
    assert [state.key for state in second.open_orders()] == ["k"]
    clock.at = CLOSE + timedelta(days=1)
    assert [(each.price, each.time) for each in second.executions(None)] == [(D("100.20"), CLOSE)]
    second.close()


@pytest.mark.parametrize(("minutes", "fills"), [(2, True), (10, True), (11, False)])
def test_a_tape_without_memory_tells_the_price_of_the_close_for_ten_minutes(
    tmp_path: Path, tape: ToldTape, clock: SetClock, minutes: int, *, fills: bool
) -> None:
    tape.remembers = False
    broker = open_at(tmp_path, tape, clock, RICH)
    broker.submit(at_close(buy("k", "10", "101")))
    clock.at = CLOSE + timedelta(minutes=minutes)
    ended = OrderStatus.FILLED if fills else OrderStatus.EXPIRED
    assert fate(broker)[0] is ended
    broker.close()


def test_without_a_quote_of_the_close_nothing_trades(tmp_path: Path, clock: SetClock) -> None:
    crossed = told().tell(CLOSE - timedelta(minutes=1), "100.22", "100.19")
    broker = open_at(tmp_path, crossed, clock, RICH)
    broker.submit(at_close(buy("k", "10", "101")))
    clock.at = CLOSE
    assert fate(broker)[0] is OrderStatus.EXPIRED
    assert broker.quotes([ACME])[ACME].bid > broker.quotes([ACME])[ACME].ask
    broker.close()
