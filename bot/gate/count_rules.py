"""Whether too many orders were sent, or too many went wrong: the counts that stop a runaway."""

from bot.book.rows import Activity
from bot.gate.passage import Moment, Passage, place
from bot.limits import Limits
from brokers.words import Order


def counts(order: Order, passage: Passage, _moment: Moment) -> str:
    """Whether fewer orders were sent than are allowed; what is worked as several counts once."""
    per_cycle, per_day, at_once = passage.limits.counts(passage.names)
    if passage.open >= at_once:
        return f"{at_once} open orders are allowed"
    if times := passage.sends.get(place(order), 0):
        most = passage.limits.sends_per_order
        return f"it was sent {times} times, {most} are allowed" if times >= most else ""
    if passage.sent >= per_cycle:
        return f"{per_cycle} orders a cycle are allowed"
    return f"{per_day} orders a day are allowed" if passage.orders_today >= per_day else ""


def trouble(order: Order, passage: Passage, _moment: Moment) -> str:
    """Whether the name, and the account, have had no more trouble than is allowed."""
    limits = passage.limits
    if why := beset(passage.rejects, passage.unknowns, limits, passage.orders_today):
        return why
    if order.symbol in passage.busy:
        return passage.busy[order.symbol]
    rejects = passage.activity.rejects_by_symbol.get(order.symbol, 0)
    return f"{rejects} orders in it were rejected" if rejects >= limits.rejects_same_symbol else ""


def throttle(activity: Activity, limits: Limits) -> str:
    """Why the account was traded too often to be traded again (RTS 6, article 15(3))."""
    if activity.cycles_today >= limits.cycles_per_day:
        return f"{activity.cycles_today} plans were carried out today already"
    if activity.cycles_recent >= limits.cycles_per_10_sessions:
        return f"{activity.cycles_recent} plans were carried out in the last 10 sessions"
    return beset(activity.rejects_today, activity.unknowns, limits, activity.orders_today)


def beset(rejects: int, unknowns: int, limits: Limits, orders: int = 0) -> str:
    """Why so many of the day's ``orders`` went wrong that no more may be sent, or nothing."""
    if unknowns >= limits.unknowns_halt:
        return f"{unknowns} orders have an unknown outcome"
    if orders >= limits.rejects_share_from and rejects > limits.rejects_share_halt * orders:
        return f"{rejects} of the day's {orders} orders were rejected"
    return f"{rejects} orders were rejected today" if rejects >= limits.rejects_halt else ""
