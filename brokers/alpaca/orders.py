"""Orders at Alpaca: sent once, found by our key, taken back, and listed to the end.

Alpaca refuses a second order with a key that it knows, for ever, so an order whose fate is unclear
is looked up by its key. That it is not there is certain only when it was not there twice, a while
apart: an order may be accepted and not be shown yet.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from brokers.alpaca.fields import Row, number, number_or_none, row_of, rows_of, text
from brokers.alpaca.trouble import Trouble, is_not_unique, verdict
from brokers.alpaca.wire import Query, Wire
from brokers.broker import (
    Absent,
    Accepted,
    AlreadyDone,
    BadAnswer,
    BrokerError,
    CancelRequested,
    CancelResult,
    FindResult,
    Found,
    Refused,
    SubmitResult,
    Unclear,
    Unreachable,
)
from brokers.words import ZERO, Order, OrderKey, OrderState, OrderStatus, Side, Symbol

PAGE = 500
"""Most that Alpaca lists at once."""
RECENT = timedelta(days=1)
FRESH = timedelta(seconds=1)
"""How long one list of recent orders answers for all of them."""
QUIET = timedelta(seconds=15)
"""How far apart two look-ups must miss an order until it is known to be absent."""

THEIRS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A client order id that Alpaca made itself (a UUID), for an order that came without one."""

ENDS: Mapping[str, OrderStatus] = {
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELLED,
    "replaced": OrderStatus.CANCELLED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
}
"""Statuses that end an order. Every other one, also one we do not know, may still fill."""

ORDINARY = {"accepted", "new", "partially_filled", "filled", "canceled", "expired"}
"""Statuses that say no more than the noun does; another one is told as the reason."""

Recent = Mapping[OrderKey, OrderState]


class Orders:
    """The orders of one account."""

    def __init__(self, wire: Wire, now: Callable[[], datetime]) -> None:
        """Nothing is read until it is asked for."""
        self._wire = wire
        self._now = now
        self._ids: dict[OrderKey, str] = {}
        self._keys: dict[str, OrderKey | None] = {}
        self._sent: set[OrderKey] = set()
        self._missed: dict[OrderKey, datetime] = {}
        self._working: dict[OrderKey, Symbol] = {}
        self._recent: tuple[datetime, Recent] | None = None
        self._walked = ""

    def working(self) -> tuple[Symbol, ...]:
        """The names of orders that we sent and that may still fill, by what we were told last."""
        return tuple(self._working.values())

    def open(self) -> tuple[OrderState, ...]:
        """All that may still fill, oldest first."""
        states = (state for state, _ in self._walk("open", ""))
        return tuple(state for state in states if state.status.is_live)

    def find(self, key: OrderKey) -> FindResult:
        """The order with ``key``; one list of recent orders answers for many of them."""
        state = self._listed().get(key) or self._by_key(key)
        if state is not None:
            self._missed.pop(key, None)
            return Found(state)
        first = self._missed.setdefault(key, self._now())
        return Absent(certain=self._now() - first >= QUIET)

    def keys_of(self, filled: Mapping[str, datetime]) -> Mapping[str, OrderKey | None]:
        """Our key for each of Alpaca's order ids that was ``filled``; None for one not ours.

        What is once told is told for ever, so a key that is not shown yet is waited for.
        """
        if filled.keys() - self._keys.keys():
            for _, broker_id in self._walk("all", self._walked):
                self._walked = broker_id
        for broker_id in sorted(filled.keys() - self._keys.keys()):
            answer = self._wire.look_up(f"/orders/{quote(broker_id, safe='')}")
            if answer is not None:
                self._note(row_of(answer, "order"))
            elif self._now() - filled[broker_id] < RECENT:
                raise Unreachable(f"Alpaca does not show the filled order {broker_id} yet")
            else:
                self._keys[broker_id] = None
        return {broker_id: self._keys[broker_id] for broker_id in filled}

    def submit(self, order: Order) -> SubmitResult:
        """Send ``order`` once in this process's life; what comes of it is told, never raised."""
        if order.key in self._sent:
            return Refused("this key was sent before")
        self._sent.add(order.key)
        self._working[order.key] = order.symbol
        self._forget(order.key)
        result = self._send(order)
        if isinstance(result, Refused):
            self._working.pop(order.key, None)
        return result

    def _send(self, order: Order) -> SubmitResult:
        try:
            answer = self._wire.post("/orders", body_of(order))
            state = self._note(row_of(answer, "order"))
        except Trouble as trouble:
            return self._settle(order) if is_not_unique(trouble) else verdict(trouble)
        except Unreachable as error:
            self._sent.discard(order.key)
            return Refused(f"not sent: {error}", left=False)
        except BadAnswer as error:
            return Unclear(str(error))
        if state.key != order.key:
            return Unclear(f"Alpaca answers with another order: {state.broker_id}")
        return _taken(state)

    def cancel(self, key: OrderKey) -> CancelResult:
        """Ask for the cancellation of our order; where Alpaca objects, look what became of it."""
        try:
            broker_id = self._ids.get(key) or self._id_of(key)
            if broker_id is None:
                return Unclear("Alpaca has no such order, or not yet")
            self._forget(key)
            self._wire.delete(f"/orders/{quote(broker_id, safe='')}")
        except Trouble as trouble:
            return self._after(trouble, key)
        except BrokerError as error:
            return Unclear(str(error))
        return CancelRequested()

    def _id_of(self, key: OrderKey) -> str | None:
        state = self._by_key(key)
        return None if state is None else state.broker_id

    def _after(self, trouble: Trouble, key: OrderKey) -> CancelResult:
        """What a cancellation that was not taken means."""
        if trouble.status not in {404, 422}:
            return Unclear(trouble.what)
        try:
            state = self._by_key(key)
        except BrokerError as error:
            return Unclear(str(error))
        if state is None:
            return Unclear(trouble.what)
        return CancelRequested() if state.status.is_live else AlreadyDone()

    def _settle(self, order: Order) -> SubmitResult:
        """Alpaca says that it has our key: it may have taken this very order the moment before."""
        try:
            state = self._by_key(order.key)
        except BrokerError as error:
            return Unclear(str(error))
        if state is None:
            return Unclear("Alpaca says that it has this key, and does not show it")
        wanted = (order.symbol, order.side, order.quantity, order.limit)
        if wanted != (state.symbol, state.side, state.quantity, state.limit):
            return Refused(f"Alpaca has another order with this key: {state.broker_id}")
        return _taken(state)

    def _by_key(self, key: OrderKey) -> OrderState | None:
        answer = self._wire.look_up("/orders:by_client_order_id", {"client_order_id": key})
        return None if answer is None else self._note(row_of(answer, "order"))

    def _listed(self) -> Recent:
        """The newest orders by key, read at most once a second."""
        now = self._now()
        if self._recent is None or not timedelta(0) <= now - self._recent[0] < FRESH:
            since = (now - RECENT).isoformat(timespec="seconds").replace("+00:00", "Z")
            query: Query = {"status": "all", "limit": PAGE, "direction": "desc", "after": since}
            rows = rows_of(self._wire.read("/orders", query), "list of orders")
            states = [self._note(row) for row in rows]
            self._recent = now, {s.key: s for s in states if s.key is not None}
        return self._recent[1]

    def _walk(self, status: str, after: str) -> Iterator[tuple[OrderState, str]]:
        """Every order after the one with id ``after``, page by page, until a page is empty."""
        seen: set[str] = set()
        while True:
            query: dict[str, str | int] = {"status": status, "limit": PAGE, "direction": "asc"}
            if after:
                query["after_order_id"] = after
            rows = rows_of(self._wire.read("/orders", query), "list of orders")
            states = [self._note(row) for row in rows]
            fresh = [state for state in states if state.broker_id not in seen]
            yield from ((state, state.broker_id) for state in fresh)
            if not fresh:
                if len(rows) >= PAGE:
                    raise BadAnswer("Alpaca lists the same page of orders again", "report it")
                return
            seen.update(state.broker_id for state in fresh)
            after = fresh[-1].broker_id

    def _note(self, row: Row) -> OrderState:
        """An order, whose ids are remembered."""
        state = state_of(row)
        self._keys[state.broker_id] = state.key
        if state.key is not None:
            self._ids[state.key] = state.broker_id
            if not state.status.is_live:
                self._working.pop(state.key, None)
        return state

    def forget(self) -> None:
        """Look again at the next question, however soon."""
        self._recent = None

    def _forget(self, key: OrderKey) -> None:
        """What was read before an act is old."""
        self.forget()
        self._missed.pop(key, None)


