"""One line of a ticket, and how the order on it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from brokers.words import ZERO, Execution, Order, OrderKey, OrderState, OrderStatus

TRADE_ZONE = ZoneInfo("America/New_York")
BANNER = "MANUAL LIVE ACCOUNT"


@dataclass(frozen=True, slots=True)
class Line:
    """One order on a ticket: when it was written there, and when it was taken back, if it was."""

    order: Order
    ticket: str
    written: datetime
    withdrawn: datetime | None = None

    @property
    def day(self) -> date:
        """The trading day that it asks for."""
        return self.written.astimezone(TRADE_ZONE).date()

    @property
    def broker_id(self) -> str:
        """Where a person finds it."""
        return f"ticket:{self.ticket}"


def filled_by_key(fills: Iterable[Execution]) -> Mapping[OrderKey, Decimal]:
    """Shares that were filled for each order of ours."""
    filled: dict[OrderKey, Decimal] = {}
    for execution in fills:
        if execution.key is not None:
            filled[execution.key] = filled.get(execution.key, ZERO) + execution.quantity
    return filled


def state_of(line: Line, filled: Decimal, now: datetime) -> OrderState:
    """How an order stands: what was filled counts first, then what the ticket says."""
    order = line.order
    status, reason = _status(line, filled, now)
    return OrderState(
        order.key,
        line.broker_id,
        order.symbol,
        order.side,
        order.quantity,
        filled,
        order.limit,
        status,
        reason,
    )


def _status(line: Line, filled: Decimal, now: datetime) -> tuple[OrderStatus, str]:
    if filled >= line.order.quantity:
        return OrderStatus.FILLED, ""
    if line.withdrawn is not None:
        return OrderStatus.CANCELLED, f"withdrawn from {line.ticket}"
    if now.astimezone(TRADE_ZONE).date() > line.day:
        return OrderStatus.EXPIRED, f"{line.ticket} was for {line.day}"
    return OrderStatus.OPEN, ""
