"""Risk of a plan against a dense covariance, and the limits that it breaks against the kernel's."""

from dataclasses import replace
from math import isclose, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.optimizer.problems import draw, sized, vary
from bot.progress.figures import risk_of, value_at_risk
from strategies.optimize.measure import violation
from strategies.optimize.problem import Array, Exposure, Group, Problem

ROUNDING = 1e-9


def limited(seed: int) -> Problem:
    """Every kind of limit."""
    problem = draw(seed, sized(40))
    beta = np.linspace(0.5, 1.5, problem.size)
    return replace(
        problem, volatility=0.12, gross=1.0, exposures=(Exposure("beta", beta, 0.9, 1.1),)
    )


def drawn(problem: Problem, seed: int) -> Array:
    """Weights somewhere between here and the target, with noise, that keep the budget."""
    random = np.random.default_rng(seed)
    share = random.uniform(0, 1)
    weights = share * problem.current + (1 - share) * problem.target
    noise = random.normal(0, random.choice([0.0, 1e-4, 1e-2]), problem.size)
    return np.asarray(weights + noise - noise.mean())


@given(st.integers(1, 200), st.integers(0, 10_000))
def test_risk_is_that_of_the_whole_covariance(number: int, seed: int) -> None:
    problem = limited(number)
    weights = drawn(problem, seed)
    covariance = problem.factors @ problem.factors.T + np.diag(problem.specific)
    active = weights - problem.target
    found = risk_of(problem, weights)
    assert isclose(found.tracking_error, sqrt(active @ covariance @ active), rel_tol=1e-9)
    assert isclose(found.volatility, sqrt(weights @ covariance @ weights), rel_tol=1e-9)


def test_one_day_in_twenty_loses_more_than_the_value_at_risk() -> None:
    """A million normal days of 16 % a year; the share beyond is 5 % within four deviations."""
    days = np.random.default_rng(1).normal(0, 0.16 / sqrt(252), 1_000_000)
    beyond = float((-days > value_at_risk(0.16)).mean())
    assert abs(beyond - 0.05) < 4 * sqrt(0.05 * 0.95 / 1_000_000)
    assert isclose(value_at_risk(0.16), 0.0165800415, rel_tol=1e-5)


@given(st.integers(1, 300), st.integers(0, 10_000))
def test_nothing_is_named_where_the_kernel_finds_no_breach(number: int, seed: int) -> None:
    """And something is where it does; the budget is no limit of the owner's."""
    problem = vary(number) if number % 2 else limited(number)
    weights = drawn(problem, seed)
    broken = violation(problem, weights)
    if broken > 1e-8:  # a VaR is a tenth of its volatility, and rounds earlier
        assert risk_of(problem, weights).breaks
    elif broken <= ROUNDING:
        assert not risk_of(problem, weights).breaks


NAMES = tuple(f"N{number}" for number in range(40))
HUGE = np.full(40, 1 / 40)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tracking_error": 1e-4}, "tracking error"),
        ({"volatility": 0.01}, "VaR 95"),
        ({"turnover": 1e-3}, "turnover"),
        ({"gross": 0.5}, "gross exposure 100.0000% is above 50.0000%"),
        ({"groups": (Group("Tech", (0, 1), upper=0.01),)}, "Tech 5.0000% is above 1.0000%"),
        ({"groups": (Group("Bonds", (0, 1), lower=0.2),)}, "Bonds 5.0000% is below 20.0000%"),
        ({"exposures": (Exposure("beta", np.ones(40), upper=0.5),)}, "beta"),
        ({"upper": np.where(np.arange(40) == 7, 0.01, 1.0)}, "weight of N7 2.5000% is above 1.0"),
        ({"lower": np.full(40, 0.03)}, "(and 39 more)"),
    ],
)
def test_a_limit_that_is_broken_is_named(changes: dict[str, object], said: str) -> None:
    free = replace(
        draw(1, sized(40)),
        groups=(),
        turnover=None,
        tracking_error=None,
        lower=np.zeros(40),
        upper=np.ones(40),
    )
    assert risk_of(free, HUGE, NAMES).breaks == ()
    (words,) = risk_of(replace(free, **changes), HUGE, NAMES).breaks  # type: ignore[arg-type]
    assert said in words


def test_limits_stand_beside_what_they_limit() -> None:
    problem = limited(3)
    found = risk_of(problem, problem.current)
    assert found.tracking_error_limit == problem.tracking_error
    assert found.var_95_limit == value_at_risk(0.12)
    assert found.var_95 == value_at_risk(found.volatility)
    free = risk_of(replace(problem, tracking_error=None, volatility=None), problem.current)
    assert (free.tracking_error_limit, free.var_95_limit) == (None, None)
