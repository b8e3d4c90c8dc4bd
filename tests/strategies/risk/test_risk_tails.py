"""Losses in the tail: published figures, independent quantiles and integrals, and coherence."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from strategies.risk.cornish import in_domain, matched
from strategies.risk.model import Array
from strategies.risk.moments import Moments, moments, observed, over
from strategies.risk.refusal import NoRisk
from strategies.risk.tails import (
    cornish_fisher_cvar,
    cornish_fisher_var,
    historical_cvar,
    historical_var,
    normal_cvar,
    normal_var,
)

FUNDS = (
    # mean, volatility, skewness, excess kurtosis; normal and modified VaR at 95 %; all in percent
    ("sample", 0.69, 1.58, -1.28, 4.51, 1.90, 2.28),
    ("convertible arbitrage", 0.58, 1.96, -3.04, 18.35, 2.64, 3.27),
    ("CTA global", 0.67, 2.53, 0.12, -0.11, 3.49, 3.42),
    ("distressed", 0.76, 1.84, -1.69, 6.73, 2.26, 2.79),
    ("emerging markets", 0.80, 3.88, -1.26, 5.22, 5.59, 6.45),
)
"""EDHEC hedge fund indices to 2009, monthly, as tabulated in Infiniti Capital's "Cornish Fisher
Modified Value at Risk" (2010). Inputs are rounded there, so that 0.02 is the tolerance."""

QUANTILES = (
    # probability, skewness, excess kurtosis, quantile
    (0.5, 1, 0, -0.1666667),
    (0.9, 0.1, 0, 1.292868),
    (0.9, 0.1, 1, 1.220374),
    (0.9, 0.1, -1, 1.365363),
    (0.99, 0.1, 0, 2.396116),
    (0.99, 0.1, 1, 2.629904),
    (0.99, 0.1, -1, 2.162328),
    (0.01, 0.1, 0, -2.249053),
    (0.01, 0.1, 1, -2.482841),
    (0.01, 0.1, -1, -2.015265),
)
"""Cornish-Fisher quantiles as published with the D library mir-stat (``cornishFisherInvCDF``)."""

LEVELS = st.sampled_from((0.9, 0.95, 0.975, 0.99, 0.995))


def series(seed: int, count: int = 250) -> Array:
    """Returns with a fat tail, shape (count,)."""
    return np.random.default_rng(seed).standard_t(4, count) * 0.01


@pytest.mark.parametrize(("name", "mean", "sd", "skew", "excess", "normal", "modified"), FUNDS)
def test_published_funds(  # noqa: PLR0913, PLR0917 - the columns of the table
    name: str, mean: float, sd: float, skew: float, excess: float, normal: float, modified: float
) -> None:
    law = Moments(mean, sd, skew, excess)
    assert normal_var(law) == pytest.approx(normal, abs=0.02), name
    assert cornish_fisher_var(law) == pytest.approx(modified, abs=0.02), name


@pytest.mark.parametrize(("probability", "skewness", "kurtosis", "quantile"), QUANTILES)
def test_published_quantiles(
    probability: float, skewness: float, kurtosis: float, quantile: float
) -> None:
    law = Moments(0, 1, skewness, kurtosis)
    assert -cornish_fisher_var(law, 1 - probability) == pytest.approx(quantile, abs=1e-6)


def test_tables_of_the_normal_distribution() -> None:
    """1.644854 and 2.326348 (any table); mean excess 2.062713 and 2.665214 (Jorion 2007)."""
    law = Moments(0, 1)
    assert normal_var(law, 0.95) == pytest.approx(1.644854, abs=1e-6)
    assert normal_var(law, 0.99) == pytest.approx(2.326348, abs=1e-6)
    assert normal_cvar(law, 0.95) == pytest.approx(2.062713, abs=1e-6)
    assert normal_cvar(law, 0.99) == pytest.approx(2.665214, abs=1e-6)


def test_historical_by_hand() -> None:
    returns = np.arange(-10, 11) / 100  # 21 of them: 5 % is exactly one step of the quantile
    assert historical_var(returns, 0.95) == pytest.approx(0.09)
    worst = (0.10 + 0.05 * 0.09) / 1.05  # 1.05 of 21 returns are the tail
    assert historical_cvar(returns, 0.95) == pytest.approx(worst)
    assert historical_cvar(np.arange(-50, 50) / 100, 0.95) == pytest.approx(0.48)


@given(st.integers(0, 10_000), st.integers(1, 300), LEVELS)
def test_historical_var_is_definition_7(seed: int, count: int, level: float) -> None:
    from scipy.stats.mstats import mquantiles

    returns = series(seed, count)
    published = -float(mquantiles(returns, 1 - level, alphap=1, betap=1)[0])
    assert historical_var(returns, level) == pytest.approx(published, abs=1e-12)


