"""The only room that sends an order, and the last that can refuse to.

``preflight`` judges a plan as a whole before anything is committed; ``send`` judges each order
again, at the moment of its sending, against fresh quotes and everything sent so far. A rule is a
row of ``RULES``: a name, and a function that answers with a sentence when it refuses. Every order
that may be live counts: sent, open, or of unknown fate (RTS 6, article 15(2)).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.book.book import Book
from bot.book.rows import Activity, Note
from bot.limits import Limits
from bot.quotes import fault, is_liquid
from brokers.broker import Accepted, Broker, Refused, SubmitResult, Unclear
from brokers.words import ZERO, Order, OrderKey, Quote, Session, Side, Symbol
from strategies.plan import Leg, Plan


@dataclass(frozen=True, slots=True)
class Passage:
    """What the gate knows of an account while a plan passes: limits, holdings, what went before.

    ``cash`` is what may still be spent, in base currency, after every order sent so far at its
    limit; ``held`` are the shares not yet promised to a sale.
    """

    plan: Plan
    limits: Limits
    session: Session
    approved: bool
    names: int
    closes: Mapping[Symbol, Decimal]
    volumes: Mapping[Symbol, Decimal | None]
    rates: Mapping[Symbol, Decimal]
    """Worth in base currency of one unit of each symbol's currency."""
    activity: Activity
    value_today: Decimal
    """Worth of what was sent before today, in base currency."""
    cash: Decimal
    held: Mapping[Symbol, Decimal]
    sent: int = 0
    open: int = 0
    sent_value: Decimal = ZERO

    def value(self, order: Order) -> Decimal:
        """Worth of an order at its limit, in base currency."""
        return order.value * self.rates[order.symbol]

    def after(self, order: Order) -> "Passage":
        """The passage once ``order`` has been sent, as if it were going to fill."""
        value = self.value(order)
        is_buy = order.side is Side.BUY
        held = dict(self.held)
        if not is_buy:
            held[order.symbol] -= order.quantity
        return replace(
            self,
            cash=self.cash - value if is_buy else self.cash,
            held=held,
            sent=self.sent + 1,
            open=self.open + 1,
            sent_value=self.sent_value + value,
        )


@dataclass(frozen=True, slots=True)
class Moment:
    """What is true just now, when one order is about to be sent."""

    now: datetime
    send_before: datetime
    quote: Quote | None
    halted: str
    lock: str
    is_open: bool


Rule = Callable[[Order, Passage, Moment], str]


def _halt(_order: Order, _passage: Passage, moment: Moment) -> str:
    return moment.halted


def _expired(_order: Order, _passage: Passage, moment: Moment) -> str:
    return "" if moment.now <= moment.send_before else "its time to be sent has passed"


def _window(_order: Order, passage: Passage, moment: Moment) -> str:
    opens = passage.session.opens + timedelta(minutes=passage.limits.after_open_minutes)
    closes = passage.session.closes - timedelta(minutes=passage.limits.before_close_minutes)
    if not opens <= moment.now <= closes:
        return f"orders leave between {opens:%H:%M} and {closes:%H:%M} UTC only"
    return "" if moment.is_open else "the broker says that the market is closed"


def _sane(order: Order, _passage: Passage, _moment: Moment) -> str:
    numbers = (order.quantity, order.limit)
    sound = all(number.is_finite() and number > 0 for number in numbers)
    return "" if sound else f"quantity {order.quantity} at {order.limit} is not an order"


def _lock(_order: Order, _passage: Passage, moment: Moment) -> str:
    return moment.lock


def _quote(order: Order, passage: Passage, moment: Moment) -> str:
    close, volume = passage.closes.get(order.symbol), passage.volumes.get(order.symbol)
    return fault(moment.quote, close, volume, passage.limits, moment.now)


def _collar(order: Order, passage: Passage, moment: Moment) -> str:
    if moment.quote is None:
        return "it has no quote"
    mid, limits = moment.quote.mid, passage.limits
    liquid = is_liquid(mid, passage.volumes.get(order.symbol), limits)
    collar = limits.collar_liquid if liquid else limits.collar
    off = (order.limit / mid - 1) * order.side.sign
    return f"its limit is {off:.2%} through mid, {collar:.1%} allowed" if off > collar else ""


def _close_collar(order: Order, passage: Passage, _moment: Moment) -> str:
    close = passage.closes.get(order.symbol)
    if close is None:
        return "it has no last close"
    off = (order.limit / close - 1) * order.side.sign
    widest = passage.limits.close_collar
    return (
        f"its limit is {off:.1%} beyond the last close, {widest:.0%} allowed"
        if off > widest
        else ""
    )


def _no_short(order: Order, passage: Passage, _moment: Moment) -> str:
    free = passage.held.get(order.symbol, ZERO)
    if order.side is Side.SELL and order.quantity > free:
        return f"it sells {order.quantity:f} of {free:f} shares that are free to sell"
    return ""


def _cash_floor(order: Order, passage: Passage, _moment: Moment) -> str:
    floor = cash_floor(passage.limits, passage.plan.nav)
    left = passage.cash - passage.value(order)
    if order.side is Side.BUY and left < floor:
        return f"it would leave {left:.2f} cash at its limit, below the floor of {floor:.2f}"
    return ""


def _order_size(order: Order, passage: Passage, _moment: Moment) -> str:
    volume = passage.volumes.get(order.symbol)
    most = None if volume is None else volume * passage.limits.order_adv_max
    if most is not None and order.quantity > most:
        return f"{order.quantity:f} shares are more than {passage.limits.order_adv_max:.0%} of ADV"
    return "" if passage.approved else order_too_large(passage.value(order), passage)


