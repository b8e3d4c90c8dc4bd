"""A book that cannot be used says so in one sentence with its remedy, and loses nothing."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest
from book_makers import ACCOUNT, MINUTE, NOW, bound, make_execution, make_note, make_order, ordered
from sqlalchemy import create_engine, text

from bot.book.book import Book
from bot.book.engine import connect, locate, writing
from bot.book.errors import BookError, BookLocked
from bot.book.maintain import upgrade
from bot.book.schema import METADATA
from bot.book.version import VERSION_TABLE

NOBODY = 65534

WRITE_FOR_EVER = """
import itertools, sys
from datetime import UTC, datetime
from bot.book.book import Book
from bot.book.errors import BookError
now = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
with Book.open(sys.argv[1], upgrade=False) as book:
    for n in itertools.count():
        try:
            book.halt("main", "x" * 2000, str(n), now)
        except BookError as exc:
            sys.exit(str(exc))
        print(n, flush=True)
"""

FULL_DISK = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
{WRITE_FOR_EVER}
"""

OPEN = """
import os, sys
from bot.book.book import Book
from bot.book.errors import BookError
Book.open("sqlite://", upgrade=True).close()  # loads everything while it still may be read
if sys.argv[3] != "same":
    os.setgroups([])
    os.setuid(int(sys.argv[3]))
try:
    Book.open(sys.argv[1], upgrade=sys.argv[2] == "upgrade").close()
except BookError as exc:
    print(exc)
"""


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 our own interpreter
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )


def count_halts(path: Path) -> int:
    connection = sqlite3.connect(path)
    (count,) = connection.execute("SELECT count(*) FROM halts").fetchone()
    connection.close()
    return int(count)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("mysql://localhost/book", "cannot live in mysql"),
        ("nonsense://", "cannot live in|cannot be read"),
        ("://", "cannot be read"),
        ("postgresql://localhost:1/book", "does not answer"),
    ],
)
def test_a_url_that_leads_nowhere(url: str, complaint: str) -> None:
    with pytest.raises(BookError, match=complaint) as raised:
        Book.open(url, upgrade=True)
    assert raised.value.remedy
    assert "\n" not in str(raised.value)


def test_a_folder_or_a_missing_file_is_no_book(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="is a folder"):
        Book.open(tmp_path, upgrade=True)
    with pytest.raises(BookError, match="there is no book"):
        Book.open(tmp_path / "book.db", upgrade=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("upgraded", [True, False])
def test_some_other_file_is_left_as_it_is(tmp_path: Path, *, upgraded: bool) -> None:
    letter, other = tmp_path / "letter.txt", tmp_path / "other.db"
    letter.write_text("Dear reader, " * 400)
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE songs (name TEXT)")
    connection.commit()
    connection.close()
    for path, complaint in ((letter, "no SQLite file"), (other, "not a book")):
        before = path.read_bytes()
        with pytest.raises(BookError, match=complaint):
            Book.open(path, upgrade=upgraded)
        assert path.read_bytes() == before


@pytest.mark.parametrize("version", ["9999", "0000", "abc", None])
def test_a_schema_of_another_day_is_refused(url: str, version: str | None) -> None:
    engine = create_engine(locate(url).url)
    with engine.begin() as connection:
        connection.execute(
            text(f"UPDATE {VERSION_TABLE} SET version_num = :v")  # noqa: S608 our own name
            if version
            else text(f"DELETE FROM {VERSION_TABLE}"),  # noqa: S608 our own name
            {"v": version} if version else {},
        )
    engine.dispose()
    complaint = {
        "9999": "knows only .*install the newer",
        "0000": "needs .*trimtab db upgrade",
    }.get(version or "", "version cannot be read")
    with pytest.raises(BookError, match=complaint):
        Book.open(url, upgrade=False)


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "book.db"
    before = os.umask(0)
    try:
        with Book.open(path, upgrade=True) as book:
            bound(book)
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"book.db": 0o600, "book.db-wal": 0o600, "book.db-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    Book.open(path, upgrade=False).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_durable_is_asked_for(path: Path) -> None:
    engine = connect(locate(path), 1.5)
    with engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "foreign_keys", "journal_mode", "busy_timeout")
        }
    engine.dispose()
    assert settings == {
        "synchronous": 2,
        "foreign_keys": 1,
        "journal_mode": "wal",
        "busy_timeout": 1500,
    }


def test_a_writer_that_does_not_get_its_turn_writes_nothing(url: str) -> None:
    place = locate(url)
    holder = connect(place)
    with Book.open(url, upgrade=False, busy_seconds=0.05) as book:
        ordered(book, make_order("k-1"))
        with writing(holder, place):
            with pytest.raises(BookLocked, match="somebody else is writing"):
                book.note([make_note("k-1", "sent")])
            with pytest.raises(BookLocked):
                Book.open(url, upgrade=False, busy_seconds=0.05)
            assert [row.last_event for row in book.unsettled(ACCOUNT)] == [None]
        book.note([make_note("k-1", "sent")])
        assert [row.last_event for row in book.unsettled(ACCOUNT)] == ["sent"]
    holder.dispose()