@given(st.integers(0, 10_000), st.integers(1, 200), LEVELS)
def test_historical_cvar_is_the_least_of_rockafellar_and_uryasev(
    seed: int, count: int, level: float
) -> None:
    returns = series(seed, count)
    over_each = [v + np.maximum(-returns - v, 0).mean() / (1 - level) for v in -returns]
    assert historical_cvar(returns, level) == pytest.approx(min(over_each), abs=1e-12)


@given(st.integers(0, 10_000), st.integers(1, 300), LEVELS)
def test_cvar_is_never_less_than_var(seed: int, count: int, level: float) -> None:
    returns = series(seed, count)
    assert historical_cvar(returns, level) >= historical_var(returns, level) - 1e-15


@given(st.integers(0, 10_000), st.integers(2, 200), LEVELS)
def test_historical_cvar_is_subadditive(seed: int, count: int, level: float) -> None:
    a, b = series(seed, count), series(seed + 1, count)
    apart = historical_cvar(a, level) + historical_cvar(b, level)
    assert historical_cvar(a + b, level) <= apart + 1e-12


@given(st.integers(0, 10_000), LEVELS, st.floats(-0.1, 0.1), st.floats(0.01, 10))
def test_cash_and_scale_pass_through(seed: int, level: float, cash: float, scale: float) -> None:
    returns = series(seed)
    moved = scale * returns + cash
    for historical in (historical_var, historical_cvar):
        assert historical(moved, level) == pytest.approx(
            scale * historical(returns, level) - cash, abs=1e-10
        )
    for law in (normal_var, normal_cvar, cornish_fisher_var, cornish_fisher_cvar):
        assert law(moments(moved), level) == pytest.approx(
            scale * law(moments(returns), level) - cash, abs=1e-8
        )


@given(st.integers(0, 10_000))
def test_moments_are_those_of_scipy(seed: int) -> None:
    from scipy import stats

    returns = series(seed)
    found = moments(returns)
    assert found.mean == pytest.approx(returns.mean())
    assert found.volatility == pytest.approx(returns.std(ddof=1))
    assert found.skewness == pytest.approx(float(stats.skew(returns)), abs=1e-10)
    assert found.kurtosis == pytest.approx(float(stats.kurtosis(returns)), abs=1e-10)


def x(z: Array, s: float, k: float) -> Array:
    """The expansion itself, as Cornish and Fisher wrote it."""
    return z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36


Z = np.linspace(-9, 9, 4_001)
DENSITY = np.exp(-(Z**2) / 2) / np.sqrt(2 * np.pi) * (Z[1] - Z[0])


@given(st.floats(-2, 2), st.floats(-1, 9))
def test_the_domain_is_where_the_expansion_never_falls(s: float, k: float) -> None:
    wide = np.linspace(-60, 60, 12_001)  # where s is small, it falls far out first
    slope = np.diff(x(wide, s, k)).min() / (wide[1] - wide[0])
    assume(abs(slope) > 1e-4)
    assume(abs(k / 8 - s**2 / 6) > 1e-3)
    assert in_domain(s, k) == (slope > 0)


@given(st.floats(-2, 2), st.floats(-1, 9), st.floats(0.5, 8))
def test_the_domain_up_to_a_reach(s: float, k: float, reach: float) -> None:
    near = np.linspace(-reach, reach, 8001)
    slope = np.diff(x(near, s, k)).min() / (near[1] - near[0])
    assume(abs(slope) > 1e-2)
    assert in_domain(s, k, reach) == (slope > 0)


def test_the_domain_without_skewness_ends_at_eight() -> None:
    assert [in_domain(0, k) for k in (-0.01, 0, 1, 8, 8.01)] == [False, True, True, True, False]
    edge = 6 * (np.sqrt(2) - 1)  # the largest skewness of all (Maillard 2012)
    assert any(in_domain(edge - 1e-3, k) for k in np.linspace(0, 16, 4001))
    assert not any(in_domain(edge + 1e-3, k) for k in np.linspace(0, 16, 4001))
    assert not in_domain(0.5, 0)


@given(st.floats(-1.5, 1.5), st.floats(0, 8), LEVELS)
def test_shortfall_is_the_integral_of_the_quantiles(s: float, k: float, level: float) -> None:
    from scipy.integrate import quad
    from scipy.stats import norm

    z = norm.ppf(1 - level)
    tail, _ = quad(lambda y: float(x(y, s, k)) * norm.pdf(y), -12, z, epsabs=1e-12)
    law = Moments(0.001, 0.02, s, k)
    assert cornish_fisher_cvar(law, level) == pytest.approx(
        -(0.001 + 0.02 * tail / (1 - level)), abs=1e-9
    )
    if in_domain(s, k):
        assert cornish_fisher_cvar(law, level) >= cornish_fisher_var(law, level) - 1e-12


