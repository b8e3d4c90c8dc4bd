"""Short and long gains netted: the law by hand, the best plan by a search of all regions."""

from dataclasses import replace
from itertools import product

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.optimize.kernel.solve import VIOLATION_MAX, solve
from strategies.optimize.measure import objective, violation
from strategies.optimize.netting.gains import Gains, gain_table, lots_at, reach_of, sold_at
from strategies.optimize.netting.law import Netting, Region, corners, due, regions
from strategies.optimize.netting.solve import Netted, solve_netted
from strategies.optimize.problem import Array, BadProblem, Problem
from strategies.optimize.progress import Progress
from tests.strategies.optimize.problems import Shape, draw

NAV = 1_000_000.0
LAW = Netting(0.37, 0.20, 0.37, 3_000 / NAV)
"""A top bracket of 2024 without the surtax, and a million dollars."""

# S and L in thousands of dollars, tax in dollars. Lines of Schedule D (Form 1040): 7 is S, 15 is L,
# 16 their sum, 21 the loss that is allowed (at most 3,000); IRS Publication 550, chapter 4.
BY_HAND = """
 short  long   tax     the law in words
   0.0    0.0      0   nothing was sold
  10.0    0.0   3700   short gains are income
   0.0   10.0   2000   long gains have a rate of their own
  10.0   10.0   5700   both kinds of gain, each at its rate
  10.0   -4.0   2220   the long loss offsets short gains: 6,000 left at 37 %
  -4.0   10.0   1200   the short loss offsets long gains: 6,000 left at 20 %
  10.0  -10.0      0   they cancel
  10.0  -12.0   -740   2,000 of loss, deducted from income
  10.0  -15.0  -1110   5,000 of loss: 3,000 deducted, 2,000 carried over
  -3.0    0.0  -1110   just the limit
  -1.0   -2.0  -1110   just the limit, of both kinds
 -20.0    5.0  -1110   15,000 of loss: 3,000 deducted, 12,000 carried over
"""


@pytest.mark.parametrize("line", BY_HAND.strip().splitlines()[1:])
def test_the_law_by_hand(line: str) -> None:
    short, long, tax = (float(word) for word in line.split()[:3])
    assert NAV * due(LAW, 1e3 * short / NAV, 1e3 * long / NAV) == pytest.approx(tax, abs=1e-6)


def test_what_is_carried_over_has_a_worth() -> None:
    """2,000 of 5,000 are carried over, worth 10 cents on the dollar today."""
    netting = replace(LAW, loss_worth=0.10)
    assert NAV * due(netting, 0.010, -0.015) == pytest.approx(-1110 - 200)


RATES = st.floats(0, 0.6)
AMOUNTS = st.floats(-0.1, 0.1)
NETTINGS = st.builds(Netting, RATES, RATES, RATES, st.floats(0, 0.05), RATES)


@given(NETTINGS, AMOUNTS, AMOUNTS)
def test_the_regions_say_what_the_law_says(netting: Netting, short: float, long: float) -> None:
    point = np.array([short, long])
    inside = [each for each in regions(netting) if excess(each, point) <= 0]
    assert inside, "the regions are the whole plane"
    for region in inside:
        assert float(region.tax(point)) == pytest.approx(due(netting, short, long), abs=1e-15)


def excess(region: Region, point: Array) -> float:
    """By how much ``point`` breaks the sides of ``region``."""
    return max(p * point[0] + q * point[1] - most for p, q, most in region.sides)


@given(NETTINGS, AMOUNTS, AMOUNTS, st.floats(0, 0.01), st.floats(0, 0.01))
def test_more_gain_is_never_less_tax_and_never_jumps(
    netting: Netting, short: float, long: float, more_short: float, more_long: float
) -> None:
    dearest = max(netting.short_rate, netting.long_rate, netting.ordinary_rate, netting.loss_worth)
    rise = due(netting, short + more_short, long + more_long) - due(netting, short, long)
    assert -1e-15 <= rise <= dearest * (more_short + more_long) + 1e-15


