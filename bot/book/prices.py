"""Cached price histories: a row for each answer of a source, and now and then one for all of it.

A row holds many names. From time to time the whole of a feed is written once more, as its ``base``:
reading begins there. Nothing is deleted by that; it only need not be read any more.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, insert, select

from bot.book.price_rows import FeedRow, Fetch, Origin, PriceKind, PriceRow, Prices
from bot.book.schema import prices as table
from brokers.words import Bars

if TYPE_CHECKING:
    from bot.book.packed import Block

ROWS_MAX = 64
"""Rows that are read one after the other before they are put together into a base."""
BASE_DAYS = 2600
"""Days that a base holds, ten years and a little."""


def read(connection: Connection, feed: str, before: Prices | None) -> Prices:
    """All that is cached of ``feed``; what was read ``before`` where nothing came since."""
    from bot.book.price_table import assemble

    newest = connection.execute(select(func.max(table.c.seq)).where(table.c.feed == feed)).scalar()
    if before is not None and before.seq == (newest or 0):
        return before
    return assemble(feed, _rows(connection, feed))


def keep(connection: Connection, feed: str, fetches: Sequence[Fetch]) -> None:
    """Write down what a source told, and a new base where many rows have come together."""
    rows = [row for fetch in fetches for row in _told(feed, fetch)]
    if rows:
        connection.execute(insert(table), rows)
    if _count(connection, feed) > ROWS_MAX and (base := list(_base(connection, feed))):
        connection.execute(insert(table), base)


def feeds(connection: Connection) -> tuple[FeedRow, ...]:
    """Every feed there is, by name."""
    size = func.sum(func.length(table.c.body))
    query = select(table.c.feed, func.count(), size, func.max(table.c.seq)).group_by(table.c.feed)
    found = connection.execute(query.order_by(table.c.feed)).all()
    return tuple(
        FeedRow(feed, count, int(total), _fetched(connection, newest))
        for feed, count, total, newest in found
    )


def _fetched(connection: Connection, seq: int) -> datetime:
    query = select(table.c.fetched).where(table.c.seq == seq)
    moment: datetime = connection.execute(query).scalar_one()
    return moment


def _start(connection: Connection, feed: str) -> int:
    """The row from which on a feed is read."""
    query = select(func.max(table.c.seq)).where(table.c.feed == feed, table.c.kind == "base")
    return connection.execute(query).scalar() or 0


def _count(connection: Connection, feed: str) -> int:
    query = select(func.count()).where(
        table.c.feed == feed, table.c.seq >= _start(connection, feed)
    )
    return connection.execute(query).scalar_one()


def _rows(connection: Connection, feed: str) -> list[PriceRow]:
    names = ("seq", "kind", "fetched", "through", "source", "adjusted", "consolidated", "body")
    query = (
        select(*(table.c[name] for name in names))
        .where(table.c.feed == feed, table.c.seq >= _start(connection, feed))
        .order_by(table.c.seq)
    )
    return [
        PriceRow(
            seq=row.seq,
            kind=row.kind,
            fetched=row.fetched,
            through=row.through,
            origin=Origin(row.source, bool(row.adjusted), bool(row.consolidated)),
            body=bytes(row.body),
        )
        for row in connection.execute(query)
    ]


def _told(feed: str, fetch: Fetch) -> Iterator[dict[str, Any]]:
    """A row for each way in which the source speaks of its prices, which usually is one."""
    from dataclasses import replace

    from bot.book.price_table import block_of

    parts: dict[Origin, list[Bars]] = {}
    for bars in fetch.bars:
        origin = Origin(bars.source, fetch.adjusted, bars.consolidated)
        parts.setdefault(origin, []).append(bars)
    for origin, some in parts.items():
        block = block_of(some, fetch.asked)
        marks = {s: fetch.marks[s] for s in block.symbols if s in fetch.marks}
        row = PriceRow(0, fetch.kind, fetch.fetched, fetch.through, origin, b"")
        yield _values(feed, row, replace(block, marks=marks))


def _values(feed: str, row: PriceRow, block: "Block") -> dict[str, Any]:
    from bot.book.packed import pack

    return {
        "feed": feed,
        "kind": row.kind,
        "fetched": row.fetched,
        "through": row.through,
        "source": row.origin.source,
        "adjusted": int(row.origin.adjusted),
        "consolidated": int(row.origin.consolidated),
        "body": pack(block),
    }


def _base(connection: Connection, feed: str) -> Iterator[dict[str, Any]]:
    """The whole feed as a few rows: names that were last asked for together share one."""
    import numpy as np

    from bot.book.packed import Block
    from bot.book.price_table import assemble

    whole = assemble(feed, _rows(connection, feed))
    symbols = list(whole.places)
    groups: dict[tuple[int, int, int], list[int]] = {}
    for place in range(len(symbols)):
        tried, told, begun = (int(x[place]) for x in (whole.tried, whole.told, whole.begun))
        asked = whole.asked[begun] if begun >= 0 else 0
        groups.setdefault((tried, told, asked), []).append(place)
    for number, ((tried, told, asked), places) in enumerate(groups.items()):
        closes = whole.closes[places, -BASE_DAYS:]
        has = ~np.isnan(closes).all(axis=0)
        names = tuple(symbols[place] for place in places)
        block = Block(
            symbols=names,
            days=whole.days[-BASE_DAYS:][has],
            closes=closes[:, has],
            volumes=whole.volumes[places, -BASE_DAYS:][:, has],
            asked=asked,
            marks={name: whole.marks[name] for name in names if name in whole.marks},
        )
        row = whole.rows[tried]
        origin = whole.rows[told].origin if told >= 0 else row.origin
        kind: PriceKind = "whole" if number else "base"
        yield _values(feed, PriceRow(0, kind, row.fetched, row.through, origin, b""), block)
