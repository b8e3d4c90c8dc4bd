"""Orders, what became of them, and shares that changed hands."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from brokers.words.units import USD, Currency, OrderKey, Side, Symbol


class TimeInForce(StrEnum):
    """For how long an order is good."""

    DAY = "day"
    """For the rest of the session in which it is sent."""
    CLOSE = "cls"
    """For that session's closing auction alone: limit-on-close. What does not trade there ends."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order at ``limit`` or better, in ``currency`` per share, as long as its ``force`` says."""

    key: OrderKey
    symbol: Symbol
    side: Side
    quantity: Decimal
    limit: Decimal
    currency: Currency = USD
    note: str = field(default="", compare=False)
    """What a person who carries it out should know; no machine is told."""
    force: TimeInForce = TimeInForce.DAY

    @property
    def value(self) -> Decimal:
        """Quantity times limit, in ``currency``: the most a buy can cost before fees."""
        return self.quantity * self.limit


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
