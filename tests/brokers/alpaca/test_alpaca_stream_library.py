"""The faults of the client library's own stream, reproduced at the stand-in, and each survived.

As in ``test_alpaca_library``: each test first shows what alpaca-py does by itself.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

import pytest
from alpaca.data.live.stock import StockDataStream
from alpaca.trading.stream import TradingStream
from alpaca_bench import Alpaca, buy, standin
from standins.alpaca_server import KEY_ID, SECRET_KEY

from brokers.alpaca.broker import AlpacaBroker
from brokers.alpaca.pace import Patience

LONG = 8.0
QUICK = Patience(quiet=0.3, answer=0.6, again=0.05, again_max=0.2, burst=100)


@dataclass
class Theirs:
    """The library's stream, with a handler that stumbles over the events named."""

    stream: TradingStream
    stumbles_over: set[str] = field(default_factory=set)
    recorded: list[str] = field(default_factory=list)
    handled: int = 0

    async def handle(self, told: dict[str, dict[str, str]]) -> None:
        event = told["data"]["event"]
        self.handled += 1
        if event in self.stumbles_over:
            raise ValueError(event)
        self.recorded.append(event)


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    """A fresh stand-in, for a client without patience."""
    with standin() as made:
        made.patience = QUICK
        yield made


@contextmanager
def library(alpaca: Alpaca) -> Iterator[Theirs]:
    """The library's own stream, listening, in a thread as it wants to be run."""
    url = f"ws{alpaca.server.url.removeprefix('http')}/stream"
    theirs = Theirs(TradingStream(KEY_ID, SECRET_KEY, raw_data=True, url_override=url))
    theirs.stream._reconnect_min_backoff = 0.3  # noqa: SLF001
    theirs.stream.subscribe_trade_updates(theirs.handle)
    logging.getLogger("alpaca.trading.stream").setLevel(logging.CRITICAL)
    thread = Thread(target=theirs.stream.run, daemon=True)
    thread.start()
    until(lambda: alpaca.server.streams.listeners)
    yield theirs
    theirs.stream._should_run = False  # noqa: SLF001
    theirs.stream.stop()
    alpaca.server.streams.cut()
    thread.join(LONG)


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < end, "it never came"


def ours(alpaca: Alpaca) -> AlpacaBroker:
    """The account, listening."""
    broker = alpaca.open()
    assert broker.clock().is_open
    assert broker.await_news(LONG)
    return broker


def trade(alpaca: Alpaca, broker: AlpacaBroker, key: str) -> None:
    """An order is taken, and filled five seconds later."""
    broker.submit(buy(key))
    alpaca.clock.on(5)
    alpaca.server.carry()


@contextmanager
def their_quotes(alpaca: Alpaca, heard: Callable[[dict[str, object]], None]) -> Iterator[None]:
    """The library's own stream of quotes, of AAPL, once it has tried to be let in."""
    url = f"ws{alpaca.server.url.removeprefix('http')}/v2/iex"
    theirs = StockDataStream(KEY_ID, SECRET_KEY, raw_data=True, url_override=url)

    async def handle(told: dict[str, object]) -> None:
        heard(told)

    theirs.subscribe_quotes(handle, "AAPL")  # type: ignore[arg-type]
    logging.getLogger("alpaca.data.live.websocket").setLevel(logging.CRITICAL)
    thread = Thread(target=theirs.run, daemon=True)
    thread.start()
    until(lambda: alpaca.server.tickers.heard)
    yield
    theirs._should_run = False  # noqa: SLF001
    theirs.stop()
    alpaca.server.tickers.cut()
    thread.join(LONG)


def test_their_quotes_are_no_exact_prices(alpaca: Alpaca) -> None:
    """It also shows that the stand-in speaks as the library has it."""
    tickers, told = alpaca.server.tickers, list[dict[str, object]]()
    with their_quotes(alpaca, told.append):
        until(lambda: tickers.names() == {"AAPL"})
        tickers.tick()
        until(lambda: told)
    assert (told[0]["T"], told[0]["S"], told[0]["ap"]) == ("q", "AAPL", 70.02)
    assert isinstance(told[0]["ap"], float)


def test_their_quotes_have_no_age(alpaca: Alpaca) -> None:
    """What comes late, or before what came already, is told like any other."""
    tickers, told = alpaca.server.tickers, list[dict[str, object]]()
    with their_quotes(alpaca, told.append):
        until(lambda: tickers.names() == {"AAPL"})
        tickers.mischief.extend([tickers.before, tickers.old])
        tickers.tick()
        tickers.tick()
        until(lambda: len(told) == 3)
    assert [row["ap"] for row in told] == [70.02, 2.0, 70.02]


def test_an_event_at_which_the_reader_stumbles_is_lost(alpaca: Alpaca) -> None:
    with library(alpaca) as theirs:
        theirs.stumbles_over = {"fill"}
        trade(alpaca, alpaca.open(), "theirs")
        until(lambda: theirs.handled == 2)
        assert theirs.recorded == ["new"], "nobody tells of the fill again"
    broker = ours(alpaca)
    trade(alpaca, broker, "ours")
    assert broker.await_news(LONG)
    assert [str(e.key) for e in broker.executions(None)] == ["theirs", "ours"]


def test_what_happens_between_two_links_is_never_told(alpaca: Alpaca) -> None:
    streams = alpaca.server.streams
    with library(alpaca) as theirs:
        streams.cut()
        until(lambda: not streams.lines)
        trade(alpaca, alpaca.open(), "theirs")
        until(lambda: streams.listeners)
        assert theirs.recorded == [], "it is connected again, and knows nothing of the fill"
    broker = ours(alpaca)
    streams.cut()
    until(lambda: not streams.lines)
    trade(alpaca, broker, "ours")
    until(lambda: streams.listeners)
    assert broker.await_news(LONG)
    assert [str(e.key) for e in broker.executions(None)] == ["theirs", "ours"]


def test_a_link_on_which_nobody_speaks_looks_alive(alpaca: Alpaca) -> None:
    """The library's own pings wait three minutes for an answer."""
    streams = alpaca.server.streams
    with library(alpaca) as theirs:
        streams.deaf = True
        time_to_notice = QUICK.quiet + QUICK.answer + 0.5
        end = time.monotonic() + time_to_notice
        until(lambda: time.monotonic() > end)
        assert theirs.stream._running  # noqa: SLF001
        assert streams.lines, "and it is still on the line"
        streams.deaf = False
    broker = ours(alpaca)
    streams.deaf = True
    begun = time.monotonic()
    assert broker.await_news(LONG)
    assert time.monotonic() - begun < time_to_notice + 1
    streams.deaf = False
    until(lambda: streams.listeners)
