"""Black and Litterman's model: two published examples to the printed digit, and its other form."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, FactorModel, block
from strategies.targets.limits import Limits
from strategies.targets.means.equilibrium import implied
from strategies.targets.means.opinions import Views
from strategies.targets.refusal import NoTarget
from strategies.targets.views import MENTIONED_MAX, black_litterman, posterior, viewed

DAY = date(2026, 1, 30)

# He and Litterman, The Intuition Behind Black-Litterman Model Portfolios (1999), tables 1 and 2:
# Australia, Canada, France, Germany, Japan, United Kingdom, United States.
CORRELATIONS = np.array(
    [
        [1.000, 0.488, 0.478, 0.515, 0.439, 0.512, 0.491],
        [0.488, 1.000, 0.664, 0.655, 0.310, 0.608, 0.779],
        [0.478, 0.664, 1.000, 0.861, 0.355, 0.783, 0.668],
        [0.515, 0.655, 0.861, 1.000, 0.354, 0.777, 0.653],
        [0.439, 0.310, 0.355, 0.354, 1.000, 0.405, 0.306],
        [0.512, 0.608, 0.783, 0.777, 0.405, 1.000, 0.652],
        [0.491, 0.779, 0.668, 0.653, 0.306, 0.652, 1.000],
    ]
)
VOLATILITIES = np.array([16.0, 20.3, 24.8, 27.1, 21.0, 20.0, 18.7]) / 100
COUNTRIES = CORRELATIONS * np.outer(VOLATILITIES, VOLATILITIES)
MARKET = np.array([1.6, 2.2, 5.2, 5.5, 11.6, 12.4, 61.5]) / 100
EQUILIBRIUM = np.array([3.9, 6.9, 8.4, 9.0, 4.3, 6.8, 7.6])
IN_FRANCE = 5.2 / (5.2 + 12.4)
GERMANY = [0.0, 0.0, -IN_FRANCE, 1.0, 0.0, IN_FRANCE - 1, 0.0]
CANADA = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0]

# Its tables 4 to 7: what is said, omega / tau, the mean in per cent, the weights in per cent.
TABLES = [
    (
        ([GERMANY], [0.05], [0.021]),
        [4.3, 7.6, 9.3, 11.0, 4.5, 7.0, 8.1],
        [1.5, 2.1, -4.0, 35.4, 11.0, -9.5, 58.6],
    ),
    (
        ([GERMANY, CANADA], [0.05, 0.03], [0.021, 0.017]),
        [4.4, 8.7, 9.5, 11.2, 4.6, 7.0, 7.5],
        [1.5, 41.9, -3.4, 33.6, 11.0, -8.2, 18.8],
    ),
    (
        ([GERMANY, CANADA], [0.05, 0.04], [0.021, 0.017]),
        [4.4, 9.1, 9.5, 11.3, 4.6, 7.0, 7.3],
        [1.5, 53.3, -3.3, 33.1, 11.0, -7.8, 7.3],
    ),
    (
        ([GERMANY, CANADA], [0.05, 0.04], [0.043, 0.017]),
        [4.3, 8.9, 9.3, 10.6, 4.6, 6.9, 7.2],
        [1.5, 53.9, -0.5, 23.6, 11.0, -1.1, 6.8],
    ),
]
PRINTED = 0.0501
"""Per cent: what one decimal may be off, and rounding."""
TAU = 0.05

# Idzorek, A Step-by-Step Guide to the Black-Litterman Model (2005): bonds of the United States and
# of the world, four styles of stocks there, developed and emerging stocks. Risk aversion 3.07.
ASSETS = np.array(
    [
        [0.001005, 0.001328, -0.000579, -0.000675, 0.000121, 0.000128, -0.000445, -0.000437],
        [0.001328, 0.007277, -0.001307, -0.000610, -0.002237, -0.000989, 0.001442, -0.001535],
        [-0.000579, -0.001307, 0.059852, 0.027588, 0.063497, 0.023036, 0.032967, 0.048039],
        [-0.000675, -0.000610, 0.027588, 0.029609, 0.026572, 0.021465, 0.020697, 0.029854],
        [0.000121, -0.002237, 0.063497, 0.026572, 0.102488, 0.042744, 0.039943, 0.065994],
        [0.000128, -0.000989, 0.023036, 0.021465, 0.042744, 0.032056, 0.019881, 0.032235],
        [-0.000445, 0.001442, 0.032967, 0.020697, 0.039943, 0.019881, 0.028355, 0.035064],
        [-0.000437, -0.001535, 0.048039, 0.029854, 0.065994, 0.032235, 0.035064, 0.079958],
    ]
)
ASSETS_MARKET = np.array([19.34, 26.13, 12.09, 12.09, 1.34, 1.34, 24.18, 3.49]) / 100
ASSETS_IMPLIED = np.array([0.08, 0.67, 6.41, 4.08, 7.43, 3.70, 4.80, 6.60])
ASSETS_SAID = np.array(
    [
        [0, 0, 0, 0, 0, 0, 1.0, 0],
        [-1.0, 1.0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0.9, -0.9, 0.1, -0.1, 0, 0],
    ]
)
ASSETS_VIEWS = np.array([0.0525, 0.0025, 0.02])
ASSETS_OMEGA = np.array([0.000709, 0.000141, 0.000866])
ASSETS_MEAN = np.array([0.07, 0.50, 6.50, 4.32, 7.59, 3.94, 4.93, 6.84])
ASSETS_WEIGHTS = np.array([29.88, 15.59, 9.35, 14.82, 1.04, 1.65, 27.81, 3.49])
CONFIDENCES = np.array([0.25, 0.50, 0.65])
IDZOREK_TAU = 0.025
AVERSION = 3.07
"""Printed with two decimals, so that what follows from it is off by up to 0.2 %."""


def said(rows: list[list[float]], values: list[float], omega: Array | None = None) -> Views:
    return Views(np.array(rows), np.array(values), omega=omega)


def by_inverses(covariance: Array, prior: Array, views: Views) -> tuple[Array, Array]:
    """The form of Black and Litterman 1992, with all the inverses that ours avoids."""
    assert views.omega is not None
    sure = views.coefficients.T @ np.linalg.inv(np.diag(views.omega))
    before = np.linalg.inv(views.tau * covariance)
    error = np.linalg.inv(before + sure @ views.coefficients)
    return error @ (before @ prior + sure @ views.values), covariance + error


def dense(covariance: Covariance) -> Array:
    return block(covariance, np.arange(len(covariance.specific)))  # type: ignore[union-attr]


def factors(seed: int, names: int, count: int) -> FactorModel:
    random = np.random.default_rng(seed)
    loadings = random.normal(0.08, 0.06, (names, count))
    return FactorModel(loadings, random.uniform(0.01, 0.09, names))


def some_views(seed: int, names: int, count: int) -> Views:
    """Views on a few names each, with errors of their own."""
    random = np.random.default_rng(seed + 1)
    rows = random.normal(0, 1, (count, names)) * (random.uniform(size=(count, names)) < 0.4)
    rows[:, 0] += 1.0
    omega = random.uniform(0.001, 0.01, count)
    return Views(rows, random.normal(0.05, 0.05, count), omega=omega, tau=0.04)


def test_the_equilibrium_of_seven_countries() -> None:
    found = 100 * implied(COUNTRIES, MARKET, risk_aversion=2.5)
    assert np.abs(found - EQUILIBRIUM).max() <= PRINTED


@pytest.mark.parametrize(("statement", "mean", "weights"), TABLES)
def test_seven_countries_with_views(
    statement: tuple[list[list[float]], list[float], list[float]],
    mean: list[float],
    weights: list[float],
) -> None:
    """The default error is tau p C p', as the paper prints it; in the last table one is doubled."""
    rows, values, omega_by_tau = statement
    proportional = np.einsum("ki,ij,kj->k", np.array(rows), COUNTRIES, np.array(rows))
    doubled = np.array(omega_by_tau) > 1.5 * proportional
    omega = TAU * proportional * np.where(doubled, 2, 1)
    assert omega / TAU == pytest.approx(omega_by_tau, abs=0.0005001)
    views = said(rows, values, omega if doubled.any() else None)
    found, _ = posterior(COUNTRIES, implied(COUNTRIES, MARKET, risk_aversion=2.5), views)
    assert np.abs(100 * found - mean).max() <= PRINTED
    held = black_litterman(COUNTRIES, MARKET, views, None, risk_aversion=2.5).weights
    assert np.abs(100 * held - weights).max() <= PRINTED


