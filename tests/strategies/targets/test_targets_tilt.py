"""Tactical tilt: within its bounds, monotone in both signals, and inside the limits."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brokers.words import Symbol
from strategies.optimize.problem import Group
from strategies.policy.regime import RegimePolicy
from strategies.risk.regime import Regime, State, judge
from strategies.risk.trend import Direction, Trend
from strategies.targets.limits import Limits
from strategies.targets.refusal import NoTarget
from strategies.targets.tilt import Lean, Mixes, falling_share, lean, tilted
from tests.strategies.risk.worlds import CALM, CRASH, world

STOCKS, BONDS, BILLS = range(3)
COVARIANCE = np.diag([0.04, 0.0036, 0.0001])
MIXES = Mixes(np.array([0.8, 0.2, 0.0]), np.array([0.2, 0.4, 0.4]))
STATES = [State.CALM, State.TENSE, State.CRISIS]


def regime(state: State) -> Regime:
    return Regime(state, 7, ())


def trend(direction: Direction) -> Trend:
    return Trend(direction, 0.0, 0.0, 0.0, 1)


@pytest.mark.parametrize(
    ("state", "falling", "share"),
    [
        (State.CALM, 0.0, 0.0),
        (State.TENSE, 0.0, 0.25),
        (State.CRISIS, 0.0, 0.5),
        (State.CALM, 1.0, 0.5),
        (State.CRISIS, 0.4, 0.7),
        (State.CRISIS, 1.0, 1.0),
    ],
)
def test_each_signal_moves_the_mix_half_of_the_way(
    state: State, falling: float, share: float
) -> None:
    signal = lean(regime(state), falling)
    assert signal.value == pytest.approx(share)
    found = tilted(MIXES, COVARIANCE, signal)
    assert found.weights == pytest.approx([0.8 - 0.6 * share, 0.2 + 0.2 * share, 0.4 * share])
    (note,) = found.notes
    assert note == (
        f"{share:.0%} of the way to the defensive mix:"
        f" the market is {state}, {falling:.0%} of the base mix is falling"
    )


def test_figures_are_those_of_the_tilted_weights() -> None:
    found = tilted(
        MIXES,
        COVARIANCE,
        Lean(1.0, "so it is"),
        mean=np.array([0.08, 0.04, 0.03]),
        risk_free=0.03,
    )
    assert found.weights == pytest.approx([0.2, 0.4, 0.4])
    assert found.expected_return == pytest.approx(0.2 * 0.08 + 0.4 * 0.04 + 0.4 * 0.03)
    assert found.volatility == pytest.approx(np.sqrt(0.04 * 0.04 + 0.16 * 0.0036 + 0.16 * 0.0001))
    assert found.sharpe == pytest.approx((0.044 - 0.03) / found.volatility)


@given(
    low=st.floats(0, 1),
    span=st.floats(0, 1),
    falling=st.floats(0, 1),
    more=st.floats(0, 1),
)
@example(low=0.0625, span=2.2e-16, falling=0.0, more=0.0)  # no wider than rounding
def test_the_tilt_is_monotone_and_within_its_bounds(
    low: float, span: float, falling: float, more: float
) -> None:
    mixes = replace(MIXES, tilt_min=low, tilt_max=low + (1 - low) * span)
    worse = falling + (1 - falling) * more
    stocks = [
        tilted(mixes, COVARIANCE, lean(regime(state), share)).weights[STOCKS]
        for share in (falling, worse)
        for state in STATES
    ]
    assert all(b <= a + 1e-12 for a, b in pairwise(stocks[:3]))
    assert all(b <= a + 1e-12 for a, b in zip(stocks[:3], stocks[3:], strict=True))
    shares = (0.8 - np.array(stocks)) / 0.6
    assert shares.min() >= low - 1e-12
    assert shares.max() <= mixes.tilt_max + 1e-12


def test_only_names_that_fall_by_both_measures_count() -> None:
    base = {Symbol("A"): 0.5, Symbol("B"): 0.3, Symbol("C"): 0.1, Symbol("D"): 0.1}
    trends = {
        Symbol("A"): trend(Direction.NONE),
        Symbol("B"): trend(Direction.DOWN),
        Symbol("C"): trend(Direction.UP),
        Symbol("Z"): trend(Direction.DOWN),
    }
    assert falling_share(base, trends) == pytest.approx(0.3)
    assert falling_share({}, trends) == 0


def test_a_regime_that_is_not_judged_does_not_tilt_and_says_so() -> None:
    signal = lean(judge(np.zeros((5, 3)), RegimePolicy()), 0.0)
    assert signal.value == 0
    assert signal.words == "the market is calm (not judged), 0% of the base mix is falling"


def test_the_mix_is_kept_for_as_long_as_the_regime_is() -> None:
    """Ten quiet days after a crash do not bring the stocks back: the regime has hysteresis."""
    returns = world([CALM, CRASH, CALM], 10, 2)
    end = CALM.days + CRASH.days
    policy = RegimePolicy()
    stocks = {
        day: tilted(MIXES, COVARIANCE, lean(judge(returns[:day], policy), 0.0)).weights[STOCKS]
        for day in (CALM.days, *range(CALM.days + 20, end + 11, 10), end + 160)
    }
    assert stocks.pop(CALM.days) == stocks.pop(end + 160) == pytest.approx(0.8)
    assert list(stocks.values()) == pytest.approx([0.5] * 4)


def test_limits_are_kept_or_it_is_said_which_is_not() -> None:
    half = Lean(0.5, "half")
    assert tilted(MIXES, COVARIANCE, half, Limits(upper=np.array([0.5, 1, 1]))).weights.sum() == 1
    safe = Group("safe", (BONDS, BILLS), upper=0.4)
    for limits, said in [
        (Limits(upper=0.45), "name 0: tilted to 0.5, outside its bounds 0 to 0.45"),
        (Limits(groups=(safe,)), "group safe a weight of 0.5, and at most 0.4"),
        (Limits(volatility=0.05), "a volatility of"),
        (Limits(names_max=2), "names held: 3, and at most 2"),
        (Limits(budget=0.9), "tilted weights sum to 1, and 0.9 is wanted"),
    ]:
        with pytest.raises(NoTarget, match=said):
            tilted(MIXES, COVARIANCE, half, limits)


@pytest.mark.parametrize(
    ("mixes", "said"),
    [
        (replace(MIXES, tilt_min=0.6, tilt_max=0.4), "tilt from 0.6 to 0.4"),
        (replace(MIXES, tilt_max=1.2), "tilt from 0 to 1.2"),
        (replace(MIXES, base=np.ones(2) / 2), "the base mix has shape"),
        (replace(MIXES, defensive=np.array([1, np.nan, 0])), "the defensive mix: weight 1 is not"),
    ],
)
def test_mixes_that_make_no_sense_are_refused(mixes: Mixes, said: str) -> None:
    with pytest.raises(NoTarget, match=said):
        tilted(mixes, COVARIANCE, Lean(0.5, "half"))
