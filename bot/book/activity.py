"""What the limits count: orders, values, cycles, refusals and unknown outcomes of an account.

An order counts from the moment it is noted as sent, whatever became of it (Delegated Regulation
(EU) 2017/589, article 15(2)). One that is worked as several, one after the other, counts once.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select

from bot.book.orders import unsettled
from bot.book.recent import Leg, legs
from bot.book.rows import TURNED_DOWN, UNKNOWN_STEPS, Activity
from bot.book.schema import intents, order_events
from brokers.words import ZERO, AccountId, Currency


def activity(
    connection: Connection,
    account: AccountId,
    session_start: datetime,
    sessions_back_start: datetime,
) -> Activity:
    """Since ``session_start``, and for cycles also since ``sessions_back_start``."""
    today = legs(connection, account, session_start)
    refused = _turned_down(connection, account, session_start)
    open_orders = unsettled(connection, account)
    unknown = [row for row in open_orders if row.last_event in UNKNOWN_STEPS]
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


def _values(today: Sequence[Leg]) -> dict[Currency, Decimal]:
    """Quantity times limit by currency, added up exactly: SQL would do it in floats on SQLite."""
    values: dict[Currency, Decimal] = {}
    for leg in today:
        values[leg.currency] = values.get(leg.currency, ZERO) + leg.value
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
