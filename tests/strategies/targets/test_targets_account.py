"""Strategies asked about an account: from its prices and the recipe to targets and plans."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from brokers.words import Symbol
from strategies.plan import Hold, Rebalance, make_plan
from strategies.policy import GroupLimit, Optimizer, Policy
from strategies.policy.own_code import OwnCode
from strategies.policy.target import Dated, Estimator, MeanSource, Recipe, Target, View, Waypoint
from strategies.risk.covariance import estimate
from strategies.risk.model import times, variance, volatility
from strategies.snapshot import Snapshot
from strategies.targets import cash_target, weights
from strategies.targets.account import chosen_by
from strategies.targets.account.table import STRATEGIES
from strategies.targets.refusal import NoTarget
from tests.strategies.strategy_accounts import SESSION, account, history

D = Decimal
NAMES = tuple(Symbol(name) for name in ("CALM", "WILD", "MID", "LATE", "BOND"))
SIGMA = np.array([0.007, 0.022, 0.012, 0.014, 0.003])
INVESTED = D("0.99")
BEFORE = SESSION - timedelta(days=30)


def prices(seed: int = 5, days: int = 300) -> np.ndarray:
    """Daily returns (days, 5) with a common movement."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 1, (days, 1))
    return SIGMA * (0.6 * common + 0.8 * rng.normal(0, 1, (days, 5))) + 0.0003


def case(strategy: str, recipe: Recipe | None = None) -> tuple[Snapshot, Policy]:
    """An account that holds and wants a fifth of each name, and asks ``strategy``."""
    line = " ".join(f"{name} 100@10 20%" for name in NAMES)
    snapshot, policy = account(line, cash="50")
    wanted = Target(strategy, policy.target.weights, recipe or Recipe())
    return (
        replace(snapshot, history=history(prices(), NAMES)),
        replace(policy, target=wanted),
    )


def dated(values: Mapping[str, str], day: date = BEFORE) -> Dated:
    """Numbers as a file says them."""
    return Dated(tuple((Symbol(name), D(value)) for name, value in values.items()), day, "it.csv")


CAPS = dated({"CALM": "100", "WILD": "50", "MID": "200", "LATE": "50", "BOND": "600"})
MEANS = dated({"CALM": "0.06", "WILD": "0.14", "MID": "0.08", "LATE": "0.09", "BOND": "0.03"})
VIEW = View(((NAMES[0], D(1)), (NAMES[1], D(-1))), D("0.02"), D("0.6"))
GLIDE = (
    Waypoint(date(2026, 1, 1), ((NAMES[0], D(1)),)),
    Waypoint(date(2027, 1, 1), ((NAMES[4], D(1)),)),
)

RECIPES = {
    "cap-weight": Recipe(caps=CAPS),
    "minimum-variance": Recipe(),
    "maximum-sharpe": Recipe(means=MeanSource.FILE, expected=MEANS, risk_free=D("0.02")),
    "efficient-return": Recipe(means=MeanSource.FILE, expected=MEANS, expected_return=D("0.08")),
    "efficient-volatility": Recipe(means=MeanSource.FILE, expected=MEANS, volatility=D("0.10")),
    "mean-variance": Recipe(means=MeanSource.HISTORICAL, risk_aversion=D(4)),
    "risk-parity": Recipe(),
    "hierarchical-risk-parity": Recipe(),
    "maximum-diversification": Recipe(),
    "minimum-cvar": Recipe(),
    "index-tracking": Recipe(benchmark=dated(dict.fromkeys(NAMES, "0.2")), names_max=3),
    "black-litterman": Recipe(means=MeanSource.VIEWS, caps=CAPS, views=(VIEW,), views_day=BEFORE),
    "tactical-tilt": Recipe(defensive=((NAMES[4], D(1)),), tilt_min=D("0.3")),
    "glide-path": Recipe(waypoints=GLIDE),
    "volatility-target": Recipe(volatility=D("0.06")),
}


def test_every_strategy_of_the_table_is_tried_here() -> None:
    assert set(RECIPES) == set(STRATEGIES)


