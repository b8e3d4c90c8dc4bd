"""Whether an order is what the plan said, once, and does not undo what was done a while ago."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from bot.gate.passage import Moment, Passage
from bot.quotes import is_plausible
from brokers.words import ZERO, Order, Side
from strategies.plan import Leg

CONTINUES = Decimal("0.9")
"""An order goes on with an earlier one of its session if so much of it was meant and not traded."""

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
    left = left_over(order, passage)
    return "" if left is None or order.quantity <= left else _again(order)


def asks_again(order: Order, passage: Passage) -> str:
    """Why a plan with this order needs a person, or an empty string.

    A plan that was interrupted has changed what the account is worth, by what it cost at least, so
    that what is left of it is never quite what is wanted now. ``as_far_as_meant`` sees to the rest.
    """
    left = left_over(order, passage)
    return "" if left is None or order.quantity * CONTINUES <= left else _again(order)


def as_far_as_meant(legs: Sequence[Leg], passage: Passage) -> list[Leg]:
    """Each leg for no more than is left of what it goes on with; all of it in an approved plan.

    So the plans of a session that ask nobody never trade more of one side of a name than the
    largest of them wanted, however often they are interrupted.
    """
    return [leg if passage.approved else _cut(leg, passage) for leg in legs]


def _cut(leg: Leg, passage: Passage) -> Leg:
    left = left_over(leg.order, passage)
    if left is None or left <= 0 or leg.order.quantity <= left:
        return leg  # nothing is left: the gate refuses it
    return replace(leg, order=replace(leg.order, quantity=left))


def left_over(order: Order, passage: Passage) -> Decimal | None:
    """Shares that were meant in this session and not traded; None where it may be traded anyway."""
    known = passage.past.traded.get((order.symbol, order.side))
    if known is None or known.plans < passage.limits.repeats_per_session:
        return None
    return known.meant - known.done


def _again(order: Order) -> str:
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
    """Worth of what the order takes back of the last sessions' trades.

    Nothing where its worth cannot be told: such an order never leaves.
    """
    known = passage.past.traded.get((order.symbol, OTHER[order.side]))
    leg = passage.leg_of(order)
    rate = passage.rates.get(order.symbol, ZERO)
    if known is None or not known.lately or (leg is not None and leg.paired):
        return ZERO
    if not is_plausible(rate):
        return ZERO
    return min(order.quantity, known.lately) * order.limit * rate
