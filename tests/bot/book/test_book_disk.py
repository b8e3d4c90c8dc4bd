"""A disk that is full or fails: what became of orders is written down, and no new one is meant."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from book_limits import files_end_at
from book_makers import ACCOUNT, DAY, NOW, held, make_intent, make_note, make_order, planned
from sqlalchemy import event

from bot.book.book import Book
from bot.book.chain import Link
from bot.book.errors import BookBroken, BookError, BookFull
from bot.book.mirror import Mirror
from bot.book.origin import Beside
from bot.book.reserve import ROOM_BYTES, Reserve, reserve_path
from strategies.plan import PlanId


def opened(path: Path) -> Book:
    mirror = Mirror(path.parent / "state" / "book.mark", lambda: NOW)
    return Book.open(path, upgrade=False, beside=Beside(mirror, Reserve(reserve_path(path))))


@contextmanager
def full_while_reserved(book: Book, path: Path) -> Iterator[None]:
    """The disk has no room as long as the reserve stands: SQLite may use no further page."""

    def begin(connection: sqlite3.Connection, *_: object) -> None:
        pages = 2 if reserve_path(path).exists() else 2**30
        connection.execute(f"PRAGMA max_page_count = {pages}")

    engine = book._engine  # noqa: SLF001 nothing else reaches the driver
    event.listen(engine.pool, "checkout", begin)
    yield
    event.remove(engine.pool, "checkout", begin)


def fat(key: str) -> str:
    return key + "x" * 20_000


def test_room_is_set_aside_once_and_again_after_it_was_used(path: Path) -> None:
    for _ in range(2):
        opened(path).close()
        assert reserve_path(path).stat().st_size == ROOM_BYTES
    assert reserve_path(path).stat().st_mode & 0o077 == 0
    reserve = Reserve(reserve_path(path))
    assert (reserve.give_up(), reserve.give_up()) == (True, False)
    opened(path).close()
    assert reserve_path(path).stat().st_size == ROOM_BYTES


def test_what_became_of_orders_is_written_in_the_reserve(path: Path) -> None:
    with opened(path) as book:
        held(planned(book, "p-1", "started"))
        book.intend(PlanId("p-1"), ACCOUNT, [make_intent(make_order("k-1"))])
        book.note([make_note("k-1", "sent")])
        with full_while_reserved(book, path):
            book.note(note for note in [make_note("k-1", "accepted", broker_id=fat("b"))])
        assert not reserve_path(path).exists()
        assert [note.kind for note in book.order_notes(make_order("k-1").key)][-1] == "accepted"


def test_no_order_is_meant_or_sent_on_the_reserve(path: Path) -> None:
    with opened(path) as book:
        held(planned(book, "p-1", "started"))
        book.intend(PlanId("p-1"), ACCOUNT, [make_intent(make_order("k-1"))])
        with full_while_reserved(book, path):
            many = [make_intent(make_order(f"m-{n}"), n) for n in range(300)]
            with pytest.raises(BookFull, match="the disk is full; nothing was written"):
                book.intend(PlanId("p-1"), ACCOUNT, many)
            with pytest.raises(BookFull):
                book.note([make_note("k-1", "sent", broker_id=fat("b"))])
        assert reserve_path(path).exists()
        assert [row.last_event for row in book.unsettled(ACCOUNT)] == [None]


def test_a_disk_that_fails_is_never_asked_again(path: Path) -> None:
    with opened(path) as book:
        held(planned(book, "p-1", "started"))
        with files_end_at(60_000), pytest.raises(BookBroken, match="the disk failed"):
            book.halt("main", "storm" * 20_000, "owner", NOW)
        with pytest.raises(BookBroken):  # although there would be room again
            book.intend(PlanId("p-1"), ACCOUNT, [make_intent(make_order("k-1"))])
        with pytest.raises(BookBroken):
            book.origin.refuse_broken()
        assert book.unsettled(ACCOUNT) == ()
    with opened(path) as book:  # the next process, after its look at the whole book
        book.origin.refuse_broken()
        with book.leases.held(ACCOUNT, lambda: NOW + DAY):
            book.intend(PlanId("p-1"), ACCOUNT, [make_intent(make_order("k-1"))])


def test_nothing_is_sent_while_the_mirror_cannot_be_written(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "book.mark", lambda: NOW)
    mirror.ready()
    mirror.keep(Link(1, "a" * 64, 1))
    mirror.sync()
    for seq in (2, 3):
        with files_end_at(100):
            mirror.keep(Link(seq, "b" * 64, seq))
        with pytest.raises(BookError, match=r"book\.mark cannot be written"):
            mirror.sync()
    mirror.close()
