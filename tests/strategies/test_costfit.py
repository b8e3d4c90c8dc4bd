"""The fit of costs: orders whose truth is known, and everything that could mislead it."""

import math
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from brokers.words import Symbol
from strategies.costfit import (
    DAYS_MIN,
    ORDERS_MIN,
    PRIOR_DEVIATION,
    BadObservation,
    CostFit,
    Observation,
    Prior,
    fit,
)

D = Decimal
SPREAD, IMPACT = 1.2, 0.6
"""The truth that simulated orders pay by."""
MONDAY = date(2024, 1, 1)
BPS = 1e-4


def order(
    value: float, slippage: float, half: float, shape: float, day: int = 0, name: str = "VTI"
) -> Observation:
    """An order; all but ``value`` in bps of it."""
    parts = (D(repr(float(value * part * BPS))) for part in (slippage, half, shape))
    return Observation(MONDAY + timedelta(day), Symbol(name), D(repr(value)), *parts)


def traded(
    seed: int,
    count: int = 200,
    days: int = 40,
    noise: float = 10.0,
    shared: float = 0.0,
    truth: tuple[float, float] = (SPREAD, IMPACT),
) -> list[Observation]:
    """Simulated orders: noise of their own, and a move of the day that buys and sales share."""
    dice = np.random.default_rng(seed)
    moves = shared * dice.normal(size=days)
    found = []
    for _ in range(count):
        day, side = int(dice.integers(days)), dice.choice((-1, 1))
        half, shape = dice.uniform(0.5, 8), 8 * math.exp(dice.normal())
        paid = truth[0] * half + truth[1] * shape + noise * dice.normal() + side * moves[day]
        found.append(order(math.exp(dice.normal(9, 1.5)), paid, half, shape, day))
    return found


def wild(orders: list[Observation], every: int, bps: float) -> list[Observation]:
    """The same, every so manieth with a price that is plainly wrong."""
    return [
        replace(one, slippage=one.slippage + one.value * D(bps * BPS)) if not n % every else one
        for n, one in enumerate(orders)
    ]


@pytest.mark.parametrize("shared", [0.0, 10.0])
def test_known_numbers_are_found_within_their_own_errors(shared: float) -> None:
    seeds = range(60)
    fits = [fit(traded(seed, shared=shared)) for seed in seeds]
    for name, truth in (("spread", SPREAD), ("impact", IMPACT)):
        found = [getattr(one, name) for one in fits]
        within = [abs(one.value - truth) <= 2 * one.error for one in found]
        assert sum(within) >= 0.85 * len(seeds)  # 95 % are promised; 60 draws scatter by 3 %
        mean = float(np.mean([one.value for one in found]))
        scatter = float(np.std([one.value for one in found]))
        assert mean == pytest.approx(truth, abs=4 * scatter / math.sqrt(len(seeds)))
        typical = float(np.median([one.error for one in found]))
        assert 0.6 < typical / scatter < 1.7, "errors say how far the numbers really scatter"
    assert all(one.is_usable for one in fits)


def test_a_move_that_a_day_shares_makes_the_errors_wider() -> None:
    """One day's orders, all bought: 20 orders of one day know little more than one."""
    dice = np.random.default_rng(3)
    moves = 30 * dice.normal(size=20)
    orders = [order(1000.0, 4 + moves[n % 20] + dice.normal(), 4, 0, n % 20) for n in range(400)]
    apart = [replace(one, day=MONDAY + timedelta(n)) for n, one in enumerate(orders)]
    assert fit(orders).spread.error > 3 * fit(apart).spread.error  # sqrt(20) = 4.5, but for Huber


def test_without_noise_the_numbers_are_exact() -> None:
    found = fit(traded(1, noise=0.0))
    assert found.spread.value == pytest.approx(SPREAD, abs=1e-9)
    assert found.impact.value == pytest.approx(IMPACT, abs=1e-9)
    assert found.r_squared == pytest.approx(1, abs=1e-9)
    assert found.impact.shrunk == pytest.approx(IMPACT, abs=1e-9)


