"""What is to be sent of each leg now: its part of a wave, with the key of the leg's next order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bot.book.book import Book
from bot.book.rows import OrderRow
from bot.carry.rhythm import Wave
from brokers.broker import Found, Market
from brokers.words import USD, ZERO, OrderKey, Side, round_lot
from strategies.plan import CHILDREN_MAX, Leg, Plan, child_key, child_number, leg_key
from strategies.working import cut_in, part


@dataclass(frozen=True, slots=True)
class Part:
    """A leg of the plan, of which ``target`` shares are to be traded by the end of a wave.

    ``number`` is that of its next order, ``filled`` what those before it have traded.
    """

    leg: Leg
    target: Decimal
    number: int = 0
    filled: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        """Shares that are still to be traded in this wave."""
        return self.target - self.filled

    @property
    def key(self) -> OrderKey:
        """Of the order in the plan."""
        return leg_key(self.leg.order.key)

    def order(self, number: int, quantity: Decimal, limit: Decimal | None = None) -> Leg:
        """The leg as order ``number`` of it, at the plan's limit where none is said."""
        mine = self.leg.order
        key = child_key(self.key, number)
        return replace(
            self.leg, order=replace(mine, key=key, quantity=quantity, limit=limit or mine.limit)
        )


def parts(legs: Sequence[Leg], wave: Wave, plan: Plan, market: Market, book: Book) -> list[Part]:
    """What is to be sent of ``legs`` so that the share of each that the wave wants is traded.

    Of a leg that was cut to what may be bought now it is that share of the plan's, and no more than
    it was cut to. One with an order whose end is not proven is left out: it may still fill.
    """
    planned = {leg.order.key: leg for leg in plan.legs}
    sent: dict[OrderKey, list[OrderRow]] = {}
    for row in book.orders(plan.account, plan.plan_id, len(plan.legs) * (CHILDREN_MAX + 1)):
        sent.setdefault(leg_key(row.order.key), []).append(row)
    targets = {
        leg.order.key: min(_target(planned[leg.order.key], wave, plan.session), leg.order.quantity)
        for leg in legs
    }
    found = (
        _part(leg, targets[leg.order.key], sent.get(leg.order.key, ()), market) for leg in legs
    )
    return [each for each in found if each is not None and each.left > 0]


def _target(leg: Leg, wave: Wave, day: date) -> Decimal:
    """Shares of the plan's order that are traded once the wave is over.

    US stocks are cut in the round lots of the day; the rest goes with the last wave.
    """
    quantity, lot = leg.order.quantity, 1
    if leg.order.currency == USD:
        lot = round_lot(leg.mid, day)
    step = cut_in(quantity, wave.least, lot)
    return part(quantity, wave.done, step, ahead=step > 1 and leg.order.side is Side.SELL)


def _part(leg: Leg, target: Decimal, rows: Sequence[OrderRow], market: Market) -> Part | None:
    if not rows:
        return Part(leg, target)
    newest = max(rows, key=lambda row: child_number(row.order.key))
    if not (all(row.is_settled for row in rows) and is_over(newest, market)):
        return None
    filled = sum((row.filled for row in rows), ZERO)
    return Part(leg, target, child_number(newest.order.key) + 1, filled)


def is_over(row: OrderRow, market: Market) -> bool:
    """Proof that an order is over, and that every share that it traded is known.

    It was filled; or cancelled, and the broker's own record, asked for by our id, says so too and
    tells of as many shares as the executions in the book. Whatever else ended it is no proof: why
    it was refused, or never came there, is looked at before more of the leg is sent.
    """
    if row.filled >= row.order.quantity:
        return True
    if row.last_event != "cancelled":
        return False
    found = market.find(row.order.key)
    return (
        isinstance(found, Found)
        and not found.state.status.is_live
        and found.state.filled == row.filled
    )
