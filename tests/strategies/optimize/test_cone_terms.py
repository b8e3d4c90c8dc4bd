"""Every term that only the cone solver takes, against a formula or a solver of another kind."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog, minimize, minimize_scalar

from strategies.optimize.cone import solve_cone
from strategies.optimize.cone.measure import added, broken, value_at_risk, worst_variance
from strategies.optimize.cone.terms import (
    Downside,
    Scenarios,
    Terms,
    UncertainCovariance,
    UncertainMeans,
    Utility,
    ValueAtRisk,
)
from strategies.optimize.measure import objective
from strategies.optimize.problem import Array, BadProblem, Problem
from tests.strategies.optimize.enriched import enrich

CLOSE = 1e-6
"""Of two objectives, relative: the cone solver's tolerance is 1e-8, the others' 1e-9 or so."""


def plain(names: int, *, seed: int = 0, **others: object) -> Problem:
    """No costs, nothing but a budget of one and weights within wide bounds."""
    random, nothing = np.random.default_rng(seed), np.zeros(names)
    problem = Problem(
        current=np.full(names, 1 / names),
        target=nothing,
        factors=random.normal(0, 0.15, (names, 2)),
        specific=random.uniform(0.01, 0.05, names),
        spread=nothing,
        impact=nothing,
        lower=np.full(names, -2.0),
        upper=np.full(names, 3.0),
        risk_aversion=0.0,
        variance_aversion=0.0,
    )
    return replace(problem, **others)  # type: ignore[arg-type]


def covariance(problem: Problem) -> Array:
    return problem.factors @ problem.factors.T + np.diag(problem.specific)


def test_mean_and_variance_have_a_closed_form() -> None:
    """Merton 1972: w = (Cov^-1 mu - b Cov^-1 1) / (2 aversion), b so that they sum to one."""
    reward = np.array([0.05, 0.07, 0.02, 0.04, 0.06])
    problem = plain(5, reward=reward, variance_aversion=3.0)
    inverse, ones = np.linalg.inv(covariance(problem)), np.ones(5)
    multiplier = (ones @ inverse @ reward - 2 * 3.0) / (ones @ inverse @ ones)
    best = inverse @ (reward - multiplier * ones) / (2 * 3.0)
    answer = solve_cone(problem)
    assert answer.status == "optimal"
    assert answer.weights == pytest.approx(best, abs=1e-6)
    assert answer.objective == pytest.approx(objective(problem, best), rel=CLOSE)
    assert answer.bound == pytest.approx(answer.objective, rel=CLOSE)


@pytest.mark.parametrize("exponent", [1.1, 1.5, 1.75, 2.0, 3.0])
def test_impact_of_any_exponent(exponent: float) -> None:
    """Two names: what one buys the other sells, so that one number is left to search."""
    problem = plain(
        2,
        target=np.array([0.9, 0.1]),
        impact=np.array([0.02, 0.05]),
        spread=np.array([0.001, 0.0005]),
        exponent=exponent,
        risk_aversion=1.0,
    )

    def value(x: float) -> float:
        return objective(problem, problem.current + np.array([x, -x]))

    best = minimize_scalar(value, bounds=(-1, 1), method="bounded", options={"xatol": 1e-12})
    answer = solve_cone(problem)
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(best.fun, rel=CLOSE)
    assert answer.weights[0] == pytest.approx(0.5 + best.x, abs=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_impact_of_any_exponent_where_everything_else_is_asked_too(seed: int) -> None:
    """The value is that of the formula, and no other solver's nearby point is below it."""
    problem = replace(enrich(seed, 12), exponent=[1.2, 1.35, 1.6, 2.0, 2.4, 3.0][seed])
    answer = solve_cone(problem)
    if not answer.is_usable:
        assert answer.status == "infeasible"
        return
    assert answer.objective == pytest.approx(objective(problem, answer.weights), rel=CLOSE)
    assert answer.gap <= CLOSE
    assert answer.violation <= 1e-7


def scenarios(seed: int = 1, count: int = 60, names: int = 4) -> Scenarios:
    random = np.random.default_rng(seed)
    returns = random.standard_t(4, (count, names)) * 0.03 + random.normal(0.004, 0.004, names)
    return Scenarios(np.clip(returns, -0.5, 0.5), random.dirichlet(np.ones(count)))


LONG = {"lower": np.zeros(4), "upper": np.ones(4)}


def least_cvar(told: Scenarios, level: float, rows: tuple[Array, float] | None = None) -> float:
    """The least CVaR of long weights that sum to one, as a linear program for HiGHS."""
    count, names = told.returns.shape
    price = np.concatenate([np.zeros(names), [1.0], told.likely / (1 - level)])
    above = np.hstack([-told.returns, -np.ones((count, 1)), -np.eye(count)])
    limits, right = above, np.zeros(count)
    if rows is not None:
        limits = np.vstack([limits, np.concatenate([rows[0], np.zeros(count + 1)])])
        right = np.append(right, rows[1])
    budget = np.concatenate([np.ones(names), np.zeros(count + 1)])[None]
    bounds = [(0, 1)] * names + [(None, None)] + [(0, None)] * count
    found = linprog(price, limits, right, budget, [1.0], bounds)
    assert found.success
    return float(found.fun)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
