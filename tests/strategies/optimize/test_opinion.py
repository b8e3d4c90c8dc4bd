"""A second opinion: who is asked, and what is made of the answer."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from strategies.optimize.cone import installed
from strategies.optimize.kernel.solve import Solution, solve
from strategies.optimize.problem import Lots, Problem
from strategies.optimize.second.ask import QP_SOLVERS, at_sides, second_opinion
from strategies.optimize.second.opinion import compare
from strategies.optimize.sides.solve import solve_sides
from strategies.optimize.whole.grid import Grid
from strategies.optimize.whole.shares import round_to_shares
from tests.strategies.optimize.problems import Shape, draw, with_losses


def square(seed: int) -> Problem:
    """No power and no limit on a deviation."""
    problem = draw(seed, Shape(names=15))
    return replace(problem, impact=np.zeros(15), tracking_error=None)


def test_squares_go_to_a_quadratic_solver_and_the_rest_to_the_cone_solver() -> None:
    first = next(name for name in QP_SOLVERS if name in installed())
    assert second_opinion(square(1)).solver == first
    assert second_opinion(replace(square(1), tracking_error=0.5)).solver == "Clarabel"
    assert second_opinion(replace(square(1), volatility=0.9)).solver == "Clarabel"
    powers = replace(square(1), impact=np.full(15, 0.01))
    assert second_opinion(powers).solver == "Clarabel"
    assert second_opinion(replace(powers, exponent=2.0)).solver == first


@pytest.mark.parametrize("seed", range(8))
def test_every_solver_agrees_with_the_kernel(seed: int) -> None:
    for problem in (square(seed), draw(seed, Shape(names=15))):
        ours, second = solve(problem), second_opinion(problem)
        opinion = compare(ours, second, problem, nav_usd=2_000_000.0)
        assert opinion.agrees, opinion.words
        assert opinion.words.startswith(f"{second.solver} agrees: ")
        if ours.is_usable:
            assert abs(opinion.dearer_bps) <= opinion.tolerance_bps
            assert opinion.dearer_usd == pytest.approx(opinion.dearer_bps * 200.0)
            assert opinion.weight_difference < 1e-2


@pytest.mark.parametrize("seed", range(6))
def test_losses_are_looked_at_on_the_side_that_the_plan_takes(seed: int) -> None:
    problem = with_losses(draw(seed, Shape(names=20)), seed, 8)
    ours = solve_sides(problem)
    opinion = compare(ours, second_opinion(problem, plan=ours.weights), problem)
    assert opinion.agrees, opinion.words
    assert abs(opinion.dearer_bps) <= opinion.tolerance_bps
    left_alone = second_opinion(problem)
    assert left_alone.answer.objective < ours.objective  # it sells losses and buys them back


def test_sides_are_those_of_the_plan() -> None:
    problem = with_losses(draw(0, Shape(names=6)), 0, 3)
    plan = problem.current + np.array([-0.01, 0.01, 0.0, 0.0, 0.0, 0.0])
    sided = at_sides(problem, plan)
    assert sided.upper[0] == problem.current[0]
    assert sided.lower[0] == problem.lower[0]
    assert sided.lower[1] == problem.current[1]
    assert sided.lower[2] == problem.current[2]
    assert {lots.name for lots in sided.lots}.isdisjoint({1, 2})
    assert (sided.lower[3:] == problem.lower[3:]).all()


def answer_of(problem: Problem, **changed: Any) -> Solution:  # noqa: ANN401
    return replace(solve(problem), **changed)


def test_a_plan_that_is_too_dear_is_found_out() -> None:
    problem = draw(5, Shape(names=12))
    second = second_opinion(problem)
    lazy = answer_of(problem, weights=problem.current, bound=-float("inf"))
    worth = solve(problem).objective
    lazy = replace(lazy, objective=worth + 2e-4)
    opinion = compare(lazy, second, replace(problem, groups=()))
    assert opinion.verdict == "disagrees"
    assert opinion.words == "Clarabel disagrees: its plan is 2.0000 bps of NAV cheaper"
    assert opinion.dearer_usd is None


def test_a_bound_that_is_too_high_and_a_value_too_low_are_found_out() -> None:
    problem = draw(5, Shape(names=12))
    second, ours = second_opinion(problem), solve(problem)
    proud = replace(ours, objective=ours.objective + 3e-4, bound=ours.objective + 3e-4)
    assert "below what was proven" in compare(proud, second, problem).words
    false = replace(ours, objective=ours.objective - 1e-4)
    opinion = compare(false, second, problem)
    assert opinion.verdict == "disagrees"
    assert "every plan is at least 1.0000 bps dearer" in opinion.words


def test_a_plan_that_breaks_a_limit_is_found_out() -> None:
    problem = draw(5, Shape(names=12))
    weights = solve(problem).weights + np.eye(12)[0] * 1e-6
    opinion = compare(answer_of(problem, weights=weights), second_opinion(problem), problem)
    assert opinion.verdict == "disagrees"
    assert "breaks a limit by 1e-06" in opinion.words


def test_no_plan_at_all() -> None:
    problem = draw(5, Shape(names=12))
    none = replace(problem, lower=np.full(12, 0.2), upper=np.full(12, 0.3))
    no, yes = solve(none), solve(problem)
    assert no.status == "infeasible"
    assert compare(no, second_opinion(none), none).words.endswith("no weights keep all limits")
    assert compare(no, second_opinion(none), none).agrees
    assert compare(no, second_opinion(problem), problem).verdict == "disagrees"
    assert compare(yes, second_opinion(none), problem).verdict == "disagrees"
    stopped = second_opinion(problem, tick=lambda _: False)
    assert compare(yes, stopped, problem).verdict == "no opinion"
    failed = replace(stopped, answer=replace(no, status="error", why="it jammed"))
    assert compare(yes, failed, problem).words == "Clarabel has no answer: it jammed"
    assert compare(replace(no, status="error"), stopped, problem).verdict == "disagrees"


def whole(names: int) -> tuple[Problem, Grid]:
    problem = draw(2, Shape(names=names, groups=False, tracking_error=False))
    prices = np.random.default_rng(2).uniform(20, 200, names)
    return problem, Grid(prices, np.ones(names), 1e5, names - 1, 100.0, 0.5)


def test_whole_shares_of_a_few_names_are_proven_and_of_many_bounded() -> None:
    problem, grid = whole(8)
    ours, second = round_to_shares(problem, grid), second_opinion(problem, grid=grid)
    assert (second.solver, second.gives) == ("HiGHS", "plan")
    assert second.answer.status == "optimal"
    opinion = compare(ours, second, problem, tolerance=0.01)
    assert opinion.agrees, opinion.words

    problem, grid = whole(60)
    ours, second = round_to_shares(problem, grid), second_opinion(problem, grid=grid)
    assert (second.solver, second.gives) == ("Clarabel", "bound")
    opinion = compare(ours, second, problem)
    assert opinion.agrees
    assert "in fractions no plan is more than" in opinion.words
    cheap = replace(ours, objective=second.answer.bound - 1e-4)
    assert compare(cheap, second, problem).verdict == "disagrees"


def test_lots_in_an_order_are_no_reason_to_disagree() -> None:
    """The cone solver sees their envelope: below the truth, and it says so."""
    problem = draw(4, Shape(names=10))
    bent = tuple(
        Lots(each.name, each.weights, np.sort(each.taxes)[::-1].copy(), in_order=True)
        for each in problem.lots
        if each.weights.size > 1
    )
    problem = replace(problem, lots=bent)
    ours = solve_sides(problem)
    opinion = compare(ours, second_opinion(problem, plan=ours.weights), problem)
    assert opinion.verdict != "disagrees", opinion.words
    assert "convex envelope" in opinion.words
