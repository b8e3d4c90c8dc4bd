"""A mirror that is gone is made anew and told, and never from a book that was changed."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from book_makers import ACCOUNT, NOW, make_execution, make_order, ordered, planned

from bot.book.book import Book
from bot.book.errors import BookError
from bot.book.mirror import Mirror
from bot.book.origin import Beside
from bot.book.verify import RECENT_ROWS
from bot.cli.wiring import make_book
from bot.config.read import read_text

CONFIG = """
book = "book.db"
state_dir = "state"
[accounts.main]
broker = "paper"
[accounts.main.target.weights]
AAPL = 1
"""


def opened(url: str | Path, folder: Path) -> Book:
    mark = folder / "state" / "book.mark"
    return Book.open(url, upgrade=True, beside=Beside(Mirror(mark, lambda: NOW)))


def used(url: str | Path, folder: Path) -> Path:
    """A book in which something was written; its mirror."""
    with opened(url, folder) as book:
        assert book.origin.lost == "", "a new book has a new mirror, and nobody is told"
        ordered(book, make_order("k-1"))
        book.origin.sync()
    return folder / "state" / "book.mark"


def remove(mark: Path) -> None:
    mark.unlink()


def blank(mark: Path) -> None:
    mark.write_bytes(b" " * mark.stat().st_size)


def scribble(mark: Path) -> None:
    mark.write_bytes(b"{}" * 3000)


@pytest.mark.parametrize("lose", [remove, blank, scribble])
def test_it_is_made_anew_and_told_once(
    url: str, tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    mark = used(url, tmp_path)
    with opened(url, tmp_path) as book:
        assert book.origin.lost == ""
    lose(mark)
    with opened(url, tmp_path) as book:
        assert book.origin.lost.startswith(f"{mark}, which says how far the book ")
        assert book.origin.restored() is None
        book.halt("main", "storm", "owner", NOW)
    with opened(url, tmp_path) as book:
        assert book.origin.lost == ""


def test_that_of_a_book_in_which_no_order_was_meant_is_simply_made(
    path: Path, tmp_path: Path
) -> None:
    with Book.open(path, upgrade=False) as book:
        planned(book)
    with opened(path, tmp_path) as book:
        assert book.origin.lost == ""


def test_it_is_on_the_disk_before_anything_is_written(path: Path, tmp_path: Path) -> None:
    """So that a new book whose mirror was written and not synced accuses nobody later."""
    with opened(path, tmp_path):
        assert b'"link"' in (tmp_path / "state" / "book.mark").read_bytes()


def test_it_is_not_made_from_a_book_that_was_changed(path: Path, tmp_path: Path) -> None:
    """Further back than a start looks."""
    mark = used(path, tmp_path)
    with opened(path, tmp_path) as book:
        book.halt("main", "storm", "owner", NOW)
        for part in range(2):
            fills = [make_execution(f"x-{part}-{n}") for n in range(RECENT_ROWS // 2 + 50)]
            book.record(ACCOUNT, fills, [], [], [])
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for (name,) in raw.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'halts'"
        ).fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("UPDATE halts SET reason = 'calm' WHERE seq = 1")
    with opened(path, tmp_path):
        """A start does not look so far back."""
    mark.unlink()
    with pytest.raises(BookError, match=r"was gone; and in the book halts: row 1 of link \d+ was"):
        opened(path, tmp_path)


def test_its_owner_gets_a_mail_and_who_opened_the_book_reads_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = read_text(CONFIG, tmp_path / "config.toml", {})
    with make_book(config) as book:
        ordered(book, make_order("k-1"))
        assert book.mails() == ()
    (mark,) = config.state_dir.glob("book-*.mark")
    mark.unlink()
    with make_book(config) as book:
        assert [mail.subject.partition(": ")[2] for mail in book.mails()] == [
            "main: the book's mark was gone"
        ]
    with make_book(config) as book:
        assert len(book.mails()) == 1
    said = capsys.readouterr().err
    assert f"{mark}, which says how far the book" in said
    assert said.count("was gone") == 1
