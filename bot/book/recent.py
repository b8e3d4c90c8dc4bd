"""What an account has traded of each name lately, counted by the orders of its plans.

An order of a plan may be worked as several, one after the other; they have its plan and its leg,
and count as one. One that ended without a fill is as if it had never been.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from bot.book.orders import filled_quantities
from bot.book.rows import FINAL_STEPS, TURNED_DOWN
from bot.book.schema import intents, order_events
from brokers.words import ZERO, AccountId, Currency, OrderKey, Side, Symbol


@dataclass(frozen=True, slots=True)
class Traded:
    """One side of a name: ``plans`` are those of this session that traded it, or still may.

    ``meant`` is the largest order of a plan in this session, ``done`` all that was filled of them
    or still may be; ``lately`` the same of the last sessions, as many as two sides lie apart.
    """

    plans: int = 0
    meant: Decimal = ZERO
    done: Decimal = ZERO
    lately: Decimal = ZERO


Recent = Mapping[tuple[Symbol, Side], Traded]


@dataclass(frozen=True, slots=True)
class Leg:
    """One order of a plan with all that it was worked as."""

    plan_id: str
    symbol: Symbol
    side: Side
    last: datetime
    largest: Decimal
    done: Decimal
    value: Decimal
    """Quantity times limit: of what was filled and still may be, but at least of its largest."""
    currency: Currency


def recent(
    connection: Connection, account: AccountId, session_start: datetime, since: datetime
) -> Recent:
    """Both sides of every name that was traded from ``since`` or ``session_start`` on."""
    found: dict[tuple[Symbol, Side], list[Leg]] = {}
    for leg in legs(connection, account, min(since, session_start)):
        if leg.done > 0:
            found.setdefault((leg.symbol, leg.side), []).append(leg)
    return {place: _traded(each, session_start, since) for place, each in found.items()}


def _traded(every: Sequence[Leg], session_start: datetime, since: datetime) -> Traded:
    today = [leg for leg in every if leg.last >= session_start]
    return Traded(
        plans=len({leg.plan_id for leg in today}),
        meant=max((leg.largest for leg in today), default=ZERO),
        done=sum((leg.done for leg in today), ZERO),
        lately=sum((leg.done for leg in every if leg.last >= since), ZERO),
    )


def legs(connection: Connection, account: AccountId, since: datetime) -> tuple[Leg, ...]:
    """Every order of a plan of which anything was sent from ``since`` on."""
    rows = connection.execute(_sent(), {"of": account, "since": since}).all()
    filled = filled_quantities(connection, _sent_keys(since)) if rows else {}
    worked: dict[tuple[str, int], list[Any]] = {}
    for row in rows:
        worked.setdefault((row.plan_id, row.leg), []).append(row)
    return tuple(_leg(each, filled) for each in worked.values())


@cache
def _sent() -> Select[Any]:
    """From the events of sending on, which are few beside all orders; each order is sent once."""
    step, sending = order_events.alias(), order_events.alias()
    last = select(func.max(step.c.seq)).where(step.c.key == intents.c.key)
    columns = ("key", "plan_id", "leg", "symbol", "side", "quantity", "limit_price", "currency")
    return (
        select(
            *(intents.c[name] for name in columns),
            order_events.c.kind.label("last_event"),
            sending.c.time.label("sent"),
        )
        .select_from(
            sending.join(intents, intents.c.key == sending.c.key).join(
                order_events, order_events.c.seq == last.scalar_subquery()
            )
        )
        .where(
            intents.c.account == bindparam("of"),
            sending.c.kind == "sent",
            sending.c.time >= bindparam("since"),
        )
        .order_by(intents.c.created, intents.c.key)
    )


def _sent_keys(since: datetime) -> Select[Any]:
    event = order_events.alias()
    return select(event.c.key).where(event.c.kind == "sent", event.c.time >= since)


def _leg(rows: list[Any], filled: Mapping[Any, Decimal]) -> Leg:
    first = rows[0]
    done = [
        filled.get(row.key, ZERO) if row.last_event in FINAL_STEPS else row.quantity for row in rows
    ]
    value = sum((d * row.limit_price for d, row in zip(done, rows, strict=True)), ZERO)
    return Leg(
        plan_id=first.plan_id,
        symbol=first.symbol,
        side=first.side,
        last=max(row.sent for row in rows),
        largest=max(row.quantity for row in rows),
        done=sum(done, ZERO),
        value=max(value, *(row.quantity * row.limit_price for row in rows)),
        currency=first.currency,
    )


@dataclass(frozen=True, slots=True)
class Turned:
    """A name that the broker turned down: how often for its commonest reason, and when last."""

    times: int
    reason: str
    last: datetime


def same_reasons(
    connection: Connection, account: AccountId, since: datetime
) -> Mapping[Symbol, Turned]:
    """What the broker turned down from ``since`` on, each order once."""
    query = (
        select(intents.c.symbol, order_events.c.key, order_events.c.detail, order_events.c.time)
        .join(order_events, order_events.c.key == intents.c.key)
        .where(
            intents.c.account == account,
            order_events.c.kind.in_(TURNED_DOWN),
            order_events.c.time >= since,
        )
        .order_by(order_events.c.seq)
    )
    told: dict[Symbol, dict[Any, str]] = {}
    last: dict[Symbol, datetime] = {}
    for row in connection.execute(query):
        told.setdefault(row.symbol, {})[row.key] = row.detail
        last[row.symbol] = row.time
    common = {symbol: Counter(each.values()).most_common(1)[0] for symbol, each in told.items()}
    return {s: Turned(times, reason, last[s]) for s, (reason, times) in common.items()}


@dataclass(frozen=True, slots=True)
class Worked:
    """What was sent for one order of a plan so far: shares that were filled, and their value.

    Of one that may still fill all shares count; ``is_live`` says that there is such a one.
    """

    times: int
    done: Decimal
    value: Decimal
    is_live: bool


def worked(connection: Connection, plan_id: str, symbol: Symbol, but: OrderKey) -> Worked:
    """All orders of a plan in one name, but for one that was not sent yet."""
    step = order_events.alias()
    last = select(func.max(step.c.seq)).where(step.c.key == intents.c.key)
    mine = (intents.c.plan_id == plan_id, intents.c.symbol == symbol, intents.c.key != but)
    query = (
        select(intents.c.key, intents.c.quantity, intents.c.limit_price, order_events.c.kind)
        .select_from(intents.join(order_events, order_events.c.seq == last.scalar_subquery()))
        .where(*mine)
    )
    rows = [row for row in connection.execute(query).all() if row.kind != "blocked"]
    filled = filled_quantities(connection, select(intents.c.key).where(*mine)) if rows else {}
    live = [row for row in rows if row.kind not in FINAL_STEPS]
    shares = {row.key: row.quantity if row in live else filled.get(row.key, ZERO) for row in rows}
    return Worked(
        times=len(rows),
        done=sum(shares.values(), ZERO),
        value=sum((shares[row.key] * row.limit_price for row in rows), ZERO),
        is_live=bool(live),
    )
