"""Lots relieved in an order of the broker's own: the best of all runs of lots, by trying them."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from strategies.optimize.kernel.solve import VIOLATION_MAX, solve
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import BadProblem, Lots, Problem
from strategies.optimize.progress import OBJECTIVE_MIN
from strategies.optimize.sides.solve import solve_sides, undecided
from tests.strategies.optimize.problems import Shape, draw

SEEDS = st.integers(0, 1_000_000)
SMALL = Shape(names=4, factors=2, lots=0, cash=False, tracking_error=False)


def in_order(seed: int, lots: int = 3, dearest: float = 0.05) -> Problem:
    """A small problem whose lots are dear and cheap, gains and losses, in no order."""
    random = np.random.default_rng(seed)
    problem = draw(seed, SMALL)
    ladders = tuple(
        Lots(
            name,
            random.dirichlet(np.ones(lots)) * problem.current[name],
            random.uniform(-dearest / 2, dearest, lots),
            in_order=True,
        )
        for name in range(problem.size)
    )
    return replace(problem, lots=ladders)


def stretches(problem: Problem, name: int) -> list[tuple[float, float, float]]:
    """Where the trade of a name costs the same tax per dollar: from, to, and that tax."""
    lots = next(lots for lots in problem.lots if lots.name == name)
    ends = np.concatenate([[0.0], np.cumsum(lots.weights)])
    found = [(0.0, np.inf, 0.0)]
    for lot, tax in enumerate(lots.taxes.tolist()):
        found.append((-float(ends[lot + 1]), -float(ends[lot]), tax))
    return found


def one_stretch_each(problem: Problem, choice: tuple[tuple[float, float, float], ...]) -> Problem:
    """Each name bounded to one stretch, where its tax is the same for every dollar."""
    lower, upper, lots = problem.lower.copy(), problem.upper.copy(), []
    for name, (low, high, tax) in enumerate(choice):
        lower[name] = (
            max(lower[name], problem.current[name] + low) if high <= 0 else (problem.current[name])
        )
        upper[name] = min(upper[name], problem.current[name] + high)
        lots.append(Lots(name, problem.current[[name]], np.array([tax])))
    return replace(problem, lower=lower, upper=upper, lots=tuple(lots))


def best_by_trying(problem: Problem) -> float:
    """The least true objective over every combination of stretches."""
    best = np.inf
    for choice in product(*(stretches(problem, name) for name in range(problem.size))):
        part = one_stretch_each(problem, choice)
        if (part.lower > part.upper).any():
            continue
        answer = solve(part)
        if answer.is_usable:
            best = min(best, objective(problem, answer.weights))
    return best


@given(SEEDS)
@example(42852)  # the best is behind a choice without any weights within the limits
@example(50313)  # ten such choices
@settings(max_examples=12, deadline=None)
def test_no_other_run_of_lots_is_better(seed: int) -> None:
    problem = in_order(seed)
    answer = solve_sides(problem)
    best = best_by_trying(problem)
    assert answer.is_usable == bool(np.isfinite(best))
    if answer.is_usable:
        scale = max(OBJECTIVE_MIN, abs(best))
        assert answer.status == "optimal"
        assert answer.bound <= best + 2e-7 * scale
        assert answer.objective == pytest.approx(best, abs=2e-6 * scale)
        assert answer.objective == pytest.approx(objective(problem, answer.weights), rel=1e-9)
        assert violation(problem, answer.weights) <= VIOLATION_MAX


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_lots_that_can_be_named_are_never_dearer(seed: int) -> None:
    problem = in_order(seed)
    named = replace(problem, lots=tuple(replace(lots, in_order=False) for lots in problem.lots))
    by_rule, by_name = solve_sides(problem), solve_sides(named)
    if by_rule.is_usable:
        assert by_name.bound <= by_rule.objective + 1e-9


def test_lots_that_stand_sorted_are_the_same_either_way() -> None:
    problem = in_order(3)
    rising = tuple(replace(each, taxes=np.sort(np.abs(each.taxes))) for each in problem.lots)
    fixed = replace(problem, lots=rising)
    named = replace(fixed, lots=tuple(replace(each, in_order=False) for each in rising))
    assert undecided(fixed) == ()
    assert solve_sides(fixed).weights == pytest.approx(solve_sides(named).weights, abs=1e-12)


def test_the_kernel_alone_does_not_choose() -> None:
    problem = in_order(5)
    dear_first = Lots(0, problem.current[0] * np.array([0.5, 0.5]), np.array([0.05, 0.01]))
    dear_first = replace(dear_first, in_order=True)
    with pytest.raises(BadProblem, match=r"lots\[0\].*before a lot that is cheaper"):
        solve(replace(problem, lots=(dear_first,)))


def test_a_dear_lot_is_sold_to_reach_a_cheap_one_only_where_that_pays() -> None:
    """Two names alike, but for the order: 1 % then a loss of 10 %, or the loss behind 10 % more."""
    two = np.array([0.5, 0.5])
    base = Problem(
        current=two,
        target=two,
        factors=np.zeros((2, 0)),
        specific=np.full(2, 0.01),
        spread=np.zeros(2),
        impact=np.zeros(2),
        lower=np.zeros(2),
        upper=np.ones(2),
        risk_aversion=1.0,
    )

    def sold(first: float) -> float:
        lots = Lots(0, np.array([0.05, 0.45]), np.array([first, -0.10]), in_order=True)
        rest = Lots(1, np.array([0.5]), np.array([0.2]))
        return 0.5 - float(solve_sides(replace(base, lots=(lots, rest))).weights[0])

    # Selling s moves both names: risk 0.02 s^2. Beyond the first lot s = 0.1 / 0.04 > 0.5: all.
    assert sold(0.01) == pytest.approx(0.5, abs=1e-9)
    # All of it saves 0.045 - 0.05 f - 0.005: nothing is left of that at f = 0.8.
    assert sold(0.81) == pytest.approx(0.0, abs=1e-9)
