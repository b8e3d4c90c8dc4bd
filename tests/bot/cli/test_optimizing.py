"""``trimtab optimize``: the form it reads, the answer it prints, and every wrong input by name."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.app import run
from bot.cli.optimizing.answer import check
from bot.cli.optimizing.document import GROUP_KEYS, Asked, BadDocument, read
from bot.cli.optimizing.round_trips import round_trips
from strategies.optimize.measure import bill, squared_tracking_error, violation
from strategies.optimize.problem import check as check_problem

ROOT = Path(__file__).resolve().parents[3]
Document = dict[str, Any]
KEYS = {
    "status",
    "weights",
    "objective",
    "bound",
    "gap",
    "violation",
    "tracking_error",
    "turnover",
    "iterations",
    "seconds",
    "relaxed",
}


def document() -> Document:
    """Four names: one overweight with gains, one with a loss, one not held, one in between."""
    return {
        "current": [0.40, 0.25, 0.0, 0.35],
        "target": [0.25, 0.25, 0.25, 0.25],
        "factors": [[0.16, 0.05], [0.15, -0.04], [0.18, 0.01], [0.14, 0.0]],
        "specific": [0.04, 0.05, 0.06, 0.03],
        "spread": [0.0001, 0.0002, 0.0003, 0.0002],
        "impact": [0.001, 0.002, 0.003, 0.001],
        "lots": [
            [[0.30, 0.05], [0.10, 0.01]],
            [[0.15, -0.03], [0.10, 0.02]],
            [],
            [[0.35, 0.02]],
        ],
        "lower": [0.0, 0.0, 0.0, 0.0],
        "upper": [0.5, 0.5, 0.5, 0.5],
        "groups": [{"name": "tech", "members": [0, 1], "lower": 0.45, "upper": 0.60}],
        "turnover": 0.6,
        "tracking_error": 0.08,
        "risk_aversion": 40.0,
        "allow_loss_and_buy": False,
    }


def changed(**changes: object) -> str:
    """The document with some keys replaced."""
    return json.dumps({**document(), **changes})


def solved(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> tuple[int, Document]:
    """Exit code and JSON of ``trimtab optimize FILE --json``."""
    path = tmp_path / "problem.json"
    path.write_text(text)
    code = run(["optimize", str(path), "--json"])
    answer: Document = json.loads(capsys.readouterr().out)
    return code, answer


def cost_by_hand(asked: Document, weights: list[float]) -> float:
    """Spread, impact and tax of the trades by the contract's words, in plain Python."""
    total = 0.0
    for i, weight in enumerate(weights):
        trade = weight - asked["current"][i]
        total += asked["spread"][i] * abs(trade) + asked["impact"][i] * abs(trade) ** 1.5
        left = max(0.0, -trade)
        for size, tax in sorted(asked["lots"][i], key=lambda lot: lot[1]):
            total += tax * min(left, size)
            left -= min(left, size)
    return total


def error_by_hand(asked: Document, weights: list[float]) -> float:
    """The tracking error by the contract's words."""
    active = [w - t for w, t in zip(weights, asked["target"], strict=True)]
    columns = list(zip(*asked["factors"], strict=True))
    common = sum(sum(b * a for b, a in zip(c, active, strict=True)) ** 2 for c in columns)
    own = sum(d * a * a for d, a in zip(asked["specific"], active, strict=True))
    return math.sqrt(common + own)


def test_the_answer_keeps_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = solved(tmp_path, capsys, changed())
    asked, weights = document(), answer["weights"]
    assert code == 0
    assert answer.keys() >= KEYS
    assert answer["status"] == "optimal"
    assert sum(weights) == pytest.approx(sum(asked["current"]), abs=1e-12)
    error = error_by_hand(asked, weights)
    assert answer["tracking_error"] == pytest.approx(error, abs=1e-12)
    by_hand = asked["risk_aversion"] * error**2 + cost_by_hand(asked, weights)
    assert answer["objective"] == pytest.approx(by_hand, abs=1e-12)
    traded = sum(abs(w - c) for w, c in zip(weights, asked["current"], strict=True))
    assert answer["turnover"] == pytest.approx(traded, abs=1e-12)
    assert answer["violation"] <= 1e-9
    assert answer["gap"] <= 1e-6
    assert answer["bound"] <= answer["objective"]
    assert answer["relaxed"] == []
    assert 0 < answer["seconds"] < 60


