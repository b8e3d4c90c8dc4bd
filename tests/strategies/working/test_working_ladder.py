"""Prices of a ladder: between the touches, on the tick, never past the worst."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.words import Quote, Side, Symbol, TickRule
from strategies.working import Ladder, worst_price

D = Decimal
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TICK = TickRule()


def quote(bid: Decimal, ask: Decimal) -> Quote:
    return Quote(Symbol("VTI"), bid, ask, NOW)


@pytest.mark.parametrize(
    ("side", "start", "through", "prices"),
    [
        (Side.BUY, "0", "1", ["10.00", "10.03", "10.06", "10.09"]),
        (Side.SELL, "0", "1", ["10.09", "10.06", "10.03", "10.00"]),
        (Side.BUY, "0.5", "1", ["10.04", "10.06", "10.07", "10.09"]),
        (Side.BUY, "0", "2", ["10.00", "10.06", "10.12", "10.18"]),
        (Side.BUY, "0", "0.5", ["10.00", "10.01", "10.03", "10.05"]),
        (Side.SELL, "0", "0.5", ["10.09", "10.08", "10.06", "10.04"]),
    ],
)
def test_steps(side: Side, start: str, through: str, prices: list[str]) -> None:
    far = D("10.50") if side is Side.BUY else D("9.50")
    ladder = Ladder(side, far, TICK, D(start), D(through), steps=4)
    found = [ladder.price(step, quote(D("10.00"), D("10.09"))) for step in range(4)]
    assert found == [D(price) for price in prices]
    assert ladder.price(99, quote(D("10.00"), D("10.09"))) == found[-1], "the last step holds"


def test_under_a_dollar_the_tick_is_finer() -> None:
    ladder = Ladder(Side.BUY, D("0.6"), TICK, steps=2)
    assert ladder.price(0, quote(D("0.5001"), D("0.5003"))) == D("0.5001")
    assert ladder.price(1, quote(D("0.5001"), D("0.5003"))) == D("0.5003")


@pytest.mark.parametrize(
    ("limit", "side", "chase", "worst"),
    [
        ("10.05", Side.BUY, "0", "10.05"),
        ("10.05", Side.BUY, "0.005", "10.10"),
        ("10.05", Side.SELL, "0.005", "10.00"),
        ("0.5", Side.SELL, "0.001", "0.4995"),
    ],
)
def test_the_worst_is_the_plans_limit_and_what_the_owner_allows(
    limit: str, side: Side, chase: str, worst: str
) -> None:
    assert worst_price(D(limit), side, D(chase), TICK) == D(worst)


@given(
    st.sampled_from(Side),
    st.integers(1, 30_000),
    st.integers(1, 300),
    st.integers(-200, 200),
    st.integers(1, 8),
    st.integers(0, 12),
)
def test_never_past_the_worst_and_never_past_the_far_touch(  # six numbers
    side: Side, bid: int, spread: int, off: int, steps: int, step: int
) -> None:
    seen = quote(D(bid) / 100, D(bid + spread) / 100)
    worst = max(D(bid + off), D(1)) / 100
    ladder = Ladder(side, worst, TICK, steps=steps)
    price = ladder.price(step, seen)
    far = seen.ask if side is Side.BUY else seen.bid
    assert price is None or (price - worst) * side.sign <= 0
    assert price is None or (price - far) * side.sign <= 0
    assert price is None or price % TICK.at(price) == 0
