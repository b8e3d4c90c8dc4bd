"""How far the book has come: every kind of row moves its own part of the mark, and only that."""

from collections.abc import Callable

import pytest
from book_makers import (
    ACCOUNT,
    MINUTE,
    NOW,
    OTHER,
    D,
    bound,
    later_version,
    make_execution,
    make_note,
    make_order,
    make_snapshot,
    ordered,
    planned,
)

from bot.book.book import Book
from bot.book.rows import NamedRow, ReliefRow
from brokers.words import Relief, Split, Symbol, Transfer

BUY = make_execution("r1")
TRANSFER = Transfer("t1", Symbol("VTI"), D(1), None, NOW.date(), NOW)
SPLIT = Split("a1", Symbol("VTI"), D(2), NOW.date())
RELIEF = ReliefRow(NOW.date(), Relief.FIFO, D("0.35"), D("0.15"))
TOLD: dict[str, Callable[[Book], object]] = {
    "a fill": lambda book: book.record(ACCOUNT, [BUY], (), (), ()),
    "a correction": lambda book: book.record(ACCOUNT, [later_version(BUY, "2")], (), (), ()),
    "a fill elsewhere": lambda book: book.record(OTHER, [BUY], (), (), ()),
    "a transfer": lambda book: book.record(ACCOUNT, (), (), [TRANSFER], ()),
    "a split": lambda book: book.record(ACCOUNT, (), (), (), [SPLIT]),
    "a relief": lambda book: book.keep_relief(ACCOUNT, RELIEF, NOW),
    "named lots": lambda book: book.name_lots(ACCOUNT, NamedRow("s1", (("r1", None),), "me", NOW)),
}


def test_an_empty_book_stands_at_nothing(book: Book) -> None:
    mark = book.mark()
    assert (set(mark.told), mark.intents, mark.looks, mark.last_step) == ({0}, 0, 0, 0)
    assert book.steps_after(0) == ()


def test_whatever_happened_moves_it_once(book: Book) -> None:
    bound(bound(book), OTHER)
    before = book.mark()
    for name, act in TOLD.items():
        act(book)
        after = book.mark()
        assert after.told != before.told, name
        assert (after.intents, after.looks, after.last_step) == (0, 0, 0), name
        before = after
    book.record(ACCOUNT, [BUY], (), [TRANSFER], [SPLIT])
    assert book.mark() == before, "what was known is no news"


def test_orders_and_looks_move_parts_of_their_own(book: Book) -> None:
    ordered(book, make_order("k-1"), make_order("k-2"))
    wanted = book.mark()
    assert (wanted.intents > 0, wanted.last_step) == (True, 0)
    book.note([make_note("k-1", "sent"), make_note("k-2", "sent")])
    sent = book.mark()
    assert sent.last_step > wanted.last_step
    assert (sent.told, sent.intents, sent.looks) == (wanted.told, wanted.intents, wanted.looks)
    book.keep_tieout(ACCOUNT, NOW, ok=True, text="")
    assert book.mark().looks > sent.looks
    assert book.mark().last_step == sent.last_step


def test_steps_are_told_from_any_point_on(book: Book) -> None:
    ordered(book, make_order("k-1"), make_order("k-2"))
    book.note([make_note("k-1", "sent"), make_note("k-2", "sent")])
    middle = book.mark().last_step
    book.note([make_note("k-2", "filled", NOW + MINUTE)])
    assert book.steps_after(0) == (("k-1", "sent"), ("k-2", "sent"), ("k-2", "filled"))
    assert book.steps_after(middle) == (("k-2", "filled"),)
    assert book.steps_after(book.mark().last_step) == ()


@pytest.mark.parametrize("what", ["a plan", "a snapshot", "a run", "a halt"])
def test_the_rest_of_the_book_moves_nothing(book: Book, what: str) -> None:
    bound(book)
    before = book.mark()
    match what:
        case "a plan":
            planned(book, "p-1", "started")
        case "a snapshot":
            book.keep_snapshot(make_snapshot())
        case "a run":
            book.begin_run(ACCOUNT, "s-1", NOW)
        case _:
            book.halt(ACCOUNT, "why", "owner", NOW)
    assert book.mark() == before
