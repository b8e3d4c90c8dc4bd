"""The kernel against a cone solver that shares nothing with it but the problem."""

from dataclasses import replace

import numpy as np
import pytest

from strategies.optimize.cone import solve_by, solve_cone
from strategies.optimize.kernel.solve import solve
from strategies.optimize.measure import objective
from strategies.optimize.problem import Group
from strategies.optimize.progress import OBJECTIVE_MIN
from tests.strategies.optimize.enriched import enrich
from tests.strategies.optimize.problems import Shape, draw, strange

RELATIVE = 1e-5


@pytest.mark.parametrize("seed", range(24))
def test_the_same_objective(seed: int) -> None:
    names = int(np.random.default_rng(seed).integers(5, 60))
    problem = draw(seed, Shape(names=names, factors=min(names, 8)))
    ours, theirs = solve(problem), solve_cone(problem)
    assert ours.status in {"optimal", "infeasible"}
    assert ours.is_usable == theirs.is_usable
    if ours.is_usable:
        far = abs(ours.objective - theirs.objective)
        assert far <= RELATIVE * max(OBJECTIVE_MIN, abs(theirs.objective))
        assert ours.gap <= 1e-6
        assert ours.violation <= 1e-9


def test_groups_with_one_limit() -> None:
    problem = draw(3, Shape(names=12, groups=False))
    groups = (Group("least", (0, 1, 2), lower=0.3), Group("most", (3, 4, 5), upper=0.2))
    problem = replace(problem, groups=groups, turnover=None, tracking_error=None)
    ours, theirs = solve(problem), solve_cone(problem)
    assert ours.status == "optimal"
    assert ours.objective == pytest.approx(theirs.objective, rel=RELATIVE)
    assert ours.weights == pytest.approx(theirs.weights, abs=1e-3)


@pytest.mark.parametrize("seed", range(40, 60))
def test_the_same_verdict_on_strange_problems(seed: int) -> None:
    problem = strange(seed)
    ours, theirs = solve(problem), solve_cone(problem)
    if theirs.status == "error":
        assert ours.status in {"optimal", "infeasible"}
    elif theirs.is_usable:
        close = RELATIVE * max(OBJECTIVE_MIN, abs(theirs.objective))
        assert ours.status == "optimal"
        assert ours.objective <= theirs.objective + close
    else:
        assert ours.status == "infeasible"


@pytest.mark.parametrize("seed", range(60))
def test_the_same_answer_with_everything_that_a_problem_can_hold(seed: int) -> None:
    problem = enrich(seed)
    ours, theirs = solve(problem), solve_cone(problem)
    assert ours.status in {"optimal", "infeasible"}
    assert ours.is_usable == theirs.is_usable, theirs.why
    if ours.is_usable:
        close = RELATIVE * max(OBJECTIVE_MIN, abs(theirs.objective))
        assert abs(ours.objective - theirs.objective) <= close
        assert theirs.objective == pytest.approx(objective(problem, theirs.weights), abs=close)
        assert ours.violation <= 1e-9


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("solver", ["OSQP", "CLARABEL"])
def test_the_quadratic_solver_says_the_same(seed: int, solver: str) -> None:
    problem = enrich(seed, 15)
    problem = replace(
        problem, impact=np.zeros(problem.size), tracking_error=None, volatility=None, gross=None
    )
    ours = solve(problem)
    theirs = solve_cone(problem) if solver == "CLARABEL" else solve_by(problem, solver)
    assert ours.is_usable == theirs.is_usable
    if ours.is_usable:
        close = RELATIVE * max(OBJECTIVE_MIN, abs(theirs.objective))
        assert abs(ours.objective - theirs.objective) <= close
