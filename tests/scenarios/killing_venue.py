"""Where a cycle is killed: a broker in a process of its own behind a toll, and who speaks to it."""

import json
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import NoReturn

from killing_clock import JumpClock, Shared
from killing_strikes import Strike
from killing_toll import HttpNames, Link, Toll, TwsNames
from stage import session_at
from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import AlpacaServer, key_of
from standins.flex_server import secret_of
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer

from brokers.alpaca.broker import AlpacaBroker  # noqa: F401  # loaded once, and not by every child
from brokers.broker import Broker
from brokers.connect import open_broker
from brokers.ibkr.broker import IbkrBroker  # noqa: F401  # as above
from brokers.settings import AlpacaSettings, IbkrSettings
from brokers.words import AccountId

D = Decimal
ACCOUNT = AccountId("killed")
QUOTES = {
    "AAPL": (D("69.98"), D("70.02")),
    "KO": (D("49.99"), D("50.00")),
    "MSFT": (D("149.95"), D("150.05")),
}
TICK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with what the broker and the book have kept, and the broker's port."""

    folder: Path
    broker: str
    clock: JumpClock
    port: int = 0
    url: str = ""

    @property
    def book(self) -> str:
        return self.url or str(self.folder / "book.db")

    @property
    def kept(self) -> Path:
        """What the stand-in keeps."""
        return self.folder / "broker.kept"


@contextmanager
def standing(place: Place) -> Iterator[int]:
    """The broker itself, in this process; its port."""
    if place.broker == "ibkr":
        with TwsServer(TwsModel(place.clock.now, dict(QUOTES)), state=place.kept) as tws:
            tws.per_second = None
            yield tws.port
        return
    model = AlpacaModel(place.clock.now, dict(QUOTES))
    with AlpacaServer(model, state=place.kept) as alpaca:
        Thread(target=_tick, args=(alpaca,), daemon=True).start()
        yield int(alpaca.url.rpartition(":")[2])


def _tick(alpaca: AlpacaServer) -> None:
    """Tell the stream what happens when it happens, and not when somebody asks."""
    while not alpaca.stopping.wait(TICK_SECONDS):
        if any(order.is_live for order in alpaca.model.orders):
            alpaca.carry()


def serve(place: Place, ready: int, strikes: Sequence[Strike]) -> None:
    """Be the broker, behind a toll, until we are told to end; ``ready`` is told the port."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    with standing(place) as port:
        names = HttpNames if place.broker == "alpaca" else TwsNames
        shared, spots = place.clock.shared, [None, *(strike.spot for strike in strikes), None]
        toll = Toll(
            port,
            names,
            aimed=lambda: (shared.turn, spots[shared.turn]),
            blow=partial(_kill_victim, shared),
        )
        os.write(ready, str(toll.here).encode())
        signal.sigwait({signal.SIGTERM})
    (place.folder / "said.json").write_text(json.dumps([asdict(said) for said in toll.said]))


def _kill_victim(shared: Shared, _link: Link) -> None:
    with suppress(ProcessLookupError):
        os.kill(shared.victim, signal.SIGKILL)


@contextmanager
def served(place: Place, strikes: Sequence[Strike] = ()) -> Iterator[Place]:
    """The place with its broker up, in a process of its own."""
    told, ready = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        alone(partial(serve, place, ready, strikes))
    os.close(ready)
    port = int(os.read(told, 16))
    os.close(told)
    try:
        yield replace(place, port=port)
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def alone(act: Callable[[], object]) -> NoReturn:
    """Do it and be gone, whatever happens: a fork must never go on as its parent."""
    status = 1
    try:
        act()
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)


def in_child(act: Callable[[], object], seconds: float = 0.0) -> int:
    """Do it in a fork of this process, which is killed after ``seconds``; its exit status."""
    child = os.fork()
    if child == 0:
        alone(act)
    if seconds:
        end = time.monotonic() + seconds
        while (ended := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < end:
            Event().wait(0.0005)
        if ended[0]:
            return ended[1]
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def broker_at(place: Place, now: Callable[[], datetime]) -> Broker:
    """The account, through the real client library."""
    if place.broker == "alpaca":
        url = f"http://127.0.0.1:{place.port}"
        alpaca = AlpacaSettings(
            trading_url=url, data_url=url, requests_per_minute=100_000, timeout_seconds=5
        )
        return open_broker(ACCOUNT, alpaca, now, session_at, key_of)
    ibkr = IbkrSettings(port=place.port, messages_per_second=10_000, timeout_seconds=5, margin=True)
    return open_broker(ACCOUNT, ibkr, now, session_at, secret_of)
