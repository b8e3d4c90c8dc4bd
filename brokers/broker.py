"""The seam: ``Market`` is what can be read of a broker, ``Broker`` adds the two acts.

Who only plans is given a ``Market`` and so cannot trade; the type checker proves it.

A reading answers or raises one of three errors, one for each thing that the caller can do:

    Unreachable   ask again next cycle; nothing was learnt
    BadAnswer     stop before acting on it; a person must look
    Misconfigured a key, an account or a permission is wrong; a person must mend it

An act never raises for what the broker or the network did. It returns what is known:

    Accepted      the broker has it
    Refused       the broker will never fill it; say so and go on
    Unclear       it may or may not live; look it up by key before anything else, never resend
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

from brokers.words import (
    AccountState,
    ActionRecord,
    Bars,
    CashFlow,
    Currency,
    Execution,
    FxRate,
    Instrument,
    Order,
    OrderKey,
    OrderState,
    Quote,
    Relief,
    Symbol,
    TickRule,
    Transfer,
)


class BrokerError(Exception):
    """What a broker can do to a reading. ``remedy`` tells a person what to do about it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        """Say what went wrong, and how it is mended."""
        super().__init__(what)
        self.remedy = remedy


class Unreachable(BrokerError):
    """Nothing was learnt: no link, a time-out, too many requests. Ask again next cycle."""


class BadAnswer(BrokerError):
    """The answer makes no sense. Stop before acting on it."""


class Misconfigured(BrokerError):
    """A key, an account number or a permission is wrong. A person must mend it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The broker has the order, under its own id."""

    broker_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be filled: the broker said so, or our own adapter kept it back."""

    reason: str
    left: bool = True
    """Whether it left at all; what did not is no rejection of the broker's."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """It may or may not live at the broker."""

    reason: str


SubmitResult = Accepted | Refused | Unclear


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """The broker will try; it may still fill. Ask by key until it is done."""


@dataclass(frozen=True, slots=True)
class AlreadyDone:
    """Nothing left to cancel: filled, cancelled or expired before."""


CancelResult = CancelRequested | AlreadyDone | Unclear


@dataclass(frozen=True, slots=True)
class Found:
    """The broker's record of the order."""

    state: OrderState


@dataclass(frozen=True, slots=True)
class Absent:
    """The broker has no such order: ``certain``, or only not yet."""

    certain: bool


FindResult = Found | Absent


class KeyKind(StrEnum):
    """What the broker does with our order id."""

    UNIQUE = "unique"
    """Refuses a second order with the same key."""
    TAG = "tag"
    """Carries it, checks nothing."""


class Rates(StrEnum):
    """Where exchange rates come from."""

    NONE = "none"
    """The account holds one currency alone."""
    TOLD = "told"
    """The broker tells or quotes them."""
    FILE = "file"
    """A file of the owner's tells them."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an adapter can honestly keep."""

    key_kind: KeyKind
    key_length_max: int
    lookup_horizon: timedelta | None
    """How far back ``find`` can see; None for ever."""
    fractions: bool
    shorting: bool
    corrections: bool
    executions_horizon: timedelta | None
    """How far back ``executions`` can see; None for ever."""
    relief: tuple[Relief, ...]
    """How the broker can relieve lots; the first is what it does when nothing is said."""
    orders_per_second: Decimal
    spends_proceeds: bool = True
    """Whether what a sale brings in can be spent before it is settled."""
    sends_orders: bool = True
    """False where an order becomes a ticket that a person carries out."""
    names_lots: bool = False
    """Whether an order can name the lots that it sells."""
    order_types: tuple[str, ...] = ("limit",)
    times_in_force: tuple[str, ...] = ("day",)
    """``day`` is the rest of the session in which an order is sent, ``cls`` its closing auction."""
    closing_lead: timedelta | None = None
    """How long before the close an order for the closing auction must be there; after that it
    cannot be taken back either. None where it takes no such order."""
    at_any_hour: bool = False
    """Whether it takes an order while the exchange is closed."""
    by_amount: bool = False
    """Whether an order can be for an amount of money in place of shares."""
    quantity_step: Decimal | None = None
    """Smallest step of a quantity; None where each name has its own."""
    tick: TickRule | None = None
    """Price grid of every name; None where each has its own."""
    lookups_apart: timedelta = timedelta(seconds=15)
    """How far apart two looks must be that say the same of an order of unknown fate; none where the
    record and the submit are one transaction."""
    rates: Rates = Rates.TOLD
    actions: tuple[str, ...] | None = None
    """Corporate actions that it tells in full; None where that is not stated."""
    pushes: bool = False
    """Whether it hears of changes as they happen (``Pushes``); what they are is read as ever."""

    def relieves(self, wanted: Relief) -> Relief:
        """How the broker will really relieve lots where the owner wants ``wanted``."""
        return wanted if wanted in self.relief else self.relief[0]


