"""Risk parity: published weights, closed forms, the cone solver, and covariances of every kind."""

import cvxpy as cp
import numpy as np
import pytest

from strategies.optimize.problem import Exposure, Group
from strategies.risk.model import Array, Covariance, FactorModel, times, variance
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.parity import risk_parity
from strategies.targets.refusal import NoTarget
from tests.strategies.targets.covariances import EIGHT, FIVE, FOUR, dense, model, nasty


def shares(covariance: Covariance, weights: Array) -> Array:
    """Part of the variance that each name contributes."""
    return weights * times(covariance, weights) / variance(covariance, weights)


EQUITIES = Group("equities", (4, 5, 6, 7), lower=0.3)
TILTED = Exposure("tilt", np.array([1.0, -1, 0, 0, 1, -1, 0, 0]), upper=-0.05)

PUBLISHED = [
    (LONG_ONLY, [26.8306, 28.6769, 11.4095, 9.7985, 5.6135, 5.9029, 6.656, 5.1121]),
    (
        Limits(groups=(EQUITIES,)),
        [25.7859, 27.4087, 9.5153, 7.2904, 7.0579, 7.7127, 9.2265, 6.0027],
    ),
    (
        Limits(groups=(EQUITIES,), exposures=(TILTED,)),
        [24.5238, 28.6911, 9.5175, 7.2674, 6.9707, 7.8033, 9.2305, 5.9956],
    ),
]
"""Richard and Roncalli 2019, table 9, as their package pyrb prints it, in percent; with limits its
method stops at about 3e-6 of the weights' sum."""


@pytest.mark.parametrize(("limits", "percent"), PUBLISHED)
def test_published_weights(limits: Limits, percent: list[float]) -> None:
    found = risk_parity(EIGHT, limits)
    assert found.weights == pytest.approx(np.array(percent) / 100, abs=5e-6)
    assert found.gap < 1e-10
    assert bool(found.notes) == (limits is not LONG_ONLY)


def test_two_names_are_held_by_inverse_volatility_whatever_their_correlation() -> None:
    for rho in (-0.95, 0.0, 0.3, 0.999):
        covariance = np.array([[0.04, rho * 0.06], [rho * 0.06, 0.09]])
        assert risk_parity(covariance).weights == pytest.approx([0.6, 0.4], abs=1e-12)


def test_equal_correlations_give_inverse_volatility() -> None:
    sigma = np.array([0.1, 0.2, 0.25, 0.4])
    covariance = np.outer(sigma, sigma) * (0.35 + 0.65 * np.eye(4))
    inverse = (1 / sigma) / (1 / sigma).sum()
    assert risk_parity(covariance).weights == pytest.approx(inverse, abs=1e-12)


def test_budgets_of_uncorrelated_names_show_as_roots() -> None:
    sigma, budgets = np.array([0.1, 0.2, 0.4]), np.array([0.5, 0.3, 0.2])
    expected = np.sqrt(budgets) / sigma
    found = risk_parity(np.diag(sigma**2), budgets=budgets)
    assert found.weights == pytest.approx(expected / expected.sum(), abs=1e-12)


def test_two_names_with_a_budget_have_a_closed_form() -> None:
    """Bruder and Roncalli, Managing Risk Exposures using the Risk Budgeting Approach (2012)."""
    s, t, rho, b = 0.2, 0.3, 0.4, 0.7
    root = np.sqrt((b - 0.5) ** 2 * rho**2 + b * (1 - b))
    above = (b - 0.5) * rho * s * t - b * t**2 + s * t * root
    first = above / ((1 - b) * s**2 - b * t**2 + 2 * (b - 0.5) * rho * s * t)
    covariance = np.array([[s * s, rho * s * t], [rho * s * t, t * t]])
    found = risk_parity(covariance, budgets=np.array([b, 1 - b]))
    assert found.weights == pytest.approx([first, 1 - first], abs=1e-12)


@pytest.mark.parametrize("covariance", [FOUR, FIVE], ids=["four", "five"])
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_the_cone_solver_agrees(covariance: Array, seed: int | None) -> None:
    n = len(covariance)
    budgets = (
        np.full(n, 1 / n) if seed is None else np.random.default_rng(seed).dirichlet(np.ones(n))
    )
    x = cp.Variable(n)
    risk = cp.sum_squares(np.linalg.cholesky(covariance).T @ x)
    problem = cp.Problem(cp.Minimize(0.5 * risk - budgets @ cp.log(x)))
    problem.solve(cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10)
    found = risk_parity(covariance, budgets=budgets)
    assert found.weights == pytest.approx(x.value / x.value.sum(), abs=1e-6)
    assert shares(covariance, found.weights) == pytest.approx(budgets, rel=1e-12)