def test_the_readme_counts_the_strategies() -> None:
    numbers = {17: "Seventeen", 18: "Eighteen", 19: "Nineteen", 20: "Twenty"}
    count = len(RECIPES) + len(("fixed", "equal"))
    readme = Path(__file__).parents[3] / "README.md"
    assert f"{numbers[count]} strategies" in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("strategy", RECIPES)
def test_every_strategy_makes_targets_and_a_plan(strategy: str) -> None:
    snapshot, policy = case(strategy, RECIPES[strategy])
    chosen = chosen_by(snapshot, policy, INVESTED)
    total = sum(chosen.weights.values())
    assert total == 1 or strategy == "volatility-target"
    assert all(0 <= weight <= 1 for weight in chosen.weights.values())
    assert chosen.portfolio.gap <= 1e-6 or strategy == "index-tracking"
    targets = weights(snapshot, policy)
    cash = cash_target(policy.cash, snapshot.nav)
    assert sum(targets.values()) == pytest.approx(total * (1 - cash), abs=D("1e-9"))
    plan = make_plan(snapshot, policy)
    assert isinstance(plan.decision, Rebalance), plan.decision
    after = {line.symbol: line.weight_after for line in plan.lines}
    for symbol, target in targets.items():
        assert abs(after[symbol] - target) <= D("0.05"), symbol


def array(chosen: Mapping[Symbol, D]) -> np.ndarray:
    return np.array([float(chosen[name]) for name in NAMES])


def test_the_least_variance_is_less_than_that_of_any_other_strategy() -> None:
    found = {}
    for strategy, recipe in RECIPES.items():
        snapshot, policy = case(strategy, recipe)
        if strategy != "volatility-target":
            held = array(chosen_by(snapshot, policy, INVESTED).weights)
            found[strategy] = variance(estimate(NAMES, snapshot.history), held)
    assert min(found, key=found.__getitem__) == "minimum-variance"


def test_risk_parity_spreads_the_risk_evenly_or_by_its_budgets() -> None:
    for budgets in ((), tuple(zip(NAMES, map(D, ("0.1", "0.2", "0.3", "0.3", "0.1"))))):  # noqa: B905
        snapshot, policy = case("risk-parity", Recipe(budgets=budgets))
        held = array(chosen_by(snapshot, policy, INVESTED).weights)
        parts = held * times(estimate(NAMES, snapshot.history), held)
        wanted = np.array([float(share) for _, share in budgets]) if budgets else np.full(5, 0.2)
        assert parts / parts.sum() == pytest.approx(wanted, abs=1e-6)


def test_a_volatility_target_is_that_of_the_account_with_its_cash() -> None:
    snapshot, policy = case("volatility-target", Recipe(volatility=D("0.06")))
    held = array(weights(snapshot, policy))
    assert held.sum() < 0.9
    risk = np.sqrt(variance(estimate(NAMES, snapshot.history), held))
    assert risk == pytest.approx(0.06, rel=1e-6)


def test_what_is_too_much_goes_to_the_safe_name_with_its_own_risk() -> None:
    recipe = Recipe(volatility=D("0.06"), defensive=((NAMES[4], D(1)),))
    snapshot, policy = case("volatility-target", recipe)
    held = array(weights(snapshot, policy))
    assert held.sum() == pytest.approx(float(1 - cash_target(policy.cash, snapshot.nav)))
    assert held[4] > 0.5
    risk = np.sqrt(variance(estimate(NAMES, snapshot.history), held))
    assert risk == pytest.approx(0.06, rel=1e-6)


def test_a_glide_path_is_where_the_day_says() -> None:
    snapshot, policy = case("glide-path", Recipe(waypoints=GLIDE))
    chosen = chosen_by(snapshot, policy, INVESTED).weights
    way = D((SESSION - GLIDE[0].day).days) / D((GLIDE[1].day - GLIDE[0].day).days)
    assert chosen[NAMES[4]] == pytest.approx(way, abs=D("1e-6"))
    assert chosen[NAMES[0]] == pytest.approx(1 - way, abs=D("1e-6"))


