"""A book that is older than its mirror sends nothing, until a named person accepts it."""

import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from book_makers import (
    ACCOUNT,
    MINUTE,
    NOW,
    make_intent,
    make_order,
    planned,
)

from bot.book.book import Book
from bot.book.chain import Link
from bot.book.errors import BookError, IllegalStep, RolledBack
from bot.book.maintain import check
from bot.book.mirror import Mirror, mirror_path
from bot.book.origin import Beside
from strategies.plan import PlanId


def now() -> datetime:
    return NOW


def opened(url: str | Path, folder: Path) -> Book:
    return Book.open(url, upgrade=False, beside=Beside(Mirror(folder / "state" / "book.mark", now)))


def send(book: Book, key: str = "k-1", plan: str = "p-1") -> None:
    """Hold the account for as long as it takes to mean an order."""
    with book.leases.held(ACCOUNT, now):
        book.intend(PlanId(plan), ACCOUNT, [make_intent(make_order(key))])


@pytest.fixture
def old(path: Path, tmp_path: Path) -> Path:
    """A copy of a book that then went on: an order was meant and sent."""
    with opened(path, tmp_path) as book:
        planned(book, "p-1", "started")
    copy = Path(shutil.copy(path, tmp_path / "copy.db"))
    with opened(path, tmp_path) as book:
        send(book)
    return copy


def test_a_book_that_went_on_alone_is_the_book(url: str, tmp_path: Path) -> None:
    for number in range(4):
        with opened(url, tmp_path) as book:
            send(planned(book, f"p-{number}", "started"), f"k-{number}", f"p-{number}")
            assert book.origin.restored() is None
        with Book.open(url, upgrade=False) as book:  # by somebody without a mirror
            book.halt("main", "storm", "owner", NOW)


def test_an_empty_book_is_not_older_than_itself(path: Path, tmp_path: Path) -> None:
    for _ in range(2):
        with opened(path, tmp_path) as book:
            assert book.origin.restored() is None


def test_an_old_copy_sends_nothing_until_it_is_accepted(old: Path, tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    shutil.copy(old, path)
    for _ in range(2):
        with opened(path, tmp_path) as book:
            restored = book.origin.restored()
            assert restored is not None
            assert (restored.who, restored.time) == ("trimtab", NOW)
            with pytest.raises(RolledBack, match=r"older copy.*trimtab reconcile.*db accept"):
                send(book)
            with pytest.raises(RolledBack):
                book.origin.refuse_old()
            assert book.unsettled(ACCOUNT) == ()
    with opened(path, tmp_path) as book:
        book.origin.accept("owner", "rebuilt", NOW)
        send(book, "k-2")
        with pytest.raises(IllegalStep, match="nothing to accept"):
            book.origin.accept("owner", "rebuilt", NOW)
    with opened(path, tmp_path) as book:
        assert book.origin.restored() is None
    assert check(path) == ()


def test_a_copy_that_went_another_way_is_found_although_it_is_longer(
    old: Path, tmp_path: Path
) -> None:
    with Book.open(old, upgrade=False) as book:
        for number in range(30):
            book.keep_tieout(ACCOUNT, NOW + number * MINUTE, ok=True, text="")
    shutil.copy(old, tmp_path / "book.db")
    with opened(tmp_path / "book.db", tmp_path) as book:
        restored = book.origin.restored()
        assert restored is not None
        assert "is not the one that was written before" in restored.why


def test_a_new_book_in_the_place_of_a_lost_one_is_found(old: Path, tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    path.unlink()
    mirror = Mirror(tmp_path / "state" / "book.mark", now)
    with Book.open(path, upgrade=True, beside=Beside(mirror)) as book:
        assert book.origin.restored() is not None
    assert old.exists()


def test_an_older_copy_on_a_server_is_found(url: str, tmp_path: Path) -> None:
    """The mirror is of another run of the same server, which came further."""
    mirror = Mirror(tmp_path / "state" / "book.mark", now)
    mirror.ready()
    mirror.keep(Link(77, "f" * 64, 99))
    mirror.close()
    with opened(url, tmp_path) as book:
        planned(book, "p-1", "started")
        with pytest.raises(RolledBack, match="link 77 was written before"):
            send(book)
    with opened(url, tmp_path) as book:
        book.origin.accept("owner", "rebuilt", NOW)
    with opened(url, tmp_path) as book:
        assert book.origin.restored() is None


def test_a_crash_between_commit_and_mirror_accuses_nobody(path: Path, tmp_path: Path) -> None:
    with opened(path, tmp_path) as book:
        planned(book)
    kept = (tmp_path / "state" / "book.mark").read_bytes()
    with opened(path, tmp_path) as book:
        book.halt("main", "storm", "owner", NOW)
    (tmp_path / "state" / "book.mark").write_bytes(kept)
    with opened(path, tmp_path) as book:
        assert book.origin.restored() is None


LINKS = (Link(6, "a" * 64, 60), Link(7, "b" * 64, 70))


def filled(path: Path) -> Mirror:
    mirror = Mirror(path, now)
    mirror.ready()
    for link in LINKS:
        mirror.keep(link)
    mirror.sync()
    return mirror


def test_the_newest_record_counts_whatever_the_order_of_writers(tmp_path: Path) -> None:
    mirror = filled(tmp_path / "m")
    mirror.keep(LINKS[0])  # a process that was slow to tell
    assert mirror.last() == LINKS[1]
    mirror.close()


def test_a_record_that_tore_leaves_the_other(tmp_path: Path) -> None:
    filled(tmp_path / "m").close()
    whole = (tmp_path / "m").read_bytes()
    for place in (*range(0, 200, 3), 600, *range(4096, 4296, 3), 4600):
        torn = bytearray(whole)
        torn[place] ^= 0x15
        (tmp_path / "m").write_bytes(torn)
        mirror = Mirror(tmp_path / "m", now)
        mirror.ready()
        assert mirror.last() in LINKS
        mirror.close()


@pytest.mark.parametrize("content", [b"", b"\0" * 9000, b"{}", os.urandom(9000)])
def test_a_mirror_that_nobody_can_read_knows_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m").write_bytes(content)
    mirror = Mirror(tmp_path / "m", now)
    mirror.ready()
    assert mirror.last() is None
    mirror.keep(LINKS[0])
    assert mirror.last() == LINKS[0]
    mirror.close()


def test_a_folder_that_cannot_be_written_is_named(path: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(BookError, match=r"cannot be written.*state_dir"):
        opened(path, tmp_path)


def test_each_book_has_its_own(tmp_path: Path) -> None:
    one, other = (mirror_path(tmp_path, name) for name in ("/a/book.db", "/b/book.db"))
    assert one != other
    assert one == mirror_path(tmp_path, "/a/book.db")