def test_eight_asset_classes() -> None:
    """The mean needs no tau beside omega; the paper's weights take C, not the posterior."""
    prior = implied(ASSETS, ASSETS_MARKET, risk_aversion=AVERSION)
    assert np.abs(100 * prior - ASSETS_IMPLIED).max() <= 0.02
    views = Views(ASSETS_SAID, ASSETS_VIEWS, tau=IDZOREK_TAU)
    mean, _ = posterior(ASSETS, prior, views)
    assert np.abs(100 * mean - ASSETS_MEAN).max() <= 0.01
    weights = np.linalg.solve(AVERSION * ASSETS, mean)
    assert np.abs(100 * weights - ASSETS_WEIGHTS).max() <= 0.05
    spread = IDZOREK_TAU * np.einsum("ki,ij,kj->k", ASSETS_SAID, ASSETS, ASSETS_SAID)
    assert np.abs(spread - ASSETS_OMEGA).max() <= 1e-6


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("confidence", [0.0, 0.25, 0.5, 0.65, 1.0])
def test_a_confidence_is_the_part_of_the_way(number: int, confidence: float) -> None:
    """Idzorek: a view alone moves the weights by that part of the tilt of a certain one."""
    prior = implied(ASSETS, ASSETS_MARKET, risk_aversion=AVERSION)
    row, value = ASSETS_SAID[number : number + 1], ASSETS_VIEWS[number : number + 1]

    def tilt(sure: float) -> Array:
        views = Views(row, value, confidence=np.array([sure]), tau=IDZOREK_TAU)
        mean, _ = posterior(ASSETS, prior, views)
        return np.linalg.solve(AVERSION * ASSETS, mean) - ASSETS_MARKET

    assert np.abs(tilt(confidence) - confidence * tilt(1.0)).max() <= 1e-12
    mean, _ = posterior(ASSETS, prior, Views(row, value, confidence=np.ones(1)))
    assert (row @ mean)[0] == pytest.approx(value[0], abs=1e-15)


