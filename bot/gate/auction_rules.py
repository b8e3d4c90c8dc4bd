"""Whether an order for the closing auction can still get there, and may wait for it at all."""

from bot.gate.passage import Moment, Passage
from brokers.words import USD, Order, TimeInForce
from strategies.plan import child_number


def auction(order: Order, passage: Passage, moment: Moment) -> str:
    """Whether it is good for as long as the plan says, and an auction would take it.

    What the broker takes until when is its adapter's word (``Capabilities.closing_lead``). An order
    for an auction takes no other's place, and none takes its: there is one auction.
    """
    leg = passage.leg_of(order)
    if leg is not None and leg.order.force is not order.force:
        return f"it is good for {order.force}, where the plan says {leg.order.force}"
    if order.force is not TimeInForce.CLOSE:
        return ""
    if passage.closing_lead is None:
        return "this broker takes no orders for the closing auction"
    last = passage.session.closes - passage.closing_lead
    if moment.now > last:
        return f"orders for the closing auction leave until {last:%H:%M} UTC"
    return _unfit(order)


def _unfit(order: Order) -> str:
    """Why no auction would take it."""
    if order.currency != USD:
        return f"the closing auction of the US exchanges trades in USD, not in {order.currency}"
    if order.quantity % 1:
        return f"{order.quantity:f} shares: an auction trades whole ones"
    return "an order for an auction takes no other's place" if child_number(order.key) else ""
