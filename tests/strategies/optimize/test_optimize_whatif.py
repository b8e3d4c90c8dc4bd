"""What-if: every figure against a solve of its own, a formula, or the definition."""

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from strategies.optimize.kernel.solve import VIOLATION_MAX, solve
from strategies.optimize.measure import bill, objective, squared_tracking_error, variance, violation
from strategies.optimize.problem import (
    BadProblem,
    Exposure,
    Group,
    Lots,
    Problem,
)
from strategies.optimize.progress import Progress
from strategies.optimize.whatif.curve import Along, curve, factors, part
from strategies.optimize.whatif.limits import Limit, at_level, level_of, limits_of, loosened
from strategies.optimize.whatif.outcome import NoPlan, Outcome, answer_of, best, measured
from strategies.optimize.whatif.prices import Price, prices
from strategies.optimize.whatif.probe import Probe, probe
from strategies.optimize.whatif.scaled import Scale, is_settled, resized, roomy, scaled
from strategies.optimize.whatif.sensitivity import MULTIPLES, inputs, sensitivities, varied
from strategies.optimize.whatif.stress import (
    drifted,
    growth,
    in_step,
    is_cash,
    kept,
    scenarios,
    shocked,
    stressed,
)
from strategies.optimize.whatif.words import Money, Speech, price_words
from tests.strategies.optimize.problems import draw, rich, with_losses

EXACT = 1e-11
"""Gap to which the differences are solved."""
STEP = 1e-5
SEEDS = range(24)


def tight(seed: int) -> Problem:
    """A convex problem with some of everything, its limits a little inside what it would do."""
    random = np.random.default_rng(seed)
    problem = rich(seed)
    lots = tuple(Lots(e.name, e.weights, np.sort(np.abs(e.taxes))) for e in problem.lots)
    problem = replace(problem, lots=lots)
    free = solve(problem)
    if not free.is_usable:
        return problem
    w = free.weights
    upper, lower = problem.upper.copy(), problem.lower.copy()
    for name in random.choice(problem.size, 3, replace=False):
        upper[name] = max(w[name] - 0.003, lower[name])
    still = random.choice(problem.size, 2, replace=False)
    upper[still] = lower[still] = problem.current[still]
    volatility = float(np.sqrt(variance(problem, w)))
    return replace(
        problem,
        upper=upper,
        lower=lower,
        turnover=0.9 * float(np.abs(w - problem.current).sum()),
        tracking_error=0.97 * float(np.sqrt(squared_tracking_error(problem, w))),
        volatility=0.997 * volatility if seed % 2 else None,
    )


@cache
def solved() -> tuple[tuple[Problem, Outcome], ...]:
    """Those of them that have a plan."""
    found = []
    for seed in SEEDS:
        problem = tight(seed)
        answer = answer_of(problem, solve(problem, tolerance=EXACT))
        if isinstance(answer, Outcome):
            found.append((problem, answer))
    return tuple(found)


def worth(problem: Problem, answer: Outcome) -> float:
    found = answer_of(problem, solve(problem, start=answer.dual, tolerance=EXACT))
    return found.objective if isinstance(found, Outcome) else float("nan")


def small_step(price: Price) -> float:
    return STEP * price.unit / 0.01


def test_every_price_is_the_slope_of_the_objective() -> None:
    """Forward differences to 5 %; backward ones never cost less, since the objective is convex."""
    seen = Counter[str]()
    for problem, answer in solved():
        for price in prices(problem, answer):
            if price.limit.kind == "budget":
                continue
            step = small_step(price)
            looser = worth(loosened(problem, price.limit, step), answer)
            gained = (answer.objective - looser) / step
            assert gained == pytest.approx(price.rate, rel=0.05, abs=1e-5), price
            assert gained <= price.rate * (1 + 1e-3) + 1e-6, price
            seen[price.limit.kind] += 1
    assert seen.keys() >= {"name", "group", "turnover", "tracking_error", "volatility"}, seen
    assert min(seen[kind] for kind in ("name", "group", "turnover", "tracking_error")) >= 4, seen


def test_a_limit_without_a_price_gains_nothing() -> None:
    for problem, answer in solved()[:6]:
        priced = {price.limit for price in prices(problem, answer)}
        for limit in set(limits_of(problem)) - priced:
            looser = worth(loosened(problem, limit, STEP), answer)
            assert answer.objective - looser <= 1.1e-4 * STEP, limit  # under WORTH_MIN a unit


