"""Which losses to take: the best of all choices of ways, as trying every one of them shows."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from strategies.optimize.kernel.solve import Solution, solve
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import BadProblem, Group, Problem
from strategies.optimize.progress import OBJECTIVE_MIN, Progress
from strategies.optimize.sides.solve import solve_sides, undecided
from tests.strategies.optimize.problems import Shape, draw, strange, with_losses

SEEDS = st.integers(0, 1_000_000)
SMALL = Shape(names=9, factors=3, lots=3)


def sided(problem: Problem, choice: tuple[bool, ...]) -> Problem:
    """Each undecided name only sold (True) or only bought (False)."""
    lower, upper = problem.lower.copy(), problem.upper.copy()
    for name, sold in zip(undecided(problem), choice, strict=True):
        side = upper if sold else lower
        side[name] = problem.current[name]
    return replace(problem, lower=lower, upper=upper)


def every_choice(problem: Problem) -> list[Solution]:
    """The usable answers among all choices of ways."""
    choices = product((False, True), repeat=len(undecided(problem)))
    answers = [solve(sided(problem, choice)) for choice in choices]
    assert all(answer.status in {"optimal", "infeasible"} for answer in answers)
    return [answer for answer in answers if answer.is_usable]


def assert_best_of_all(problem: Problem, answer: Solution) -> None:
    usable = every_choice(problem)
    assert answer.is_usable == bool(usable)
    if not usable:
        return
    best = min(each.objective for each in usable)
    scale = max(OBJECTIVE_MIN, abs(answer.objective))
    assert answer.status == "optimal"
    assert answer.gap == pytest.approx((answer.objective - answer.bound) / scale, abs=1e-12)
    assert answer.bound <= best + 1e-8 * scale
    assert best - 2e-6 * scale <= answer.objective <= best + 2e-6 * scale
    assert answer.objective == pytest.approx(objective(problem, answer.weights), rel=1e-9)


@given(SEEDS, st.integers(1, 5))
@example(31025, 3)  # limits of which the search knew after 2,400 steps only that it was stuck
@settings(max_examples=40)
def test_no_other_choice_is_better(seed: int, losses: int) -> None:
    problem = with_losses(draw(seed, SMALL), seed, losses)
    assert_best_of_all(problem, solve_sides(problem))


@given(SEEDS)
@settings(max_examples=40)
def test_no_other_choice_is_better_where_things_are_strange(seed: int) -> None:
    problem = strange(seed)
    problem = with_losses(problem, seed, min(4, problem.size))
    assert_best_of_all(problem, solve_sides(problem))


@given(SEEDS)
@settings(max_examples=40)
def test_many_losses_are_settled_within_the_gap(seed: int) -> None:
    problem = with_losses(draw(seed, Shape(names=60, factors=8, lots=4)), seed, 40)
    answer = solve_sides(problem, tolerance=1e-4)
    if not answer.is_usable:
        assert answer.status == "infeasible"
        return
    assert violation(problem, answer.weights) <= 1e-9
    assert answer.gap <= 1e-4
    assert answer.bound <= answer.objective + 1e-12
    for start in (answer.dual, np.zeros(answer.dual.size)):
        other = solve_sides(problem, start=start, tolerance=1e-4)
        assert other.bound <= answer.objective + 1e-12
        assert answer.bound <= other.objective + 1e-12


def test_the_fixed_rule_is_not_better() -> None:
    from strategies.optimize.sides.solve import choose

    shape = Shape(names=60, factors=8, lots=4, turnover=False, tracking_error=False)
    problem = with_losses(draw(3, shape), 3, 40)
    ruled = solve(choose(problem))
    assert solve_sides(problem).objective < objective(problem, ruled.weights)


def test_sides_that_leave_no_weights_are_passed_over() -> None:
    """A group that must grow: two of its three names can only be sold or only bought."""
    shape = Shape(names=6, factors=2, groups=False, turnover=False, tracking_error=False)
    problem = with_losses(draw(1, shape), 1, 6)
    held = float(problem.current[:3].sum())
    wider = replace(
        problem,
        upper=np.ones(6),
        target=problem.current,
        groups=(Group("must grow", (0, 1, 2), lower=held + 0.05),),
    )
    answer = solve_sides(wider)
    assert_best_of_all(wider, answer)
    assert float(answer.weights[:3].sum()) >= held + 0.05 - 1e-9


def test_limits_that_contradict_are_proven_to() -> None:
    problem = with_losses(draw(2, SMALL), 2, 4)
    tight = replace(problem, groups=(Group("all", tuple(range(9)), upper=0.5),))
    answer = solve_sides(tight)
    assert answer.status == "infeasible"
    assert "group all <= 0.5" in answer.why


def test_it_stops_when_told_with_the_best_so_far() -> None:
    problem = with_losses(draw(5, Shape(names=60, factors=8, lots=4)), 5, 50)
    whole = solve_sides(problem)
    seen = list[int]()

    def tick(step: Progress) -> bool:
        seen.append(step.iteration)
        return len(seen) < 12

    answer = solve_sides(problem, tick=tick)
    assert len(seen) == 12
    assert seen == sorted(seen)
    assert answer.is_usable
    assert answer.iterations < whole.iterations
    assert answer.bound <= whole.objective <= answer.objective
    assert "choices of ways" in answer.why


def test_nonsense_is_refused() -> None:
    problem = with_losses(draw(6, SMALL), 6, 3)
    with pytest.raises(BadProblem, match=r"upper\[2\]"):
        solve_sides(replace(problem, upper=np.array([1, 1, np.nan, 1, 1, 1, 1, 1, 1.0])))
