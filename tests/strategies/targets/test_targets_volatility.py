"""Volatility target: met to rounding, or as near as the limits allow, and then it says why."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from strategies.optimize.problem import Exposure, Group
from strategies.risk.model import FactorModel, variance
from strategies.targets.kept import breach
from strategies.targets.limits import Limits
from strategies.targets.refusal import NoTarget
from strategies.targets.vol_target import Mix, volatility_target

COVARIANCE = np.array([[0.04, 0.018, 0.0], [0.018, 0.09, 0.0], [0.0, 0.0, 0.0004]])
"""Volatilities of 20, 30 and 2 %; the first two correlate by 0.3."""
MIX = Mix(np.array([0.5, 0.5, 0.0]))
SIGMA = float(np.sqrt(0.25 * (0.04 + 0.09 + 2 * 0.018)))
"""Of the mix: 20.37 %."""
SAFE = Mix(MIX.risky, safe=2)


def test_the_rest_is_cash() -> None:
    """Half the volatility is half the mix."""
    found = volatility_target(
        MIX, COVARIANCE, SIGMA / 2, mean=np.array([0.08, 0.1, 0.02]), risk_free=0.03
    )
    assert found.weights == pytest.approx([0.25, 0.25, 0.0])
    assert found.volatility == pytest.approx(SIGMA / 2, rel=1e-12)
    assert found.expected_return == pytest.approx(0.5 * 0.09 + 0.5 * 0.03)
    assert found.sharpe == pytest.approx((0.06 - 0.03) / (SIGMA / 2))
    assert found.notes == ("the mix is scaled to 0.5",)


def test_sharpe_beside_cash_is_that_of_the_mix() -> None:
    """Tobin 1958: cash changes how much is risked, not what a unit of risk earns."""
    mean = np.array([0.08, 0.1, 0.02])
    found = volatility_target(MIX, COVARIANCE, 0.07, mean=mean, risk_free=0.03)
    assert found.sharpe == pytest.approx((0.09 - 0.03) / SIGMA)


def test_the_rest_is_in_a_safe_asset_with_a_volatility_of_its_own() -> None:
    found = volatility_target(SAFE, COVARIANCE, 0.10)
    k = found.weights[0] / 0.5
    assert found.weights == pytest.approx([k / 2, k / 2, 1 - k])
    assert (k * SIGMA) ** 2 + ((1 - k) * 0.02) ** 2 == pytest.approx(0.01, rel=1e-12)
    assert found.volatility == pytest.approx(0.10, rel=1e-12)


@pytest.mark.parametrize(
    ("mix", "wanted", "limits", "size", "said"),
    [
        (MIX, 0.30, Limits(), 1.0, "20.37% is the most: nothing is borrowed"),
        (MIX, 0.30, Limits(gross=1.2), 1.2, "24.45% is the most: gross weight"),
        (MIX, 0.15, Limits(upper=0.3), 0.6, "12.22% is the most: bound of 0"),
        (MIX, 0.15, Limits(groups=(Group("g", (0, 1), upper=0.5),)), 0.5, "group g"),
        (
            MIX,
            0.15,
            Limits(exposures=(Exposure("beta", np.array([1.0, 2, 0]), upper=0.6),)),
            0.4,
            "8.15% is the most: exposure beta",
        ),
        (MIX, 0.15, Limits(turnover=0.4), 0.4, "8.15% is the most: turnover"),
        (MIX, 0.05, Limits(lower=np.array([0.2, 0, 0])), 0.4, "8.15% is the least: bound of 0"),
        (MIX, 0.15, Limits(volatility=0.10), 0.1 / SIGMA, "15.00% was wanted, and 10.00% is the"),
    ],
)
def test_what_cannot_be_reached_is_approached_and_said(
    mix: Mix, wanted: float, limits: Limits, size: float, said: str
) -> None:
    found = volatility_target(mix, COVARIANCE, wanted, limits)
    assert found.weights == pytest.approx(size * mix.risky, rel=1e-9)
    assert said in " ".join(found.notes)


def test_leverage_is_used_where_the_gross_limit_allows_it() -> None:
    found = volatility_target(MIX, COVARIANCE, 0.25, Limits(gross=1.5))
    assert found.volatility == pytest.approx(0.25, rel=1e-12)
    assert 1 < found.weights.sum() <= 1.5
    assert len(found.notes) == 1


def test_below_the_calmest_blend_it_stays_at_the_calmest() -> None:
    """Some of a calm mix beside a safe asset diversifies it: less of the mix is more risk."""
    covariance = np.diag([0.0009, 0.0009, 0.0004])
    found = volatility_target(SAFE, covariance, 0.01)
    grid = [0.25 * k**2 * 0.0018 + (1 - k) ** 2 * 0.0004 for k in np.linspace(0, 1, 100_001)]
    assert found.volatility == pytest.approx(np.sqrt(min(grid)), rel=1e-8)
    assert "is the least that the mix and the safe asset have together" in found.notes[-1]


def test_a_safe_asset_that_is_wilder_than_the_mix_is_used_as_it_is() -> None:
    wild = Mix(np.array([0.0, 0.0, 1.0]), safe=1)
    assert volatility_target(wild, COVARIANCE, 0.15).volatility == pytest.approx(0.15)
    most = volatility_target(wild, COVARIANCE, 0.5)
    assert most.weights == pytest.approx([0, 1, 0])
    assert "30.00% is the most: all of it is in cash or the safe asset" in most.notes[-1]


def test_a_long_short_mix_is_scaled_as_it_is() -> None:
    mix = Mix(np.array([1.3, -0.3, 0.0]))
    limits = Limits(lower=-0.3, upper=1.3, gross=1.6)
    found = volatility_target(mix, COVARIANCE, 0.10, limits)
    assert found.volatility == pytest.approx(0.10, rel=1e-12)
    assert found.weights[1] / found.weights[0] == pytest.approx(-0.3 / 1.3)
    most = volatility_target(mix, COVARIANCE, 2.0, limits)
    assert most.weights == pytest.approx(mix.risky)


def test_factors_give_what_their_matrix_gives() -> None:
    random = np.random.default_rng(0)
    factors = FactorModel(random.normal(0, 0.1, (30, 3)), random.uniform(0.01, 0.05, 30))
    dense = factors.loadings @ factors.loadings.T + np.diag(factors.specific)
    for mix in (Mix(np.ones(30) / 30), Mix(np.ones(30) / 30, safe=4)):
        one, other = (volatility_target(mix, c, 0.05) for c in (factors, dense))
        assert one.weights == pytest.approx(other.weights, abs=1e-12)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Mix, np.ndarray, Limits]:
    """Any mix, covariance and limits: also those that leave no room."""
    n = draw(st.integers(2, 8))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    root = random.normal(0, 0.2, (n, n + 2))
    risky = random.dirichlet(np.ones(n))
    if draw(st.booleans()):
        risky[0] -= 0.5
    mix = Mix(risky, draw(st.sampled_from([None, 0, n - 1])))
    short = draw(st.sampled_from([0.0, -0.5, -1.0]))
    limits = Limits(
        lower=short,
        upper=draw(st.sampled_from([0.4, 1.0, 2.0])),
        gross=draw(st.sampled_from([None, 1.0, 1.4])),
        turnover=draw(st.sampled_from([None, 0.6, 1.5])),
        current=random.dirichlet(np.ones(n)),
        groups=draw(st.sampled_from([(), (Group("g", (0, 1), upper=0.5),)])),
    )
    return mix, root @ root.T, limits


def inside(weights: np.ndarray, limits: Limits) -> bool:
    low, high = np.asarray(limits.lower), np.asarray(limits.upper)
    fits = (weights >= low - 1e-9).all() and (weights <= high + 1e-9).all()
    return bool(fits) and not breach(weights, limits)


@settings(max_examples=150, deadline=None)
@given(case=cases(), wanted=st.floats(0.01, 1.0))
def test_no_size_on_a_grid_is_nearer_to_what_was_wanted(
    case: tuple[Mix, np.ndarray, Limits], wanted: float
) -> None:
    mix, covariance, limits = case
    risky, rest = mix.risky.copy(), np.zeros_like(mix.risky)
    if mix.safe is not None:
        risky[mix.safe], rest[mix.safe] = 0.0, 1.0
    sizes = np.linspace(0, 4, 401)
    grid = [k * risky + (1 - k * risky.sum()) * rest for k in sizes]
    cap = 1 / risky.sum() if limits.gross is None and risky.sum() > 0 else np.inf
    usual = max(1.0, np.abs(risky).sum())
    allowed = [
        w
        for k, w in zip(sizes, grid, strict=True)
        if k <= cap and inside(w, limits) and np.abs(w).sum() <= (limits.gross or usual) + 1e-9
    ]
    try:
        found = volatility_target(mix, covariance, wanted, limits)
    except NoTarget:
        assert not allowed
        return
    assume(allowed)
    assert inside(found.weights, limits)
    below = [s for w in allowed if (s := np.sqrt(variance(covariance, w))) <= wanted + 1e-12]
    if below:
        assert max(below) - 1e-9 <= found.volatility <= wanted + 1e-9
    else:
        calmest = min(np.sqrt(variance(covariance, w)) for w in allowed)
        assert found.volatility <= calmest + 1e-9
    assert any("cannot be reached" in note for note in found.notes) == (
        abs(found.volatility - wanted) > 1e-6 * wanted
    )


@pytest.mark.parametrize(
    ("mix", "wanted", "said"),
    [
        (Mix(np.zeros(3)), 0.1, "holds nothing that is risky"),
        (Mix(np.array([0.0, 0, 1]), safe=2), 0.1, "holds nothing that is risky"),
        (Mix(np.array([0.5, np.nan, 0.5])), 0.1, "3 finite weights"),
        (Mix(np.ones(2)), 0.1, "3 finite weights"),
        (Mix(MIX.risky, safe=3), 0.1, "the safe asset is number 3 of 3 names"),
        (MIX, 0.0, "volatility wanted is 0"),
        (MIX, float("nan"), "volatility wanted is nan"),
    ],
)
def test_what_makes_no_sense_is_refused(mix: Mix, wanted: float, said: str) -> None:
    with pytest.raises(NoTarget, match=said):
        volatility_target(mix, COVARIANCE, wanted)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(lower=np.array([0.6, 0, 0]), upper=np.array([1, 0.3, 1])), "no size of the mix"),
        (Limits(turnover=0.1, current=np.array([0.0, 0, 1])), "no size of the mix"),
        (Limits(names_max=1), "names held: 2, and at most 1"),
        (Limits(lower=0.5, upper=0.4), "a lower bound is above its upper bound"),
        (Limits(lower=0.2, volatility=0.01), "no size|a volatility of"),
    ],
)
def test_limits_that_leave_no_size_are_refused(limits: Limits, said: str) -> None:
    with pytest.raises(NoTarget, match=said):
        volatility_target(MIX, COVARIANCE, 0.1, limits)


def test_a_mix_without_risk_is_held_in_full() -> None:
    found = volatility_target(MIX, np.zeros((3, 3)), 0.1)
    assert found.weights == pytest.approx(MIX.risky)
    assert "0.00% is the most" in found.notes[-1]
