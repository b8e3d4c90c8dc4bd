"""The TWS stand-in, asked by the real client library over real sockets."""

import asyncio
import logging
import math
import time
from datetime import timedelta

import pytest
from ib_async import Contract, MarketOrder, Stock
from standins.tws_book import Booked, Execution, Wanted
from standins.tws_faults import late
from standins.tws_market import Listing, listing_of
from standins.tws_orders import (
    commission_report,
    completed_order,
    exec_details,
    open_order,
    order_status,
)
from standins.tws_wire import UNSET, UNSET_INT, UNSET_LONG, text
from tws_bench import AAPL, ACCOUNT, KO, THURSDAY, D, Gateway, gateway, order, played

VERSIONS = range(157, 179)


@pytest.fixture
def tws() -> Gateway:
    """A fresh stand-in."""
    with gateway() as made:
        yield made


# The protocol


@played
async def test_a_client_is_ready_in_a_tenth_of_a_second(tws: Gateway) -> None:
    tws.hold(100)
    begun = time.perf_counter()
    async with tws.client() as client:
        assert time.perf_counter() - begun < 0.1
        assert client.ib.client.serverVersion() == 178
        assert client.ib.managedAccounts() == [ACCOUNT]
        assert client.codes() == []


@pytest.mark.parametrize("version", VERSIONS)
@played
async def test_every_version_is_spoken(version: int, caplog: pytest.LogCaptureFixture) -> None:
    with gateway(highest=version, parts=2) as tws:
        async with tws.client() as client:
            assert client.ib.client.serverVersion() == version
            assert await client.ib.qualifyContractsAsync(Stock("KO", "SMART", "USD"))
            (details,) = await client.ib.reqContractDetailsAsync(AAPL)
            await client.buy(10, 70.02, "filled")
            await client.buy(10, 60, "waits")
            what_if = await client.ib.whatIfOrderAsync(AAPL, order(10, 60))
            done = await client.ib.reqExecutionsAsync()
        async with tws.client() as again:
            completed = await again.ib.reqCompletedOrdersAsync(apiOnly=False)
            (waits,) = again.ib.openTrades()
    assert details.marketRuleIds == "26,26,26"
    assert details.stockType == "COMMON"
    assert (details.sizeIncrement, details.suggestedSizeIncrement) == {
        True: (0.0001, 100), False: (0, 100 if version == 163 else 0),
    }[version >= 164]  # fmt: skip
    assert (waits.order.orderRef, waits.order.lmtPrice, waits.order.tif) == ("waits", 60, "DAY")
    assert [trade.order.orderRef for trade in completed] == ["filled"]
    assert completed[0].orderStatus.status == "Filled"
    assert [(fill.execution.shares, fill.execution.orderRef) for fill in done] == [
        (5, "filled")
    ] * 2
    assert what_if.commission == 1
    assert not [each for each in caplog.records if each.name == "ib_async.Decoder"]
    assert tws.server.unknown == []


def test_a_version_that_is_too_low_is_not_spoken() -> None:
    with gateway(highest=156) as tws:
        import socket

        with socket.create_connection(("127.0.0.1", tws.server.port), 2) as link:
            link.sendall(b"API\0\0\0\0\x09v157..178")
            assert link.recv(100) == b""


RECORDED_OPEN_ORDER = (
    [5, 5, 265598, "AAPL", "STK", "", 0, "?", "", "SMART", "USD", "AAPL", "NMS"]
    + ["BUY", 100, "MKT", "0.0", "0.0", "DAY", "", ACCOUNT, "", 0, "", 100, 600745656, 0, 0, 0, ""]
    + [f"600745656.0/{ACCOUNT}/100"] + [""] * 9 + [0, "", -1, 0] + [""] * 5 + [UNSET_INT]
    + [0, 0, 0, "", 3, 0, 0, "", 0, 0, "", 0, "None", "", 0, "", "", "", "?", 0, 0, "", 0, 0]
    + [""] * 5 + [0, 0, 0, UNSET_INT, UNSET_INT, "", "", 0, "", "IB", 0, 0, "", 0, 0]
    + ["PreSubmitted"] + [UNSET] * 9 + [""] * 5 + [0, 0, 0, "None"] + [UNSET] * 6
    + [0, "", "", "", 0, 1, 0, 0, 0, "", "", 0, "", 100, "0.02", "", ""]
)  # fmt: skip
"""A market order that has just been placed, as a gateway of server version 173 sent it in April
2025 (recorded in the tests of rust-ibapi)."""