@given(NETTINGS, AMOUNTS, AMOUNTS, st.floats(0, 0.1), st.floats(0, 0.1))
def test_corners_are_those_of_the_region_within_the_box(
    netting: Netting, short: float, long: float, wide: float, high: float
) -> None:
    """They lie in it, and no point of a grid in it has a lesser linear value than the corners."""
    low, top = np.array([short, long]), np.array([short + wide, long + high])
    grid = np.stack(np.meshgrid(*np.linspace(low, top, 9).T), axis=-1).reshape(-1, 2)
    for region in regions(netting):
        points = corners(region, low, top)
        assert all(excess(region, each) <= 1e-15 for each in points)
        assert ((points >= low - 1e-15) & (points <= top + 1e-15)).all()
        inside = grid[[excess(region, each) <= 0 for each in grid]]
        for direction in np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [1, 1], [-1, 0.5]]):
            if inside.size:
                assert (points @ direction).min() <= (inside @ direction).min() + 1e-15


def small(seed: int, *, names: int = 3, lots: int = 2) -> tuple[Problem, tuple[Gains, ...]]:
    """A few names, all held, each with lots of gains and losses, long and short."""
    random = np.random.default_rng(seed)
    shape = Shape(names=names, groups=False, turnover=False, tracking_error=False, cash=False)
    problem = replace(
        draw(seed, shape), lots=(), upper=np.ones(names), risk_aversion=float(random.choice([2, 9]))
    )
    gains = tuple(
        Gains(
            i,
            problem.current[i] * random.dirichlet(np.ones(lots)),
            random.normal(0.05, 0.2, lots),
            random.random(lots) < 0.5,
        )
        for i in range(names)
    )
    return problem, gains


def by_regions(problem: Problem, gains: tuple[Gains, ...], netting: Netting) -> float:
    """The least objective, by a cone solver for every region and every choice of sides."""
    table, n = gain_table(problem, gains), problem.size
    start = np.array([netting.net_short, netting.net_long])
    before = due(netting, *start.tolist())
    best = float("inf")
    for region, sells in product(regions(netting), product((False, True), repeat=n)):
        bought, sold = cp.Variable(n, nonneg=True), cp.Variable(table.names.size, nonneg=True)
        by_name = np.array([table.names == i for i in range(n)], dtype=float) @ sold
        active = problem.current + bought - by_name - problem.target
        size = bought + by_name
        net = [
            start[kind] + (table.gains * (table.short == is_short)) @ sold
            for kind, is_short in enumerate((True, False))
        ]
        tax = region.short * net[0] + region.long * net[1] + region.fixed - before
        risk = cp.sum_squares(problem.factors.T @ active) + problem.specific @ cp.square(active)
        cost = problem.spread @ size + problem.impact @ cp.power(size, 1.5)
        limits = [
            cp.sum(bought) == cp.sum(by_name),
            problem.current + bought - by_name >= problem.lower,
            problem.current + bought - by_name <= problem.upper,
            sold <= table.widths,
            bought[[i for i in range(n) if sells[i]]] == 0,
            by_name[[i for i in range(n) if not sells[i]]] == 0,
            *(p * net[0] + q * net[1] <= most for p, q, most in region.sides),
        ]
        if problem.turnover is not None:
            limits.append(cp.sum(size) <= problem.turnover)
        program = cp.Problem(cp.Minimize(1e3 * (problem.risk_aversion * risk + cost + tax)), limits)
        program.solve(solver=cp.CLARABEL)
        if program.status in ("optimal", "optimal_inaccurate"):
            best = min(best, float(program.value) / 1e3)
    return best


ACCOUNTS = (
    replace(LAW, loss_limit=0.01, loss_worth=0.05),
    replace(LAW, loss_limit=0.002, net_short=0.01, net_long=-0.004, loss_worth=0.10),
    replace(LAW, ordinary_rate=0.24, net_short=-0.02, net_long=0.015),
    Netting(0.408, 0.238, 0.24, 0.003, 0.08, net_short=0.03, net_long=0.02),
)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_better_in_any_region(seed: int) -> None:
    """The oracle knows nothing of rates or cuts: a cone problem for each region and side."""
    problem, gains = small(seed)
    if seed % 2:
        problem = replace(problem, turnover=0.2)
    netting = ACCOUNTS[seed % len(ACCOUNTS)]
    answer = solve_netted(problem, gains, netting)
    best = by_regions(problem, gains, netting)
    assert answer.solution.status == "optimal"
    assert answer.solution.objective == pytest.approx(best, abs=2e-8)
    assert answer.solution.bound <= best + 2e-8


