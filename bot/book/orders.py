"""What was sent: intents, committed before a byte of them leaves, and what became of each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, func, insert, select

from bot.book.errors import BookError, IllegalStep, NotHolder
from bot.book.forces import at_close
from bot.book.rows import FINAL_STEPS, NEXT_STEPS, Intent, Note, OrderRow, OrderStep
from bot.book.schema import executions, intents, order_events, plans
from brokers.words import ZERO, AccountId, Order, OrderKey, TimeInForce

if TYPE_CHECKING:
    from strategies.plan import PlanId


Fence = Callable[[Connection, AccountId, datetime], int]
"""Answers with the token of the lease that is held, and raises where none is."""

_CHUNK = 500
"""Keys in one question."""

DAY, CLOSE = TimeInForce.DAY, TimeInForce.CLOSE

_MEANT = (intents.c.created, intents.c.leg, intents.c.key)
"""The order of intent."""

_STEPS = (
    select(order_events.c.key, order_events.c.kind)
    .where(order_events.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(order_events.c.seq)
)
_LEASES = (
    select(intents.c.account, intents.c.token)
    .where(intents.c.key.in_(bindparam("keys", expanding=True)))
    .distinct()
)


def intend(
    connection: Connection,
    plan_id: "PlanId",
    account: AccountId,
    wanted: Sequence[Intent],
    fence: Fence,
) -> None:
    """Write down every order of a wave, all in one commit, before the first is sent."""
    owner = connection.execute(select(plans.c.account).where(plans.c.plan_id == plan_id)).scalar()
    if owner != account:
        what = f"no plan {plan_id} of {account} is in the book"
        raise BookError(what, "keep the plan before its orders")
    if wanted:
        token = fence(connection, account, wanted[0].created)
        rows = [_intent_values(plan_id, account, intent) | {"token": token} for intent in wanted]
        connection.execute(insert(intents), rows)


def _intent_values(plan_id: "PlanId", account: AccountId, intent: Intent) -> dict[str, Any]:
    order = intent.order
    return {
        "key": order.key,
        "plan_id": plan_id,
        "account": account,
        "leg": intent.leg,
        "symbol": order.symbol,
        "side": order.side,
        "quantity": order.quantity,
        "limit_price": order.limit,
        "currency": order.currency,
        "created": intent.created,
        "send_before": intent.send_before,
        "replaces": intent.replaces,
        "mid": intent.mid,
        "half_spread": intent.half_spread,
    }


def note(connection: Connection, wanted: Iterable[Note], fence: Fence) -> None:
    """Write down what happened to orders, in this order.

    Only who holds the account may say that an order is sent, and only under the lease under which
    it was meant: between two leases somebody else may have acted. What became of it anybody may
    tell.
    """
    notes = tuple(wanted)
    _refuse_illegal(connection, notes)
    _fence_sent(connection, [item for item in notes if item.kind == "sent"], fence)
    rows = [
        {
            "key": item.key,
            "kind": item.kind,
            "time": item.time,
            "broker_id": item.broker_id,
            "detail": item.detail,
        }
        for item in notes
    ]
    if rows:
        connection.execute(insert(order_events), rows)


def _refuse_illegal(connection: Connection, notes: Sequence[Note]) -> None:
    """A step that no order can take, such as to be sent twice, is never written down."""
    last = _last_steps(connection, list({item.key for item in notes}))
    for item in notes:
        before = last.get(item.key)
        if item.kind not in NEXT_STEPS[before]:
            raise IllegalStep(
                f"order {item.key} cannot be {item.kind}: it is {before or 'only intended'}",
                "nothing was written; the next cycle looks up what became of it",
            )
        last[item.key] = item.kind


def _last_steps(connection: Connection, keys: Sequence[OrderKey]) -> dict[OrderKey, OrderStep]:
    found: dict[OrderKey, OrderStep] = {}
    for start in range(0, len(keys), _CHUNK):
        some = {"keys": keys[start : start + _CHUNK]}
        found |= {row.key: row.kind for row in connection.execute(_STEPS, some)}
    return found


def _fence_sent(connection: Connection, sent: Sequence[Note], fence: Fence) -> None:
    for start in range(0, len(sent), _CHUNK):
        keys = [item.key for item in sent[start : start + _CHUNK]]
        for account, token in connection.execute(_LEASES, {"keys": keys}).all():
            now = fence(connection, account, sent[-1].time)
            if token != now:
                what = f"{account}: an order of lease {token} must not leave under lease {now}"
                raise NotHolder(what, "nothing was sent; the next cycle looks afresh")


def order_notes(connection: Connection, key: OrderKey) -> tuple[Note, ...]:
    """Everything that happened to one order, oldest first."""
    columns = [order_events.c[name] for name in ("key", "kind", "time", "broker_id", "detail")]
    query = select(*columns).where(order_events.c.key == key).order_by(order_events.c.seq)
    return tuple(Note(*row) for row in connection.execute(query))


def told_since(
    connection: Connection, account: AccountId, start: str, since: datetime
) -> tuple[Note, ...]:
    """What was noted of orders of the account from ``since`` on, in words that start so."""
    columns = [order_events.c[name] for name in ("key", "kind", "time", "broker_id", "detail")]
    query = (
        select(*columns)
        .join(intents, intents.c.key == order_events.c.key)
        .where(
            intents.c.account == account,
            order_events.c.time >= since,
            order_events.c.detail.startswith(start, autoescape=True),
        )
        .order_by(order_events.c.seq)
    )
    return tuple(Note(*row) for row in connection.execute(query))


def unsettled(connection: Connection, account: AccountId) -> tuple[OrderRow, ...]:
    """Orders that may still be filled, or of which nobody knows, in the order of intent."""
    return _read(connection, _unsettled(), {"of": account})


@cache
def _unsettled() -> "_Question":
    query = _rows().where(
        intents.c.account == bindparam("of"),
        order_events.c.kind.is_(None) | order_events.c.kind.not_in(FINAL_STEPS),
    )
    return _asked(query.order_by(*_MEANT))


def orders_named(
    connection: Connection, account: AccountId, keys: Sequence[OrderKey]
) -> tuple[OrderRow, ...]:
    """Those of ``keys`` that are orders of the account, settled or not."""
    return _read(connection, _named(), {"of": account, "keys": list(keys)})


@cache
def _named() -> "_Question":
    which: BindParameter[Sequence[OrderKey]] = bindparam("keys", expanding=True)
    query = _rows().where(intents.c.account == bindparam("of"), intents.c.key.in_(which))
    return _asked(query.order_by(*_MEANT))


def order_rows(
    connection: Connection, account: AccountId | None, plan_id: "PlanId | None", limit: int
) -> tuple[OrderRow, ...]:
    """The newest orders first, of one account or plan, or of all."""
    query = _rows()
    if account is not None:
        query = query.where(intents.c.account == account)
    if plan_id is not None:
        query = query.where(intents.c.plan_id == plan_id)
    newest = (intents.c.created.desc(), intents.c.leg.desc(), intents.c.key.desc())
    return _read(connection, _asked(query.order_by(*newest).limit(limit)))


@cache
def _rows() -> Select[Any]:
    """Every intent with its last event, and the last id that the broker gave it.

    Putting this question together takes longer than answering it, and it is asked all the time.
    """
    event = order_events.alias()
    last = select(func.max(event.c.seq)).where(event.c.key == intents.c.key).scalar_subquery()
    named = order_events.alias()
    broker_id = (
        select(named.c.broker_id)
        .where(named.c.key == intents.c.key, named.c.broker_id != "")
        .order_by(named.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(
        intents,
        order_events.c.kind.label("last_event"),
        order_events.c.time.label("last_time"),
        func.coalesce(broker_id, "").label("broker_id"),
        func.coalesce(order_events.c.detail, "").label("detail"),
    ).select_from(intents.outerjoin(order_events, order_events.c.seq == last))


@dataclass(frozen=True, slots=True)
class _Question:
    """Which orders, and the fills of just these."""

    orders: Select[Any]
    fills: Select[Any]


def _asked(query: Select[Any]) -> _Question:
    keys = query.with_only_columns(intents.c.key).subquery()
    return _Question(query, _fills_of(select(keys.c.key)))


def _read(
    connection: Connection, question: _Question, values: dict[str, Any] | None = None
) -> tuple[OrderRow, ...]:
    rows = connection.execute(question.orders, values or {}).all()
    if not rows:
        return ()
    filled = _added_up(connection.execute(question.fills, values or {}))
    closing = at_close(connection, {row.plan_id for row in rows})
    return tuple(
        _order_row(row, filled.get(row.key, ZERO), CLOSE if row.key in closing else DAY)
        for row in rows
    )


def filled_quantities(connection: Connection, keys: Select[Any]) -> dict[OrderKey, Decimal]:
    """Shares that changed hands for each of ``keys``: the latest version of each execution."""
    return _added_up(connection.execute(_fills_of(keys)))


def _fills_of(keys: Select[Any]) -> Select[Any]:
    columns = (executions.c.key, executions.c.account, executions.c.root, executions.c.quantity)
    return select(*columns).where(executions.c.key.in_(keys)).order_by(executions.c.version)


def _added_up(rows: Iterable[Row[Any]]) -> dict[OrderKey, Decimal]:
    """Added up here and not by SQL, which would do it in floats on SQLite."""
    latest = {(row.key, row.account, row.root): row.quantity for row in rows}
    filled: dict[OrderKey, Decimal] = {}
    for (key, _, _), quantity in latest.items():
        filled[key] = filled.get(key, ZERO) + quantity
    return filled


def _order_row(row: Row[Any], filled: Decimal, force: TimeInForce) -> OrderRow:
    order = Order(
        row.key,
        row.symbol,
        row.side,
        row.quantity,
        row.limit_price,
        row.currency,
        force=force,
    )
    return OrderRow(
        row.plan_id,
        row.account,
        order,
        row.leg,
        row.created,
        row.send_before,
        row.last_event,
        row.last_time,
        row.broker_id,
        row.detail,
        filled,
        row.replaces,
        row.mid,
        row.half_spread,
    )
