"""In how many waves a plan is carried out, and when each of them ends.

One, unless an order is large for its market: then every order is cut alike, so that each wave is
as neutral in cash and in beta as the plan is as a whole (``strategies/working/waves.py``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from bot import gate
from bot.book.book import Book
from bot.carry.sending import pace
from bot.carry.waiting import POLL_SECONDS, stopped
from bot.post import Post
from brokers.broker import Broker
from brokers.words import Side, Symbol
from strategies.plan import Leg, Plan
from strategies.working import Large, Pace, fractions, slices

WAVE_SECONDS = 60
"""A wave is no shorter: sales have half of it, purchases the other."""

FAR = timedelta(days=1)
"""A wave that ends by no clock of its own."""


@dataclass(frozen=True, slots=True)
class Wave:
    """The share ``done`` of every order is traded when it is over; no wave is less than ``least``.

    It begins at ``begins``; its sales have until ``middle``, its purchases until ``ends``.
    """

    done: float
    begins: datetime
    middle: datetime
    ends: datetime
    least: float = 1.0

    def until(self, side: Side) -> datetime:
        """When the time of its sales or purchases is over."""
        return self.middle if side is Side.SELL else self.ends


def rhythm_of(plan: Plan, passage: gate.Passage, post: Post, broker: Broker) -> tuple[Wave, ...]:
    """The waves of the plan, the first of which begins now."""
    now, orders = post.clock.now(), post.policy.orders
    wishes = orders.working
    whole = (Wave(1.0, now, now + FAR, now + FAR),)
    large = largest(plan, passage, post)
    if large is None or wishes.slice_adv is None or not broker.capabilities.sends_orders:
        return whole
    sides = {leg.order.side for leg in plan.legs}
    each = pace(broker) * len(plan.legs)
    spent = min(timedelta(seconds=orders.work_seconds) * len(sides), post.orders_until - now - each)
    room = int(spent / max(timedelta(seconds=WAVE_SECONDS), each * 2))
    days = spent / (post.session.closes - post.session.opens)
    chosen = _pace(plan, post)
    count = slices(large, wishes.slice_adv, room, days, chosen)
    if count == 1:
        return whole
    done = fractions(chosen, large, count, days)
    length = spent / count
    half = 0.5 if len(sides) > 1 else 1.0
    shares = [later - earlier for earlier, later in pairwise((0.0, *done))]
    least = min((share for share in shares if share > 0), default=1.0)
    begins = [now + length * place for place in range(count)]
    return tuple(
        Wave(part, start, start + length * half, start + length, least)
        for part, start in zip(done, begins, strict=True)
    )


def _pace(plan: Plan, post: Post) -> Pace:
    """As the owner wants it; lambda is gamma / 2 of every unit of NAV."""
    wishes, gamma = post.policy.orders.working, post.policy.worth.gamma
    averse = float(gamma / (2 * plan.nav)) if plan.nav > 0 else 0.0
    return Pace(wishes.slicing, float(wishes.volume_share), averse)


def largest(plan: Plan, passage: gate.Passage, post: Post) -> Large | None:
    """The leg that takes most of a day's volume; None where no volume is known."""
    prices = {line.symbol: line.price for line in plan.lines}
    found = list(_large(plan, passage, post, prices))
    return max(found, key=lambda large: large.participation, default=None)


def _large(
    plan: Plan, passage: gate.Passage, post: Post, prices: dict[Symbol, Decimal]
) -> Iterator[Large]:
    for leg in plan.legs:
        adv, price = passage.volumes.get(leg.order.symbol), prices[leg.order.symbol]
        if adv and price > 0:
            yield Large(
                quantity=leg.order.quantity,
                price=price,
                adv=adv,
                volatility=_volatility(leg, plan, adv, price),
                impact=leg.impact,
                fixed=post.policy.costs.commission_min,
            )


def _volatility(leg: Leg, plan: Plan, adv: Decimal, price: Decimal) -> float:
    """Of one day, as the plan has taken it: impact = Y sigma sqrt(quantity / ADV) value."""
    if not plan.impact_factor:
        return 0.0
    root = (leg.order.quantity / adv).sqrt()
    return float(leg.impact / (plan.impact_factor * root * leg.order.quantity * price))


def pause(until: datetime, post: Post, book: Book) -> None:
    """Wait for the next wave's time, unless somebody wants to stop before."""
    while (left := (until - post.clock.now()).total_seconds()) > 0 and not stopped(post, book):
        book.leases.renew(post.account, post.clock.now())
        post.clock.sleep(min(left, POLL_SECONDS))
