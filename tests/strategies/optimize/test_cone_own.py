"""A user's own term in cvxpy, and a listener that ends the search."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from strategies.optimize.cone import BadOwnTerm, solve_cone
from strategies.optimize.cone.terms import NOTHING
from strategies.optimize.kernel.solve import solve
from strategies.optimize.problem import Array, BadProblem, Lots, Problem, Tilt
from strategies.optimize.progress import Progress
from tests.strategies.optimize.problems import Shape, draw


def problem_of(seed: int = 3) -> Problem:
    return replace(draw(seed, Shape(names=10)), turnover=None, tracking_error=None)


def test_an_own_term_is_the_same_as_the_one_that_the_problem_has() -> None:
    """A tilt and a limit stated by a user, against the kernel's own."""
    problem = problem_of()
    row = np.linspace(-1, 1, 10)
    level = float(row @ problem.target)

    def own(weights: Any, trades: Any, told: Problem) -> tuple[Any, list[Any]]:  # noqa: ANN401
        assert told is problem
        return 0.05 * cp.square(row @ weights - level - 0.2), [cp.norm(trades, 1) <= 0.2]

    tilted = replace(problem, tilts=(Tilt("own", row, level + 0.2, 0.05),), turnover=0.2)
    ours, theirs = solve(tilted), solve_cone(problem, own=own)
    assert ours.status == theirs.status == "optimal"
    assert theirs.objective == pytest.approx(ours.objective, rel=1e-6)
    assert theirs.weights == pytest.approx(ours.weights, abs=1e-4)
    assert theirs.violation <= 1e-8


def test_own_limits_that_cannot_hold_are_infeasible() -> None:
    answer = solve_cone(problem_of(), own=lambda w, _x, _p: (0, [cp.sum(w) >= 2]))
    assert answer.status == "infeasible"
    assert not answer.is_usable


def raising(_w: Any, _x: Any, _p: Problem) -> Any:  # noqa: ANN401
    return {}["sector"]


FAULTS: list[tuple[Callable[..., Any], str]] = [
    (raising, r"own term raising: test_cone_own.py line \d+ raised KeyError: 'sector'"),
    (lambda: None, "raised TypeError"),
    (lambda _w, _x, _p: None, "answered None, expected"),
    (lambda w, _x, _p: cp.sum(w), "expected .what is added"),
    (lambda _w, _x, _p: (None, []), "the objective is None"),
    (lambda _w, _x, _p: (True, []), "the objective is a bool"),
    (lambda _w, _x, _p: (float("nan"), []), "the objective is nan"),
    (lambda w, _x, _p: (w, []), r"the objective has shape \(10,\), expected one number"),
    (lambda w, _x, _p: (-cp.sum_squares(w), []), "the objective is not convex"),
    (lambda w, _x, _p: (cp.sqrt(cp.sum_squares(w)), []), "the objective is not convex"),
    (lambda _w, _x, _p: (0, 5), "its constraints are a int"),
    (lambda _w, _x, _p: (0, [True]), "constraint 0 is True already"),
    (lambda w, _x, _p: (0, [w <= 1, "w"]), "constraint 1 is a str"),
    (lambda w, _x, _p: (0, [cp.sum_squares(w) >= 1]), "constraint 0 is not convex"),
    (lambda w, _x, _p: (0, [w[0] == cp.Variable(integer=True)]), "whole-number variables"),
    (lambda _w, _x, _p: (cp.Variable(), []), "no lower end"),
    (lambda w, _x, _p: (np.ones(3) @ w, []), "raised ValueError"),
]


@pytest.mark.parametrize(("own", "said"), FAULTS, ids=[said for _, said in FAULTS])
def test_what_is_wrong_with_an_own_term_is_named(own: Callable[..., Any], said: str) -> None:
    with pytest.raises(BadOwnTerm, match=said):
        solve_cone(problem_of(), own=own)


def test_an_interrupt_in_an_own_term_stays_one() -> None:
    def own(_w: Any, _x: Any, _p: Problem) -> Any:  # noqa: ANN401
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solve_cone(problem_of(), own=own)


def test_a_listener_hears_every_iteration_and_ends_the_search() -> None:
    heard: list[Progress] = []

    def tick(progress: Progress) -> bool:
        heard.append(progress)
        return progress.iteration < 4

    answer = solve_cone(problem_of(), tick=tick)
    assert [each.iteration for each in heard] == [0, 1, 2, 3, 4]
    assert {each.stage for each in heard} == {"cone solver"}
    assert answer.status in {"error", "feasible"}
    assert answer.bound == -float("inf")
    assert answer.iterations == 4
    assert "CallbackTerminated" in answer.why