RECORDED_COMPLETED = (
    [101, 265598, "AAPL", "STK", "", 0, "?", "", "SMART", "USD", "AAPL", "NMS", "BUY", 0, "MKT"]
    + ["0.0", "0.0", "DAY", "", ACCOUNT, "", 0, "", 1824933227, 0, 0, 0] + [""] * 10
    + [0, "", -1] + [""] * 5 + [UNSET_INT, 0, 0, "", 3, 0, "", 0, "None", "", 0, 0, 0, ""]
    + [0, 0, "", "", "", 0, 0, 0, UNSET_INT, UNSET_INT, "", "", "", "IB", 0, 0, "", 0, "Filled"]
    + [0, 0, 0, UNSET, UNSET, 0, 1, 0, "", 100, UNSET_INT, 0]
    + ["Not an insider or substantial shareholder", 0, 0, UNSET_LONG]
    + ["20230306 15:28:30 US/Eastern", "Filled Size: 100"]
)  # fmt: skip
"""The same, filled, at server version 164 in March 2023; there the zone was Los Angeles'."""


def words(fields: list[object]) -> list[str]:
    return [text(each) for each in fields]


def test_messages_are_those_that_gateways_sent() -> None:
    wanted = Wanted(5, listing_of("AAPL", 0), "BUY", D(100), "MKT", D(0), "DAY", ACCOUNT, "")
    placed = Booked(600745656, 100, wanted, THURSDAY, THURSDAY)
    done = Execution(
        "0000e0d5.67fe667b.01", 1, THURSDAY, placed, D(100), D("201.94"), D(100), D("201.94"),
        D(1), "IEX", THURSDAY, THURSDAY,
    )  # fmt: skip
    assert words(open_order(placed, 173)) == words(RECORDED_OPEN_ORDER)
    assert len(RECORDED_OPEN_ORDER) == 136
    status = "3|5|PreSubmitted|0|100|0|600745656|0|0|100||0"
    assert "|".join(words(order_status(placed))) == status
    assert "|".join(words(exec_details(-1, done, 173, zoned=False))) == (
        "11|-1|5|265598|AAPL|STK||0.0|||IEX|USD|AAPL|NMS|0000e0d5.67fe667b.01.01|"
        f"20200312  11:00:00|{ACCOUNT}|IEX|BOT|100|201.94|600745656|100|0|100|201.94|||||2"
    )
    report = f"59|1|0000e0d5.67fe667b.01.01|1.0|USD|{UNSET}|{UNSET}|"
    assert "|".join(words(commission_report(done))) == report


def test_a_completed_order_is_as_a_gateway_sent_it() -> None:
    wanted = Wanted(5, listing_of("AAPL", 0), "BUY", D(100), "MKT", D(0), "DAY", ACCOUNT, "")
    done = Booked(1824933227, 100, wanted, THURSDAY, THURSDAY, filled=D(100))
    at = THURSDAY.replace(year=2023, month=3, day=6, hour=20, minute=28, second=30)
    done.end("Filled", at, "Filled Size: 100")
    assert words(completed_order(done, 164)) == words(RECORDED_COMPLETED)
    assert len(RECORDED_COMPLETED) == 96


# Accounts


@played
async def test_positions_and_portfolio_are_told(tws: Gateway) -> None:
    tws.hold(100)
    tws.hold(5, "KO", 40)
    async with tws.client() as client:
        told = {p.contract.symbol: (p.position, p.avgCost) for p in client.ib.positions()}
        marks = {p.contract.symbol: p.marketValue for p in client.ib.portfolio()}
    assert told == {"AAPL": (100, 60), "KO": (5, 40)}
    assert marks == {"AAPL": 6998, "KO": pytest.approx(249.95)}


