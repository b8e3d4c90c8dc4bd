"""The stand-in of Flex statements, read by the real client library's own reader."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from ib_async import FlexError, FlexReport
from standins.flex_server import QUERY, TOKEN, FlexServer
from standins.flex_statement import Events, flex_statement
from tws_bench import ACCOUNT, D, Gateway, gateway, order, played

DIVIDEND = {
    "currency": "USD", "type": "Dividends", "amount": "4.10", "dateTime": "20200311;202000",
    "settleDate": "20200311", "symbol": "KO", "conid": "8894", "levelOfDetail": "DETAIL",
    "transactionID": "77001", "description": "KO(US1912161007) CASH DIVIDEND USD 0.41 PER SHARE",
}  # fmt: skip


@pytest.fixture
def tws() -> Iterator[Gateway]:
    """A fresh stand-in."""
    with gateway(parts=2) as made:
        yield made


@pytest.fixture
def flex(tws: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlexServer]:
    """Statements of it, at the address that the library is told in its environment."""
    server = FlexServer(lambda: flex_statement(tws.model, ACCOUNT, Events(cash=[DIVIDEND])))
    monkeypatch.setenv("IB_FLEXREPORT_URL", f"{server.url}/SendRequest?")
    yield server
    server.stop()


@played
async def _trade(tws: Gateway) -> None:
    """Buy ten in two parts, sell six of what was there before and after."""
    tws.hold(4)
    async with tws.client() as client:
        await client.buy(10, 70.02, "bought")
        tws.clock.on(60)
        client.ib.placeOrder(client.ib.fills()[0].contract, order(6, 69.98, "sold", action="SELL"))
        await client.fence()


def test_the_library_fetches_trades_lots_and_cash(tws: Gateway, flex: FlexServer) -> None:
    _trade(tws)
    tws.clock.on(24 * 3600)
    report = FlexReport(TOKEN, QUERY)
    assert flex.asked == ["SendRequest", "GetStatement"]
    trades = report.extract("Trade", parseNumbers=False)
    assert [(t.quantity, t.orderReference) for t in trades] == [
        ("5", "bought"), ("5", "bought"), ("-3", "sold"), ("-3", "sold"),
    ]  # fmt: skip
    assert {t.ibExecID for t in trades} == {e.exec_id for e in tws.model.books.executions}
    assert sum(D(t.ibCommission) for t in trades) == -2
    assert {t.dateTime for t in trades} == {"20200312;110000", "20200312;110100"}
    lots = [p for p in report.extract("OpenPosition") if p.levelOfDetail == "LOT"]
    assert [(lot.position, lot.costBasisPrice) for lot in lots] == [(3, 70.22), (5, 70.02)]
    (whole,) = [p for p in report.extract("OpenPosition") if p.levelOfDetail == "SUMMARY"]
    assert (whole.position, whole.costBasisMoney) == (8, pytest.approx(3 * 70.22 + 5 * 70.02))
    (paid,) = report.extract("CashTransaction")
    assert (paid.type, paid.amount) == ("Dividends", 4.1)


def test_a_statement_ends_with_yesterday(tws: Gateway) -> None:
    _trade(tws)
    today = ET.fromstring(flex_statement(tws.model, ACCOUNT))  # noqa: S314 - our own
    assert today.find(".//FlexStatement").attrib["toDate"] == "20200311"
    assert today.findall(".//Trade") == []


def test_a_correction_is_what_a_statement_tells(tws: Gateway) -> None:
    _trade(tws)
    first, second = tws.model.books.executions[:2]
    tws.model.correct(first.exec_id, price="69.00")
    tws.model.correct(second.exec_id, shares="0")
    tws.clock.on(24 * 3600)
    told = ET.fromstring(flex_statement(tws.model, ACCOUNT))  # noqa: S314 - our own
    ids = [row.attrib["ibExecID"] for row in told.iter("Trade")]
    assert ids[0] == f"{first.base}.02"
    assert not [each for each in ids if each.startswith(second.base)]


def test_a_bad_token_is_said_so(flex: FlexServer) -> None:
    assert flex.url
    with pytest.raises(FlexError, match="1015"):
        FlexReport("nope", QUERY)
    with pytest.raises(FlexError, match="1014"):
        FlexReport(TOKEN, "nope")
