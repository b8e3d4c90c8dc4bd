"""What tests of the Alpaca adapter share: a stand-in with a clock that is set, and an account."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ssl import SSLContext

from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import AlpacaServer, key_of

from brokers.alpaca.broker import AlpacaBroker
from brokers.alpaca.pace import Pace, Patience, Timing
from brokers.broker import Found
from brokers.settings import AlpacaSettings
from brokers.words import AccountId, Order, OrderKey, OrderState, Side, Symbol

D = Decimal
ACCOUNT = AccountId("alpaca")
AAPL, KO = Symbol("AAPL"), Symbol("KO")
THURSDAY = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
"""11:00 in New York."""
QUOTES = {"AAPL": (D("69.98"), D("70.02")), "KO": (D("49.99"), D("50.00"))}
SECONDS = 1.0
"""How long an answer may take here: long for loopback, short for a test."""


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is set. ``seconds`` and ``pause`` are its second hand."""

    at: datetime = THURSDAY
    paused: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def on(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def seconds(self) -> float:
        return self.at.timestamp()

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.on(seconds)


@dataclass(slots=True)
class Alpaca:
    """A stand-in with an account at it."""

    clock: Clock
    server: AlpacaServer
    settings: AlpacaSettings
    patience: Patience = field(default_factory=Patience)
    seconds: Callable[[], float] = time.monotonic
    opened: list[AlpacaBroker] = field(default_factory=list)

    @property
    def model(self) -> AlpacaModel:
        return self.server.model

    def open(self, reveal: Callable[[str], str] = key_of, **settings: object) -> AlpacaBroker:
        """The account, as a program opens it that has just begun."""
        chosen = replace(self.settings, **settings)  # type: ignore[arg-type]
        timing = Timing(self.clock.now, self.seconds, self.pace, self.patience)
        broker = AlpacaBroker(chosen, ACCOUNT, timing, reveal)
        self.opened.append(broker)
        return broker

    def pace(self) -> Pace:
        return Pace(self.settings.requests_per_minute, self.clock.seconds, self.clock.pause)

    def posts(self) -> int:
        """Orders that reached the broker."""
        return self.server.count("POST", "/v2/orders")


@contextmanager
def standin(tls: SSLContext | None = None, **model: object) -> Iterator[Alpaca]:
    """A stand-in on a free port, and everything closed at the end."""
    clock = Clock()
    made = AlpacaModel(clock.now, dict(QUOTES), **model)  # type: ignore[arg-type]
    with AlpacaServer(made, tls) as server:
        settings = AlpacaSettings(
            trading_url=server.url,
            data_url=server.url,
            timeout_seconds=SECONDS,
            requests_per_minute=100_000,
        )
        alpaca = Alpaca(clock, server, settings)
        yield alpaca
        for broker in alpaca.opened:
            broker.close()


def buy(key: str, quantity: str = "10", limit: str = "70.02", symbol: Symbol = AAPL) -> Order:
    return Order(OrderKey(key), symbol, Side.BUY, D(quantity), D(limit))


def sell(key: str, quantity: str, limit: str, symbol: Symbol = AAPL) -> Order:
    return replace(buy(key, quantity, limit, symbol), side=Side.SELL)


def state_of(broker: AlpacaBroker, key: str) -> OrderState:
    found = broker.find(OrderKey(key))
    assert isinstance(found, Found)
    return found.state
