"""What reading the config yields: frozen, checked, and free of the library that parsed it."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Literal

from typing_extensions import override

from bot.limits import Limits, Profile
from brokers.settings import BrokerSettings
from brokers.words import AccountId, Environment, Symbol
from strategies.policy import Policy
from strategies.policy.taxpayer import Taxpayer


class Security(StrEnum):
    """How the link to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


HISTORY_DAYS = 252
"""Trading days of history that risk is estimated from, where nothing else is said."""


class PriceSource(StrEnum):
    """Who can tell a price history."""

    BROKER = "broker"
    FOLDER = "folder"
    ADAPTER = "adapter"


class Weekday(StrEnum):
    """A day by its name: numbers mean other days to cron than to Python."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


@dataclass(frozen=True, slots=True)
class Keyring:
    """Secrets are kept by the desktop's keyring, under this service name."""

    service: str = "trimtab"


@dataclass(frozen=True, slots=True)
class AtSession:
    """Once a session: ``offset`` is added to its open or close (negative is before)."""

    anchor: Literal["open", "close"]
    offset: timedelta


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again while the exchange is open."""

    minutes: int


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where mail goes. Without a ``host`` each mail is a file in ``outbox``.

    ``notify`` are names of secrets, each of which holds one push URL.
    """

    host: str | None
    port: int
    security: Security
    username: str | None
    sender: str
    to: tuple[str, ...]
    outbox: Path
    notify: tuple[str, ...]
    authorities: Path | None = None
    """Certificates to trust in place of the system's."""


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """When a person is told: weight drift of one name, and the day of the weekly report."""

    drift_warning: Decimal
    weekly_report: Weekday | None


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """Who looks after the daemon. ``ping_url`` holds a secret, or names one.

    ``listen`` is ``host:port`` of this machine, or ``unix:`` and a path.
    """

    ping_url: str | None = field(default=None, repr=False)
    ping_seconds: int = 60
    listen: str | None = None


class LogFormat(StrEnum):
    """How a line of the log looks."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """How grave something is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What the daemon writes down: to stderr, and into ``folder`` where there is one."""

    format: LogFormat = LogFormat.TEXT
    level: LogLevel = LogLevel.INFO
    folder: Path | None = None
    size_mib: int = 100
    days: int = 30


@dataclass(frozen=True, slots=True)
class PriceSettings:
    """Where an account's price histories come from, in the order of asking, and their length.

    ``broker_feed`` is what the book calls the prices of the broker; unsaid they are the account's
    own. ``adjusted`` and ``consolidated`` are the owner's word on folder and adapter.
    """

    sources: tuple[PriceSource, ...] = (PriceSource.BROKER,)
    broker_feed: str = ""
    folder: Path | None = None
    adapter: str = ""
    adjusted: bool = False
    consolidated: bool = False
    history_days: int = HISTORY_DAYS


Labels = tuple[tuple[str, tuple[tuple[Symbol, str], ...]], ...]
"""By column of the owner's file, as ``sector``: the label of each symbol."""


class Outside(StrEnum):
    """Kinds of account of which the owner may say that their purchases replace nothing."""

    HSA = "hsa"
    PENSION = "401k"


Substitutes = tuple[tuple[Symbol, tuple[Symbol, ...]], ...]
"""For a symbol what may be bought in its place, the best first."""


@dataclass(frozen=True, slots=True)
class HouseholdSettings:
    """A taxpayer and spouse: a loss in one of their accounts is washed by a purchase in any.

    ``identical`` are groups of substantially identical securities, ``outside`` kinds of account
    whose purchases replace nothing, ``files`` the trades of accounts held elsewhere. With
    ``buys_in_doubt`` names are bought that an account may have sold at a loss of which nothing is
    known. ``name`` is empty for the household of all accounts that name none.
    """

    name: str = ""
    taxpayer: Taxpayer = field(default_factory=Taxpayer)
    identical: tuple[tuple[Symbol, ...], ...] = ()
    outside: tuple[Outside, ...] = ()
    files: tuple[Path, ...] = ()
    substitutes: Substitutes = ()
    buys_in_doubt: bool = False

    @property
    def group_of(self) -> dict[str, str]:
        """Each symbol of a group to the group's name, which is its first symbol."""
        return {symbol: group[0] for group in self.identical for symbol in group}

    @property
    def label(self) -> str:
        """As people are told of it."""
        return f"household {self.name}" if self.name else "the household"


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """One account: where it is, what its owner wants, what the machine may do, and when."""

    account: AccountId
    broker: BrokerSettings
    environment: Environment
    live_account: str | None
    """The broker's account number, typed by the owner; the broker must state the same one."""
    profile: Profile
    policy: Policy
    limits: Limits
    times: tuple[AtSession, ...]
    every: Every | None
    folder: Path = Path()
    """Of the config: where the owner's own code is."""
    prices: PriceSettings = PriceSettings()
    labels: Labels = ()
    household: str = ""
    """Name of the household that it belongs to."""


@dataclass(frozen=True, slots=True)
class Caution:
    """A setting that is allowed and that the owner should know of."""

    name: str
    key: str
    text: str

    @override
    def __str__(self) -> str:
        return f"{self.name}: {self.key}: {self.text}"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything in config.toml, with the overrides of environment and command line applied."""

    path: Path
    book_url: str
    calendar: str
    state_dir: Path
    secrets: Path | Keyring
    mail: MailSettings
    alerts: AlertSettings
    accounts: tuple[AccountConfig, ...]
    warnings: tuple[Caution, ...]
    households: tuple[HouseholdSettings, ...] = (HouseholdSettings(),)
    """Those that have an account, in the order of their first ones."""
    watch: WatchSettings = WatchSettings()
    log: LogSettings = LogSettings()