def test_the_budget_is_priced_by_a_name_that_makes_room() -> None:
    """A name without risk or cost that must hold c: let it hold less, and the rest places more."""
    for seed in range(6):
        plain = replace(draw(seed), tracking_error=None, turnover=None)
        wider = np.append(plain.current, 0.1)
        nothing = np.zeros(1)
        factors = np.vstack([plain.factors, np.zeros((1, plain.factors.shape[1]))])
        problem = replace(
            plain,
            current=wider,
            target=np.append(plain.target, 0.1),
            factors=factors,
            specific=np.append(plain.specific, 0.0),
            spread=np.append(plain.spread, 0.0),
            impact=np.append(plain.impact, 0.0),
            lower=np.append(plain.lower, 0.1 + nothing),
            upper=np.append(plain.upper, 0.1 + nothing),
        )
        answer = answer_of(problem, solve(problem, tolerance=EXACT))
        assert isinstance(answer, Outcome)
        less = at_level(problem, Limit("name", plain.size, is_lower=True), 0.1 - STEP)
        less = at_level(less, Limit("name", plain.size), 0.1 - STEP)
        rate = (answer.objective - worth(less, answer)) / STEP
        budget = [p.rate for p in prices(problem, answer) if p.limit.kind == "budget"]
        assert (budget or [0.0])[0] == pytest.approx(rate, rel=0.02, abs=1e-4)


def test_no_trade_and_no_buy_have_a_price_for_each_side() -> None:
    """Two names, the rest of the problem empty: slopes by hand.

    phi(x) = g x + |x| spread: only a pull above the spread is worth anything.
    """
    two = Problem(
        current=np.array([0.6, 0.4]),
        target=np.array([0.5, 0.5]),
        factors=np.zeros((2, 0)),
        specific=np.array([0.04, 0.04]),
        spread=np.array([0.001, 0.002]),
        impact=np.zeros(2),
        lower=np.array([0.6, 0.0]),
        upper=np.array([0.6, 1.0]),
        risk_aversion=2.5,
    )
    answer = best(two)
    assert isinstance(answer, Outcome)
    (found,) = [price for price in prices(two, answer) if price.limit.kind == "name"]
    assert found.limit == Limit("name", 0, is_lower=True)
    # selling name 0 and buying name 1: 2 x 2.5 x 0.04 x (0.1 + 0.1) - 0.001 - 0.002
    assert found.rate == pytest.approx(0.04 - 0.003, rel=1e-6)
    dear = replace(two, spread=np.array([0.03, 0.03]))
    answer = best(dear)
    assert isinstance(answer, Outcome)
    assert [price for price in prices(dear, answer) if price.limit.kind == "name"] == []


def test_an_equation_is_priced_on_the_side_that_it_pushes_against() -> None:
    base = replace(draw(1), tracking_error=None, turnover=None, groups=())
    free = best(base)
    assert isinstance(free, Outcome)
    members = (0, 1, 2)
    held = float(free.weights[list(members)].sum())
    for shift, is_lower in ((-0.01, False), (0.01, True)):
        problem = replace(base, groups=(Group("pair", members, held + shift, held + shift),))
        answer = answer_of(problem, solve(problem, tolerance=EXACT))
        assert isinstance(answer, Outcome)
        (price,) = [p for p in prices(problem, answer) if p.limit.kind == "group"]
        assert price.limit == Limit("group", 0, is_lower=is_lower)
        looser = worth(loosened(problem, price.limit, STEP), answer)
        assert (answer.objective - looser) / STEP == pytest.approx(price.rate, rel=0.02)


def test_solving_again_gains_at_most_the_price_and_costs_at_least_it() -> None:
    for problem, answer in solved()[:5]:
        for price in prices(problem, answer)[:5]:
            tested = probe(problem, answer, price)
            if price.limit.kind == "budget":
                assert (tested.gain, tested.loss) == (None, None)
                continue
            slack = 2e-6 * abs(answer.objective) + 1e-9
            assert tested.gain is not None
            assert -slack <= tested.gain <= price.gain + slack
            assert tested.loss is None or tested.loss >= price.gain - slack