def test_an_error_in_the_listener_comes_out() -> None:
    def tick(progress: Progress) -> bool:
        raise KeyboardInterrupt if progress.iteration > 2 else LookupError

    with pytest.raises(LookupError):
        solve_cone(problem_of(), tick=tick)


def cost_of_selling(lots: Lots, sold: float) -> float:
    """Lot by lot, as they stand."""
    due, left = 0.0, sold
    for width, tax in zip(lots.weights.tolist(), lots.taxes.tolist(), strict=True):
        due, left = due + tax * min(left, width), left - min(left, width)
    return due + left * max(0.0, *lots.taxes.tolist())


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_of_lots_in_an_order_is_below_every_plan(seed: int) -> None:
    """Two names: one number to search, over a fine grid and the ends of the lots."""
    random = np.random.default_rng(seed)
    lots = Lots(0, random.dirichlet(np.ones(4)) * 0.7, random.normal(0.03, 0.05, 4), in_order=True)
    lots = replace(lots, taxes=np.maximum(lots.taxes, -1e-3))
    nothing = np.zeros(2)
    problem = Problem(
        current=np.array([0.7, 0.3]),
        target=np.array([random.uniform(0, 0.6), 0.0]),
        factors=np.zeros((2, 0)),
        specific=np.array([0.04, 0.0]),
        spread=np.full(2, 1e-3),
        impact=np.array([0.01, 0.0]),
        lower=nothing,
        upper=np.ones(2),
        risk_aversion=5.0,
        lots=(lots,),
    )
    answer = solve_cone(problem)

    def value(sold: Array) -> Array:
        risk = 5.0 * 0.04 * (0.7 - sold - problem.target[0]) ** 2
        taxes = np.array([cost_of_selling(lots, float(each)) for each in sold])
        return np.asarray(risk + 2e-3 * sold + 0.01 * sold**1.5 + taxes)

    ends = np.minimum(np.cumsum(lots.weights), 0.7)
    best = float(value(np.union1d(np.linspace(0, 0.7, 5001), ends)).min())
    sold = np.array([0.7 - answer.weights[0]])
    assert answer.bound <= best + 1e-9
    assert answer.objective == pytest.approx(float(value(np.maximum(sold, 0.0))[0]), abs=1e-7)
    assert answer.objective >= best - 1e-7
    is_bent = bool((np.diff(lots.taxes) < 0).any())
    assert ("convex envelope" in answer.why) == is_bent


GARBAGE: list[tuple[dict[str, Any], str]] = [
    ({"factors": np.full((10, 2), np.nan)}, r"factors\[0, 0\] = nan"),
    ({"specific": np.full(10, -1.0)}, r"specific\[0\] = -1"),
    ({"specific": np.full(10, np.inf)}, r"specific\[0\] = inf"),
    ({"current": np.empty(0)}, "there are no names"),
    ({"exponent": 1.0}, "exponent = 1"),
    ({"exponent": float("nan")}, "exponent = nan"),
    ({"gross": -1.0}, "gross = -1"),
    ({"risk_aversion": 0.0}, "risk_aversion = 0"),
]


@pytest.mark.parametrize(("changed", "said"), GARBAGE, ids=[said for _, said in GARBAGE])
def test_garbage_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(BadProblem, match=said):
        solve_cone(replace(problem_of(), **changed), NOTHING)


@pytest.mark.parametrize("spread", [1e8, 1e12])
def test_a_covariance_of_any_condition_gives_a_kept_plan_or_none(spread: float) -> None:
    """Squared, the loadings differ by 1e16 and more: the value is right, or there is none."""
    problem = problem_of()
    scale = np.geomspace(1 / np.sqrt(spread), np.sqrt(spread), problem.factors.shape[1]) * 1e-2
    wild = replace(problem, factors=problem.factors * scale)
    ours, theirs = solve(wild), solve_cone(wild)
    if theirs.is_usable:
        assert theirs.violation <= 1e-6
    if theirs.status == "optimal" and ours.status == "optimal":
        assert theirs.objective == pytest.approx(ours.objective, rel=1e-4, abs=1e-8)
    assert theirs.status in {"optimal", "feasible", "error"}
    assert theirs.status != "error" or "the solver ended with" in theirs.why
