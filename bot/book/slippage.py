"""What was sent and what came of it: each leg of a plan, beside the executions of its orders."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, func, select

from bot.book.journal import EXECUTIONS, words_of
from bot.book.plans import plan as plan_of
from bot.book.schema import intents, order_events, plans
from brokers.words import AccountId, Currency, Execution, OrderKey

if TYPE_CHECKING:
    from strategies.plan import Leg, Plan, PlanId


@dataclass(frozen=True, slots=True)
class Arrival:
    """The quote when the first order of a leg was made, in the instrument's currency."""

    mid: Decimal
    half_spread: Decimal


@dataclass(frozen=True, slots=True)
class SentLeg:
    """A leg that was sent, by one order or several, and what was filled of it.

    Busts and older versions are left out. ``price`` is the plan's mid in base currency, so that
    price / leg.mid is the FX rate of then. ``impact_factor`` is the Y that its impact was computed
    with; None in plans of old. ``arrival`` is the quote that its first order was priced from,
    ``left_at`` the mid of its last one; None in intents of old, and where there was no quote.
    """

    plan_id: "PlanId"
    impact_factor: Decimal | None
    session: date
    base: Currency
    leg: "Leg"
    price: Decimal
    fills: tuple[Execution, ...]
    orders: int = 1
    arrival: "Arrival | None" = None
    left_at: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Every leg that was sent, oldest first; and executions that no plan of ours asked for."""

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
        by_key.setdefault(_leg_of(fill), []).append(fill)
    legs: list[SentLeg] = []
    for plan_id, orders in _orders(connection, account, since).items():
        legs += _legs(plan_of(connection, plan_id), orders, by_key)
    known = {leg.leg.order.key for leg in legs}
    return Sent(tuple(legs), tuple(fill for fill in fills if _leg_of(fill) not in known))


def _leg_of(fill: Execution) -> OrderKey | None:
    from strategies.planned import leg_key

    return None if fill.key is None else leg_key(fill.key)


Orders = dict[OrderKey, list[Any]]
"""By the key of their leg, the rows of its orders, oldest first."""


def _orders(
    connection: Connection, account: AccountId, since: date | None
) -> "dict[PlanId, Orders]":
    """The orders that left, plan by plan and leg by leg, oldest first."""
    from strategies.planned import leg_key

    left = select(order_events.c.seq).where(
        order_events.c.key == intents.c.key, order_events.c.kind == "sent"
    )
    query = (
        select(intents.c.plan_id, intents.c.key, intents.c.mid, intents.c.half_spread)
        .join(plans, plans.c.plan_id == intents.c.plan_id)
        .where(intents.c.account == account, left.exists())
        .order_by(plans.c.time, plans.c.plan_id, intents.c.created, func.length(intents.c.key))
    )
    if since is not None:
        query = query.where(plans.c.session >= since)
    found: dict[PlanId, Orders] = {}
    for row in connection.execute(query):
        found.setdefault(row.plan_id, {}).setdefault(leg_key(row.key), []).append(row)
    return found


def _legs(
    plan: "Plan", orders: Orders, fills: dict[OrderKey | None, list[Execution]]
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
            orders=len(orders[leg.order.key]),
            arrival=_arrival(orders[leg.order.key][0]),
            left_at=orders[leg.order.key][-1].mid,
        )
        for leg in plan.legs
        if leg.order.key in orders
    ]


def _arrival(first: Row[Any]) -> Arrival | None:
    if first.mid is None or first.half_spread is None:
        return None
    return Arrival(first.mid, first.half_spread)