def _day_value(order: Order, passage: Passage, _moment: Moment) -> str:
    if passage.approved:
        return ""
    most = passage.limits.day_turnover_max * passage.plan.nav
    total = passage.value_today + passage.sent_value + passage.value(order)
    return f"{total:.0f} ordered today would pass {most:.0f}" if total > most else ""


def _counts(_order: Order, passage: Passage, _moment: Moment) -> str:
    per_cycle, per_day, at_once = passage.limits.counts(passage.names)
    if passage.sent >= per_cycle:
        return f"{per_cycle} orders a cycle are allowed"
    if passage.activity.orders_today + passage.sent >= per_day:
        return f"{per_day} orders a day are allowed"
    return f"{at_once} open orders are allowed" if passage.open >= at_once else ""


def _trouble(order: Order, passage: Passage, _moment: Moment) -> str:
    activity, limits = passage.activity, passage.limits
    if order.symbol in activity.unknown_symbols:
        return "an earlier order in it has an unknown outcome"
    rejects = activity.rejects_by_symbol.get(order.symbol, 0)
    return f"{rejects} orders in it were rejected" if rejects >= limits.rejects_same_symbol else ""


RULES: Sequence[tuple[str, Rule]] = (
    ("halt", _halt),
    ("send-before", _expired),
    ("session-window", _window),
    ("sane-order", _sane),
    ("symbol-lock", _lock),
    ("quote", _quote),
    ("price-collar", _collar),
    ("close-collar", _close_collar),
    ("no-short", _no_short),
    ("cash-floor", _cash_floor),
    ("order-size", _order_size),
    ("day-value", _day_value),
    ("order-count", _counts),
    ("trouble", _trouble),
)


def cash_floor(limits: Limits, nav: Decimal) -> Decimal:
    """Cash that is never spent."""
    return max(limits.cash_floor, limits.cash_floor_weight * nav)


def order_too_large(value: Decimal, passage: Passage) -> str:
    """Why an order of ``value`` needs a person, or an empty string."""
    limits, nav = passage.limits, passage.plan.nav
    share = limits.order_weight(passage.names)
    if value > share * nav:
        return f"an order of {value:.0f} is more than {share:.1%} of NAV"
    if limits.order_usd_max is not None and value > limits.order_usd_max:
        return f"an order of {value:.0f} is more than {limits.order_usd_max:.0f}"
    return ""


def refusal(order: Order, passage: Passage, moment: Moment) -> str:
    """The first rule that refuses, with its name, or an empty string."""
    for name, rule in RULES:
        if why := rule(order, passage, moment):
            return f"{name}: {why}"
    return ""


def needs_approval(plan: Plan, passage: Passage) -> tuple[str, ...]:
    """What in this plan the machine may not do without a person, in sentences."""
    limits = passage.limits
    found = ["it is the first allocation of this account"] if plan.is_first else []
    if plan.turnover > limits.cycle_turnover_max:
        found.append(
            f"it turns over {plan.turnover:.1%} of NAV, {limits.cycle_turnover_max:.0%} allowed"
        )
    values = [passage.value(leg.order) for leg in plan.legs]
    if values and (why := order_too_large(max(values), passage)):
        found.append(why)
    today = passage.value_today + sum(values, ZERO)
    if today > limits.day_turnover_max * plan.nav:
        found.append(f"it would bring the day's orders to {today / plan.nav:.1%} of NAV")
    return tuple(found)


def preflight(plan: Plan, passage: Passage, now: datetime) -> str:
    """Why the plan as a whole must not be carried out, or an empty string."""
    limits, activity = passage.limits, passage.activity
    age = (now - plan.time).total_seconds()
    per_cycle, _, _ = limits.counts(passage.names)
    checks = (
        (age > limits.snapshot_age_seconds and not passage.approved, f"it is {age:.0f} s old"),
        (len(plan.legs) > per_cycle, f"it has {len(plan.legs)} orders, {per_cycle} allowed"),
    )
    return next((why for fails, why in checks if fails), "") or throttle(activity, limits)


def throttle(activity: Activity, limits: Limits) -> str:
    """Why the account was traded too often to be traded again (RTS 6, article 15(3))."""
    if activity.cycles_today >= limits.cycles_per_day:
        return f"{activity.cycles_today} plans were carried out today already"
    if activity.cycles_recent >= limits.cycles_per_10_sessions:
        return f"{activity.cycles_recent} plans were carried out in the last 10 sessions"
    if activity.unknowns >= limits.unknowns_halt:
        return f"{activity.unknowns} orders have an unknown outcome"
    if activity.rejects_today >= limits.rejects_halt:
        return f"{activity.rejects_today} orders were rejected today"
    return ""


def send(leg: Leg, passage: Passage, moment: Moment, broker: Broker, book: Book) -> Passage:
    """Send one order, or refuse to and write down why. Its intent is committed already.

    What the broker answers is written down; an unclear answer stays open until it is looked up.
    """
    order = leg.order
    if why := refusal(order, passage, moment):
        book.note([Note(order.key, "blocked", moment.now, detail=why)])
        return passage
    outcome = _outcome(broker.submit(order), order.key, moment.now)
    book.note([Note(order.key, "sent", moment.now), outcome])
    return passage.after(order)


def _outcome(result: SubmitResult, key: OrderKey, now: datetime) -> Note:
    match result:
        case Accepted(broker_id):
            return Note(key, "accepted", now, broker_id)
        case Refused(reason):
            return Note(key, "refused", now, detail=reason)
        case Unclear(reason):
            return Note(key, "unclear", now, detail=reason)
