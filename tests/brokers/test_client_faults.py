"""Eight faults of the client libraries, each survived by every adapter that it can happen to.

Which library does what by itself is shown in tests/brokers/alpaca/test_alpaca_library.py and
tests/brokers/ibkr/test_ibkr_library.py; here is what an account sees. No adapter opens a stream at
Alpaca: what a stream would have told is read, so the faults of streams cannot happen there.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from stage import session_at
from standins import tws_faults
from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import AlpacaServer, key_of
from standins.faults import HTML, Fault, drop_before, hang_after, says
from standins.flex_server import secret_of
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer
from standins.tws_wire import frame

from brokers.broker import Absent, Accepted, BadAnswer, Broker, Found, Unclear, Unreachable
from brokers.connect import open_alpaca, open_ibkr
from brokers.settings import AlpacaSettings, IbkrSettings
from brokers.words import AccountId, Execution, Order, OrderKey, OrderStatus, Side, Symbol

D = Decimal
ACCOUNT, AAPL = AccountId("main"), Symbol("AAPL")
SECONDS = 1.0
"""How long an answer may take here."""
POST, PLACE = ("POST", "/v2/orders"), ("placeOrder", "")


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is set."""

    at: datetime = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def on(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def quotes() -> dict[str, tuple[Decimal, Decimal]]:
    return {"AAPL": (D("69.98"), D("70.02"))}


@dataclass(slots=True)
class Alpaca:
    """An account at the stand-in of Alpaca."""

    clock: Clock = field(default_factory=Clock)
    server: AlpacaServer = field(init=False)
    broker: Broker = field(init=False)

    def __post_init__(self) -> None:
        self.server = AlpacaServer(AlpacaModel(self.clock.now, quotes()))
        url = self.server.url
        settings = AlpacaSettings(
            trading_url=url, data_url=url, timeout_seconds=SECONDS, requests_per_minute=100_000
        )
        self.broker = open_alpaca(ACCOUNT, settings, self.clock.now, key_of)

    def swallow(self) -> None:
        """The next order is taken, and nothing is ever answered."""
        self.server.faults.tell(hang_after(*POST))

    def lose(self) -> None:
        """The next order is lost on the way, and the line with it."""
        self.server.faults.tell(drop_before(*POST))

    def fill_unseen(self) -> None:
        """The line breaks, prices fall, what waits is filled, and the line is there again."""
        self.server.faults.tell(drop_before("GET", "/v2/account/activities"))
        self.server.model.quotes["AAPL"] = D("60.98"), D("61.00")
        self.clock.on(5)
        with pytest.raises(Unreachable):
            self.broker.executions(None)

    def reconnect(self) -> None:
        """The next question makes a line of its own."""

    def garble(self) -> None:
        """The next list of open orders cannot be read to its end."""
        self.server.faults.tell(Fault("GET", "/v2/orders$", cut_at=300))

    def orders(self, key: str) -> int:
        """Orders with ``key`` that the broker has."""
        return sum(o.body["client_order_id"] == key for o in self.server.model.orders)

    def close(self) -> None:
        self.broker.close()  # type: ignore[attr-defined]
        self.server.stop()


@dataclass(slots=True)
class Tws:
    """An account at the stand-in of TWS."""

    clock: Clock = field(default_factory=Clock)
    server: TwsServer = field(init=False)
    broker: Broker = field(init=False)

    def __post_init__(self) -> None:
        self.server = TwsServer(TwsModel(self.clock.now, quotes(), latency=timedelta()))
        self.server.per_second = None
        settings = IbkrSettings(
            port=self.server.port, timeout_seconds=SECONDS, messages_per_second=10_000
        )
        self.broker = open_ibkr(ACCOUNT, settings, self.clock.now, session_at, secret_of)

    def swallow(self) -> None:
        for name in ("openOrder", "orderStatus", "error"):
            self.server.faults.tell(tws_faults.TwsFault("push", name, effects=0, times=9))

    def lose(self) -> None:
        self.server.faults.tell(tws_faults.lost(*PLACE))

    def fill_unseen(self) -> None:
        self.server.go_down()
        self.server.model.quotes["AAPL"] = D("60.98"), D("61.00")
        self.server.settle()
        with pytest.raises(Unreachable):
            self.broker.account()
        self.server.come_up()

    def reconnect(self) -> None:
        self.server.drop_links()

    def garble(self) -> None:
        self.server.faults.tell(tws_faults.garbled("reqAllOpenOrders", "", 5))

    def orders(self, key: str) -> int:
        return len(self.server.model.by_ref(key))

    def close(self) -> None:
        self.broker.close()  # type: ignore[attr-defined]
        self.server.stop()


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    made = Alpaca()
    yield made
    made.close()


@pytest.fixture
def tws() -> Iterator[Tws]:
    made = Tws()
    yield made
    made.close()


@pytest.fixture(params=[Alpaca, Tws], ids=["alpaca", "ibkr"])
def account(request: pytest.FixtureRequest) -> Iterator[Alpaca | Tws]:
    """An account at each broker in turn."""
    made: Alpaca | Tws = request.param()
    yield made
    made.close()


def buy(key: str, quantity: str = "3", limit: str = "50") -> Order:
    return Order(OrderKey(key), AAPL, Side.BUY, D(quantity), D(limit))


def status_of(broker: Broker, key: str) -> OrderStatus:
    found = broker.find(OrderKey(key))
    assert isinstance(found, Found), found
    return found.state.status


def shares(executions: tuple[Execution, ...]) -> Decimal:
    """What was traded, the newest version of each execution."""
    newest: dict[str, Execution] = {}
    for each in executions:
        if each.root not in newest or newest[each.root].version < each.version:
            newest[each.root] = each
    return sum((each.quantity for each in newest.values()), D(0))


def until(holds: Callable[[], object], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"


def test_retry_on_504(alpaca: Alpaca) -> None:
    for key in ("first", "second"):
        alpaca.server.faults.tell(says(*POST, HTML, 504))
        assert isinstance(alpaca.broker.submit(buy(key)), Unclear)
        assert alpaca.orders(key) == 1
        assert status_of(alpaca.broker, key) is OrderStatus.OPEN
    assert alpaca.server.count(*POST) == 2


def test_no_timeout(account: Alpaca | Tws) -> None:
    account.broker.open_orders()
    account.swallow()
    begun = time.monotonic()
    assert isinstance(account.broker.submit(buy("k")), Unclear)
    assert time.monotonic() - begun < 5 * SECONDS
    assert account.orders("k") == 1


def test_dead_stream(tws: Tws) -> None:
    assert tws.broker.clock().is_open
    tws.server.lose_connectivity()
    with pytest.raises(Unreachable):
        until(lambda: tws.broker.account() is None)
    tws.server.restore_connectivity()
    until(lambda: _answers(tws.broker))


def _answers(broker: Broker) -> bool:
    with suppress(Unreachable):
        return bool(broker.account().fingerprint)
    return False


def test_dead_stream_is_none_where_no_stream_is_opened(alpaca: Alpaca) -> None:
    alpaca.broker.submit(buy("k"))
    alpaca.broker.quotes([AAPL])
    alpaca.broker.executions(None)
    assert alpaca.server.headers
    assert not any("Upgrade" in head for head in alpaca.server.headers)


def test_reconnect_gap(account: Alpaca | Tws) -> None:
    assert isinstance(account.broker.submit(buy("k", limit="69")), Accepted)
    assert account.broker.executions(None) == ()
    account.fill_unseen()
    assert shares(account.broker.executions(None)) == 3
    assert status_of(account.broker, "k") is OrderStatus.FILLED


def test_doubled_correction(tws: Tws) -> None:
    assert isinstance(tws.broker.submit(buy("k", "3", "70.02")), Accepted)
    assert shares(tws.broker.executions(None)) == 3
    with tws.server.lock:
        tws.server.model.correct(tws.server.model.books.executions[0].exec_id, shares="2")
    tws.clock.on(2)
    assert shares(tws.broker.executions(None)) == 2


def test_doubled_correction_stops_where_none_is_documented(alpaca: Alpaca) -> None:
    assert isinstance(alpaca.broker.submit(buy("k", "3", "70.02")), Accepted)
    alpaca.clock.on(2)
    assert shares(alpaca.broker.executions(None)) == 3
    alpaca.clock.on(2)
    assert shares(alpaca.broker.executions(None)) == 3, "read again, with an overlap"
    alpaca.server.model.activities[-1]["type"] = "trade_correct"
    alpaca.clock.on(2)
    with pytest.raises(BadAnswer, match="is a trade_correct of 3"):
        alpaca.broker.executions(None)


def test_status_as_error(tws: Tws) -> None:
    assert isinstance(tws.broker.submit(buy("k")), Accepted)
    order_id = tws.server.model.by_ref("k")[0].wanted.order_id
    with tws.server.lock:
        for link in tws.server.links:
            link.send(frame(link.client.error(order_id, 399, "Order held until the open.")))
            link.send(frame(link.client.error(order_id, 10349, "TIF was set to DAY by a preset.")))
    assert status_of(tws.broker, "k") is OrderStatus.OPEN
    assert tws.server.model.by_ref("k")[0].is_live


def test_status_as_error_of_an_order_that_lives(alpaca: Alpaca) -> None:
    alpaca.server.faults.tell(Fault(*POST, effects=2))
    assert isinstance(alpaca.broker.submit(buy("k")), Accepted)
    assert [e.status for e in alpaca.server.exchanges if e.method == "POST"] == [200, 422]
    assert alpaca.orders("k") == 1


def test_queued_order_is_neither_dropped_unsaid_nor_replayed(account: Alpaca | Tws) -> None:
    account.broker.account()
    account.lose()
    assert isinstance(account.broker.submit(buy("k")), Unclear)
    account.broker.find(OrderKey("k"))
    account.reconnect()
    account.clock.on(60)
    until(lambda: _answers(account.broker))
    account.broker.find(OrderKey("k"))
    account.clock.on(60)
    assert account.broker.find(OrderKey("k")) == Absent(certain=True)
    assert account.orders("k") == 0


def test_frame_swallowed(account: Alpaca | Tws) -> None:
    assert isinstance(account.broker.submit(buy("k")), Accepted)
    account.garble()
    with pytest.raises((BadAnswer, Unreachable)):
        account.broker.open_orders()
    assert [state.key for state in account.broker.open_orders()] == ["k"]
