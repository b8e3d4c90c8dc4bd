"""The faults of the client library, reproduced at the stand-in, and each shown survived.

Each test first shows what ib_async does by itself, so that it fails on the day on which the library
is mended and the care taken here is no longer needed.
"""

import asyncio
from dataclasses import replace

import pytest
from ib_async import LimitOrder
from ibkr_bench import PLACE, Desk, buy, state_of, until
from standins import tws_faults as faults
from standins.tws_wire import frame
from tws_bench import AAPL, SECONDS, D, Gateway, Heard, played

from brokers.broker import Accepted, BadAnswer, Refused, Unclear, Unreachable
from brokers.ibkr.ledger import latest
from brokers.ibkr.state import Line
from brokers.words import OrderKey, OrderStatus


@pytest.fixture
def gateway(ib: Desk) -> Gateway:
    """The same gateway, for the library alone."""
    return Gateway(ib.clock, ib.server)


async def _placed(client: Heard, ref: str, limit: float = 50) -> str:
    """The library's status of an order that was just sent."""
    trade = await client.buy(1, limit, ref)
    return str(trade.orderStatus.status)


def test_a_corrected_execution_is_counted_twice(ib: Desk, gateway: Gateway) -> None:
    @played
    async def library() -> None:
        async with gateway.client() as client:
            trade = await client.buy(3, 70.02, "theirs")
            with ib.server.lock:
                ib.model.correct(ib.model.books.executions[0].exec_id, shares="2")
            await client.until(lambda: len(trade.fills) > 1)
            assert trade.filled() == 5, "three shares, corrected to two"

    library()
    broker = ib.open()
    assert sum(e.quantity for e in latest(broker.executions(None))) == 2


def test_an_order_that_is_refused_as_invalid_stays_open_for_ever(
    ib: Desk, gateway: Gateway
) -> None:
    @played
    async def library() -> None:
        async with gateway.client() as client:
            ib.server.faults.tell(faults.error(*PLACE, 321, "Error validating request."))
            assert await _placed(client, "theirs") == "ValidationError"
            assert [trade.isDone() for trade in client.ib.openTrades()] == [False]

    library()
    ib.server.faults.tell(faults.error(*PLACE, 321, "Error validating request."))
    assert isinstance(ib.open().submit(buy("ours", limit="50")), Refused)


def test_a_notice_about_an_order_is_taken_for_its_end(ib: Desk, gateway: Gateway) -> None:
    preset = "Order TIF was set to DAY based on order preset."

    def say(client_id: int, ref: str) -> None:
        order_id = ib.model.by_ref(ref)[0].wanted.order_id
        with ib.server.lock:
            for link in ib.server.links:
                if link.client.client_id == client_id:
                    link.send(frame(link.client.error(order_id, 10349, preset)))

    @played
    async def library() -> None:
        async with gateway.client() as client:
            trade = await client.buy(1, 50, "theirs")
            say(7, "theirs")
            await client.until(lambda: trade.orderStatus.status == "Cancelled")
            assert ib.model.by_ref("theirs")[0].is_live

    library()
    broker = ib.open()
    assert isinstance(broker.submit(buy("ours", limit="50")), Accepted)
    say(17, "ours")
    assert state_of(broker, "ours").status is OrderStatus.OPEN


def test_orders_wait_in_a_queue_that_is_thrown_away(ib: Desk, gateway: Gateway) -> None:
    @played
    async def library() -> None:
        async with gateway.client() as client:
            client.ib.client.MaxRequests = 1
            await asyncio.sleep(0)
            trades = [
                client.ib.placeOrder(AAPL, LimitOrder("BUY", 1, 50, orderRef=f"theirs{n}"))
                for n in range(5)
            ]
            assert {t.orderStatus.status for t in trades} == {"PendingSubmit"}, "all look sent"
            client.ib.disconnect()

    before = ib.sent()
    library()
    until(lambda: not ib.server.links)
    assert ib.sent() - before < 5
    broker = ib.open(messages_per_second=10)
    results = [broker.submit(buy(f"ours{n}", "1", "50")) for n in range(5)]
    assert all(isinstance(result, Accepted) for result in results)
    assert all(len(ib.model.by_ref(f"ours{n}")) == 1 for n in range(5))


def test_a_frame_that_is_swallowed_leaves_a_list_that_looks_whole(
    ib: Desk, gateway: Gateway
) -> None:
    @played
    async def library() -> None:
        async with gateway.client() as client:
            await client.buy(1, 50, "theirs")
            ib.server.faults.tell(faults.garbled("reqAllOpenOrders", "", 5))
            assert await client.ib.reqAllOpenOrdersAsync() == []

    library()
    broker = ib.open()
    ib.server.faults.tell(faults.garbled("reqAllOpenOrders", "", 5))
    with pytest.raises(BadAnswer, match="cannot be read"):
        broker.open_orders()
    assert len(broker.open_orders()) == 1


def test_a_dead_line_looks_connected(ib: Desk, gateway: Gateway) -> None:
    @played
    async def library() -> None:
        async with gateway.client() as client:
            ib.server.lose_connectivity()
            await client.until(lambda: 1100 in client.codes())
            assert client.ib.isConnected()
            ib.server.restore_connectivity()

    library()
    broker = ib.open()
    assert broker.clock().is_open
    ib.server.lose_connectivity()
    until(lambda: broker._link.state.line is Line.CUT)  # noqa: SLF001 - what no answer tells
    with pytest.raises(Unreachable):
        broker.account()


def test_a_reading_without_an_end_is_waited_for_without_end(ib: Desk, gateway: Gateway) -> None:
    @played
    async def library() -> None:
        async with gateway.client() as client:
            ib.server.faults.tell(faults.lost("reqContractDetails", ""))
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.ib.reqContractDetailsAsync(AAPL), SECONDS / 4)

    library()
    broker = ib.open(timeout_seconds=0.3)
    ib.server.faults.tell(faults.lost("reqContractDetails", ""))
    with pytest.raises(Unreachable, match="did not answer in time"):
        broker.instruments([buy("k").symbol])


def test_what_was_filled_while_the_line_was_down_is_told_to_nobody(
    ib: Desk, gateway: Gateway
) -> None:
    @played
    async def library() -> None:
        async with gateway.client() as client:
            trade = await client.buy(1, 69, "theirs")
            ib.server.lose_connectivity()
            ib.model.quotes["AAPL"] = D("68.98"), D("69.00")
            ib.server.settle()
            ib.server.restore_connectivity()
            await client.until(lambda: 1102 in client.codes())
            await client.fence()
            assert not trade.fills
            assert ib.model.by_ref("theirs")[0].filled == 1

    library()
    broker = ib.open()
    (done,) = broker.executions(None)
    assert (done.key, done.quantity) == ("theirs", 1)


def test_an_order_that_was_dropped_on_the_way_is_not_sent_again(ib: Desk) -> None:
    broker = ib.open()
    ib.server.faults.tell(replace(faults.lost(*PLACE)))
    assert isinstance(broker.submit(buy("k", limit="50")), Unclear)
    broker.find(OrderKey("k"))
    ib.server.drop_links()
    until(lambda: broker._link.state.line is Line.DOWN)  # noqa: SLF001
    broker.find(OrderKey("k"))
    ib.clock.on(60)
    broker.find(OrderKey("k"))
    assert ib.model.by_ref("k") == []
