"""Holds the book against its chain: all of it for ``db check``, its end and its size at a start.

Ten years are not hashed again at each start: a start compares the last rows with the links that
name them, and counts the others. What it leaves out, a full check finds, with its place.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bot.book.chain import CHAIN, START, Entry, Link, entries_at, entries_of, head_of, newest
from bot.book.schema import METADATA, chain

RECENT_ROWS = 10_000
"""Rows that are compared at each start: a fifth of a second. A younger book is compared whole."""

_BATCH = 5_000
"""Entries that are compared at a time."""


def broken(connection: Connection) -> Iterator[str]:
    """Everything that is not as the chain says, from its first link on."""
    query = select(chain).order_by(chain.c.seq).execution_options(yield_per=500)
    counted: Counter[str] = Counter()
    with connection.execute(query) as links:
        yield from _links_and_rows(connection, links, START, counted)
    for table, keys in _keys().items():
        there = connection.execute(select(func.count()).select_from(METADATA.tables[table]))
        if there.scalar_one() > counted[table]:
            yield from _strangers(connection, table, keys)


def recently_broken(connection: Connection) -> str | None:
    """The first thing that a start finds wrong; None where the end of the chain holds."""
    last = newest(connection)
    before = _link_at(connection, last.total - RECENT_ROWS)
    query = select(chain).where(chain.c.seq > before.seq).order_by(chain.c.seq)
    links = connection.execute(query).all()
    found = next(_links_and_rows(connection, links, before, Counter()), None)
    return found or _miscounted(connection, last)


def _link_at(connection: Connection, total: int) -> Link:
    """The first link that names so many rows with those before it; ``START`` for none."""
    query = select(chain).where(chain.c.total >= total).order_by(chain.c.seq).limit(1)
    row = connection.execute(query).first() if total > 0 else None
    return START if row is None else _link(row)


def _miscounted(connection: Connection, last: Link) -> str | None:
    there = 0
    for table in map(METADATA.tables.__getitem__, _keys()):
        connection.execute(select(table).limit(0))  # every column is there
        there += connection.execute(select(func.count()).select_from(table)).scalar_one()
    if there == last.total:
        return None
    return f"the chain names {last.total} rows and {there} are there"


def _link(row: Row[Any]) -> Link:
    return Link(row.seq, row.head, row.total)


def _links_and_rows(
    connection: Connection, links: Iterable[Row[Any]], before: Link, counted: Counter[str]
) -> Iterator[str]:
    """Go along the links; compare the rows that they name, some thousands at a time."""
    waiting: list[tuple[int, Entry]] = []
    for row in links:
        entries = _entries(row.body)
        if fault := _fault(before, row, len(entries)):
            yield fault
        before = _link(row)
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


def _fault(before: Link, row: Row[Any], added: int) -> str | None:
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
    bodies = connection.execute(select(chain.c.body).order_by(chain.c.seq)).scalars()
    named = {key for body in bodies for name, key, _ in _entries(body) if name == table}
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
