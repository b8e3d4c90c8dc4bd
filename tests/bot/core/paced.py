"""A broker that takes two orders a second, and how an account was traded with it."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from stage import D, Relay, Stage

from brokers.broker import Capabilities
from brokers.words import Symbol
from strategies.plan import Plan


class UnhurriedRelay(Relay):
    """A broker that takes two orders a second."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(self.inner.capabilities, orders_per_second=Decimal(2))


class Paced(NamedTuple):
    """When an intent was written down, and when it was sent."""

    created: float
    sent: float


def paces(stage: Stage, plan: Plan) -> list[Paced]:
    """Seconds since the plan, for every order of it."""
    found = []
    for row in stage.book.orders(plan_id=plan.plan_id, limit=2000):
        (sent,) = (n.time for n in stage.book.order_notes(row.order.key) if n.kind == "sent")
        found.append(
            Paced((row.created - plan.time).total_seconds(), (sent - plan.time).total_seconds())
        )
    return found


def fates(stage: Stage, plan: Plan) -> Counter[str]:
    """How the orders of a plan ended."""
    orders = stage.book.orders(plan_id=plan.plan_id, limit=2000)
    return Counter(str(row.last_event) for row in orders)


def uneven(symbols: list[Symbol], much: str, little: str, count: int) -> dict[Symbol, Decimal]:
    """The first ``count`` names weigh ``much``, as many ``little``, the rest share what is left."""
    rest = (D("0.99") - count * (D(much) + D(little))) / (len(symbols) - 2 * count)
    heavy = dict.fromkeys(symbols[:count], D(much))
    light = dict.fromkeys(symbols[count : 2 * count], D(little))
    return heavy | light | dict.fromkeys(symbols[2 * count :], rest)