def test_cvar_is_that_of_the_linear_program(level: float) -> None:
    """Rockafellar and Uryasev 2000, eq. 17."""
    told = scenarios()
    terms = Terms(scenarios=told, cvar=ValueAtRisk(level=level, aversion=1.0))
    answer = solve_cone(plain(4, **LONG), terms)
    assert answer.objective == pytest.approx(least_cvar(told, level), rel=CLOSE)
    assert value_at_risk(told, level, answer.weights) == pytest.approx(answer.objective, rel=CLOSE)


def test_a_limit_on_cvar_binds_and_is_kept() -> None:
    told = scenarios()
    least = least_cvar(told, 0.95)
    means = told.likely @ told.returns
    problem = plain(4, reward=means, **LONG)
    free = solve_cone(problem, Terms(scenarios=told, downside=Downside(aversion=1e-6)))
    tight = Terms(scenarios=told, cvar=ValueAtRisk(limit=least * 1.05))
    answer = solve_cone(problem, tight)
    assert value_at_risk(told, 0.95, free.weights) > least * 1.06
    assert value_at_risk(told, 0.95, answer.weights) == pytest.approx(least * 1.05, rel=1e-5)
    assert broken(problem, tight, answer.weights) <= 1e-7
    assert least_cvar(told, 0.95, (-means, -float(means @ answer.weights))) == pytest.approx(
        least * 1.05, rel=1e-4
    )


def test_a_limit_on_cvar_below_the_least_is_infeasible() -> None:
    told = scenarios()
    limit = ValueAtRisk(limit=least_cvar(told, 0.95) * 0.9)
    assert solve_cone(plain(4, **LONG), Terms(scenarios=told, cvar=limit)).status == "infeasible"


def by_slsqp(problem: Problem, terms: Terms) -> float:
    """The best value that a general method finds from several starts."""
    values = []
    for start in np.random.default_rng(0).dirichlet(np.ones(problem.size), 4):
        found = minimize(
            lambda w: 1e3 * (objective(problem, w) + added(problem, terms, w)),
            start,
            method="SLSQP",
            bounds=list(zip(problem.lower, problem.upper, strict=True)),
            constraints=[{"type": "eq", "fun": lambda w: w.sum() - problem.budget}],
            options={"ftol": 1e-13, "maxiter": 500},
        )
        values.append(found.fun / 1e3)
    return float(min(values))


