"""docs/optimize-json.md: every key is there and every example is solved as it stands."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.cli.app import run
from bot.cli.optimizing.document import OPTIONAL, REQUIRED

PAGE = (Path(__file__).parents[3] / "docs" / "optimize-json.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
LEAST = EXAMPLES[0]
PROBLEMS = {
    "the least": LEAST,
    "long-short, netted": EXAMPLES[1],
    "whole shares": {**LEAST, **EXAMPLES[2]},
    "scenarios and doubt": {**LEAST, **EXAMPLES[3]},
}
KEYS = {*REQUIRED, *OPTIONAL, "factors", "specific", "covariance"}


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_example_is_solved(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(PROBLEMS[name]))
    assert run(["optimize", str(path), "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert answer["status"] in ("optimal", "feasible"), answer["why"]
    assert answer["gap"] <= 1e-2
    assert answer["violation"] <= 1e-6
    explained = set(re.findall(r"`(\w+)`", PAGE.partition("## The answer")[2]))
    assert answer.keys() - explained <= {"schema"}


def test_the_examples_use_every_key() -> None:
    used = {key for problem in PROBLEMS.values() for key in problem}
    assert used == KEYS - {"allow_loss_and_buy"}


def test_every_key_is_explained_in_a_table() -> None:
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    explained = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    assert KEYS - {"grid"} <= explained
    assert "`grid`: `{" in PAGE
