"""Opens the two databases, and puts what they complain about into the book's own words.

Reading and writing are two context managers, each one transaction. Writers take turns from their
first statement on (``BEGIN IMMEDIATE`` on SQLite, an advisory lock on PostgreSQL), so that what a
write reads first is still true when it commits.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, StatementError
from sqlalchemy.pool import StaticPool

from bot.book.chain import note_insert, open_seal, seal
from bot.book.errors import BookBroken, BookError, BookFull, BookLocked, Contradicted
from bot.book.reserve import Reserve

R = TypeVar("R")

BUSY_SECONDS = 5.0
"""How long a writer waits for its turn."""

_TURN = 0x5472696D
"""Advisory lock that the writers of a PostgreSQL book take turns by."""

ASLEEP_SECONDS = 60
"""Who says nothing for so long in the middle of a turn is cut off: its machine went to sleep."""

_DO_NOT_TOUCH = "stop trimtab, keep a copy of the file, and restore the last backup"

_START_AGAIN = (
    "look at the disk and the kernel's log, then start again: the book is checked, and the broker "
    "is asked what became of every order"
)

_COMPLAINTS: tuple[tuple[str, type[BookError], str, str], ...] = (
    (
        r"is locked|lock timeout|could not obtain lock|deadlock",
        BookLocked,
        "somebody else is writing to it",
        "see which process holds it, and try again",
    ),
    (
        r"readonly|read-only|permission denied",
        BookError,
        "it cannot be written",
        "give this user the right to write the database (a file's folder too)",
    ),
    (
        r"is full|No space left",
        BookFull,
        "the disk is full; nothing was written",
        "make room, then start again",
    ),
    (r"disk I/O error", BookBroken, "the disk failed", _START_AGAIN),
    (r"is not a database", BookError, "it is no SQLite file", "name the right file"),
    (r"malformed", BookError, "it is damaged", _DO_NOT_TOUCH),
    (
        r"unable to open database",
        BookError,
        "it cannot be opened",
        "check that its folder exists and may be entered by this user",
    ),
    (
        r"append-only|UNIQUE constraint|unique constraint",
        Contradicted,
        "a row of this id is there already, and rows are never changed",
        "look at what is there before repeating anything",
    ),
    (
        r"FOREIGN KEY constraint|foreign key constraint",
        BookError,
        "what this row belongs to is not in it",
        "bind the account, keep the plan and commit the intent first",
    ),
    (
        r"connection|could not translate host|authentication|does not exist|server closed",
        BookError,
        "the database server does not answer as it should",
        "check the url, the server and the role's rights",
    ),
)
"""What a driver says, the error that it becomes, and what a person reads."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a book is: its url, and its file where it is the embedded one."""

    url: URL
    path: Path | None

    @property
    def name(self) -> str:
        """Without a password, fit for a log."""
        return str(self.path) if self.path else self.url.render_as_string(hide_password=True)


def locate(url_or_path: str | Path) -> Place:
    """Read a url or a path. A path, ``sqlite:`` and ``postgresql:`` are understood."""
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        path = Path(url_or_path).expanduser()
        return Place(URL.create("sqlite", database=str(path)), path)
    try:
        url = make_url(url_or_path)
    except ArgumentError as exc:
        raise BookError("the book's url cannot be read", "write a path or a database url") from exc
    if url.get_backend_name() == "postgresql":
        return Place(url.set(drivername="postgresql+psycopg"), None)
    if url.get_backend_name() != "sqlite":
        raise BookError(f"the book cannot live in {url.drivername}", "use sqlite or postgresql")
    if not url.database or url.database == ":memory:":
        return Place(URL.create("sqlite"), None)
    path = Path(url.database).expanduser()
    return Place(URL.create("sqlite", database=str(path)), path)


class Disk:
    """Whether the disk has failed under an engine, which then writes no more.

    After a sync that failed the kernel may drop what it could not write, and say that all is well
    when it is asked again (Rebello et al., Can Applications Recover from fsync Failures?, 2020).
    """

    def __init__(self) -> None:
        self._failed: BookBroken | None = None

    def refuse(self) -> None:
        """``BookBroken`` once the disk has failed."""
        if self._failed is not None:
            raise BookBroken(self._failed.what, self._failed.remedy)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Remember a failure, and refuse to write after one."""
        self.refuse()
        try:
            yield
        except BookBroken as exc:
            self._failed = exc
            raise


def connect(place: Place, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine for ``place``; nothing is opened before its first use."""
    try:
        is_sqlite = place.url.get_backend_name() == "sqlite"
        engine = (_sqlite if is_sqlite else _postgresql)(place, busy_seconds)
    except (ModuleNotFoundError, NoSuchModuleError) as exc:
        what = f"the driver for {place.name} is not installed"
        raise BookError(what, "run: pip install 'trimtab[postgres]'") from exc
    event.listen(engine, "after_cursor_execute", note_insert)
    return engine.execution_options(disk=Disk())


