"""The database itself refuses to change or delete what is written, also past our own code."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from book_makers import ONE_ROW_EACH
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from bot.book.engine import locate
from bot.book.schema import METADATA

TABLES = tuple(METADATA.tables)


@pytest.fixture
def raw(url: str) -> Iterator[Connection]:
    """A plain connection to a book with one row in every table, none of our code in between."""
    engine = create_engine(locate(url).url)
    with engine.connect() as connection:
        fill(connection)
        connection.commit()
        yield connection
    engine.dispose()


def fill(connection: Connection) -> None:
    """One row in every table."""
    for table, row in ONE_ROW_EACH.items():
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608 our own names


def test_every_table_has_a_row() -> None:
    assert set(ONE_ROW_EACH) == set(TABLES)


def test_no_row_can_be_changed_or_deleted(raw: Connection) -> None:
    acts = ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"]
    if raw.dialect.name == "postgresql":
        acts.append("TRUNCATE {table} CASCADE")
    for table in TABLES:
        before = raw.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 our own names
        column = next(iter(ONE_ROW_EACH[table]))
        for act in acts:
            with pytest.raises(DBAPIError, match="append-only"):
                raw.execute(text(act.format(table=table, column=column)))
            raw.rollback()
        assert raw.execute(text(f"SELECT * FROM {table}")).all() == before  # noqa: S608 our own names
        assert len(before) == 1


def test_no_row_can_be_replaced(path: Path) -> None:
    engine = create_engine(locate(path).url)
    with engine.connect() as connection:
        fill(connection)
        connection.commit()
        for table in TABLES:
            with pytest.raises(DBAPIError, match="append-only"):
                connection.execute(text(f"REPLACE INTO {table} SELECT * FROM {table}"))  # noqa: S608 our own names
            connection.rollback()
    engine.dispose()


def test_a_second_mail_cannot_take_the_place_of_one_with_its_key(path: Path) -> None:
    engine = create_engine(locate(path).url)
    with engine.connect() as connection:
        fill(connection)
        connection.commit()
        row = ONE_ROW_EACH["outbox"] | {"mail_id": "m2"}
        values = ", ".join(f":{name}" for name in row)
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(
                text(f"REPLACE INTO outbox ({', '.join(row)}) VALUES ({values})"),  # noqa: S608 our own names
                row,
            )
    engine.dispose()


def test_the_command_line_of_the_database_is_refused_too(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO halts VALUES (1, '*', 'halted', 'storm', 'owner', 'now')")
    connection.commit()
    with pytest.raises(sqlite3.IntegrityError, match="halts is append-only"):
        connection.execute("DELETE FROM halts")
    connection.close()


def test_whoever_plays_a_replica_is_refused_too(
    new_database: object, postgresql_template: str
) -> None:
    assert callable(new_database)
    url = str(new_database(postgresql_template)).replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO halts (scope, state, reason, who, time) VALUES ('*', '', '', '', now())"
        )
        with pytest.raises(psycopg.errors.RestrictViolation, match="halts is append-only"):
            connection.execute("DELETE FROM halts")