def test_threads_take_turns(book: Book) -> None:
    bound(book)

    def write(number: int) -> int:
        rows = [make_execution(f"r-{number // 4}-{n}") for n in range(3)]
        return len(book.record(ACCOUNT, rows, [], [], []).new_executions)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(write, range(80))) == 60
    assert len(book.executions(ACCOUNT)) == 60
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda _: book.begin_run(ACCOUNT, "s", NOW), range(16))) == 1


@pytest.fixture
def guarded() -> Iterator[tuple[Path, str]]:
    """A folder that may not be written by the user given with it, who owns a book in it."""
    user = NOBODY if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="trimtab-"))
    path = folder / "book.db"
    upgrade(path)
    path.chmod(0o400)
    if user is not None:
        for item in (path, folder):
            os.chown(item, user, -1)
    folder.chmod(0o500)
    yield path, "same" if user is None else str(user)
    folder.chmod(0o700)
    shutil.rmtree(folder)


def test_a_folder_that_cannot_be_written_is_named(guarded: tuple[Path, str]) -> None:
    path, user = guarded
    before = path.read_bytes()
    refused = run(OPEN, str(path), "keep", user)
    assert "cannot be written" in refused.stdout, refused.stderr
    new = run(OPEN, str(path.with_name("new.db")), "upgrade", user)
    assert "Permission denied; check that its folder" in new.stdout, new.stderr
    assert path.read_bytes() == before


def test_a_server_that_only_reads_is_refused(
    new_database: Callable[[str], str], postgresql_template: str
) -> None:
    url = new_database(postgresql_template)
    engine = create_engine(url)
    with engine.begin() as connection:
        name = connection.engine.url.database
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    engine.dispose()
    with pytest.raises(BookError, match="connect to the primary"):
        Book.open(url, upgrade=False)


def test_a_disk_that_takes_no_more_loses_nothing_that_was_acknowledged(path: Path) -> None:
    done = run(FULL_DISK, str(path))
    acknowledged = len(done.stdout.splitlines())
    assert acknowledged > 10
    assert "the disk failed" in done.stderr
    assert done.stderr.count("\n") == 1
    assert count_halts(path) == acknowledged
    with Book.open(path, upgrade=False) as book:
        book.halt("main", "there is room again", "owner", NOW + MINUTE)


def test_a_killed_writer_loses_nothing_that_was_acknowledged(path: Path) -> None:
    with subprocess.Popen(  # noqa: S603 our own interpreter
        [sys.executable, "-c", WRITE_FOR_EVER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as writer:
        assert writer.stdout is not None
        acknowledged = [next(writer.stdout) for _ in range(25)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += list(writer.stdout)
    with Book.open(path, upgrade=False) as book:
        assert book.halted(ACCOUNT) is not None
    assert count_halts(path) - len(acknowledged) in {0, 1}


def test_a_damaged_file_is_refused_whichever_page_it_is(path: Path) -> None:
    with Book.open(path, upgrade=False) as book:
        bound(book).record(ACCOUNT, [make_execution(f"r-{n}") for n in range(100)], [], [], [])
    whole = path.read_bytes()
    page = 4096
    damages = [
        whole[:start] + b"\xff" * page + whole[start + page :]
        for start in range(0, len(whole), page)
    ]
    damages.append(whole[: len(whole) // 2])
    for damage in damages:
        path.write_bytes(damage)
        with pytest.raises(BookError) as raised:
            Book.open(path, upgrade=False)
        assert raised.value.remedy


def rows_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = sqlite3.connect(path)
    try:
        tables = tuple(METADATA.tables)
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}  # noqa: S608 our own names
    finally:
        connection.close()


def is_refused(path: Path) -> bool:
    try:
        Book.open(path, upgrade=False).close()
    except BookError:
        return True
    return False


def test_a_byte_that_flips_is_refused_or_changes_no_row(path: Path) -> None:
    """Nothing is read from a page that does not say what was written, wherever it flips."""
    with Book.open(path, upgrade=False) as book:
        ordered(book, *(make_order(f"k-{n}") for n in range(40)))
        book.record(ACCOUNT, [make_execution(f"r-{n}") for n in range(40)], [], [], [])
    whole, wanted, page = path.read_bytes(), rows_of(path), 4096
    chance = Random(5)  # noqa: S311 no secret
    refused = 0
    for start in range(0, len(whole), page):
        damaged = bytearray(whole)
        written = [n for n in range(start, start + page) if whole[n]]
        damaged[chance.choice(written or [start])] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        if is_refused(path):
            refused += 1
        else:
            assert rows_of(path) == wanted
    assert refused > len(whole) // page // 2


def test_a_book_may_live_in_memory() -> None:
    with Book.open("sqlite://", upgrade=True) as book:
        bound(book).record(ACCOUNT, [make_execution("r-1")], [], [], [])
        assert len(book.executions(ACCOUNT)) == 1
