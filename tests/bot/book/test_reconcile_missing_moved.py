"""Shares that left by a transfer and never came in, with splits and new names in between."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from book_makers import ACCOUNT, NOW, bound

from bot.book.book import Book
from bot.reconcile import fill_holes
from brokers.words import Execution, Side, Split, Symbol, SymbolChange, Transfer
from strategies.policy import Policy
from strategies.policy.target import Target

D = Decimal
A, NEW = Symbol("A"), Symbol("NEW")
POLICY = Policy(ACCOUNT, Target("fixed", ((A, D(1)),)))
DAY = timedelta(days=1)
LATER = NOW + 30 * DAY


def traded(root: str, day: int, side: Side, quantity: int) -> Execution:
    return Execution(root, 0, None, A, side, D(quantity), D(10), D(0), NOW + day * DAY)


def moved(day: int, symbol: Symbol, quantity: int) -> Transfer:
    moment = NOW + day * DAY
    return Transfer(f"t{day}", symbol, D(quantity), None, moment.date(), moment)


def holes(book: Book) -> list[tuple[str, Decimal]]:
    found = (t for t in book.transfers(ACCOUNT) if t.transfer_id.startswith("by:"))
    return [(t.symbol, t.quantity) for t in found]


def test_a_hole_is_told_in_the_shares_of_its_day(book: Book) -> None:
    bound(book)
    bought = traded("b1", 1, Side.BUY, 30)
    actions = (
        Split("a1", A, D("0.1"), (NOW + 4 * DAY).date()),
        SymbolChange("a2", A, (NOW + 6 * DAY).date(), NEW),
    )
    sold = traded("s1", 2, Side.SELL, 10)
    book.record(ACCOUNT, (bought, sold), (), (moved(5, A, -1), moved(7, NEW, -1)), actions)
    assert fill_holes(POLICY, book, "by:me", LATER) == 0
    busted = replace(bought, version=1, quantity=D(0))
    book.record(ACCOUNT, (busted,), (), (), ())
    assert fill_holes(POLICY, book, "by:me", LATER) == 3
    assert holes(book) == [(A, D(10)), (A, D(1)), (NEW, D(1))]
    assert fill_holes(POLICY, book, "by:me", LATER + DAY) == 0