@played
async def test_values_come_in_every_currency() -> None:
    with gateway(cash={"USD": D(1000), "EUR": D("200.50")}) as tws:
        tws.hold(10)
        async with tws.client() as client:
            told = {(v.tag, v.currency): v.value for v in client.ib.accountValues()}
            summary = {(v.tag, v.currency): v.value for v in await client.ib.accountSummaryAsync()}
    for values in (told, summary):
        assert values["CashBalance", "USD"] == "1000.00"
        assert values["CashBalance", "EUR"] == "200.50"
        assert values["CashBalance", "BASE"] == "1216.54"
        assert values["ExchangeRate", "EUR"] == "1.08000000"
        assert values["NetLiquidation", "USD"] == "1916.34"


@played
async def test_proceeds_settle_the_day_after(tws: Gateway) -> None:
    tws.hold(10)
    async with tws.client() as client:
        sale = order(10, 69.98, action="SELL")
        client.ib.placeOrder(AAPL, sale)
        await client.fence()
        total = D("20698.80")
        assert _summary(await client.ib.accountSummaryAsync()) == (total, D("20000.00"))
        tws.clock.on(24 * 3600)
        await client.ib.reqAccountSummaryAsync()
        assert _summary(await client.ib.accountSummaryAsync()) == (total, total)


@played
async def test_dividends_to_come_are_part_of_what_it_is_worth() -> None:
    with gateway(cash={"USD": D(1000)}, dividends={"EUR": D(10)}) as tws:
        tws.model.books.accounts[ACCOUNT].cash["EUR"] = D(0)
        async with tws.client() as client:
            told = {(v.tag, v.currency): v.value for v in client.ib.accountValues()}
    assert told["NetDividend", "EUR"] == "10.00"
    assert told["AccruedDividend", "USD"] == "10.80"
    assert told["NetLiquidation", "USD"] == "1010.80"


@played
async def test_two_summaries_may_be_pushed(tws: Gateway) -> None:
    async with tws.client() as client:
        for number in (901, 902, 903):
            client.ib.client.reqAccountSummary(number, "All", "NetLiquidation")
        await client.fence()
        assert [(number, code) for number, code, _ in client.errors[-1:]] == [(903, 322)]
        client.ib.client.cancelAccountSummary(901)
        client.ib.client.reqAccountSummary(904, "All", "NetLiquidation")
        await client.fence()
        assert client.codes() == [322]


def _summary(values: list[object]) -> tuple[D, D]:
    by_tag = {v.tag: v.value for v in values if v.currency == "USD"}
    return D(by_tag["TotalCashValue"]), D(by_tag["SettledCash"])


@played
async def test_an_adviser_has_accounts_in_groups() -> None:
    accounts = ("DU1", "DU2", "DU3")
    with gateway(accounts=accounts, groups={"half": ("DU1", "DU3")}) as tws:
        async with tws.client() as client:
            assert client.ib.managedAccounts() == list(accounts)
            assert {v.account for v in client.ib.accountValues()} == set(accounts)
            xml = await client.ib.requestFAAsync(1)
            refused = await client.buy(1, 60, account="")
    assert "<name>half</name>" in xml
    assert "<String>DU3</String>" in xml
    assert 321 in client.codes()
    assert refused.fills == []


# Contracts and prices


@played
async def test_details_name_a_rule_and_hours(tws: Gateway) -> None:
    async with tws.client() as client:
        (details,) = await client.ib.reqContractDetailsAsync(AAPL)
        rule = await client.ib.reqMarketRuleAsync(int(details.marketRuleIds.split(",")[0]))
        assert await client.ib.reqContractDetailsAsync(Stock("NOPE", "SMART", "USD")) == []
        by_id = await client.ib.reqContractDetailsAsync(Contract(conId=8894))
    assert client.codes() == [200]
    assert details.contract.conId == 265598
    assert details.secIdList[0].value == "US0378331005"
    assert [(step.lowEdge, step.increment) for step in rule] == [(0, 0.01)]
    assert details.minTick == 0.01
    assert details.timeZoneId == "US/Eastern"
    assert details.liquidHours.startswith("20200312:0930-20200312:1600;20200313:0930")
    assert "20200314:CLOSED" in details.tradingHours
    assert by_id[0].contract.symbol == "KO"


