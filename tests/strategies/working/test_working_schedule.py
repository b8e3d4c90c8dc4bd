"""Schedules against the paper's numbers, a general minimiser, and what must hold of them all."""

from math import inf, isclose, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from strategies.working import (
    BadSchedule,
    Frictions,
    almgren_chriss,
    participation,
    twap,
)

SHARES, DAYS, PERIODS = 1e6, 5.0, 5
PAPER = Frictions(sigma=0.95, eta=2.5e-6, gamma=2.5e-7, epsilon=0.0625)
"""Almgren and Chriss (2000), table 1: a 50 USD stock, 30 % a year, five million shares a day."""


def paper(risk_aversion: float) -> object:
    return almgren_chriss(SHARES, DAYS, PERIODS, PAPER, risk_aversion)


def test_the_urgency_of_the_papers_example() -> None:
    """Section 3.4: lambda = 1e-6 per USD gives kappa of about 0.61 a day and theta of 1.6 days."""
    found = paper(1e-6)
    assert found.kappa == pytest.approx(0.61, abs=0.005)
    assert found.half_life == pytest.approx(1.6, abs=0.05)


@pytest.mark.parametrize(
    ("millionths", "cost", "variance", "half_life"),
    [
        (0.001, 0.6625, 1.0812, 51.30),
        (0.002, 0.6625, 1.0794, 36.27),
        (0.003, 0.6625, 1.0776, 29.62),
        (0.004, 0.6625, 1.0758, 25.65),
        (0.005, 0.6625, 1.0740, 22.94),
        (0.006, 0.6625, 1.0722, 20.94),
        (0.007, 0.6625, 1.0704, 19.39),
        (0.008, 0.6626, 1.0687, 18.14),
        (0.009, 0.6626, 1.0669, 17.10),
    ],
)
def test_the_patient_end_of_the_frontier_of_the_same_example(
    millionths: float, cost: float, variance: float, half_life: float
) -> None:
    """As published by another implementation (DROP, org.drip.coverage.execution.AlmgrenChriss).

    Lambda is per million USD, cost in millions of USD, variance in their square.
    """
    found = paper(millionths * 1e-6)
    assert found.cost / 1e6 == pytest.approx(cost, abs=5.1e-5)
    assert found.variance / 1e12 == pytest.approx(variance, abs=5.1e-5)
    assert found.half_life == pytest.approx(half_life, abs=0.006)


def test_without_aversion_it_is_a_straight_line() -> None:
    """Section 2.1: the least expected cost, with E = gamma X^2 / 2 + eps X + eta~ X^2 / T."""
    found = paper(0.0)
    assert found.holdings.tolist() == pytest.approx([1e6, 8e5, 6e5, 4e5, 2e5, 0.0])
    assert found.cost == pytest.approx(125_000 + 62_500 + 475_000)
    assert sqrt(found.variance) == pytest.approx(0.95e6 * sqrt(0.64 + 0.36 + 0.16 + 0.04))
    assert found.half_life == inf


@pytest.mark.parametrize("risk_aversion", [0.0, 1e-7, 1e-6, 2e-6, 1e-5])
def test_no_other_trades_are_better(risk_aversion: float) -> None:
    """A general minimiser of E + lambda V, written from the model (sections 1.2 to 1.5)."""
    scale = 1e5

    def utility(inner: np.ndarray) -> float:
        holdings = np.concatenate([[SHARES], inner * scale, [0.0]])
        trades = -np.diff(holdings)
        tau = DAYS / PERIODS
        left = holdings[1:]
        permanent = sum(tau * x * PAPER.gamma * n / tau for x, n in zip(left, trades, strict=True))
        temporary = sum(n * (PAPER.epsilon + PAPER.eta * n / tau) for n in trades)
        return permanent + temporary + risk_aversion * PAPER.sigma**2 * tau * float(left @ left)

    start = np.array([0.8, 0.6, 0.4, 0.2]) * SHARES / scale
    best = minimize(utility, start, method="BFGS", options={"gtol": 1e-4})
    found = paper(risk_aversion)
    assert np.allclose(best.x * scale, found.holdings[1:-1], atol=200)
    assert utility(found.holdings[1:-1] / scale) <= best.fun * (1 + 1e-9)
    mine = found.cost + risk_aversion * found.variance
    assert mine == pytest.approx(utility(found.holdings[1:-1] / scale), rel=1e-9)