def test_confidences_together_are_errors_in_closed_form() -> None:
    """0.002127, 0.000141 and 0.000466: tau p C p' (1 - c) / c."""
    prior = implied(ASSETS, ASSETS_MARKET, risk_aversion=AVERSION)
    spread = IDZOREK_TAU * np.einsum("ki,ij,kj->k", ASSETS_SAID, ASSETS, ASSETS_SAID)
    omega = spread * (1 - CONFIDENCES) / CONFIDENCES
    assert omega == pytest.approx([0.002127, 0.000141, 0.000466], abs=1e-6)
    by_omega = Views(ASSETS_SAID, ASSETS_VIEWS, omega=omega, tau=IDZOREK_TAU)
    sure = Views(ASSETS_SAID, ASSETS_VIEWS, confidence=CONFIDENCES, tau=IDZOREK_TAU)
    expected, _ = by_inverses(ASSETS, prior, by_omega)
    for views in (by_omega, sure):
        mean, _ = posterior(ASSETS, prior, views)
        assert np.abs(mean - expected).max() <= 1e-13


@given(st.integers(0, 10_000), st.integers(2, 30), st.integers(1, 5), st.integers(0, 6))
def test_both_forms_are_the_formula_with_inverses(
    seed: int, names: int, count: int, number: int
) -> None:
    model, views = factors(seed, names, count), some_views(seed, names, number)
    prior = np.random.default_rng(seed).normal(0.06, 0.03, names)
    mean, after = by_inverses(dense(model), prior, views)
    found, kept = posterior(model, prior, views)
    assert isinstance(kept, FactorModel)
    assert np.abs(found - mean).max() <= 1e-10
    assert np.abs(dense(kept) - after).max() <= 1e-10
    assert (kept.specific >= model.specific).all()
    in_array, covariance = posterior(dense(model), prior, views)
    assert np.abs(in_array - mean).max() <= 1e-10
    assert np.abs(np.asarray(covariance) - after).max() <= 1e-10


