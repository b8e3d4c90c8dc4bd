"""Strategies of variance against return, within every limit, against an independent solver."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.optimize.problem import Array, Exposure, Group
from strategies.risk.model import FactorModel
from strategies.targets.frontier import (
    efficient_frontier,
    efficient_return,
    efficient_volatility,
)
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.portfolio import Portfolio
from strategies.targets.refusal import NoTarget
from strategies.targets.sharpe import maximum_diversification, maximum_sharpe
from strategies.targets.variance import mean_variance, minimum_variance
from tests.strategies.targets.cases import four_assets, least_variance

MEAN, COVARIANCE = four_assets()
ACTIVE = Limits(lower=-0.3, upper=1.3, gross=1.6)


def drawn(seed: int, n: int) -> tuple[Array, Array]:
    """Mean (n,) and covariance (n, n) of names that share a few movements."""
    rng = np.random.default_rng(seed)
    loadings = 0.1 * rng.normal(size=(n, 3)) + np.array([0.15, 0.0, 0.0])
    covariance = loadings @ loadings.T + np.diag(rng.uniform(0.01, 0.09, n))
    return rng.normal(0.06, 0.08, n), covariance


def value(found: Portfolio, price: float = 0.0) -> float:
    """1/2 variance less price x return."""
    return 0.5 * found.volatility**2 - price * (found.expected_return or 0.0)


KINDS = ("long only", "box", "shorts", "130/30", "turnover", "groups")


def limits_of(kind: str, n: int) -> Limits:
    """Limits of a kind for ``n`` names."""
    rng = np.random.default_rng(n)
    match kind:
        case "box":
            return Limits(lower=0.1 / n, upper=max(0.3, 1.5 / n))
        case "shorts":
            return Limits(lower=-1.0, upper=1.0)
        case "130/30":
            return ACTIVE
        case "turnover":
            return Limits(turnover=0.4, current=rng.dirichlet(np.ones(n)))
        case "groups":
            half = Group("half", tuple(range(n // 2)), 0.2, 0.5)
            beta = Exposure("beta", rng.uniform(0, 2, n), -np.inf, 1.4)
            return Limits(groups=(half,), exposures=(beta,))
        case _:
            return LONG_ONLY


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [4, 12, 40])
def test_every_limit_against_a_cone_solver(kind: str, n: int) -> None:
    mean, covariance = drawn(n, n)
    limits = limits_of(kind, n)
    least = minimum_variance(covariance, limits, mean=mean)
    assert value(least) == pytest.approx(least_variance(covariance, limits), rel=1e-6, abs=1e-12)
    useful = mean_variance(mean, covariance, limits, risk_aversion=4.0)
    best = least_variance(covariance, limits, mean=mean, price=0.25)
    assert value(useful, 0.25) == pytest.approx(best, rel=1e-6, abs=1e-10)
    goal = 0.5 * ((least.expected_return or 0.0) + (useful.expected_return or 0.0))
    at = efficient_return(mean, covariance, limits, expected_return=goal)
    best = least_variance(covariance, limits, mean=mean, at_least=goal)
    assert value(at) == pytest.approx(best, rel=1e-6, abs=1e-10)
    for found in (least, useful, at):
        assert found.gap <= 1e-9
        assert found.weights.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_no_portfolio_of_the_frontier_has_a_greater_sharpe_ratio(kind: str) -> None:
    mean, covariance = drawn(7, 15)
    limits = limits_of(kind, 15)
    best = maximum_sharpe(mean, covariance, limits, risk_free=0.01)
    assert best.sharpe is not None
    for point in efficient_frontier(mean, covariance, limits, points=40, risk_free=0.01):
        assert point.sharpe is not None
        assert point.sharpe <= best.sharpe + 1e-9
    assert best.gap <= 1e-9


def test_factors_and_their_array_have_one_answer() -> None:
    rng = np.random.default_rng(3)
    loadings, specific = 0.1 * rng.normal(size=(60, 4)), rng.uniform(0.01, 0.1, 60)
    mean = rng.normal(0.05, 0.05, 60)
    model, array = FactorModel(loadings, specific), loadings @ loadings.T + np.diag(specific)
    for make in (
        minimum_variance,
        lambda c: maximum_sharpe(mean, c, risk_free=0.01),
        maximum_diversification,
        lambda c: efficient_volatility(mean, c, volatility=0.12),
    ):
        assert make(model).weights == pytest.approx(make(array).weights, abs=1e-9)


def test_diversification_against_a_search_of_all_directions() -> None:
    found = maximum_diversification(COVARIANCE)
    sigma = np.sqrt(np.diag(COVARIANCE))
    best = sigma @ found.weights / found.volatility
    tries = np.random.default_rng(1).dirichlet(np.ones(4), 20_000)
    ratios = (tries @ sigma) / np.sqrt(np.einsum("ij,jk,ik->i", tries, COVARIANCE, tries))
    assert ratios.max() <= best + 1e-12
    assert ratios.max() == pytest.approx(best, rel=1e-3)


def test_few_names_are_the_best_pair_of_all() -> None:
    limits = Limits(names_max=2)
    found = maximum_sharpe(MEAN, COVARIANCE, limits, risk_free=0.02)
    pairs = (
        maximum_sharpe(MEAN[[i, j]], COVARIANCE[np.ix_([i, j], [i, j])], risk_free=0.02).sharpe
        for i in range(4)
        for j in range(i)
    )
    assert found.sharpe == pytest.approx(max(pair for pair in pairs if pair), abs=1e-12)
    assert (found.weights > 0).sum() == 2
    assert "at most 2 of 4 names" in found.notes[0]
    whole = maximum_sharpe(MEAN, COVARIANCE, risk_free=0.02)
    assert whole.sharpe is not None
    assert found.sharpe is not None
    assert found.gap == pytest.approx(whole.sharpe / found.sharpe - 1, abs=1e-12)


def test_a_limit_on_volatility_moves_along_the_frontier() -> None:
    calm = maximum_sharpe(MEAN, COVARIANCE, Limits(volatility=0.11), risk_free=0.02)
    assert calm.volatility == pytest.approx(0.11, abs=1e-9)
    same = efficient_volatility(MEAN, COVARIANCE, volatility=0.11)
    assert calm.weights == pytest.approx(same.weights, abs=1e-9)
    least = minimum_variance(COVARIANCE).volatility
    points = efficient_frontier(MEAN, COVARIANCE, Limits(volatility=0.15), points=6)
    assert points[0].volatility == pytest.approx(least, abs=1e-12)
    assert points[-1].volatility == pytest.approx(0.15, abs=1e-9)


def test_equal_means_leave_the_least_variance() -> None:
    flat = np.full(4, 0.07)
    least = minimum_variance(COVARIANCE).weights
    assert maximum_sharpe(flat, COVARIANCE).weights == pytest.approx(least, abs=1e-9)
    for point in efficient_frontier(flat, COVARIANCE, points=3):
        assert point.weights == pytest.approx(least, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 25), share=st.floats(0.02, 0.98))
def test_along_the_frontier_risk_rises_with_return(seed: int, n: int, share: float) -> None:
    mean, covariance = drawn(seed, n)
    points = efficient_frontier(mean, covariance, points=7)
    risks = [point.volatility for point in points]
    assert all(a <= b + 1e-12 for a, b in pairwise(risks))
    wanted = risks[0] + share * (risks[-1] - risks[0])
    at = efficient_volatility(mean, covariance, volatility=wanted)
    assert at.volatility <= wanted + 1e-9
    assert at.expected_return is not None
    back = efficient_return(mean, covariance, expected_return=at.expected_return)
    assert back.volatility == pytest.approx(at.volatility, rel=1e-6)


BAD = np.array([0.1, np.nan, 0.1, 0.1])


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: minimum_variance(np.full((4, 4), np.nan)), r"covariance\[0, 0\] is not a finite"),
        (lambda: maximum_sharpe(BAD, COVARIANCE), r"mean\[1\] is not a finite"),
        (lambda: maximum_sharpe(MEAN[:3], COVARIANCE), r"mean has shape \(3,\)"),
        (lambda: minimum_variance(COVARIANCE, Limits(upper=0.2)), "widen them, or name more"),
        (lambda: minimum_variance(COVARIANCE, Limits(lower=0.9, upper=0.1)), "is above upper"),
        (lambda: minimum_variance(-COVARIANCE), "negative variance"),
        (lambda: minimum_variance(np.empty((0, 0))), "no name is wanted"),
        (lambda: maximum_sharpe(MEAN, COVARIANCE, risk_free=0.18), "hold cash, or another"),
        (lambda: efficient_return(MEAN, COVARIANCE, expected_return=0.19), "at most, not 0.19"),
        (lambda: efficient_volatility(MEAN, COVARIANCE, volatility=0.05), "less volatility than"),
        (
            lambda: efficient_return(
                MEAN, COVARIANCE, Limits(volatility=0.1), expected_return=0.15
            ),
            "and 0.1 is the limit",
        ),
        (lambda: mean_variance(MEAN, COVARIANCE, risk_aversion=0.0), "above zero"),
        (lambda: efficient_frontier(MEAN, COVARIANCE, points=1), "at least its two ends"),
        (
            lambda: minimum_variance(
                COVARIANCE, Limits(groups=(Group("all", (0, 1, 2, 3), 0.0, 0.5),))
            ),
            "no weights keep the limits",
        ),
        (lambda: minimum_variance(COVARIANCE, Limits(turnover=0.1)), "that are held"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(make: object, why: str) -> None:
    assert callable(make)
    with pytest.raises(NoTarget, match=why):
        make()