def test_the_optimizers_groups_bound_the_targets_as_shares_of_the_account() -> None:
    snapshot, policy = case("minimum-variance")
    bond = GroupLimit("bonds", (NAMES[4],), high=D("0.30"))
    policy = replace(policy, optimizer=Optimizer(groups=(bond,)))
    assert weights(snapshot, policy)[NAMES[4]] == pytest.approx(D("0.30"), abs=D("1e-8"))


def test_the_estimator_that_is_named_is_used() -> None:
    plain = chosen_by(*case("minimum-variance"), INVESTED)
    shrunk = chosen_by(
        *case("minimum-variance", Recipe(covariance=Estimator.LEDOIT_WOLF)), INVESTED
    )
    assert array(plain.weights) != pytest.approx(array(shrunk.weights), abs=1e-4)
    assert any("ledoit-wolf" in note for note in shrunk.beliefs.moved.notes)


def test_a_forecast_that_was_told_is_what_is_expected() -> None:
    code = OwnCode("file:mine.py:forecast")
    recipe = Recipe(means=MeanSource.FORECAST, forecast=code)
    snapshot, policy = case("maximum-sharpe", recipe)
    told = dict(zip(NAMES, (0.0, 0.0, 0.0, 0.5, 0.0), strict=True))
    chosen = chosen_by(replace(snapshot, forecast=told), policy, INVESTED)
    assert max(chosen.weights, key=chosen.weights.__getitem__) == NAMES[3]
    assert chosen.beliefs.expected is not None
    assert chosen.beliefs.expected.source == "mine.py:forecast"
    with pytest.raises(NoTarget, match="it crashed"):
        chosen_by(replace(snapshot, untold="it crashed"), policy, INVESTED)


def test_a_tolerance_of_risk_is_a_point_of_the_frontier() -> None:
    recipe = Recipe(means=MeanSource.FILE, expected=MEANS, tolerance="moderate")
    snapshot, policy = case("efficient-volatility", recipe)
    chosen = chosen_by(snapshot, policy, INVESTED)
    assert chosen.portfolio.volatility == pytest.approx(0.0996, abs=0.002)
    assert any("risk tolerance moderate" in note for note in chosen.portfolio.notes)
    least = float(volatility(estimate(NAMES, snapshot.history)).min())
    assert chosen.portfolio.volatility > least


TOMORROW = SESSION + timedelta(days=1)


@pytest.mark.parametrize(
    ("strategy", "recipe", "why"),
    [
        ("maximum-sharpe", Recipe(), "no source of them is named: set means to"),
        ("cap-weight", Recipe(), "needs caps"),
        ("cap-weight", Recipe(caps=replace(CAPS, day=TOMORROW)), "which has not come yet"),
        ("cap-weight", Recipe(caps=dated({"CALM": "1"})), "says nothing of WILD, MID, LATE, BOND"),
        ("efficient-volatility", replace(RECIPES["maximum-sharpe"]), "needs a volatility"),
        (
            "black-litterman",
            replace(RECIPES["black-litterman"], views_day=TOMORROW),
            "a view is of .* which has not come yet",
        ),
        ("minimum-variance", Recipe(upper=D("0.15")), "widen them, or name more names"),
        ("wishful", Recipe(), "there is no target strategy 'wishful'; there is: fixed, equal"),
    ],
)
def test_what_is_missing_holds_the_account_and_is_said(
    strategy: str, recipe: Recipe, why: str
) -> None:
    snapshot, policy = case(strategy, recipe)
    with pytest.raises(NoTarget, match=why):
        weights(snapshot, policy)
    assert isinstance(make_plan(snapshot, policy).decision, Hold)


def test_a_name_without_history_is_never_guessed() -> None:
    snapshot, policy = case("minimum-variance")
    short = {name: bars for name, bars in snapshot.history.items() if name != NAMES[2]}
    with pytest.raises(NoTarget, match="price history of every name: MID: no history"):
        weights(replace(snapshot, history=short), policy)
