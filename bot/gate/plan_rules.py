"""Whether a plan as a whole may be carried out, and what in it needs a person."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.gate.passage import Passage
from bot.gate.repeat_rules import asks_again, reversed_
from bot.gate.size_rules import day_turnover_max, order_too_large
from brokers.words import ZERO


def needs_approval(passage: Passage) -> tuple[str, ...]:
    """What in the plan the machine may not do without a person, in sentences."""
    plan, found = passage.plan, _too_much(passage)
    values = [passage.value(leg.order) for leg in plan.legs]
    if why := order_too_large(max(values, default=ZERO), passage):
        found.append(why)
    today = passage.value_before + sum(values, ZERO)
    if today > day_turnover_max(passage) * plan.nav:
        found.append(f"it would bring the day's orders to {today / plan.nav:.1%} of NAV")
    undone = (asks_again(leg.order, passage) or reversed_(leg.order, passage) for leg in plan.legs)
    if why := next(filter(None, undone), ""):
        found.append(why)
    return tuple(found)


def _too_much(passage: Passage) -> list[str]:
    """What the plan as a whole does that no single order shows."""
    plan, most = passage.plan, passage.limits.cycle_turnover_max
    found = ["it is the first allocation of this account"] if plan.is_first else []
    if plan.turnover > most:
        found.append(f"it turns over {plan.turnover:.1%} of NAV, {most:.0%} allowed")
    return found


def _unapproved(passage: Passage, _now: datetime) -> str:
    """It asks for a person, whoever wants it carried out; each order is judged as it leaves."""
    found = [] if passage.approved else _too_much(passage)
    return f"{found[0]}, and nobody approved it" if found else ""


def _other_session(passage: Passage, _now: datetime) -> str:
    day = passage.plan.session
    return "" if day == passage.session.day else f"it was made for the session of {day}"


def _too_old(passage: Passage, now: datetime) -> str:
    age = (now - passage.plan.time).total_seconds()
    fresh = passage.approved or age <= passage.limits.snapshot_age_seconds
    return "" if fresh else f"it is {age:.0f} s old"


def _twice(passage: Passage, _now: datetime) -> str:
    counts = Counter(leg.order.symbol for leg in passage.plan.legs)
    return next((f"it has {n} orders in {symbol}" for symbol, n in counts.items() if n > 1), "")


def _too_many(passage: Passage, _now: datetime) -> str:
    """Half a plan is worse than none: all of its orders must have room."""
    per_cycle, per_day, at_once = passage.limits.counts(passage.names)
    legs, today = len(passage.plan.legs), passage.activity.orders_today
    if legs > per_cycle:
        return f"it has {legs} orders, {per_cycle} allowed"
    if today + legs > per_day:
        return f"it would make {today + legs} orders today, {per_day} allowed"
    waves = Counter(leg.order.side for leg in passage.plan.legs)
    most = passage.open + max(waves.values(), default=0)
    return f"{most} orders would be open at once, {at_once} allowed" if most > at_once else ""


def _moved(passage: Passage, _now: datetime) -> str:
    before = {line.symbol: line.quantity_before for line in passage.plan.lines}
    for symbol in sorted(before.keys() | passage.held.keys()):
        if before.get(symbol, ZERO) != passage.held.get(symbol, ZERO):
            return f"the position in {symbol} has changed"
    return ""


PLAN_RULES: Sequence[Callable[[Passage, datetime], str]] = (
    _other_session,
    _too_old,
    _twice,
    _too_many,
    _unapproved,
    _moved,
)


def preflight(passage: Passage, now: datetime) -> str:
    """Why the plan as a whole must not be carried out, or an empty string."""
    return next((why for rule in PLAN_RULES if (why := rule(passage, now))), "")
