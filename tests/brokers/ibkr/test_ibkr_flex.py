"""Flex statements: fetched in time, understood row by row, and their token told to nobody."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Event, Thread

import pytest
from ibkr_bench import AAPL, KO, Desk, buy
from standins.flex_server import TOKEN, FlexServer, deposit, failure, section, statement
from standins.flex_statement import flex_statement

from brokers.broker import Accepted, BadAnswer, Misconfigured, Unreachable
from brokers.ibkr.broker import IbkrBroker
from brokers.ibkr.ledger import latest
from brokers.words import Environment, FlowKind, OpenQuestion, Split

D = Decimal
ACCOUNT = "DU1234567"
HTML = "<html><body>Service Unavailable</body></html>"


@pytest.fixture
def flex() -> Iterator[FlexServer]:
    """A service that tells of one deposit."""
    server = FlexServer(lambda: statement(ACCOUNT, deposit(ACCOUNT, "20000")))
    yield server
    server.stop()


def opened(ib: Desk, flex: FlexServer) -> IbkrBroker:
    return ib.open(flex_token="ibkr_flex_token", flex_url=flex.url)  # noqa: S106 - a name


def told(flex: FlexServer, *sections: str) -> None:
    flex.xml = lambda: statement(ACCOUNT, *sections)


def cash(**fields: str) -> str:
    row = {
        "accountId": ACCOUNT, "currency": "USD", "type": "Dividends", "amount": "1",
        "dateTime": "20200302;202000", "transactionID": "9", "levelOfDetail": "DETAIL", **fields,
    }  # fmt: skip
    return section("CashTransactions", "CashTransaction", row)


def test_without_a_query_nothing_before_today_is_told(broker: IbkrBroker) -> None:
    assert broker.cash_flows(None) == ()
    assert broker.transfers(None) == ()
    assert broker.corporate_actions(None) == ()
    assert broker.capabilities.executions_horizon is not None
    assert broker.capabilities.executions_horizon.days == 1


def test_a_deposit_is_told_and_the_statement_kept_for_hours(ib: Desk, flex: FlexServer) -> None:
    broker = opened(ib, flex)
    (flow,) = broker.cash_flows(None)
    assert (flow.kind, flow.amount, flow.currency) == (FlowKind.DEPOSIT, 20000, "USD")
    assert flow.time == datetime(2020, 1, 2, 14, 30, tzinfo=UTC), "09:30 in New York"
    broker.transfers(None)
    broker.corporate_actions(None)
    assert flex.asked == ["SendRequest", "GetStatement"]
    assert broker.cash_flows(datetime(2020, 1, 3, tzinfo=UTC)) == ()
    ib.clock.on(5 * 3600)
    broker.transfers(None)
    assert len(flex.asked) == 4


def test_a_statement_that_is_not_ready_is_waited_for(ib: Desk, flex: FlexServer) -> None:
    flex.waits = 3
    assert len(opened(ib, flex).cash_flows(None)) == 1
    assert flex.asked.count("GetStatement") == 4


def test_a_statement_that_is_never_ready_is_asked_for_later(ib: Desk, flex: FlexServer) -> None:
    flex.waits = 99
    broker = ib.open(flex_token="ibkr_flex_token", flex_url=flex.url, timeout_seconds=0.2)  # noqa: S106
    with pytest.raises(Unreachable, match="not ready"):
        broker.cash_flows(None)


FAILURES = [
    (failure(1015, "Token is invalid."), 200, Misconfigured, "Token is invalid"),
    (failure(1012, "Token has expired."), 200, Misconfigured, "Token has expired"),
    (failure(1014, "Query is invalid."), 200, Misconfigured, "Query is invalid"),
    (failure(1018, "Too many requests."), 200, Unreachable, "Too many requests"),
    (failure(9999, "Something else."), 200, BadAnswer, "Something else"),
    (HTML, 503, Unreachable, "answers 503"),
    ("not xml at all", 200, BadAnswer, "not XML"),
    ("", 200, BadAnswer, "not XML"),
    (statement("U999", deposit("U999", "1")), 200, BadAnswer, "Flex says nothing"),
]


@pytest.mark.parametrize(("body", "status", "error", "words"), FAILURES)
def test_what_is_no_statement_is_told_without_the_token(
    ib: Desk, flex: FlexServer, body: str, status: int, error: type[Exception], words: str
) -> None:
    flex.faults.append((status, body))
    with pytest.raises(error, match=words) as caught:
        opened(ib, flex).cash_flows(None)
    assert TOKEN not in f"{caught.value!r} {caught.value} {vars(caught.value)}"


def test_a_token_that_is_wrong_is_told_with_the_remedy(ib: Desk, flex: FlexServer) -> None:
    broker = ib.open(lambda _: "wrong", flex_token="ibkr_flex_token", flex_url=flex.url)  # noqa: S106
    with pytest.raises(Misconfigured, match=r"Token is invalid\. \(1015\)") as caught:
        broker.cash_flows(None)
    assert "Client Portal" in caught.value.remedy


def test_an_address_in_the_open_is_not_given_the_token(ib: Desk) -> None:
    broker = ib.open(flex_token="ibkr_flex_token", flex_url="http://example.org/Flex")  # noqa: S106
    with pytest.raises(Misconfigured, match="not an https address"):
        broker.cash_flows(None)


def test_an_old_statement_stands_in_for_a_day(ib: Desk, flex: FlexServer) -> None:
    broker = opened(ib, flex)
    assert len(broker.cash_flows(None)) == 1
    ib.clock.on(24 * 3600)
    flex.faults = [(503, HTML)]
    assert len(broker.cash_flows(None)) == 1
    ib.clock.on(24 * 3600)
    flex.faults = [(503, HTML)]
    with pytest.raises(Unreachable):
        broker.cash_flows(None)


def test_a_statement_of_another_account_is_not_ours(ib: Desk, flex: FlexServer) -> None:
    flex.xml = lambda: statement("DU7", deposit("DU7", "1"))
    with pytest.raises(BadAnswer, match="is not of DU1234567"):
        opened(ib, flex).cash_flows(None)


KINDS = [
    ("Deposits/Withdrawals", "100", FlowKind.DEPOSIT),
    ("Deposits/Withdrawals", "-100", FlowKind.WITHDRAWAL),
    ("Dividends", "1.23", FlowKind.DIVIDEND),
    ("Payment In Lieu Of Dividends", "1.23", FlowKind.DIVIDEND),
    ("Withholding Tax", "-0.18", FlowKind.OTHER),
    ("Broker Interest Paid", "-2", FlowKind.INTEREST),
    ("Broker Interest Received", "2", FlowKind.INTEREST),
    ("Other Fees", "-10", FlowKind.FEE),
    ("A Type Of Tomorrow", "1,000.50", FlowKind.OTHER),
]


@pytest.mark.parametrize(("kind", "amount", "means"), KINDS)
def test_cash_by_its_type(
    ib: Desk, flex: FlexServer, kind: str, amount: str, means: FlowKind
) -> None:
    told(flex, cash(type=kind, amount=amount))
    (flow,) = opened(ib, flex).cash_flows(None)
    assert (flow.kind, flow.amount) == (means, D(amount.replace(",", "")))


GAINS = [
    ("BND(US9219378356) CASH DIVIDEND USD 0.5 (Long Term Capital Gain)", FlowKind.CAPITAL_GAIN),
    ("BND(US9219378356) CASH DIVIDEND USD 0.5 (Short Term Capital Gain)", FlowKind.DIVIDEND),
    ("BND(US9219378356) CASH DIVIDEND USD 0.5 (Ordinary Dividend)", FlowKind.DIVIDEND),
]


@pytest.mark.parametrize(("said", "means"), GAINS)
def test_what_a_fund_paid_out_of_its_gains(
    ib: Desk, flex: FlexServer, said: str, means: FlowKind
) -> None:
    told(flex, cash(type="Dividends", amount="5", description=said))
    (flow,) = opened(ib, flex).cash_flows(None)
    assert flow.kind is means


TIMES = ["20200302;202000", "2020-03-02;20:20:00", "20200302 202000", "2020-03-02, 20:20:00 EST"]


@pytest.mark.parametrize("text", TIMES)
def test_times_in_every_form_that_a_query_may_have(ib: Desk, flex: FlexServer, text: str) -> None:
    told(flex, cash(dateTime=text))
    (flow,) = opened(ib, flex).cash_flows(None)
    assert flow.time == datetime(2020, 3, 3, 1, 20, tzinfo=UTC)


def test_a_day_alone_is_its_evening(ib: Desk, flex: FlexServer) -> None:
    told(flex, cash(dateTime="20200302"))
    assert opened(ib, flex).cash_flows(None)[0].time == datetime(2020, 3, 3, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "much"}, {"amount": ""}, {"dateTime": "yesterday"}, {"transactionID": ""}],
    ids=str,
)
def test_a_row_that_makes_no_sense_names_its_field(
    ib: Desk, flex: FlexServer, wrong: dict[str, str]
) -> None:
    told(flex, cash(**wrong))
    with pytest.raises(BadAnswer, match="Cash Transactions") as caught:
        opened(ib, flex).cash_flows(None)
    assert "docs/ibkr.md" in caught.value.remedy


def test_rows_that_add_others_up_are_left_out(ib: Desk, flex: FlexServer) -> None:
    told(flex, cash(levelOfDetail="SUMMARY", transactionID=""), cash())
    assert len(opened(ib, flex).cash_flows(None)) == 1


def action(**fields: str) -> str:
    row = {
        "accountId": ACCOUNT, "currency": "USD", "assetCategory": "STK", "symbol": "AAPL",
        "conid": "265598", "type": "FS", "actionID": "55", "reportDate": "20200309",
        "actionDescription": "AAPL(US0378331005) SPLIT 4 FOR 1 (AAPL, APPLE INC)",
        "quantity": "30", "transactionID": "901", **fields,
    }  # fmt: skip
    return section("CorporateActions", "CorporateAction", row)


def test_a_split_is_told_with_its_ratio(ib: Desk, flex: FlexServer) -> None:
    told(flex, action(), action(quantity="-10", transactionID="902"))
    broker = opened(ib, flex)
    (split,) = broker.corporate_actions(None)
    assert isinstance(split, Split)
    assert broker.transfers(None) == ()
    assert (split.symbol, split.ratio, split.effective) == (AAPL, 4, date(2020, 3, 9))
    told(flex, action(type="RS", actionDescription="KO SPLIT 1 FOR 10 (KO)"))
    ib.clock.on(5 * 3600)
    (reverse,) = broker.corporate_actions(None)
    assert isinstance(reverse, Split)
    assert reverse.ratio == D("0.1")


def test_what_is_not_told_in_full_is_asked(ib: Desk, flex: FlexServer) -> None:
    words = "KO(US1912161007) MERGED(Acquisition) FOR USD 60.00 PER SHARE"
    told(
        flex,
        action(
            symbol="KO", conid="8894", type="TC", actionID="56", quantity="-25",
            proceeds="1,500.00", actionDescription=words, transactionID="903",
        ),
        action(type="FS", actionDescription="a split whose ratio nobody tells"),
    )  # fmt: skip
    broker = opened(ib, flex)
    apple, coke = broker.corporate_actions(None)
    assert isinstance(apple, OpenQuestion)
    assert isinstance(coke, OpenQuestion)
    assert (coke.symbol, coke.records) == (KO, ("903",))
    assert words in coke.said
    moved = {(t.transfer_id, t.symbol, t.quantity) for t in broker.transfers(None)}
    assert moved == {("901", AAPL, 30), ("903", KO, -25)}
    (paid,) = broker.cash_flows(None)
    assert (paid.flow_id, paid.amount, paid.symbol) == ("903:proceeds", 1500, KO)


def test_shares_that_came_without_a_trade(ib: Desk, flex: FlexServer) -> None:
    row = {
        "accountId": ACCOUNT, "currency": "USD", "assetCategory": "STK", "symbol": "KO",
        "conid": "8894", "type": "ACATS", "direction": "IN", "quantity": "25",
        "date": "20200305", "transactionID": "77",
    }  # fmt: skip
    out = {**row, "direction": "OUT", "transactionID": "78", "quantity": "5"}
    money = {**row, "symbol": "", "quantity": "0", "transactionID": "79"}
    told(flex, section("Transfers", "Transfer", row, out, money))
    found = opened(ib, flex).transfers(None)
    assert [(t.symbol, t.quantity, t.unit_cost) for t in found] == [(KO, 25, None), (KO, -5, None)]


def test_trades_of_currencies_move_cash_of_both(ib: Desk, flex: FlexServer) -> None:
    row = {
        "accountId": ACCOUNT, "currency": "USD", "assetCategory": "CASH", "symbol": "EUR.USD",
        "ibExecID": "0001.01.01", "quantity": "1000", "tradePrice": "1.1", "ibCommission": "-2",
        "ibCommissionCurrency": "USD", "dateTime": "20200302;100000", "levelOfDetail": "EXECUTION",
    }  # fmt: skip
    order = {**row, "levelOfDetail": "ORDER"}
    told(flex, section("Trades", "Trade", row, order))
    broker = opened(ib, flex)
    found = {flow.flow_id: (flow.currency, flow.amount) for flow in broker.cash_flows(None)}
    assert found == {
        "0001.01.01:EUR": ("EUR", 1000),
        "0001.01.01:USD": ("USD", -1100),
        "0001.01.01:fee": ("USD", -2),
    }
    assert broker.executions(None) == ()


def test_executions_of_days_before_come_from_the_statement(ib: Desk, flex: FlexServer) -> None:
    flex.xml = lambda: flex_statement(ib.model, ACCOUNT)
    broker = opened(ib, flex)
    assert isinstance(broker.submit(buy("k", "7")), Accepted)
    today = broker.executions(None)
    again = ib.reopen(broker, flex_token="ibkr_flex_token", flex_url=flex.url)  # noqa: S106
    ib.clock.on(24 * 3600)
    later = again.executions(None)
    assert len(later) == len(today) == 1
    (old,), (new,) = today, later
    assert new.version > old.version, "a statement has the last word"
    same = ("root", "key", "symbol", "side", "quantity", "price", "fee", "time", "currency")
    assert [getattr(old, name) for name in same] == [getattr(new, name) for name in same]
    assert latest((*today, *later)) == later
    assert broker.capabilities.executions_horizon is not None
    assert broker.capabilities.executions_horizon.days == 365


def test_nothing_is_asked_of_the_service_before_the_login_is_known(
    ib: Desk, flex: FlexServer
) -> None:
    broker = ib.open(
        flex_token="ibkr_flex_token",  # noqa: S106 - the name of a secret
        flex_url=flex.url,
        environment=Environment.LIVE,
        account=ACCOUNT,
    )
    with pytest.raises(Misconfigured):
        broker.transfers(None)


def test_an_answer_that_drips_is_cut_off_in_time(ib: Desk) -> None:
    """Its head alone would take a minute, and each byte of it is in time."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = Event()

        def serve() -> None:
            with suppress(OSError):
                link, _ = listening.accept()
                with link:
                    link.recv(4096)
                    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 99:
                        link.send(bytes([byte]))
                        if over.wait(0.05):
                            return

        thread = Thread(target=serve, daemon=True)
        thread.start()
        broker = ib.open(
            flex_token="ibkr_flex_token",  # noqa: S106 - a name
            flex_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
            timeout_seconds=0.2,
        )
        begun = time.monotonic()
        with pytest.raises(Unreachable, match="no Flex statement"):
            broker.cash_flows(None)
        assert time.monotonic() - begun < 4
        over.set()
        thread.join(2)