def test_orders_that_are_plainly_wrong_do_not_move_it() -> None:
    sound = traded(2)
    before, after = fit(sound), fit(wild(sound, 20, 2000.0))
    assert after.impact.value == pytest.approx(before.impact.value, abs=before.impact.error)
    assert after.spread.value == pytest.approx(before.spread.value, abs=before.spread.error)
    assert after.outliers >= 10
    plain = plain_fit(wild(sound, 20, 2000.0))
    assert abs(plain[0] - SPREAD) > 5 * before.spread.error, "least squares alone is led astray"


def table(orders: list[Observation]) -> tuple[np.ndarray, np.ndarray]:
    """Both costs (n, 2) and slippage (n,), in shares of value."""
    x = np.array([[float(o.spread / o.value), float(o.shape / o.value)] for o in orders])
    return x, np.array([float(o.slippage / o.value) for o in orders])


def plain_fit(orders: list[Observation]) -> np.ndarray:
    """Non-negative least squares by scipy (Lawson and Hanson), every order counting the same."""
    x, y = table(orders)
    return nnls(x, y)[0]


@given(
    st.lists(
        st.tuples(
            st.floats(50, 1e6),
            st.floats(-200, 200),
            st.floats(0, 50),
            st.floats(0, 100),
            st.integers(0, 9),
        ),
        max_size=40,
    )
)
@example(rows=[(50, 0, 7e-153, 0, 0), (50, 0, 2e-219, 0, 0), (50, -1, 1, 0, 0)])
@example(rows=[(50, 0, 0, 0, 0), (50, 0, 7e-153, 0, 0), (50, -1, 1, 0, 0)])
@settings(max_examples=150)
def test_it_is_never_negative_never_breaks_and_lies_between_prior_and_fit(
    rows: list[tuple[float, float, float, float, int]],
) -> None:
    prior = Prior(impact=0.7)
    found = fit([order(*row) for row in rows], prior)
    for number, before in ((found.spread, prior.spread), (found.impact, prior.impact)):
        assert math.isfinite(number.value)
        assert number.value >= 0
        assert number.error >= 0
        low, high = sorted((before, number.value))
        assert low - 1e-9 <= number.shrunk <= high + 1e-9
    assert found.r_squared <= 1
    assert found.orders == len(rows)


@given(st.integers(0, 50), st.sampled_from(["0.001", "0.5", "3", "1000000"]))
@settings(max_examples=30)
def test_neither_the_currency_nor_the_order_of_orders_matters(seed: int, rate: str) -> None:
    orders = traded(seed, count=60, days=12)
    other = [
        Observation(o.day, o.symbol, *(D(rate) * amount for amount in amounts(o)))
        for o in reversed(orders)
    ]
    before, after = fit(orders), fit(other)
    for name in ("spread", "impact"):
        one, two = getattr(before, name), getattr(after, name)
        assert two.value == pytest.approx(one.value, rel=1e-6, abs=1e-6)
        assert two.error == pytest.approx(one.error, rel=1e-5)
    assert before.doubts == after.doubts


def amounts(one: Observation) -> tuple[Decimal, ...]:
    return one.value, one.slippage, one.spread, one.shape


@pytest.mark.parametrize("seed", range(8))
def test_where_no_order_is_an_outlier_it_is_nonnegative_least_squares(seed: int) -> None:
    """Noise of two sizes alone: nothing is further out than 1.345 deviations, so all weigh 1."""
    dice = np.random.default_rng(seed)
    truth = [(1.0, 0.5), (0.0, 1.5), (1.5, 0.0), (0.0, 0.0)][seed % 4]
    flips = dice.choice((-1.0, 1.0), size=400)
    orders = []
    for n, flip in enumerate(flips):
        half, shape = dice.uniform(1, 9), dice.uniform(1, 20)
        paid = truth[0] * half + truth[1] * shape + 3 * flip
        orders.append(order(500.0, paid, half, shape, n % 40))
    found = fit(orders)
    assert found.outliers == 0
    assert [found.spread.value, found.impact.value] == pytest.approx(plain_fit(orders), abs=1e-8)


