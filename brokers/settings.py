"""What each adapter must be told to be opened: plain data, no library, one row for each broker."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Literal

from brokers.words import USD, Currency, Environment, Relief, Symbol


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """The embedded exchange: the file it lives in, what it starts with, and how it fills.

    ``tape`` is "us20", "synthetic:" and a number of names, or "account:" and a name: then
    ``quotes_of`` is that account's broker, whose quotes are live. ``is_margin`` lets proceeds be
    spent before they settle, ``settlement_days`` after the trade. ``participation`` is the share of
    the volume that our orders are filled from, ``latency_ms`` the way from an order to the market.
    """

    ledger: Path
    cash: Decimal = Decimal(100_000)
    tape: str = "us20"
    seed: int = 1
    latency_ms: int = 50
    participation: Decimal = Decimal("0.1")
    fractional: bool = True
    base: Currency = USD
    is_margin: bool = True
    settlement_days: int = 1
    quotes_of: "BrokerSettings | None" = None
    kind: Literal["paper"] = "paper"


@dataclass(frozen=True, slots=True)
class ManualSettings:
    """An account held elsewhere: the folder of its files in and its order tickets out."""

    folder: Path
    base: Currency = USD
    kind: Literal["manual"] = "manual"


class QuoteFeed(StrEnum):
    """Where Alpaca's quotes come from: one exchange, all of them, or all 15 minutes late."""

    IEX = "iex"
    SIP = "sip"
    DELAYED_SIP = "delayed_sip"


class BarsFeed(StrEnum):
    """Where Alpaca's daily bars come from: all exchanges, or one."""

    SIP = "sip"
    IEX = "iex"


@dataclass(frozen=True, slots=True)
class AlpacaSettings:
    """An account at Alpaca. Unsaid, ``trading_url`` is Alpaca's own for the environment.

    ``key_id`` and ``secret_key`` are names of secrets, never keys.
    """

    environment: Environment = Environment.PAPER
    trading_url: str | None = None
    data_url: str = "https://data.alpaca.markets"
    feed: QuoteFeed = QuoteFeed.IEX
    bars_feed: BarsFeed = BarsFeed.SIP
    key_id: str = "alpaca_key_id"
    secret_key: str = "alpaca_secret_key"  # noqa: S105 - the name of a secret, not its value
    requests_per_minute: int = 200
    timeout_seconds: float = 10
    """How long an answer may take to begin, and again to end."""
    stream: bool = True
    """Whether it listens to Alpaca's trade updates while orders are in the market."""
    quote_stream: bool = True
    """Whether it listens to quotes of the names that are being worked, of the same feed."""
    quotes_url: str | None = None
    """Where quotes are streamed; unsaid Alpaca's own address, or the ``data_url`` that is not."""
    quote_names_max: int = 30
    """Names that Alpaca streams to this account at a time."""
    kind: Literal["alpaca"] = "alpaca"


@dataclass(frozen=True, slots=True)
class IbkrSettings:
    """An account at Interactive Brokers, reached through TWS or IB Gateway at ``host:port``.

    ``account`` is its number, which may be left out where TWS's login has only one. ``currency`` is
    that of names without a row in ``listings``, whose rows are an exchange, a currency, or both:
    ``SAP`` at ``"IBIS EUR"``. ``flex_token`` and ``flex_query`` are names of secrets; without them
    nothing before today is told.
    """

    environment: Environment = Environment.PAPER
    host: str = "127.0.0.1"
    port: int = 4002
    client_id: int = 17
    account: str | None = None
    currency: Currency = USD
    listings: tuple[tuple[Symbol, str], ...] = ()
    relief: Relief = Relief.FIFO
    """The method of the account itself: set in Client Portal, only stated here."""
    fractional: bool = False
    margin: bool = False
    """Whether the proceeds of a sale may be spent before they are settled."""
    market_data_lines: int = 100
    messages_per_second: int = 25
    timeout_seconds: float = 10
    """How long TWS may take to answer one question."""
    heartbeat_seconds: float = 20
    """How often TWS is asked whether it is there."""
    zone: str = "America/New_York"
    """The time zone of TWS's login, for times that come without one."""
    reads_only: bool = False
    """Whether it connects beside the program that trades, and sends nothing."""
    flex_token: str | None = None
    flex_query: str = "ibkr_flex_query"
    flex_url: str = "https://ndcdyn.interactivebrokers.com/AccountManagement/FlexWebService"
    kind: Literal["ibkr"] = "ibkr"


BrokerSettings = PaperSettings | ManualSettings | AlpacaSettings | IbkrSettings
