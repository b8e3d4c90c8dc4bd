"""What became of every order that we do not know the end of."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.book.book import Book
from bot.book.life import Event, NoRecord, Recorded, Write, advance, life_of
from bot.book.rows import Note, OrderRow
from bot.reconcile.account import OVERLAP_SHORT, since
from bot.reconcile.forgotten import refuse_unmeant, refuse_unmeant_open
from brokers.broker import Found, Market
from brokers.words import AccountId, Execution, OrderKey, OrderState, Symbol
from strategies.lots.actions.told import in_question
from strategies.planned import DRILL_PREFIX

AT_ONCE = timedelta(0)
"""Executions in the book need no second look."""


def follow(account: AccountId, market: Market, book: Book, now: datetime) -> None:
    """The short look while orders are in the market: new executions, and what became of orders."""
    seen = market.executions(since(account, book, OVERLAP_SHORT))
    new = book.record(account, seen, (), (), ()).new_executions
    refuse_unmeant(account, new, book, now)
    own_up(account, new, book, now)
    settle(account, market, book, now)


def own_up(account: AccountId, new: Iterable[Execution], book: Book, now: datetime) -> None:
    """Say of an order that was given up, and that has filled after all, that it is filled."""
    keys = sorted({each.key for each in new if each.key is not None})
    late = [row for row in book.orders_named(account, keys) if row.is_settled] if keys else ()
    told = (advance(life_of(row), NoRecord(certain=False), now, AT_ONCE)[1] for row in late)
    notes = [each.note for commands in told for each in commands if isinstance(each, Write)]
    if notes:
        book.note(notes)


def settle(account: AccountId, market: Market, book: Book, now: datetime) -> None:
    """Look up every order that has no known end. An unknown outcome is never resent.

    An order that the book thinks is over and that is in the market is ours again, to be taken back.
    """
    intents = book.unsettled(account)
    listed = {state.key: state for state in market.open_orders() if state.key}
    strays = sorted(listed.keys() - {row.order.key for row in intents})
    refuse_unmeant_open(account, strays, book, now)
    risen = book.orders_named(account, strays) if strays else ()
    notes = [note for row in (*intents, *risen) for note in _notes(row, listed, market, now)]
    if notes:
        book.note(notes)


def _notes(
    row: OrderRow, listed: Mapping[OrderKey, OrderState], market: Market, now: datetime
) -> list[Note]:
    """What to write down about an order; nothing where the book knows it already."""
    life = life_of(row)
    if life.key in listed and life.step == "accepted":
        return []
    apart = market.capabilities.lookups_apart
    _, commands = advance(life, _asked(row, market, now), now, apart)
    return [command.note for command in commands if isinstance(command, Write)]


def _asked(row: OrderRow, market: Market, now: datetime) -> Event:
    """The broker's own record of an order, where executions do not say all of it yet."""
    if row.filled >= row.order.quantity:
        return NoRecord(certain=False)
    found = market.find(row.order.key)
    if isinstance(found, Found):
        return Recorded(found.state)
    in_sight = _is_in_sight(row, market, now)
    return NoRecord(certain=found.certain and in_sight, in_sight=in_sight)


def _is_in_sight(intent: OrderRow, market: Market, now: datetime) -> bool:
    """Whether the broker can still see as far back as the order was made."""
    horizon = market.capabilities.lookup_horizon
    return horizon is None or now - intent.created < horizon


def busy(account: AccountId, market: Market, book: Book) -> dict[Symbol, str]:
    """Names that are left alone: an order may still fill, or the owner has to tell what happened.

    Nothing is sent beside an order, whoever sent it, and nothing in what is not known in full.
    """
    theirs = {state.symbol: _stray(state) for state in market.open_orders()}
    ours = {
        row.order.symbol: f"our order {row.order.key} in it may still fill"
        for row in book.unsettled(account)
    }
    return in_question(book.corporate_actions(account)) | theirs | ours


def _stray(state: OrderState) -> str:
    if state.key is not None and state.key.startswith(DRILL_PREFIX):
        return f"an order of a drill is open in it ({state.key}): the next trimtab drill ends it"
    return "an order that is not ours is open in it"