def test_a_corner_is_told_apart() -> None:
    """Two limits on the same sum at the same level: alone, neither is worth anything."""
    base = replace(draw(1), tracking_error=None, turnover=None, groups=())
    free = best(base)
    assert isinstance(free, Outcome)
    members = (0, 1, 2)
    level = float(free.weights[list(members)].sum()) - 0.02
    row = np.zeros(base.size)
    row[list(members)] = 1.0
    problem = replace(
        base,
        groups=(Group("once", members, upper=level),),
        exposures=(Exposure("again", row, upper=level),),
    )
    answer = best(problem)
    assert isinstance(answer, Outcome)
    tested = [probe(problem, answer, p) for p in prices(problem, answer)]
    both = [each for each in tested if each.price.limit.kind in ("group", "exposure")]
    assert both
    for each in both:
        assert each.is_corner
        assert each.gain == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize("along", ["tax", "cost", "risk"])
@pytest.mark.parametrize("seed", range(4))
def test_what_counts_for_more_falls_and_the_rest_rises(seed: int, along: Along) -> None:
    """For exact minimisers; two gaps of 1e-6 over the step between the factors may be missing."""
    problem = with_losses(draw(seed), seed, 3)
    points = list(curve(problem, along, factors(9, along)))
    assert [point.factor for point in points] == sorted(point.factor for point in points)
    answers = [point.answer for point in points]
    plans = [answer for answer in answers if isinstance(answer, Outcome)]
    assert len(plans) == 9
    rows = [
        (point.factor, part(plan, along), plan.objective - part(plan, along))
        for point, plan in zip(points, plans, strict=True)
    ]
    for (low, part_low, rest_low), (high, part_high, rest_high) in pairwise(rows):
        sizes = (1e-4, abs(rest_low + low * part_low), abs(rest_high + high * part_high))
        slack = 2e-6 * max(sizes) / (high - low)
        assert part_high <= part_low + slack
        assert rest_high >= rest_low - slack * max(1.0, high)
    assert rows[0][1] > rows[-1][1]
    here = best(problem)
    assert isinstance(here, Outcome)
    at_one = next(p.answer for p in points if p.factor == 1)
    assert isinstance(at_one, Outcome)
    assert at_one.objective == pytest.approx(here.objective, rel=1e-5)


@pytest.mark.parametrize("points", [3, 4, 9, 20])
@pytest.mark.parametrize("along", ["tax", "risk"])
def test_the_factors_have_today_among_them(points: int, along: Along) -> None:
    found = factors(points, along)
    assert len(found) == points
    assert 1.0 in found
    assert list(found) == sorted(set(found))
    assert (found[0] == 0) == (along != "risk")


def test_the_scale_is_what_it_says() -> None:
    problem = draw(2)
    weights = 0.5 * (problem.current + problem.target)
    plain = bill(problem, weights)
    dear = bill(scaled(problem, cost=3.0, tax=2.0, risk=0.5), weights)
    assert dear.spread + dear.impact == pytest.approx(3 * (plain.spread + plain.impact))
    assert dear.tax == pytest.approx(2 * plain.tax)
    assert dear.risk == pytest.approx(0.5 * plain.risk)
    wild = resized(problem, Scale(volatility=2.0))
    assert variance(wild, weights) == pytest.approx(4 * variance(problem, weights))


def test_a_problem_with_nothing_to_choose_is_given_room() -> None:
    problem = draw(3)
    fixed = replace(problem, lower=problem.target, upper=problem.target)
    assert is_settled(fixed)
    assert not is_settled(problem)
    wide = roomy(fixed)
    assert (
        violation(replace(wide, groups=(), turnover=None, tracking_error=None), wide.current) == 0
    )
    assert np.array_equal(np.maximum(wide.current, wide.target), wide.upper)


# --- stress ---------------------------------------------------------------------------------