def test_nothing_is_known_better_without_views() -> None:
    model = factors(1, 9, 2)
    prior = np.linspace(0.01, 0.09, 9)
    nothing = Views(np.zeros((0, 9)), np.zeros(0))
    ignored = Views(np.eye(9)[:2], np.array([0.5, -0.5]), confidence=np.zeros(2))
    for views in (nothing, ignored):
        for covariance in (model, dense(model)):
            mean, after = posterior(covariance, prior, views)
            assert (mean == prior).all()
            spread = after if isinstance(after, np.ndarray) else dense(after)
            assert np.abs(spread - 1.05 * dense(model)).max() <= 1e-15


def test_more_names_in_views_than_become_factors() -> None:
    """The mean stays exact, the covariance is between that of all factors and that of none."""
    names = MENTIONED_MAX + 150
    model = factors(3, names, 4)
    rows = np.vstack([np.full(names, 1 / names), np.eye(names)[7]])
    views = Views(rows, np.array([0.05, 0.2]), omega=np.array([0.0005, 0.0004]))
    prior = np.full(names, 0.07)
    mean, after = posterior(model, prior, views)
    exact, full = by_inverses(dense(model), prior, views)
    assert isinstance(after, FactorModel)
    assert after.loadings.shape == (names, 4 + MENTIONED_MAX)
    assert "150 names is left out" in after.notes[-1]
    assert np.abs(mean - exact).max() <= 1e-12
    assert np.abs(dense(after) - full).max() <= 1e-5
    assert np.abs(dense(after) - full)[7].max() <= 1e-5


def test_a_singular_covariance_needs_no_inverse() -> None:
    random = np.random.default_rng(5)
    few = random.normal(0, 0.2, (30, 4))
    covariance = few @ few.T
    views = Views(np.eye(30)[:1], np.array([0.1]), confidence=np.ones(1))
    mean, after = posterior(covariance, np.zeros(30), views)
    expected = 0.1 * covariance[0] / covariance[0, 0]
    assert np.abs(mean - expected).max() <= 1e-12
    assert np.asarray(after)[0, 0] == pytest.approx(covariance[0, 0], rel=1e-12)


def test_certain_views_may_repeat_each_other_and_must_not_contradict() -> None:
    rows = np.array([[1.0, -1, 0, 0, 0, 0, 0], [0, 1, -1, 0, 0, 0, 0], [1, 0, -1, 0, 0, 0, 0]])
    certain = np.ones(3)
    agreed = Views(rows, np.array([0.01, 0.02, 0.03]), confidence=certain)
    mean, _ = posterior(COUNTRIES, EQUILIBRIUM / 100, agreed)
    assert rows @ mean == pytest.approx([0.01, 0.02, 0.03], abs=1e-12)
    quarrel = Views(rows, np.array([0.01, 0.02, 0.04]), confidence=certain)
    with pytest.raises(NoTarget, match="views 0, 1, 2 are certain and contradict each other"):
        posterior(COUNTRIES, EQUILIBRIUM / 100, quarrel)
    unsure = Views(rows, np.array([0.01, 0.02, 0.04]), confidence=np.array([1.0, 1.0, 0.9]))
    assert np.isfinite(posterior(COUNTRIES, EQUILIBRIUM / 100, unsure)[0]).all()


