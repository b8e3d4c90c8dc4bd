"""An empty book and an account that looks at its prices."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from price_bench import Desk

from bot.book.book import Book
from bot.book.maintain import upgrade


@pytest.fixture(scope="session")
def empty_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty book of the present schema."""
    path = tmp_path_factory.mktemp("prices") / "book.db"
    upgrade(path)
    return path


@pytest.fixture
def desk(tmp_path: Path, empty_book: Path) -> Iterator[Desk]:
    """An account with a book of its own."""
    shutil.copy(empty_book, tmp_path / "book.db")
    with Book.open(tmp_path / "book.db", upgrade=False) as book:
        yield Desk(book)
