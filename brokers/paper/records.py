"""What the paper exchange writes down of an order, and of the trades that it led to."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from brokers.words import ZERO, Execution, Order, OrderState, OrderStatus, Side


class Role(StrEnum):
    """How an order met the market when it arrived there."""

    PENDING = "pending"
    """It has not arrived yet."""
    TAKER = "taker"
    """It could trade at once, and trades at the touch."""
    MAKER = "maker"
    """It could not: it waits at its limit, and trades there."""
    AUCTION = "auction"
    """It waits for the closing auction, and trades in that alone, at its price."""


@dataclass(frozen=True, slots=True)
class Booked:
    """An order as the exchange keeps it.

    It arrives at ``live_at`` and ends at ``expires_at``. ``reserved`` is the most cash that it can
    take, fees included; ``value`` and ``fees`` are what its fills added up to.
    """

    seq: int
    order: Order
    placed_at: datetime
    live_at: datetime
    expires_at: datetime
    reserved: Decimal
    cancel_at: datetime | None = None
    status: OrderStatus = OrderStatus.OPEN
    role: Role = Role.PENDING
    filled: Decimal = ZERO
    value: Decimal = ZERO
    fees: Decimal = ZERO
    reason: str = ""

    @property
    def broker_id(self) -> str:
        """The exchange's own id of it."""
        return f"O{self.seq:08d}"

    @property
    def remaining(self) -> Decimal:
        """Shares that are not filled."""
        return self.order.quantity - self.filled

    @property
    def held(self) -> Decimal:
        """Cash that it can still take."""
        if self.order.side is Side.SELL:
            return ZERO
        return self.reserved - self.filled * self.order.limit - self.fees

    def may_fill_at(self, moment: datetime) -> bool:
        """Whether it may trade with the quote of ``moment``."""
        cancelled = self.cancel_at is not None and self.cancel_at < moment
        here = self.live_at <= moment < self.expires_at
        return self.status.is_live and here and not cancelled and self.role is not Role.AUCTION

    def state(self) -> OrderState:
        """The same in words of the house."""
        return OrderState(
            key=self.order.key,
            broker_id=self.broker_id,
            symbol=self.order.symbol,
            side=self.order.side,
            quantity=self.order.quantity,
            filled=self.filled,
            limit=self.order.limit,
            status=self.status,
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True)
class Trade:
    """An execution, and when its cash is settled."""

    execution: Execution
    settles_at: datetime

    @property
    def cash(self) -> Decimal:
        """What it does to cash, fees included."""
        done = self.execution
        return -done.side.sign * done.quantity * done.price - done.fee
