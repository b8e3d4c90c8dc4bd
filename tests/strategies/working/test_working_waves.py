"""Waves: every one is as neutral as the plan, and nothing of an order is lost between them."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.policy.working import Slicing
from strategies.working import Large, Pace, cut_in, fractions, part, slices, worthwhile

D = Decimal
LARGE = Large(
    quantity=D(10_000),
    price=D(50),
    adv=D(1_000_000),
    volatility=0.02,
    impact=D(500),
    fixed=D(0),
)
"""One percent of a day's volume."""


@pytest.mark.parametrize(
    ("share", "room", "count"),
    [
        ("0.01", 99, 1),
        ("0.005", 99, 2),
        ("0.0025", 99, 4),
        ("0.003", 99, 4),
        ("0.0025", 3, 3),
        ("0.0001", 99, 12),
        ("0.0025", 0, 1),
    ],
)
def test_no_wave_is_for_more_than_its_share_of_a_day(share: str, room: int, count: int) -> None:
    assert slices(LARGE, D(share), room, 0.1, Pace()) == count


def test_with_the_volume_there_are_as_many_as_there_is_time_for() -> None:
    assert slices(LARGE, D("0.005"), 7, 0.1, Pace(Slicing.POV)) == 7
    assert slices(LARGE, D("0.01"), 7, 0.1, Pace(Slicing.POV)) == 1


@pytest.mark.parametrize(
    ("fixed", "risk_aversion", "count"),
    [
        ("0", 0.0, 12),  # 500 / sqrt(n) falls for ever
        ("20", 0.0, 5),  # 500 / sqrt(5) + 100 = 323.6; of 4 it is 330, of 6 324.1
        ("500", 0.0, 1),
        ("0", 1e-2, 1),  # 10,000 USD of a day's deviation: waiting costs more than all impact
        ("20", 1e-5, 4),  # a deviation of 7,071 USD: 500 / sqrt(4) + 80 + 109.4
    ],
)
def test_one_more_wave_must_save_what_it_costs(
    fixed: str, risk_aversion: float, count: int
) -> None:
    large = replace(LARGE, fixed=D(fixed))
    assert worthwhile(large, 12, 0.5, risk_aversion) == count


def test_without_impact_the_waves_are_as_many_as_are_asked_for() -> None:
    assert worthwhile(replace(LARGE, impact=D(0)), 5, 0.5, 1.0) == 5


def test_evenly() -> None:
    assert fractions(Pace(), LARGE, 4, 0.1) == pytest.approx((0.25, 0.5, 0.75, 1.0))


def test_with_the_volume_what_it_leaves_is_left() -> None:
    pace = Pace(Slicing.POV, volume_share=0.1)
    done = fractions(pace, LARGE, 4, 0.05)
    assert done == pytest.approx((0.125, 0.25, 0.375, 0.5)), "a tenth of 5 % of a day's million"
    assert fractions(pace, LARGE, 4, 0.2) == pytest.approx((0.5, 1.0, 1.0, 1.0))


def test_aversion_to_risk_sends_more_of_it_first() -> None:
    calm, averse = (
        fractions(Pace(Slicing.ALMGREN_CHRISS, risk_aversion=lam), LARGE, 4, 0.5)
        for lam in (0.0, 1e-4)
    )
    assert calm == pytest.approx((0.25, 0.5, 0.75, 1.0))
    assert averse[0] > 0.3
    assert averse[-1] == 1


def test_without_a_planned_impact_the_schedule_is_even() -> None:
    none = Large(D(100), D(50), D(10_000), 0.0, D(0), D(0))
    pace = Pace(Slicing.ALMGREN_CHRISS, risk_aversion=1e-6)
    assert fractions(pace, none, 2, 0.1) == (0.5, 1.0)


PLANS = st.lists(
    st.tuples(
        st.sampled_from([1, -1]),  # a purchase or a sale
        st.integers(1, 5000),
        st.decimals("1", "900", places=2),
        st.floats(-1, 3),  # beta
    ),
    min_size=1,
    max_size=12,
)


@given(PLANS, st.integers(2, 12), st.sampled_from(["1", "0.001"]))
def test_cash_and_beta_go_in_a_straight_line_to_within_a_step_of_each_order(
    plan: list[tuple[int, int, Decimal, float]], count: int, step: str
) -> None:
    done = fractions(Pace(), LARGE, count, 0.1)
    cash = [sum(-side * quantity * price for side, quantity, price, _ in plan)]
    beta = [sum(side * quantity * float(price) * b for side, quantity, price, b in plan)]
    tolerance = sum(D(step) * price for _, _, price, _ in plan)
    for share in done:
        moved = [part(D(quantity), share, D(step)) for _, quantity, _, _ in plan]
        spent = sum(-s * m * p for m, (s, _, p, _) in zip(moved, plan, strict=True))
        assert abs(spent - D(repr(share)) * cash[0]) <= tolerance
        exposed = sum(s * float(m * p) * b for m, (s, _, p, b) in zip(moved, plan, strict=True))
        slack = 3 * float(tolerance) + 1e-6
        assert abs(exposed - share * beta[0]) <= slack
    assert [part(D(quantity), done[-1], D(step)) for _, quantity, _, _ in plan] == [
        quantity for _, quantity, _, _ in plan
    ]


@given(
    st.integers(1, 10**6),
    st.integers(1, 12),
    st.sampled_from(Slicing),
    st.floats(0, 1e-2),
)
def test_what_is_done_never_falls_and_is_never_more_than_all(
    quantity: int, count: int, kind: Slicing, risk_aversion: float
) -> None:
    large = Large(D(quantity), D(20), D(500_000), 0.03, D(quantity) / 100, D(1))
    done = fractions(Pace(kind, 0.2, risk_aversion), large, count, 0.05)
    moved = [part(D(quantity), share, D(1)) for share in done]
    assert moved == sorted(moved)
    assert 0 <= moved[0] <= moved[-1] <= quantity
    assert kind is Slicing.POV or moved[-1] == quantity


@pytest.mark.parametrize(
    ("quantity", "least", "lot", "step"),
    [
        ("1000", 0.25, 100, "100"),
        ("400", 0.25, 100, "100"),
        ("399", 0.25, 100, "1"),  # 99.75 a wave: an odd lot in any case
        ("399", 0.25, 40, "40"),
        ("1000.5", 0.25, 100, "0.1"),
        ("1000", 0.25, 1, "1"),
        ("1000", 0.25, 10, "10"),
    ],
)
def test_what_is_large_enough_is_cut_in_round_lots(
    quantity: str, least: float, lot: int, step: str
) -> None:
    assert cut_in(D(quantity), least, lot) == D(step)


@given(PLANS, st.integers(2, 12))
def test_sales_in_round_lots_are_never_behind_and_purchases_never_ahead(
    plan: list[tuple[int, int, Decimal, float]], count: int
) -> None:
    done = fractions(Pace(), LARGE, count, 0.1)
    for side, shares, price, _ in plan:
        quantity, before = D(shares), D(0)
        step = cut_in(quantity, 1 / count, 100 if price <= 250 else 40)
        for share in done:
            target = part(quantity, share, step, ahead=step > 1 and side < 0)
            line = quantity * D(repr(share))
            assert target == quantity or abs(target - line) < step
            assert target >= line - D("1e-9") or side > 0 or step == 1
            assert target <= line + D("1e-9") or side < 0
            assert before <= target <= quantity
            assert share == 1 or (target - before) % step == 0 or target == quantity
            before = target
        assert before == quantity
