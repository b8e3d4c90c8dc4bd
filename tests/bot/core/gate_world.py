"""Garbage for the gate: random accounts, plans and orders, each with a few things wrong at random.

Everything is drawn from one generator, so that a seed tells the whole run. Numbers lie around the
edges of the limits on purpose: that is where a wrong comparison shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from random import Random

from gate_cases import LOT, SESSION, D

from bot.book.recent import Traded
from bot.book.rows import Activity
from bot.gate import Moment, Passage, Past
from bot.limits import PROFILES, Limits
from brokers.words import (
    USD,
    ZERO,
    AccountId,
    Currency,
    Environment,
    Order,
    OrderKey,
    Quote,
    Side,
    Symbol,
    TimeInForce,
)
from strategies.plan import Leg, Line, Plan, PlanId, Rebalance
from strategies.washes.enforce import Seat

EUR = Currency("EUR")
NAMES = tuple(Symbol(f"N{number}") for number in range(8))
GARBAGE = [D(text) for text in ("NaN", "-NaN", "sNaN", "Infinity", "-Infinity")]
GARBAGE += [D(text) for text in ("0", "-0", "-1", "1E+30", "1E-30", "1E+999999", "1E-999999")]
LEADS = (None, *map(timedelta, (0,) * 4, (600, 900, 1800, 10_000)))
CENT = D("0.01")
PROFILE_LIST = list(PROFILES.values())


@dataclass(slots=True)
class Shot:
    """One order that is fired at the gate, when, and what becomes of it if it leaves."""

    order: Order
    quote: Quote | None
    now: datetime
    send_before: datetime
    halted: str
    lock: str
    is_open: bool
    off: float
    most: Decimal | None
    answer: str
    filled: Decimal
    """Shares that it trades in the end, where ``ends``; else it stays in the market."""
    ends: bool


@dataclass(slots=True)
class World:
    """An account, a plan for it, and the orders that are fired, be they in it or not."""

    passage: Passage
    time: datetime
    shots: list[Shot] = field(default_factory=list)


def world(rnd: Random) -> World:
    """An account with a plan of a few orders, and garbage shots beside those that are meant."""
    names = rnd.choice((1, 2, 25, 25, 100))
    prices = {symbol: price(rnd) for symbol in NAMES}
    rates = {symbol: _rate(rnd) for symbol in NAMES}
    nav = D(rnd.choice((2_000, 100_000, 100_000, 1_000_000)))
    chance, most = 0.9 if names > 1 else 0.1, int(nav / 500)
    held = {s: D(rnd.randrange(0, most)) for s in NAMES if rnd.random() < chance}
    legs = [_leg(rnd, place, prices, nav) for place in range(rnd.randrange(1, 6))]
    if rnd.random() > 0.02:
        legs = list({leg.order.symbol: leg for leg in legs}.values())
    now = _now(rnd)
    lines = _turned(rnd, _lines(names, prices, held), nav)
    plan = _plan(rnd, lines, nav, legs, now)
    found = World(_passage(rnd, plan, prices, rates, held), now)
    fired = list(legs)
    if rnd.random() < 0.3:
        fired.append(rnd.choice(legs))
    for place, leg in enumerate(fired):
        now += timedelta(seconds=rnd.random() * 3)
        found.shots.append(shot(rnd, leg.order, place, prices[leg.order.symbol], now))
    return found


def price(rnd: Random) -> Decimal:
    """Mostly a hundred; sometimes less than a dollar, sometimes thousands."""
    if rnd.random() < 0.9:
        return D(rnd.randrange(9_000, 11_000)).scaleb(-2)
    return D(rnd.choice(("0.9", "1.01", "250", "5000")))


def _rate(rnd: Random) -> Decimal:
    return D(1) if rnd.random() < 0.97 else rnd.choice([D("1.1"), D(2), *GARBAGE])


def _now(rnd: Random) -> datetime:
    opens, closes = SESSION.opens, SESSION.closes
    if rnd.random() < 0.95:
        return opens + timedelta(minutes=rnd.randrange(5, 370))
    edges = (opens + timedelta(minutes=5), closes - timedelta(minutes=15))
    return rnd.choice(edges) + timedelta(seconds=rnd.choice((-1, 0, 1, -400, 1200)))


def _size(rnd: Random, price: Decimal, nav: Decimal) -> Decimal:
    """Shares worth a part of the account: mostly little, sometimes about the largest allowed."""
    share = rnd.choice((0.002, 0.002, 0.01, 0.01, 0.02, 0.02, 0.049, 0.05, 0.0501, 0.3))
    return max((nav * D(str(share)) / price).quantize(CENT), CENT)


def _leg(
    rnd: Random,
    place: int,
    prices: dict[Symbol, Decimal],
    nav: Decimal,
) -> Leg:
    symbol = rnd.choice(NAMES)
    side = Side.BUY if rnd.random() < 0.6 else Side.SELL
    size = _size(rnd, prices[symbol], nav)
    key = OrderKey(f"TT-P-{place:03d}")
    force = TimeInForce.CLOSE if rnd.random() < 0.1 else TimeInForce.DAY
    if force is TimeInForce.CLOSE and rnd.random() < 0.8:
        size = max(size.quantize(D(1)), D(1))
    order = Order(key, symbol, side, size, prices[symbol], force=force)
    return Leg(
        order,
        prices[symbol],
        (LOT,) if side is Side.SELL else (),
        *[ZERO] * 4,
        paired=D(1) if rnd.random() < 0.1 else ZERO,
    )


def _lines(
    names: int, prices: dict[Symbol, Decimal], held: dict[Symbol, Decimal]
) -> tuple[Line, ...]:
    """One line a name; of an account of few names those that are held, at the least."""
    nothing = [ZERO] * 5
    kept = [s for s in NAMES if s in held] if names < len(NAMES) else NAMES
    lines = [Line(s, prices[s], held.get(s, ZERO), held.get(s, ZERO), *nothing) for s in kept]
    more = range(names - len(lines))
    return (*lines, *(Line(Symbol(f"F{n}"), D(100), ZERO, ZERO, *nothing) for n in more))


def _turned(rnd: Random, lines: tuple[Line, ...], nav: Decimal) -> tuple[Line, ...]:
    """Lines of which one is traded, sometimes for about as much as needs no person."""
    share = D(str(rnd.choice((0,) * 9 + (0.2499, 0.25, 0.2501))))
    if not lines or not share:
        return lines
    first, *rest = lines
    shares = (nav * share / first.price).quantize(CENT, ROUND_DOWN)
    return (replace(first, quantity_after=first.quantity_before + shares), *rest)


def _plan(
    rnd: Random, lines: tuple[Line, ...], nav: Decimal, legs: Sequence[Leg], now: datetime
) -> Plan:
    day = SESSION.day if rnd.random() < 0.98 else SESSION.day - timedelta(days=1)
    age = rnd.choice((0,) * 20 + (119, 120, 121, 5000))
    return Plan(
        plan_id=PlanId("P"),
        account=AccountId("main"),
        environment=Environment.PAPER,
        time=now - timedelta(seconds=age),
        session=day,
        base=USD,
        nav=nav,
        cash_before=ZERO,
        cash_after=ZERO,
        decision=Rebalance("drifted", full=False),
        reasons=(),
        legs=tuple(legs),
        lines=lines,
        worth=None,
        is_first=rnd.random() < 0.02,
        warnings=(),
    )


def _passage(
    rnd: Random,
    plan: Plan,
    prices: dict[Symbol, Decimal],
    rates: dict[Symbol, Decimal],
    held: dict[Symbol, Decimal],
) -> Passage:
    limits = _limits(rnd)
    actual = dict(held)
    if rnd.random() < 0.02 and held:
        actual[rnd.choice(list(held))] += 1
    nav = plan.nav
    return Passage(
        plan=plan,
        limits=limits,
        session=SESSION,
        approved=rnd.random() < 0.3,
        closes={s: _close(rnd, prices[s]) for s in NAMES if rnd.random() < 0.995},
        volumes={s: _volume(rnd) for s in NAMES},
        rates={s: r for s, r in rates.items() if rnd.random() < 0.995},
        activity=_activity(rnd),
        value_before=_share(rnd, nav, (0,) * 9 + (0.1, 0.29, 0.3, 0.35)),
        busy={s: "busy" for s in NAMES if rnd.random() < 0.01},
        cash=_share(rnd, nav, (0.9,) * 9 + (0.06, 0.006, 0, -0.1)),
        held=actual,
        invested=_share(rnd, nav, (0.1,) * 9 + (0.94, 0.99, 1.0, 1.2)),
        open=rnd.choice((0,) * 20 + (56, 58, 59, 60, 119, 1199)),
        rejects=rnd.choice((0,) * 12 + (2, 4, 5)),
        unknowns=rnd.choice((0,) * 12 + (2, 3)),
        seat=Seat("main", "taxable", SESSION.day),
        closing_lead=rnd.choice(LEADS),
        past=_past(rnd),
        sent=rnd.choice((0,) * 20 + (56, 58, 59, 60, 119, 1199)),
    )


def _limits(rnd: Random) -> Limits:
    limits = rnd.choice(PROFILE_LIST)
    if rnd.random() < 0.1:
        limits = replace(limits, order_usd_max=D(rnd.choice((0, 500, 2_000, 25_000))))
    if rnd.random() < 0.1:
        limits = replace(limits, name_weight_max=D(str(rnd.choice((0.01, 0.1, 0.2)))))
    if rnd.random() < 0.1:
        limits = replace(limits, sends_per_order=1)
    return limits


def _close(rnd: Random, at: Decimal) -> Decimal:
    chance = rnd.random()
    if chance < 0.94:
        return (at * D(rnd.randrange(97, 104)) / 100).quantize(CENT)
    if chance < 0.99:
        return (at * D(rnd.choice(("0.83", "0.91", "1.1", "1.25", "1.251", "10")))).quantize(CENT)
    return rnd.choice(GARBAGE[3:9])


def _volume(rnd: Random) -> Decimal | None:
    return rnd.choice((None, D(1_000_000), D(1_000_000), D(499_999), D(500_000), D(3_000)))


def _share(rnd: Random, nav: Decimal, shares: Sequence[float]) -> Decimal:
    return nav * D(str(rnd.choice(shares)))


def _activity(rnd: Random) -> Activity:
    rejected = {s: rnd.choice((1, 2, 3)) for s in NAMES if rnd.random() < 0.02}
    orders = rnd.choice((0,) * 20 + (8, 9, 10, 30, 116, 119, 120, 2399))
    return Activity(orders, {}, 0, 0, 0, rejected, 0, 0, frozenset())


def _past(rnd: Random) -> Past:
    def traded() -> Traded:
        meant, done = D(rnd.randrange(1, 60)), D(rnd.randrange(0, 60))
        return Traded(rnd.choice((0, 1, 1, 6)), meant, done, rnd.choice((ZERO, done, D(1000))))

    places = [(s, side) for s in NAMES for side in Side if rnd.random() < 0.06]
    return Past(
        {place: traded() for place in places},
        frozenset(s for s in NAMES if rnd.random() < 0.02),
    )


def shot(rnd: Random, meant: Order, place: int, at: Decimal, now: datetime) -> Shot:
    """The order that was meant, bent in a few ways, at a quote that may be bent too."""
    mid = at if rnd.random() < 0.95 else (at * D(rnd.randrange(70, 140)) / 100).quantize(CENT)
    order = replace(
        meant,
        key=OrderKey(f"TT-P-{place:03d}"),
        symbol=meant.symbol if rnd.random() < 0.98 else rnd.choice(NAMES),
        side=meant.side if rnd.random() < 0.98 else rnd.choice(list(Side)),
        quantity=_quantity(rnd, meant.quantity),
        limit=_limit(rnd, mid, meant.side),
        currency=USD if rnd.random() < 0.985 else EUR,
        force=meant.force if rnd.random() < 0.99 else rnd.choice(list(TimeInForce)),
    )
    return Shot(
        order=order,
        quote=_quote(rnd, order.symbol, mid, now),
        now=now,
        send_before=now + timedelta(seconds=30 if rnd.random() < 0.98 else rnd.choice((0, -1))),
        halted="halted" if rnd.random() < 0.01 else "",
        lock="locked" if rnd.random() < 0.01 else "",
        is_open=rnd.random() < 0.99,
        off=0.1 if rnd.random() < 0.98 else rnd.choice((5.0, -5.0, 5.5, -9.0)),
        most=None if rnd.random() < 0.95 else meant.quantity * rnd.choice((D(1), D("0.5"))),
        answer=rnd.choice(("accepted",) * 8 + ("refused", "unclear")),
        filled=meant.quantity * rnd.choice((ZERO, D("0.5"), D(1))),
        ends=rnd.random() < 0.7,
    )


def _quantity(rnd: Random, meant: Decimal) -> Decimal:
    chance = rnd.random()
    if chance < 0.9:
        return meant
    if chance < 0.97:
        return meant * D(rnd.choice(("0.5", "0.99", "1.01", "2", "1000000")))
    return rnd.choice(GARBAGE)


def _limit(rnd: Random, mid: Decimal, side: Side) -> Decimal:
    chance = rnd.random()
    if chance > 0.98:
        return rnd.choice(GARBAGE)
    through = rnd.choice((0, 0.001, 0.005, 0.0099, 0.01)) if chance < 0.93 else 0.001
    if 0.93 <= chance < 0.97:
        through = rnd.choice((0.0101, 0.02, 0.0299, 0.03, 0.0301, 0.09, 0.2, -0.3))
    price = mid * (1 + side.sign * D(str(through)))
    step = D("0.0001") if price < 1 else CENT
    off = D("0.003") if chance >= 0.97 else ZERO
    return price.quantize(step) + off


def _quote(rnd: Random, symbol: Symbol, mid: Decimal, now: datetime) -> Quote | None:
    chance = rnd.random()
    half = mid * D(str(rnd.choice((0.0002, 0.001)))) if chance < 0.96 else mid * D("0.0051")
    if chance > 0.98:
        half = rnd.choice([ZERO, -CENT, mid * D("0.016")])
    quote = Quote(symbol, mid - half, mid + half, now - timedelta(seconds=rnd.random() * 10))
    if rnd.random() < 0.03:
        quote = replace(quote, time=now - timedelta(seconds=rnd.choice((15, 16, 900, -5, -6))))
    if rnd.random() < 0.01:
        quote = replace(quote, delayed=True)
    if rnd.random() < 0.01:
        quote = replace(quote, **{rnd.choice(("bid", "ask")): rnd.choice(GARBAGE)})
    if rnd.random() < 0.005:
        return None
    return quote


def moment(fired: Shot) -> Moment:
    """What the gate is told of the moment of a shot."""
    return Moment(
        now=fired.now,
        send_before=fired.send_before,
        quote=fired.quote,
        halted=fired.halted,
        lock=fired.lock,
        is_open=fired.is_open,
        most=fired.most,
        clock_off_seconds=fired.off,
    )
