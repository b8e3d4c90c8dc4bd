"""What became of every order that we do not know the end of."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.book.book import Book
from bot.book.rows import Note, OrderRow, OrderStep
from bot.reconcile.account import OVERLAP_SHORT, since
from brokers.broker import Found, Market
from brokers.words import AccountId, OrderKey, OrderState, OrderStatus, Symbol
from strategies.lots.actions.told import in_question

EXECUTIONS_LATE = timedelta(minutes=15)
"""How long shares that the broker says were filled may be missing from its executions."""

DAY_ORDER_MAX = timedelta(hours=16)
"""An order is for one session, and none is longer: what is older cannot fill any more."""

ENDINGS: Mapping[OrderStatus, OrderStep] = {
    OrderStatus.OPEN: "accepted",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.REJECTED: "rejected",
    OrderStatus.EXPIRED: "expired",
}
"""What the book writes down when the broker's record says so."""


def follow(account: AccountId, market: Market, book: Book, now: datetime) -> None:
    """The short look while orders are in the market: new executions, and what became of orders."""
    book.record(account, market.executions(since(account, book, OVERLAP_SHORT)), (), (), ())
    settle(account, market, book, now)


def settle(account: AccountId, market: Market, book: Book, now: datetime) -> None:
    """Look up every order that has no known end. An unknown outcome is never resent."""
    intents = book.unsettled(account)
    if not intents:
        return
    still_open = {state.key for state in market.open_orders()}
    fates = (_what_became_of(intent, still_open, market, now) for intent in intents)
    if notes := [note for note in fates if note is not None]:
        book.note(notes)


def _what_became_of(
    intent: OrderRow, still_open: set[OrderKey | None], market: Market, now: datetime
) -> Note | None:
    """What to write down about an order, or None where the book knows it already."""
    key = intent.order.key
    if key in still_open and intent.last_event == "accepted":
        return None
    if intent.filled >= intent.order.quantity:
        return Note(key, "filled", now)
    found = market.find(key)
    if isinstance(found, Found):
        return _as_found(intent, found.state, now)
    return _as_absent(intent, now, certain=found.certain and _is_in_sight(intent, market, now))


def _is_in_sight(intent: OrderRow, market: Market, now: datetime) -> bool:
    """Whether the broker can still see as far back as the order was made."""
    horizon = market.capabilities.lookup_horizon
    return horizon is None or now - intent.created < horizon


def _as_found(intent: OrderRow, state: OrderState, now: datetime) -> Note | None:
    """The broker's word, once the executions that it speaks of are in the book too."""
    kind = ENDINGS[state.status]
    if kind == intent.last_event:
        return None
    late = now - (intent.last_time or intent.created) > EXECUTIONS_LATE
    if not state.status.is_live and state.filled > intent.filled and not late:
        return None
    return Note(intent.order.key, kind, now, state.broker_id, state.reason)


def _as_absent(intent: OrderRow, now: datetime, *, certain: bool) -> Note | None:
    """What it means that the broker has no such order, perhaps only not yet."""
    key = intent.order.key
    if intent.last_event is None:
        return Note(key, "absent", now, detail="it was never sent")
    if certain:
        return Note(key, "absent", now, detail="the broker never had it")
    if now - intent.created > DAY_ORDER_MAX:
        return Note(key, "expired", now, detail="its session is over")
    if intent.last_event == "unclear":
        return None
    return Note(key, "unclear", now, detail="the broker has it not, or not yet")


def busy(account: AccountId, market: Market, book: Book) -> dict[Symbol, str]:
    """Names that are left alone: an order may still fill, or the owner has to tell what happened.

    Nothing is sent beside an order, whoever sent it, and nothing in what is not known in full.
    """
    theirs = {o.symbol: "an order that is not ours is open in it" for o in market.open_orders()}
    ours = {
        row.order.symbol: f"our order {row.order.key} in it may still fill"
        for row in book.unsettled(account)
    }
    return in_question(book.corporate_actions(account)) | theirs | ours
