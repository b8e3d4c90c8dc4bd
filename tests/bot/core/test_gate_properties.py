"""Whatever is thrown at the gate: what passes keeps every limit, as a stranger would state them."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from gate_cases import AAA, IDLE, NOW, ORDER, meant, moment, passage, plan
from hypothesis import example, given
from hypothesis import strategies as st

from bot.gate import Moment, Passage, preflight, refusal
from bot.limits import PROFILES, Profile
from brokers.words import Currency, Order, Quote, Side, Symbol

GARBAGE = st.sampled_from(
    ["NaN", "-NaN", "Infinity", "-Infinity", "0", "-0", "-1", "1E+30", "1E-30"]
)
AROUND = st.decimals("80", "125", places=2)
NUMBERS = st.one_of(
    AROUND,
    AROUND,
    st.decimals("0", "100000", places=6),
    GARBAGE.map(Decimal),
)
MONEY = st.decimals("-1000", "200000", places=2)
MOMENTS = st.one_of(
    st.just(NOW),
    st.just(NOW),
    st.integers(-120, 500).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)
AGES = st.one_of(st.just(0.0), st.floats(-20, 40))
SYMBOLS = st.sampled_from([AAA, AAA, AAA, Symbol("BBB")])
COUNTS = st.one_of(st.just(0), st.integers(0, 130))
FEW = st.one_of(st.just(0), st.integers(0, 6))


@st.composite
def orders(draw: st.DrawFn) -> Order:
    return replace(
        ORDER,
        symbol=draw(SYMBOLS),
        side=draw(st.sampled_from(Side)),
        quantity=draw(st.one_of(st.decimals("0.01", "60", places=2), NUMBERS)),
        limit=draw(st.one_of(st.decimals("97", "103", places=2), NUMBERS)),
    )


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    now = draw(MOMENTS)
    mid, half = (
        draw(st.one_of(st.just(Decimal(100)), AROUND)),
        draw(st.decimals("0", "2", places=2)),
    )
    quote = Quote(
        AAA,
        draw(st.one_of(st.just(mid - half), NUMBERS)),
        draw(st.one_of(st.just(mid + half), NUMBERS)),
        now - timedelta(seconds=draw(AGES)),
        currency=draw(st.sampled_from([Currency("USD")] * 9 + [Currency("EUR")])),
        delayed=draw(st.sampled_from([False] * 9 + [True])),
    )
    return Moment(
        now=now,
        send_before=now + timedelta(seconds=draw(st.sampled_from([30, 30, 0, -1]))),
        quote=draw(st.sampled_from([quote] * 9 + [None])),
        halted=draw(st.sampled_from([""] * 9 + ["halted"])),
        lock=draw(st.sampled_from([""] * 9 + ["locked"])),
        is_open=draw(st.sampled_from([True] * 9 + [False])),
    )


@st.composite
def passages(draw: st.DrawFn) -> Passage:
    activity = replace(
        IDLE, orders_today=draw(COUNTS), rejects_by_symbol={draw(SYMBOLS): draw(FEW)}
    )
    volume = draw(st.one_of(st.just(1_000_000), st.none(), st.integers(1, 600_000)))
    return passage(
        plan(names=draw(st.sampled_from([1, 2, 25, 25, 100]))),
        limits=PROFILES[draw(st.sampled_from(Profile))],
        approved=draw(st.booleans()),
        closes=draw(st.sampled_from([{AAA: draw(st.one_of(AROUND, NUMBERS))}] * 9 + [{}])),
        volumes={AAA: None if volume is None else Decimal(volume)},
        rates={AAA: draw(st.one_of(st.just(Decimal(1)), NUMBERS))},
        activity=activity,
        value_before=draw(st.one_of(st.just(Decimal(0)), MONEY)),
        sent_value=draw(st.one_of(st.just(Decimal(0)), MONEY)),
        busy=draw(st.sampled_from([{}] * 9 + [{AAA: "busy"}])),
        cash=draw(MONEY),
        held={AAA: draw(MONEY)},
        invested=draw(MONEY),
        open=draw(COUNTS),
        rejects=draw(FEW),
        unknowns=draw(FEW),
        sent=draw(COUNTS),
    )


def broken(order: Order, before: Passage, now: Moment) -> list[str]:
    """Every limit that ``order`` breaks: written from the limits' own words, in fractions."""
    lim, nav, quote = before.limits, Fraction(before.plan.nav), now.quote
    assert quote is not None
    bid, ask, close = (
        Fraction(quote.bid),
        Fraction(quote.ask),
        Fraction(before.closes[order.symbol]),
    )
    mid, price, count = (bid + ask) / 2, Fraction(order.limit), Fraction(order.quantity)
    value = count * price * Fraction(before.rates[order.symbol])
    volume = before.volumes.get(order.symbol)
    liquid = volume is not None and Fraction(volume) * mid >= Fraction(lim.liquid_adv_usd)
    collar = Fraction(lim.collar_liquid if liquid else lim.collar)
    spread = Fraction(lim.spread_max_liquid if liquid else lim.spread_max)
    age = (now.now - quote.time).total_seconds()
    is_buy, is_sale = order.side is Side.BUY, order.side is Side.SELL
    names = len(before.plan.lines)
    scaled = Fraction(lim.orders_per_name) * names
    counts = [max(n, int(scaled)) for n in (lim.orders_per_cycle, lim.orders_open)]
    per_day = max(lim.orders_per_day, 2 * int(scaled))
    largest = max(Fraction(lim.order_weight_max), Fraction(1, names)) * nav
    today = Fraction(before.value_before) + Fraction(before.sent_value) + value
    first = before.session.opens + timedelta(minutes=lim.after_open_minutes)
    last = before.session.closes - timedelta(minutes=lim.before_close_minutes)
    floor = max(Fraction(lim.cash_floor), Fraction(lim.cash_floor_weight) * nav)
    rejected = before.activity.rejects_by_symbol.get(order.symbol, 0)
    by_size = not before.approved
    breaks = {
        "halted": bool(now.halted),
        "locked": bool(now.lock) or order.symbol in before.busy,
        "too late": now.now > now.send_before,
        "closed": now.now < first or now.now > last or not now.is_open,
        "not an order": count <= 0 or price <= 0 or value <= 0,
        "quote": bid <= 0 or ask <= bid or quote.delayed or quote.currency != order.currency,
        "age": age > lim.quote_age_seconds or -age > lim.clock_stop_seconds,
        "spread": ask - bid > spread * mid,
        "jump": abs(mid - close) > Fraction(lim.jump_max) * close,
        "dear": is_buy and price > mid * (1 + collar),
        "cheap": is_sale and price < mid * (1 - collar),
        "far from close": is_buy and price > close * (1 + Fraction(lim.close_collar)),
        "far below close": is_sale and price < close * (1 - Fraction(lim.close_collar)),
        "short": is_sale and count > Fraction(before.held.get(order.symbol, Decimal(0))),
        "cash": is_buy and Fraction(before.cash) - value < floor,
        "gross": is_buy and Fraction(before.invested) + value > Fraction(lim.gross_max) * nav,
        "volume": volume is not None and count > Fraction(volume) * Fraction(lim.order_adv_max),
        "weight": by_size and value > largest,
        "dollars": by_size and lim.order_usd_max is not None and value > lim.order_usd_max,
        "day": by_size and today > Fraction(lim.day_turnover_max) * nav,
        "cycle count": before.sent >= counts[0],
        "open count": before.open >= counts[1],
        "day count": before.activity.orders_today + before.sent >= per_day,
        "rejected": before.rejects >= lim.rejects_halt or rejected >= lim.rejects_same_symbol,
        "unknown": before.unknowns >= lim.unknowns_halt,
    }
    return [name for name, is_broken in breaks.items() if is_broken]