@given(st.floats(-2.4, 2.4), st.floats(0, 8))
def test_matched_parameters_give_the_moments_that_were_wanted(s: float, k: float) -> None:
    assume(in_domain(s, k))
    values = x(Z, s, k)
    second, third, fourth = (float((values**p * DENSITY).sum()) for p in (2, 3, 4))
    wanted = Moments(0.0, 1.0, third / second**1.5, fourth / second**2 - 3)
    found = matched(wanted)
    assert found is not None
    bent = found.volatility * x(Z, found.skewness, found.kurtosis)
    assert (bent**2 * DENSITY).sum() == pytest.approx(1, abs=1e-8)
    assert (bent**3 * DENSITY).sum() == pytest.approx(wanted.skewness, abs=1e-6)
    assert (bent**4 * DENSITY).sum() - 3 == pytest.approx(wanted.kurtosis, abs=1e-6)


def test_matched_knows_what_it_cannot_match() -> None:
    assert matched(Moments(0, 1)) == Moments(0, 1)
    assert matched(Moments(0, 1, 0, 60)) is None
    assert matched(Moments(0, 1, 0, -0.5)) is None
    assert matched(Moments(0, 1, 2, 3)) is None


def test_matched_is_nearer_where_the_tail_is_known() -> None:
    """Student's t with 5 degrees of freedom: excess kurtosis 6, quantile 3.36493 at 99 %."""
    law = Moments(0, 1, 0, 6)
    plain, fit = cornish_fisher_var(law, 0.99), matched(law)
    assert fit is not None
    truth = 3.36493 / np.sqrt(5 / 3)
    assert plain - truth > 1
    assert cornish_fisher_var(fit, 0.99) == pytest.approx(truth, abs=0.25)


@given(st.integers(0, 1000), st.floats(0.5, 60), LEVELS)
def test_the_horizon_adds_cumulants(seed: int, periods: float, level: float) -> None:
    law, returns = moments(series(seed)), series(seed)
    longer = over(law, periods)
    root = np.sqrt(periods)
    assert (longer.mean, longer.volatility) == pytest.approx(
        (law.mean * periods, law.volatility * root)
    )
    assert (longer.skewness, longer.kurtosis) == pytest.approx(
        (law.skewness / root, law.kurtosis / periods)
    )
    for loss in (normal_var, normal_cvar, cornish_fisher_var, cornish_fisher_cvar):
        assert loss(law, level, periods) == pytest.approx(loss(longer, level))
    assert historical_var(returns, level, periods) == pytest.approx(
        root * historical_var(returns, level)
    )


def test_one_observation_is_its_own_tail() -> None:
    assert historical_var(np.array([-0.02])) == pytest.approx(0.02)
    assert historical_cvar(np.array([-0.02])) == pytest.approx(0.02)
    with pytest.raises(NoRisk, match="1 return, at least 2 needed"):
        moments(np.array([-0.02]))


def test_a_series_that_does_not_move_has_no_shape() -> None:
    assert moments(np.full(50, 0.1)) == Moments(pytest.approx(0.1), 0.0)
    assert cornish_fisher_var(moments(np.full(50, 0.1))) == pytest.approx(-0.1)


@pytest.mark.parametrize(
    ("returns", "says"),
    [
        ([], "0 returns, at least 1 needed"),
        ([0.1, float("nan")], "return 1 is nan"),
        ([float("-inf")], "return 0 is -inf"),
        ([[0.1, 0.2]], r"shape \(1, 2\)"),
    ],
)
def test_bad_returns_are_named(returns: list[float], says: str) -> None:
    for measure in (historical_var, historical_cvar, observed):
        with pytest.raises(NoRisk, match=says):
            measure(np.array(returns))


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, float("nan")])
def test_a_level_that_makes_no_sense(level: float) -> None:
    for loss in (normal_var, normal_cvar, cornish_fisher_var, cornish_fisher_cvar):
        with pytest.raises(NoRisk, match="level"):
            loss(Moments(0, 1), level)
    for historical in (historical_var, historical_cvar):
        with pytest.raises(NoRisk, match="level"):
            historical(np.array([0.1]), level)


@pytest.mark.parametrize("periods", [0, -1, float("nan")])
def test_a_horizon_that_makes_no_sense(periods: float) -> None:
    with pytest.raises(NoRisk, match="horizon"):
        normal_var(Moments(0, 1), 0.95, periods)
    with pytest.raises(NoRisk, match="horizon"):
        historical_var(np.array([0.1]), 0.95, periods)
