"""How lots are relieved: the method from which day on, and the lots that were named for a sale.

The newest word on a sale counts, and so does the newest on a day.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, insert, select

from bot.book import schema
from bot.book.rows import NamedRow, ReliefRow
from brokers.words import AccountId


def keep_relief(connection: Connection, account: AccountId, row: ReliefRow, time: datetime) -> None:
    """Write down by what method lots are relieved from a day on."""
    values = {
        "since": row.since,
        "relief": row.relief,
        "short_rate": row.short_rate,
        "long_rate": row.long_rate,
    }
    connection.execute(insert(schema.reliefs).values(account=account, time=time, **values))


def reliefs(connection: Connection, account: AccountId) -> tuple[ReliefRow, ...]:
    """The method from each day on, in the order in which they were written down."""
    table = schema.reliefs
    query = (
        select(table.c.since, table.c.relief, table.c.short_rate, table.c.long_rate)
        .where(table.c.account == account)
        .order_by(table.c.seq)
    )
    return tuple(ReliefRow(*row) for row in connection.execute(query))


def name_lots(connection: Connection, account: AccountId, row: NamedRow) -> None:
    """Write down which lots a sale took."""
    flat = [word for lot, shares in row.lots for word in (lot, _said(shares))]
    connection.execute(
        insert(schema.named_lots).values(
            account=account, sale=row.sale, lots=tuple(flat), who=row.who, time=row.time
        )
    )


def named_lots(connection: Connection, account: AccountId) -> tuple[NamedRow, ...]:
    """Every word on the lots of a sale, oldest first."""
    table = schema.named_lots
    query = (
        select(table.c.sale, table.c.lots, table.c.who, table.c.time)
        .where(table.c.account == account)
        .order_by(table.c.seq)
    )
    return tuple(
        NamedRow(sale, tuple(zip(flat[::2], map(_shares, flat[1::2]), strict=True)), who, time)
        for sale, flat, who, time in connection.execute(query)
    )


def _said(shares: Decimal | None) -> str:
    return "" if shares is None else f"{shares:f}"


def _shares(said: str) -> Decimal | None:
    return Decimal(said) if said else None
