"""Shares that were sold and never came in: found at the sale that lacks them, booked on demand."""

import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from book_makers import ACCOUNT, NOW, bound
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.book.book import Book
from bot.reconcile import Refusal, adopt, breaks, fill_holes
from bot.reconcile.agree import book_cash
from brokers.words import (
    USD,
    AccountState,
    Cash,
    Environment,
    Execution,
    Position,
    Side,
    Symbol,
)
from strategies.policy import Policy
from strategies.policy.target import Target

D = Decimal
A, B = Symbol("A"), Symbol("B")
POLICY = Policy(ACCOUNT, Target("fixed", ((A, D(1)),)))
DAY = timedelta(days=1)


def traded(root: str, day: int, side: str, quantity: int, symbol: Symbol = A) -> Execution:
    when = NOW + day * DAY
    return Execution(root, 0, None, symbol, Side(side), D(quantity), D(10), D(0), when)


def keep(book: Book, *executions: Execution) -> None:
    book.record(ACCOUNT, executions, (), (), ())


def holds(**shares: int) -> AccountState:
    """What the broker states: these shares, and the cash of the book's trades."""
    positions = tuple(Position(Symbol(name), D(held)) for name, held in shares.items() if held)
    cash = (Cash(USD, D(0), D(0)),)
    return AccountState(ACCOUNT, Environment.PAPER, "fp", USD, cash, positions, (), later())


def later() -> datetime:
    return NOW + 30 * DAY


def test_a_purchase_busted_after_its_shares_were_sold(book: Book) -> None:
    bound(book)
    bought = traded("b1", 1, "buy", 10)
    keep(book, bought, traded("s1", 2, "sell", 10), traded("b2", 3, "buy", 10))
    keep(book, replace(bought, version=1, quantity=D(0), time=NOW + 4 * DAY))
    with pytest.raises(Refusal, match="A: 10 shares were sold that no lot accounts for"):
        breaks(POLICY, holds(), book)
    assert adopt(POLICY, book, holds(), "by:me", later()) == 2, "the hole, and what is over"
    came, went = book.transfers(ACCOUNT)
    assert (came.symbol, came.quantity, came.unit_cost) == (A, 10, None)
    assert came.time == NOW + 2 * DAY - timedelta(microseconds=1)
    assert went.quantity == -10
    assert breaks(POLICY, holds(), book) == ()


def test_several_holes_in_several_names(book: Book) -> None:
    bound(book)
    keep(book, traded("s1", 1, "sell", 3), traded("b1", 2, "buy", 5), traded("s2", 3, "sell", 9))
    keep(book, traded("s3", 2, "sell", 2, B))
    assert fill_holes(POLICY, book, "by:me", later()) == 3
    assert [(t.symbol, t.quantity) for t in book.transfers(ACCOUNT)] == [(A, 3), (B, 2), (A, 4)]


def test_a_whole_history_has_no_holes(book: Book) -> None:
    bound(book)
    keep(book, traded("b1", 1, "buy", 3), traded("s1", 2, "sell", 3))
    assert fill_holes(POLICY, book, "by:me", later()) == 0
    assert book.transfers(ACCOUNT) == ()


def test_what_is_adopted_in_the_evening_is_of_that_day_in_new_york(book: Book) -> None:
    bound(book)
    evening = datetime(2026, 11, 21, 1, tzinfo=UTC)
    assert adopt(POLICY, book, holds(A=4), "by:me", evening) == 1
    (came,) = book.transfers(ACCOUNT)
    assert (came.quantity, came.acquired, came.time) == (4, date(2026, 11, 20), evening)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 9)), max_size=8))
def test_after_it_whatever_was_traded_adds_up(trades: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Book.open(folder + "/b.db", upgrade=True) as book:
        bound(book)
        keep(book, *(traded(f"e{n}", n, side, size) for n, (side, size) in enumerate(trades)))
        fill_holes(POLICY, book, "by:me", later())
        breaks(POLICY, holds(), book)
        running = lowest = 0
        for side, size in trades:
            running += size if side == "buy" else -size
            lowest = min(lowest, running)
        assert sum(t.quantity for t in book.transfers(ACCOUNT)) == -lowest


def test_the_fee_of_a_busted_trade_that_the_broker_keeps_is_cash_that_went() -> None:
    bought = traded("b1", 1, "buy", 10)
    busted = replace(bought, version=1, quantity=D(0), fee=D("1.25"))
    assert book_cash((), (bought,)) == {USD: D(-100)}
    assert book_cash((), (bought, busted)) == {USD: D("-1.25")}
    assert book_cash((), (bought, replace(busted, fee=D(0)))) == {USD: D(0)}
