"""Five hundred orders: whether the pace of a broker is kept, and what is asked meanwhile."""

import time
from decimal import Decimal
from threading import Event
from typing import TYPE_CHECKING

from benchmarks.adapters.world import (
    ALPACA_PER_MINUTE,
    THURSDAY,
    Since,
    Stamps,
    names_of,
    open_one,
    quotes_of,
    secret,
    standin,
)
from benchmarks.cycle import ACCOUNT
from brokers.broker import Accepted
from brokers.settings import AlpacaSettings
from brokers.words import Order, OrderKey, Side, Symbol

if TYPE_CHECKING:
    from standins.alpaca_server import AlpacaServer

    from brokers.alpaca.broker import AlpacaBroker

D = Decimal
BURST = 500


def burst_at_alpaca() -> tuple[int, int, float]:
    """500 orders as fast as they are taken: most in a minute, refused with 429, minutes.

    The clock is virtual: waiting for the next minute takes no time.
    """
    from standins.alpaca_model import AlpacaModel
    from standins.alpaca_server import AlpacaServer

    from bot.clock import VirtualClock
    from brokers.alpaca.broker import AlpacaBroker
    from brokers.alpaca.pace import Pace, Timing

    clock = VirtualClock(THURSDAY)
    seconds = lambda: clock.now().timestamp()  # noqa: E731
    model = AlpacaModel(clock.now, quotes_of(1), cash=D(10_000_000))
    with AlpacaServer(model) as server:
        stamps = Stamps(seconds)
        server.per_minute, server.seconds = ALPACA_PER_MINUTE, stamps
        pace = lambda: Pace(ALPACA_PER_MINUTE, seconds, clock.sleep)  # noqa: E731
        settings = AlpacaSettings(trading_url=server.url, data_url=server.url)
        timing = Timing(clock.now, time.monotonic, pace)
        broker = AlpacaBroker(settings, ACCOUNT, timing, secret)
        for number in range(BURST):
            while not isinstance(broker.submit(order(number)), Accepted):
                clock.sleep(1)
        assert len(model.orders) == BURST
        broker.close()
        minutes = (clock.now() - THURSDAY).total_seconds() / 60
        return stamps.peak(60.0), server.limited, minutes


def quotes_in_a_burst(names_max: int, names: int = BURST) -> int:
    """Requests for quotes that a wave of ``names`` orders makes, asked for as a wave asks.

    All are looked at once for the plan and once before the wave, then ten at a time, five seconds
    apart by a virtual clock. Every name that is streamed has a new quote each second.
    """
    from standins.alpaca_model import AlpacaModel
    from standins.alpaca_server import AlpacaServer

    from bot.clock import VirtualClock
    from brokers.alpaca.broker import AlpacaBroker
    from brokers.alpaca.pace import Pace, Timing

    clock = VirtualClock(THURSDAY)
    seconds = lambda: clock.now().timestamp()  # noqa: E731
    pace = lambda: Pace(100_000, seconds, clock.sleep)  # noqa: E731
    model = AlpacaModel(clock.now, quotes_of(names), cash=D(10_000_000))
    with AlpacaServer(model) as server:
        server.tickers.names_max = names_max
        settings = AlpacaSettings(
            trading_url=server.url,
            data_url=server.url,
            quote_stream=names_max > 0,
            quote_names_max=names_max,
        )
        timing = Timing(clock.now, time.monotonic, pace)
        broker = AlpacaBroker(settings, ACCOUNT, timing, secret)
        symbols = names_of(names)
        for _ in range(2):
            for start in range(0, names, 100):
                broker.quotes(symbols[start : start + 100])
            clock.sleep(2)
        before = server.count("GET", "/v2/stocks/quotes/latest")
        for start in range(0, names, 10):
            _tell(server, broker, min(names_max, names))
            found = broker.quotes(symbols[start : start + 10])
            assert len(found) == 10
            for number in range(start, start + 10):
                assert isinstance(broker.submit(order(number, symbols[number])), Accepted)
            clock.sleep(5)
        broker.close()
        return server.count("GET", "/v2/stocks/quotes/latest") - before


def _tell(server: "AlpacaServer", broker: "AlpacaBroker", count: int) -> None:
    """A new quote of every name that is streamed, ``count`` of them, once it has come."""
    if broker.ticker is None:
        return
    ticker, pause = broker.ticker, Event().wait
    end = time.monotonic() + 3
    pause(0.5)  # what is let go of and what is taken on are two messages
    while len(ticker.subscribed) < count and time.monotonic() < end:
        pause(0.01)
    server.tickers.tick()
    while not all(map(ticker.latest, ticker.subscribed)) and time.monotonic() < end:
        pause(0.002)


def burst_at_ib() -> tuple[int, float]:
    """The same at TWS, in real time: most messages in a second, and seconds."""
    clock = Since(time.monotonic())
    with standin("ibkr", clock.begun, 1) as (port, peak):
        broker = open_one("ibkr", port, clock)
        broker.account()
        begun = time.perf_counter()
        for number in range(BURST):
            assert isinstance(broker.submit(order(number)), Accepted)
        taken = time.perf_counter() - begun
        broker.close()  # type: ignore[attr-defined]
        return peak(), taken


def order(number: int, symbol: Symbol | None = None) -> Order:
    """One share, far below the market."""
    return Order(OrderKey(f"k{number}"), symbol or names_of(1)[0], Side.BUY, D(1), D(10))
