"""``trimtab optimize --verify`` and ``--terms``: another opinion, and terms of one's own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.cli.app import run
from tests.bot.cli.test_optimize_keys import (
    GAINS,
    GRID,
    IN_CASH,
    NETTING,
    SCENARIOS,
    document,
)

Document = dict[str, Any]
LOSSES: dict[str, object] = {"lots": [[[0.40, -0.05]], [[0.25, -0.06]], [], [[0.35, -0.04]]]}
CONSTANT = {**NETTING, "net_short": 2.0, "net_long": 2.0}

CASES: dict[str, tuple[dict[str, object], str]] = {
    "plain": ({}, "Clarabel"),
    "no impact": ({"impact": [0.0] * 4}, "OSQP"),
    "losses": (LOSSES, "Clarabel"),
    "every limit": (
        {"volatility": 0.186, "gross": 1.0, "turnover": 0.4, "tracking_error": 0.05},
        "Clarabel",
    ),
    "whole shares": ({**IN_CASH, "grid": GRID}, "HiGHS"),
    "constant rates": ({"lots": GAINS, "netting": CONSTANT}, "Clarabel"),
    "a term": ({"scenarios": {"returns": SCENARIOS}, "cvar": {"aversion": 2.0}}, "Clarabel"),
}


def answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: Document, *flags: str
) -> tuple[int, Document]:
    """Exit code and answer."""
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(asked))
    code = run(["optimize", str(path), "--json", *flags])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("case", CASES)
def test_another_solver_agrees(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes, solver = CASES[case]
    code, answer = answered(tmp_path, capsys, document(**changes), "--verify")
    opinion = answer["second_opinion"]
    assert opinion["verdict"] == "agrees", opinion["words"]
    assert code == 0
    assert solver in (opinion["solver"], "OSQP")
    assert abs(opinion["dearer_bps"]) <= 0.01


def test_between_constant_rates_nobody_else_can_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The loss limit binds: the rate of a further dollar is none of the law's."""
    netting = {**NETTING, "net_short": 0.0, "net_long": 0.0, "loss_limit": 0.004, "loss_worth": 0}
    lots = [[{"weight": 0.4, "gain_per_dollar": -0.1, "term": "short"}], [], [], []]
    asked = document(lots=lots, netting=netting, target=document()["current"])
    code, answer = answered(tmp_path, capsys, asked, "--verify")
    assert answer["net_short"] == pytest.approx(-0.004, abs=1e-9)
    assert (code, answer["rates_are_constant"]) == (0, False)
    assert "second_opinion" not in answer


MY_TERMS = """
import cvxpy as cp
from strategies.optimize.cone.terms import Scenarios, Terms, ValueAtRisk
import numpy as np

def cap(weights, trades, problem):
    return 0.5 * cp.sum_squares(trades), [weights[0] <= 0.3]

risk = Terms(scenarios=Scenarios(np.eye(4) * -0.1), cvar=ValueAtRisk(aversion=1.0))
broken = 3
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a user's file, in which the program runs."""
    (tmp_path / "mine.py").write_text(MY_TERMS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_term_of_ones_own_counts(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, plain = answered(mine, capsys, document(target=[0.5, 0.2, 0.1, 0.2]))
    asked = document(target=[0.5, 0.2, 0.1, 0.2])
    code, answer = answered(mine, capsys, asked, "--terms", "file:mine.py:cap")
    assert code == 0
    assert plain["weights"][0] > 0.4
    assert answer["weights"][0] == pytest.approx(0.3, abs=1e-6)
    trades = np.subtract(answer["weights"], asked["current"])
    gone = np.subtract(answer["weights"], asked["target"])
    factors = np.array(asked["factors"])
    risk = 4.0 * (np.sum((factors.T @ gone) ** 2) + np.sum(asked["specific"] * gone**2))
    cost = asked["spread"] @ np.abs(trades) + asked["impact"] @ np.abs(trades) ** 1.5
    assert answer["objective"] == pytest.approx(risk + cost + 0.5 * trades @ trades, abs=1e-8)
    assert answer["why"]


def test_terms_of_ones_own_are_those_of_the_problem(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, mine_said = answered(mine, capsys, document(), "--terms", "file:mine.py:risk")
    scenarios = {"returns": (np.eye(4) * -0.1).tolist()}
    _, stated = answered(mine, capsys, document(scenarios=scenarios, cvar={"aversion": 1.0}))
    assert mine_said["weights"] == pytest.approx(stated["weights"], abs=1e-6)
    assert mine_said["objective"] == pytest.approx(stated["objective"], abs=1e-9)


@pytest.mark.parametrize(
    ("reference", "changes", "fault"),
    [
        ("mine.py", {}, "expected file:PATH.py:NAME"),
        ("file:mine.py:nothing", {}, "has no nothing"),
        ("file:mine.py:broken", {}, "expected a function or a Terms"),
        ("file:mine.py:cap", {"lots": GAINS, "netting": NETTING}, "netting: cannot be had"),
        ("file:mine.py:risk", {"scenarios": {"returns": SCENARIOS}}, "scenarios: given in"),
    ],
)
def test_what_does_not_fit_is_said(
    reference: str,
    changes: dict[str, object],
    fault: str,
    mine: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, answer = answered(mine, capsys, document(**changes), "--terms", reference)
    assert code == 2
    assert fault in answer["why"]


def test_a_person_reads_the_opinion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(document()))
    assert run(["optimize", str(path), "--verify"]) == 0
    assert "second opinion" in capsys.readouterr().out


def test_beyond_the_kernel_no_loss_is_bought_back_either(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan that may buy losses back bounds the one that may not; the gap says by how much."""
    asked = document(**LOSSES, exponent=2.0, impact=[0.1] * 4)
    _, answer = answered(tmp_path, capsys, asked)
    trades = np.subtract(answer["weights"], asked["current"])
    gone = np.subtract(answer["weights"], asked["target"])
    factors = np.array(asked["factors"])
    risk = 4.0 * (np.sum((factors.T @ gone) ** 2) + np.sum(asked["specific"] * gone**2))
    cost = asked["spread"] @ np.abs(trades) + 0.1 * trades @ trades
    tax = np.array([-0.05, -0.06, 0.0, -0.04]) @ np.maximum(-trades, 0.0)
    assert answer["status"] == "feasible"
    assert answer["objective"] == pytest.approx(risk + cost + tax, abs=1e-9)
    assert answer["bound"] < answer["objective"]
    assert 0 < answer["gap"] < 1
    assert answer["round_trips"] == []
    assert "side of each loss" in answer["why"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({**IN_CASH, "grid": GRID}, "whole shares"),
        ({"gross": 1.0}, "gross"),
        ({"upper": [0.2] * 4}, "what must give way"),
    ],
)
def test_a_person_reads_what_was_asked(
    changes: dict[str, object], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(document(**changes)))
    assert run(["optimize", str(path)]) == 0
    assert words in capsys.readouterr().out
