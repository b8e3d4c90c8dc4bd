"""The nouns and units that every floor of the house speaks in.

Nothing here acts and nothing here changes: each noun is frozen, each amount is an exact
``Decimal`` with its currency beside it, each moment an aware ``datetime`` in UTC. A broker's
own models, sentinels and floats stop at its adapter; past that border only these words are used.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

AccountId = NewType("AccountId", str)
Symbol = NewType("Symbol", str)
Currency = NewType("Currency", str)
OrderKey = NewType("OrderKey", str)
"""Our id of an order: made before it is sent, sent with it, and found again by it."""

ZERO = Decimal(0)
USD = Currency("USD")


class Side(StrEnum):
    """Which way an order or an execution goes."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sale: what it does to the position."""
        return 1 if self is Side.BUY else -1


class Environment(StrEnum):
    """Whether the money is real."""

    PAPER = "PAPER"
    LIVE = "LIVE"


class Relief(StrEnum):
    """Which tax lots a sale takes first (26 CFR 1.1012-1(c))."""

    FIFO = "fifo"
    LIFO = "lifo"
    HIFO = "hifo"
    LOFO = "lofo"
    SPECIFIC = "specific"
    MINIMUM_TAX = "minimum-tax"
    """Losses first, short-term before long-term; then the gain that costs least."""


@dataclass(frozen=True, slots=True)
class TickRule:
    """The price grid: ``below`` is the tick under one unit of currency, ``above`` from there on.

    Source: Regulation NMS, Rule 612 (17 CFR 242.612): 0.01 USD from 1.00 USD, 0.0001 below.
    """

    above: Decimal = Decimal("0.01")
    below: Decimal = Decimal("0.0001")

    def at(self, price: Decimal) -> Decimal:
        """Tick that holds at ``price``."""
        return self.above if price >= 1 else self.below


@dataclass(frozen=True, slots=True)
class Instrument:
    """What can be held: identity, currency, price grid, and the step that its quantity moves in."""

    symbol: Symbol
    currency: Currency = USD
    tick: TickRule = TickRule()
    quantity_step: Decimal = Decimal(1)
    """1 where only whole shares trade, e.g. 0.000000001 where fractions do."""
    tradable: bool = True
    shortable: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask in ``currency`` per share, with the exchange's own time."""

    symbol: Symbol
    bid: Decimal
    ask: Decimal
    time: datetime
    currency: Currency = USD
    delayed: bool = False

    @property
    def mid(self) -> Decimal:
        """Middle of bid and ask, per share."""
        return (self.bid + self.ask) / 2

    @property
    def half_spread(self) -> Decimal:
        """Half the distance from bid to ask, per share."""
        return (self.ask - self.bid) / 2


@dataclass(frozen=True, slots=True)
class FxRate:
    """One unit of ``base`` is worth ``rate`` units of ``quote``."""

    base: Currency
    quote: Currency
    rate: Decimal
    time: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """Shares held, as the broker states them; negative when short."""

    symbol: Symbol
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Cash:
    """Cash of one currency: all of it, and the part that is settled and may be spent."""

    currency: Currency
    amount: Decimal
    settled: Decimal


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the broker says an account holds at one moment.

    ``base`` is the currency in which the account is judged. ``fingerprint`` is the broker's own
    account number, by which the book knows that it talks to the account it was made for.
    """

    account: AccountId
    environment: Environment
    fingerprint: str
    base: Currency
    cash: tuple[Cash, ...]
    positions: tuple[Position, ...]
    accrued_dividends: tuple[Cash, ...]
    time: datetime


@dataclass(frozen=True, slots=True)
class Bars:
    """Daily closes and share volumes of one symbol, oldest first; split- and dividend-adjusted.

    ``consolidated`` is False where the volume is that of one venue: it is then never taken for
    an average daily volume.
    """

    symbol: Symbol
    days: tuple[date, ...]
    closes: tuple[float, ...]
    volumes: tuple[float, ...]
    source: str
    consolidated: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """An order for the rest of this session at ``limit`` or better, in ``currency`` per share."""

    key: OrderKey
    symbol: Symbol
    side: Side
    quantity: Decimal
    limit: Decimal
    currency: Currency = USD

    @property
    def value(self) -> Decimal:
        """Quantity times limit, in ``currency``: the most a buy can cost before fees."""
        return self.quantity * self.limit


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day of an exchange: its date there, and when it opens and closes (UTC)."""

    day: date
    opens: datetime
    closes: datetime


class OrderStatus(StrEnum):
    """Where the broker says an order stands."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"

    @property
    def is_live(self) -> bool:
        """Whether it can still be filled."""
        return self is OrderStatus.OPEN


@dataclass(frozen=True, slots=True)
class OrderState:
    """The broker's record of an order. ``key`` is None for an order that is not ours."""

    key: OrderKey | None
    broker_id: str
    symbol: Symbol
    side: Side
    quantity: Decimal
    filled: Decimal
    limit: Decimal | None
    status: OrderStatus
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Execution:
    """Shares that changed hands: the only source of positions, lots and cash in the book.

    ``root`` is one for all versions of an execution; a higher ``version`` replaces a lower one,
    and a quantity of zero busts it. ``key`` is None for a trade that we did not order. ``fee`` is
    what the broker took beside the price, all fees together, in ``currency``.
    """

    root: str
    version: int
    key: OrderKey | None
    symbol: Symbol
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    time: datetime
    currency: Currency = USD


class FlowKind(StrEnum):
    """Why cash came or went without a trade."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    DIVIDEND = "dividend"
    INTEREST = "interest"
    FEE = "fee"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CashFlow:
    """Cash that came (positive) or went (negative), in ``currency``, with the broker's id."""

    flow_id: str
    kind: FlowKind
    amount: Decimal
    time: datetime
    currency: Currency = USD
    symbol: Symbol | None = None


@dataclass(frozen=True, slots=True)
class CorporateAction:
    """A split: every share held before ``effective`` becomes ``ratio`` shares.

    Other kinds (mergers, spin-offs, returns of capital) are later rows of this table.
    """

    action_id: str
    symbol: Symbol
    ratio: Decimal
    effective: date


@dataclass(frozen=True, slots=True)
class Transfer:
    """Shares that came (positive) or went (negative) without a trade, with basis where known.

    ``unit_cost`` is None where the basis is unknown; such a lot is never harvested.
    """

    transfer_id: str
    symbol: Symbol
    quantity: Decimal
    unit_cost: Decimal | None
    acquired: date
    time: datetime
    currency: Currency = USD


def is_finite_positive(number: Decimal) -> bool:
    """Whether ``number`` is usable as a price or a rate: finite and above zero."""
    return number.is_finite() and number > 0
