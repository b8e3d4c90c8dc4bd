"""A real folder of a hand-kept account, and the moments at which it is looked at."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from brokers.manual.broker import ManualBroker
from brokers.settings import ManualSettings
from brokers.words import AccountId, Order, OrderKey, Side, Symbol

D = Decimal
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
ACCOUNT = AccountId("ira")

FILES = {
    "positions.csv": "# account 8412-77\nsymbol,quantity\nVTI,120\nBND,40.5\n",
    "cash.csv": "currency,amount,settled\nUSD,2500.75,2000\nEUR,10,\n",
    "quotes.csv": "symbol,bid,ask,time\nVTI,300.10,300.14,2026-11-20T10:29:55-05:00\n",
}


@dataclass
class Clock:
    """A clock that stands until it is moved on."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time

    def pass_by(self, span: timedelta) -> None:
        self.time += span


@dataclass
class Account:
    """The folder, the clock, and a broker over both."""

    folder: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def broker(self) -> ManualBroker:
        return ManualBroker(ManualSettings(self.folder), ACCOUNT, self.clock.now)

    def put(self, file: str, text: str) -> Path:
        """Write ``file`` as a person would, at the time of the clock."""
        path = self.folder / file
        path.write_text(text, encoding="utf-8")
        stamp = self.clock.time.timestamp()
        os.utime(path, (stamp, stamp))
        return path

    def read(self, file: str) -> str:
        return (self.folder / file).read_text(encoding="utf-8")


def make_account(folder: Path) -> Account:
    """An account with positions, cash and a quote."""
    account = Account(folder)
    for file, text in FILES.items():
        account.put(file, text)
    return account


def order(
    key: str = "ira-20261120-a-1",
    symbol: str = "VTI",
    side: Side = Side.BUY,
    quantity: str = "10",
    limit: str = "300.12",
) -> Order:
    """An order of ours."""
    return Order(OrderKey(key), Symbol(symbol), side, D(quantity), D(limit))


def said_by(act: Callable[[], object], kind: type[Exception]) -> str:
    """What ``act`` complains of."""
    try:
        act()
    except kind as error:
        return str(error)
    raise AssertionError(f"no {kind.__name__} was raised")
