"""``trimtab optimize`` at the ends of the numbers: limits of next to nothing, and without end.

Every document here once ended in an error of the program, or in words that said nothing.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.cli.app import run
from bot.cli.optimizing.answer import check, judge
from bot.cli.optimizing.document import BadDocument, read
from strategies.optimize.kernel.solve import Solution

Document = dict[str, Any]


def document(**changes: object) -> Document:
    """Four names, the last of them cash."""
    return {
        "current": [0.40, 0.25, 0.0, 0.35],
        "target": [0.25, 0.25, 0.25, 0.25],
        "factors": [[0.16, 0.05], [0.15, -0.04], [0.18, 0.01], [0.0, 0.0]],
        "specific": [0.04, 0.05, 0.06, 0.0],
        "spread": [0.0001, 0.0002, 0.0003, 0.0],
        "impact": [0.001, 0.002, 0.003, 0.0],
        "lower": [0.0] * 4,
        "upper": [0.5] * 4,
        "risk_aversion": 4.0,
        **changes,
    }


TWO: Document = {
    "current": [0.58324, 0.11676],
    "target": [0.72488, 0.27512],
    "factors": [[], []],
    "specific": [0.0464, 0.0],
    "spread": [0.00045, 0.0],
    "impact": [0.0033, 0.0],
    "lots": [[[0.58324, 0.06]], [[0.0641, 0.03], [0.033, 0.05], [0.0196, -0.04]]],
    "lower": [0.0, 0.0],
    "upper": [2.0, 2.0],
    "risk_aversion": 1.0,
}
STUCK: Document = {
    "current": [1.0],
    "target": [1.0],
    "factors": [[]],
    "specific": [0.08],
    "spread": [0.0],
    "impact": [0.00114],
    "lower": [0.0],
    "upper": [2.0],
    "groups": [
        {"name": "g0", "members": [0], "lower": 0.301, "upper": 0.303},
        {"name": "g1", "members": [0], "lower": 0.98},
    ],
    "turnover": 0.001,
    "tracking_error": 1e-8,
    "risk_aversion": 10.0,
}
EXTREME: Mapping[str, Document] = {
    "a turnover of the rounding's size": {**TWO, "turnover": 1e-9, "tracking_error": 0.1},
    "a tracking error below the rounding": document(tracking_error=1e-12),
    "a tracking error of nothing": document(tracking_error=1e-300),
    "bounds without end": document(lower=[-1e300] * 4, upper=[1e300] * 4),
}


@pytest.mark.parametrize("case", EXTREME)
def test_an_extreme_limit_has_an_answer(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The weights keep the limits, and no bound is claimed above what they are worth."""
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(EXTREME[case]), encoding="utf-8")
    assert run(["optimize", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] in ("optimal", "feasible")
    assert answer["violation"] <= 1e-9
    assert answer["bound"] is None or answer["bound"] <= answer["objective"]


def test_what_the_kernel_cannot_prove_the_cone_solver_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One name that must go from 1 to 0.3, and may not: no step of the kernel says so."""
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(STUCK), encoding="utf-8")
    assert run(["optimize", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "infeasible"
    assert answer["weights"] is None
    assert answer["why"]


def test_no_other_solver_is_asked_after_the_deadline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(STUCK), encoding="utf-8")
    run(["optimize", str(path), "--json", "--seconds", "0"])
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] in ("error", "infeasible")
    assert "PrimalInfeasible" not in answer["why"]


@pytest.mark.parametrize(
    ("breach", "status"), [(0.0, "error"), (1e-12, "error"), (1e-9, "optimal")]
)
def test_a_plan_may_gain_what_its_breach_is_worth(breach: float, status: str) -> None:
    """Below a bound by 1e-10: more than rounding, less than the breach that is put up with."""
    asked = read(json.dumps(document(current=[0.5, 0.25, 0.0, 0.25])))
    weights = asked.problem.current + np.array([breach, 0.0, 0.0, 0.0]) * (1 - 1e-6)
    checked = check(asked.problem, weights.tolist())
    value = float(checked.bill.total)
    answer = Solution("optimal", weights, value, value + 1e-10, 0.0, 0.0, 1, "", np.empty(0))
    verdict = judge(answer, checked)
    assert verdict.status == status
    assert status == "error" or float(verdict.bound) == value


REFUSED: Mapping[str, Document] = {
    "tracking_error: 1e+300 is above 1e+100": document(tracking_error=1e300),
    "volatility: 1e+200 is above 1e+100": document(volatility=1e200),
    "lots[0]: the lots weigh 0.40001, but current[0] is 0.4": document(
        lots=[[[0.40001, 0.1]], [], [], []]
    ),
    "uncertain_covariance: needs factors and specific": {
        key: value
        for key, value in document(
            covariance=(np.eye(4) * 0.04).tolist(), uncertain_covariance={"radius": 0.1}
        ).items()
        if key not in ("factors", "specific")
    },
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_makes_no_sense_is_named(fault: str) -> None:
    with pytest.raises(BadDocument) as raised:
        read(json.dumps(REFUSED[fault]))
    assert fault in str(raised.value)
