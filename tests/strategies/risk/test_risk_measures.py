"""Single figures and whose they are: by hand, from published tables, and by what must hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.risk import measures
from strategies.risk.contributions import by_group, contributions, marginal
from strategies.risk.drawdown import Drawdown, drawdown, wealth
from strategies.risk.exposures import (
    Factors,
    Regression,
    loading_exposures,
    regression,
    series_beta,
)
from strategies.risk.model import Array, Covariance, FactorModel
from strategies.risk.refusal import NoRisk

FOUR = np.array([0.20, 0.30, 0.40, 0.10])
CORRELATIONS = np.array(
    [[1, 0.3, 0.7, 0.1], [0.3, 1, 0.5, 0.15], [0.7, 0.5, 1, 0.05], [0.1, 0.15, 0.05, 1]]
)
COVARIANCE = CORRELATIONS * np.outer(FOUR, FOUR)
EVEN = np.full(4, 0.25)

MIXED = np.array([1, 10, -4, 2, 3, 2, 1, -10]) / 100
NEGATIVE = np.array([0, -6, -7, -1, -9, -2, -6, -8, -5]) / 100
"""Return series of the tests of the library empyrical, with the figures published there."""


def drawn(seed: int, names: int = 6) -> tuple[FactorModel, Array, Array]:
    """A factor model, the same as a matrix, and weights with both signs."""
    random = np.random.default_rng(seed)
    model = FactorModel(random.normal(0, 0.2, (names, 2)), random.uniform(0.01, 0.09, names))
    whole = model.loadings @ model.loadings.T + np.diag(model.specific)
    return model, whole, random.normal(0.2, 0.3, names)


def test_two_assets_by_hand() -> None:
    """20 and 30 % volatility, correlation one half, 60 and 40 percent."""
    covariance = np.array([[0.04, 0.03], [0.03, 0.09]])
    weights = np.array([0.6, 0.4])
    total = np.sqrt(0.0144 + 2 * 0.0072 + 0.0144)
    assert measures.portfolio_volatility(covariance, weights) == pytest.approx(total)
    assert marginal(covariance, weights) == pytest.approx([0.036 / total, 0.054 / total])
    assert contributions(covariance, weights) == pytest.approx([total / 2, total / 2])
    assert measures.diversification_ratio(covariance, weights) == pytest.approx(0.24 / total)
    assert measures.average_correlation(covariance) == pytest.approx(0.5)
    benchmark = np.array([0.5, 0.5])
    assert measures.tracking_error(covariance, weights, benchmark) == pytest.approx(
        0.1 * np.sqrt(0.04 + 0.09 - 2 * 0.03)
    )
    assert measures.beta(covariance, weights, benchmark) == pytest.approx(0.0450 / 0.0475)


def test_four_assets() -> None:
    pairs = CORRELATIONS[np.triu_indices(4, 1)]
    assert measures.average_correlation(COVARIANCE) == pytest.approx(pairs.mean())
    assert measures.average_correlation(COVARIANCE, np.array([1, 0, -1, 0.0])) == pytest.approx(0.7)
    assert measures.effective_names(EVEN) == pytest.approx(4)
    assert measures.concentration(np.array([0.5, 0.5, 0, 0])) == pytest.approx(0.5)
    assert measures.concentration(np.array([0.1, -0.1])) == pytest.approx(0.5)


@pytest.mark.parametrize("names", [1, 2, 10, 50])
def test_independent_names_diversify_by_their_root(names: int) -> None:
    covariance = np.eye(names) * 0.04
    even = np.full(names, 1 / names)
    assert measures.diversification_ratio(covariance, even) == pytest.approx(np.sqrt(names))
    assert measures.effective_names(even) == pytest.approx(names)


@given(st.integers(0, 10_000))
def test_contributions_sum_to_the_whole_in_either_form(seed: int) -> None:
    model, whole, weights = drawn(seed)
    forms: tuple[Covariance, ...] = (model, whole)
    for covariance in forms:
        parts = contributions(covariance, weights)
        total = measures.portfolio_volatility(covariance, weights)
        assert parts.sum() == pytest.approx(total, rel=1e-12)
        groups = by_group(parts, ["a", "b", "a", "c", "b", "a"])
        assert list(groups) == ["a", "b", "c"]
        assert sum(groups.values()) == pytest.approx(total, rel=1e-12)
        assert groups["a"] == pytest.approx(parts[[0, 2, 5]].sum())
    assert contributions(model, weights) == pytest.approx(contributions(whole, weights))


@given(st.integers(0, 10_000), st.integers(0, 5))
def test_marginal_is_the_derivative(seed: int, name: int) -> None:
    _, covariance, weights = drawn(seed)
    step = 1e-6 * np.eye(6)[name]
    up, down = (
        measures.portfolio_volatility(covariance, weights + side * step) for side in (1, -1)
    )
    assert marginal(covariance, weights)[name] == pytest.approx((up - down) / 2e-6, abs=1e-6)


@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_what_scale_does_and_does_not_change(seed: int, scale: float) -> None:
    _, covariance, weights = drawn(seed)
    more = scale * weights
    volatility = measures.portfolio_volatility(covariance, weights)
    assert measures.portfolio_volatility(covariance, more) == pytest.approx(scale * volatility)
    for ratio in (measures.diversification_ratio,):
        assert ratio(covariance, more) == pytest.approx(ratio(covariance, weights))
    assert measures.concentration(more) == pytest.approx(measures.concentration(weights))
    assert measures.beta(covariance, more, weights) == pytest.approx(scale)


@given(st.integers(0, 10_000))
def test_long_weights_diversify(seed: int) -> None:
    model, _, weights = drawn(seed)
    assert measures.diversification_ratio(model, np.abs(weights)) >= 1 - 1e-12
    assert 1 - 1e-12 <= measures.effective_names(weights) <= 6 + 1e-12


def test_a_short_position_counts_by_its_size() -> None:
    covariance = np.diag([0.04, 0.04])
    assert measures.diversification_ratio(covariance, np.array([1.0, -1.0])) == pytest.approx(
        np.sqrt(2)
    )


def test_without_risk_and_without_names() -> None:
    nothing, still = np.zeros(2), np.zeros((2, 2))
    assert marginal(still, np.ones(2)).tolist() == [0, 0]
    assert contributions(np.eye(2), nothing).tolist() == [0, 0]
    with pytest.raises(NoRisk, match="nothing is held"):
        measures.concentration(nothing)
    with pytest.raises(NoRisk, match="no risk"):
        measures.diversification_ratio(still, np.ones(2))
    with pytest.raises(NoRisk, match="benchmark has no risk"):
        measures.beta(np.eye(2), np.ones(2), nothing)
    with pytest.raises(NoRisk, match="1 names that move"):
        measures.average_correlation(np.diag([0.04, 0.0]))


def test_downside_deviation_as_published() -> None:
    """Published by empyrical, annual from daily: 0.6045 below 0 and 1.7162 below 10 % a day."""
    assert measures.downside_deviation(MIXED, periods=252) == pytest.approx(0.60448325038829653)
    assert measures.downside_deviation(MIXED, 0.1, periods=252) == pytest.approx(1.7161730681956295)
    assert measures.downside_deviation(np.array([0.01, 0.02])) == 0


def test_series_volatility() -> None:
    assert measures.series_volatility(MIXED, 252) == pytest.approx(
        np.std(MIXED, ddof=1) * np.sqrt(252)
    )
    with pytest.raises(NoRisk, match="1 return, at least 2"):
        measures.series_volatility(np.array([0.1]))
    with pytest.raises(NoRisk, match="return 0 is nan"):
        measures.downside_deviation(np.array([np.nan]))


def test_drawdown_as_published() -> None:
    """Published by empyrical: 10 % and 36.59073 %."""
    assert drawdown(MIXED).depth == pytest.approx(0.1)
    assert drawdown(NEGATIVE).depth == pytest.approx(0.36590730349873601)
    assert drawdown(NEGATIVE).peak == 1  # after a day of nothing


def test_drawdown_by_hand() -> None:
    returns = np.array([0.10, -0.20, 0.05, 0.25, 0.10, -0.10])
    found = drawdown(returns)
    assert found.depth == pytest.approx(0.2)
    assert (found.peak, found.trough, found.recovered) == (1, 2, 4)  # 1.155
    assert found.current == pytest.approx(0.1)
    assert wealth(returns)[:3] == pytest.approx([1, 1.1, 0.88])


def test_drawdown_from_the_start_and_not_yet_over() -> None:
    assert drawdown(np.array([-0.5, 0.5])) == Drawdown(0.5, 0, 1, None, pytest.approx(0.25))


def test_what_never_falls_has_none() -> None:
    assert drawdown(np.array([0.01, 0.0, 0.02])) == Drawdown(0, 0, 0, 0, 0)
    assert drawdown(np.array([])) == Drawdown(0, 0, 0, 0, 0)


def test_all_can_be_lost_once() -> None:
    assert drawdown(np.array([0.1, -1.0, 0.5])).depth == 1
    with pytest.raises(NoRisk, match=r"return 1 is -1\.2: more than all is lost"):
        drawdown(np.array([0.1, -1.2]))


@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=40))
def test_drawdown_is_the_worst_of_all_pairs(returns: list[float]) -> None:
    value = wealth(np.array(returns))
    worst = max(1 - value[j] / value[i] for i in range(len(value)) for j in range(i, len(value)))
    found = drawdown(np.array(returns))
    assert found.depth == pytest.approx(worst, abs=1e-12)
    assert 1 - value[found.trough] / value[found.peak] == pytest.approx(worst, abs=1e-12)
    assert found.current <= found.depth + 1e-12


LONGLEY = """
60323  83.0 234289 2356 1590 107608 1947
61122  88.5 259426 2325 1456 108632 1948
60171  88.2 258054 3682 1616 109773 1949
61187  89.5 284599 3351 1650 110929 1950
63221  96.2 328975 2099 3099 112075 1951
63639  98.1 346999 1932 3594 113270 1952
64989  99.0 365385 1870 3547 115094 1953
63761 100.0 363112 3578 3350 116219 1954
66019 101.2 397469 2904 3048 117388 1955
67857 104.6 419180 2822 2857 118734 1956
68169 108.4 442769 2936 2798 120445 1957
66513 110.8 444546 4681 2637 121950 1958
68655 112.6 482704 3813 2552 123366 1959
69564 114.2 502601 3931 2514 125368 1960
69331 115.7 518173 4806 2572 127852 1961
70551 116.9 554894 4007 2827 130081 1962
"""
"""Longley 1967, of NIST's Statistical Reference Datasets: factors that are all but the same."""