@played
async def test_ticks_follow_the_rule_of_the_exchange() -> None:
    asml = Listing(117589399, "ASML", "ASML HOLDING", "AEB", "EUR", "ASML", rule=635)
    with gateway(cash={"EUR": D(10_000)}, listings=[asml]) as tws:
        tws.model.quotes["ASML"] = (D("250.00"), D("250.05"))
        contract = Stock("ASML", "SMART", "EUR")
        async with tws.client() as client:
            for limit in (250.01, 250.05):
                client.ib.placeOrder(contract, order(1, limit))
            await client.fence()
            assert client.codes() == [110]
            assert [p.position for p in client.ib.positions()] == [1]


@played
async def test_snapshots_and_streams_tell_the_quote(tws: Gateway) -> None:
    async with tws.client() as client:
        (once,) = await client.ib.reqTickersAsync(AAPL)
        stream = client.ib.reqMktData(KO)
        await client.until(lambda: stream.ask == 50)
        tws.model.quotes["KO"] = (D("51.00"), D("51.02"))
        await client.until(lambda: stream.ask == 51.02)
        client.ib.cancelMktData(KO)
    assert (once.bid, once.ask, once.bidSize, once.askSize) == (69.98, 70.02, 200, 100)
    assert once.marketDataType == stream.marketDataType == 1
    assert once.lastTimestamp < THURSDAY
    assert (stream.bid, stream.close) == (51, 51)


@played
async def test_delayed_prices_say_so(tws: Gateway) -> None:
    tws.model.market_data = "delayed"
    async with tws.client() as client:
        (live,) = await client.ib.reqTickersAsync(AAPL)
        assert math.isnan(live.bid)
        client.ib.reqMarketDataType(3)
        (delayed,) = await client.ib.reqTickersAsync(AAPL)
    assert client.codes() == [10089]
    assert (delayed.bid, delayed.ask, delayed.marketDataType) == (69.98, 70.02, 3)
    ticks = [row for row in tws.server.exchanges[-1].answer if row[0] == "1"]
    assert [row[3] for row in ticks] == ["66", "67", "68", "75"]


@played
async def test_no_market_is_a_price_below_nothing(tws: Gateway) -> None:
    tws.model.quotes["KO"] = (D(-1), D(-1))
    async with tws.client() as client:
        (ticker,) = await client.ib.reqTickersAsync(KO)
    assert (ticker.bid, ticker.ask, ticker.bidSize) == (-1, -1, 0)


@played
async def test_daily_bars_have_volumes_in_shares(tws: Gateway) -> None:
    async with tws.client() as client:
        bars = await client.ib.reqHistoricalDataAsync(
            AAPL, "", "20 D", "1 day", "TRADES", useRTH=True
        )
        earlier = await client.ib.reqHistoricalDataAsync(
            AAPL, "20200306 23:59:59 US/Eastern", "5 D", "1 day", "TRADES", useRTH=True
        )
        assert client.codes() == []
        never = client.ib.reqHistoricalDataAsync(
            AAPL, "20200306 23:59:59 US/Eastern", "5 D", "1 day", "ADJUSTED_LAST", useRTH=True
        )
        ends_not = asyncio.ensure_future(never)
        await client.until(lambda: client.codes() == [321])
        assert not ends_not.done(), "the library takes 321 for a warning"
        ends_not.cancel()
        none = await client.ib.reqHistoricalDataAsync(
            Stock("NOPE", "SMART", "USD"), "", "20 D", "1 day", "TRADES", useRTH=True
        )
    assert len(bars) == 20
    assert bars[-1].date == THURSDAY.date(), "the running session is a bar too"
    assert all(5_000_000 <= bar.volume < 5_001_000 for bar in bars)
    assert [bar.date.day for bar in earlier] == [2, 3, 4, 5, 6]
    assert list(none) == []
    assert client.codes() == [321, 200]


# Orders


@played
async def test_an_order_is_filled_in_parts_with_fees(tws: Gateway) -> None:
    tws.model.parts = 3
    async with tws.client() as client:
        trade = await client.buy(10, 70.5, "k")
        statuses = [entry.status for entry in trade.log]
        fills = client.ib.fills()
        (position,) = client.ib.positions()
    assert trade.orderStatus.status == "Filled"
    assert statuses[:2] == ["PendingSubmit", "PreSubmitted"]
    assert [fill.execution.shares for fill in fills] == [3, 3, 4]
    assert {fill.execution.price for fill in fills} == {70.02}
    assert len({fill.execution.execId for fill in fills}) == 3
    assert sum(fill.commissionReport.commission for fill in fills) == 1
    assert trade.order.permId == tws.booked("k").perm_id
    assert (position.position, position.avgCost) == (10, 70.12)
    assert tws.model.books.accounts[ACCOUNT].cash["USD"] == D("19298.80")