def body_of(order: Order) -> dict[str, object]:
    """A limit order, numbers as text so that no digit is lost.

    Alpaca's words for how long it is good are those of ``TimeInForce``.
    """
    return {
        "symbol": order.symbol,
        "qty": f"{order.quantity:f}",
        "side": order.side.value,
        "type": "limit",
        "time_in_force": order.force.value,
        "limit_price": f"{order.limit:f}",
        "client_order_id": order.key,
        "extended_hours": False,
    }


def _taken(state: OrderState) -> SubmitResult:
    """What it means that Alpaca has our order. Taken is not the end: it may be rejected later."""
    if state.status is OrderStatus.REJECTED:
        return Refused(state.reason or "Alpaca rejected it")
    return Accepted(state.broker_id)


def state_of(row: Row) -> OrderState:
    """Alpaca's record of an order."""
    what = "order"
    status, filled = text(row, "status", what), number(row, "filled_qty", what)
    quantity = number_or_none(row, "qty", what)
    if min(filled, quantity or ZERO) < ZERO:
        raise BadAnswer(f"Alpaca's order is for {quantity} shares, {filled} of them filled")
    key = text(row, "client_order_id", what)
    return OrderState(
        key=None if THEIRS.fullmatch(key) else OrderKey(key),
        broker_id=text(row, "id", what),
        symbol=Symbol(text(row, "symbol", what)),
        side=_side(row),
        quantity=filled if quantity is None else quantity,
        filled=filled,
        limit=number_or_none(row, "limit_price", what),
        status=_status(status, quantity, filled),
        reason="" if status in ORDINARY else status,
    )


def _side(row: Row) -> Side:
    side = text(row, "side", "order")
    if side not in {"buy", "sell"}:
        raise BadAnswer(f"Alpaca's order has side = {side!r}")
    return Side(side)


def _status(status: str, quantity: Decimal | None, filled: Decimal) -> OrderStatus:
    """Where an order stands. What is filled whole is filled, whatever else is still reckoned."""
    if quantity is not None and filled >= quantity > ZERO:
        return OrderStatus.FILLED
    return ENDS.get(status, OrderStatus.OPEN)
