"""The kernel: proven optimal or proven impossible, on problems plain and strange."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.optimize.kernel.repair import repair
from strategies.optimize.kernel.solve import VIOLATION_MAX, Solution, solve, trusted
from strategies.optimize.measure import bill, objective, squared_tracking_error, violation
from strategies.optimize.problem import BadProblem, Group, Problem
from strategies.optimize.progress import Progress
from tests.strategies.optimize.problems import Shape, draw, strange

SEEDS = st.integers(0, 1_000_000)
WIDE = Shape(names=200, factors=20, lots=10)


def assert_kept(problem: Problem, answer: Solution) -> None:
    """All limits kept: the budget to 1e-12, bounds exactly, the rest to 1e-9."""
    assert abs(float(answer.weights.sum()) - problem.budget) <= 1e-12
    assert (answer.weights >= problem.lower).all()
    assert (answer.weights <= problem.upper).all()
    assert violation(problem, answer.weights) <= 1e-9
    value = objective(problem, answer.weights)
    assert answer.objective == pytest.approx(value, rel=1e-12, abs=1e-15)


@given(SEEDS)
@settings(max_examples=150)
def test_every_answer_is_proven(seed: int) -> None:
    problem = strange(seed)
    answer = solve(problem)
    assert answer.status in {"optimal", "infeasible"}, answer.why
    if answer.status == "optimal":
        assert_kept(problem, answer)
        assert -1e-7 <= answer.gap <= 1e-6
        assert not answer.why
    else:
        assert answer.why.startswith("no weights within their bounds keep all of: ")
        assert answer.bound == answer.gap == float("inf")


@pytest.mark.parametrize("names", [2, 20, 60, 200, 500])
def test_from_a_few_names_to_many(names: int) -> None:
    shape = Shape(names=names, factors=min(names, 20), lots=10, tracking_error=False)
    problem = replace(draw(names, shape), groups=())
    answer = solve(problem)
    assert answer.status == "optimal"
    assert answer.iterations < 60
    assert_kept(problem, answer)


@given(SEEDS)
@settings(max_examples=30)
def test_no_weights_nearby_are_better(seed: int) -> None:
    problem = draw(seed, Shape(names=15, groups=False, turnover=False, tracking_error=False))
    answer, random = solve(problem), np.random.default_rng(seed)
    assert answer.status == "optimal"
    for size in (1e-5, 1e-3, 1e-1):
        moved = answer.weights + size * random.normal(0, 1, problem.size)
        other = repair(problem, moved, np.ones(problem.size))
        assert objective(problem, other) >= answer.objective - 1e-9


def test_nothing_to_do_is_done_by_doing_nothing() -> None:
    problem = draw(7, Shape(lots=0, turnover=False, tracking_error=False))
    problem = replace(problem, current=problem.target, upper=np.ones(problem.size))
    answer = solve(problem)
    assert answer.status == "optimal"
    assert answer.weights == pytest.approx(problem.target, abs=1e-12)
    assert answer.objective == pytest.approx(0.0, abs=1e-12)


def test_a_dear_trade_is_not_made() -> None:
    problem = draw(8, Shape(turnover=False, tracking_error=False, groups=False, cash=False))
    dear = replace(problem, spread=np.full(problem.size, 10.0), upper=np.ones(problem.size))
    assert solve(dear).weights == pytest.approx(problem.current, abs=1e-12)


def test_a_cheap_trade_goes_to_the_target() -> None:
    problem = draw(9, Shape(turnover=False, tracking_error=False, groups=False, lots=0))
    free = replace(
        problem,
        spread=np.zeros(problem.size),
        impact=np.zeros(problem.size),
        upper=np.ones(problem.size),
    )
    answer = solve(free)
    assert answer.status == "optimal"
    assert squared_tracking_error(problem, answer.weights) < 1e-10


def test_cash_takes_what_the_others_leave() -> None:
    problem = draw(10, Shape(names=3, factors=1, groups=False, turnover=False, lots=0))
    problem = replace(problem, tracking_error=None, lower=np.zeros(3), upper=np.ones(3))
    fixed = problem.current[:1]
    problem.lower[:1] = problem.upper[:1] = fixed
    answer = solve(problem)
    assert answer.status == "optimal"
    assert answer.weights[0] == fixed[0]
    assert answer.gap <= 1e-6


def test_one_name_keeps_what_it_has() -> None:
    problem = draw(11, Shape(names=1, factors=0, lots=2, groups=False, cash=False))
    problem = replace(problem, turnover=None, tracking_error=None)
    answer = solve(replace(problem, upper=np.ones(1)))
    assert answer.status == "optimal"
    assert answer.weights == pytest.approx([1.0], abs=1e-15)


def test_all_names_fixed() -> None:
    problem = replace(draw(12), groups=(), tracking_error=None)
    fixed = replace(problem, lower=problem.current, upper=problem.current)
    answer = solve(fixed)
    assert answer.status == "optimal"
    assert (answer.weights == problem.current).all()


IMPOSSIBLE = (
    ("the budget", {"upper": np.full(30, 0.01)}),
    ("the budget", {"lower": np.full(30, 0.05), "upper": np.full(30, 0.9)}),
    ("group all <= 0.5", {"groups": (Group("all", tuple(range(30)), 0.0, 0.5),)}),
    ("group few >= 0.9", {"groups": (Group("few", (0, 1), 0.9),)}),
    ("turnover <= 0.001", {"turnover": 1e-3, "lower": np.full(30, 0.02)}),
    ("tracking error <= 0.0001", {"turnover": 1e-2, "tracking_error": 1e-4}),
)


@pytest.mark.parametrize(("names", "change"), IMPOSSIBLE, ids=[says for says, _ in IMPOSSIBLE])
def test_limits_that_contradict_each_other_are_named(names: str, change: dict[str, object]) -> None:
    problem = draw(13, Shape(groups=False, turnover=False, tracking_error=False))
    answer = solve(replace(problem, **change))
    assert answer.status == "infeasible"
    assert names in answer.why
    assert not answer.is_usable


@pytest.mark.parametrize("seed", range(10))
def test_what_is_beyond_it_is_said_and_not_guessed(seed: int) -> None:
    """Volatilities a million times too large, twice over: some of these it cannot solve."""
    problem = draw(seed, Shape(turnover=False, tracking_error=False))
    factors = np.column_stack([1e6 * problem.factors, 3e6 * problem.factors])
    volatile = replace(problem, factors=factors)
    answer = solve(volatile)
    assert answer.is_usable == (violation(volatile, answer.weights) <= 1e-9)
    assert answer.objective == pytest.approx(objective(volatile, answer.weights), rel=1e-9)
    if answer.status == "optimal":
        assert answer.objective - answer.bound <= 1e-6 * answer.objective
    else:
        assert answer.status in {"feasible", "error"}
        assert "after" in answer.why
        assert answer.gap > 1e-6


def test_a_bound_above_the_answer_proves_nothing() -> None:
    assert trusted(0.99, 1.0) == 0.99
    assert trusted(1.0 + 1e-9, 1.0) == 1.0 + 1e-9
    assert trusted(1.001, 1.0) == trusted(np.inf, 1.0) == -np.inf


def test_some_things_are_beyond_it() -> None:
    problem = draw(12, Shape(turnover=False, tracking_error=False))
    factors = np.column_stack([1e6 * problem.factors, 3e6 * problem.factors])
    assert solve(replace(problem, factors=factors)).status == "feasible"


def test_a_start_saves_steps() -> None:
    cold_steps = warm_steps = 0
    for seed in range(14, 20):
        problem = draw(seed, WIDE)
        cold = solve(problem)
        moved = replace(problem, target=problem.target * (1 + 1e-4))
        again, warm = solve(problem, start=cold.dual), solve(moved, start=cold.dual)
        assert again.status == warm.status == cold.status == "optimal"
        assert warm.objective == pytest.approx(solve(moved).objective, rel=1e-6)
        assert again.iterations < cold.iterations
        cold_steps, warm_steps = cold_steps + cold.iterations, warm_steps + warm.iterations
    assert warm_steps < cold_steps


@pytest.mark.parametrize("start", [np.zeros(3), np.full(500, np.nan)])
def test_a_start_that_does_not_fit_is_ignored(start: np.ndarray) -> None:
    problem = draw(15)
    assert solve(problem, start=start).weights == pytest.approx(solve(problem).weights, abs=0)


def test_it_stops_when_told_to() -> None:
    seen: list[int] = []

    def tick(progress: Progress) -> bool:
        seen.append(progress.iteration)
        return progress.iteration < 2

    answer = solve(draw(16, WIDE), tick=tick)
    assert seen == [0, 1, 2]
    assert answer.status == "feasible"
    assert answer.violation <= VIOLATION_MAX
    assert "stopped" in answer.why


def test_the_same_in_many_threads() -> None:
    problems = [draw(seed) for seed in range(8)]
    alone = [solve(problem).weights for problem in problems]
    with ThreadPoolExecutor(4) as pool:
        together = [answer.weights for answer in pool.map(solve, problems)]
    assert all((a == b).all() for a, b in zip(alone, together, strict=True))


def test_the_problem_is_left_as_it_was() -> None:
    problem = draw(17)
    for name in ("current", "target", "factors", "specific", "lower", "upper", "spread", "impact"):
        getattr(problem, name).flags.writeable = False
    assert solve(problem).is_usable


def test_the_bill_adds_up() -> None:
    problem = draw(18)
    answer = solve(problem)
    parts = bill(problem, answer.weights)
    assert parts.total == parts.risk + parts.spread + parts.impact + parts.tax
    assert parts.total == pytest.approx(answer.objective, rel=1e-12)


def test_nonsense_is_refused() -> None:
    with pytest.raises(BadProblem, match=r"target\[0\]"):
        solve(replace(draw(19), target=np.full(30, np.nan)))
