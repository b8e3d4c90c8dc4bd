"""The migrations make what the code expects, from nothing and from every version there was."""

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from book_makers import (
    ACCOUNT,
    NOW,
    ROWS_0001,
    ROWS_0002,
    ROWS_0003,
    ROWS_0004,
    ROWS_0005,
    ROWS_0006,
    D,
    Rows,
    bound,
    make_plan,
)
from chain_oracle import first_link
from sqlalchemy import Connection, text

from bot.book.book import Book
from bot.book.codec import encode
from bot.book.engine import Place, connect, locate, writing
from bot.book.errors import BookError
from bot.book.maintain import Upgraded, check, pending, upgrade
from bot.book.opening import migrate
from bot.book.schema import METADATA
from bot.book.version import APPLICATION_ID, HEAD, VERSION_TABLE
from brokers.words import AccountId, SpinOff, Split, Symbol
from strategies.plan import PlanId

OLD = AccountId("old")


def script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    return ScriptDirectory.from_config(config)


def fill_0001(connection: Connection) -> None:
    """One row in every table, as version 0001 wrote it."""
    fill(connection, ROWS_0001)


def fill_0002(connection: Connection) -> None:
    """The same with what version 0002 added."""
    fill(connection, ROWS_0001 | ROWS_0002)


def fill_0003(connection: Connection) -> None:
    """The same with what version 0003 added."""
    fill(connection, ROWS_0001 | ROWS_0002 | ROWS_0003)


def fill_0004(connection: Connection) -> None:
    """The same with what version 0004 added."""
    fill(connection, ROWS_0001 | ROWS_0002 | ROWS_0003 | ROWS_0004)


def fill_0005(connection: Connection) -> None:
    """The same with what version 0005 added."""
    fill(connection, ROWS_0001 | ROWS_0002 | ROWS_0003 | ROWS_0004 | ROWS_0005)


def fill_0006(connection: Connection) -> None:
    """The same with what version 0006 added."""
    fill(connection, ROWS_0001 | ROWS_0002 | ROWS_0003 | ROWS_0004 | ROWS_0005 | ROWS_0006)


def fill(connection: Connection, rows: Rows) -> None:
    plan = rows["plans"] | {"body": encode(make_plan("p1", OLD, hold=True))}
    whole = rows | {"plans": plan}
    if "chain" in whole:
        whole["chain"] = first_link({name: whole[name] for name in whole if name != "chain"})
    for table, row in whole.items():
        names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608 our own names


FILLERS: dict[str, Callable[[Connection], None]] = {
    "0001": fill_0001,
    "0002": fill_0002,
    "0003": fill_0003,
    "0004": fill_0004,
    "0005": fill_0005,
    "0006": fill_0006,
}
"""For each version, rows as it wrote them. A new version adds its own, and keeps these."""


SPLIT = Split("a1", Symbol("VTI"), D("0.05"), date(2026, 3, 3))
"""The corporate action that the versions before 0003 had stored."""

SPIN_OFF = SpinOff(
    "a2",
    Symbol("VTI"),
    date(2026, 3, 3),
    Symbol("VTV"),
    D("0.25"),
    D("0.1234567890123456789"),
    records=("t2", "t3"),
)
ACTIONS = dict.fromkeys(("0003", "0004", "0005", "0006"), SPIN_OFF)


def test_versions_count_up_in_one_line_and_each_has_rows_to_upgrade() -> None:
    versions = [revision.revision for revision in script().walk_revisions()][::-1]
    assert versions == [f"{n:04}" for n in range(1, len(versions) + 1)]
    assert versions[-1] == HEAD
    assert set(FILLERS) == set(versions)


def test_migrations_make_the_tables_that_the_code_speaks_of(book: Book, url: str) -> None:
    bound(book)
    place = locate(url)
    engine = connect(place)
    with engine.begin() as connection:
        options = {"compare_type": True, "version_table": VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


@pytest.mark.parametrize("version", sorted(FILLERS))
def test_every_version_is_upgraded_with_its_rows(empty_url: str, version: str) -> None:
    place = locate(empty_url)
    if place.path:
        place.path.parent.mkdir()
    engine = connect(place)
    migrate(engine, place, version)
    with writing(engine, place) as connection:
        FILLERS[version](connection)
    engine.dispose()
    assert upgrade(empty_url) == Upgraded(version, HEAD)
    assert pending(empty_url) is None
    assert check(empty_url) == ()
    with Book.open(empty_url, upgrade=False) as book:
        assert book.executions(OLD)[0].price == D("123456789.123456789012")
        assert book.corporate_actions(OLD) == (ACTIONS.get(version, SPLIT),)
        assert (len(book.reliefs(OLD)), len(book.named_lots(OLD))) == (
            (1, 1) if version >= "0003" else (0, 0)
        )
        assert [lease.token for lease in [book.leases.newest(OLD)] if lease] == (
            [1] if version >= "0004" else []
        )
        assert book.plan(PlanId("p1")) == make_plan("p1", OLD, hold=True)
        assert (book.halted(OLD), book.unsettled(OLD)) != (None, ())
        assert book.due_mails(NOW.replace(year=2027))[0].attachments[0].content == b"\x00\x01"
        kept = book.prices("alpaca sip")
        expected = [[250.5, 251.0]] if version >= "0002" else []
        assert (kept.closes.tolist(), list(kept.places)) == (expected, ["VTI"][: len(expected)])


def test_a_book_is_made_from_nothing_with_its_folder(empty_url: str) -> None:
    with pytest.raises(BookError, match=r"there is no book|has no tables yet"):
        Book.open(empty_url, upgrade=False)
    assert upgrade(empty_url) == Upgraded(None, HEAD)
    assert upgrade(empty_url) == Upgraded(HEAD, HEAD)
    with Book.open(empty_url, upgrade=True) as book:
        assert bound(book).executions(ACCOUNT) == ()


def test_an_upgrade_that_fails_leaves_nothing(empty_url: str) -> None:
    place = locate(empty_url)
    if place.path:
        place.path.parent.mkdir()
    engine = connect(place)
    with writing(engine, place) as connection:
        connection.exec_driver_sql("CREATE TABLE outbox (in_the_way INTEGER)")
    with pytest.raises(BookError, match="outbox"):
        migrate(engine, place)
    assert tables(place) == {"outbox"}
    engine.dispose()


def tables(place: Place) -> set[str]:
    """Every table that is there."""
    from sqlalchemy import inspect

    engine = connect(place)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_the_file_says_what_it_is(path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_migrations_are_found_from_any_folder(tmp_path: Path) -> None:
    say = "from bot.book.maintain import upgrade; print(upgrade('here.db').after)"
    done = subprocess.run(  # noqa: S603 our own interpreter
        [sys.executable, "-W", "error", "-c", say],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == (f"{HEAD}\n", "")
    assert (tmp_path / "here.db").exists()
