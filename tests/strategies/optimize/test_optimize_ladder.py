"""The fallback ladder: who answers when the one before cannot, and what is said about it."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.optimize.kernel.solve import Solution, solve
from strategies.optimize.ladder import (
    RUNGS,
    Call,
    Rung,
    by_cone,
    by_holding,
    by_target,
    solve_or_fall,
)
from strategies.optimize.measure import violation
from strategies.optimize.problem import BadProblem, Group, Problem
from strategies.optimize.sides.solve import solve_sides
from tests.strategies.optimize.problems import Shape, draw, strange, with_losses

SMALL = Shape(names=12, factors=3, lots=2, turnover=False)


def open_problem(seed: int = 1) -> Problem:
    """Limits that both what is held and the target keep."""
    problem = draw(seed, Shape(names=12, factors=3, lots=2, groups=False, turnover=False))
    return replace(problem, tracking_error=1.0, upper=np.ones(12))


def without_kernel() -> tuple[Rung, ...]:
    """The ladder after a kernel that found nothing."""

    def nothing(call: Call) -> Solution:
        stopped = solve_sides(call.problem, tick=lambda _: False)
        return replace(stopped, status="error", why="the climb is stuck", bound=-np.inf)

    return (Rung("kernel", nothing, solves=True), *RUNGS[1:])


def without_solvers() -> tuple[Rung, ...]:
    """Neither kernel nor cone solver found anything."""
    kernel, *rest = without_kernel()
    return (kernel, replace(kernel, name="cone solver"), *rest[1:])


def test_the_kernel_is_enough() -> None:
    problem = open_problem()
    fallen = solve_or_fall(problem)
    assert fallen.solution.objective == solve(problem).objective
    assert fallen.solution.status == "optimal"
    assert len(fallen.steps) == 1
    assert fallen.steps[0].startswith("kernel: optimal, gap ")


def test_the_cone_solver_answers_where_the_kernel_does_not() -> None:
    problem = open_problem()
    fallen = solve_or_fall(problem, rungs=without_kernel())
    assert fallen.solution.is_usable
    assert fallen.solution.objective == pytest.approx(solve(problem).objective, rel=1e-5)
    assert fallen.solution.bound <= solve(problem).objective
    assert violation(problem, fallen.solution.weights) <= 1e-7
    assert fallen.steps[0] == "kernel: error, the climb is stuck"
    assert fallen.steps[1].startswith("cone solver: ")
    assert fallen.steps[2:] in ((), ("straight to target: not needed", "hold: not needed"))


def test_the_cone_solver_claims_no_bound_over_sides() -> None:
    problem = with_losses(open_problem(), 1, 6)
    answer = by_cone(Call(problem))
    assert answer.status == "feasible"
    assert answer.bound == -np.inf
    assert answer.objective >= solve_sides(problem).bound


def test_a_bound_that_contradicts_the_answer_is_not_believed() -> None:
    def boastful(call: Call) -> Solution:
        found = solve_sides(call.problem)
        return replace(found, status="feasible", bound=2 * found.objective, gap=-1.0)

    fallen = solve_or_fall(open_problem(), rungs=(Rung("boastful", boastful, solves=True),))
    assert fallen.solution.status == "feasible"
    assert fallen.solution.bound == -np.inf


def test_straight_to_the_target() -> None:
    problem = open_problem()
    fallen = solve_or_fall(problem, rungs=without_solvers())
    assert fallen.solution.status == "feasible"
    assert fallen.solution.weights == pytest.approx(problem.target, abs=1e-12)
    assert fallen.steps[2:] == (
        "straight to target: feasible, nothing says how good it is",
        "hold: not needed",
    )


def test_hold_where_the_target_breaks_a_limit() -> None:
    problem = replace(open_problem(), turnover=0.01)
    fallen = solve_or_fall(problem, rungs=without_solvers())
    assert fallen.solution.status == "feasible"
    assert (fallen.solution.weights == problem.current).all()
    assert fallen.steps[2].startswith("straight to target: error, a limit is broken by ")
    assert fallen.steps[3] == "hold: feasible, nothing says how good it is"


def test_not_even_holding_keeps_the_limits() -> None:
    problem = open_problem()
    held = float(problem.current[:3].sum())
    tight = replace(problem, turnover=0.05, groups=(Group("g", (0, 1, 2), upper=held - 0.02),))
    fallen = solve_or_fall(tight, rungs=without_solvers())
    assert not fallen.solution.is_usable
    assert (fallen.solution.weights == problem.current).all()
    assert fallen.steps[3] == "hold: error, a limit is broken by 0.02"


def test_what_is_proven_impossible_is_not_tried_again() -> None:
    problem = replace(open_problem(), groups=(Group("all", tuple(range(12)), upper=0.5),))
    fallen = solve_or_fall(problem)
    assert fallen.solution.status == "infeasible"
    assert (fallen.solution.weights == problem.current).all()
    assert fallen.steps[0].startswith("kernel: infeasible, no weights within their bounds")
    assert fallen.steps[1:] == (
        "cone solver: not tried, it is proven",
        "straight to target: not tried, it is proven",
        "hold: nothing is traded",
    )


def test_once_told_to_stop_no_other_solver_is_started() -> None:
    problem = open_problem()
    fallen = solve_or_fall(problem, tick=lambda _: False)
    assert fallen.solution.is_usable
    assert fallen.steps[1] == "cone solver: not tried, the search was told to stop"


@given(st.integers(0, 1_000_000))
@settings(max_examples=50, deadline=None)
def test_there_is_always_an_answer(seed: int) -> None:
    problem = strange(seed)
    fallen = solve_or_fall(problem, rungs=(RUNGS[0], *RUNGS[2:]))
    assert fallen.solution.status in {"optimal", "infeasible"}
    plain = [by_target(Call(problem)), by_holding(Call(problem))]
    for answer in plain:
        if answer.is_usable:
            assert violation(problem, answer.weights) <= 1e-9
            assert answer.objective >= fallen.solution.bound - 1e-9


def test_nonsense_is_refused() -> None:
    with pytest.raises(BadProblem, match="risk_aversion"):
        solve_or_fall(replace(open_problem(), risk_aversion=0.0))


def test_a_cone_solver_that_cannot_be_loaded_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where its library is missing: the next rung is asked, and it is said."""
    monkeypatch.setitem(sys.modules, "cvxpy", None)
    answer = by_cone(Call(draw(1)))
    assert answer.status == "error"
    assert "cannot be loaded" in answer.why
    steps = solve_or_fall(draw(1), rungs=RUNGS[1:]).steps
    assert "cannot be loaded" in steps[0]
    assert [step.partition(":")[0] for step in steps] == [rung.name for rung in RUNGS[1:]]
