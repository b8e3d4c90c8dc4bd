"""What was sent and what came of it: each order's leg in its plan, beside its executions."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from bot.book.journal import EXECUTIONS, words_of
from bot.book.plans import plan as plan_of
from bot.book.schema import intents, order_events, plans
from brokers.words import AccountId, Currency, Execution, OrderKey

if TYPE_CHECKING:
    from strategies.plan import Leg, Plan, PlanId


@dataclass(frozen=True, slots=True)
class SentLeg:
    """A leg whose order was sent, and what was filled of it, busts and older versions left out.

    ``price`` is the plan's mid in base currency, so that price / leg.mid is the FX rate of then.
    ``impact_factor`` is the Y that its impact was computed with; None in plans of old.
    """

    plan_id: "PlanId"
    impact_factor: Decimal | None
    session: date
    base: Currency
    leg: "Leg"
    price: Decimal
    fills: tuple[Execution, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """Every order that was sent, oldest first; and executions that no plan of ours asked for."""

    legs: tuple[SentLeg, ...]
    strangers: tuple[Execution, ...]


def sent(connection: Connection, account: AccountId, since: date | None) -> Sent:
    """All that ``account`` sent in sessions from ``since`` on."""
    from strategies.lots import latest_versions, trade_date

    fills = [
        fill
        for fill in latest_versions(words_of(connection, account, EXECUTIONS))
        if since is None or trade_date(fill) >= since
    ]
    by_key: dict[OrderKey | None, list[Execution]] = {}
    for fill in fills:
        by_key.setdefault(fill.key, []).append(fill)
    legs: list[SentLeg] = []
    for plan_id, keys in _orders(connection, account, since).items():
        legs += _legs(plan_of(connection, plan_id), keys, by_key)
    known = {leg.leg.order.key for leg in legs}
    return Sent(tuple(legs), tuple(fill for fill in fills if fill.key not in known))


def _orders(
    connection: Connection, account: AccountId, since: date | None
) -> "dict[PlanId, set[OrderKey]]":
    """Keys of the orders that left, plan by plan, oldest first."""
    left = select(order_events.c.seq).where(
        order_events.c.key == intents.c.key, order_events.c.kind == "sent"
    )
    query = (
        select(intents.c.plan_id, intents.c.key)
        .join(plans, plans.c.plan_id == intents.c.plan_id)
        .where(intents.c.account == account, left.exists())
        .order_by(plans.c.time, plans.c.plan_id)
    )
    if since is not None:
        query = query.where(plans.c.session >= since)
    found: dict[PlanId, set[OrderKey]] = {}
    for row in connection.execute(query):
        found.setdefault(row.plan_id, set()).add(row.key)
    return found


def _legs(
    plan: "Plan", keys: set[OrderKey], fills: dict[OrderKey | None, list[Execution]]
) -> list[SentLeg]:
    prices = {line.symbol: line.price for line in plan.lines}
    return [
        SentLeg(
            plan_id=plan.plan_id,
            impact_factor=plan.impact_factor,
            session=plan.session,
            base=plan.base,
            leg=leg,
            price=prices[leg.order.symbol],
            fills=tuple(fills.get(leg.order.key, ())),
        )
        for leg in plan.legs
        if leg.order.key in keys
    ]
