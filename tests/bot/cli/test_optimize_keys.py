"""The optional keys of ``trimtab optimize``: each does what it says, and a wrong one is named."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.app import run
from bot.cli.optimizing.answer import Beside, check, judge
from bot.cli.optimizing.document import OPTIONAL, Asked, BadDocument, read
from strategies.optimize.cone.measure import added, broken
from strategies.optimize.kernel.solve import Solution
from strategies.optimize.measure import bill, violation
from strategies.optimize.problem import check as check_problem

Document = dict[str, Any]
SCENARIOS = np.random.default_rng(3).normal(0.005, 0.05, (40, 4)).tolist()


def document(**changes: object) -> Document:
    """Four names that may be sold short a little, no lots, wide limits."""
    return {
        "current": [0.40, 0.25, 0.0, 0.35],
        "target": [0.25, 0.25, 0.25, 0.25],
        "factors": [[0.16, 0.05], [0.15, -0.04], [0.18, 0.01], [0.14, 0.0]],
        "specific": [0.04, 0.05, 0.06, 0.03],
        "spread": [0.0001, 0.0002, 0.0003, 0.0002],
        "impact": [0.001, 0.002, 0.003, 0.001],
        "lower": [-0.2, -0.2, -0.2, -0.2],
        "upper": [1.0, 1.0, 1.0, 1.0],
        "risk_aversion": 4.0,
        **changes,
    }


def solved(tmp_path: Path, capsys: pytest.CaptureFixture[str], **changes: object) -> Document:
    """The answer to the document with some keys."""
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(document(**changes)))
    assert run(["optimize", str(path), "--json"]) == 0
    answer: Document = json.loads(capsys.readouterr().out)
    assert answer["status"] in ("optimal", "feasible"), answer["why"]
    assert answer["violation"] <= 1e-6
    return answer


def covariance() -> np.ndarray[Any, np.dtype[np.float64]]:
    """That of the document."""
    asked = document()
    factors = np.array(asked["factors"])
    return np.asarray(factors @ factors.T + np.diag(asked["specific"]))


ANTI = {"tilts": [{"name": "t", "coefficients": [1, 0, 0, 0], "level": 0.5, "weight": 9}]}
FEATURES: Mapping[str, dict[str, object]] = {
    "variance_aversion": {"variance_aversion": 30.0},
    "volatility": {"volatility": 0.186},
    "value_at_risk": {"value_at_risk": 0.0192},
    "gross": {"gross": 1.1, "target": [0.8, 0.5, -0.1, -0.2]},
    "exposures": {"exposures": [{"name": "beta", "coefficients": [1, 2, 3, 4], "upper": 2.2}]},
    "tilts": ANTI,
    "reward": {"reward": [0.0, 0.0, 0.1, 0.0]},
    "borrow": {"borrow": [0.5] * 4, "target": [0.8, 0.5, -0.1, -0.2]},
    "opportunity": {"opportunity": [0.0, 0.0, 0.5, 0.0]},
    "closeness": {"closeness": [5.0, 0.0, 0.0, 0.0]},
    "exponent": {"exponent": 2.0, "impact": [1.0, 1.0, 1.0, 1.0]},
    "cost_aversion": {"cost_aversion": 20.0},
    "tax_aversion": {"tax_aversion": 5.0, "lots": [[[0.4, 0.01]], [], [], []]},
    "no_trade": {"no_trade": [0]},
    "no_buy": {"no_buy": [2]},
    "participation": {"participation": {"adv": [0.1] * 4, "share": 0.5}},
    "cvar": {"scenarios": {"returns": SCENARIOS}, "cvar": {"aversion": 2.0}},
    "downside": {"scenarios": {"returns": SCENARIOS}, "downside": {"aversion": 3.0}},
    "utility": {"scenarios": {"returns": SCENARIOS}, "utility": {"kind": "log", "weight": 5}},
    "uncertain_means": {
        "uncertain_means": {"means": [0.1, 0, 0, 0], "root": np.eye(4).tolist(), "kappa": 0.02}
    },
    "uncertain_covariance": {"uncertain_covariance": {"radius": 0.2, "specific": 3.0}},
}


@pytest.mark.parametrize("key", FEATURES)
def test_a_key_changes_the_plan_and_the_objective_is_that_of_the_words(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Against the same document without the key, and against the floats of ``measure``."""
    with_key = solved(tmp_path, capsys, **FEATURES[key])
    without = solved(tmp_path, capsys, **{**FEATURES[key], key: document().get(key)})
    moved = np.abs(np.subtract(with_key["weights"], without["weights"])).max()
    assert moved > 1e-4
    asked = read(json.dumps(document(**FEATURES[key])))
    weights = np.array(with_key["weights"])
    total = bill(asked.problem, weights).total + added(asked.problem, asked.terms, weights)
    assert with_key["objective"] == pytest.approx(total, abs=1e-13)
    assert with_key["bound"] <= with_key["objective"]
    assert with_key["gap"] <= 1e-4