def test_nothing_near_is_better(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, answer = solved(tmp_path, capsys, changed(turnover=None, tracking_error=None, groups=[]))
    asked, weights = document(), answer["weights"]
    assert answer["status"] == "optimal"
    random = np.random.default_rng(0)
    for _ in range(200):
        step = random.normal(0, 1e-3, 4)
        near = (np.array(weights) + step - step.mean()).clip(0, 0.5).tolist()
        if abs(sum(near) - 1.0) > 1e-12:
            continue
        worth = 40.0 * error_by_hand(asked, near) ** 2 + cost_by_hand(asked, near)
        assert worth >= answer["objective"] - 1e-9


def test_limits_bind_where_they_should(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, answer = solved(tmp_path, capsys, changed(turnover=0.2, tracking_error=None))
    assert answer["status"] == "optimal"
    assert answer["turnover"] == pytest.approx(0.2, abs=1e-9)


def test_what_may_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = document()
    for key in ("lots", "groups", "turnover", "tracking_error", "allow_loss_and_buy"):
        del asked[key]
    code, answer = solved(tmp_path, capsys, json.dumps(asked))
    assert (code, answer["status"]) == (0, "optimal")


CONTRADICTIONS: Mapping[str, dict[str, object]] = {
    "budget": {"upper": [0.2, 0.2, 0.2, 0.2]},
    "group tech": {"groups": [{"name": "tech", "members": [0, 1], "lower": 1.1, "upper": 1.2}]},
    "turnover": {"upper": [0.1, 0.5, 0.5, 0.5], "turnover": 0.1},
    "tracking error": {"lower": [0.4, 0.0, 0.0, 0.35], "tracking_error": 0.001},
}


@pytest.mark.parametrize("word", CONTRADICTIONS)
def test_a_contradiction_is_an_answer_in_words(
    word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = solved(tmp_path, capsys, changed(**CONTRADICTIONS[word]))
    assert (code, answer["status"]) == (0, "infeasible")
    assert word in answer["why"]
    assert answer["weights"] is None
    for each in answer["relaxed"]:
        assert each["words"]
        assert each["least"] != each["limit"]
    assert sum(answer["relaxed_weights"]) == pytest.approx(1.0, abs=1e-9)


def test_what_must_give_way_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Name 0 must fall from 40 to 10 %: 30 points sold and 30 bought."""
    _, answer = solved(tmp_path, capsys, changed(**CONTRADICTIONS["turnover"]))
    least = {each["name"]: each["least"] for each in answer["relaxed"]}
    assert least["turnover <= 10.0 %"] == pytest.approx(0.6, abs=1e-6)


WRONG: Mapping[str, dict[str, object]] = {
    "target: 3 entries, expected 4 as in current": {"target": [0.5, 0.25, 0.25]},
    "specific[1]: is negative": {"specific": [0.04, -0.05, 0.06, 0.03]},
    "spread[0], spread[1]: is negative": {"spread": [-1e-4, -2e-4, 0.0, 0.0]},
    "impact[2]: is negative": {"impact": [0.0, 0.0, -1.0, 0.0]},
    "current[3]: is not a finite number": {"current": [0.4, 0.25, 0.0, math.nan]},
    "upper[0]: is not a finite number": {"upper": [math.inf, 1.0, 1.0, 1.0]},
    'lower[2]: expected a number, got the text "0"': {"lower": [0.0, 0.0, "0", 0.0]},
    "lower[1]: expected a number, got true": {"lower": [0.0, True, 0.0, 0.0]},
    "lower[1]: is above upper": {"lower": [0.0, 0.6, 0.0, 0.0]},
    "factors: 1 rows, expected 4 as in current": {"factors": [[1.0]]},
    "factors[2]: expected 1 entries as in factors[0]": {
        "factors": [[1.0], [1.0], [1.0, 2.0], [1.0]]
    },
    "factors[1][0]: is not a finite number": {"factors": [[1.0], [math.nan], [1.0], [1.0]]},
    "lots: 1 entries, expected 4 as in current": {"lots": [[]]},
    "lots[2]: the lots weigh 0.1, but current[2] is 0": {"lots": [[], [], [[0.1, 0.0]], []]},
    "lots[0][0]: the weight -0.1 is negative": {"lots": [[[-0.1, 0.0]], [], [], []]},
    "lots[0][0]: expected [weight, tax_per_dollar], got a list of 1": {
        "lots": [[[0.1]], [], [], []]
    },
    "lots[1]: expected a list of [weight, tax_per_dollar], got null": {"lots": [[], None, [], []]},
    "groups[0] tech: member 4 is not within 0 to 3": {
        "groups": [{"name": "tech", "members": [0, 4], "lower": 0.0, "upper": 1.0}]
    },
    "groups[0] tech: a member is named twice": {"groups": [{"name": "tech", "members": [1, 1]}]},
    "groups[0] tech: lower 0.6 is above upper 0.5": {
        "groups": [{"name": "tech", "members": [1], "lower": 0.6, "upper": 0.5}]
    },
    'groups[0]: the key "name" is missing': {"groups": [{"members": [1]}]},
    'groups[0] t: unknown key "uper"; did you mean "upper"?': {
        "groups": [{"name": "t", "members": [1], "uper": 0.5}]
    },
    "risk_aversion: expected a finite number, got null": {"risk_aversion": None},
    "turnover: -1 is not zero or more": {"turnover": -1},
    "tracking_error: 0 is not above zero": {"tracking_error": 0},
    "allow_loss_and_buy: expected true or false, got 1": {"allow_loss_and_buy": 1},
    "current: there are no names": {"current": []},
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_input_is_named(fault: str) -> None:
    with pytest.raises(BadDocument) as raised:
        read(changed(**WRONG[fault]))
    assert fault in str(raised.value)


def without(key: str, **changes: object) -> str:
    """The document with a key left out."""
    asked = {**document(), **changes}
    del asked[key]
    return json.dumps(asked)


GARBAGE: Mapping[str, str] = {
    "line 1, column 1": "",
    "line 2, column 1": '{"current": [1],\n}',
    "expected an object with keys, got a list of 0": "[]",
    '"turnover" is given twice': '{"turnover": 1, "turnover": 2}',
    "not a problem": '{"current": [' + "9" * 5000 + "]}",
    'the key "current" is missing': without("current"),
    'the key "risk_aversion" is missing': without("risk_aversion"),
    'unknown key "turnver"; did you mean "turnover"?': without("turnover", turnver=0.3),
    "expected a list, got an object": changed(current={"a": 1}),
}


@pytest.mark.parametrize("fault", GARBAGE)
def test_garbage_is_refused_with_its_place(fault: str) -> None:
    with pytest.raises(BadDocument) as raised:
        read(GARBAGE[fault])
    assert fault in str(raised.value)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(GROUP_KEYS), inner),
    max_leaves=12,
)


def outcome(text: str) -> Asked | BadDocument:
    """What is read, or what is said instead."""
    try:
        return read(text)
    except BadDocument as bad:
        return bad


@given(key=st.sampled_from(sorted(document())), value=ANY_JSON)
def test_whatever_stands_in_a_place_is_read_or_refused(key: str, value: object) -> None:
    match outcome(changed(**{key: value})):
        case Asked(problem=problem):
            assert check_problem(problem).names.size == sum(len(x.weights) for x in problem.lots)
        case BadDocument(faults=faults):
            assert all(faults)


@given(st.text(max_size=30) | ANY_JSON.map(json.dumps))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(BadDocument):
        read(text)


def test_all_faults_are_named_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(changed(specific=[-1.0] * 4, spread=[0.0], risk_aversion=-2, turnver=1))
    assert run(["optimize", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    for word in ("specific[0]", "spread: 1 entries", "risk_aversion: -2", '"turnver"'):
        assert f"wrong.json: {word}" in said.err or word in said.err
    assert "and 1 more" in said.err


def test_faults_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = solved(tmp_path, capsys, changed(specific=[math.nan] * 4, upper=[1.0]))
    assert (code, answer["status"], len(answer["faults"])) == (2, "error", 2)


@pytest.mark.parametrize("place", ["", "nowhere.json"])
def test_a_file_that_cannot_be_read(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / place
    assert run(["optimize", str(path), "--json"]) == 2
    assert str(path) in capsys.readouterr().err


def test_bytes_that_are_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "binary.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert run(["optimize", str(path)]) == 2
    assert "binary.json" in capsys.readouterr().err


def test_a_person_reads_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "problem.json"
    path.write_text(changed())
    assert run(["optimize", str(path)]) == 0
    said = capsys.readouterr().out
    for word in ("optimal", "lower bound", "tracking error", "at most 60.0000 %", "of 4 names"):
        assert word in said


def test_stdin_in_a_process_of_its_own() -> None:
    done = subprocess.run(  # our own interpreter, our own program
        [sys.executable, "-m", "bot", "optimize", "-", "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=changed(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "optimal"


LOSSES = {
    "lots": [[[0.40, -0.05]], [[0.25, -0.06]], [], [[0.35, -0.04]]],
    "turnover": None,
    "tracking_error": None,
    "groups": [],
}


def test_a_loss_is_never_sold_and_bought(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Net trades cannot do both; the bound must hold for either side of every name."""
    code, answer = solved(tmp_path, capsys, changed(**LOSSES))
    asked = {**document(), **LOSSES}
    assert (code, answer["status"]) == (0, "optimal")
    error = error_by_hand(asked, answer["weights"])
    worth = 40.0 * error**2 + cost_by_hand(asked, answer["weights"])
    assert answer["objective"] == pytest.approx(worth, abs=1e-12)
    assert answer["bound"] <= worth + 1e-12, "by hand is rounded too"


def test_a_loss_may_be_sold_and_bought_where_that_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, one_sided = solved(tmp_path, capsys, changed(**LOSSES))
    code, both = solved(tmp_path, capsys, changed(**LOSSES, allow_loss_and_buy=True))
    assert (code, both["status"]) == (0, "optimal")
    assert both["objective"] < one_sided["objective"] - 1e-4
    assert both["violation"] <= 1e-9
    assert both["round_trips"]
    assert "cone solver" in both["why"]


@pytest.mark.parametrize("seed", range(20))
def test_a_round_trip_is_as_large_as_pays(seed: int) -> None:
    """Against a search over a fine grid of what is sold and bought back in each name."""
    random = np.random.default_rng(seed)
    asked = {**document(), "impact": (10 ** random.uniform(-4, -1, 4)).tolist()}
    losses = [[[0.2, -0.05], [0.2, -0.01]], [[0.25, float(random.normal(0, 0.05))]], [], []]
    free = {**asked, "lots": losses, "turnover": None, "upper": [1.5] * 4}
    problem = read(json.dumps(free)).problem
    weights = random.dirichlet(np.ones(4))
    back = round_trips(problem, weights.tolist())
    exact = float(check(problem, weights.tolist(), back).bill.total)
    risk = problem.risk_aversion * squared_tracking_error(problem, weights)
    best = risk + sum(
        min(round_trip_cost(asked, losses, i, weight, m) for m in np.linspace(0, 0.4, 4001))
        for i, weight in enumerate(weights.tolist())
    )
    assert exact <= best + 1e-15
    assert exact == pytest.approx(best, abs=1e-5)  # the grid is no finer


def round_trip_cost(
    asked: Document, losses: list[list[list[float]]], i: int, weight: float, back: float
) -> float:
    """Cost of the trade of name ``i`` with ``back`` sold and bought back besides."""
    trade = weight - asked["current"][i]
    size, left = abs(trade) + 2 * back, max(0.0, -trade) + back
    if back and left > sum(lot[0] for lot in losses[i]):
        return math.inf
    total = asked["spread"][i] * size + asked["impact"][i] * size**1.5
    for held, tax in sorted(losses[i], key=lambda lot: lot[1]):
        total += tax * min(left, held)
        left -= min(left, held)
    return float(total + left * max([0.0, *(lot[1] for lot in losses[i])]))


@pytest.mark.parametrize("seed", range(20))
def test_the_exact_check_agrees_with_floats(seed: int) -> None:
    """Two ways of the same sums: 50 decimal digits in a loop, and NumPy."""
    random = np.random.default_rng(seed)
    problem = read(changed()).problem
    weights = random.dirichlet(np.ones(4))
    checked, floats = check(problem, weights.tolist()), bill(problem, weights)
    for part in ("risk", "spread", "impact", "tax", "total"):
        exact = float(getattr(checked.bill, part))
        assert exact == pytest.approx(getattr(floats, part), abs=1e-15)
    assert float(checked.violation) == pytest.approx(violation(problem, weights), abs=1e-15)
    squared = squared_tracking_error(problem, weights)
    assert float(checked.tracking_error) ** 2 == pytest.approx(squared, abs=1e-15)
