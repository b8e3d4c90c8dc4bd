"""A hash chain over the book: each transaction that adds rows adds the link that names them.

    body    every row that was added: its table, its key, and the digest of what is stored
    total   how many rows the chain names up to here
    head    SHA-256 of the head before, this link's number, ``total`` and ``body``

So nobody changes, removes or adds a row past the book without it being found: ``db check`` says
which. Digests are taken from what the database gives back and leave out what is NULL, so that a
column that is added later changes none of them.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table, inspect

from bot.book.version import VERSION_TABLE

CHAIN = "chain"
"""The table of the links, which are not links themselves."""

_ADDED = "rows added"
"""Where a connection remembers what this transaction has inserted."""

_LAST = "SELECT seq, head, total FROM chain ORDER BY seq DESC LIMIT 1"
_FORGE = "INSERT INTO chain (seq, head, total, body) VALUES ({})"

_CHUNK = 300
"""Rows in one question; SQLite before 3.32 takes no more than 999 parameters."""


@dataclass(frozen=True, slots=True)
class Link:
    """The newest link, or any: its number, its head and how many rows are named up to it."""

    seq: int
    head: str
    total: int


START = Link(0, "", 0)
"""Before the first link."""

Entry = tuple[str, tuple[Any, ...], str]
"""A row in a body: table, key, digest."""


def note_insert(connection: Connection, *told: Any) -> None:  # noqa: ANN401 as SQLAlchemy calls it
    """Remember which rows a statement added, until ``seal``."""
    context = told[3]
    if context.isinsert and connection.get_execution_options().get("writes"):
        table = context.compiled.statement.table
        added = connection.info.setdefault(_ADDED, {})
        added.setdefault(table, []).extend(context.compiled_parameters)


def open_seal(connection: Connection) -> None:
    """Forget what a transaction that failed has added."""
    connection.info.pop(_ADDED, None)


def seal(connection: Connection) -> Link | None:
    """Add the link of what this transaction added; None where it added nothing."""
    added: dict[Table, list[dict[str, Any]]] = connection.info.pop(_ADDED, {})
    if not added:
        return None
    return _forge(
        connection,
        [entry for table, rows in added.items() for entry in _written(connection, table, rows)],
    )


def seal_all(connection: Connection) -> None:
    """The first link, over all rows that are there."""
    known = inspect(connection)
    entries: list[Entry] = []
    for table in sorted(set(known.get_table_names()) - {CHAIN, VERSION_TABLE}):
        keys = tuple(known.get_pk_constraint(table)["constrained_columns"])
        entries.extend(entries_of(connection, table, keys))
    if entries:
        _forge(connection, entries)


def _forge(connection: Connection, entries: Sequence[Entry]) -> Link:
    last = newest(connection)
    body = _BODY.encode(entries)
    seq, total = last.seq + 1, last.total + len(entries)
    link = Link(seq, head_of(last.head, seq, total, body), total)
    forge = _FORGE.format(marks(connection, 4))
    ask(connection, forge, (seq, link.head, total, body))
    return link


def newest(connection: Connection) -> Link:
    """The last link; ``START`` where there is none yet."""
    _, rows = ask(connection, _LAST)
    return next((Link(*row) for row in list(rows)), START)


def ask(
    connection: Connection, statement: str, values: tuple[Any, ...] = ()
) -> tuple[Sequence[str], Iterable[tuple[Any, ...]]]:
    """Names of the columns and all rows of an answer, as the database has them.

    On SQLite the driver is asked itself: each commit asks, and what the driver answers in some
    microseconds takes the library around it twenty times as long to hand on.
    """
    if connection.dialect.name == "sqlite":
        driver = connection.connection.dbapi_connection
        assert driver is not None, "it is open"
        cursor = driver.execute(statement, values)
        return tuple(column[0] for column in cursor.description or ()), cursor
    found = connection.exec_driver_sql(statement, values)
    if not found.returns_rows:
        return (), ()
    return tuple(found.keys()), (tuple(row) for row in found)


def head_of(before: str, seq: int, total: int, body: str) -> str:
    """What the head of a link must be."""
    return sha256(f"{before}\n{seq}\n{total}\n{body}".encode()).hexdigest()


def _written(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]]
) -> Iterator[Entry]:
    """What the database stored of ``rows``; where it counts by itself, its last ones are ours."""
    keys = tuple(column.name for column in table.primary_key)
    if keys == ("seq",):
        last = f"ORDER BY seq DESC LIMIT {len(rows)}"
        yield from reversed(list(entries_of(connection, table.name, keys, last)))
        return
    yield from entries_at(connection, table.name, keys, [tuple(r[k] for k in keys) for r in rows])


def entries_at(
    connection: Connection, table: str, keys: Sequence[str], wanted: Sequence[tuple[Any, ...]]
) -> Iterator[Entry]:
    """Entries of the rows at ``wanted`` keys, as far as they are there."""
    row = f"({marks(connection, len(keys))})"
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        where = f"WHERE ({', '.join(keys)}) IN (VALUES {', '.join([row] * len(part))})"
        yield from entries_of(connection, table, keys, where, tuple(chain.from_iterable(part)))


def marks(connection: Connection, count: int) -> str:
    """Places for ``count`` values, as the driver writes them."""
    return ", ".join(["?" if connection.dialect.name == "sqlite" else "%s"] * count)


def entries_of(
    connection: Connection,
    table: str,
    keys: Sequence[str],
    which: str = "",
    values: tuple[Any, ...] = (),
) -> Iterator[Entry]:
    """Entries of the rows of a table, or of ``which`` of them."""
    query = f"SELECT * FROM {table} {which}"  # noqa: S608 our own names
    names, rows = ask(connection, query, values)
    at = [names.index(key) for key in keys]
    for row in rows:
        yield table, tuple(row[i] for i in at), digest(zip(names, row, strict=True))


def digest(row: Iterable[tuple[str, Any]]) -> str:
    """Half a SHA-256 of a row as JSON, its columns by name and without those that are NULL."""
    there = {name: value for name, value in row if value is not None}
    return sha256(_ROW.encode(there).encode()).hexdigest()[:32]


def _plain(value: object) -> str:
    """What a database's own types look like on the other one."""
    match value:
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case bytes() | memoryview():
            return bytes(value).hex()
        case _:
            raise TypeError(f"no row of the book has a {type(value).__name__}")


_BODY = json.JSONEncoder(separators=(",", ":"))
_ROW = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain)
"""Made once: that takes longer than a row."""
