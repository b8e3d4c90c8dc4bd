"""What others have published: PyPortfolioOpt's own tests and the OR-Library's frontiers."""

import numpy as np
import pytest

from strategies.optimize.active import Answer, Quadratic, Return, minimise
from strategies.optimize.active.quadratic import budget_row
from strategies.targets.frontier import efficient_frontier, efficient_return
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.portfolio import Portfolio
from strategies.targets.sharpe import maximum_sharpe
from strategies.targets.variance import minimum_variance
from tests.strategies.targets.cases import market, published_frontier, stocks

SHORT = Limits(lower=-1.0, upper=1.0)

LEAST = {
    "GOOG": 0.003058, "AAPL": 0.014673, "FB": 0.098558, "BABA": 0.125583, "WMT": 0.177148,
    "GM": 0.11682, "T": 0.17692, "XOM": 0.188608, "BBY": 0.000626, "PFE": 0.087782,
    "SBUX": 0.010224,
}  # fmt: skip
SHARPEST = {
    "GOOG": 0.038354, "AAPL": 0.068899, "FB": 0.206031, "BABA": 0.073146, "AMZN": 0.040329,
    "BBY": 0.013235, "MA": 0.353487, "PFE": 0.195702, "SBUX": 0.010816,
}  # fmt: skip
QUARTER = {
    "GOOG": 0.045804, "AAPL": 0.051808, "FB": 0.167448, "BABA": 0.111836, "AMZN": 0.012312,
    "WMT": 0.085145, "T": 0.031378, "XOM": 0.085937, "BBY": 0.015499, "MA": 0.192724,
    "PFE": 0.176398, "SBUX": 0.023712,
}  # fmt: skip


def agrees(found: Portfolio, expected: float, volatility: float, sharpe: float) -> None:
    """Return, volatility and Sharpe ratio (risk-free 2 %) to 1e-6, proven best."""
    assert found.expected_return == pytest.approx(expected, abs=1e-6)
    assert found.volatility == pytest.approx(volatility, abs=1e-6)
    assert found.sharpe == pytest.approx(sharpe, abs=1e-6)
    assert found.gap <= 1e-9


def has(found: Portfolio, names: tuple[str, ...], printed: dict[str, float]) -> None:
    """The weights that were printed, rounded to six places."""
    weights = [printed.get(name, 0.0) for name in names]
    assert found.weights == pytest.approx(np.array(weights), abs=1e-6)


def test_minimum_volatility() -> None:
    names, mean, covariance = stocks()
    found = minimum_variance(covariance, mean=mean, risk_free=0.02)
    agrees(found, 0.15056821399482578, 0.15915084514118694, 0.8204054077060996)
    has(found, names, LEAST)


def test_minimum_volatility_with_shorts() -> None:
    _, mean, covariance = stocks()
    free = Limits(lower=-np.inf, upper=np.inf)
    for limits in (SHORT, free):
        found = minimum_variance(covariance, limits, mean=mean, risk_free=0.02)
        agrees(found, 0.1516319319875544, 0.1555915367269669, 0.8460095886741129)


def test_maximum_sharpe() -> None:
    names, mean, covariance = stocks()
    found = maximum_sharpe(mean, covariance, risk_free=0.02)
    agrees(found, 0.3047768672819914, 0.22165566922402932, 1.2847714127003216)
    has(found, names, SHARPEST)


def test_maximum_sharpe_with_shorts() -> None:
    _, mean, covariance = stocks()
    found = maximum_sharpe(mean, covariance, SHORT, risk_free=0.02)
    agrees(found, 0.4937195216716211, 0.29516576454651955, 1.6049270564945908)


def test_least_risk_at_a_return_of_a_quarter() -> None:
    names, mean, covariance = stocks()
    found = efficient_return(mean, covariance, expected_return=0.25, risk_free=0.02)
    agrees(found, 0.25, 0.18723269942026335, 1.2284179030274036)
    has(found, names, QUARTER)


@pytest.mark.parametrize("number", [1, 3])
def test_every_point_of_a_published_frontier(number: int) -> None:
    mean, covariance = market(number)
    asked = Quadratic(
        covariance,
        *LONG_ONLY.bounds(len(mean)),
        budget_row(len(mean), 1.0),
        mean,
        np.zeros(len(mean)),
    )
    answer: Answer | None = None
    for expected, variance in published_frontier(number):
        answer = minimise(asked, Return(expected), answer)
        assert answer.gap <= 1e-9
        assert mean @ answer.weights >= expected - 1e-12
        assert answer.weights @ covariance @ answer.weights == pytest.approx(variance, abs=1e-8)


@pytest.mark.parametrize("number", [1, 3])
def test_a_frontier_goes_from_least_risk_to_most_return_in_even_steps(number: int) -> None:
    mean, covariance = market(number)
    printed = published_frontier(number)
    points = efficient_frontier(mean, covariance, points=25)
    returns = np.array([point.expected_return for point in points])
    assert np.diff(returns) == pytest.approx(np.full(24, np.ptp(returns) / 24), abs=1e-12)
    assert returns[0] == pytest.approx(printed[0, 0], abs=1e-6)
    assert returns[-1] == pytest.approx(mean.max(), abs=1e-12)
    variances = np.array([point.volatility**2 for point in points])
    between = np.interp(returns, printed[:, 0], printed[:, 1])
    assert variances == pytest.approx(between, abs=1e-7)
