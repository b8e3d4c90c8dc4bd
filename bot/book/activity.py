"""What the limits count: orders, values, cycles, refusals and unknown outcomes of an account.

An order counts from the moment it is noted as sent, whatever became of it (Delegated Regulation
(EU) 2017/589, article 15(2)).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bot.book.orders import unsettled
from bot.book.rows import TURNED_DOWN, Activity
from bot.book.schema import intents, order_events
from brokers.words import ZERO, AccountId, Currency


def activity(
    connection: Connection,
    account: AccountId,
    session_start: datetime,
    sessions_back_start: datetime,
) -> Activity:
    """Since ``session_start``, and for cycles also since ``sessions_back_start``."""
    today = _first_sent(connection, account, session_start)
    refused = _turned_down(connection, account, session_start)
    open_orders = unsettled(connection, account)
    unknown = [row for row in open_orders if row.last_event == "unclear"]
    return Activity(
        orders_today=len(today),
        value_by_currency=_values(today),
        cycles_today=len({row.plan_id for row in today}),
        cycles_recent=_cycles(connection, account, sessions_back_start),
        rejects_today=sum(refused.values()),
        rejects_by_symbol=refused,
        orders_open=sum(row.last_event is not None for row in open_orders),
        unknowns=len(unknown),
        unknown_symbols=frozenset(row.order.symbol for row in unknown),
    )


def _first_sent(connection: Connection, account: AccountId, since: datetime) -> Sequence[Row[Any]]:
    """Orders that were sent from ``since`` on, each once."""
    columns = ("key", "plan_id", "quantity", "limit_price", "currency")
    sent = select(order_events.c.seq).where(
        order_events.c.key == intents.c.key,
        order_events.c.kind == "sent",
        order_events.c.time >= since,
    )
    query = select(*(intents.c[name] for name in columns)).where(
        intents.c.account == account, sent.exists()
    )
    return connection.execute(query).all()


def _values(orders: Sequence[Row[Any]]) -> dict[Currency, Decimal]:
    """Quantity times limit by currency, added up exactly: SQL would do it in floats on SQLite."""
    values: dict[Currency, Decimal] = {}
    for row in orders:
        value = row.quantity * row.limit_price
        values[row.currency] = values.get(row.currency, ZERO) + value
    return values


def _cycles(connection: Connection, account: AccountId, since: datetime) -> int:
    query = (
        select(func.count(intents.c.plan_id.distinct()))
        .join(order_events, order_events.c.key == intents.c.key)
        .where(
            intents.c.account == account,
            order_events.c.kind == "sent",
            order_events.c.time >= since,
        )
    )
    return connection.execute(query).scalar_one()


def _turned_down(connection: Connection, account: AccountId, since: datetime) -> Counter[Any]:
    """Orders that the broker refused, by symbol."""
    query = (
        select(intents.c.symbol, func.count(intents.c.key.distinct()).label("orders"))
        .join(order_events, order_events.c.key == intents.c.key)
        .where(
            intents.c.account == account,
            order_events.c.kind.in_(TURNED_DOWN),
            order_events.c.time >= since,
        )
        .group_by(intents.c.symbol)
    )
    return Counter({row.symbol: row.orders for row in connection.execute(query)})