def test_a_loss_of_sign_is_zero_and_not_below() -> None:
    """Limits at mid that earn the spread instead of paying it."""
    found = fit(traded(4, truth=(-2.0, 0.5), noise=1.0))
    assert found.spread.value == 0
    assert found.impact.value > 0


def doubts_of(found: CostFit) -> str:
    assert found.is_usable is (not found.doubts)
    return "; ".join(found.doubts)


def test_nothing_at_all_leaves_the_prior() -> None:
    found = fit([], Prior(impact=0.8))
    assert (found.impact.value, found.impact.shrunk, found.impact.error) == (0.8, 0.8, math.inf)
    assert found.impact.t == 0
    assert "too few filled orders: 0" in doubts_of(found)


def test_too_few_orders_or_days_say_so() -> None:
    assert fit(traded(5, count=ORDERS_MIN, days=25, noise=1.0)).is_usable
    few = fit(traded(5, count=ORDERS_MIN - 1, days=25, noise=1.0))
    assert f"{ORDERS_MIN - 1}, and at least {ORDERS_MIN}" in doubts_of(few)
    short = fit(traded(5, days=DAYS_MIN - 1, noise=1.0))
    assert f"{DAYS_MIN - 1}, and at least {DAYS_MIN}" in doubts_of(short)


def test_noise_that_drowns_the_impact_says_so_and_shrinks_to_the_prior() -> None:
    found = fit(traded(6, noise=400.0), Prior(impact=0.9))
    assert found.impact.error > PRIOR_DEVIATION
    assert "less than was known before" in doubts_of(found)
    towards = abs(found.impact.shrunk - 0.9) / abs(found.impact.value - 0.9)
    d, e = PRIOR_DEVIATION, found.impact.error
    assert towards == pytest.approx(d * d / (d * d + e * e))
    assert towards < 0.5


@pytest.mark.parametrize("multiple", [0.0, 2.0])
def test_an_impact_that_only_repeats_the_spread_cannot_be_told(multiple: float) -> None:
    orders = [replace(one, shape=one.spread * D(multiple)) for one in traded(7, noise=1.0)]
    found = fit(orders, Prior(impact=0.4))
    assert found.impact.error == math.inf
    assert found.impact.shrunk == 0.4
    assert math.isfinite(found.spread.error)
    assert "cannot tell one from the other" in doubts_of(found)


def test_a_market_without_a_spread_still_tells_its_impact() -> None:
    orders = [replace(one, spread=D(0)) for one in traded(8, truth=(0.0, IMPACT), noise=1.0)]
    found = fit(orders)
    assert found.spread.error == math.inf
    assert found.impact.value == pytest.approx(IMPACT, abs=3 * found.impact.error)


def test_what_a_limit_hides_is_a_doubt() -> None:
    orders = traded(9, noise=1.0)
    assert fit(orders, unfilled=0.05).is_usable
    assert "lower bound" in doubts_of(fit(orders, unfilled=0.2))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"slippage": D("NaN")}, "slippage is NaN"),
        ({"value": D("Infinity")}, "value is Infinity"),
        ({"value": D(0)}, "value is 0"),
        ({"spread": D(-1)}, "spread is -1"),
        ({"shape": D("-0.5")}, "shape is -0.5"),
    ],
)
def test_an_order_that_makes_no_sense_is_named(change: dict[str, Decimal], said: str) -> None:
    orders = traded(10, count=3)
    orders[1] = replace(orders[1], **change)
    with pytest.raises(BadObservation, match=rf"order 2 \(VTI, {orders[1].day}\): .*{said}"):
        fit(orders)