@pytest.mark.parametrize("seed", range(6))
def test_lots_in_an_order_of_the_brokers_against_a_grid(seed: int) -> None:
    """Two names, so that one sale is the other's purchase: every trade of a fine grid."""
    problem, free = small(seed, names=2, lots=3)
    gains = tuple(replace(each, in_order=True) for each in free)
    netting = ACCOUNTS[seed % len(ACCOUNTS)]
    answer = solve_netted(problem, gains, netting)
    table, best = gain_table(problem, gains), float("inf")
    for weight in np.linspace(0.0, problem.budget, 4001):
        weights = np.array([weight, problem.budget - weight])
        lots = sold_at(table, np.maximum(problem.current - weights, 0.0), np.zeros(2))
        sold = [lots[(table.names == each.name) & table.given] for each in gains]
        best = min(best, true_value(problem, gains, netting, weights, sold))
    assert answer.solution.bound <= best + 1e-12
    assert answer.solution.objective <= best + 1e-9
    check_answer(problem, gains, netting, answer)


def true_value(
    problem: Problem, gains: tuple[Gains, ...], netting: Netting, weights: Array, sold: list[Array]
) -> float:
    """The objective by the definitions, from the lots that were sold."""
    pairs = list(zip(gains, sold, strict=True))
    short = sum(float((each.gain_per_dollar * s)[each.is_short].sum()) for each, s in pairs)
    long = sum(float((each.gain_per_dollar * s)[~each.is_short].sum()) for each, s in pairs)
    after = due(netting, netting.net_short + short, netting.net_long + long)
    return objective(problem, weights) + after - due(netting, netting.net_short, netting.net_long)


def check_answer(
    problem: Problem, gains: tuple[Gains, ...], netting: Netting, answer: Netted
) -> None:
    """The lots add up to the sales, and to the objective that is claimed; no limit is broken."""
    weights = answer.solution.weights
    assert violation(problem, weights) <= VIOLATION_MAX
    for each, sold in zip(gains, answer.sold, strict=True):
        sale = max(0.0, float(problem.current[each.name] - weights[each.name]))
        assert float(sold.sum()) == pytest.approx(sale, abs=1e-12)
        assert ((sold >= 0) & (sold <= each.weights + 1e-15)).all()
    value = true_value(problem, gains, netting, weights, list(answer.sold))
    assert answer.solution.objective == pytest.approx(value, abs=1e-13)
    assert answer.solution.bound <= value + 1e-11


def many(seed: int) -> tuple[Problem, tuple[Gains, ...], Netting]:
    """Up to 60 names with all kinds of limits, and a year that has realised this or that."""
    random = np.random.default_rng(seed + 500)
    problem = replace(draw(seed, Shape(names=int(random.integers(5, 60)))), lots=())
    gains = tuple(
        Gains(
            i,
            problem.current[i] * random.dirichlet(np.ones(4)),
            np.minimum(random.normal(random.choice([-0.1, 0.0, 0.1]), 0.2, 4), 0.95),
            random.random(4) < 0.5,
        )
        for i in range(problem.size - 1)
    )
    so_far = random.normal(0, 0.01, 2) * random.choice([0, 1, 3], 2)
    limit, worth = float(random.choice([0, 0.002, 0.02])), float(random.choice([0, 0.05, 0.15]))
    rates = (0.408, float(random.choice([0.15, 0.238])), float(random.choice([0.24, 0.37])))
    return problem, gains, Netting(*rates, limit, worth, *so_far.tolist())


@pytest.mark.parametrize("seed", range(12))
def test_every_answer_adds_up_and_is_proven(seed: int) -> None:
    problem, gains, netting = many(seed)
    answer = solve_netted(problem, gains, netting)
    assert answer.solution.status in ("optimal", "infeasible")
    if answer.solution.is_usable:
        check_answer(problem, gains, netting, answer)
        assert answer.solution.gap <= 1e-6
        assert answer.is_exact == ("constant rates are exact" in answer.words)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 7),
    toward=st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
    rates=st.tuples(RATES, RATES),
)
def test_no_plan_lies_below_the_bound(
    seed: int, toward: list[float], rates: tuple[float, float]
) -> None:
    """Any weights, and any lots that make up the sales."""
    problem, gains = small(seed)
    netting = ACCOUNTS[seed % len(ACCOUNTS)]
    answer = solve_netted(problem, gains, netting)
    weights = problem.budget * np.array(toward) / sum(toward)
    table = gain_table(problem, gains)
    lots = sold_at(table, np.maximum(problem.current - weights, 0.0), np.array(rates))
    sold = [lots[(table.names == each.name) & table.given] for each in gains]
    value = true_value(problem, gains, netting, weights, sold)
    assert answer.solution.bound <= value + 1e-12


