"""Holds the book against its chain: all of it for ``db check``, its end and its size at a start.

Ten years are not hashed again at each start: a start compares the last rows with the links that
name them, and counts the others. What it leaves out, a full check finds, with its place.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection

from bot.book.chain import (
    CHAIN,
    START,
    Entry,
    Link,
    ask,
    entries_at,
    entries_of,
    head_of,
    marks,
    newest,
)
from bot.book.schema import METADATA

RECENT_ROWS = 10_000
"""Rows that are compared at each start. A younger book is compared whole, every book each night."""

_BATCH = 5_000
"""Entries that are compared at a time."""


class _Row(NamedTuple):
    """A link as it is stored."""

    seq: int
    head: str
    total: int
    body: str


def broken(connection: Connection) -> Iterator[str]:
    """Everything that is not as the chain says, from its first link on."""
    counted: Counter[str] = Counter()
    yield from _links_and_rows(connection, _links_after(connection, 0), START, counted)
    for table, keys in _keys().items():
        if _counts(connection, table)[0] > counted[table]:
            yield from _strangers(connection, table, keys)


def recently_broken(connection: Connection) -> str | None:
    """The first thing that a start finds wrong; None where the end of the chain holds."""
    last = newest(connection)
    before = _link_at(connection, last.total - RECENT_ROWS)
    links = _links_after(connection, before.seq)
    found = next(_links_and_rows(connection, links, before, Counter()), None)
    return found or _miscounted(connection, last)


def _links_after(connection: Connection, seq: int) -> Iterator[_Row]:
    """All links after the one of this number, in order, some hundred at a time."""
    there = "SELECT seq, head, total, body FROM chain WHERE seq > {} ORDER BY seq LIMIT 500"
    query = there.format(marks(connection, 1))
    while found := [_Row(*row) for row in ask(connection, query, (seq,))[1]]:
        yield from found
        seq = found[-1].seq


def _link_at(connection: Connection, total: int) -> Link:
    """The first link that names so many rows with those before it; ``START`` for none."""
    if total <= 0:
        return START
    there = "SELECT seq, head, total FROM chain WHERE total >= {} ORDER BY seq LIMIT 1"
    rows = ask(connection, there.format(marks(connection, 1)), (total,))[1]
    return next((Link(*row) for row in list(rows)), START)


def _miscounted(connection: Connection, last: Link) -> str | None:
    for table in _keys():  # every column is there
        columns = ", ".join(METADATA.tables[table].columns.keys())
        list(ask(connection, f"SELECT {columns} FROM {table} LIMIT 0")[1])  # noqa: S608 our own names
    there = sum(_counts(connection, *_keys()))
    if there == last.total:
        return None
    return f"the chain names {last.total} rows and {there} are there"


def _counts(connection: Connection, *tables: str) -> tuple[int, ...]:
    """How many rows each has, in one question."""
    each = (f"(SELECT count(*) FROM {table})" for table in tables)  # noqa: S608 our own names
    (counted,) = ask(connection, f"SELECT {', '.join(each)}")[1]
    return counted


def _links_and_rows(
    connection: Connection, links: Iterable[_Row], before: Link, counted: Counter[str]
) -> Iterator[str]:
    """Go along the links; compare the rows that they name, some thousands at a time."""
    waiting: list[tuple[int, Entry]] = []
    for row in links:
        entries = _entries(row.body)
        if fault := _fault(before, row, len(entries)):
            yield fault
        before = Link(row.seq, row.head, row.total)
        waiting.extend((row.seq, entry) for entry in entries)
        counted.update(entry[0] for entry in entries)
        if len(waiting) >= _BATCH:
            yield from _compared(connection, waiting)
            waiting = []
    yield from _compared(connection, waiting)


def _entries(body: str) -> list[Entry]:
    """Nothing where it cannot be read: its head does not fit either."""
    try:
        return [(table, tuple(key), digest) for table, key, digest in json.loads(body)]
    except (ValueError, TypeError):
        return []


def _fault(before: Link, row: _Row, added: int) -> str | None:
    if row.seq != before.seq + 1:
        return f"link {row.seq} follows link {before.seq}"
    if row.head != head_of(before.head, row.seq, row.total, row.body):
        return f"link {row.seq} is not what was written after link {before.seq}"
    if row.total != before.total + added:
        return f"link {row.seq} counts {row.total} rows, {added} after {before.total}"
    return None


def _compared(connection: Connection, waiting: Sequence[tuple[int, Entry]]) -> Iterator[str]:
    by_table: dict[str, list[tuple[Any, ...]]] = {}
    for _, (table, key, _) in waiting:
        by_table.setdefault(table, []).append(key)
    there: dict[tuple[str, tuple[Any, ...]], str] = {}
    for table, wanted in by_table.items():
        if keys := _keys().get(table):
            found = entries_at(connection, table, keys, wanted)
            there.update(((name, key), digest) for name, key, digest in found)
    for seq, (table, key, digest) in waiting:
        stored = there.get((table, key))
        if stored != digest:
            what = "is not there any more" if stored is None else "was changed"
            yield f"{table}: row {_name(key)} of link {seq} {what}"


def _strangers(connection: Connection, table: str, keys: tuple[str, ...]) -> Iterator[str]:
    """Rows that no link names: somebody wrote past the book."""
    links = _links_after(connection, 0)
    named = {key for link in links for name, key, _ in _entries(link.body) if name == table}
    for _, key, _ in entries_of(connection, table, keys):
        if key not in named:
            yield f"{table}: row {_name(key)} was written by no trimtab"


def _name(key: tuple[Any, ...]) -> str:
    return ", ".join(map(str, key))


@cache
def _keys() -> dict[str, tuple[str, ...]]:
    """Every table that is chained, and the columns that make a row of it one and the same."""
    return {
        name: tuple(column.name for column in table.primary_key)
        for name, table in METADATA.tables.items()
        if name != CHAIN
    }
