"""Every broker that must keep the contract: one row in MAKERS, one way to open it for a test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from brokers.broker import Broker
from brokers.connect import open_broker
from brokers.settings import BrokerSettings, PaperSettings
from brokers.words import AccountId, Session, Symbol

NEW_YORK = ZoneInfo("America/New_York")


def session_at(moment: datetime) -> Session | None:
    """Monday to Friday, 09:30 to 16:00 in New York."""
    day = moment.astimezone(NEW_YORK).date()
    opens = datetime.combine(day, time(9, 30), NEW_YORK).astimezone(UTC)
    closes = datetime.combine(day, time(16), NEW_YORK).astimezone(UTC)
    return Session(day, opens, closes) if day.weekday() < 5 and opens <= moment < closes else None


ACCOUNT = AccountId("contract")


@dataclass(slots=True)
class Bench:
    """One account at one broker, in an open session, with cash and no positions.

    ``make_broker`` opens it, and once more as a program does that was started again.
    """

    settings: BrokerSettings
    symbols: tuple[Symbol, Symbol]
    account: AccountId = ACCOUNT
    now: datetime = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
    opened: list[Broker] = field(default_factory=list)

    def make_broker(self) -> Broker:
        """Open the account."""
        broker = open_broker(self.account, self.settings, lambda: self.now, session_at)
        self.opened.append(broker)
        return broker

    def wait(self, seconds: float = 5) -> None:
        """Let time go by at the broker."""
        self.now += timedelta(seconds=seconds)


def paper(folder: Path) -> Bench:
    """The embedded exchange, with a latency."""
    settings = PaperSettings(folder / "ledger.db", cash=Decimal(20_000), latency_ms=250)
    return Bench(settings, (Symbol("AAPL"), Symbol("KO")))


MAKERS: tuple[Callable[[Path], Bench], ...] = (paper,)