def test_prices_move_weights_gains_and_impact() -> None:
    """Against dollars: 100 of NAV, every number by hand."""
    problem = Problem(
        current=np.array([0.5, 0.3, 0.2]),
        target=np.array([0.4, 0.4, 0.2]),
        factors=np.array([[0.2], [0.1], [0.0]]),
        specific=np.array([0.04, 0.03, 1e-8]),
        spread=np.array([0.001, 0.001, 0.0]),
        impact=np.array([0.01, 0.02, 0.0]),
        lower=np.array([0.0, 0.3, 0.1]),
        upper=np.array([0.5, 0.9, 1.0]),
        risk_aversion=2.5,
        lots=(
            Lots(0, np.array([0.5]), np.array([0.05])),
            Lots(1, np.array([0.3]), np.array([0.0])),
        ),
    )
    hit = shocked(problem, np.array([-0.2, 0.1, 0.0]), tax_rate=0.25)
    dollars = np.array([40.0, 33.0, 20.0])
    assert hit.current == pytest.approx(dollars / 93)
    # bought at 40 of 50 (a fifth is gain, taxed at 25 %): now it is worth 40, and nothing is gain
    assert hit.lots[0].taxes[0] == pytest.approx(0.0)
    assert hit.lots[0].weights[0] == pytest.approx(40 / 93)
    assert hit.lots[1].taxes[0] == 0.0, "what is never taxed stays so"
    assert hit.upper[0] == hit.current[0], "who may not be bought may not be bought after it"
    assert hit.lower[1] == hit.current[1]
    assert hit.upper[1] == 0.9
    # impact in dollars of trading 1 dollar: kappa sqrt(1/NAV) 1, with ADV in dollars shrunk by 0.8
    ratio = hit.impact[0] * np.sqrt(1 / 93) / (problem.impact[0] * np.sqrt(1 / 100))
    assert ratio == pytest.approx(np.sqrt(1 / 0.8))
    assert growth(problem.current, np.array([-0.2, 0.1, 0.0])) == pytest.approx(0.93)
    back = shocked(hit, 1 / (1 + np.array([-0.2, 0.1, 0.0])) - 1, tax_rate=0.25)
    assert back.current == pytest.approx(problem.current)
    assert back.impact == pytest.approx(problem.impact)


@pytest.mark.parametrize("shock", [-1.0, -1.5, float("nan"), float("inf")])
def test_a_price_that_is_lost_is_refused(shock: float) -> None:
    problem = draw(0)
    shocks = np.zeros(problem.size)
    shocks[4] = shock
    with pytest.raises(BadProblem, match=r"shocks\[4\]"):
        shocked(problem, shocks, 0.2)


def test_names_in_step_keep_their_volatility_and_add_up() -> None:
    problem = draw(5)
    own = np.sqrt(np.einsum("ij,ij->i", problem.factors, problem.factors) + problem.specific)
    together = in_step(problem)
    risky = ~is_cash(problem)
    weights = np.where(risky, problem.current, 0.0)
    assert np.sqrt(variance(together, weights)) == pytest.approx(float(own @ weights))
    assert is_cash(problem).tolist() == [False] * (problem.size - 1) + [True]


@pytest.mark.parametrize("seed", range(3))
def test_every_scenario_has_a_plan_that_is_no_worse_than_today_s_kept(seed: int) -> None:
    problem = replace(draw(seed), tracking_error=None)
    plan = best(problem)
    assert isinstance(plan, Outcome)
    names = [scenario.name for scenario in scenarios(problem)]
    assert names[:3] == ["prices-10", "prices-20", "prices+10"]
    assert {"costs-double", "taxes-up", "volatility-double", "correlation-one"} <= set(names)
    assert f"{problem.groups[0].name}-20" in names
    for scenario in scenarios(problem):
        other = stressed(problem, scenario, 0.2)
        anew, before = best(other), kept(problem, plan, scenario)
        if scenario.shocks is None:
            assert isinstance(anew, Outcome)
            assert anew.objective <= before.objective * (1 + 1e-5) + 1e-9
            assert before.bill.total == pytest.approx(objective(other, plan.weights))
        else:
            assert before.cost == plan.cost
            assert before.weights.sum() == pytest.approx(problem.budget)
            assert before.weights == pytest.approx(drifted(plan.weights, scenario.shocks))


# --- sensitivity ----------------------------------------------------------------------------


def test_sensitivities_are_differences_and_regret_is_never_below_zero() -> None:
    problem = draw(1)
    plan = best(problem)
    assert isinstance(plan, Outcome)
    found = list(sensitivities(problem, plan))
    assert len(found) == len(MULTIPLES) * len(inputs(problem))
    for each in found:
        if each.why:
            continue
        other = varied(problem, each.name, each.multiple)
        anew = best(other)
        assert isinstance(anew, Outcome)
        close = pytest.approx(
            anew.objective - plan.objective, abs=1e-6 * abs(anew.objective) + 1e-9
        )
        assert each.change == close
        keeps = violation(other, plan.weights) <= VIOLATION_MAX
        assert (each.regret is None) == (not keeps)
        assert each.regret is None or each.regret >= 0
    by_name = {each.name for each in found}
    assert {"spread", "impact", "tax", "risk aversion", "market volatility"} <= by_name
    assert {"turnover limit", "tracking error limit"} <= by_name


