"""Every rule of the gate, a row for each side of each of its boundaries."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from gate_cases import (
    AAA,
    IDLE,
    NOW,
    ORDER,
    PERSON,
    SESSION,
    D,
    buy,
    home,
    leg,
    limited,
    line,
    meant,
    moment,
    passage,
    plan,
    quoted,
    sell,
    trade,
    traded,
    worked,
)

from bot.book.recent import Traded
from bot.gate import RULES, Moment, Passage, Past, needs_approval, preflight, refusal, throttle
from bot.limits import PROFILES, Limits, Profile
from brokers.words import Currency, Order, Session, Side, Symbol, TimeInForce
from strategies.plan import child_key
from strategies.washes.enforce import Seat
from strategies.washes.home import Home
from strategies.washes.ledger import household

INSTANT = timedelta(microseconds=1)
HALF_DAY = Session(SESSION.day, SESSION.opens, datetime(2026, 11, 20, 18, 0, tzinfo=UTC))
OPENS, CLOSES = SESSION.opens + timedelta(minutes=5), SESSION.closes - timedelta(minutes=15)
EARLY = HALF_DAY.closes - timedelta(minutes=15)
ILLIQUID = {AAA: D(499_999)}
SMALL = passage(plan(nav="2000"), invested=D(1000))
RICH = passage(plan(nav="1000000"), cash=D(500_000))
CAPPED = replace(RICH, limits=replace(PERSON, order_usd_max=D(25_000)))
FEW = passage(plan(names=2), cash=D(100_000))
REST = buy("4")
BIGGER = buy("11", "100")
BOUGHT = (AAA, Side.BUY)
VOUCHED = Past(cleared=frozenset({AAA}))
DESK = PROFILES[Profile.DESK]
OLD = replace(SESSION, day=date(2026, 10, 30))
"""The last Friday on which the grid of half cents was not in force."""
MANY = passage(plan(names=100))


def at(now: datetime) -> Moment:
    return moment(now)


def priced(close: str, volume: int = 1_000_000, **other: object) -> Passage:
    return passage(closes={AAA: D(close)}, volumes={AAA: D(volume)}, **other)


def active(**counts: object) -> Passage:
    return passage(activity=replace(IDLE, **counts))


SOLD = "2026-11-10 main sells 50 at 100 as L1"
LEAVING = "2026-11-20 main sells 50 at 100 as L1"
IRA = Seat("ira", "ira", SESSION.day)
SALE = sell()


def selling(**other: object) -> Passage:
    return passage(plan(SALE), **other)


LOC = replace(ORDER, force=TimeInForce.CLOSE)
LOC_PART = replace(LOC, quantity=D("10.5"))
LOC_EUR = replace(LOC, currency=Currency("EUR"))
LOC_NEXT = replace(LOC, key=child_key(LOC.key, 1))
FROZEN = SESSION.closes - timedelta(minutes=20)
LATE = at(FROZEN + INSTANT)


def closing(order: Order, lead: int | None = 10, **other: object) -> Passage:
    """The plan has it for the auction, which the broker takes orders for so many minutes before."""
    least = None if lead is None else timedelta(minutes=lead)
    return passage(plan(order), closing_lead=least, **other)


PASSES = ""
Case = tuple[str, Order, Passage, Moment]
CASES: list[Case] = [
    (PASSES, ORDER, passage(), moment()),
    ("halt: by hand", ORDER, passage(), moment(halted="by hand")),
    # what the plan says, and no more
    (PASSES, buy("10"), passage(plan(buy("10"))), moment()),
    ("as-planned: 10.01 shares together", buy("10.01"), passage(plan(buy("10"))), moment()),
    ("as-planned: the plan does not buy AAA", ORDER, passage(plan(legs=())), moment()),
    ("as-planned: the plan does not sell AAA", sell(), passage(plan(buy())), moment()),
    (PASSES, REST, passage(plan(buy("10"))), moment(before=worked("6"))),
    ("as-planned: 11 ", REST, passage(plan(buy("10"))), moment(before=worked("7"))),
    (
        "as-planned: another order for the same",
        buy("4"),
        passage(plan(buy("10"))),
        moment(before=worked("6", is_live=True)),
    ),
    # the closing auction: what the plan says, who takes it, until when, whole shares, once
    (PASSES, LOC, closing(LOC), moment()),
    ("auction: this broker takes no", LOC, closing(LOC, lead=None), moment()),
    (PASSES, LOC, closing(LOC, lead=20), at(FROZEN)),
    ("auction: orders for the closing auction leave until 20:40", LOC, closing(LOC, lead=20), LATE),
    ("auction: orders for", LOC, closing(LOC, lead=20, session=HALF_DAY), at(EARLY)),
    ("auction: 10.5 shares", LOC_PART, closing(LOC_PART), moment()),
    ("auction: the closing auction of the US", LOC_EUR, closing(LOC_EUR), moment()),
    ("auction: an order for an auction takes no other", LOC_NEXT, closing(LOC), moment()),
    # its own time
    (PASSES, ORDER, passage(), moment(send_before=NOW)),
    ("send-before", ORDER, passage(), moment(send_before=NOW - INSTANT)),
    # the session, whole and half days
    (PASSES, ORDER, passage(), at(OPENS)),
    ("session-window", ORDER, passage(), at(OPENS - INSTANT)),
    (PASSES, ORDER, passage(), at(CLOSES)),
    ("session-window", ORDER, passage(), at(CLOSES + INSTANT)),
    (PASSES, ORDER, passage(session=HALF_DAY), at(EARLY)),
    ("session-window", ORDER, passage(session=HALF_DAY), at(EARLY + INSTANT)),
    ("session-window", ORDER, passage(), moment(is_open=False)),
    (PASSES, ORDER, passage(), moment(clock_off_seconds=5.0)),
    (PASSES, ORDER, passage(), moment(clock_off_seconds=-5.0)),
    ("session-window: this clock and", ORDER, passage(), moment(clock_off_seconds=5.1)),
    ("session-window: this clock and", ORDER, passage(), moment(clock_off_seconds=-5.1)),
    # an order at all
    ("sane-order", buy("0"), passage(), moment()),
    ("sane-order", buy("-1"), passage(), moment()),
    ("sane-order", buy("NaN"), passage(), moment()),
    ("sane-order", buy("Infinity"), passage(), moment()),
    ("sane-order", buy("10", "0"), passage(), moment()),
    ("sane-order", buy("10", "-5"), passage(), moment()),
    ("sane-order", sell("10", "NaN"), passage(), moment()),
    (PASSES, buy("0.000000001"), passage(), moment()),
    ("sane-order", buy("1E+999999"), passage(), moment()),
    ("sane-order", buy("10", "1E+999999"), passage(), moment()),
    # what its currency is worth
    ("exchange-rate", ORDER, passage(rates={}), moment()),
    ("exchange-rate", ORDER, passage(rates={AAA: D(0)}), moment()),
    ("exchange-rate", ORDER, passage(rates={AAA: D("NaN")}), moment()),
    ("symbol-lock: differs", ORDER, passage(), moment(lock="differs")),
    # whether the quote can be trusted
    ("quote", ORDER, passage(), moment(quote=None)),
    ("quote", ORDER, passage(), quoted("NaN", "100.01")),
    ("quote", ORDER, passage(), quoted("99.99", "Infinity")),
    ("quote", ORDER, passage(), quoted("0", "100.01")),
    ("quote: its quote is crossed", ORDER, passage(), quoted("100.02", "100.01")),
    ("quote: its quote is crossed or locked", ORDER, passage(), quoted("100.01", "100.01")),
    ("quote: its quote is delayed", ORDER, passage(), quoted("99.99", "100.01", delayed=True)),
    (PASSES, ORDER, passage(), quoted("99.99", "100.01", time=NOW - timedelta(seconds=15))),
    (
        "quote: its quote is 15 s old",
        ORDER,
        passage(),
        quoted("99.99", "100.01", time=NOW - timedelta(seconds=15) - INSTANT),
    ),
    (PASSES, ORDER, passage(), quoted("99.99", "100.01", time=NOW + timedelta(seconds=5))),
    (
        "quote: its quote is 5 s in the future",
        ORDER,
        passage(),
        quoted("99.99", "100.01", time=NOW + timedelta(seconds=5) + INSTANT),
    ),
    ("quote", ORDER, passage(), quoted("99.99", "100.01", currency=Currency("EUR"))),
    (PASSES, ORDER, passage(), quoted("99.5", "100.5")),
    ("quote: its spread is 1.0%", ORDER, passage(), quoted("99.49", "100.5")),
    (PASSES, ORDER, passage(volumes=ILLIQUID), quoted("98.5", "101.5")),
    ("quote: its spread is 3.0%", ORDER, passage(volumes=ILLIQUID), quoted("98.49", "101.5")),
    (PASSES, ORDER, passage(volumes={AAA: None}), quoted("98.5", "101.5")),
    ("quote: its spread is 1.2%", ORDER, priced("100", 500_000), quoted("99.4", "100.6")),
    ("reference-jump: it has no last close", ORDER, passage(closes={}), moment()),
    ("reference-jump: it has no last close", ORDER, priced("NaN"), moment()),
    ("reference-jump: it has no last close", ORDER, priced("0"), moment()),
    (PASSES, buy("10", "91"), priced("83.34"), quoted("99.99", "100.01")),
    ("reference-jump: its price moved +20%", ORDER, priced("83.33"), moment()),
    (PASSES, ORDER, priced("125"), moment()),
    ("reference-jump: its price moved -20%", ORDER, priced("125.01"), moment()),
    (PASSES, buy("10", "91"), priced("70", past=VOUCHED), moment()),
    # on the price grid: cents, and below a dollar their hundredths
    (PASSES, buy("10", "100.005"), passage(), moment()),
    ("tick", buy("10", "100.004"), passage(), moment()),
    ("tick", buy("10", "100.005"), passage(session=OLD), moment()),
    (PASSES, buy("10", "0.9999"), priced("1"), quoted("0.9989", "1.0009")),
    ("tick", buy("10", "0.99995"), priced("1"), quoted("0.9989", "1.0009")),
    # how far through mid, and beyond the last close
    (PASSES, buy("10", "101"), passage(), moment()),
    ("price-collar", buy("10", "101.01"), passage(), moment()),
    (PASSES, buy("10", "50"), passage(), moment()),
    (PASSES, sell("10", "99"), passage(), moment()),
    ("price-collar", sell("10", "98.99"), passage(), moment()),
    (PASSES, sell("10", "150"), passage(), moment()),
    (PASSES, buy("10", "103"), passage(volumes=ILLIQUID), moment()),
    ("price-collar", buy("10", "103.01"), passage(volumes=ILLIQUID), moment()),
    (PASSES, buy("10", "110"), passage(), quoted("109.49", "109.51")),
    ("close-collar", buy("10", "110.01"), passage(), quoted("109.49", "109.51")),
    (PASSES, sell("10", "90"), passage(), quoted("90.49", "90.51")),
    ("close-collar", sell("10", "89.99"), passage(), quoted("90.49", "90.51")),
    # what is there
    (PASSES, sell("49", "100"), passage(held={AAA: D(49)}), moment()),
    ("no-short", sell("50", "100"), passage(held={AAA: D("49.999999")}), moment()),
    ("no-short", sell(), passage(held={}), moment()),
    (PASSES, ORDER, passage(cash=D("1500.10")), moment()),
    ("cash-floor", ORDER, passage(cash=D("1500.09")), moment()),
    (PASSES, sell(), passage(cash=D(0)), moment()),
    (PASSES, buy("1", "100"), replace(SMALL, cash=D(200)), moment()),
    ("cash-floor", buy("1", "100"), replace(SMALL, cash=D("199.99")), moment()),
    (PASSES, ORDER, passage(invested=D("98999.90")), moment()),
    ("gross", ORDER, passage(invested=D("98999.91")), moment()),
    (PASSES, sell(), passage(invested=D(200_000)), moment()),
    ("gross", ORDER, passage(invested=D("98999.91"), approved=True), moment()),
    # how large: of net assets, in dollars, of a day's volume
    (PASSES, buy("50", "100"), passage(), moment()),
    ("order-size", buy("50.01", "100"), passage(), moment()),
    ("order-size", sell("50.01", "100"), passage(), moment()),
    (PASSES, buy("50.01", "100"), passage(approved=True), moment()),
    (PASSES, buy("250", "100"), FEW, moment()),
    (PASSES, buy("500", "100"), RICH, moment()),
    (PASSES, buy("250", "100"), CAPPED, moment()),
    ("order-size", buy("250.01", "100"), CAPPED, moment()),
    (PASSES, buy("250.01", "100"), replace(CAPPED, approved=True), moment()),
    (PASSES, buy("10", "100"), priced("100", 1000), moment()),
    ("order-size", buy("10.01", "100"), priced("100", 1000), moment()),
    ("order-size", buy("10.01", "100"), priced("100", 1000, approved=True), moment()),
    (PASSES, buy("50", "100"), priced("100", 1000, limits=PROFILES[Profile.DESK]), moment()),
    (PASSES, ORDER, limited(name_weight_max=D("0.1100010")), moment()),
    ("name-weight: 11000 would be in it", ORDER, limited(name_weight_max=D("0.11")), moment()),
    (PASSES, sell(), limited(name_weight_max=D(0)), moment()),
    # not again, and not back
    (PASSES, ORDER, passage(past=traded(Side.BUY, plans=0)), moment()),
    ("repeat: AAA was bought in this", ORDER, passage(past=traded(Side.BUY)), moment()),
    (PASSES, ORDER, passage(past=traded(Side.BUY, done=D(90))), moment()),
    ("repeat", ORDER, passage(past=traded(Side.BUY, done=D("90.01"))), moment()),
    (PASSES, ORDER, passage(past=traded(Side.BUY), limits=DESK), moment()),
    ("repeat", ORDER, passage(past=traded(Side.BUY, plans=6), limits=DESK), moment()),
    ("repeat: AAA was sold less than 5", BIGGER, passage(past=traded(Side.SELL)), moment()),
    (PASSES, buy("10", "100"), passage(past=traded(Side.SELL)), moment()),
    (PASSES, BIGGER, passage(past=traded(Side.SELL, lately=D("9.99"))), moment()),
    ("repeat: AAA was bought less than 5", sell("11"), passage(past=traded(Side.BUY)), moment()),
    (PASSES, sell("11"), passage(past=traded(Side.BUY, lately=D(0))), moment()),
    # how much today
    (PASSES, ORDER, passage(value_before=D("28999.90")), moment()),
    ("day-value", ORDER, passage(value_before=D("28999.91")), moment()),
    ("day-value", ORDER, passage(sent_value=D("28999.91")), moment()),
    ("day-value", sell(), passage(value_before=D("29000.11")), moment()),
    (PASSES, ORDER, passage(value_before=D(90_000), approved=True), moment()),
    # how many
    (PASSES, ORDER, passage(sent=59), moment()),
    ("order-count: 60 orders a cycle", ORDER, passage(sent=60), moment()),
    ("order-count: 60 orders a cycle", ORDER, passage(sent=60, approved=True), moment()),
    (PASSES, ORDER, active(orders_today=119), moment()),
    ("order-count: 120 orders a day", ORDER, active(orders_today=120), moment()),
    ("order-count", ORDER, replace(active(orders_today=61), sent=59), moment()),
    (PASSES, ORDER, passage(open=59), moment()),
    ("order-count: 60 open orders", ORDER, passage(open=60), moment()),
    (PASSES, ORDER, replace(MANY, sent=119, open=119), moment()),
    ("order-count: 120 orders a cycle", ORDER, replace(MANY, sent=120), moment()),
    ("order-count: 120 open orders", ORDER, replace(MANY, open=120), moment()),
    (PASSES, ORDER, passage(sends={BOUGHT: 59}, sent=60), moment()),
    ("order-count: it was sent 60 times", ORDER, passage(sends={BOUGHT: 60}), moment()),
    # what went wrong before
    ("trouble: it may live", ORDER, passage(busy={AAA: "it may live"}), moment()),
    (PASSES, ORDER, passage(busy={Symbol("BBB"): "it may live"}), moment()),
    (PASSES, ORDER, active(rejects_by_symbol={AAA: 2}), moment()),
    ("trouble: 3 orders in it", ORDER, active(rejects_by_symbol={AAA: 3}), moment()),
    (PASSES, ORDER, passage(rejects=4), moment()),
    ("trouble: 5 orders were rejected", ORDER, passage(rejects=5), moment()),
    (PASSES, ORDER, replace(active(orders_today=20), rejects=4), moment()),
    (PASSES, ORDER, replace(active(orders_today=9), rejects=4), moment()),
    ("trouble: 3 of the day's 14", ORDER, replace(active(orders_today=14), rejects=3), moment()),
    (PASSES, ORDER, passage(unknowns=2), moment()),
    ("trouble: 3 orders have an unknown", ORDER, passage(unknowns=3), moment()),
    # wash sales: a loss of thirty days, a buy of thirty days, and what is in the market
    (PASSES, ORDER, passage(), moment(home=home())),
    (PASSES, ORDER, passage(), moment(home=home("2026-10-20 main sells 50 at 100 as L1"))),
    ("wash-sale", ORDER, passage(), moment(home=home("2026-10-21 main sells 50 at 100 as L1"))),
    (PASSES, ORDER, passage(may_defer=True), moment(home=home(SOLD))),
    ("wash-sale", ORDER, passage(seat=IRA, may_defer=True), moment(home=home(SOLD))),
    ("wash-sale", ORDER, passage(), moment(home=home(sells=(trade(LEAVING),)))),
    (PASSES, SALE, selling(), moment(home=home())),
    (PASSES, SALE, selling(), moment(home=home("2026-10-20 ira buys 5 at 100"))),
    ("wash-sale", SALE, selling(), moment(home=home("2026-10-21 ira buys 5 at 100"))),
    ("wash-sale", SALE, selling(may_defer=True), moment(home=home("2026-10-21 ira buys 5 at 100"))),
    (PASSES, SALE, selling(may_defer=True), moment(home=home("2026-10-21 hers buys 5 at 100"))),
    (
        "wash-sale",
        SALE,
        selling(),
        moment(home=home(buys=(trade("2026-11-20 hers buys 5 at 100"),))),
    ),
    ("wash-sale", SALE, selling(), moment(home=home(doubts=("hers is not known",)))),
    ("wash-sale", SALE, selling(), moment(home=Home(household(())))),
    # in place of a loss, as far as that was sold
    (PASSES, ORDER, passage(), moment(most=D(10))),
    ("pair", ORDER, passage(), moment(most=D("9.99"))),
]


def asked(expected: str, order: Order, before: Passage) -> Passage:
    """The plan has the order, unless the case is about whether it has."""
    return before if expected.startswith("as-planned") or order == REST else meant(order, before)


@pytest.mark.parametrize(("expected", "order", "before", "now"), CASES)
def test_each_rule_at_its_boundary(
    expected: str, order: Order, before: Passage, now: Moment
) -> None:
    said = refusal(order, asked(expected, order, before), now)
    assert said.startswith(expected)
    assert bool(said) is bool(expected)


def test_an_order_is_good_for_as_long_as_the_plan_says() -> None:
    said = "auction: it is good for cls, where the plan says day"
    assert refusal(LOC, passage(plan(ORDER)), moment()) == said
    said = "auction: it is good for day, where the plan says cls"
    assert refusal(ORDER, closing(LOC), moment()) == said


def test_a_harvest_may_undo_what_was_done_lately() -> None:
    sale = sell("20")
    before = passage(plan(legs=(replace(leg(sale), paired=D(1)),)), past=traded(Side.BUY))
    assert refusal(sale, before, moment()) == ""
    assert refusal(sale, meant(sale, before), moment()).startswith("repeat")


def test_a_little_here_and_there_adds_up_to_a_reversal() -> None:
    other = replace(sell("15", "100"), symbol=Symbol("BBB"))
    known = {**traded(Side.BUY).traded, (Symbol("BBB"), Side.BUY): Traded(lately=D(15))}
    rates = {AAA: D(1), Symbol("BBB"): D(1)}
    both = passage(plan(SALE, other), past=Past(known), rates=rates)
    assert "takes back 2.5% of NAV" in refusal(SALE, both, moment())
    assert "takes back 2.5% of NAV" in needs_approval(both)[0]
    assert refusal(SALE, meant(SALE, both), moment()) == ""


def test_a_day_of_harvest_may_turn_over_more() -> None:
    late = {"value_before": D("38999.90")}
    harvest = plan(legs=(replace(leg(ORDER), paired=D(10)),))
    assert refusal(ORDER, passage(harvest, **late), moment()) == ""
    assert refusal(ORDER, passage(plan(), **late), moment()).startswith("day-value")
    late = {"value_before": D("38999.91")}
    assert refusal(ORDER, passage(harvest, **late), moment()).startswith("day-value")


def test_a_name_of_unknown_outcome_is_left_alone() -> None:
    unclear = passage().after(ORDER, "unclear", NOW)
    assert "has an unknown outcome" in refusal(ORDER, unclear, moment())


def test_every_rule_has_a_case() -> None:
    seen = {expected.partition(":")[0] for expected, *_ in CASES}
    assert seen == {name for name, _ in RULES} | {""}


def test_the_rule_of_prices_also_stands_alone() -> None:
    rules = dict(RULES)
    assert rules["price-collar"](ORDER, passage(), moment(quote=None)) == "it has no quote"
    assert rules["close-collar"](ORDER, passage(closes={}), moment()) == "it has no last close"


LIFTED = {"order-size", "day-value", "repeat"}


@pytest.mark.parametrize(("expected", "order", "before", "now"), [c for c in CASES if c[0]])
def test_approval_lifts_limits_of_size_only(
    expected: str, order: Order, before: Passage, now: Moment
) -> None:
    said = refusal(order, replace(asked(expected, order, before), approved=True), now)
    if expected.partition(":")[0] in LIFTED:
        assert not said or "of a day's volume" in said
    else:
        assert said.startswith(expected)


PLANS: list[tuple[str, Passage, datetime]] = [
    (PASSES, passage(), NOW),
    (PASSES, passage(), NOW + timedelta(seconds=120)),
    ("it is 121 s old", passage(), NOW + timedelta(seconds=121)),
    (PASSES, passage(approved=True), NOW + timedelta(hours=3)),
    (
        "it was made for the session of 2026-11-19",
        passage(plan(session=SESSION.day - timedelta(days=1))),
        NOW,
    ),
    ("it has 2 orders in AAA", passage(plan(buy(), sell())), NOW),
    ("the position in AAA has changed", passage(held={AAA: D(99)}), NOW),
    ("the position in AAA has changed", passage(held={}), NOW),
    ("the position in ZZZ has changed", passage(held={AAA: D(100), Symbol("ZZZ"): D(1)}), NOW),
]


def many(count: int, side: Side = Side.BUY) -> list[Order]:
    return [replace(buy(), symbol=Symbol(f"N{number:03d}"), side=side) for number in range(count)]


PLANS += [
    (PASSES, passage(plan(*many(60))), NOW),
    ("it has 61 orders, 60 allowed", passage(plan(*many(61))), NOW),
    (PASSES, passage(plan(*many(120), names=100)), NOW),
    (PASSES, passage(plan(*many(20)), activity=replace(IDLE, orders_today=100)), NOW),
    (
        "it would make 121 orders today, 120 allowed",
        passage(plan(*many(21)), activity=replace(IDLE, orders_today=100)),
        NOW,
    ),
    (PASSES, passage(plan(*many(10)), open=50), NOW),
    ("61 orders would be open at once", passage(plan(*many(11)), open=50), NOW),
]


FIRST = plan(is_first=True)
QUARTER = plan(lines=(replace(line("AAA", "100"), quantity_after=D(350)), line("BBB")))
"""It turns over 25,000 of 100,000."""
MORE = plan(lines=(replace(line("AAA", "100"), quantity_after=D("350.01")), line("BBB")))

PLANS += [
    ("it is the first allocation of this account, and nobody", passage(FIRST), NOW),
    (PASSES, passage(FIRST, approved=True), NOW),
    (PASSES, passage(QUARTER), NOW),
    ("it turns over 25.0% of NAV, 25% allowed, and nobody approved it", passage(MORE), NOW),
    (PASSES, passage(MORE, approved=True), NOW),
]


@pytest.mark.parametrize(("expected", "before", "now"), PLANS)
def test_a_plan_as_a_whole(expected: str, before: Passage, now: datetime) -> None:
    said = preflight(before, now)
    assert said.startswith(expected)
    assert bool(said) is bool(expected)


THROTTLES: list[tuple[str, Limits, dict[str, int]]] = [
    (PASSES, PERSON, {}),
    (PASSES, PERSON, {"cycles_today": 1, "cycles_recent": 5, "rejects_today": 4, "unknowns": 2}),
    ("2 plans were carried out today already", PERSON, {"cycles_today": 2}),
    ("6 plans were carried out in the last 10 sessions", PERSON, {"cycles_recent": 6}),
    ("5 orders were rejected today", PERSON, {"rejects_today": 5}),
    ("3 orders have an unknown outcome", PERSON, {"unknowns": 3}),
    (PASSES, PROFILES[Profile.DESK], {"cycles_today": 5, "cycles_recent": 19}),
    ("6 plans", PROFILES[Profile.DESK], {"cycles_today": 6}),
    ("8 plans", PROFILES[Profile.ADVISER], {"cycles_recent": 8}),
]


@pytest.mark.parametrize(("expected", "limits", "counts"), THROTTLES)
def test_who_trades_too_often_is_stopped(
    expected: str, limits: Limits, counts: dict[str, int]
) -> None:
    said = throttle(replace(IDLE, **counts), limits)
    assert said.startswith(expected)
    assert bool(said) is bool(expected)


def turned(value: str) -> Passage:
    """A plan that moves ``value`` of one name, at mid, with an order that is small all the same."""
    moved = replace(line("AAA", "1000"), quantity_after=D(1000) + D(value) / 100)
    made = plan(lines=(moved, *plan().lines[1:]))
    return passage(made)


APPROVALS: list[tuple[tuple[str, ...], Passage]] = [
    ((), passage()),
    ((), turned("25000")),
    (("it turns over 25.0% of NAV, 25% allowed",), turned("25001")),
    (("it is the first allocation of this account",), passage(plan(is_first=True))),
    ((), passage(plan(buy("50", "100")))),
    (("an order of 5001 is more than 5.0% of NAV",), passage(plan(buy("50.01", "100")))),
    ((), passage(plan(), value_before=D("28999.90"))),
    (("it would bring the day's orders to 30.0% of NAV",), passage(value_before=D("28999.91"))),
    ((), passage(plan(legs=()), value_before=D(30_000))),
]


@pytest.mark.parametrize(("expected", "before"), APPROVALS)
def test_what_needs_a_person(expected: tuple[str, ...], before: Passage) -> None:
    assert needs_approval(before) == expected


def test_what_was_sent_counts_for_what_follows() -> None:
    bought = passage().after(buy("10", "100"), "accepted", NOW)
    assert (bought.cash, bought.invested, bought.sent_value) == (D(49_000), D(11_000), D(1000))
    sold = bought.after(sell("40", "100"), "accepted", NOW)
    assert (sold.cash, sold.held[AAA], sold.invested) == (D(49_000), D(60), D(11_000))
    assert (sold.sent, sold.open, sold.sent_value) == (2, 2, D(5000))


def test_refused_and_unclear_orders_count_against_the_account() -> None:
    tried = passage().after(buy(), "refused", NOW).after(sell(), "unclear", NOW)
    assert (tried.rejects, tried.unknowns, tried.sent) == (1, 1, 2)
    assert tried.cash == D(50_000) - buy().value, "what was refused counts all the same"


def test_a_foreign_order_is_judged_in_base_currency() -> None:
    euro = passage(rates={AAA: D(2)})
    assert euro.value(ORDER) == D("2000.20")
    for quantity, expected in (("25", PASSES), ("25.01", "order-size")):
        order = buy(quantity, "100")
        said = refusal(order, meant(order, euro), moment())
        assert said.partition(":")[0] == expected
