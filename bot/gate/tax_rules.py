"""Whether the order undoes what its plan is for: wash sales, and pairs that are half sold."""

from bot.gate.passage import Moment, Passage
from bot.household.asking import objection
from brokers.words import Order
from strategies.plan import leg_key


def wash(order: Order, passage: Passage, moment: Moment) -> str:
    """With everything that any account of the household has done since the plan."""
    if moment.home is None:
        return ""
    key = leg_key(order.key)
    leg = next(leg for leg in passage.plan.legs if leg.order.key == key)
    return objection(order, leg.lots, moment.home, passage.seat, may_defer=passage.may_defer)


def pair(order: Order, _passage: Passage, moment: Moment) -> str:
    """Whether it buys no more than was sold of what it stands in for."""
    if moment.most is None or order.quantity <= moment.most:
        return ""
    return f"it buys in place of a sale that filled for {moment.most:f} of it"
