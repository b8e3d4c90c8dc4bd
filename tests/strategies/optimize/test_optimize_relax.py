"""What must give way where limits contradict each other: the least, by name, and no more."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.optimize.kernel.repair import repair
from strategies.optimize.kernel.solve import solve
from strategies.optimize.measure import squared_tracking_error, violation
from strategies.optimize.problem import Exposure, Group, Problem
from strategies.optimize.relax.least import Relaxed, relax
from strategies.optimize.relax.linear import held_against, least_breaches, limits_of
from tests.strategies.optimize.problems import Shape, draw, pair, strange, with_losses

SEEDS = st.integers(0, 1_000_000)
PLAIN = Shape(names=12, factors=3, lots=2, groups=False, turnover=False, tracking_error=False)


def technology(*, upper: float) -> Problem:
    """Three of four technology names may not be traded; 30 % is less than they weigh."""
    problem = draw(1, PLAIN)
    current = np.full(12, 0.068 / 8)
    current[:4] = 0.116, 0.104, 0.094, 0.618
    current[-1] = 1 - current[:-1].sum()
    lower, upper_bounds = np.zeros(12), np.ones(12)
    lower[:3] = upper_bounds[:3] = current[:3]
    groups = (Group("Technology", (0, 1, 2, 3), upper=upper),)
    return replace(
        problem, current=current, lower=lower, upper=upper_bounds, groups=groups, lots=()
    )


def asked_more(problem: Problem, relaxed: Relaxed, *, by: float) -> list[Problem]:
    """The problem as relaxed, with one of the limits that gave way tightened by ``by`` at a time.

    Only for problems whose group limits alone gave way.
    """
    limits = {each.name.split()[1]: each for each in relaxed.broken}
    wide = {
        group.name: replace(
            group, upper=limits[group.name].least + 1e-7 if group.name in limits else group.upper
        )
        for group in problem.groups
    }
    return [
        replace(
            problem,
            groups=tuple(
                replace(group, upper=group.upper - by) if name == tight else group
                for name, group in wide.items()
            ),
        )
        for tight in limits
    ]


def test_it_says_which_limit_gives_way_and_how_far() -> None:
    problem = technology(upper=0.30)
    relaxed = relax(problem)
    assert len(relaxed.broken) == 1
    assert relaxed.broken[0].words == (
        "group Technology <= 30.0 % cannot hold together with the bounds of 3 names: "
        "31.4 % is the least"
    )
    assert relaxed.broken[0].name == "group Technology <= 30.0 %"
    assert relaxed.broken[0].limit == 0.30
    assert relaxed.broken[0].least == pytest.approx(0.314, abs=1e-9)
    assert relaxed.solution.status == "optimal"
    assert float(relaxed.solution.weights[:4].sum()) == pytest.approx(0.314, abs=2e-7)


def test_nothing_gives_way_where_nothing_must() -> None:
    problem = technology(upper=0.32)
    relaxed = relax(problem)
    assert relaxed.broken == ()
    assert relaxed.solution.objective == solve(problem).objective


def test_a_lower_limit_gives_way_downwards() -> None:
    problem = technology(upper=1.0)
    most = np.ones(12)
    most[4:8] = 0.05
    groups = (Group("Bonds", (4, 5, 6, 7), lower=0.4),)
    relaxed = relax(replace(problem, upper=np.maximum(most, problem.lower), groups=groups))
    assert [each.words for each in relaxed.broken] == [
        "group Bonds >= 40.0 % cannot hold together with the bounds of 4 names: 20.0 % is the most"
    ]
    assert float(relaxed.solution.weights[4:8].sum()) == pytest.approx(0.2, abs=2e-7)


def test_turnover_gives_way() -> None:
    problem = replace(technology(upper=1.0), turnover=0.1)
    lower = problem.lower.copy()
    lower[11] = problem.current[11] + 0.08
    relaxed = relax(replace(problem, lower=lower))
    assert [each.words for each in relaxed.broken] == [
        "turnover <= 10.0 % cannot hold together with the bounds of 1 name: 16.0 % is the least"
    ]
    assert relaxed.solution.is_usable


def test_the_tracking_error_gives_way_last() -> None:
    problem = replace(technology(upper=0.30), tracking_error=0.001)
    relaxed = relax(problem)
    names = [each.name for each in relaxed.broken]
    assert names == ["group Technology <= 30.0 %", "tracking error <= 0.1 %"]
    assert "cannot hold together with group Technology <= 31.4 %" in relaxed.broken[1].words
    assert "is the least" in relaxed.broken[1].words
    reached = squared_tracking_error(problem, relaxed.solution.weights) ** 0.5
    assert reached == pytest.approx(relaxed.broken[1].least, rel=1e-3)
    wide = (replace(problem.groups[0], upper=relaxed.broken[0].least + 1e-7),)
    tight = replace(problem, groups=wide, tracking_error=0.999 * relaxed.broken[1].least)
    assert solve(tight).status == "infeasible"


def test_bounds_that_leave_no_room_for_the_budget_move_towards_what_is_held() -> None:
    problem = technology(upper=1.0)
    high = replace(problem, upper=np.ones(12), lower=problem.current + np.eye(12)[5] * 0.1)
    relaxed = relax(high)
    assert relaxed.broken[0].name == "the lower bounds of 1 name"
    assert relaxed.broken[0].limit == pytest.approx(1.1)
    assert relaxed.broken[0].least == pytest.approx(1.0)
    assert relaxed.solution.weights == pytest.approx(problem.current, abs=1e-6)
    low = replace(problem, lower=np.zeros(12), upper=np.minimum(problem.current, 0.05))
    relaxed = relax(low)
    assert relaxed.broken[0].name == "the upper bounds of 4 names"
    assert relaxed.solution.is_usable
    assert relaxed.solution.weights.sum() == pytest.approx(1.0, abs=1e-12)


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_none_gives_way_further_than_it_must(seed: int) -> None:
    random = np.random.default_rng(seed)
    problem = draw(seed, PLAIN)
    sets = [tuple(np.flatnonzero(random.random(12) < 0.5).tolist()) for _ in range(3)]
    groups = tuple(Group(f"g{i}", each, upper=random.uniform(0, 1)) for i, each in enumerate(sets))
    problem = replace(problem, groups=groups)
    relaxed = relax(problem)
    assert relaxed.solution.status == "optimal"
    for tighter in asked_more(problem, relaxed, by=1e-4):
        assert solve(tighter).status == "infeasible"


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_no_weights_breach_less(seed: int) -> None:
    random = np.random.default_rng(seed)
    problem = strange(seed)
    if problem.lower.sum() > problem.budget or problem.upper.sum() < problem.budget:
        problem = replace(problem, lower=problem.current, upper=problem.current)
    limits = limits_of(problem)
    if not limits:
        problem = replace(problem, turnover=0.05)
        limits = limits_of(problem)
    scales = np.array([limit.scale for limit in limits])
    least = float((least_breaches(problem, limits) / scales).sum())
    held = np.clip(problem.current, problem.lower, problem.upper)
    for size in (0.0, 1e-3, 1e-1):
        weights = repair(
            problem, held + size * random.normal(0, 1, problem.size), np.ones(problem.size)
        )
        reached = np.array([held_against(problem, each, weights) for each in limits])
        levels = np.array([limit.level for limit in limits])
        assert (np.maximum(reached - levels, 0.0) / scales).sum() >= least - 1e-7


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_what_gave_way_can_be_solved(seed: int) -> None:
    problem = with_losses(draw(seed, Shape(names=20, factors=4)), seed, 5)
    hard = replace(problem, turnover=0.02, tracking_error=0.002)
    relaxed = relax(hard)
    assert relaxed.solution.is_usable, relaxed.solution.why
    if not relaxed.broken:
        assert violation(hard, relaxed.solution.weights) <= 1e-9
    for each in relaxed.broken:
        assert each.words.startswith(each.name)
        assert each.least != each.limit


def apart(**limits: object) -> Problem:
    return replace(pair(lower=np.full(2, -0.6), upper=np.full(2, 1.6)), **limits)  # type: ignore[arg-type]


def test_gross_weight_gives_way_as_far_as_a_forced_short_needs() -> None:
    forced = apart(gross=1.5, upper=np.array([1.6, -0.4]))
    (gives,) = relax(forced).broken
    assert gives.least == pytest.approx(1.8, abs=1e-9)
    assert gives.words.startswith("gross weight <= 150.0 % cannot hold together with the bounds of")


def test_volatility_gives_way_to_the_least_there_is() -> None:
    """The least volatile mix is half and half: 0.2 / sqrt(2)."""
    (gives,) = relax(apart(volatility=0.1)).broken
    assert gives.least == pytest.approx(0.2 / np.sqrt(2), rel=1e-6)
    assert "volatility <= 10.0 %" in gives.words


def test_an_exposure_gives_way_and_is_named() -> None:
    """W - (1-w) is 2.2 at most within the bounds."""
    value = Exposure("value", np.array([1.0, -1.0]), 2.5, 3.0)
    relaxed = relax(apart(exposures=(value,)))
    (gives,) = relaxed.broken
    assert gives.least == pytest.approx(2.2, abs=1e-9)
    assert "exposure value >= 250.0 %" in gives.words
    assert relaxed.solution.weights == pytest.approx([1.6, -0.6], abs=1e-5)


def test_both_risk_limits_give_way_one_after_the_other() -> None:
    """A short is forced: the tracking error is fixed by it, and then the volatility."""
    forced = apart(upper=np.array([1.6, -0.4]), tracking_error=0.01, volatility=0.05)
    error, volatility = relax(forced).broken
    assert error.least == pytest.approx(0.2 * 0.9 * np.sqrt(2), rel=1e-6)
    assert volatility.least == pytest.approx(0.2 * np.hypot(1.4, 0.4), rel=1e-5)


@pytest.mark.parametrize("limit", [2e-3, 1e-4, 1e-8])
def test_a_tracking_error_next_to_nothing_gives_way_by_name(limit: float) -> None:
    problem = draw(3, Shape(names=8, factors=3, lots=2, cash=False))
    lower, upper = np.zeros(8), np.ones(8)
    lower[:4] = upper[:4] = problem.current[:4]
    tight = replace(
        problem, lower=lower, upper=upper, turnover=None, tracking_error=limit, groups=()
    )
    relaxed = relax(tight)
    assert [each.name.split(" <=")[0] for each in relaxed.broken] == ["tracking error"]
    assert relaxed.solution.is_usable
    assert relaxed.broken[0].least > limit


def test_nothing_is_said_as_nothing() -> None:
    """A name must rise by two per cent of NAV, and no turnover is allowed."""
    moved = apart(turnover=0.0, lower=np.array([0.51, -0.6]))
    (gives,) = relax(moved).broken
    assert gives.words.startswith(
        "turnover <= 0.0 % cannot hold together with the bounds of 1 name"
    )
    assert gives.words.endswith("2.0 % is the least")