@pytest.mark.parametrize("names", [1, 3, 40, 500])
def test_contributions_are_their_budgets_to_twelve_digits(names: int) -> None:
    factors = model(names, names)
    budgets = np.random.default_rng(names).dirichlet(np.full(names, 2.0))
    for covariance in (factors, dense(factors)):
        found = risk_parity(covariance, budgets=budgets)
        assert shares(covariance, found.weights) == pytest.approx(budgets, rel=1e-12)
        assert found.gap < 1e-12
        assert found.weights.sum() == pytest.approx(1.0, abs=1e-14)


def test_many_factors_are_no_hindrance() -> None:
    """More than Woodbury is used for: by products with the model, which forms no matrix."""
    factors = model(3, 150, 120)
    found = risk_parity(factors)
    assert found.weights == pytest.approx(risk_parity(dense(factors)).weights, abs=1e-12)


def test_figures_and_budget() -> None:
    mean = np.array([0.12, 0.15, 0.18, 0.05])
    found = risk_parity(FOUR, Limits(budget=0.8), mean=mean, risk_free=0.02)
    assert found.weights.sum() == pytest.approx(0.8)
    assert found.expected_return == pytest.approx(mean @ found.weights)
    assert found.sharpe == pytest.approx((mean @ found.weights - 0.02) / found.volatility)


def assert_stationary(
    covariance: Covariance, budgets: Array, weights: Array, limits: Limits
) -> None:
    """The conditions that make weights best: one multiple of the budgets between the bounds.

    At an upper bound a name carries less, at a lower bound more.
    """
    lower, upper = limits.bounds(len(weights))
    multiple = weights * times(covariance, weights) / budgets
    low, high = weights <= np.maximum(lower, 0) + 1e-10, weights >= upper - 1e-10
    free = multiple[~(low | high)]
    assert free == pytest.approx(np.full(free.size, np.median(free)), rel=1e-7)
    assert (multiple[low] >= np.median(free) * (1 - 1e-7)).all()
    assert (multiple[high] <= np.median(free) * (1 + 1e-7)).all()


@pytest.mark.parametrize("seed", range(15))
def test_within_bounds_the_rest_keep_their_proportions(seed: int) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(3, 60))
    factors = model(seed, n)
    budgets = random.dirichlet(np.full(n, 3.0))
    weights = risk_parity(factors, budgets=budgets).weights
    upper = np.where(random.random(n) < 0.5, 1.0, np.maximum(weights * 0.8, 1 / n))
    raised = (upper == 1.0) & (random.random(n) < 0.3)
    limits = Limits(lower=np.where(raised, weights * 1.2, 0.0), upper=upper)
    for covariance in (factors, dense(factors)):
        found = risk_parity(covariance, limits, budgets=budgets)
        assert found.weights.sum() == pytest.approx(1.0, abs=1e-12)
        assert (found.weights >= limits.lower - 1e-12).all()
        assert (found.weights <= upper + 1e-12).all()
        assert found.gap < 1e-8
        assert_stationary(covariance, budgets, found.weights, limits)


def test_names_at_their_bounds_are_named() -> None:
    limits = Limits(lower=np.array([0, 0, 0, 0.0]), upper=np.array([1, 1, 1, 0.3]))
    found = risk_parity(FOUR, limits)
    assert found.weights[3] == 0.3
    assert found.notes == ("name 3: at a bound, where the risk is not the budget",)


def test_a_name_that_may_not_be_held_leaves_its_risk_to_the_others() -> None:
    found = risk_parity(FOUR, Limits(upper=np.array([1, 0, 1, 1.0])))
    rest = [0, 2, 3]
    alone = risk_parity(FOUR[np.ix_(rest, rest)])
    assert found.weights[rest] == pytest.approx(alone.weights, abs=1e-12)
    assert found.weights[1] == 0
    assert found.notes[0].startswith("name 1: may not be held")


def test_a_fixed_name_stays() -> None:
    limits = Limits(lower=np.array([0.4, 0, 0, 0]), upper=np.array([0.4, 1, 1, 1]))
    found = risk_parity(FOUR, limits)
    assert found.weights[0] == 0.4
    multiple = (found.weights * (FOUR @ found.weights))[1:]
    assert multiple == pytest.approx(np.full(3, multiple[0]), rel=1e-9)


def test_sectors_that_fix_the_sum_leave_risk_parity_on_the_whole() -> None:
    """Every sector's weight is given, so that no multiple of the budgets makes up the sum."""
    halves = (Group("bonds", (0, 1, 2, 3), 0.7, 0.7), Group("equities", (4, 5, 6, 7), 0.3, 0.3))
    found = risk_parity(EIGHT, Limits(groups=halves))
    assert found.weights[:4].sum() == pytest.approx(0.7, abs=1e-10)
    slope = EIGHT @ found.weights - variance(EIGHT, found.weights) / 8 / found.weights
    for part in (slope[:4], slope[4:]):  # one price for each sector
        assert part == pytest.approx(np.full(4, part[0]), rel=1e-8)
    assert any("no multiple of the budgets" in note for note in found.notes)


