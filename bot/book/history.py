"""What accounts looked like over time, and whether the book agreed with the broker."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, insert, select

from bot.book.rows import SnapshotRow, TieOut
from bot.book.schema import snapshots, tieouts
from brokers.words import AccountId, Symbol

_PARTS = ("weights", "targets", "lows", "highs")


def keep_snapshot(connection: Connection, row: SnapshotRow) -> None:
    """Write down what an account looks like."""
    parts = (row.weights, row.targets, row.lows, row.highs)
    body = {name: _as_text(part) for name, part in zip(_PARTS, parts, strict=True)}
    connection.execute(
        insert(snapshots).values(
            account=row.account,
            time=row.time,
            session=row.session,
            nav=row.nav,
            cash=row.cash,
            body=json.dumps(body),
        )
    )


def nav_history(
    connection: Connection, account: AccountId, since: datetime | None
) -> tuple[SnapshotRow, ...]:
    """Every look at an account from ``since`` on, oldest first."""
    columns = ("account", "time", "session", "nav", "cash", "body")
    query = (
        select(*(snapshots.c[name] for name in columns))
        .where(snapshots.c.account == account)
        .order_by(snapshots.c.time, snapshots.c.seq)
    )
    if since is not None:
        query = query.where(snapshots.c.time >= since)
    return tuple(
        SnapshotRow(*row[:-1], *_as_weights(row.body)) for row in connection.execute(query)
    )


def _as_text(part: Mapping[Symbol, Decimal]) -> dict[str, str]:
    return {symbol: str(weight) for symbol, weight in part.items()}


def _as_weights(body: str) -> tuple[dict[Symbol, Decimal], ...]:
    parts = json.loads(body)
    return tuple(
        {Symbol(symbol): Decimal(weight) for symbol, weight in parts[name].items()}
        for name in _PARTS
    )


def keep_tieout(connection: Connection, tieout: TieOut) -> None:
    """Write down whether book and broker agreed."""
    connection.execute(
        insert(tieouts).values(
            account=tieout.account, time=tieout.time, ok=int(tieout.ok), text=tieout.text
        )
    )


def first_tieout(connection: Connection, account: AccountId) -> TieOut | None:
    """The first look at the account."""
    return _tieout(connection, account, tieouts.c.seq)


def last_tieout(connection: Connection, account: AccountId) -> TieOut | None:
    """The newest comparison of book and broker."""
    return _tieout(connection, account, tieouts.c.seq.desc())


def _tieout(connection: Connection, account: AccountId, order: ColumnElement[int]) -> TieOut | None:
    query = select(tieouts).where(tieouts.c.account == account).order_by(order)
    found = connection.execute(query.limit(1)).first()
    if found is None:
        return None
    return TieOut(found.account, found.time, bool(found.ok), found.text)