@dataclass(frozen=True, slots=True)
class BrokerClock:
    """The broker's own time, and whether it takes orders now."""

    time: datetime
    is_open: bool


class Market(Protocol):
    """What can be read. Every call blocks until it knows, or raises within its deadline."""

    @property
    def capabilities(self) -> Capabilities:
        """What this adapter can honestly keep."""
        ...

    def clock(self) -> BrokerClock:
        """The broker's time and whether its session is open."""
        ...

    def account(self) -> AccountState:
        """Cash in every currency, positions, accrued dividends."""
        ...

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """Those of ``symbols`` that the broker knows; an unknown one is left out."""
        ...

    def quotes(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Quote]:
        """Latest quotes, as they are: whoever uses them judges their age and sense."""
        ...

    def fx(self, currencies: Sequence[Currency], base: Currency) -> Mapping[Currency, FxRate]:
        """Rates from each of ``currencies`` to ``base``; what is not quoted is left out."""
        ...

    def bars(self, symbols: Sequence[Symbol], days: int) -> Mapping[Symbol, Bars]:
        """Up to ``days`` daily bars before today for each symbol that has any."""
        ...

    def executions(self, since: datetime | None) -> tuple[Execution, ...]:
        """All executions from ``since`` on (None: all there are), complete, oldest first."""
        ...

    def cash_flows(self, since: datetime | None) -> tuple[CashFlow, ...]:
        """Deposits, withdrawals, dividends, interest, fees, oldest first."""
        ...

    def transfers(self, since: datetime | None) -> tuple[Transfer, ...]:
        """Shares that came or went without a trade, oldest first."""
        ...

    def corporate_actions(self, since: datetime | None) -> tuple[ActionRecord, ...]:
        """What companies did to shares of the account, oldest first, and what is asked of it."""
        ...

    def open_orders(self) -> tuple[OrderState, ...]:
        """Every order that may still fill, also those that are not ours."""
        ...

    def find(self, key: OrderKey) -> FindResult:
        """The broker's record of the order that carries ``key``."""
        ...


class Broker(Market, Protocol):
    """A market that can also be acted on. No modify: cancel, confirm, then a new order."""

    def submit(self, order: Order) -> SubmitResult:
        """Send ``order`` once. Its key must be committed to the book before; never retries."""
        ...

    def cancel(self, key: OrderKey) -> CancelResult:
        """Ask for the cancellation of our order ``key``."""
        ...


@runtime_checkable
class Pushes(Protocol):
    """What a broker that pushes offers besides. One that does not is asked again and again."""

    def await_news(self, seconds: float) -> bool:
        """Wait until something may have happened, ``seconds`` at most; whether it may.

        It is a reason to look and no knowledge: a link that was lost and found is one, too. Where
        nothing is heard any more the wait is as long as it was asked to be. Never raises for what
        the broker or the network did.
        """
        ...


@runtime_checkable
class StreamsQuotes(Protocol):
    """What a broker offers besides that streams quotes of the names that are being worked."""

    def unstreamed(self, symbols: Sequence[Symbol], seconds: float) -> str | None:
        """Why quotes of ``symbols`` are not streamed; empty where they are, None where not wanted.

        Waits ``seconds`` at most to find out. Never raises for what the broker or the network did.
        """
        ...