TOLD = scenarios(5)
ROOT = np.random.default_rng(9).normal(0, 0.05, (4, 3))
MEANS = np.array([0.05, 0.02, 0.06, 0.03])
SMOOTH = {
    "downside": Terms(scenarios=TOLD, downside=Downside(floor=0.002, aversion=1.0)),
    "log": Terms(scenarios=TOLD, utility=Utility("log")),
    "power": Terms(scenarios=TOLD, utility=Utility("power", weight=2.0, aversion=5.0)),
    "power below one": Terms(scenarios=TOLD, utility=Utility("power", aversion=0.5)),
    "exponential": Terms(scenarios=TOLD, utility=Utility("exponential", aversion=8.0)),
    "means": Terms(means=UncertainMeans(MEANS, ROOT, 0.8)),
    "covariance": Terms(covariance=UncertainCovariance(radius=0.1, specific=0.5)),
    "all": Terms(
        scenarios=TOLD,
        downside=Downside(aversion=0.2),
        utility=Utility("log", weight=0.5),
        means=UncertainMeans(MEANS, ROOT, 0.3),
        covariance=UncertainCovariance(radius=0.05),
    ),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_a_general_method_finds_nothing_better_and_the_same(name: str) -> None:
    aversions = {"variance_aversion": 1.5, "risk_aversion": 0.7}
    problem = plain(4, target=np.array([0.4, 0.3, 0.2, 0.1]), **aversions, **LONG)
    terms = SMOOTH[name]
    answer = solve_cone(problem, terms)
    assert answer.status == "optimal"
    measured = objective(problem, answer.weights) + added(problem, terms, answer.weights)
    assert answer.objective == pytest.approx(measured, rel=CLOSE)
    assert answer.objective == pytest.approx(by_slsqp(problem, terms), rel=1e-5)


def test_log_utility_of_a_coin_is_the_kelly_bet() -> None:
    """Kelly 1956: even odds won with chance p are worth betting 2p - 1 of the wealth."""
    coin = Scenarios(np.array([[1.0 - 1e-9, 0.0], [-1.0 + 1e-9, 0.0]]), np.array([0.6, 0.4]))
    problem = plain(2, lower=np.zeros(2), upper=np.ones(2))
    answer = solve_cone(problem, Terms(scenarios=coin, utility=Utility("log")))
    assert answer.weights == pytest.approx([0.2, 0.8], abs=1e-4)
    assert answer.objective == pytest.approx(-(0.6 * np.log(1.2) + 0.4 * np.log(0.8)), abs=1e-8)


def test_the_worst_mean_of_two_names_has_a_closed_form() -> None:
    """One certain, one doubted by kappa s: what is sure of it is m - kappa s, for a long weight."""
    problem = plain(2, lower=np.zeros(2), upper=np.ones(2), variance_aversion=2.0)
    problem = replace(problem, factors=np.zeros((2, 1)), specific=np.array([0.04, 0.0]))
    doubt = UncertainMeans(np.array([0.10, 0.03]), np.array([[0.05], [0.0]]), 0.6)
    best = (0.10 - 0.6 * 0.05 - 0.03) / (2 * 2.0 * 0.04)
    answer = solve_cone(problem, Terms(means=doubt))
    assert answer.weights == pytest.approx([best, 1 - best], abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_no_loadings_within_the_radius_are_worse_than_the_worst(seed: int) -> None:
    random = np.random.default_rng(seed)
    problem, d = plain(6, seed=seed), random.normal(0, 0.1, 6)
    worst = worst_variance(problem, UncertainCovariance(0.07), d)
    for _ in range(50):
        move = random.normal(0, 1, problem.factors.shape)
        moved = problem.factors + 0.07 * move / np.linalg.norm(move, 2)
        assert (moved.T @ d) @ (moved.T @ d) + d @ (problem.specific * d) <= worst + 1e-15
    along = problem.factors.T @ d
    exact = problem.factors + 0.07 * np.outer(d, along) / np.linalg.norm(d) / np.linalg.norm(along)
    assert (exact.T @ d) @ (exact.T @ d) + d @ (problem.specific * d) == pytest.approx(worst)


def test_a_limit_on_tracking_error_holds_under_doubt() -> None:
    target = np.array([0.7, 0.1, 0.1, 0.1])
    problem = plain(4, target=target, risk_aversion=1e-3, tracking_error=0.05, **LONG)
    problem = replace(problem, spread=np.full(4, 0.01))
    doubt = Terms(covariance=UncertainCovariance(radius=0.08))
    sure, doubted = solve_cone(problem), solve_cone(problem, doubt)
    assert broken(problem, doubt, sure.weights) > 0.005
    assert broken(problem, doubt, doubted.weights) <= 1e-7
    assert doubted.objective > sure.objective


FAULTS = [
    (Terms(cvar=ValueAtRisk(aversion=1.0)), "cvar: there are no scenarios"),
    (Terms(scenarios=Scenarios(np.zeros((3, 2)))), "scenarios.returns: shape"),
    (Terms(scenarios=Scenarios(np.zeros((0, 4)))), "scenarios.returns: shape"),
    (Terms(scenarios=Scenarios(np.full((3, 4), np.nan))), r"scenarios.returns\[0, 0\] = nan"),
    (Terms(scenarios=Scenarios(np.zeros((2, 4)), np.array([0.5, 0.6]))), "they sum to 1.1"),
    (Terms(scenarios=Scenarios(np.zeros((2, 4)), np.array([1.5, -0.5]))), r"chances\[1\] = -0.5"),
    (Terms(scenarios=Scenarios(np.zeros((2, 4)), np.ones(3))), "scenarios.chances: shape"),
    (Terms(scenarios=TOLD, cvar=ValueAtRisk(level=1.0, aversion=1.0)), "cvar.level = 1"),
    (Terms(scenarios=TOLD, cvar=ValueAtRisk()), "neither an aversion nor a limit"),
    (Terms(scenarios=TOLD, downside=Downside(aversion=-1.0)), "downside.aversion = -1"),
    (Terms(scenarios=TOLD, downside=Downside(limit=-0.1)), "no plan can keep it"),
    (Terms(scenarios=TOLD, utility=Utility("power", aversion=1.0)), "logarithmic"),
    (Terms(scenarios=TOLD, utility=Utility("log", weight=0.0)), "utility.weight = 0"),
    (Terms(scenarios=TOLD, utility=Utility("cubic")), "none of log, power, exponential"),  # type: ignore[arg-type]
    (
        Terms(scenarios=Scenarios(np.full((2, 4), -1.0)), utility=Utility("log")),
        r"scenarios.returns\[0, 0\] = -1 loses everything",
    ),
    (Terms(means=UncertainMeans(np.zeros(3), ROOT, 0.1)), "means.means: shape"),
    (Terms(means=UncertainMeans(MEANS, np.zeros(4), 0.1)), "means.root: shape"),
    (Terms(means=UncertainMeans(MEANS, ROOT, -0.1)), "means.kappa = -0.1"),
    (Terms(means=UncertainMeans(MEANS, ROOT, float("nan"))), "means.kappa = nan"),
    (Terms(covariance=UncertainCovariance(radius=-1.0)), "covariance.radius = -1"),
]


@pytest.mark.parametrize(("terms", "said"), FAULTS, ids=[said for _, said in FAULTS])
def test_what_makes_no_sense_is_named(terms: Terms, said: str) -> None:
    with pytest.raises(BadProblem, match=said):
        solve_cone(plain(4, **LONG), terms)
