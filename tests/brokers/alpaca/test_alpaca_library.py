"""The faults of the client library, reproduced at the stand-in, and each shown survived.

Each test first shows what alpaca-py does by itself, so that it fails on the day on which the
library is mended and the care taken here is no longer needed.
"""

import math
from threading import Event, Thread

import pytest
from alpaca.common.exceptions import APIError
from alpaca.data.historical.stock import StockHistoricalDataClient
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, TimeInForce
from alpaca.trading.requests import GetOrdersRequest, LimitOrderRequest
from alpaca_bench import AAPL, Alpaca, buy, state_of
from standins.alpaca_server import KEY_ID, SECRET_KEY
from standins.faults import HTML, Fault, answer, hang_after, says

from brokers.alpaca.link import Link
from brokers.alpaca.wire import take_over
from brokers.broker import Accepted, BadAnswer, Misconfigured, Unclear, Unreachable
from brokers.words import OrderStatus

PATH = "/v2/orders"


def library(alpaca: Alpaca) -> TradingClient:
    """The client as it comes, but that it does not wait between its retries."""
    client = TradingClient(KEY_ID, SECRET_KEY, url_override=alpaca.server.url)
    client._retry_wait = 0  # noqa: SLF001
    return client


def order(key: str | None) -> LimitOrderRequest:
    return LimitOrderRequest(
        symbol="AAPL",
        qty=1,
        side=OrderSide.BUY,
        time_in_force=TimeInForce.DAY,
        limit_price=1,
        client_order_id=key,
    )


def test_a_client_that_keeps_its_session_elsewhere_is_not_used() -> None:
    moved = TradingClient(KEY_ID, SECRET_KEY)
    del moved._retry_codes  # noqa: SLF001
    with pytest.raises(Misconfigured, match="no _retry_codes") as caught:
        take_over(moved, Link(1, lambda: 0.0))
    assert "requirements.lock" in caught.value.remedy


def test_a_retry_on_504_makes_two_orders_of_one(alpaca: Alpaca) -> None:
    alpaca.server.faults.tell(says("POST", PATH, HTML, 504))
    library(alpaca).submit_order(order(None))
    assert len(alpaca.model.orders) == 2
    broker = alpaca.open()
    alpaca.server.faults.tell(says("POST", PATH, HTML, 504))
    assert isinstance(broker.submit(buy("ours")), Unclear)
    assert len(alpaca.model.orders) == 3


def test_a_retry_on_504_tells_a_live_order_as_rejected(alpaca: Alpaca) -> None:
    alpaca.server.faults.tell(says("POST", PATH, HTML, 504))
    with pytest.raises(APIError, match="must be unique"):
        library(alpaca).submit_order(order("theirs"))
    assert [each.status for each in alpaca.model.orders] == ["new"]
    broker = alpaca.open()
    alpaca.server.faults.tell(says("POST", PATH, HTML, 504))
    assert isinstance(broker.submit(buy("ours")), Unclear)
    assert state_of(broker, "ours").status is OrderStatus.OPEN
    assert len(alpaca.model.orders) == 2


def test_a_retry_on_429_sends_an_order_four_times(alpaca: Alpaca) -> None:
    limited = answer("POST", PATH, 429, b'{"message": "rate limit exceeded"}', times=9)
    alpaca.server.faults.tell(limited)
    with pytest.raises(APIError):
        library(alpaca).submit_order(order("theirs"))
    assert limited.times == 9 - 4
    assert isinstance(alpaca.open().submit(buy("ours")), Unclear)
    assert limited.times == 9 - 5


def test_without_a_time_out_an_answer_is_waited_for_without_end(alpaca: Alpaca) -> None:
    alpaca.server.faults.tell(hang_after("POST", PATH))
    done = Event()

    def send() -> None:
        with pytest.raises(OSError, match="Connection aborted"):
            library(alpaca).submit_order(order("theirs"))
        done.set()

    waiting = Thread(target=send)
    waiting.start()
    broker = alpaca.open()
    alpaca.server.faults.tell(hang_after("POST", PATH))
    assert isinstance(broker.submit(buy("ours")), Unclear)
    assert not done.is_set(), "the library still waits"
    alpaca.server.stopping.set()
    waiting.join(timeout=10)
    assert done.is_set()


def test_a_page_in_place_of_an_error_breaks_the_error_itself(alpaca: Alpaca) -> None:
    alpaca.server.faults.tell(answer("GET", "/v2/account", 502, HTML, times=2))
    with pytest.raises(APIError) as caught:
        library(alpaca).get_account()
    with pytest.raises(ValueError, match="Expecting value"):
        _ = caught.value.message
    with pytest.raises(Unreachable, match="502"):
        alpaca.open().account()


def test_numbers_are_sent_and_read_as_floats(alpaca: Alpaca) -> None:
    library(alpaca).submit_order(order("theirs"))
    sent = alpaca.server.exchanges[-1].body
    assert isinstance(sent, dict)
    assert isinstance(sent["qty"], float)
    alpaca.open().submit(buy("ours"))
    sent = alpaca.server.exchanges[-1].body
    assert isinstance(sent, dict)
    assert sent["qty"] == "10"


def test_what_is_not_a_number_is_read_as_one(alpaca: Alpaca) -> None:
    nan = Fault("GET", "/v2/stocks", times=2, rewrite=lambda b: b.replace(b"69.98", b"NaN"))
    alpaca.server.faults.tell(nan)
    data = StockHistoricalDataClient(
        KEY_ID, SECRET_KEY, raw_data=True, url_override=alpaca.server.url
    )
    told = data.get("/stocks/quotes/latest", {"symbols": "AAPL"})
    assert isinstance(told, dict)
    assert math.isnan(told["quotes"]["AAPL"]["bp"])
    assert alpaca.open().quotes([AAPL]) == {}
    wrong = Fault("GET", "/v2/account$", rewrite=lambda b: b.replace(b'"20000"', b"NaN"))
    alpaca.server.faults.tell(wrong)
    with pytest.raises(BadAnswer, match="cash"):
        alpaca.open().account()


def test_a_list_of_orders_is_cut_off_at_five_hundred(alpaca: Alpaca) -> None:
    broker = alpaca.open()
    for number in range(510):
        assert isinstance(broker.submit(buy(f"k{number}", "1", "0.01")), Accepted)
    listed = library(alpaca).get_orders(GetOrdersRequest(limit=500))
    assert len(listed) == 500
    assert len(broker.open_orders()) == 510