ONE = np.eye(7)[:1]
VALUE = np.array([0.1])


@pytest.mark.parametrize(
    ("views", "why"),
    [
        (Views(ONE, np.array([np.nan])), r"view's value\[0\] is not a finite number"),
        (Views(np.full((1, 7), np.inf), VALUE), r"view\[0, 0\] is not a finite number"),
        (Views(np.eye(6)[:1], VALUE), r"shape \(1, 6\), expected \(1, 7\)"),
        (Views(np.zeros((1, 7)), VALUE), "view 0 is about no name"),
        (Views(ONE, VALUE, tau=0.0), "tau is 0"),
        (Views(ONE, VALUE, confidence=np.array([1.1])), r"confidence\[0\] is 1.1"),
        (Views(ONE, VALUE, confidence=np.array([-0.1])), r"confidence\[0\] is -0.1"),
        (Views(ONE, VALUE, confidence=np.ones(2)), "2 confidences for 1 views"),
        (Views(ONE, VALUE, confidence=np.ones(1), omega=np.ones(1)), "both a confidence and"),
        (Views(ONE, VALUE, omega=np.array([-1.0])), "omega is no covariance"),
        (Views(ONE, VALUE, omega=np.ones(3)), r"omega has shape \(3,\)"),
        (
            Views(np.eye(7)[:2], np.zeros(2), omega=np.array([[1.0, 0.5], [0.2, 1.0]])),
            "omega is not symmetric",
        ),
    ],
)
def test_views_that_make_no_sense(views: Views, why: str) -> None:
    with pytest.raises(NoTarget, match=why):
        posterior(COUNTRIES, EQUILIBRIUM / 100, views)


def test_two_names_that_are_one_cannot_be_compared() -> None:
    covariance = np.full((2, 2), 0.04)
    views = Views(np.array([[1.0, -1.0]]), np.array([0.02]))
    with pytest.raises(NoTarget, match="view 0 is about no name, or about no risk"):
        posterior(covariance, np.zeros(2), views)


def test_expected_returns_say_where_they_come_from() -> None:
    views = said([GERMANY], [0.05])
    expected, after = viewed(COUNTRIES, MARKET, views, day=DAY, risk_free=0.02)
    prior = implied(COUNTRIES, MARKET, risk_free=0.02)
    mean, covariance = posterior(COUNTRIES, prior, views)
    assert (expected.values == mean).all()
    assert (np.asarray(after) == np.asarray(covariance)).all()
    assert (expected.source, expected.day) == ("views", DAY)
    assert "1 view moves returns by +0.19% to +2.01%" in expected.notes[-1]


def test_who_has_no_views_holds_the_market() -> None:
    nothing = Views(np.zeros((0, 7)), np.zeros(0))
    found = black_litterman(COUNTRIES, MARKET, nothing, Limits(), risk_free=0.03)
    assert np.abs(found.weights - MARKET).max() <= 1e-12
    assert found.gap <= 1e-12


def test_names_without_views_keep_their_market_weight() -> None:
    """He and Litterman's property: the answer is the market and a weight in each view portfolio."""
    free = Limits(lower=-1.0, upper=1.0)
    found = black_litterman(COUNTRIES, MARKET, said([GERMANY], [0.05]), free)
    tilt = found.weights - MARKET
    assert np.abs(tilt - tilt[3] * np.array(GERMANY)).max() <= 1e-12
    assert tilt[3] == pytest.approx(0.317, abs=0.0005)  # the lambda of its table 4


def test_limits_are_kept() -> None:
    limits = Limits(upper=0.4)
    found = black_litterman(COUNTRIES, MARKET, said([GERMANY, CANADA], [0.05, 0.03]), limits)
    assert found.weights.min() >= 0
    assert found.weights.max() <= 0.4 + 1e-12
    assert found.weights.sum() == pytest.approx(1, abs=1e-12)
    assert found.expected_return is not None
