"""Every broker that must keep the contract: one row in MAKERS, one way to open it for a test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import AlpacaServer, key_of
from standins.flex_server import FlexServer, deposit, secret_of, statement
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer

from brokers.broker import Broker
from brokers.connect import Reveal, no_secrets, open_broker
from brokers.settings import AlpacaSettings, BrokerSettings, IbkrSettings, PaperSettings
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
    """One account at one broker, in an open session, with cash and no positions."""

    settings: BrokerSettings
    symbols: tuple[Symbol, Symbol]
    account: AccountId = ACCOUNT
    now: datetime = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
    reveal: Reveal = no_secrets
    opened: list[Broker] = field(default_factory=list)
    server: object = None
    """The stand-in, where there is one."""
    closing: list[Callable[[], None]] = field(default_factory=list)
    """What is let go of at the end, after the brokers."""

    def make_broker(self) -> Broker:
        """Open the account."""
        broker = open_broker(self.account, self.settings, lambda: self.now, session_at, self.reveal)
        self.opened.append(broker)
        return broker

    def restart(self) -> Broker:
        """Open the account as a program does that was started again: the first one is gone."""
        for broker in self.opened:
            close = getattr(broker, "close", None)
            if close is not None:
                close()
        self.opened.clear()
        return self.make_broker()

    def wait(self, seconds: float = 5) -> None:
        """Let time go by at the broker."""
        self.now += timedelta(seconds=seconds)


def paper(folder: Path) -> Bench:
    """The embedded exchange, with a latency."""
    settings = PaperSettings(folder / "ledger.db", cash=Decimal(20_000), latency_ms=250)
    return Bench(settings, (Symbol("AAPL"), Symbol("KO")))


def alpaca(_folder: Path) -> Bench:
    """Alpaca's stand-in, through the real client library."""
    quotes = {"AAPL": (Decimal("69.98"), Decimal("70.02")), "KO": (Decimal("49.99"), Decimal(50))}
    bench = Bench(AlpacaSettings(), (Symbol("AAPL"), Symbol("KO")), reveal=key_of)
    server = AlpacaServer(AlpacaModel(lambda: bench.now, quotes, parts=3))
    bench.settings = AlpacaSettings(
        trading_url=server.url, data_url=server.url, requests_per_minute=100_000
    )
    bench.closing.append(server.stop)
    bench.server = server
    return bench


def ibkr(_folder: Path) -> Bench:
    """The stand-ins of TWS and of IB's statements, through the real client library."""
    quotes = {"AAPL": (Decimal("69.98"), Decimal("70.02")), "KO": (Decimal("49.99"), Decimal(50))}
    bench = Bench(IbkrSettings(), (Symbol("AAPL"), Symbol("KO")), reveal=secret_of)
    server = TwsServer(TwsModel(lambda: bench.now, quotes, parts=3))
    server.per_second = None
    account = server.model.accounts[0]
    flex = FlexServer(lambda: statement(account, deposit(account, "20000")))
    bench.settings = IbkrSettings(
        port=server.port,
        timeout_seconds=2,
        messages_per_second=100_000,
        flex_token="ibkr_flex_token",  # noqa: S106 - the name of a secret
        flex_url=flex.url,
    )
    bench.closing += [server.stop, flex.stop]
    bench.server = server
    return bench


MAKERS: tuple[Callable[[Path], Bench], ...] = (paper, alpaca, ibkr)
