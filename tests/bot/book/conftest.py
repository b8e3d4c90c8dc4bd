"""Both databases for the tests of the book: real files, and a real server on a socket."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import NewDatabase, postgresql

from bot.book.book import Book
from bot.book.maintain import upgrade


@pytest.fixture(scope="session")
def new_database() -> Iterator[NewDatabase]:
    """A PostgreSQL server of our own; each call makes a database in it."""
    with postgresql() as create:
        yield create


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty book of the present schema."""
    path = tmp_path_factory.mktemp("template") / "book.db"
    upgrade(path)
    return path


@pytest.fixture(scope="session")
def postgresql_template(new_database: NewDatabase) -> str:
    """The same on PostgreSQL."""
    url = new_database(None)
    upgrade(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty book of the present schema, on each database in turn."""
    if request.param == "postgresql":
        create: NewDatabase = request.getfixturevalue("new_database")
        return create(request.getfixturevalue("postgresql_template"))
    path = tmp_path / "book.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return str(path)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for a book where nothing is yet, on each database in turn."""
    if request.param == "postgresql":
        create: NewDatabase = request.getfixturevalue("new_database")
        return create(None)
    return str(tmp_path / "new folder 100%" / "book.db")


@pytest.fixture
def book(url: str) -> Iterator[Book]:
    """An open, empty book."""
    with Book.open(url, upgrade=False) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path, sqlite_template: Path) -> Path:
    """The file of an empty book."""
    return Path(shutil.copy(sqlite_template, tmp_path / "book.db"))
