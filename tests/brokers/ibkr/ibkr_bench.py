"""What tests of this adapter share: a gateway with a clock that is set, and an account at it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from stage import session_at
from standins.flex_server import secret_of
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer
from tws_bench import QUOTES, Clock

from brokers.broker import Found
from brokers.ibkr.broker import IbkrBroker
from brokers.ibkr.link import Timing
from brokers.settings import IbkrSettings
from brokers.words import AccountId, Order, OrderKey, OrderState, Side, Symbol

D = Decimal
MINE = AccountId("pension")
AAPL, KO = Symbol("AAPL"), Symbol("KO")
PLACE = ("placeOrder", "")
SECONDS = 1.0
"""How long an answer may take here: long for loopback, short for a test."""


@dataclass(slots=True)
class Desk:
    """A gateway with an account at it."""

    clock: Clock
    server: TwsServer
    settings: IbkrSettings
    opened: list[IbkrBroker] = field(default_factory=list)

    @property
    def model(self) -> TwsModel:
        return self.server.model

    def open(self, reveal: Callable[[str], str] = secret_of, **settings: object) -> IbkrBroker:
        """The account, as a program opens it that has just begun."""
        chosen = replace(self.settings, **settings)  # type: ignore[arg-type]
        timing = Timing(self.clock.now, time.monotonic, self.clock.on)
        broker = IbkrBroker(chosen, MINE, timing, session_at, reveal)
        self.opened.append(broker)
        return broker

    def reopen(self, broker: IbkrBroker, **settings: object) -> IbkrBroker:
        """The program was started again."""
        broker.close()
        return self.open(**settings)

    def sent(self) -> int:
        """Orders that reached the gateway."""
        return self.server.count("placeOrder")


@contextmanager
def desk(highest: int = 178, **knobs: object) -> Iterator[Desk]:
    """A gateway on a free port at which nothing takes time, and everything closed at the end."""
    clock = Clock()
    model = TwsModel(clock.now, dict(QUOTES), **{"latency": timedelta(), **knobs})  # type: ignore[arg-type]
    with TwsServer(model, highest=highest) as server:
        server.per_second = None
        settings = IbkrSettings(
            port=server.port, timeout_seconds=SECONDS, messages_per_second=10_000
        )
        made = Desk(clock, server, settings)
        yield made
        for broker in made.opened:
            broker.close()


def buy(key: str, quantity: str = "10", limit: str = "70.02", symbol: Symbol = AAPL) -> Order:
    return Order(OrderKey(key), symbol, Side.BUY, D(quantity), D(limit))


def sell(key: str, quantity: str, limit: str, symbol: Symbol = AAPL) -> Order:
    return replace(buy(key, quantity, limit, symbol), side=Side.SELL)


def state_of(broker: IbkrBroker, key: str) -> OrderState:
    found = broker.find(OrderKey(key))
    assert isinstance(found, Found), found
    return found.state


def until(holds: Callable[[], object], seconds: float = 3.0) -> None:
    """Ask until it ``holds``: what is waited for happens in another thread."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
