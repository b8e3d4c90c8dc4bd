"""Whether it fits into the account: shares, cash, exposure, and how large it may be."""

from decimal import Decimal

from bot.gate.passage import Moment, Passage
from bot.limits import Limits
from brokers.words import ZERO, Order, Side


def no_short(order: Order, passage: Passage, _moment: Moment) -> str:
    """Whether it sells only what is held and not promised to another sale."""
    free = passage.held.get(order.symbol, ZERO)
    if order.side is Side.SELL and order.quantity > free:
        return f"it sells {order.quantity:f} of {free:f} shares that are free to sell"
    return ""


def enough_cash(order: Order, passage: Passage, _moment: Moment) -> str:
    """Whether it can be paid for at its limit, with the cash that is never spent left over."""
    floor = cash_floor(passage.limits, passage.plan.nav)
    left = passage.cash - passage.value(order)
    if order.side is Side.BUY and left < floor:
        return f"it would leave {left:.2f} cash at its limit, below the floor of {floor:.2f}"
    return ""


def gross(order: Order, passage: Passage, _moment: Moment) -> str:
    """Whether all that is invested stays within the account."""
    most = passage.limits.gross_max * passage.plan.nav
    total = passage.invested + passage.value(order)
    if order.side is Side.BUY and total > most:
        return f"{total:.0f} would be invested, {most:.0f} allowed"
    return ""


def order_size(order: Order, passage: Passage, _moment: Moment) -> str:
    """Whether it is small enough for the name's volume and, unapproved, for the account."""
    volume = passage.volumes.get(order.symbol)
    share = passage.limits.order_adv_max
    if volume is not None and order.quantity > volume * share:
        return f"{order.quantity:f} shares are more than {share:.1%} of a day's volume"
    return "" if passage.approved else order_too_large(passage.value(order), passage)


def name_weight(order: Order, passage: Passage, moment: Moment) -> str:
    """Whether the name would weigh no more than the owner lets any name weigh."""
    most = passage.limits.name_weight_max
    if most is None or order.side is Side.SELL:
        return ""
    lines = (line for line in passage.plan.lines if line.symbol == order.symbol)
    held = sum((line.quantity_before * line.price for line in lines), ZERO)
    bought = moment.before.value * passage.rates[order.symbol] if moment.before else ZERO
    total = held + bought + passage.value(order)
    if total > most * passage.plan.nav:
        return f"{total:.0f} would be in it, more than {most:.1%} of NAV"
    return ""


def day_value(order: Order, passage: Passage, _moment: Moment) -> str:
    """Whether the day's orders together stay within bounds, unless a person approved them."""
    if passage.approved:
        return ""
    most = day_turnover_max(passage) * passage.plan.nav
    total = passage.value_before + passage.sent_value + passage.value(order)
    return f"{total:.0f} ordered today would pass {most:.0f}" if total > most else ""


def cash_floor(limits: Limits, nav: Decimal) -> Decimal:
    """Cash that is never spent."""
    return max(limits.cash_floor, limits.cash_floor_weight * nav)


def day_turnover_max(passage: Passage) -> Decimal:
    """What may be traded in a day, as a share of NAV: more where losses are harvested."""
    limits = passage.limits
    harvests = any(leg.paired for leg in passage.plan.legs)
    return max(limits.harvest_turnover_max if harvests else ZERO, limits.day_turnover_max)


def order_too_large(value: Decimal, passage: Passage) -> str:
    """Why an order of ``value`` needs a person, or an empty string."""
    limits, nav = passage.limits, passage.plan.nav
    share = limits.order_weight(passage.names)
    if value > share * nav:
        return f"an order of {value:.0f} is more than {share:.1%} of NAV"
    if limits.order_usd_max is not None and value > limits.order_usd_max:
        return f"an order of {value:.0f} is more than {limits.order_usd_max:.0f}"
    return ""
