"""Whether it is an order at all, and whether its price can be right: quote and collars."""

from bot.gate.passage import Moment, Passage
from bot.quotes import is_liquid, is_plausible, jumped, unsound
from brokers.words import USD, ZERO, Order, finest_tick


def sane(order: Order, _passage: Passage, _moment: Moment) -> str:
    """Whether quantity and limit are numbers that an order can have."""
    numbers = (order.quantity, order.limit)
    sound = all(map(is_plausible, numbers))
    return "" if sound else f"quantity {order.quantity} at {order.limit} is not an order"


def rate(order: Order, passage: Passage, _moment: Moment) -> str:
    """Whether its worth in base currency can be told."""
    rate = passage.rates.get(order.symbol, ZERO)
    return "" if is_plausible(rate) else f"its worth in {passage.plan.base} is not known"


def quote(order: Order, passage: Passage, moment: Moment) -> str:
    """Whether the quote that it is judged by can be trusted."""
    volume = passage.volumes.get(order.symbol)
    why = unsound(moment.quote, volume, passage.limits, moment.now)
    if not why and moment.quote is not None and moment.quote.currency != order.currency:
        return f"its quote is in {moment.quote.currency}, its limit in {order.currency}"
    return why


def jump(order: Order, passage: Passage, moment: Moment) -> str:
    """Whether its price is where the last close was, or a person has vouched for it."""
    if moment.quote is None:
        return "it has no quote"
    if order.symbol in passage.past.cleared:
        return ""
    return jumped(moment.quote, passage.closes.get(order.symbol), passage.limits)


def tick(order: Order, passage: Passage, _moment: Moment) -> str:
    """Whether its limit is on the price grid that the law has on this day."""
    if order.currency != USD:
        return ""
    finest = finest_tick(order.limit, passage.session.day)
    return f"its limit {order.limit} is no multiple of {finest}" if order.limit % finest else ""


def collar(order: Order, passage: Passage, moment: Moment) -> str:
    """Whether its limit lies near enough to mid."""
    if moment.quote is None:
        return "it has no quote"
    mid, limits = moment.quote.mid, passage.limits
    liquid = is_liquid(mid, passage.volumes.get(order.symbol), limits)
    collar = limits.collar_liquid if liquid else limits.collar
    off = (order.limit / mid - 1) * order.side.sign
    return f"its limit is {off:.2%} through mid, {collar:.1%} allowed" if off > collar else ""


def close_collar(order: Order, passage: Passage, _moment: Moment) -> str:
    """Whether its limit lies near enough to the last close."""
    close = passage.closes.get(order.symbol)
    if order.symbol in passage.past.cleared:
        return ""
    if close is None:
        return "it has no last close"
    off, widest = (order.limit / close - 1) * order.side.sign, passage.limits.close_collar
    if off > widest:
        return f"its limit is {off:.1%} beyond the last close, {widest:.0%} allowed"
    return ""
