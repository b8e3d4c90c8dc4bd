"""Whole shares: what is ordered can be ordered, keeps every limit, and is as good as it says."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import Array, BadProblem, Group, Problem
from strategies.optimize.progress import OBJECTIVE_MIN, Progress
from strategies.optimize.sides.solve import solve_sides
from strategies.optimize.whole.grid import Grid, Lattice, is_allowed, lattice, nearest, weights_of
from strategies.optimize.whole.shares import Rounded, round_to_shares
from tests.strategies.optimize.problems import Shape, draw, with_losses

SEEDS = st.integers(0, 1_000_000)
NAV = 100_000.0
FEW = Shape(names=4, factors=2, lots=2, groups=False, tracking_error=False)


def with_room(problem: Problem, *, cash: float = 0.5) -> Problem:
    """The last name is cash and may be anything up to ``cash``."""
    upper = problem.upper.copy()
    upper[-1] = cash
    return replace(problem, upper=np.maximum(upper, problem.current))


def small(seed: int) -> Problem:
    """Three names, two of them with losses, and cash; the first two may not weigh much more."""
    problem = with_room(with_losses(draw(seed, FEW), seed, 2))
    held = float(problem.current[:2].sum())
    return replace(problem, groups=(Group("pair", (0, 1), upper=held + 0.05),))


def grid_of(problem: Problem, seed: int, *, usd: float, least: float = 0, fee: float = 0) -> Grid:
    """Shares of about ``usd`` each, one at a time."""
    random = np.random.default_rng(seed)
    prices = usd * random.uniform(0.5, 1.5, problem.size)
    return Grid(prices, np.ones(problem.size), NAV, problem.size - 1, least, fee)


def worth(problem: Problem, steps: Lattice, counts: Array) -> float:
    weights = weights_of(problem, steps, counts.astype(np.int64))
    return objective(problem, weights) + steps.fee * int(np.count_nonzero(counts))


def every_plan(problem: Problem, steps: Lattice) -> list[float]:
    """The objective of every plan on the grid that keeps the limits."""
    ranges = [
        [
            count
            for count in range(int(low), int(high) + 1)
            if count == 0 or abs(count) >= int(least)
        ]
        for low, high, least in zip(steps.lowest, steps.highest, steps.least, strict=True)
    ]
    found = []
    for each in product(*ranges):
        counts = np.array(each)
        if violation(problem, weights_of(problem, steps, counts)) <= 1e-12:
            found.append(worth(problem, steps, counts))
    return found


def assert_orderly(problem: Problem, grid: Grid, answer: Rounded) -> None:
    """Counts allowed, weights what they say in exact arithmetic, limits kept, gap as stated."""
    steps = lattice(problem, grid)
    assert is_allowed(steps, answer.counts).all()
    assert answer.counts[grid.cash] == 0
    exact = [
        Fraction(w) + int(c) * Fraction(u)
        for w, c, u in zip(problem.current, answer.counts, steps.unit, strict=True)
    ]
    exact[grid.cash] = Fraction(0)
    exact[grid.cash] = Fraction(problem.budget) - sum(exact)
    assert answer.weights == pytest.approx([float(w) for w in exact], abs=1e-15)
    for group in problem.groups:
        held = sum(exact[member] for member in group.members)
        assert group.lower - 1e-15 <= held <= group.upper + 1e-15
    if problem.turnover is not None:
        pairs = zip(exact, problem.current, strict=True)
        turned = sum(abs(w - Fraction(held)) for w, held in pairs)
        assert turned <= problem.turnover + 1e-15
    assert violation(problem, answer.weights) == answer.violation <= 1e-12
    assert answer.objective == pytest.approx(worth(problem, steps, answer.counts), abs=1e-15)
    assert answer.fraction_bound <= answer.bound <= answer.objective + 1e-12
    gap = (answer.objective - answer.bound) / max(OBJECTIVE_MIN, abs(answer.objective))
    assert answer.gap == pytest.approx(gap, abs=1e-12)


@given(SEEDS, st.sampled_from([0.0, 6_000.0]), st.sampled_from([0.0, 8.0]))
@example(131073, 6_000.0, 0.0)  # one plan keeps the limits, to rounding: the bound rose above it
@settings(max_examples=20, deadline=None)
def test_no_plan_on_the_grid_beats_the_bound(seed: int, least: float, fee: float) -> None:
    problem = small(seed)
    grid = grid_of(problem, seed, usd=5_000.0, least=least, fee=fee)
    answer = round_to_shares(problem, grid)
    values = every_plan(problem, lattice(problem, grid))
    if not answer.is_usable:
        assert not values or answer.status != "infeasible"
        return
    assert_orderly(problem, grid, answer)
    scale = max(OBJECTIVE_MIN, abs(answer.objective))
    assert answer.bound <= min(values) + 1e-9 * scale
    assert min(values) <= answer.objective + 1e-9 * scale


def test_small_problems_are_mostly_solved_to_the_best_plan() -> None:
    best = found = there = 0
    for seed in range(25):
        problem = small(seed)
        grid = grid_of(problem, seed, usd=5_000.0, least=6_000.0, fee=8.0)
        values = every_plan(problem, lattice(problem, grid))
        answer = round_to_shares(problem, grid)
        if values:
            there += 1
            found += answer.is_usable
            best += answer.is_usable and answer.objective <= min(values) + 1e-7
    assert found == there
    assert best >= 0.8 * there


@given(SEEDS, st.sampled_from([1e-3, 1.0, 100.0]), st.sampled_from([0.0, 300.0]))
@settings(max_examples=10, deadline=None)
def test_every_limit_is_kept_after_rounding(seed: int, step: float, least: float) -> None:
    problem = with_room(with_losses(draw(seed, Shape(names=40, factors=5)), seed, 20), cash=0.3)
    grid = grid_of(problem, seed, usd=80.0, least=least, fee=0.5)
    grid = replace(grid, step=np.full(problem.size, step), nav_usd=NAV * max(1.0, step))
    answer = round_to_shares(problem, grid)
    if answer.is_usable:
        assert_orderly(problem, grid, answer)
    else:
        assert answer.status != "infeasible" or solve_sides(problem).status == "infeasible"
        assert answer.why


def test_small_fractions_cost_nothing() -> None:
    problem = with_room(draw(4, Shape(names=40, factors=5, tracking_error=False)))
    grid = replace(grid_of(problem, 4, usd=80.0), step=np.full(40, 1e-4))
    answer = round_to_shares(problem, grid, start=solve_sides(problem))
    assert_orderly(problem, grid, answer)
    assert (answer.objective - answer.fraction_bound) <= 1e-4 * abs(answer.objective)


def test_a_least_trade_and_a_fee_make_fewer_trades() -> None:
    problem = with_room(draw(4, Shape(names=40, factors=5, tracking_error=False)))
    plain, least, dear = (
        round_to_shares(problem, grid_of(problem, 4, usd=20.0, least=usd, fee=fee))
        for usd, fee in ((0.0, 0.0), (2_000.0, 0.0), (0.0, 20.0))
    )
    trades = [int(np.count_nonzero(answer.counts)) for answer in (plain, least, dear)]
    assert trades[0] > trades[1] > 0
    assert trades[0] > trades[2]
    assert plain.objective < least.objective
    assert plain.objective < dear.objective
    assert least.bound > plain.bound
    assert least.gap < 0.05


def test_no_loss_is_sold_and_bought() -> None:
    """A count is one number: a name is bought or sold, never both, and losses count in full."""
    problem = with_room(with_losses(draw(6, Shape(names=40, factors=5)), 6, 30))
    grid = grid_of(problem, 6, usd=20.0)
    answer = round_to_shares(problem, grid)
    assert_orderly(problem, grid, answer)
    assert answer.gap < 0.02


def test_what_must_be_sold_is_sold() -> None:
    problem = with_room(draw(4, Shape(names=40, factors=5, groups=False, tracking_error=False)))
    upper = problem.upper.copy()
    upper[3] = problem.current[3] - 0.01
    problem = replace(problem, upper=upper)
    grid = grid_of(problem, 4, usd=20.0, least=500.0)
    answer = round_to_shares(problem, grid)
    assert_orderly(problem, grid, answer)
    assert answer.weights[3] <= upper[3]


def test_where_no_whole_share_fits_it_says_so() -> None:
    problem = with_room(draw(4, Shape(names=40, factors=5, groups=False, tracking_error=False)))
    lower, upper = problem.lower.copy(), problem.upper.copy()
    lower[3] = upper[3] = problem.current[3] + 0.001
    answer = round_to_shares(
        replace(problem, lower=lower, upper=upper), grid_of(problem, 4, usd=20_000.0)
    )
    assert answer.status == "infeasible"
    assert answer.why == (
        "nothing is traded: no whole number of steps brings name 3 within its bounds"
    )
    assert not answer.counts.any()


def test_limits_that_contradict_are_proven_to() -> None:
    problem = with_room(draw(4, Shape(names=40, factors=5)))
    tight = replace(problem, groups=(Group("all", tuple(range(39)), upper=0.2),))
    answer = round_to_shares(tight, grid_of(problem, 4, usd=20.0))
    assert answer.status == "infeasible"
    assert answer.why.startswith("nothing is traded: no weights")


def test_it_stops_when_told_with_the_best_so_far() -> None:
    problem = with_room(draw(4, Shape(names=40, factors=5, groups=False, tracking_error=False)))
    problem = replace(problem, upper=np.ones(40))
    grid = grid_of(problem, 4, usd=20.0, least=1_000.0)
    whole = round_to_shares(problem, grid)
    values = []
    for allowed in (1, 10, 30, 60):
        seen = list[int]()

        def tick(step: Progress, seen: list[int] = seen, allowed: int = allowed) -> bool:
            seen.append(step.iteration)
            return len(seen) < allowed

        answer = round_to_shares(problem, grid, tick=tick)
        assert len(seen) <= allowed
        assert seen == sorted(seen)
        assert_orderly(problem, grid, answer)
        values.append(answer.objective)
    assert values == sorted(values, reverse=True)
    assert whole.objective <= values[-1]
    assert values[0] <= objective(problem, problem.current)


@given(SEEDS)
def test_the_nearest_count_is_allowed(seed: int) -> None:
    random = np.random.default_rng(seed)
    problem = with_room(draw(seed, Shape(names=20, factors=2)))
    steps = lattice(problem, grid_of(problem, seed, usd=500.0, least=2_000.0))
    counts = nearest(steps, random.normal(0, 0.05, 20))
    reachable = (steps.highest >= steps.least) | (steps.lowest <= 0)
    assert is_allowed(steps, counts)[reachable & (steps.highest >= 0)].all()


def test_nonsense_is_refused() -> None:
    problem = with_room(draw(4, FEW))
    grid = grid_of(problem, 4, usd=20.0)
    for change, place in (
        ({"prices": np.array([1.0, 0.0, 1.0, 1.0])}, r"prices\[1\] = 0"),
        ({"step": np.ones(3)}, r"step: shape"),
        ({"nav_usd": 0.0}, "nav_usd"),
        ({"fee_usd": -1.0}, "fee_usd"),
        ({"trade_usd_min": float("nan")}, "trade_usd_min"),
        ({"cash": 4}, "cash = 4 is not among"),
        ({"cash": 0}, "cash has neither spread"),
    ):
        with pytest.raises(BadProblem, match=place):
            round_to_shares(problem, replace(grid, **change))