BINDING: Mapping[str, tuple[str, float]] = {
    "volatility": ("volatility", 0.186),
    "value_at_risk": ("value_at_risk", 0.0192),
    "gross": ("gross", 1.1),
}


@pytest.mark.parametrize("key", BINDING)
def test_a_limit_binds(key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure, limit = BINDING[key]
    answer = solved(tmp_path, capsys, **FEATURES[key])
    assert answer[figure] == pytest.approx(limit, abs=1e-8)


def test_figures_are_those_of_the_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = solved(tmp_path, capsys)
    weights = np.array(answer["weights"])
    volatility = math.sqrt(weights @ covariance() @ weights)
    assert answer["volatility"] == pytest.approx(volatility, abs=1e-14)
    assert answer["value_at_risk"] == pytest.approx(1.645 * volatility / math.sqrt(252))
    assert answer["gross"] == pytest.approx(np.abs(weights).sum())
    assert answer["repairs"] == []


def test_who_may_not_trade_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = solved(
        tmp_path,
        capsys,
        no_trade=[1],
        no_buy=[2],
        participation={"adv": [0.5, 9, 9, 0.2], "share": 0.1},
    )
    trades = np.subtract(answer["weights"], document()["current"])
    assert trades[1] == pytest.approx(0, abs=1e-12)
    assert trades[2] <= 1e-12
    assert abs(trades[0]) <= 0.05 + 1e-12
    assert abs(trades[3]) <= 0.02 + 1e-12


def test_a_dense_covariance_is_the_same_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dense = document(covariance=covariance().tolist())
    del dense["factors"], dense["specific"]
    path = tmp_path / "dense.json"
    path.write_text(json.dumps(dense))
    assert run(["optimize", str(path), "--json"]) == 0
    answer, factors = json.loads(capsys.readouterr().out), solved(tmp_path, capsys)
    assert answer["weights"] == pytest.approx(factors["weights"], abs=1e-7)
    assert answer["objective"] == pytest.approx(factors["objective"], abs=1e-10)


def dense(rows: object, **changes: object) -> str:
    """The document with a covariance in place of factors."""
    asked = document(covariance=rows, **changes)
    del asked["factors"], asked["specific"]
    return json.dumps(asked)


def test_a_repair_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two names with the same price: one eigenvalue is zero."""
    rows = np.full((4, 4), 0.04) + np.diag([0.0, 0.0, 0.01, 0.02])
    path = tmp_path / "singular.json"
    path.write_text(dense(rows.tolist()))
    assert run(["optimize", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert "1 eigenvalue of the correlation" in answer["repairs"][0]
    assert answer["status"] == "optimal"
    assert run(["optimize", str(path)]) == 0
    assert "repaired: covariance" in capsys.readouterr().out


def test_lots_in_order_are_sold_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The dear lot stands first: by its order a sale pays it, by the cheapest it does not."""
    lots = [[[0.2, 0.10], [0.2, 0.0]], [], [], [[0.35, 0.0]]]
    cheapest = solved(tmp_path, capsys, lots=lots, risk_aversion=40.0)
    in_order = solved(tmp_path, capsys, lots=lots, risk_aversion=40.0, relief="in_order")
    sold = 0.4 - in_order["weights"][0]
    asked = read(json.dumps(document(lots=lots, risk_aversion=40.0, relief="in_order")))
    assert in_order["objective"] > cheapest["objective"] + 1e-4
    checked = check(asked.problem, in_order["weights"])
    assert float(checked.bill.tax) == pytest.approx(0.10 * min(sold, 0.2), abs=1e-12)


NETTING = {
    "short_rate": 0.37,
    "long_rate": 0.2,
    "ordinary_rate": 0.37,
    "loss_limit": 0.003,
    "loss_worth": 0.05,
    "net_short": 0.01,
    "net_long": -0.002,
}
GAINS = [
    [
        {"weight": 0.3, "gain_per_dollar": 0.25, "term": "long"},
        {"weight": 0.1, "gain_per_dollar": -0.1, "term": "short"},
    ],
    [{"weight": 0.25, "gain_per_dollar": -0.2, "term": "long"}],
    [],
    [{"weight": 0.35, "gain_per_dollar": 0.1, "term": "short"}],
]


def test_gains_and_losses_are_netted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tax by hand from the lots that are said to be sold."""
    answer = solved(tmp_path, capsys, lots=GAINS, netting=NETTING)
    short, long = NETTING["net_short"], NETTING["net_long"]
    for lots, taken in zip(GAINS, answer["lots_sold"], strict=True):
        for lot, amount in zip(lots, taken, strict=True):
            gain = float(str(lot["gain_per_dollar"])) * amount
            short += gain if lot["term"] == "short" else 0.0
            long += gain if lot["term"] == "long" else 0.0
    assert answer["net_short"] == pytest.approx(short, abs=1e-12)
    assert answer["net_long"] == pytest.approx(long, abs=1e-12)
    before = 0.37 * (0.01 - 0.002)
    assert answer["tax"] == pytest.approx(due(short, long) - before, abs=1e-12)
    assert len(answer["rates"]) == 2
    assert answer["rates_in_words"]
    sold = [sum(taken) for taken in answer["lots_sold"]]
    trades = np.subtract(answer["weights"], document()["current"])
    assert sold == pytest.approx(np.maximum(-trades, 0.0).tolist(), abs=1e-9)
    assert answer["status"] == "optimal"


def due(short: float, long: float) -> float:
    """Tax of the year by the law, with the rates of ``NETTING``."""
    net = short + long
    if net < 0:
        deducted = min(-net, 0.003)
        return -0.37 * deducted - 0.05 * (-net - deducted)
    if short > 0 and long > 0:
        return 0.37 * short + 0.2 * long
    return (0.37 if short > 0 else 0.2) * net


def test_netted_is_said_to_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(document(lots=GAINS, netting=NETTING)))
    assert run(["optimize", str(path)]) == 0
    said = capsys.readouterr().out
    assert "net gains" in said
    assert "constant rates" in said


GRID = {"prices": [50.0, 200.0, 33.0, 1.0], "nav_usd": 100_000.0, "cash": 3}
IN_CASH: dict[str, object] = {
    "spread": [1e-4, 2e-4, 3e-4, 0.0],
    "impact": [0.001, 0.002, 0.003, 0.0],
    "factors": [[0.16, 0.05], [0.15, -0.04], [0.18, 0.01], [0.0, 0.0]],
    "specific": [0.04, 0.05, 0.06, 0.0],
}


@pytest.mark.parametrize("step", [1, [1, 10, 100, 1]])
def test_whole_shares_are_whole(
    step: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = {**GRID, "step": step, "trade_usd_min": 500.0, "fee_usd": 1.0}
    answer = solved(tmp_path, capsys, **IN_CASH, grid=grid)
    steps = np.broadcast_to(np.array(step, dtype=float), 4)
    usd = np.array(answer["counts"]) * steps * GRID["prices"]
    trades = np.subtract(answer["weights"], document()["current"])
    assert trades[:3] == pytest.approx(usd[:3] / 1e5, abs=1e-12)
    assert sum(answer["weights"]) == pytest.approx(1.0, abs=1e-12)
    assert all(amount == 0 or abs(amount) >= 500 for amount in usd[:3])
    assert answer["fraction_bound"] <= answer["bound"] + 1e-12
    orders = sum(1 for count in answer["counts"] if count)
    asked = read(json.dumps(document(**IN_CASH)))
    cost = bill(asked.problem, np.array(answer["weights"])).total + orders * 1e-5
    assert answer["objective"] == pytest.approx(cost, abs=1e-12)


def test_a_count_that_is_no_plan_is_found_out() -> None:
    """The check of the answer sees weights that are not what the counts make."""
    asked = read(json.dumps(document(**IN_CASH, grid={**GRID, "trade_usd_min": 500.0})))
    assert asked.grid is not None
    counts = np.array([2, 0, 0, 0])
    weights = asked.problem.current + np.array([0.001, 0, 0, -0.001])
    small = check(asked.problem, weights.tolist(), beside=Beside(orders=(asked.grid, counts)))
    assert float(small.violation) == pytest.approx(400 / 1e5), "an order of 100 dollars"
    off = check(
        asked.problem, asked.problem.current.tolist(), None, Beside(orders=(asked.grid, counts))
    )
    assert float(off.violation) == pytest.approx(400 / 1e5)


EVERYTHING: dict[str, object] = {
    **{key: value for feature in FEATURES.values() for key, value in feature.items()},
    "scenarios": {"returns": SCENARIOS, "chances": [1 / 40] * 40},
    "cvar": {"level": 0.9, "aversion": 1.0, "limit": 0.02},
    "downside": {"floor": 0.01, "aversion": 1.0, "limit": 0.01},
    "groups": [{"name": "g", "members": [0, 1], "upper": 0.3}],
    "turnover": 0.2,
    "tracking_error": 0.03,
    "no_trade": [],
    "no_buy": [],
}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", ["log", "power", "exponential"])
def test_the_exact_check_knows_every_term_and_limit(seed: int, kind: str) -> None:
    """Two ways of the same sums: 50 decimal digits in a loop, and NumPy."""
    random = np.random.default_rng(seed)
    utility = {"kind": kind, "weight": 2.0, "aversion": 3.0}
    asked = read(json.dumps(document(**{**EVERYTHING, "utility": utility})))
    weights = random.dirichlet(np.ones(4)) * 1.2 - 0.05
    exact = check(asked.problem, weights.tolist(), beside=Beside(terms=asked.terms))
    floats = bill(asked.problem, weights)
    for part in ("risk", "spread", "impact", "tax", "wishes"):
        exactly = float(getattr(exact.bill, part))
        assert exactly == pytest.approx(getattr(floats, part), abs=1e-13), part
    more = added(asked.problem, asked.terms, weights)
    assert float(exact.bill.terms) == pytest.approx(more, abs=1e-12)
    plain = violation(asked.problem, weights)
    beyond = broken(asked.problem, asked.terms, weights)
    unscaled = max(plain, beyond)
    assert float(exact.violation) <= unscaled + 1e-14
    assert float(exact.violation) >= max(beyond, plain / 4) - 1e-14, "exposures in weight"


WRONG: Mapping[str, dict[str, object]] = {
    "variance_aversion: -1 is not zero or more": {"variance_aversion": -1},
    "volatility: 0 is not above zero": {"volatility": 0},
    "value_at_risk: expected a finite number, got true": {"value_at_risk": True},
    "gross: expected a finite number, got a list of 0": {"gross": []},
    "exponent: 1 is not above 1": {"exponent": 1},
    "exponent: 4 is above 3": {"exponent": 4},
    "reward: 2 entries, expected 4": {"reward": [0, 0]},
    "borrow[1]: is negative": {"borrow": [0, -1, 0, 0]},
    "exposures[0]: expected an object, got 3": {"exposures": [3]},
    'exposures[0] beta: the key "coefficients" is missing': {"exposures": [{"name": "beta"}]},
    "exposures[0] b: coefficients: 1 entries, expected 4": {
        "exposures": [{"name": "b", "coefficients": [1]}]
    },
    "exposures[0] b: lower 2 is above upper 1": {
        "exposures": [{"name": "b", "coefficients": [1] * 4, "lower": 2, "upper": 1}]
    },
    "tilts[0] t: weight: 0 is not above zero": {
        "tilts": [{"name": "t", "coefficients": [1] * 4, "level": 0, "weight": 0}]
    },
    'tilts[0] t: unknown key "wieght"; did you mean "weight"?': {
        "tilts": [{"name": "t", "coefficients": [1] * 4, "level": 0, "wieght": 1}]
    },
    "no_buy: name 9 is not within 0 to 3": {"no_buy": [9]},
    "no_trade: names are indices, got 0.5": {"no_trade": [0.5]},
    "no_trade: a name is named twice": {"no_trade": [1, 1]},
    'participation: the key "share" is missing': {"participation": {"adv": [1] * 4}},
    "participation.adv[0]: is negative": {"participation": {"adv": [-1, 1, 1, 1], "share": 1}},
    "current[2]: no weight within lower and upper can be reached": {
        "no_buy": [2],
        "lower": [0.0, 0.0, 0.1, 0.0],
    },
    'relief: expected "cheapest" or "in_order", got the text "fifo"': {"relief": "fifo"},
    "a lot with a gain needs the key netting": {"lots": GAINS},
    "lots[0][0]: expected an object, got a list of 2": {
        "lots": [[[0.1, 0.2]], [], [], []],
        "netting": NETTING,
    },
    'lots[0][0]: term: expected "short" or "long", got the text "ultra"': {
        "lots": [[{"weight": 0.1, "gain_per_dollar": 0.1, "term": "ultra"}], [], [], []],
        "netting": NETTING,
    },
    "lots[0][0]: gain_per_dollar: 25 is above 1": {
        "lots": [[{"weight": 0.1, "gain_per_dollar": 25, "term": "long"}], [], [], []],
        "netting": NETTING,
    },
    'netting: the key "loss_limit" is missing': {
        "netting": {"short_rate": 0.3, "long_rate": 0.2, "ordinary_rate": 0.3}
    },
    "netting.short_rate: 37 is above 1": {"netting": {**NETTING, "short_rate": 37}},
    'grid: unknown key "price"; did you mean "prices"?': {"grid": {"price": [1]}},
    "grid.prices[1]: is not above zero": {"grid": {**GRID, "prices": [1, 0, 1, 0]}},
    "grid.cash: name 7 is not within 0 to 3": {"grid": {**GRID, "cash": 7}},
    "grid.nav_usd: 0 is not above zero": {"grid": {**GRID, "nav_usd": 0}},
    "grid: cannot be had together with an exponent": {"grid": GRID, "exponent": 2},
    "netting: cannot be had together with grid": {"grid": GRID, "netting": NETTING},
    "cvar: there are no scenarios": {"cvar": {"aversion": 1}},
    "cvar.level: 1.5 is above 1": {"cvar": {"level": 1.5, "aversion": 1}},
    'downside: unknown key "flor"; did you mean "floor"?': {"downside": {"flor": 0}},
    'utility.kind: expected "log" or "power" or "exponential"': {"utility": {"kind": "quadratic"}},
    "scenarios.chances: 1 entries, expected 40, one a scenario": {
        "scenarios": {"returns": SCENARIOS, "chances": [1]}
    },
    "scenarios.returns[0]: 1 entries, expected 4": {"scenarios": {"returns": [[0.1]]}},
    "scenarios.chances: they sum to 0.8": {
        "scenarios": {"returns": SCENARIOS, "chances": [0.02] * 40},
        "cvar": {"aversion": 1},
    },
    'uncertain_means: the key "kappa" is missing': {
        "uncertain_means": {"means": [0] * 4, "root": [[0]] * 4}
    },
    "uncertain_covariance.radius: -1 is not zero": {"uncertain_covariance": {"radius": -1}},
    "factors: give it, or covariance, but not both": {"covariance": covariance().tolist()},
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_input_is_named(fault: str) -> None:
    with pytest.raises(BadDocument) as raised:
        read(json.dumps(document(**WRONG[fault])))
    assert fault in str(raised.value)


DENSE_WRONG: Mapping[str, str] = {
    "covariance: 1 rows, expected 4 as in current": dense([[1.0] * 4]),
    "covariance[0]: 1 entries, expected 4 as in current": dense([[1.0]] * 4),
    "covariance[1][0], covariance[1][1]": dense([[1.0] * 4, [math.nan] * 4] * 2),
    "not symmetric": dense((np.triu(np.full((4, 4), 0.01)) + np.eye(4)).tolist()),
    "of the variance is negative": dense((np.full((4, 4), 0.09) - 0.05 * np.eye(4)).tolist()),
}


@pytest.mark.parametrize("fault", DENSE_WRONG)
def test_what_is_no_covariance_is_refused(fault: str) -> None:
    with pytest.raises(BadDocument) as raised:
        read(DENSE_WRONG[fault])
    assert fault in str(raised.value)


@pytest.mark.parametrize("key", OPTIONAL)
def test_every_key_with_a_typing_error_is_refused_with_its_name(key: str) -> None:
    with pytest.raises(BadDocument) as raised:
        read(json.dumps(document(**{key[:-1] + "x": None})))
    assert f'did you mean "{key}"?' in str(raised.value)


KEYS = ("name", "coefficients", "weight", "adv", "returns", "kind", "prices", "cash", "means")
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=12,
)


@given(key=st.sampled_from((*OPTIONAL, "covariance")), value=ANY_JSON)
def test_whatever_stands_in_a_place_is_read_or_refused(key: str, value: object) -> None:
    match outcome(json.dumps(document(**{key: value}))):
        case Asked(problem=problem):
            assert check_problem(problem).names.size == sum(len(x.weights) for x in problem.lots)
        case BadDocument(faults=faults):
            assert all(faults)


def outcome(text: str) -> Asked | BadDocument:
    """What is read, or what is said instead."""
    try:
        return read(text)
    except BadDocument as bad:
        return bad


def test_the_numbers_of_a_cone_solver_are_judged_by_its_tolerance() -> None:
    """A breach that a certified answer may not have makes a cone solver's feasible, or an error."""
    asked = read(json.dumps(document(risk_aversion=4.0)))
    for breach, certified, status in (
        (1e-8, True, "error"),
        (1e-8, False, "feasible"),
        (1e-5, False, "error"),
    ):
        weights = asked.problem.current + np.array([breach, 0, 0, 0])
        checked = check(asked.problem, weights.tolist())
        value = float(checked.bill.total)
        answer = Solution("optimal", weights, value, value, 0.0, 0.0, 1, "", np.empty(0))
        assert judge(answer, checked, certified=certified).status == status


def test_a_bound_above_the_objective_is_an_error() -> None:
    asked = read(json.dumps(document()))
    weights = asked.problem.current
    checked = check(asked.problem, weights.tolist())
    value = float(checked.bill.total)
    answer = Solution("optimal", weights, value, 1.1 * value, 0.0, 0.0, 1, "", np.empty(0))
    verdict = judge(answer, checked)
    assert verdict.status == "error"
    assert "bound lies above" in verdict.why