def test_regression_is_certified() -> None:
    """Certified by NIST to 15 digits; a sound program in double precision reaches 9 of them."""
    table = np.array([line.split() for line in LONGLEY.split("\n") if line], dtype=float)
    found = regression(table[:, 0], Factors(tuple("abcdef"), table[:, 1:]))
    assert found.alpha == pytest.approx(-3482258.63459582, rel=1e-10)
    assert found.betas == pytest.approx(
        (
            15.0618722713733,
            -0.0358191792925910,
            -2.02022980381683,
            -1.03322686717359,
            -0.0511041056535807,
            1829.15146461355,
        ),
        rel=1e-10,
    )
    assert found.errors == pytest.approx(
        (
            84.9149257747669,
            0.0334910077722432,
            0.488399681651699,
            0.214274163161675,
            0.226073200069370,
            455.478499142212,
        ),
        rel=1e-10,
    )
    assert found.rest == pytest.approx(304.854073561965, rel=1e-10)
    assert found.r_squared == pytest.approx(0.995479004577296, rel=1e-12)
    assert found.observations == 16


@given(st.integers(0, 10_000))
def test_betas_that_were_put_in_come_out(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(0, 0.01, (60, 3))
    found = regression(0.001 + values @ [1.2, -0.4, 0.0], Factors(("m", "s", "v"), values))
    assert found.betas == pytest.approx((1.2, -0.4, 0.0), abs=1e-10)
    assert found.alpha == pytest.approx(0.001, abs=1e-12)
    assert found.r_squared == pytest.approx(1)


@given(st.integers(0, 10_000))
def test_beta_of_a_series_is_covariance_over_variance(seed: int) -> None:
    a, b = np.random.default_rng(seed).normal(0, 0.01, (2, 50))
    joint = np.cov(a, b)
    assert series_beta(a, b) == pytest.approx(joint[0, 1] / joint[1, 1])
    assert series_beta(b, b) == pytest.approx(1)


def test_exposures_to_known_loadings() -> None:
    model, _, weights = drawn(3)
    exposures = loading_exposures(model.loadings, weights)
    assert exposures @ exposures + (model.specific * weights**2).sum() == pytest.approx(
        measures.portfolio_volatility(model, weights) ** 2
    )


def test_a_return_that_never_moves_is_not_explained() -> None:
    values = np.random.default_rng(1).normal(0, 0.01, (30, 1))
    found = regression(np.zeros(30), Factors(("m",), values))
    assert found == Regression(("m",), (0.0,), (0.0,), 0.0, 0.0, 0.0, 30)


def test_factors_that_make_no_sense_are_named() -> None:
    random = np.random.default_rng(1)
    returns, values = random.normal(0, 0.01, 30), random.normal(0, 0.01, (30, 2))
    names = ("market", "size")
    cases = (
        (returns[:3], values[:3], "3 returns, at least 4 needed"),
        (returns, values[:20], r"factors have shape \(20, 2\), expected \(30, 2\)"),
        (returns, np.column_stack([values[:, 0], 3 * values[:, 0]]), "factor size is a comb"),
        (returns, np.column_stack([values[:, 0], np.full(30, 0.1)]), "factor size does not move"),
        (returns, np.where(np.arange(60).reshape(30, 2) == 5, np.nan, values), "size: return 2"),
    )
    for series, factors, says in cases:
        with pytest.raises(NoRisk, match=says):
            regression(series, Factors(names, factors))