@played
async def test_a_part_may_be_all_there_is(tws: Gateway) -> None:
    tws.model.liquidity["AAPL"] = D(4)
    async with tws.client() as client:
        trade = await client.buy(10, 70.02, "k")
        assert (trade.orderStatus.status, trade.orderStatus.filled) == ("Submitted", 4)
        tws.model.liquidity["AAPL"] = D(100)
        await client.until(lambda: trade.orderStatus.status == "Filled")
    assert [fill.execution.cumQty for fill in trade.fills] == [4, 10]


@played
async def test_an_order_is_cancelled(tws: Gateway) -> None:
    async with tws.client() as client:
        trade = await client.buy(10, 60, "k")
        assert trade.orderStatus.status == "Submitted"
        client.ib.cancelOrder(trade.order)
        await client.fence()
        (done,) = await client.ib.reqCompletedOrdersAsync(apiOnly=False)
    assert trade.orderStatus.status == "Cancelled"
    assert client.codes() == [202]
    assert done.orderStatus.status == "Cancelled"
    assert client.ib.openTrades() == []


@played
async def test_every_order_can_be_cancelled_at_once(tws: Gateway) -> None:
    async with tws.client(1) as one, tws.client(2) as two:
        trades = [await one.buy(1, 60), await two.buy(1, 61)]
        one.ib.reqGlobalCancel()
        await one.fence()
        await two.fence()
        assert {trade.orderStatus.status for trade in trades} == {"Cancelled"}


@played
async def test_time_goes_by_at_the_exchange(tws: Gateway) -> None:
    tws.model.latency = THURSDAY - THURSDAY.replace(second=0, hour=14, minute=59)
    async with tws.client() as client:
        trade = await client.buy(10, 70.02)
        assert trade.orderStatus.status == "PreSubmitted"
        tws.clock.on(60)
        await client.until(lambda: trade.orderStatus.status == "Filled")
        waits = await client.buy(10, 60)
        tws.clock.on(60)
        await client.until(lambda: waits.orderStatus.status == "Submitted")
        client.ib.cancelOrder(waits.order)
        await client.fence()
        assert waits.orderStatus.status == "PendingCancel"
        tws.clock.on(60)
        await client.until(lambda: waits.orderStatus.status == "Cancelled")


@played
async def test_a_day_order_ends_with_its_session(tws: Gateway) -> None:
    async with tws.client() as client:
        day, good = await client.buy(1, 60), await client.buy(1, 60, tif="GTC")
        tws.clock.on(6 * 3600)
        await client.until(lambda: day.orderStatus.status == "Cancelled")
        assert good.orderStatus.status == "Submitted"
        tws.clock.on(24 * 3600)
        assert await client.ib.reqExecutionsAsync() == []


@played
async def test_an_order_after_hours_waits_for_the_morning(tws: Gateway) -> None:
    tws.clock.on(8 * 3600)
    async with tws.client() as client:
        trade = await client.buy(1, 70.02)
        assert client.codes() == [399]
        assert "2020-03-13 09:30:00 US/Eastern" in client.errors[-1][2]
        tws.clock.on(15 * 3600)
        await client.until(lambda: trade.orderStatus.status == "Filled")


@pytest.mark.parametrize(("tif", "status"), [("FOK", "Inactive"), ("IOC", "Cancelled")])
@played
async def test_what_cannot_be_filled_at_once_ends(tws: Gateway, tif: str, status: str) -> None:
    async with tws.client() as client:
        trade = await client.buy(1, 60, tif=tif)
        assert trade.orderStatus.status == status


@played
async def test_a_market_order_needs_no_price(tws: Gateway) -> None:
    async with tws.client() as client:
        trade = client.ib.placeOrder(AAPL, MarketOrder("BUY", 0.5, account=ACCOUNT))
        await client.fence()
    assert trade.fills[0].execution.shares == 0.5
    assert trade.fills[0].execution.price == 70.02