def test_deep_inside_a_region_one_solve_is_enough_and_says_so() -> None:
    """Far more gains so far than all losses together: every dollar pays the rate of its kind."""
    problem, gains = small(3)
    netting = replace(LAW, net_short=2.0, net_long=2.0)
    answer = solve_netted(problem, gains, netting)
    assert (answer.solves, answer.is_exact, answer.rates) == (1, True, (0.37, 0.20))
    assert "constant rates are exact" in answer.words
    assert "37.00 % on short and 20.00 % on long" in answer.words
    table = gain_table(problem, gains)
    plain = replace(problem, lots=lots_at(table, np.array([0.37, 0.20])))
    assert answer.solution.objective == pytest.approx(objective(plain, answer.solution.weights))


def two(gain: float, **changes: object) -> tuple[Problem, tuple[Gains, ...]]:
    """Name 0 is wholly held with one short lot, the target is half of each of two names."""
    problem = Problem(
        current=np.array([1.0, 0.0]),
        target=np.array([0.5, 0.5]),
        factors=np.zeros((2, 0)),
        specific=np.array([0.04, 0.04]),
        spread=np.full(2, 1e-4),
        impact=np.zeros(2),
        lower=np.zeros(2),
        upper=np.ones(2),
        risk_aversion=1.0,
    )
    lots = (Gains(0, np.array([1.0]), np.array([gain]), np.array([True])),)
    return replace(problem, **changes), lots  # type: ignore[arg-type]


def test_a_plan_that_stands_at_the_limit() -> None:
    """A loss saves 37 cents up to the limit and nothing beyond: 4 % is sold, not a hair more.

    Selling x loses 0.1 x, which saves 0.037 a dollar up to the limit of 0.004. The target is to
    sell 0.01: beyond that risk and spread pull back with 0.16 (x - 0.01) + 0.0002.
    """
    problem, gains = two(-0.1, target=np.array([0.99, 0.01]))
    answer = solve_netted(problem, gains, replace(LAW, loss_limit=0.004))
    assert answer.solution.status == "optimal"
    assert answer.solution.weights[0] == pytest.approx(0.96, abs=1e-7)
    assert not answer.is_exact
    assert '"a loss that is deducted"' in answer.words
    assert '"a loss that is carried over"' in answer.words
    pull = 0.16 * (0.04 - 0.01) + 2e-4
    assert answer.rates[0] == pytest.approx(pull / 0.1, abs=1e-3), "balances the pull of risk"


def test_a_short_gain_is_offset_by_a_carryover_before_it_pays() -> None:
    """10 sold gains 1; with a loss of 1 from earlier years nothing is due for it."""
    problem, gains = two(0.1)
    free = solve_netted(problem, gains, replace(LAW, loss_limit=0.0, net_long=-1.0))
    dear = solve_netted(problem, gains, replace(LAW, loss_limit=0.0))
    assert free.tax == pytest.approx(0.0, abs=1e-15)
    assert free.is_exact
    assert free.rates == (0.0, 0.0)
    assert free.solution.weights[0] == pytest.approx(0.5 + 2e-4 / 0.16, abs=1e-6)
    assert dear.solution.weights[0] == pytest.approx(0.5 + (2e-4 + 0.037) / 0.16, abs=1e-6)


def test_lots_of_either_kind_are_taken_as_the_rates_say() -> None:
    """A short loss of 5 % or a long one of 6 %: which is cheaper depends on the rates."""
    problem, _ = two(0.0)
    both = Gains(0, np.array([0.5, 0.5]), np.array([0.05, 0.08]), np.array([True, False]))
    table, sold = gain_table(problem, (both,)), np.array([0.5, 0.0])
    assert sold_at(table, sold, np.array([0.37, 0.20])).tolist() == [0.0, 0.5, 0.0]
    assert sold_at(table, sold, np.array([0.20, 0.20])).tolist() == [0.5, 0.0, 0.0]
    fixed = gain_table(problem, (replace(both, in_order=True),))
    assert sold_at(fixed, sold, np.array([0.37, 0.20])).tolist() == [0.5, 0.0, 0.0]