def test_a_limit_on_all_names_together_is_no_limit() -> None:
    every = Group("all", (0, 1, 2, 3), 0.5, 1.0)
    found = risk_parity(FOUR, Limits(groups=(every,), upper=0.45))
    assert found.weights == pytest.approx(risk_parity(FOUR, Limits(upper=0.45)).weights, abs=1e-10)


@pytest.mark.parametrize("seed", range(80))
def test_any_covariance_gives_weights_within_limits_or_a_reason(seed: int) -> None:
    covariance = nasty(seed, 24)
    n = len(covariance)
    capped = Limits(upper=min(1.0, 2.5 / n), groups=(Group("a", tuple(range(n // 2)), upper=0.6),))
    for limits in (LONG_ONLY, capped):
        try:
            found = risk_parity(covariance, limits)
        except NoTarget as refused:
            assert "hedge each other" in str(refused)  # noqa: PT017 - or the weights, below
            continue
        lower, upper = limits.bounds(n)
        assert np.isfinite(found.weights).all()
        assert found.weights.sum() == pytest.approx(1.0, abs=1e-10)
        assert (found.weights >= lower).all()
        assert (found.weights <= upper).all()
        assert all(found.weights[list(g.members)].sum() <= g.upper + 1e-9 for g in limits.groups)
        assert found.gap < 1e-3


def test_a_sound_covariance_always_has_an_answer() -> None:
    """Whatever the bounds: these are random, with a specific variance for each name."""
    for seed in range(8):
        random = np.random.default_rng(seed)
        n = int(random.integers(2, 40))
        limits = Limits(
            lower=random.uniform(0, 0.95) / n,
            upper=random.uniform(1.05, 3) / n,
        )
        found = risk_parity(dense(model(seed, n)), limits)
        assert found.gap < 1e-8


def test_thirty_days_of_five_hundred_names() -> None:
    random = np.random.default_rng(0)
    market = random.normal(0, 0.01, (30, 1))
    returns = market * random.uniform(0.5, 1.5, 500) + random.normal(0, 0.005, (30, 500))
    covariance = np.cov(returns.T) * 252
    found = risk_parity(covariance)
    assert shares(covariance, found.weights) == pytest.approx(np.full(500, 1 / 500), rel=1e-8)
    with pytest.raises(NoTarget, match="hedge each other to no risk"):
        risk_parity(np.cov(random.normal(0, 0.01, (30, 500)).T))  # some hold the rest's opposite


REFUSED = [
    ({"budgets": np.array([0.5, 0.5, 0.0, 0.0])}, "risk budget of name 2 is 0"),
    ({"budgets": np.array([0.5, np.nan, 0.2, 0.3])}, "risk budget of name 1 is nan"),
    ({"budgets": np.array([0.5, 0.2, 0.2, 0.2])}, "sum to 1.1"),
    ({"budgets": np.array([0.5, 0.5])}, "shape"),
    ({"limits": Limits(upper=0.2)}, "allow weights from 0 to 0.8"),
    ({"limits": Limits(lower=-0.5, upper=np.array([1, 1, 1, -0.1]))}, "no shorts"),
    ({"limits": Limits(groups=(Group("tech", (0, 1), upper=0.1),), upper=0.4)}, "group tech"),
    ({"limits": Limits(groups=(Group("tech", (0, 9), upper=0.1),))}, "member 9"),
    ({"limits": Limits(names_max=3)}, "names held: 4, and at most 3"),
    ({"limits": Limits(volatility=0.05)}, "a volatility of"),
    ({"limits": Limits(turnover=0.1, current=np.full(4, 0.25))}, "a turnover of"),
]


@pytest.mark.parametrize(("asked", "said"), REFUSED)
def test_what_cannot_be_is_refused_with_its_place(asked: dict[str, object], said: str) -> None:
    with pytest.raises(NoTarget, match=said):
        risk_parity(FOUR, **asked)


def test_covariances_that_are_none_are_refused_with_their_place() -> None:
    broken = FOUR.copy()
    broken[1, 2] = np.nan
    still = FOUR.copy()
    still[2] = still[:, 2] = 0.0
    lopsided = FOUR.copy()
    lopsided[0, 1] *= 2
    cases = [
        (broken, r"covariance\[1, 2\]"),
        (still, "name 2 has no variance"),
        (lopsided, "not symmetric"),
        (np.zeros((0, 0)), "no name"),
        (FactorModel(np.ones((2, 1)), np.array([0.1, -0.1])), r"specific\[1\]"),
        (np.array([[1.0, -1.2], [-1.2, 1.0]]), "not one"),
    ]
    for covariance, said in cases:
        with pytest.raises(NoTarget, match=said):
            risk_parity(covariance)
