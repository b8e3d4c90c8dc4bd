"""The only room that sends an order, and the last that can refuse to.

``preflight`` judges a plan as a whole before anything is committed; ``send`` judges each order
again, at the moment of its sending, against fresh quotes and everything sent so far. A rule is a
row of a table: a name, and a function that answers with a sentence when it refuses. Every order
that may be live counts: sent, open, or of unknown fate (RTS 6, article 15(2)).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.book.book import Book
from bot.book.rows import Activity, Note, OrderStep
from bot.clock import Clock
from bot.household.asking import objection
from bot.limits import Limits
from bot.quotes import fault, is_liquid
from brokers.broker import Accepted, Broker, Refused, SubmitResult
from brokers.words import ZERO, Order, OrderKey, Quote, Session, Side, Symbol, is_finite_positive
from strategies.plan import Leg, Plan
from strategies.washes.enforce import Seat
from strategies.washes.home import Home


@dataclass(frozen=True, slots=True)
class Passage:
    """What the gate knows of an account while a plan passes: limits, holdings, what went before.

    ``activity`` is what was sent before the plan; the numbers after it go on from there. ``cash``
    is what may still be spent, in base currency, after every order sent so far at its limit;
    ``held`` are the shares not yet promised to a sale, ``invested`` what all shares are worth, as
    if no sale but every purchase sent so far filled.
    """

    plan: Plan
    limits: Limits
    session: Session
    approved: bool
    closes: Mapping[Symbol, Decimal]
    volumes: Mapping[Symbol, Decimal | None]
    rates: Mapping[Symbol, Decimal]
    """Worth in base currency of one unit of each symbol's currency."""
    activity: Activity
    value_before: Decimal
    """Worth of what was sent today before this plan, in base currency."""
    busy: Mapping[Symbol, str]
    """Names in which an order may still fill, ours or somebody else's, and what is known of it."""
    cash: Decimal
    held: Mapping[Symbol, Decimal]
    invested: Decimal
    open: int
    rejects: int
    unknowns: int
    seat: Seat
    may_defer: bool = False
    """Whether a loss may move to other lots; one that would be lost for good never leaves."""
    sent: int = 0
    sent_value: Decimal = ZERO

    @property
    def names(self) -> int:
        """Names that the account holds or wants: limits of count and size grow with them."""
        return len(self.plan.lines)

    def value(self, order: Order) -> Decimal:
        """Worth of an order at its limit, in base currency."""
        return order.value * self.rates[order.symbol]

    def after(self, order: Order, outcome: OrderStep) -> "Passage":
        """The passage once ``order`` has been sent, as if it were going to fill."""
        value = self.value(order)
        spent = value if order.side is Side.BUY else ZERO
        held = dict(self.held)
        if order.side is Side.SELL:
            held[order.symbol] -= order.quantity
        return replace(
            self,
            cash=self.cash - spent,
            held=held,
            invested=self.invested + spent,
            open=self.open + 1,
            rejects=self.rejects + (outcome == "refused"),
            unknowns=self.unknowns + (outcome == "unclear"),
            sent=self.sent + 1,
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
    home: Home | None = None
    """The household with all that is in the market; None where the account is by itself."""
    most: Decimal | None = None
    """Shares that it may be for, where it buys in place of what was sold at a loss."""
    clock: Clock | None = None
    """What is looked at once more just before the order leaves; None where time stands still."""


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
    sound = is_finite_positive(order.quantity) and is_finite_positive(order.limit)
    return "" if sound else f"quantity {order.quantity} at {order.limit} is not an order"


def _rate(order: Order, passage: Passage, _moment: Moment) -> str:
    rate = passage.rates.get(order.symbol, ZERO)
    return "" if is_finite_positive(rate) else f"its worth in {passage.plan.base} is not known"


def _lock(_order: Order, _passage: Passage, moment: Moment) -> str:
    return moment.lock


def _quote(order: Order, passage: Passage, moment: Moment) -> str:
    close, volume = passage.closes.get(order.symbol), passage.volumes.get(order.symbol)
    why = fault(moment.quote, close, volume, passage.limits, moment.now)
    if not why and moment.quote is not None and moment.quote.currency != order.currency:
        return f"its quote is in {moment.quote.currency}, its limit in {order.currency}"
    return why


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
    off, widest = (order.limit / close - 1) * order.side.sign, passage.limits.close_collar
    if off > widest:
        return f"its limit is {off:.1%} beyond the last close, {widest:.0%} allowed"
    return ""


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


def _gross(order: Order, passage: Passage, _moment: Moment) -> str:
    most = passage.limits.gross_max * passage.plan.nav
    total = passage.invested + passage.value(order)
    if order.side is Side.BUY and total > most:
        return f"{total:.0f} would be invested, {most:.0f} allowed"
    return ""


def _order_size(order: Order, passage: Passage, _moment: Moment) -> str:
    volume = passage.volumes.get(order.symbol)
    share = passage.limits.order_adv_max
    if volume is not None and order.quantity > volume * share:
        return f"{order.quantity:f} shares are more than {share:.1%} of a day's volume"
    return "" if passage.approved else order_too_large(passage.value(order), passage)


def _day_value(order: Order, passage: Passage, _moment: Moment) -> str:
    if passage.approved:
        return ""
    most = passage.limits.day_turnover_max * passage.plan.nav
    total = passage.value_before + passage.sent_value + passage.value(order)
    return f"{total:.0f} ordered today would pass {most:.0f}" if total > most else ""


def _counts(_order: Order, passage: Passage, _moment: Moment) -> str:
    per_cycle, per_day, at_once = passage.limits.counts(passage.names)
    if passage.sent >= per_cycle:
        return f"{per_cycle} orders a cycle are allowed"
    if passage.activity.orders_today + passage.sent >= per_day:
        return f"{per_day} orders a day are allowed"
    return f"{at_once} open orders are allowed" if passage.open >= at_once else ""


def _trouble(order: Order, passage: Passage, _moment: Moment) -> str:
    limits = passage.limits
    if why := beset(passage.rejects, passage.unknowns, limits):
        return why
    if order.symbol in passage.busy:
        return passage.busy[order.symbol]
    rejects = passage.activity.rejects_by_symbol.get(order.symbol, 0)
    return f"{rejects} orders in it were rejected" if rejects >= limits.rejects_same_symbol else ""


def _wash(order: Order, passage: Passage, moment: Moment) -> str:
    """With everything that any account of the household has done since the plan."""
    if moment.home is None:
        return ""
    leg = next(leg for leg in passage.plan.legs if leg.order.key == order.key)
    return objection(order, leg.lots, moment.home, passage.seat, may_defer=passage.may_defer)


def _pair(order: Order, _passage: Passage, moment: Moment) -> str:
    if moment.most is None or order.quantity <= moment.most:
        return ""
    return f"it buys in place of a sale that filled for {moment.most:f} of it"


RULES: Sequence[tuple[str, Rule]] = (
    ("halt", _halt),
    ("send-before", _expired),
    ("session-window", _window),
    ("sane-order", _sane),
    ("exchange-rate", _rate),
    ("symbol-lock", _lock),
    ("pair", _pair),
    ("quote", _quote),
    ("price-collar", _collar),
    ("close-collar", _close_collar),
    ("no-short", _no_short),
    ("cash-floor", _cash_floor),
    ("gross", _gross),
    ("order-size", _order_size),
    ("day-value", _day_value),
    ("order-count", _counts),
    ("trouble", _trouble),
    ("wash-sale", _wash),
)
"""In this order: a later rule may trust what an earlier one has looked at."""


def refusal(order: Order, passage: Passage, moment: Moment) -> str:
    """The first rule that refuses, with its name, or an empty string."""
    for name, rule in RULES:
        if why := rule(order, passage, moment):
            return f"{name}: {why}"
    return ""


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


def needs_approval(passage: Passage) -> tuple[str, ...]:
    """What in the plan the machine may not do without a person, in sentences."""
    plan, limits = passage.plan, passage.limits
    found = ["it is the first allocation of this account"] if plan.is_first else []
    if plan.turnover > limits.cycle_turnover_max:
        most = limits.cycle_turnover_max
        found.append(f"it turns over {plan.turnover:.1%} of NAV, {most:.0%} allowed")
    values = [passage.value(leg.order) for leg in plan.legs]
    if why := order_too_large(max(values, default=ZERO), passage):
        found.append(why)
    today = passage.value_before + sum(values, ZERO)
    if today > limits.day_turnover_max * plan.nav:
        found.append(f"it would bring the day's orders to {today / plan.nav:.1%} of NAV")
    return tuple(found)


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
    _moved,
)