@given(orders(), passages(), moments())
@example(ORDER, passage(), moment())
def test_what_passes_keeps_every_limit(order: Order, before: Passage, now: Moment) -> None:
    if refusal(order, meant(order, before), now) == "":
        assert broken(order, before, now) == []


SOUND = st.builds(
    lambda quantity, limit, side: replace(ORDER, quantity=quantity, limit=limit, side=side),
    st.decimals("0.01", "60", places=2),
    st.decimals("97", "103", places=2),
    st.sampled_from(Side),
)


@given(SOUND, st.decimals("0", "60000", places=2), st.decimals("0", "120", places=2), FEW, FEW)
def test_what_keeps_every_limit_passes(
    order: Order, cash: Decimal, held: Decimal, rejects: int, unknowns: int
) -> None:
    before = passage(cash=cash, held={AAA: held}, rejects=rejects, unknowns=unknowns)
    said = refusal(order, meant(order, before), moment())
    assert bool(said) is bool(broken(order, before, moment()))


@given(
    wanted=st.lists(orders(), min_size=1, max_size=70),
    now=MOMENTS,
    approved=st.booleans(),
    today=COUNTS,
)
def test_a_plan_that_passes_is_whole(
    *, wanted: list[Order], now: datetime, approved: bool, today: int
) -> None:
    before = passage(plan(*wanted), approved=approved, activity=replace(IDLE, orders_today=today))
    if preflight(before, now) == "":
        symbols = [order.symbol for order in wanted]
        assert len(symbols) == len(set(symbols)) <= 60
        assert today + len(symbols) <= 120
        assert approved or now <= NOW + timedelta(seconds=120)


@given(st.lists(SOUND, max_size=30), st.decimals("600", "60000", places=2))
def test_a_stream_of_orders_never_passes_a_limit_together(
    stream: list[Order], cash: Decimal
) -> None:
    before = passage(cash=cash)
    for order in stream:
        if refusal(order, meant(order, before), moment()) == "":
            before = before.after(order, "accepted", NOW)
    assert before.cash >= 500
    assert before.held[AAA] >= 0
    assert before.sent_value <= 30_000
    assert before.invested <= 100_000
