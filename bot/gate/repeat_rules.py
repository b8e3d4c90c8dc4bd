"""Whether an order is what the plan said, once, and does not undo what was done a while ago."""

from decimal import Decimal

from bot.gate.passage import Moment, Passage
from brokers.words import ZERO, Order, Side

PAST_OF = {Side.BUY: "bought", Side.SELL: "sold"}
OTHER = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}


def as_planned(order: Order, passage: Passage, moment: Moment) -> str:
    """Whether the plan has it: this side of the name, and no more shares with all sent before it.

    Nothing is sent for an order of the plan while another one for it may still fill.
    """
    leg = passage.leg_of(order)
    if leg is None:
        return f"the plan does not {order.side.value} {order.symbol}"
    before = moment.before
    if before is not None and before.is_live:
        return "another order for the same may still fill"
    total = (before.done if before is not None else ZERO) + order.quantity
    if total > leg.order.quantity:
        return f"{total:f} shares together, where the plan says {leg.order.quantity:f}"
    return ""


def repeat(order: Order, passage: Passage, _moment: Moment) -> str:
    """Whether neither side of the name was traded too lately, unless a person approved the plan."""
    return "" if passage.approved else repeated(order, passage) or reversed_(order, passage)


def repeated(order: Order, passage: Passage) -> str:
    """Why it would be traded again in this session, or an empty string.

    What is left of an order that was meant in this session may go on.
    """
    known = passage.past.traded.get((order.symbol, order.side))
    if known is None or known.plans < passage.limits.repeats_per_session:
        return ""
    if order.quantity <= known.meant - known.done:
        return ""
    return f"{order.symbol} was {PAST_OF[order.side]} in this session already"


def reversed_(order: Order, passage: Passage) -> str:
    """Why it would undo too much of what was done a few sessions ago, or an empty string.

    All that the plan undoes is added up: a rebalance that takes back a little here and there is
    none of it. A harvest may undo: a loss is taken when it is there, and so is what is bought in
    its place. Its swap back comes after the 30 days of the wash-sale rule, long after these.
    """
    if not _undone(order, passage):
        return ""
    undone = sum((_undone(leg.order, passage) for leg in passage.plan.legs), ZERO)
    limits = passage.limits
    if undone <= limits.reversal_weight_max * passage.plan.nav:
        return ""
    done = PAST_OF[OTHER[order.side]]
    share = undone / passage.plan.nav
    return (
        f"{order.symbol} was {done} less than {limits.reversal_sessions} sessions ago, and the plan"
        f" takes back {share:.1%} of NAV of such trades"
    )


def _undone(order: Order, passage: Passage) -> Decimal:
    """Worth of what the order takes back of the last sessions' trades."""
    known = passage.past.traded.get((order.symbol, OTHER[order.side]))
    leg = passage.leg_of(order)
    if known is None or not known.lately or (leg is not None and leg.paired):
        return ZERO
    return min(order.quantity, known.lately) * order.limit * passage.rates[order.symbol]
