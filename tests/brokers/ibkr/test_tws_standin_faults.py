"""What goes wrong at the TWS stand-in: every error code, every fault, links and restarts."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from ib_async import IB, MarketOrder, Order, Stock, Trade
from standins.faults import Fault, drop_after, drop_before, hang_after, hang_before
from standins.tws_faults import backwards, error, garbled, late, lost, twice, unanswered, without
from tws_bench import AAPL, ACCOUNT, KO, SECONDS, D, Gateway, Heard, gateway, order, played

TESTS = Path(__file__).resolve().parents[2]


@pytest.fixture
def tws() -> Iterator[Gateway]:
    """A fresh stand-in."""
    with gateway() as made:
        yield made


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """The library logs every error that a test provokes."""
    logging.getLogger("ib_async").setLevel(logging.CRITICAL)


# Error codes, each from its own cause

Cause = Callable[[Gateway, Heard], Awaitable[object]]


async def off_tick(_: Gateway, client: Heard) -> object:
    return await client.buy(1, 60.001)


async def unknown_symbol(_: Gateway, client: Heard) -> object:
    client.ib.placeOrder(Stock("NOPE", "SMART", "USD"), order(1, 60))
    return await client.fence()


async def beyond_the_cash(_: Gateway, client: Heard) -> object:
    return await client.buy(1_000_000, 60)


async def short_sale(_: Gateway, client: Heard) -> object:
    return await client.buy(1, 60, action="SELL")


async def rejected_later(tws: Gateway, client: Heard) -> object:
    await client.buy(1, 60, "k")
    tws.model.reject(tws.booked("k"), "The exchange is closed.")
    return await client.until(client.codes)


async def bad_type(_: Gateway, client: Heard) -> object:
    client.ib.placeOrder(AAPL, Order(action="BUY", totalQuantity=1, orderType="FEELINGS"))
    return await client.fence()


async def strange_account(_: Gateway, client: Heard) -> object:
    return await client.buy(1, 60, account="DU7")


async def nothing_at_all(_: Gateway, client: Heard) -> object:
    return await client.buy(0, 60)


async def no_fractions(tws: Gateway, client: Heard) -> object:
    tws.model.fractions = False
    return await client.buy(0.5, 60)


async def number_used(_: Gateway, client: Heard) -> object:
    trade = await client.buy(1, 70.02)
    again = order(1, 70.02)
    again.orderId = trade.order.orderId
    client.ib.client.placeOrder(again.orderId, AAPL, again)
    return await client.fence()


async def number_too_low(_: Gateway, client: Heard) -> object:
    await client.buy(1, 60)
    client.ib.client.placeOrder(1, AAPL, order(1, 60))
    return await client.fence()


async def cancelled_too_late(_: Gateway, client: Heard) -> object:
    trade = await client.buy(1, 70.02)
    client.ib.client.cancelOrder(trade.order.orderId)
    return await client.fence()


async def cancelled_twice(_: Gateway, client: Heard) -> object:
    trade = await client.buy(1, 60)
    for _again in range(2):
        client.ib.client.cancelOrder(trade.order.orderId)
        await client.fence()
    return client.errors.pop(-2)


async def never_placed(_: Gateway, client: Heard) -> object:
    client.ib.client.cancelOrder(4711)
    return await client.fence()


async def held_for_locate(tws: Gateway, client: Heard) -> object:
    tws.model.shorting, tws.model.hard_to_borrow = True, {"AAPL"}
    trade = await client.buy(1, 69.98, action="SELL")
    assert trade.orderStatus.whyHeld == "locate"
    return trade


async def not_subscribed(tws: Gateway, client: Heard) -> object:
    tws.model.market_data = "none"
    return await client.ib.reqTickersAsync(AAPL)


async def too_many_lines(tws: Gateway, client: Heard) -> object:
    tws.server.links[0].client.lines = 1
    client.ib.reqMktData(AAPL)
    client.ib.reqMktData(KO)
    return await client.fence()


async def no_bars(tws: Gateway, client: Heard) -> object:
    tws.model.bars["KO"] = []
    return await client.ib.reqHistoricalDataAsync(KO, "", "5 D", "1 day", "TRADES", useRTH=True)


async def after_hours(tws: Gateway, client: Heard) -> object:
    tws.clock.on(8 * 3600)
    return await client.buy(1, 60)


CAUSES: tuple[tuple[int, Cause], ...] = (
    (101, too_many_lines),
    (103, number_used),
    (103, number_too_low),
    (110, off_tick),
    (161, cancelled_too_late),
    (162, no_bars),
    (200, unknown_symbol),
    (201, beyond_the_cash),
    (201, short_sale),
    (201, rejected_later),
    (321, bad_type),
    (321, strange_account),
    (354, not_subscribed),
    (399, after_hours),
    (404, held_for_locate),
    (434, nothing_at_all),
    (10147, never_placed),
    (10148, cancelled_twice),
    (10243, no_fractions),
)


@pytest.mark.parametrize(("code", "cause"), CAUSES, ids=lambda each: getattr(each, "__name__", ""))
@played
async def test_every_code_has_its_cause(tws: Gateway, code: int, cause: Cause) -> None:
    async with tws.client() as client:
        await cause(tws, client)
        assert client.codes() == [code]
    assert len(tws.model.books.orders) <= 1


@pytest.mark.parametrize("code", [100, 103, 201, 203, 321, 504, 10197, 10349])
@played
async def test_any_code_can_be_told(tws: Gateway, code: int) -> None:
    tws.server.faults.tell(error("placeOrder", ".*\\|k\\|", code, "Because."))
    async with tws.client() as client:
        trade = await client.buy(1, 60, "k")
    assert (trade.order.orderId, code, "Because.") in client.errors
    assert tws.model.books.orders == []


@played
async def test_a_cancellation_can_lose_to_a_fill(tws: Gateway) -> None:
    tws.model.cancel_loses = True
    async with tws.client() as client:
        trade = await client.buy(1, 60)
        client.ib.cancelOrder(trade.order)
        await client.fence()
    assert client.codes() == [161]
    assert (trade.orderStatus.status, trade.filled()) == ("Filled", 1)


@played
async def test_fifty_messages_a_second_are_enough() -> None:
    second = [0.0]
    with gateway(seconds=lambda: second[0]) as tws:
        async with tws.client() as client:
            before = len(tws.server.exchanges)
            client.ib.client.MaxRequests = 0
            for _ in range(60):
                client.ib.client.reqIds(1)
            await client.until(lambda: client.codes().count(100) == 10 + before)
            assert tws.server.count("reqIds") == 50 - before
            assert tws.server.paced == 10 + before
            second[0] = 1.1
            await client.fence()


# Links and client ids


@played
async def test_a_client_id_is_good_for_one_link(tws: Gateway) -> None:
    async with tws.client() as first:
        await _refused(tws)
        await first.fence()
    async with tws.client() as again:
        await again.fence()


async def _refused(tws: Gateway, client_id: int = 7) -> None:
    """Connecting fails, and 326 says why."""
    codes: list[int] = []
    ib = IB()
    ib.errorEvent += lambda _number, code, *_more: codes.append(code)
    with pytest.raises((asyncio.TimeoutError, ConnectionError)):
        await ib.connectAsync("127.0.0.1", tws.server.port, client_id, timeout=0.5)
    assert codes == [326]


@played
async def test_an_order_is_found_by_its_reference_after_a_cut(tws: Gateway) -> None:
    tws.server.faults.tell(drop_after("placeOrder", ".*\\|k\\|"))
    async with tws.client() as client:
        trade = client.ib.placeOrder(AAPL, order(10, 60, "k"))
        await client.gone()
        assert trade.orderStatus.status == "PendingSubmit"
    async with tws.client() as again:
        assert [each.order.orderRef for each in again.ib.openTrades()] == ["k"]
        assert again.ib.client.getReqId() > trade.order.orderId
    async with tws.client(8) as other:
        assert await other.ib.reqOpenOrdersAsync() == []
        found = await other.ib.reqAllOpenOrdersAsync()
        assert [(each.order.orderRef, each.order.clientId) for each in found] == [("k", 7)]
        other.ib.client.cancelOrder(found[0].order.orderId)
        await other.fence()
        assert other.codes() == [10147]


@played
async def test_a_fill_while_away_is_in_the_executions(tws: Gateway) -> None:
    tws.server.faults.tell(drop_after("placeOrder", ""))
    async with tws.client() as client:
        client.ib.placeOrder(AAPL, order(1, 70.02, "k"))
        await client.gone()
    async with tws.client() as again:
        assert again.ib.openTrades() == []
        (fill,) = again.ib.fills()
        assert (fill.execution.orderRef, fill.commissionReport.commission) == ("k", 0.7002)


@played
async def test_what_is_dropped_before_leaves_no_trace(tws: Gateway) -> None:
    tws.server.faults.tell(drop_before("placeOrder", ""))
    async with tws.client() as client:
        client.ib.placeOrder(AAPL, order(1, 60, "k"))
        await client.gone()
    assert tws.model.books.orders == []


@pytest.mark.parametrize("after", [0, 1, 3, 4, 40, 200, 700])
@played
async def test_an_answer_is_cut_after_any_byte(tws: Gateway, after: int) -> None:
    tws.hold(100)
    async with tws.client() as client:
        tws.server.faults.tell(Fault("reqAccountSummary", "", cut_at=after))
        with pytest.raises(ConnectionError):
            await client.ib.accountSummaryAsync()
        assert not client.ib.isConnected()
    async with tws.client() as again:
        assert await again.ib.accountSummaryAsync()


@pytest.mark.parametrize("after", [0, 2, 9])
@played
async def test_the_handshake_is_cut_after_any_byte(tws: Gateway, after: int) -> None:
    tws.server.faults.tell(Fault("handshake", "", cut_at=after))
    with pytest.raises((asyncio.TimeoutError, ConnectionError)):
        async with tws.client(timeout=0.2):
            pass
    async with tws.client() as client:
        await client.fence()


@pytest.mark.parametrize(("fault", "orders"), [(hang_before, 0), (hang_after, 1)])
@played
async def test_a_link_can_go_mute(tws: Gateway, fault: Callable[..., Fault], orders: int) -> None:
    async with tws.client() as client:
        tws.server.faults.tell(fault("placeOrder", ""))
        client.ib.placeOrder(AAPL, order(1, 60, "k"))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.ib.reqCurrentTimeAsync(), 0.2)
        assert client.ib.isConnected()
    assert len(tws.model.books.orders) == orders


# Answers that are not what they should be


@played
async def test_an_order_may_never_be_answered(tws: Gateway) -> None:
    tws.server.faults.tell(lost("placeOrder", ""), unanswered("reqContractDetails", ""))
    async with tws.client() as client:
        trade = await client.buy(1, 60)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.ib.reqContractDetailsAsync(AAPL), 0.1)
    assert trade.orderStatus.status == "PendingSubmit"
    assert tws.model.books.orders == []


@played
async def test_executions_may_have_no_end(tws: Gateway) -> None:
    tws.server.faults.tell(without("reqExecutions", "", 55))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with tws.client(timeout=0.3) as client:
        assert 0.3 <= loop.time() - begun < SECONDS, "the library waits its whole time-out"
        await client.fence()


@played
async def test_positions_may_seem_empty(tws: Gateway) -> None:
    tws.hold(100)
    async with tws.client() as client:
        tws.server.faults.tell(without("reqPositions", "", 61))
        assert await client.ib.reqPositionsAsync() == []
        assert len(await client.ib.reqPositionsAsync()) == 1


@played
async def test_answers_come_slowly_or_in_drops(tws: Gateway) -> None:
    tws.hold(100)
    loop = asyncio.get_running_loop()
    async with tws.client() as client:
        tws.server.faults.tell(
            Fault("reqPositions", "", wait_seconds=0.1),
            Fault("reqPositions", "", drip_seconds=0.001),
        )
        for _ in range(2):
            begun = loop.time()
            assert len(await client.ib.reqPositionsAsync()) == 1
            assert loop.time() - begun > 0.05


@played
async def test_fills_come_twice_late_or_backwards(tws: Gateway) -> None:
    tws.server.faults.tell(
        twice("push", "execDetails"),
        late("push", "execDetails\\|-1\\|\\d+\\|8894", 11),
        backwards("reqExecutions", ""),
    )
    tws.server.faults.faults[-1].skip = 1
    async with tws.client() as client:
        trade = await client.buy(1, 70.02, "one")
        assert len(trade.fills) == 1, "the library knows the id"
        second = client.ib.placeOrder(KO, order(1, 50, "two"))
        await client.fence()
        assert second.fills == []
        told = await client.ib.reqExecutionsAsync()
        assert told == [], "the end came first"
        tws.server.release()
        await client.until(lambda: second.fills)


@played
async def test_a_request_may_be_done_twice(tws: Gateway) -> None:
    tws.server.faults.tell(Fault("placeOrder", "", effects=2))
    async with tws.client() as client:
        await client.buy(1, 70.02, "k")
        tws.server.settle()
    assert len(tws.model.by_ref("k")) == 1


@played
async def test_a_garbled_message_is_swallowed_by_the_library(tws: Gateway) -> None:
    tws.hold(100)
    async with tws.client() as client:
        tws.server.faults.tell(garbled("reqPositions", "", 61))
        assert await client.ib.reqPositionsAsync() == []


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"API\0\0\0\0\x05hello",
        b"API\0\xff\xff\xff\xff",
        b"API\0\0\0\0\x09v157..178" + b"\0\0\0\x04abc\0",
        b"API\0\0\0\0\x09v157..178" + b"\0\0\0\x02\xff\xff",
    ],
)
@played
async def test_what_is_no_client_is_cut_off(tws: Gateway, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", tws.server.port), SECONDS) as link:
        link.sendall(said)
        with contextlib.suppress(ConnectionResetError):
            while link.recv(4096):
                pass
    async with tws.client() as client:
        await client.fence()
        assert tws.server.count("startApi") == 1


# Without IB, and started again


@played
async def test_fills_without_connectivity_are_not_pushed(tws: Gateway) -> None:
    async with tws.client() as client:
        trade = await client.buy(1, 60, "k")
        tws.server.lose_connectivity()
        await client.until(lambda: client.codes() == [1100])
        tws.model.quotes["AAPL"] = (D("59.98"), D("60.00"))
        await client.fence()
        assert client.ib.isConnected()
        tws.server.restore_connectivity()
        await client.until(lambda: client.codes() == [1100, 1102])
        await client.fence()
        assert trade.orderStatus.status == "Submitted", "nobody told"
        (fill,) = await client.ib.reqExecutionsAsync()
        assert fill.execution.orderRef == "k"


@played
async def test_an_order_without_connectivity_takes_effect_later(tws: Gateway) -> None:
    async with tws.client() as client:
        tws.server.lose_connectivity()
        trade = client.ib.placeOrder(AAPL, order(1, 60, "k"))
        await client.fence()
        assert (trade.orderStatus.status, tws.model.by_ref("k")) == ("PendingSubmit", [])
        tws.server.restore_connectivity()
        await client.until(lambda: trade.orderStatus.status == "Submitted")


@played
async def test_streams_may_be_lost_with_connectivity(tws: Gateway) -> None:
    async with tws.client() as client:
        ticker = client.ib.reqMktData(AAPL)
        await client.until(lambda: ticker.bid == 69.98)
        tws.server.lose_connectivity()
        tws.server.restore_connectivity(data_lost=True)
        await client.until(lambda: 1101 in client.codes())
        tws.model.quotes["AAPL"] = (D("59.98"), D("60.00"))
        await client.fence()
        assert ticker.bid == 69.98


@played
async def test_a_gateway_comes_back_with_its_orders(tws: Gateway) -> None:
    async with tws.client() as client:
        await client.buy(1, 70.02, "filled")
        waits = await client.buy(1, 60, "waits")
        tws.server.nightly_restart(7)
        await client.gone()
        assert client.codes() == [1100]
    await _refused(tws)
    async with tws.client() as again:
        (found,) = again.ib.openTrades()
        assert (found.order.orderRef, found.order.permId) == ("waits", waits.order.permId)
        assert [fill.execution.orderRef for fill in again.ib.fills()] == ["filled"]
        assert again.ib.client.getReqId() > waits.order.orderId


@played
async def test_a_gateway_may_be_down(tws: Gateway) -> None:
    tws.server.go_down()
    with pytest.raises(ConnectionRefusedError):
        async with tws.client():
            pass
    tws.server.come_up()
    async with tws.client() as client:
        await client.fence()


def start(state: Path, port: int = 0) -> tuple[subprocess.Popen[str], int]:
    """The stand-in as a process of its own, and its port."""
    command = [sys.executable, "-m", "standins.tws_demo", "--always-open"]
    process = subprocess.Popen(  # noqa: S603 - this interpreter
        [*command, "--port", str(port), "--state", str(state)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.readline()
    return process, int(said.split(":")[1].split(",")[0])


@asynccontextmanager
async def _joined(port: int) -> AsyncIterator[Heard]:
    client = Heard(IB())
    await client.ib.connectAsync("127.0.0.1", port, 7, timeout=SECONDS)
    yield client
    client.ib.disconnect()


async def _placed(port: int) -> Trade:
    async with _joined(port) as client:
        market = MarketOrder("BUY", 1, orderRef="filled", account=ACCOUNT)
        filled, waits = client.ib.placeOrder(AAPL, market), await client.buy(1, 60, "waits")
        await client.until(lambda: filled.fills and waits.orderStatus.status == "Submitted")
        return waits


async def _kept(port: int, waits: Trade) -> None:
    async with _joined(port) as client:
        assert [each.order.permId for each in client.ib.openTrades()] == [waits.order.permId]
        assert [each.position for each in client.ib.positions()] == [1]
        assert [each.execution.orderRef for each in client.ib.fills()] == ["filled"]


def test_a_gateway_that_is_killed_has_kept_its_orders(tmp_path: Path) -> None:
    first, port = start(tmp_path / "state")
    try:
        waits = asyncio.run(_placed(port))
    finally:
        _kill(first)
    again, port = start(tmp_path / "state", port)
    try:
        asyncio.run(_kept(port, waits))
    finally:
        _kill(again)


def _kill(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    process.communicate()
