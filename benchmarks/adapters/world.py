"""The world of these benchmarks: names, clocks, stand-ins in processes of their own, accounts."""

import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice, product
from pathlib import Path
from string import ascii_uppercase

from benchmarks.cycle import ACCOUNT, session_at
from brokers.broker import Broker
from brokers.connect import open_alpaca, open_ibkr
from brokers.settings import AlpacaSettings, IbkrSettings
from brokers.words import Symbol

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))  # the stand-ins live there

D = Decimal
THURSDAY = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
ALPACA_PER_MINUTE, IB_PER_SECOND = 200, 50


def names_of(count: int) -> list[Symbol]:
    """AAA, AAB and so on: what every broker takes for a symbol."""
    letters = map("".join, product(ascii_uppercase, repeat=3))
    return [Symbol(name) for name in islice(letters, count)]


def quotes_of(count: int) -> dict[str, tuple[Decimal, Decimal]]:
    """A cent wide, from 50 dollars upwards."""
    return {s: (D(50) + n, D(50) + n + D("0.01")) for n, s in enumerate(names_of(count))}


@dataclass(slots=True)
class Since:
    """A clock that two processes share: Thursday morning, and the seconds since ``begun``."""

    begun: float

    def now(self) -> datetime:
        """The moment."""
        return THURSDAY + timedelta(seconds=time.monotonic() - self.begun)

    def sleep(self, seconds: float) -> None:
        """Nobody waits for fills here."""
        raise AssertionError(f"nothing here waits {seconds} seconds")


@dataclass(slots=True)
class Stamps:
    """A clock in seconds that remembers when it was asked: the stand-in asks at each request."""

    clock: Callable[[], float] = time.monotonic
    asked: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        """The seconds, which are remembered."""
        self.asked.append(self.clock())
        return self.asked[-1]

    def peak(self, window: float) -> int:
        """Most of them within ``window`` seconds."""
        inside, most = deque[float](), 0
        for stamp in self.asked:
            inside.append(stamp)
            while inside[0] <= stamp - window:
                inside.popleft()
            most = max(most, len(inside))
        return most


def serve(kind: str, begun: float, names: int) -> None:
    """Be the stand-in: say the port, and at the end of input what was counted."""
    stamps = Stamps()
    clock = Since(begun)
    if kind == "alpaca":
        from standins.alpaca_model import AlpacaModel
        from standins.alpaca_server import AlpacaServer

        model = AlpacaModel(clock.now, quotes_of(names), cash=D(10_000_000))
        model.positions = dict.fromkeys(names_of(names), D(10))
        server = AlpacaServer(model)
        print(server.url.rsplit(":", 1)[1], flush=True)
    elif kind.startswith("ibkr"):
        from standins.tws_book import Holding
        from standins.tws_model import TwsModel
        from standins.tws_server import TwsServer

        books = TwsModel(clock.now, quotes_of(names), cash=D(10_000_000))
        held = books.books.accounts["DU1234567"].holdings
        held.update({each.con_id: Holding(each, D(10), D(700)) for each in books.listings})
        gateway = TwsServer(books)
        gateway.seconds = stamps
        gateway.per_second = None if kind == "ibkr-unpaced" else IB_PER_SECOND
        print(gateway.port, flush=True)
    sys.stdin.read()
    print(stamps.peak(1.0), flush=True)


@contextmanager
def standin(kind: str, begun: float, names: int) -> Iterator[tuple[int, Callable[[], int]]]:
    """The port of a stand-in in another process, and what ends it and tells its peak."""
    command = [sys.executable, "-m", "benchmarks.adapters", "serve", kind, str(begun), str(names)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)  # noqa: S603 - ours
    assert process.stdout is not None

    def peak() -> int:
        told, _ = process.communicate("")
        return int(told)

    try:
        yield int(process.stdout.readline()), peak
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def secret(name: str) -> str:
    """The keys of the stand-in."""
    from standins.alpaca_server import key_of

    return key_of(name)


def open_one(kind: str, port: int, clock: Since) -> Broker:
    """The account, through the real library."""
    if kind == "alpaca":
        url = f"http://127.0.0.1:{port}"
        settings = AlpacaSettings(trading_url=url, data_url=url, timeout_seconds=60)
        return open_alpaca(ACCOUNT, settings, clock.now, secret)
    gateway = IbkrSettings(port=port, timeout_seconds=60)
    return open_ibkr(ACCOUNT, gateway, clock.now, session_at, secret)
