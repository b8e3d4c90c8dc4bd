"""What every broker must keep of an order for the closing auction, as its capabilities say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from contract_bench import Bench
from test_broker_contract import make_order, state_of

from brokers.broker import Accepted, Broker, CancelRequested, Refused
from brokers.words import ZERO, Order, OrderKey, OrderStatus, TimeInForce

CLOSE = datetime(2020, 3, 12, 20, 0, tzinfo=UTC)
FREEZE = CLOSE - timedelta(minutes=10)
"""Until 15:50 in New York the exchanges take such orders, and let them go."""


def at_close(bench: Bench, broker: Broker, key: str, **how: object) -> Order:
    """A buy of ten, half a dollar beyond the ask or as told."""
    order = make_order(bench, broker, key, **({"away": "-0.5"} | how))
    return replace(order, force=TimeInForce.CLOSE)


def until(bench: Bench, moment: datetime) -> None:
    bench.wait((moment - bench.now).total_seconds())


def test_it_is_taken_until_the_lead_that_is_stated(bench: Bench, broker: Broker) -> None:
    able = broker.capabilities
    assert able.times_in_force == ("day", "cls")
    assert able.closing_lead is not None
    assert able.closing_lead >= CLOSE - FREEZE
    until(bench, CLOSE - able.closing_lead)
    assert isinstance(broker.submit(at_close(bench, broker, "k")), Accepted)


def test_it_waits_for_the_close_however_far_its_limit_reaches(bench: Bench, broker: Broker) -> None:
    broker.submit(at_close(bench, broker, "k"))
    until(bench, CLOSE - timedelta(minutes=1))
    state = state_of(broker, "k")
    assert (state.status, state.filled) == (OrderStatus.OPEN, ZERO)
    assert [each.key for each in broker.open_orders()] == ["k"]


def test_it_trades_at_the_close_and_is_told_with_its_executions(
    bench: Bench, broker: Broker
) -> None:
    order = at_close(bench, broker, "k")
    broker.submit(order)
    until(bench, CLOSE + timedelta(minutes=1))
    assert state_of(broker, "k").status is OrderStatus.FILLED
    trades = broker.executions(None)
    assert sum(trade.quantity for trade in trades) == order.quantity
    assert {trade.key for trade in trades} == {"k"}
    assert all(trade.price <= order.limit for trade in trades)
    assert all(trade.time >= CLOSE for trade in trades)


def test_what_does_not_trade_in_it_ends_with_it(bench: Bench, broker: Broker) -> None:
    broker.submit(at_close(bench, broker, "k", away=15))
    until(bench, CLOSE + timedelta(minutes=1))
    state = state_of(broker, "k")
    assert (state.status.is_live, state.filled) == (False, ZERO)
    assert state.status is not OrderStatus.REJECTED, "the limits count rejections"
    assert broker.open_orders() == ()


def test_it_can_be_taken_out_before(bench: Bench, broker: Broker) -> None:
    broker.submit(at_close(bench, broker, "k"))
    bench.wait()
    assert broker.cancel(OrderKey("k")) == CancelRequested()
    until(bench, CLOSE + timedelta(minutes=1))
    assert state_of(broker, "k").status is OrderStatus.CANCELLED


@pytest.mark.parametrize("minute", [5, 1])
def test_too_late_it_is_neither_taken_nor_let_go(bench: Bench, broker: Broker, minute: int) -> None:
    broker.submit(at_close(bench, broker, "k"))
    until(bench, CLOSE - timedelta(minutes=minute))
    assert isinstance(broker.submit(at_close(bench, broker, "late")), Refused)
    broker.cancel(OrderKey("k"))
    bench.wait()
    assert state_of(broker, "k").status.is_live
    until(bench, CLOSE + timedelta(minutes=1))
    assert state_of(broker, "k").status is OrderStatus.FILLED


def test_a_fraction_of_a_share_is_none_for_it(bench: Bench, broker: Broker) -> None:
    order = replace(at_close(bench, broker, "k", quantity="1.5"))
    assert isinstance(broker.submit(order), Refused)