def test_what_is_sold_beyond_the_lots_gains_as_the_best_of_them() -> None:
    problem, _ = two(0.0)
    half = Gains(0, np.array([0.25, 0.25]), np.array([0.05, 0.08]), np.array([True, False]))
    table = gain_table(problem, (half,))
    lots = sold_at(table, np.array([1.0, 0.0]), np.array([0.37, 0.20]))
    assert table.realised(lots).tolist() == pytest.approx([0.25 * 0.05, 0.75 * 0.08])


def test_reach_is_what_the_best_lots_of_a_kind_make() -> None:
    problem, _ = two(0.0, lower=np.array([0.5, 0.0]))
    lots = Gains(
        0, np.array([0.4, 0.4, 0.2]), np.array([-0.1, -0.2, 0.3]), np.array([True, True, False])
    )
    low, high = reach_of(problem, gain_table(problem, (lots,)))
    assert low.tolist() == pytest.approx([-0.4 * 0.2 - 0.1 * 0.1, 0.0])
    assert high.tolist() == pytest.approx([0.0, 0.2 * 0.3])


def test_no_lots_at_all_is_the_plain_problem() -> None:
    problem = replace(draw(3), lots=())
    answer, plain = solve_netted(problem, (), LAW), solve(problem)
    assert answer.solution.objective == pytest.approx(plain.objective, abs=1e-10)
    assert (answer.tax, answer.is_exact) == (0.0, True)


def test_a_contradiction_is_proven_as_ever() -> None:
    problem, gains = two(0.1, upper=np.array([0.4, 0.4]))
    answer = solve_netted(problem, gains, LAW)
    assert answer.solution.status == "infeasible"
    assert "budget" in answer.solution.why


def test_a_listener_may_end_it_with_the_best_so_far() -> None:
    problem, gains = two(-0.1, target=np.array([0.99, 0.01]))
    netting, seen = replace(LAW, loss_limit=0.004), list[Progress]()

    def tick(progress: Progress) -> bool:
        seen.append(progress)
        return progress.weights is None

    answer = solve_netted(problem, gains, netting, tick=tick)
    full = solve_netted(problem, gains, netting)
    assert answer.solves < full.solves
    assert answer.solution.status == "feasible"
    assert not answer.is_exact
    assert "not proven" in answer.words
    check_answer(problem, gains, netting, answer)
    assert answer.solution.bound <= full.solution.objective <= answer.solution.objective
    assert seen[-1].stage == "netting"
    assert seen[-1].objective >= full.solution.objective


WRONG = {
    "two entries": lambda lots: (lots, lots),
    "name 7 is not among": lambda lots: (replace(lots, name=7),),
    "a weight is negative": lambda lots: (replace(lots, weights=-lots.weights),),
    "a lot is not finite": lambda lots: (replace(lots, gain_per_dollar=np.array([np.nan])),),
    "one row of each": lambda lots: (replace(lots, is_short=np.array([True, False])),),
}


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_lots_are_named(fault: str) -> None:
    problem, (lots,) = two(0.1)
    with pytest.raises(BadProblem, match=fault):
        solve_netted(problem, WRONG[fault](lots), LAW)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"short_rate": -0.2}, "short_rate = -0.2"),
        ({"loss_worth": -0.1}, "loss_worth = -0.1"),
        ({"loss_limit": float("inf")}, "loss_limit = inf"),
        ({"net_long": float("nan")}, "net_long = nan"),
    ],
)
def test_wrong_rates_are_named(changes: dict[str, float], fault: str) -> None:
    problem, gains = two(0.1)
    with pytest.raises(BadProblem, match=fault):
        solve_netted(problem, gains, replace(LAW, **changes))


def test_lots_with_a_tax_of_their_own_are_refused() -> None:
    with pytest.raises(BadProblem, match="no tax of its own"):
        solve_netted(draw(1), (), LAW)
