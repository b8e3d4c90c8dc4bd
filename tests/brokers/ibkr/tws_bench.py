"""What tests of the TWS stand-in share: a gateway with a clock that is set, and ib_async at it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import wraps

from ib_async import IB, LimitOrder, Stock, Trade
from standins.tws_book import Booked, Holding
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer

D = Decimal
THURSDAY = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
"""11:00 in New York."""
QUOTES = {"AAPL": (D("69.98"), D("70.02")), "KO": (D("49.99"), D("50.00"))}
ACCOUNT = "DU1234567"
AAPL = Stock("AAPL", "SMART", "USD", conId=265598)
KO = Stock("KO", "SMART", "USD", conId=8894)
SECONDS = 2.0
"""How long an answer may take: long for loopback."""
NOTICES = {2104, 2106, 2158}
"""What every connect brings, and means nothing."""


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is set."""

    at: datetime = THURSDAY

    def now(self) -> datetime:
        return self.at

    def on(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass(slots=True)
class Heard:
    """A client of the real library, and the errors that it was told."""

    ib: IB
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.ib.errorEvent += lambda *told: self.errors.append(told[:3])
        self.ib.updateEvent += self.news.set
        self.ib.disconnectedEvent += self.news.set
        self.ib.RequestTimeout = SECONDS

    def codes(self) -> list[int]:
        return [code for _, code, _ in self.errors if code not in NOTICES]

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until it ``holds``; the library tells of each piece of data that it has read."""
        while not holds():
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), SECONDS)

    async def gone(self) -> None:
        """Wait until the link is lost."""
        await self.until(lambda: not self.ib.isConnected())

    async def fence(self) -> None:
        """Everything asked before this has been answered after it."""
        await asyncio.wait_for(self.ib.reqCurrentTimeAsync(), SECONDS)

    async def buy(self, quantity: float, limit: float, ref: str = "", **more: object) -> Trade:
        """Send an order, and hear what becomes of it at once."""
        trade = self.ib.placeOrder(AAPL, order(quantity, limit, ref, **more))
        await self.fence()
        return trade


def order(quantity: float, limit: float, ref: str = "", **more: object) -> LimitOrder:
    action = str(more.pop("action", "BUY"))
    return LimitOrder(action, quantity, limit, orderRef=ref, **{"account": ACCOUNT, **more})


@dataclass(slots=True)
class Gateway:
    """A stand-in with a clock."""

    clock: Clock
    server: TwsServer

    @property
    def model(self) -> TwsModel:
        return self.server.model

    def hold(self, shares: int, symbol: str = "AAPL", cost: int = 60) -> None:
        """Shares that were there before."""
        listing = self.model.matches(0, symbol)[0]
        held = Holding(listing, D(shares), D(shares * cost))
        self.model.books.accounts[self.model.accounts[0]].holdings[listing.con_id] = held

    def booked(self, ref: str) -> Booked:
        """The one order with this reference."""
        (found,) = self.model.by_ref(ref)
        return found

    @asynccontextmanager
    async def client(self, client_id: int = 7, timeout: float = SECONDS) -> AsyncIterator[Heard]:
        """A connected client."""
        heard = Heard(IB())
        try:
            await heard.ib.connectAsync("127.0.0.1", self.server.port, client_id, timeout)
            yield heard
        finally:
            heard.ib.disconnect()


@contextmanager
def gateway(
    highest: int = 178, seconds: Callable[[], float] = time.monotonic, **knobs: object
) -> Iterator[Gateway]:
    """A stand-in on a free port, at which nothing takes time unless it is told to."""
    clock = Clock()
    chosen = {"latency": timedelta(), **knobs}
    model = TwsModel(clock.now, dict(QUOTES), **chosen)  # type: ignore[arg-type]
    with TwsServer(model, highest=highest, seconds=seconds) as server:
        yield Gateway(clock, server)


def played(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """A test that is a coroutine."""

    @wraps(test)
    def run(*given: object, **named: object) -> None:
        asyncio.run(test(*given, **named))  # type: ignore[arg-type]

    return run
