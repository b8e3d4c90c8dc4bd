"""Sources of expected returns: averages of the past and their errors, the market, the owner."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from strategies.optimize.problem import Array
from strategies.risk.model import FactorModel, block
from strategies.targets.means.equilibrium import equilibrium, market_aversion
from strategies.targets.means.expected import given, needed
from strategies.targets.means.historical import Average, historical
from strategies.targets.refusal import NoTarget

DAY = date(2026, 1, 30)


def returns_of(seed: int, count: int, names: int) -> Array:
    """Simple daily returns with a common part."""
    random = np.random.default_rng(seed)
    common = random.normal(0.0003, 0.009, (count, 1))
    return common * random.uniform(0.5, 1.5, names) + random.normal(0.0002, 0.012, (count, names))


@pytest.mark.parametrize("strategy", ["maximum-sharpe", "efficient-frontier"])
def test_a_strategy_of_means_without_means_is_told_what_to_write(strategy: str) -> None:
    with pytest.raises(NoTarget, match=f"{strategy} needs expected returns") as refused:
        needed(None, strategy)
    for word in ('"file:', '"forecast:', '"historical"', '"equilibrium"', '"views"'):
        assert word in str(refused.value)


def test_given_numbers_keep_their_source() -> None:
    found = given(np.array([0.05, 0.07]), source="means.csv", day=DAY)
    assert needed(found, "maximum-sharpe") is found
    assert (found.source, found.day, found.errors) == ("means.csv", DAY, None)
    with pytest.raises(NoTarget, match=r"mean\[1\] is not a finite number"):
        given(np.array([0.05, np.nan]), source="means.csv", day=DAY)
    with pytest.raises(NoTarget, match="mean has 2 dimensions"):
        given(np.zeros((2, 2)), source="means.csv", day=DAY)


def test_averages_by_hand() -> None:
    """+10 % and -10 % a half year: nothing by arithmetic, 1 % lost a year by growth."""
    returns = np.array([[0.1], [-0.1], [0.1], [-0.1]])
    plain = historical(returns, day=DAY, periods=2, shrink=False)
    assert plain.values == pytest.approx([0.0], abs=1e-15)
    grown = historical(returns, day=DAY, periods=2, average=Average.GEOMETRIC, shrink=False)
    assert grown.values == pytest.approx([1.1 * 0.9 - 1], abs=1e-15)
    assert plain.errors == pytest.approx([np.sqrt(2 * 0.04 / 3 / 2)])  # variance a year, two years
    assert (plain.shrinkage, plain.source) == (0.0, "historical (arithmetic)")
    assert "4 returns (2 years)" in plain.notes[0]


def test_errors_depend_on_years_and_not_on_days() -> None:
    """20 % of volatility and five years make 8.9 %, of days as of months."""
    random = np.random.default_rng(2)
    for periods in (252, 12):
        draws = random.normal(0, 1, (5 * periods, 1))
        draws = (draws - draws.mean()) / draws.std(ddof=1)
        found = historical(0.2 / np.sqrt(periods) * draws / 1, day=DAY, periods=periods)
        assert found.errors == pytest.approx([0.2 / np.sqrt(5)], rel=1e-12)
        assert "standard error is 8.94% a year" in found.notes[0]


def test_an_error_is_what_averages_of_other_samples_differ_by() -> None:
    random = np.random.default_rng(7)
    samples = random.normal(0.0004, 0.01, (400, 500, 1))
    for average in Average:
        found = [
            historical(sample, day=DAY, periods=252, average=average, shrink=False)
            for sample in samples
        ]
        spread = np.std([each.values[0] for each in found], ddof=1)
        said = np.mean([0.0 if each.errors is None else each.errors[0] for each in found])
        assert said == pytest.approx(spread, rel=0.1)


@cases(st.integers(0, 10_000), st.integers(1, 12), st.integers(0, 60))
def test_the_shrunk_mean_is_jorions_formula(seed: int, names: int, more: int) -> None:
    """Everything per period, with inverses, as the paper has it."""
    returns = returns_of(seed, names + 3 + more, names)
    count = len(returns)
    ones, average = np.ones(names), returns.mean(axis=0)
    sample = np.atleast_2d(np.cov(returns, rowvar=False)) * (count - 1) / (count - names - 2)
    inverse = np.linalg.inv(sample)
    centre = ones @ inverse @ average / (ones @ inverse @ ones)
    apart = average - centre
    phi = (names + 2) / (names + 2 + count * apart @ inverse @ apart)
    found = historical(returns, day=DAY, periods=252)
    assert found.shrinkage == pytest.approx(phi, rel=1e-6)
    expected = 252 * ((1 - phi) * average + phi * centre)
    assert np.abs(found.values - expected).max() <= 1e-6
    assert f"shrunk by {phi:.0%}" in found.notes[1]


def test_the_unit_of_time_changes_nothing_but_the_unit() -> None:
    returns = returns_of(3, 300, 5)
    daily = historical(returns, day=DAY, periods=1)
    annual = historical(returns, day=DAY, periods=252)
    assert annual.shrinkage == pytest.approx(daily.shrinkage, rel=1e-12)
    assert annual.values == pytest.approx(252 * daily.values, rel=1e-12)
    assert "a period" in daily.notes[0]


def test_factors_do_for_more_names_than_days() -> None:
    returns = returns_of(4, 30, 500)
    random = np.random.default_rng(4)
    model = FactorModel(random.normal(0.1, 0.1, (500, 6)), random.uniform(0.02, 0.1, 500))
    by_factors = historical(returns, day=DAY, periods=252, covariance=model)
    whole = block(model, np.arange(500))
    by_array = historical(returns, day=DAY, periods=252, covariance=whole)
    assert by_factors.shrinkage == pytest.approx(by_array.shrinkage, rel=1e-9)
    assert np.abs(by_factors.values - by_array.values).max() <= 1e-9
    with pytest.raises(NoTarget, match="30 returns of 500 names cannot be shrunk by their own"):
        historical(returns, day=DAY, periods=252)


def test_shrunk_averages_are_nearer_to_the_truth() -> None:
    """What the rule is for (Jorion 1986, after Stein 1955): less squared error over samples."""
    random = np.random.default_rng(11)
    truth = random.normal(0.0004, 0.0002, 10)
    plain = shrunk = 0.0
    for _ in range(60):
        returns = truth + random.normal(0, 0.01, (250, 10))
        for shrink in (False, True):
            found = historical(returns, day=DAY, periods=1, shrink=shrink).values
            error = float(((found - truth) ** 2).sum())
            shrunk, plain = (shrunk + error, plain) if shrink else (shrunk, plain + error)
    assert shrunk < 0.5 * plain


def test_names_that_earn_the_same_are_left_alone() -> None:
    returns = returns_of(5, 200, 4)
    returns += 0.0005 - returns.mean(axis=0)
    found = historical(returns, day=DAY, periods=252)
    assert found.shrinkage == pytest.approx(1.0)
    assert found.values == pytest.approx(np.full(4, 252 * 0.0005))


def with_nan() -> Array:
    returns = returns_of(1, 50, 3)
    returns[7, 2] = np.nan
    return returns


def with_a_loss_of_all() -> Array:
    returns = returns_of(1, 50, 3)
    returns[9, 1] = -1.0
    return returns


@pytest.mark.parametrize(
    ("returns", "periods", "why"),
    [
        (with_nan(), 252, r"returns\[7, 2\] is not a finite number"),
        (with_a_loss_of_all(), 252, r"returns\[9, 1\] = -1 leaves nothing to grow"),
        (np.zeros((50, 0)), 252, "50 returns of 0 names"),
        (np.zeros((1, 3)), 252, "1 returns of 3 names say nothing"),
        (np.zeros(5), 252, "returns has 1 dimensions"),
        (returns_of(1, 50, 3), 0, "0 periods make no year"),
        (np.zeros((50, 3)), 252, "name 0 has no variance of its own"),
    ],
)
def test_a_history_that_makes_no_sense(returns: Array, periods: float, why: str) -> None:
    with pytest.raises(NoTarget, match=why):
        historical(returns, day=DAY, periods=periods)


def test_a_covariance_of_others_is_refused() -> None:
    with pytest.raises(NoTarget, match=r"mean has shape \(3,\), expected \(2,\)"):
        historical(returns_of(1, 50, 3), day=DAY, periods=252, covariance=np.eye(2))


def test_a_singular_covariance_is_repaired_and_a_false_one_refused() -> None:
    returns = returns_of(6, 50, 3)
    singular = np.full((3, 3), 0.04)
    found = historical(returns, day=DAY, periods=252, covariance=singular)
    assert np.isfinite(found.values).all()
    false = np.array([[0.04, 0.1, 0], [0.1, 0.04, 0], [0, 0, 0.04]])
    with pytest.raises(NoTarget, match="covariance: not one"):
        historical(returns, day=DAY, periods=252, covariance=false)


@cases(st.integers(0, 10_000), st.integers(1, 20))
def test_at_equilibrium_the_market_is_the_best_portfolio(seed: int, names: int) -> None:
    """(delta C)^-1 (pi - rf) gives the shares of the caps back."""
    random = np.random.default_rng(seed)
    model = FactorModel(random.normal(0.1, 0.1, (names, 3)), random.uniform(0.01, 0.1, names))
    caps = random.lognormal(20, 2, names)
    found = equilibrium(model, caps, day=DAY, risk_aversion=3.0, risk_free=0.02)
    whole = block(model, np.arange(names))
    weights = np.linalg.solve(3.0 * whole, found.values - 0.02)
    assert np.abs(weights - caps / caps.sum()).max() <= 1e-9
    in_array = equilibrium(whole, caps, day=DAY, risk_aversion=3.0, risk_free=0.02)
    assert np.abs(in_array.values - found.values).max() <= 1e-14
    assert found.source == "equilibrium"
    assert "risk aversion of 3" in found.notes[0]


@pytest.mark.parametrize(
    ("caps", "aversion", "why"),
    [
        ([1.0, np.nan], 2.5, r"market cap\[1\] is not a finite number"),
        ([1.0, -1.0], 2.5, r"market cap\[1\] is -1"),
        ([0.0, 0.0], 2.5, r"market cap\[0\] is 0"),
        ([1.0, 1.0, 1.0], 2.5, "3 market caps for 2 names"),
        ([1.0, 1.0], 0.0, "risk aversion of the market is 0"),
        ([1.0, 1.0], np.inf, "risk aversion of the market is inf"),
    ],
)
def test_a_market_that_makes_no_sense(caps: list[float], aversion: float, why: str) -> None:
    with pytest.raises(NoTarget, match=why):
        equilibrium(0.04 * np.eye(2), np.array(caps), day=DAY, risk_aversion=aversion)


def test_the_aversion_of_a_market() -> None:
    """7.5 % above what is free of risk, at a volatility of 15 %: 3.33."""
    assert market_aversion(0.10, 0.025, 0.15**2) == pytest.approx(10 / 3)
    for market_return, variance in ((0.01, 0.04), (0.10, 0.0), (np.nan, 0.04)):
        with pytest.raises(NoTarget, match="tells no aversion to risk"):
            market_aversion(market_return, 0.025, variance)