@given(
    quantity=st.floats(1, 1e8),
    days=st.floats(0.001, 20),
    count=st.integers(1, 40),
    sigma=st.floats(0, 10),
    eta=st.floats(1e-10, 1e-3),
    risk_aversion=st.floats(0, 1),
)
def test_it_sells_all_and_never_buys_back(  # the model has six numbers
    quantity: float, days: float, count: int, sigma: float, eta: float, risk_aversion: float
) -> None:
    found = almgren_chriss(quantity, days, count, Frictions(sigma, eta), risk_aversion)
    assert found.trades.sum() == pytest.approx(quantity)
    assert (found.trades >= -1e-9 * quantity).all()
    assert (np.diff(found.trades) <= 1e-9 * quantity).all(), "the first part is the largest"
    assert np.isfinite([found.cost, found.variance]).all()


def test_more_aversion_is_faster_and_dearer() -> None:
    found = [paper(lam) for lam in (0.0, 1e-7, 1e-6, 1e-5, 1e-4, 1.0)]
    first = [each.trades[0] for each in found]
    assert first == sorted(first)
    assert [each.cost for each in found] == sorted(each.cost for each in found)
    assert [-each.variance for each in found] == sorted(-each.variance for each in found)
    assert found[-1].trades[0] == pytest.approx(SHARES, rel=1e-5)


def test_evenly() -> None:
    assert twap(4).tolist() == [0.25] * 4


def test_with_the_volume_until_it_is_done() -> None:
    volumes = np.array([1000.0, 4000.0, 0.0, 10_000.0, 500.0])
    assert participation(900, volumes, 0.1).tolist() == [100, 400, 0, 400, 0]
    assert participation(5000, volumes, 0.1).sum() == pytest.approx(1550), "and no more than that"


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda: almgren_chriss(float("nan"), 1, 5, PAPER, 1e-6), "quantity of nan"),
        (lambda: almgren_chriss(0, 1, 5, PAPER, 1e-6), "quantity of 0"),
        (lambda: almgren_chriss(1, 0, 5, PAPER, 1e-6), "no time to trade in"),
        (lambda: almgren_chriss(1, 1, 0, PAPER, 1e-6), "at least one is needed"),
        (lambda: almgren_chriss(1, 1, 5, PAPER, -1e-6), "lambda is -1e-06"),
        (lambda: almgren_chriss(1, 1, 5, Frictions(1, 0.0), 1e-6), "eta is 0.0"),
        (lambda: almgren_chriss(1, 1, 5, Frictions(inf, 1.0), 1e-6), "sigma is inf"),
        (lambda: almgren_chriss(1, 100, 1, PAPER, 1e-6), "permanent impact outweighs"),
        (lambda: participation(100, np.array([1.0, np.nan]), 0.1), "a volume is not a number"),
        (lambda: participation(100, np.array([1.0]), 0.0), "not between 0 and 1"),
        (lambda: twap(0), "at least one is needed"),
    ],
)
def test_what_makes_no_sense_is_named(act: object, why: str) -> None:
    with pytest.raises(BadSchedule, match=why):
        act()


def test_an_urgency_beyond_the_floats_is_still_a_schedule() -> None:
    found = almgren_chriss(100, 1, 5, Frictions(1e3, 1e-9), 1e3)
    assert isclose(found.trades[0], 100)
    assert np.isfinite(found.holdings).all()