def test_what_is_not_there_is_not_varied() -> None:
    bare = replace(draw(1), spread=np.zeros(30), impact=np.zeros(30), lots=(), turnover=None)
    assert inputs(bare) == ("risk aversion", "market volatility", "tracking error limit")


# --- the rest -------------------------------------------------------------------------------


def test_where_there_is_no_plan_it_says_why() -> None:
    problem = draw(0)
    none = replace(problem, turnover=0.0, groups=(Group("all", (0, 1), lower=0.9),))
    answer = best(none)
    assert isinstance(answer, NoPlan)
    assert "group all" in answer.why


def test_the_search_can_be_stopped() -> None:
    asked = list[Progress]()

    def stop(progress: Progress) -> bool:
        asked.append(progress)
        return False

    best(with_losses(draw(2), 2, 6), tick=stop)
    assert asked


def test_limits_are_found_and_moved() -> None:
    problem = replace(draw(0), exposures=(Exposure("beta", np.ones(30), 0.5, 1.5),))
    for limit in limits_of(problem):
        looser = loosened(problem, limit, 0.01)
        shift = level_of(looser, limit) - level_of(problem, limit)
        assert shift == pytest.approx(-0.01 if limit.is_lower else 0.01)
    assert level_of(replace(problem, gross=None), Limit("gross")) == float("inf")


WORDS = """\
turnover             turnover <= 18.00 %: a point more would gain 0.50 bps (500 USD); as much less would cost 0.70 bps (700 USD)
tracking_error       tracking error <= 3.00 %: a tenth of a point more would gain 0.50 bps (500 USD); as much less would cost 0.70 bps (700 USD)
group                Tech <= 36.00 %: a point more would gain 0.50 bps (500 USD); as much less would cost 0.70 bps (700 USD)
group lower          Tech >= 10.00 %: a point less would gain 0.50 bps (500 USD); as much more would cost 0.70 bps (700 USD)
name 0               A may not be traded: buying a point of it would gain 0.50 bps (500 USD)
name 0 lower         A may not be traded: selling a point of it would gain 0.50 bps (500 USD)
name 1               B may not be bought: buying a point of it would gain 0.50 bps (500 USD)
name 2 lower         C may not be short: a point less would gain 0.50 bps (500 USD); as much more would cost 0.70 bps (700 USD)
name 2               C <= 40.00 %: a point more would gain 0.50 bps (500 USD); as much less would cost 0.70 bps (700 USD)
budget               the budget of 100.00 %: a point more to place would save 0.50 bps (500 USD)
"""  # noqa: E501 - one case a line


@pytest.mark.parametrize("line", WORDS.splitlines(), ids=lambda line: line[:20].strip())
def test_a_price_in_plain_words(line: str) -> None:
    problem = Problem(
        current=np.array([0.3, 0.3, 0.4]),
        target=np.array([0.3, 0.3, 0.4]),
        factors=np.zeros((3, 0)),
        specific=np.ones(3),
        spread=np.zeros(3),
        impact=np.zeros(3),
        lower=np.array([0.3, 0.0, 0.0]),
        upper=np.array([0.3, 0.3, 0.4000000001]),
        risk_aversion=1.0,
        groups=(Group("Tech", (0, 1), 0.1, 0.36),),
        turnover=0.18,
        tracking_error=0.03,
    )
    subject, said = line[:21].split(), line[21:]
    places = [int(word) for word in subject if word.isdigit()]
    kind = subject[0]
    place = places[0] if places else (0 if kind == "group" else -1)
    limit = Limit(kind, place, is_lower="lower" in subject)  # type: ignore[arg-type]
    unit = 1e-3 if kind == "tracking_error" else 1e-2
    price = Price(limit, level_of(problem, limit), 5e-5 / unit, unit)
    gain, loss = (None, None) if kind == "budget" else (5e-5, 7e-5)
    speech = Speech(("A", "B", "C"), Money(1e7, "USD"))
    assert price_words(problem, Probe(price, gain, loss), speech) == said


def test_measured_is_what_the_house_measures() -> None:
    problem, weights = draw(4), draw(4).target
    found = measured(problem, weights)
    assert found.objective == objective(problem, weights)
    assert found.tracking_error == 0.0
    assert found.turnover == pytest.approx(float(np.abs(weights - problem.current).sum()))