def preflight(passage: Passage, now: datetime) -> str:
    """Why the plan as a whole must not be carried out, or an empty string."""
    return next((why for rule in PLAN_RULES if (why := rule(passage, now))), "")


def throttle(activity: Activity, limits: Limits) -> str:
    """Why the account was traded too often to be traded again (RTS 6, article 15(3))."""
    if activity.cycles_today >= limits.cycles_per_day:
        return f"{activity.cycles_today} plans were carried out today already"
    if activity.cycles_recent >= limits.cycles_per_10_sessions:
        return f"{activity.cycles_recent} plans were carried out in the last 10 sessions"
    return beset(activity.rejects_today, activity.unknowns, limits)


def beset(rejects: int, unknowns: int, limits: Limits) -> str:
    """Why so many orders went wrong that no more may be sent, or an empty string."""
    if unknowns >= limits.unknowns_halt:
        return f"{unknowns} orders have an unknown outcome"
    return f"{rejects} orders were rejected today" if rejects >= limits.rejects_halt else ""


def send(leg: Leg, passage: Passage, moment: Moment, broker: Broker, book: Book) -> Passage:
    """Send one order, or refuse to and write down why. Its intent is committed already.

    That it is sent is in the book before it leaves: an intent without that note never left, and
    a book that cannot be written stops the order, as does one that another process works now
    (``NotHolder``). A process that stood still since then looks at the clock and lets it be. An
    unclear answer stays open until it is looked up.
    """
    order = leg.order
    if not (why := refusal(order, passage, moment)):
        book.note([Note(order.key, "sent", moment.now)])
        if moment.clock is not None and moment.clock.now() > moment.send_before:
            why = "its time to be sent passed while this process stood still"
    if why:
        book.note([Note(order.key, "blocked", moment.now, detail=why)])
        return passage
    outcome = _outcome(broker.submit(order), order.key, moment.now)
    book.note([outcome])
    return passage.after(order, outcome.kind)


def _outcome(result: SubmitResult, key: OrderKey, now: datetime) -> Note:
    if isinstance(result, Accepted):
        return Note(key, "accepted", now, result.broker_id)
    kind: OrderStep = "refused" if isinstance(result, Refused) else "unclear"
    return Note(key, kind, now, detail=result.reason)
