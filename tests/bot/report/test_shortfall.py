"""Implementation shortfall: parts that add up to what the paper portfolio earned more."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.book.slippage import Arrival, Sent, SentLeg
from bot.report.shortfall import Shortfall, of_leg, shortfall
from bot.report.tca import analyse
from brokers.words import USD, Execution, Order, OrderKey, Side, Symbol
from strategies.plan import Leg, PlanId

D = Decimal
NOON = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ORDER = Order(OrderKey("TT-P-001"), Symbol("VTI"), Side.BUY, D(100), D("50.20"))
BUY = SentLeg(
    plan_id=PlanId("P"),
    impact_factor=D(1),
    session=date(2026, 3, 2),
    base=USD,
    leg=Leg(ORDER, D(50), (), spread=D(5), fees=D(1), impact=D(10), tax=D(0)),
    price=D(50),
    fills=(),
    orders=3,
    arrival=Arrival(D("50.10"), D("0.02")),
    left_at=D("50.30"),
)
"""100 shares, planned at 50.00; the market was at 50.10 when they were sent, 50.30 at the end."""


def fill(key: str, quantity: str, price: str, side: Side = Side.BUY) -> Execution:
    root = f"{key} {quantity} {price}"
    order = OrderKey(key)
    return Execution(root, 1, order, Symbol("VTI"), side, D(quantity), D(price), D("0.5"), NOON)


def test_a_leg_of_several_orders() -> None:
    """60 shares at 50.12 and 50.16 on average 50.14; 40 were not filled."""
    fills = (fill("TT-P-001", "30", "50.12"), fill("TT-P-001B", "30", "50.16"))
    assert of_leg(replace(BUY, fills=fills)) == Shortfall(
        legs=1,
        orders=3,
        value=D(5000),
        delay=D("6.00"),  # 0.10 x 60
        spread=D("1.20"),  # 0.02 x 60
        impact=D("1.20"),  # 0.04 x 60 - 1.20
        opportunity=D("12.00"),  # 0.30 x 40
        fees=D("1.0"),
    )


def test_a_sale_gains_by_a_market_that_rises() -> None:
    order = replace(ORDER, side=Side.SELL)
    sale = replace(BUY, leg=replace(BUY.leg, order=order))
    found = of_leg(replace(sale, fills=(fill("TT-P-001", "100", "50.08", Side.SELL),)))
    assert found is not None
    assert (found.delay, found.spread, found.impact) == (D(-10), D(2), D(0))


def test_what_rested_and_was_paid_the_spread_has_a_negative_impact() -> None:
    found = of_leg(replace(BUY, fills=(fill("TT-P-001", "100", "50.08"),)))
    assert found is not None
    assert (found.spread, found.impact) == (D(2), D(-4))


@given(
    st.sampled_from(Side),
    st.lists(st.tuples(st.integers(1, 30), st.integers(4900, 5100)), max_size=3),
    st.integers(4900, 5100),
    st.integers(4900, 5100),
    st.integers(0, 20),
)
def test_the_parts_add_up_to_paper_less_real(
    side: Side, fills: list[tuple[int, int]], arrived: int, left: int, half_spread: int
) -> None:
    """Paper buys 100 at the plan's mid; both are worth what the market says at the end."""
    leg = replace(
        BUY,
        leg=replace(BUY.leg, order=replace(ORDER, side=side)),
        fills=tuple(fill("TT-P-001", str(q), str(D(p) / 100), side) for q, p in fills),
        arrival=Arrival(D(arrived) / 100, D(half_spread) / 100),
        left_at=D(left) / 100,
    )
    end, sign = D(left) / 100, side.sign
    paper = sign * 100 * (end - 50)
    real = sum((sign * f.quantity * (end - f.price) - f.fee for f in leg.fills), D(0))
    found = of_leg(leg)
    assert found is not None
    assert found.total == paper - real


def test_what_has_no_arrival_is_left_out() -> None:
    old = replace(BUY, arrival=None, fills=(fill("TT-P-001", "100", "50.10"),))
    assert of_leg(old) is None
    assert shortfall([old]) == Shortfall()
    assert shortfall([old, BUY]).legs == 1


def test_the_fit_is_not_told_of_the_wait() -> None:
    """Slippage of 0.14 against the plan's mid is 0.04 against the market at arrival."""
    leg = replace(BUY, fills=(fill("TT-P-001", "100", "50.14"),))
    found = analyse(Sent((leg,), ()), D(1))
    assert found.total.slippage == D("14.00")
    assert found.dots[0].slippage == D("4.00")
    old = replace(leg, arrival=None)
    assert analyse(Sent((old,), ()), D(1)).dots[0].slippage == D("14.00")
    assert found.shortfall.total == pytest.approx(D("14.5"))