def _sqlite(place: Place, busy_seconds: float) -> Engine:
    if place.path is None:  # one connection, else each would see a memory of its own
        engine = create_engine(
            place.url, poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    else:
        engine = create_engine(place.url, connect_args={"timeout": busy_seconds})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """FULL because in WAL mode NORMAL may forget the last commits when the power fails."""
    connection.isolation_level = None  # the "begin" event says which kind of transaction it is
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(place: Place, busy_seconds: float) -> Engine:
    # No prepared statements: they do not survive a pooler that changes servers under us.
    engine = create_engine(
        place.url,
        connect_args={"connect_timeout": 10, "prepare_threshold": None},
        pool_pre_ping=True,
    )
    return engine.execution_options(busy_ms=round(busy_seconds * 1000))


@contextmanager
def reading(engine: Engine, place: Place) -> Iterator[Connection]:
    """One transaction that only reads."""
    with translated(place), engine.begin() as connection:
        yield connection


@contextmanager
def comparing(engine: Engine, place: Place) -> Iterator[Connection]:
    """One transaction that reads the book as it stood at one moment, whoever writes meanwhile.

    On SQLite every transaction does; on PostgreSQL each question would see a later book.
    """
    still = engine
    if engine.dialect.name == "postgresql":
        still = engine.execution_options(isolation_level="REPEATABLE READ")
    with reading(still, place) as connection:
        yield connection


@contextmanager
def writing(engine: Engine, place: Place) -> Iterator[Connection]:
    """One transaction that writes: all of it is kept when the block ends, or nothing."""
    disk: Disk = engine.get_execution_options()["disk"]
    begin = engine.execution_options(writes=True).begin
    with disk.watched(), translated(place), begin() as connection:
        take_turn(connection)
        open_seal(connection)
        yield connection
        link = seal(connection)
    mirror = engine.get_execution_options().get("mirror")
    if mirror is not None and link is not None:
        mirror.keep(link)


def written(
    engine: Engine, place: Place, act: Callable[[Connection], R], *, spares: bool = True
) -> R:
    """What ``act`` returns, in one transaction that writes.

    On a full disk it is tried once more in the room that was set aside, unless ``spares`` is off.
    """
    try:
        with writing(engine, place) as connection:
            return act(connection)
    except BookFull:
        reserve: Reserve | None = engine.get_execution_options().get("reserve")
        if not spares or reserve is None or not reserve.give_up():
            raise
    with writing(engine, place) as connection:
        return act(connection)


def take_turn(connection: Connection) -> None:
    """Wait for our turn among the writers of a PostgreSQL book; on SQLite BEGIN did."""
    if connection.dialect.name != "postgresql":
        return
    busy_ms = connection.get_execution_options()["busy_ms"]
    connection.execute(
        text(
            "SELECT set_config('lock_timeout', :ms, true), "
            "set_config('synchronous_commit', 'on', true), "
            "set_config('idle_in_transaction_session_timeout', :asleep, true)"
        ),
        {"ms": str(busy_ms), "asleep": f"{ASLEEP_SECONDS}s"},
    )
    connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})


@contextmanager
def translated(place: Place) -> Iterator[None]:
    """Turn what a driver raises into the book's own errors."""
    try:
        yield
    except DBAPIError as exc:
        raise _in_our_words(place, str(exc.orig)) from exc
    except sqlite3.Error as exc:
        raise _in_our_words(place, str(exc)) from exc
    except UnicodeDecodeError as exc:  # a damaged file, named in the words of its own damage
        raise _in_our_words(place, "malformed text") from exc
    except StatementError as exc:  # a value that a column refused before the driver saw it
        remedy = "nothing was written; this is a mistake of the caller"
        raise BookError(str(exc.orig), remedy) from exc


def _in_our_words(place: Place, complaint: str) -> BookError:
    first_line = complaint.strip().splitlines()[0] if complaint.strip() else "no reason given"
    for pattern, error, what, remedy in _COMPLAINTS:
        if re.search(pattern, complaint):
            return error(f"book {place.name}: {what} ({first_line})", remedy)
    return BookError(f"book {place.name}: {first_line}", "nothing was written; see the log")
