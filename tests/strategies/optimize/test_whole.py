"""Whole shares proven by HiGHS: against every plan there is, and the search against it."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import BadProblem, Lots, Problem
from strategies.optimize.progress import Progress
from strategies.optimize.second.whole import solve_whole
from strategies.optimize.whole.grid import Grid, is_allowed, lattice, weights_of
from strategies.optimize.whole.shares import round_to_shares
from tests.strategies.optimize.enriched import enrich
from tests.strategies.optimize.problems import Shape, draw

REACH = 5
"""Steps of a name, up and down, between which every plan is tried."""


def small(seed: int) -> tuple[Problem, Grid]:
    """Three names and cash, bounds of a few steps, some lots that go in an order of their own."""
    random = np.random.default_rng(seed)
    problem = draw(seed, Shape(names=4, factors=2, groups=False, turnover=seed % 2 == 0))
    prices = random.uniform(150, 900, 4)
    grid = Grid(prices, np.ones(4), 20_000.0, 3, 200.0 * (seed % 3), float(seed % 4))
    unit = prices / grid.nav_usd
    unit[3] = 1.0
    lots = tuple(
        Lots(
            name,
            random.dirichlet(np.ones(3)) * problem.current[name],
            random.normal(0.02, 0.06, 3),
            in_order=bool(random.random() < 0.5),
        )
        for name in range(3)
    )
    return replace(
        problem,
        lower=np.where(np.arange(4) < 3, problem.current - REACH * unit, -0.2),
        upper=np.where(np.arange(4) < 3, problem.current + REACH * unit, 1.0),
        lots=lots,
        tracking_error=problem.tracking_error if seed % 3 == 0 else None,
        opportunity=np.array([0.002, 0.001, 0.0004, 0.0]) if seed % 5 == 0 else None,
    ), grid


def least_of_all(problem: Problem, grid: Grid) -> float:
    """The least objective over every plan on the grid that keeps all limits, infinite if none."""
    steps, best = lattice(problem, grid), np.inf
    for trial in product(*[range(-REACH, REACH + 1)] * 3):
        counts = np.array([*trial, 0], dtype=np.int64)
        weights = weights_of(problem, steps, counts)
        if is_allowed(steps, counts).all() and violation(problem, weights) <= 1e-12:
            fees = steps.fee * np.count_nonzero(counts)
            best = min(best, objective(problem, weights) + fees)
    return float(best)


@pytest.mark.parametrize("seed", range(14))
def test_it_is_the_best_of_every_plan_there_is(seed: int) -> None:
    problem, grid = small(seed)
    best = least_of_all(problem, grid)
    found = solve_whole(problem, grid)
    if best == np.inf:
        assert found.status == "infeasible"
        return
    assert found.status == "optimal"
    assert found.objective == pytest.approx(best, abs=1e-10)
    assert found.bound <= best + 1e-10
    assert found.gap <= 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_the_search_is_never_below_the_proof_nor_its_bound_above(seed: int) -> None:
    problem = enrich(seed + 50, 9)
    random, n = np.random.default_rng(seed), problem.size
    costly = np.arange(n) < n - 1
    missed = problem.opportunity
    problem = replace(
        problem,
        lower=np.where(costly, np.minimum(problem.lower, problem.current), 0.0),
        upper=np.where(costly, problem.upper, 1.0),
        lots=tuple(each for each in problem.lots if each.name < n - 1),
        spread=problem.spread * costly,
        impact=problem.impact * costly,
        opportunity=None if missed is None else missed * costly,
        borrow=None,
        groups=(),
        exposures=(),
        volatility=None,
        tracking_error=None,
    )
    grid = Grid(random.uniform(20, 200, n), np.ones(n), 100_000.0, n - 1, 300.0, 1.0)
    ours, proven = round_to_shares(problem, grid), solve_whole(problem, grid)
    assert proven.status == "optimal"
    scale = max(1e-4, abs(proven.objective))
    assert ours.is_usable
    assert ours.objective >= proven.bound - 1e-9 * scale
    assert ours.bound <= proven.objective + 1e-7 * scale
    assert ours.objective <= proven.objective + 0.01 * scale


def test_a_grid_that_no_plan_keeps_is_infeasible() -> None:
    problem, grid = small(0)
    unit = grid.prices[0] / grid.nav_usd
    between = problem.current[0] + 0.4 * unit
    lower, upper = problem.lower.copy(), problem.upper.copy()
    lower[0], upper[0] = between, between + 0.2 * unit
    found = solve_whole(replace(problem, lower=lower, upper=upper), grid)
    assert found.status == "infeasible"
    assert not found.is_usable


def test_it_is_told_to_stop_between_two_programs() -> None:
    heard: list[Progress] = []

    def tick(progress: Progress) -> bool:
        heard.append(progress)
        return len(heard) < 3

    found = solve_whole(*small(1), tick)
    assert [each.iteration for each in heard] == [0, 1, 2]
    assert found.status == "error"
    assert found.why == "told to stop"


def test_too_many_names_are_refused() -> None:
    problem = draw(1, Shape(names=60))
    grid = Grid(np.ones(60), np.ones(60), 1e5, 59)
    with pytest.raises(BadProblem, match="60 names are too many"):
        solve_whole(problem, grid)
