"""For how long orders are good: what the plan that meant them says, which the book keeps whole.

A plan is final once written, so what was read of it once is known for good. Plans of old say
nothing of it: their orders were all for the session.
"""

import json
from collections.abc import Collection
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select

from bot.book.schema import plans
from brokers.words import OrderKey, TimeInForce

_MARK = f'"{TimeInForce.CLOSE}"'
_CHUNK = 100
_KNOWN: WeakKeyDictionary[Engine, dict[str, frozenset[OrderKey]]] = WeakKeyDictionary()
"""Of each book, the orders for the closing auction of the plans that were read."""


def at_close(connection: Connection, plan_ids: Collection[str]) -> frozenset[OrderKey]:
    """The orders of these plans that are for the closing auction."""
    known = _KNOWN.setdefault(connection.engine, {})
    fresh = sorted({plan_id for plan_id in plan_ids if plan_id not in known})
    for start in range(0, len(fresh), _CHUNK):
        some = plans.c.plan_id.in_(fresh[start : start + _CHUNK])
        for row in connection.execute(select(plans.c.plan_id, plans.c.body).where(some)):
            known[row.plan_id] = _read(row.body)
    return frozenset().union(*(known.get(plan_id, frozenset()) for plan_id in set(plan_ids)))


def _read(body: str) -> frozenset[OrderKey]:
    if _MARK not in body:
        return frozenset()
    orders = [leg["order"] for leg in json.loads(body)["legs"]]
    return frozenset(
        OrderKey(order["key"]) for order in orders if order.get("force") == TimeInForce.CLOSE
    )
