"""The exchange's rules: what is refused and why, what fills at which price, what it costs."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_bench import ACME, CLOSE, COMMISSION, THURSDAY, D, buy, sell

from brokers.paper.exchange import (
    US_FEES,
    Desk,
    FeeRule,
    Scene,
    fees_of,
    meet,
    refusal,
    whole_steps,
)
from brokers.paper.records import Booked, Role
from brokers.words import USD, Currency, Instrument, Order, OrderStatus, Quote, Side, Symbol

DESK = Desk(
    is_open=True,
    base=USD,
    instrument=Instrument(ACME, quantity_step=D("0.000001")),
    buying_power=D(1000),
    sellable=D(5),
    fees=US_FEES,
)
SCENE = Scene(THURSDAY, {ACME: Quote(ACME, D(99), D(101), THURSDAY)}, {ACME: D(40)}, US_FEES)


def booked(order: Order, **changes: object) -> Booked:
    made = Booked(1, order, THURSDAY, THURSDAY, CLOSE, reserved=D(10_000))
    return replace(made, **changes)


@pytest.mark.parametrize(
    "order",
    [buy("k", "10", "100"), buy("k", "0.000001", "0.9999"), sell("k", "5", "100")],
)
def test_what_may_fill_is_not_refused(order: Order) -> None:
    assert refusal(order, DESK) == ""


@pytest.mark.parametrize(
    ("order", "desk", "why"),
    [
        (buy("", "1", "100"), DESK, "a key has 1 to 128 characters"),
        (buy("k" * 129, "1", "100"), DESK, "a key has 1 to 128 characters"),
        (buy("k", "1", "100"), replace(DESK, instrument=None), "ACME is not traded here"),
        (
            buy("k", "1", "100"),
            replace(DESK, instrument=Instrument(ACME, tradable=False)),
            "ACME is not traded here",
        ),
        (
            replace(buy("k", "1", "100"), currency=Currency("EUR")),
            DESK,
            "this account trades in USD only",
        ),
        (buy("k", "1", "100"), replace(DESK, is_open=False), "the market is closed"),
        (buy("k", "0", "100"), DESK, "quantity 0 is not a positive multiple of 0.000001"),
        (buy("k", "-1", "100"), DESK, "quantity -1 is not a positive multiple of 0.000001"),
        (buy("k", "NaN", "100"), DESK, "quantity NaN is not a positive multiple of 0.000001"),
        (buy("k", "1E+40", "1"), DESK, "quantity 1E+40 is not a positive multiple of 0.000001"),
        (
            buy("k", "1.5", "100"),
            replace(DESK, instrument=Instrument(ACME)),
            "quantity 1.5 is not a positive multiple of 1",
        ),
        (buy("k", "1", "0"), DESK, "limit 0 is not a price"),
        (buy("k", "1", "Infinity"), DESK, "limit Infinity is not a price"),
        (buy("k", "1", "100.005"), DESK, "limit 100.005 is off the tick of 0.01"),
        (buy("k", "1", "0.99995"), DESK, "limit 0.99995 is off the tick of 0.0001"),
        (sell("k", "5.1", "100"), DESK, "short sale: 5 ACME may be sold, not 5.1"),
        (buy("k", "10", "100.01"), DESK, "no buying power: needs 1000.10, has 1000 USD"),
        (
            buy("k", "10", "100"),
            replace(DESK, fees=(COMMISSION,)),
            "no buying power: needs 1001.00, has 1000 USD",
        ),
    ],
)
def test_refusals_say_why(order: Order, desk: Desk, why: str) -> None:
    assert refusal(order, desk) == why


@pytest.mark.parametrize(
    ("side", "quantity", "value", "rules", "fee"),
    [
        (Side.BUY, "100", "10000", US_FEES, "0"),
        (Side.SELL, "100", "10000", US_FEES, "0.23"),  # SEC 0.206 + TAF 0.0195
        (Side.SELL, "100000", "1000000", US_FEES, "30.39"),  # SEC 20.60 + TAF at its most
        (Side.SELL, "0.001", "0.004", US_FEES, "0.004"),  # never more than it brings in
        (Side.BUY, "20", "500", (COMMISSION,), "1"),
        (Side.BUY, "200", "500", (COMMISSION,), "2"),
        (Side.BUY, "200", "500", (), "0"),
        (Side.BUY, "0", "0", (COMMISSION,), "0"),
    ],
)
def test_fees(side: Side, quantity: str, value: str, rules: tuple[FeeRule, ...], fee: str) -> None:
    assert fees_of(side, D(quantity), D(value), rules) == D(fee)


@pytest.mark.parametrize(
    ("order", "role", "quantity", "price"),
    [
        (buy("k", "10", "101"), Role.PENDING, "10", "101"),
        (buy("k", "10", "105"), Role.PENDING, "10", "101"),  # taker: the touch
        (buy("k", "10", "105"), Role.TAKER, "10", "101"),
        (buy("k", "10", "105"), Role.MAKER, "10", "105"),  # maker: its own limit
        (sell("k", "10", "95"), Role.PENDING, "10", "99"),
        (sell("k", "10", "95"), Role.MAKER, "10", "95"),
        (buy("k", "60", "101"), Role.PENDING, "40", "101"),  # no more than there is room
    ],
)
def test_fills(order: Order, role: Role, quantity: str, price: str) -> None:
    after, fill = meet(booked(order, role=role), SCENE)
    assert fill is not None
    assert (fill.quantity, fill.price) == (D(quantity), D(price))
    assert after.filled == D(quantity)
    assert after.status is (OrderStatus.FILLED if order.quantity <= 40 else OrderStatus.OPEN)


@pytest.mark.parametrize(
    ("order", "quote", "role"),
    [
        (buy("k", "10", "100.99"), SCENE.quotes[ACME], Role.MAKER),
        (sell("k", "10", "99.01"), SCENE.quotes[ACME], Role.MAKER),
        (buy("k", "10", "105"), None, Role.MAKER),
        (buy("k", "10", "105"), Quote(ACME, D(102), D(101), THURSDAY), Role.MAKER),
        (buy("k", "10", "105"), Quote(ACME, D(0), D(101), THURSDAY), Role.MAKER),
        (buy("k", "10", "105"), Quote(ACME, D("NaN"), D(101), THURSDAY), Role.MAKER),
        (
            buy("k", "10", "105"),
            Quote(ACME, D(99), D(101), THURSDAY - timedelta(seconds=61)),
            Role.MAKER,
        ),
    ],
)
def test_nothing_fills_away_from_the_limit_or_on_a_bad_quote(
    order: Order, quote: Quote | None, role: Role
) -> None:
    quotes = {} if quote is None else {ACME: quote}
    after, fill = meet(booked(order), replace(SCENE, quotes=quotes))
    assert fill is None
    assert after == replace(booked(order), role=role)


def test_without_room_an_order_waits_as_the_taker_it_is() -> None:
    after, fill = meet(booked(buy("k", "10", "101")), replace(SCENE, room={ACME: D(0)}))
    assert fill is None
    assert after.role is Role.TAKER


cents = st.integers(1, 40_000).map(lambda n: Decimal(n) / 100)
shares = st.integers(1, 10**10).map(lambda n: Decimal(n) / 10**6)


orders = st.builds(
    Order, key=st.just("k"), symbol=st.just(ACME), side=..., quantity=shares, limit=cents
)


@given(
    order=orders,
    quote=st.builds(lambda bid, gap: Quote(ACME, bid, bid + gap, THURSDAY), cents, cents),
    room=st.integers(-5, 500).map(Decimal),
    role=st.sampled_from(Role),
)
def test_no_fill_is_outside_the_limit_or_larger_than_the_room(
    order: Order, quote: Quote, room: Decimal, role: Role
) -> None:
    side, limit = order.side, order.limit
    scene = Scene(THURSDAY, {ACME: quote}, {ACME: room}, (*US_FEES, COMMISSION))
    after, fill = meet(booked(order, role=role), scene)
    if fill is None:
        assert (after.filled, after.status) == (0, OrderStatus.OPEN)
        return
    assert 0 < fill.quantity <= min(order.quantity, room)
    assert (fill.price - limit) * side.sign <= 0
    touch = quote.ask if side is Side.BUY else quote.bid
    assert (touch - limit) * side.sign <= 0
    assert 0 <= fill.fee == after.fees
    assert side is Side.BUY or fill.fee <= after.value


@given(st.lists(st.tuples(shares, cents), min_size=1, max_size=8), st.sampled_from(Side))
def test_a_fill_in_parts_costs_what_it_costs_in_one(
    parts: list[tuple[Decimal, Decimal]], side: Side
) -> None:
    order = replace(buy("k", "1", "500"), side=side, quantity=sum(q for q, _ in parts))
    held, charged = booked(order, role=Role.TAKER), Decimal(0)
    for quantity, price in parts:
        limit = price if side is Side.SELL else order.limit
        scene = Scene(
            THURSDAY, {ACME: Quote(ACME, price, price, THURSDAY)}, {ACME: quantity}, US_FEES
        )
        held, fill = meet(replace(held, order=replace(held.order, limit=limit)), scene)
        assert fill is not None
        charged += fill.fee
    value = sum(q * p for q, p in parts)
    assert held.status is OrderStatus.FILLED
    assert charged == fees_of(side, order.quantity, value, US_FEES) == held.fees


@given(shares, st.sampled_from([D(1), D("0.000001"), D("0.01")]))
def test_whole_steps_round_down(quantity: Decimal, step: Decimal) -> None:
    kept = whole_steps(quantity, step)
    assert kept % step == 0
    assert 0 <= quantity - kept < step


def test_symbols_that_are_not_quoted_are_not_filled() -> None:
    order = replace(buy("k", "1", "105"), symbol=Symbol("NOPE"))
    assert meet(booked(order), SCENE)[1] is None
