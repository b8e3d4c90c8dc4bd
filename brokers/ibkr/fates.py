"""What became of an order, from everything that TWS tells of it. Pure.

IB checks nothing about our key, so one key may stand on several orders; together they are one here.
The library's status is not asked: it takes any error for an end. What counts is, in this order, the
list of completed orders, the list of open ones, TWS's own words, and the executions.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from brokers.broker import BadAnswer
from brokers.ibkr.fields import SAY_SO, number, number_or_none, price_or_none
from brokers.ibkr.library import Told
from brokers.ibkr.register import Watch
from brokers.words import (
    ZERO,
    Execution,
    Order,
    OrderKey,
    OrderState,
    OrderStatus,
    Side,
    Symbol,
)

Row = tuple[Told, Told, Told]
"""A contract, an order and its state, as the library decodes them."""

SIDES: Mapping[str, Side] = {"BUY": Side.BUY, "SELL": Side.SELL, "SSHORT": Side.SELL}

ENDS: Mapping[str, OrderStatus] = {
    "Filled": OrderStatus.FILLED,
    "Cancelled": OrderStatus.CANCELLED,
    "ApiCancelled": OrderStatus.CANCELLED,
}
"""Statuses that end an order wherever they are told."""

COMPLETED = {**ENDS, "Inactive": OrderStatus.REJECTED}
"""The same among completed orders. An order that is open and inactive may be woken again."""

IDLE = "Inactive"
EXPIRED = "expired"
"""In the words of a completed order whose time was over."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at all orders of the account found.

    ``gaps`` is how often the line had been lost when it began.
    """

    gaps: int
    open: tuple[Row, ...]
    completed: tuple[Row, ...]
    is_whole: bool = True
    """Whether TWS told of completed orders at all."""


def with_key(rows: Iterable[Row], key: OrderKey) -> tuple[Row, ...]:
    """Those that carry ``key``."""
    return tuple(row for row in rows if row[1].orderRef == key)


def state_of(
    row: Row, name_of: Callable[[Told], Symbol], told: str, filled: Decimal, *, completed: bool
) -> OrderState:
    """One order as a list tells it, where ``told`` is its last status.

    ``filled`` is what its executions add up to; one that is filled is so before they are told.
    """
    contract, order, state = row
    if order.action not in SIDES:
        raise BadAnswer(f"Interactive Brokers: an order has the side {order.action!r}", SAY_SO)
    wanted = number(order.totalQuantity, "the quantity of an order")
    status = _status(told, state.completedStatus, completed=completed)
    done = max(number_or_none(order.filledQuantity) or ZERO, filled)
    plain = told in ENDS or (status is OrderStatus.OPEN and told != IDLE)
    return OrderState(
        key=OrderKey(order.orderRef) if order.orderRef else None,
        broker_id=str(order.permId),
        symbol=name_of(contract),
        side=SIDES[order.action],
        quantity=wanted or done,
        filled=max(done, wanted) if status is OrderStatus.FILLED else done,
        limit=price_or_none(order.lmtPrice),
        status=status,
        reason="" if plain else f"{told} {state.completedStatus}".strip(),
    )


def _status(told: str, how: str, *, completed: bool) -> OrderStatus:
    ends = COMPLETED if completed else ENDS
    status = ends.get(told, OrderStatus.EXPIRED if completed else OrderStatus.OPEN)
    is_late = status is OrderStatus.CANCELLED and EXPIRED in how.lower()
    return OrderStatus.EXPIRED if is_late else status


def as_sent(order: Order, watch: Watch, filled: Decimal) -> OrderState:
    """Our order as it was sent, which TWS lists nowhere."""
    return OrderState(
        key=order.key,
        broker_id=str(watch.perm_id),
        symbol=order.symbol,
        side=order.side,
        quantity=order.quantity,
        filled=filled,
        limit=order.limit,
        status=OrderStatus.OPEN,
        reason="not listed",
    )


def ended(state: OrderState, status: OrderStatus) -> OrderState:
    """The same order, at its end."""
    return replace(state, status=status, reason="")


def together(states: Sequence[OrderState]) -> OrderState:
    """Several orders under one key: live while one of them is, filled by all of them."""
    first = next((each for each in states if each.status.is_live), states[-1])
    return replace(first, filled=sum((each.filled for each in states), ZERO))


def from_words(watch: Watch, state: OrderState) -> OrderState | None:
    """What TWS's own words make of an order that it lists nowhere; None where they say nothing."""
    if watch.refusal:
        return replace(state, status=OrderStatus.REJECTED, reason=watch.refusal)
    if watch.cancelled:
        return replace(state, status=OrderStatus.CANCELLED, reason="")
    return None


def from_executions(key: OrderKey, done: Sequence[Execution]) -> OrderState:
    """An order that TWS lists no more, though shares changed hands for it: it is over."""
    first = done[0]
    filled = sum((each.quantity for each in done), ZERO)
    return OrderState(
        key, "", first.symbol, first.side, filled, filled, None, OrderStatus.EXPIRED, "not listed"
    )
