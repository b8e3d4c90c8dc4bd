"""Every row is named by the chain, and whatever is done to a row or a link past it is found."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from book_makers import (
    ACCOUNT,
    NOW,
    bound,
    make_execution,
    make_mail,
    make_note,
    make_order,
    make_snapshot,
    ordered,
)
from chain_oracle import row_digest
from sqlalchemy import create_engine, text

from bot.book.book import Book
from bot.book.engine import connect, locate
from bot.book.errors import BookError, Contradicted
from bot.book.maintain import check
from bot.book.schema import METADATA
from bot.book.verify import RECENT_ROWS
from bot.book.verify import broken as broken_rows
from brokers.words import Symbol
from strategies.plan import PlanId

RULE = "every row is as it was committed"


def worked(book: Book) -> Book:
    """The book after a day with something of nearly everything in it."""
    ordered(book, make_order("k-1"), make_order("k-2", "BND"))
    book.note([make_note("k-1", "sent"), make_note("k-2", "sent")])
    book.note([make_note("k-1", "filled")])
    book.record(ACCOUNT, [make_execution("r-1", "k-1"), make_execution("r-2")], [], [], [])
    book.mark_plan(PlanId("p-1"), "finished", "trimtab", "", NOW)
    book.begin_run(ACCOUNT, "s-1", NOW)
    book.end_run(ACCOUNT, "s-1", NOW, ok=True)
    book.halt("main", "höchste Zeit\x00", "owner", NOW)
    book.lock(ACCOUNT, Symbol("VTI"), NOW.date(), "a split", NOW)
    book.keep_snapshot(make_snapshot())
    book.keep_tieout(ACCOUNT, NOW, ok=True, text="")
    book.post(make_mail("m-1"))
    return book


def chain_of(url: str) -> list[tuple[int, str, int, list[list[object]]]]:
    engine = create_engine(locate(url).url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT seq, head, total, body FROM chain ORDER BY seq"))
        found = [(row[0], row[1], row[2], json.loads(row[3])) for row in rows]
    engine.dispose()
    return found


def broken(url: str | Path) -> list[str]:
    return [finding.detail for finding in check(url) if finding.rule == RULE]


def test_each_commit_is_a_link_that_names_its_rows(book: Book, url: str) -> None:
    bound(book)
    before = len(chain_of(url))
    book.record(ACCOUNT, [make_execution("r-2"), make_execution("r-1")], [], [], [])
    book.record(ACCOUNT, [make_execution("r-2"), make_execution("r-1")], [], [], [])  # nothing new
    book.halt("main", "storm", "owner", NOW)
    book.halt("main", "hail", "owner", NOW)
    links = chain_of(url)[before:]
    named = [sorted([table, *key] for table, key, _ in body) for _, _, _, body in links]  # type: ignore[misc]
    assert named == [
        [["executions", "main", "r-1", 1], ["executions", "main", "r-2", 1]],
        [["halts", 1]],
        [["halts", 2]],
    ]
    assert [link[0] for link in links] == [before + 1, before + 2, before + 3]
    assert broken(url) == []


def test_a_digest_is_that_of_the_row_in_both_databases(book: Book, url: str) -> None:
    bound(book).record(ACCOUNT, [make_execution("r-1")], [], [], [])
    ((table, key, digest),) = chain_of(url)[-1][3]
    row = {
        "account": "main",
        "root": "r-1",
        "version": 1,
        "symbol": "VTI",
        "side": "buy",
        "quantity": "1",
        "price": "123456789.123456789012",
        "fee": "0.01",
        "time": "2026-03-02T15:00:00.000000+00:00",
        "currency": "USD",
    }
    assert (table, key, digest) == ("executions", ["main", "r-1", 1], row_digest(row))


def test_what_failed_is_in_no_link(book: Book, url: str) -> None:
    worked(book)
    before = chain_of(url)
    wrong = [make_execution("r-9"), make_execution("r-1", "k-1", "7")]
    with pytest.raises(Contradicted):
        book.record(ACCOUNT, wrong, [], [], [])
    with pytest.raises(BookError):
        book.keep_tieout(ACCOUNT, NOW.replace(tzinfo=None), ok=True, text="")
    assert chain_of(url) == before
    book.record(ACCOUNT, wrong[:1], [], [], [])
    assert (len(chain_of(url)), broken(url)) == (len(before) + 1, [])


def test_the_rows_of_a_large_commit_are_all_named(book: Book, url: str) -> None:
    bound(book)
    many = [make_execution(f"r-{n}") for n in range(701)]
    book.record(ACCOUNT, many, [], [], [])
    assert len(chain_of(url)[-1][3]) == len(many)
    assert broken(url) == []


def unguarded(path: Path) -> sqlite3.Connection:
    """The file with its triggers dropped, as somebody would who wants to change a row."""
    connection = sqlite3.connect(path)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        connection.execute(f"DROP TRIGGER {name}")
    return connection


TAMPERED: list[tuple[str, str]] = [
    (
        "UPDATE executions SET price = '1' WHERE root = 'r-1'",
        "executions: row main, r-1, 1 of link",
    ),
    ("UPDATE order_events SET detail = 'x' WHERE seq = 2", "order_events: row 2 of link"),
    ("DELETE FROM executions WHERE root = 'r-2'", "executions: row main, r-2, 1 of link"),
    ("DELETE FROM halts", "halts: row 1 of link"),
    (
        "INSERT INTO halts (scope, state, reason, who, time) VALUES ('*', 'active', '', '', 't')",
        "halts: row 2 was written by no trimtab",
    ),
    ("UPDATE chain SET total = total + 1 WHERE seq = 3", "link 3 is not what was written"),
    ("UPDATE chain SET body = 'x' WHERE seq = 3", "link 3 is not what was written"),
    ("DELETE FROM chain WHERE seq = 4", "link 5 follows link 3"),
    ("DELETE FROM chain WHERE seq = 1", "link 2 follows link 0"),
    (
        "DELETE FROM chain WHERE seq = (SELECT max(seq) FROM chain)",
        "outbox: row m-1 was written by no trimtab",
    ),
]


@pytest.mark.parametrize(("act", "said"), TAMPERED)
def test_what_was_changed_past_the_book_is_found(path: Path, act: str, said: str) -> None:
    with Book.open(path, upgrade=False) as book:
        worked(book)
    connection = unguarded(path)
    assert connection.execute(act).rowcount >= 1
    connection.commit()
    connection.close()
    found = broken(path)
    assert found[0].startswith(said), found
    with pytest.raises(BookError, match=r"changed past trimtab.*db check"):
        Book.open(path, upgrade=False)


def test_a_stranger_is_found_on_a_server_too(book: Book, url: str) -> None:
    worked(book)
    engine = create_engine(locate(url).url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO halts (scope, state, reason, who, time) "
                "VALUES ('*', 'active', '', '', '2026-03-02T15:00:00.000000+00:00')"
            )
        )
    engine.dispose()
    assert broken(url) == ["halts: row 2 was written by no trimtab"]
    with pytest.raises(BookError, match=r"rows and .* are there"):
        Book.open(url, upgrade=False)


def test_an_old_row_is_left_to_the_full_check(path: Path) -> None:
    """A start looks at the end of the chain; ten years are not hashed each time."""
    with Book.open(path, upgrade=False) as book:
        worked(book)
        many = [make_execution(f"m-{number}") for number in range(RECENT_ROWS)]
        book.record(ACCOUNT, many, [], [], [])
        book.keep_tieout(ACCOUNT, NOW, ok=True, text="")
    connection = unguarded(path)
    connection.execute("UPDATE executions SET price = '1' WHERE root = 'r-1'")
    connection.commit()
    connection.close()
    Book.open(path, upgrade=False).close()
    (found,) = broken(path)
    assert "executions: row main, r-1, 1 of link" in found
    assert found.endswith("was changed")


COLUMNS = [(name, column.name) for name, table in METADATA.tables.items() for column in table.c]


def test_a_change_of_any_column_is_found(path: Path) -> None:
    with Book.open(path, upgrade=False) as book:
        worked(book)
    unguarded(path).close()
    engine = connect(locate(path))
    changed = 0
    with engine.connect() as connection:
        for table, column in COLUMNS:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            act = f"UPDATE {table} SET {column} = coalesce({column} || 7, 'x')"  # noqa: S608 our own names
            done = connection.exec_driver_sql(f"{act} WHERE rowid = 1")
            changed += done.rowcount
            assert bool(done.rowcount) == any(broken_rows(connection)), (table, column)
            connection.rollback()
    engine.dispose()
    assert changed > 100


def test_two_writers_make_one_chain(url: str) -> None:
    with Book.open(url, upgrade=False) as one, Book.open(url, upgrade=False) as two:
        bound(one)
        for number in range(20):
            writer = (one, two)[number % 2]
            writer.keep_tieout(ACCOUNT, NOW + timedelta(seconds=number), ok=True, text="")
    assert [link[0] for link in chain_of(url)] == list(range(1, len(chain_of(url)) + 1))
    assert broken(url) == []