@played
async def test_decimals_reach_the_book_exactly(tws: Gateway) -> None:
    async with tws.client() as client:
        await client.buy(D("0.3333"), D("60.10"), "k")
    wanted = tws.booked("k").wanted
    assert (wanted.quantity, wanted.limit) == (D("0.3333"), D("60.10"))


@played
async def test_a_correction_is_another_execution_of_the_same_base(tws: Gateway) -> None:
    async with tws.client() as client:
        trade = await client.buy(3, 70.02, "k")
        first = trade.fills[0].execution.execId
        tws.model.correct(first, price="70.00")
        await client.until(lambda: len(trade.fills) == 2)
        told = await client.ib.reqExecutionsAsync()
        assert await client.ib.reqPositionsAsync()
        (position,) = client.ib.positions()
    assert [fill.execution.execId for fill in trade.fills] == [first, f"{first[:-2]}02"]
    assert {fill.execution.execId for fill in told} == {first, f"{first[:-2]}02"}
    assert trade.filled() == 6, "the library adds what replaces"
    assert position.position == 3
    assert tws.model.books.accounts[ACCOUNT].cash["USD"] == D(20_000) - 210 - D(1)


@played
async def test_an_order_by_hand_is_seen_by_every_client(tws: Gateway) -> None:
    listing = tws.model.matches(0, "AAPL")[0]
    for limit in (D(60), D("70.02")):
        wanted = Wanted(0, listing, "BUY", D(2), "LMT", limit, "DAY", ACCOUNT, "")
        tws.model.place_by_hand(wanted)
    async with tws.client() as client:
        assert client.ib.openTrades() == []
        (found,) = await client.ib.reqAllOpenOrdersAsync()
        (fill,) = await client.ib.reqExecutionsAsync()
    assert (found.order.orderId, found.order.clientId, found.order.orderRef) == (0, 0, "")
    assert fill.execution.permId == found.order.permId + 1
    assert fill.execution.orderRef == ""


@played
async def test_a_status_may_come_before_its_execution(tws: Gateway) -> None:
    tws.server.faults.tell(late("push", "execDetails", 11), late("push", "commission", 59))
    async with tws.client() as client:
        trade = await client.buy(1, 70.02)
        assert (trade.orderStatus.status, trade.fills) == ("Filled", [])
        tws.server.release()
        await client.until(lambda: trade.fills)
        assert trade.fills[0].commissionReport.commission == pytest.approx(0.7002)


@played
async def test_executions_and_fees_may_take_their_time(tws: Gateway) -> None:
    minute = timedelta(minutes=1)
    tws.model.execution_delay = tws.model.fee_delay = minute
    async with tws.client() as client:
        trade = await client.buy(1, 70.02)
        assert trade.orderStatus.status == "Filled"
        assert await client.ib.reqExecutionsAsync() == trade.fills == []
        tws.clock.on(60)
        await client.until(lambda: trade.fills)
        assert trade.fills[0].commissionReport.execId == ""
        tws.clock.on(60)
        await client.until(lambda: trade.fills[0].commissionReport.execId)


@played
async def test_executions_are_filtered(tws: Gateway) -> None:
    from ib_async import ExecutionFilter

    async with tws.client(1) as client:
        await client.buy(1, 70.02, "one")
        tws.clock.on(3600)
        client.ib.placeOrder(KO, order(1, 50, "two"))
        await client.fence()
    async with tws.client(2) as other:
        assert await _refs(other, ExecutionFilter()) == ["one", "two"]
        assert await _refs(other, ExecutionFilter(symbol="KO")) == ["two"]
        assert await _refs(other, ExecutionFilter(clientId=2)) == []
        assert await _refs(other, ExecutionFilter(clientId=1, side="BUY")) == ["one", "two"]
        since = ExecutionFilter(time="20200312 11:30:00 US/Eastern")
        assert await _refs(other, since) == ["two"]


async def _refs(client: object, wanted: object) -> list[str]:
    return [f.execution.orderRef for f in await client.ib.reqExecutionsAsync(wanted)]


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """The library logs every error that a test provokes."""
    logging.getLogger("ib_async").setLevel(logging.ERROR)
