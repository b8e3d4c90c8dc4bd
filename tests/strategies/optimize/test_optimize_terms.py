"""Every term and limit of the problem: the bound meets the objective, and nothing is better."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.optimize.kernel.repair import repair
from strategies.optimize.kernel.solve import VIOLATION_MAX, solve
from strategies.optimize.measure import objective, variance, violation
from strategies.optimize.problem import Array, Exposure, Problem, Tilt
from strategies.optimize.progress import OBJECTIVE_MIN
from strategies.optimize.sides.solve import solve_sides, undecided
from tests.strategies.optimize.problems import Shape, draw, pair, rich

SEEDS = st.integers(0, 1_000_000)
PLAIN = Shape(names=12, factors=3, lots=0, groups=False, turnover=False, tracking_error=False)


def scale(value: float) -> float:
    return max(OBJECTIVE_MIN, abs(value))


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_the_bound_meets_the_objective(seed: int) -> None:
    problem = rich(seed)
    answer = solve_sides(problem)
    if answer.status == "infeasible":
        return
    assert answer.status == "optimal", answer.why
    assert answer.objective == pytest.approx(
        objective(problem, answer.weights), rel=1e-9, abs=1e-13
    )
    assert answer.bound >= answer.objective - 1.001e-6 * scale(answer.objective)
    assert violation(problem, answer.weights) <= VIOLATION_MAX


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_no_weights_nearby_are_better_than_the_bound(seed: int) -> None:
    problem = rich(seed)
    answer = solve_sides(problem)
    if not answer.is_usable:
        return
    random = np.random.default_rng(seed)
    for size in (1e-4, 1e-2):
        moved = answer.weights + size * random.normal(0, 1, problem.size)
        weights = repair(problem, moved, np.ones(problem.size))
        if violation(problem, weights) <= VIOLATION_MAX:
            assert objective(problem, weights) >= answer.bound - 1e-7 * scale(answer.bound)


def first(problem: Problem) -> float:
    answer = solve(problem)
    assert answer.status == "optimal", answer.why
    return float(answer.weights[0])


def test_a_reward_is_traded_for_risk() -> None:
    """0.08 x^2 against 0.02 x, with x moved from one to the other: x = 0.125."""
    assert first(pair(reward=np.array([0.03, 0.01]))) == pytest.approx(0.625, abs=1e-9)


def test_variance_itself_pulls_to_the_least_risky_mix() -> None:
    """Variances of 4 % and 1 % alone: weights as 1 to 4."""
    problem = pair(specific=np.array([0.04, 0.01]), risk_aversion=0.0, variance_aversion=1.0)
    assert first(problem) == pytest.approx(0.2, abs=1e-9)


def test_a_volatility_limit_is_reached_and_not_passed() -> None:
    """sigma^2 = 0.04 (w^2 + (1-w)^2) <= 0.16^2 has its root at w = 0.5 + sqrt(0.07)."""
    answer = solve(pair(reward=np.array([1.0, 0.0]), volatility=0.16))
    assert float(answer.weights[0]) == pytest.approx(0.5 + np.sqrt(0.07), abs=1e-9)
    assert np.sqrt(variance(pair(), answer.weights)) == pytest.approx(0.16, abs=1e-9)


def test_gross_weight_limits_shorts() -> None:
    """130/30: net 1 and gross 1.6 leave 0.3 to be sold short."""
    weights = solve(pair(reward=np.array([1.0, 0.0]), gross=1.6)).weights
    assert weights == pytest.approx([1.3, -0.3], abs=1e-9)


def test_borrowing_costs_where_it_begins() -> None:
    """A reward of 0.1 x against 0.08 x^2: x = 0.625, of which 0.125 would be short.

    A fee of 0.004 leaves 0.6, one of 0.02 nothing of it.
    """
    reward = np.array([0.1, 0.0])
    for fee, weight in ((0.0, 1.125), (0.004, 1.1), (0.02, 1.0)):
        found = first(pair(reward=reward, borrow=np.full(2, fee)))
        assert found == pytest.approx(weight, abs=1e-9)


def test_what_is_short_is_bought_back_where_the_fee_is_too_dear() -> None:
    held = np.array([1.1, -0.1])
    short = pair(current=held, target=held, lower=np.full(2, -1.0))
    assert first(replace(short, borrow=np.full(2, 0.004))) == pytest.approx(1.075, abs=1e-9)
    assert first(replace(short, borrow=np.full(2, 0.5))) == pytest.approx(1.0, abs=1e-9)


def test_a_missed_opportunity_ends_at_the_target() -> None:
    """Target 0.7, a spread of 1 % each: nothing is worth it, until missing it costs 2 % each."""
    away = pair(target=np.array([0.7, 0.3]), spread=np.full(2, 0.03))
    assert first(away) == pytest.approx(0.5, abs=1e-9)
    missed = replace(away, opportunity=np.full(2, 0.031))
    assert first(missed) == pytest.approx(0.7, abs=1e-9)


def test_closeness_counts_as_curvature() -> None:
    """2 x 0.04 x^2 + 2 c x^2 against 0.02 x: x = 0.02 / (0.16 + 4 c)."""
    problem = pair(reward=np.array([0.03, 0.01]), closeness=np.full(2, 0.06))
    assert first(problem) == pytest.approx(0.5 + 0.02 / 0.40, abs=1e-9)


def test_a_factor_limit_binds_and_a_tilt_only_pulls() -> None:
    reward, row = np.array([0.1, 0.0]), np.array([1.0, -1.0])
    hard = pair(reward=reward, exposures=(Exposure("value", row, -0.2, 0.2),))
    assert first(hard) == pytest.approx(0.6, abs=1e-9)
    # w - (1-w) = 2x: the penalty is weight (2x)^2, so that x = 0.1 / (0.16 + 8 weight).
    soft = pair(reward=reward, tilts=(Tilt("value", row, 0.0, 0.03),))
    assert first(soft) == pytest.approx(0.5 + 0.1 / 0.40, abs=1e-9)


CONFLICTS = (
    ("gross weight <= 1.5", {"gross": 1.5, "upper": np.array([2.0, -0.4])}),
    ("volatility <= 0.1", {"volatility": 0.1}),
    ("exposure value", {"exposures": (Exposure("value", np.array([1.0, -1.0]), 2.5, 3.0),)}),
)


@pytest.mark.parametrize(("says", "terms"), CONFLICTS, ids=[says for says, _ in CONFLICTS])
def test_limits_that_contradict_each_other_are_proven_to(
    says: str, terms: dict[str, Array]
) -> None:
    problem = pair(upper=np.full(2, 1.6), lower=np.full(2, -0.6))
    answer = solve(replace(problem, **terms))
    assert answer.status == "infeasible"
    assert says in answer.why


def test_soft_terms_contradict_nothing() -> None:
    far = Tilt("value", np.array([1.0, 1.0]), 7.0, 1e3)
    assert solve(pair(tilts=(far,))).status == "optimal"


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_scaling_every_part_scales_the_objective(seed: int) -> None:
    problem = draw(seed, PLAIN)
    tenfold = replace(
        problem,
        risk_aversion=10 * problem.risk_aversion,
        spread=10 * problem.spread,
        impact=10 * problem.impact,
        reward=np.full(problem.size, 0.0),
    )
    assert undecided(problem) == ()
    one, ten = solve(problem), solve(tenfold)
    assert ten.weights == pytest.approx(one.weights, abs=1e-6)
    assert ten.objective == pytest.approx(10 * one.objective, rel=1e-6)


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_trades_of_cash_are_no_turnover_where_cash_is_named(seed: int) -> None:
    """As a name that is not cash, with the turnover raised by what cash moves, is no better."""
    problem = replace(rich(seed), turnover=0.1)
    named = replace(problem, cash=problem.size - 1)
    free, bound = solve_sides(named), solve_sides(problem)
    if not bound.is_usable:
        return
    assert free.bound <= bound.objective + 1e-7 * scale(bound.objective)
    if free.status == "optimal":
        x = np.abs(free.weights - problem.current)
        assert x[:-1].sum() <= 0.1 + VIOLATION_MAX
        wider = solve_sides(replace(problem, turnover=0.1 + float(x[-1]) + 1e-9))
        assert wider.objective <= free.objective + 2e-6 * scale(free.objective)


def test_cash_may_move_by_as_much_as_the_names_do() -> None:
    """Selling 0.1 for cash: a turnover of 0.1 where cash counts for nothing, else of 0.2."""
    problem = pair(reward=np.array([0.0, 1.0]), turnover=0.1)
    assert first(problem) == pytest.approx(0.45, abs=1e-9)
    assert first(replace(problem, cash=1)) == pytest.approx(0.4, abs=1e-9)
