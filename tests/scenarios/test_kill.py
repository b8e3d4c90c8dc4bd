"""Whenever a cycle is struck: nothing is lost, nothing is sent twice, and the next one goes on.

The account has the limits of a person: what was interrupted is finished without asking anybody.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from killing import Outcome

HARNESS = Path(__file__).with_name("killing.py")


def swept(folder: Path, case: str, blow: str) -> list[Outcome]:
    """Strike a cycle at each of its steps; what came of it, with all that was wrong then."""
    outcome = subprocess.run(  # noqa: S603  # our own interpreter, our own program
        [sys.executable, str(HARNESS), str(folder), case, blow],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(HARNESS.parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert outcome.returncode == 0, outcome.stderr
    steps = json.loads((folder / "steps.json").read_text())
    assert steps.count("did submit") >= 4
    assert ("did cancel" in steps) is case.startswith("slow")
    outcomes = [Outcome(**row) for row in json.loads((folder / "outcomes.json").read_text())]
    assert not [each.step for each in outcomes if each.later], outcome.stderr
    return outcomes


def assert_all_killed(outcomes: list[Outcome], least: int) -> None:
    assert {each.first for each in outcomes} == {signal.SIGKILL}
    assert len(outcomes) >= least


def test_a_cycle_that_is_killed_anywhere_is_continued(tmp_path: Path) -> None:
    assert_all_killed(swept(tmp_path, "quick", "kill"), 50)


def test_orders_of_a_cycle_that_was_killed_are_taken_back(tmp_path: Path) -> None:
    assert_all_killed(swept(tmp_path, "slow", "kill"), 30)


def test_a_leg_that_is_killed_between_two_of_its_orders_has_none_of_them_twice(
    tmp_path: Path,
) -> None:
    """Also where the first was cancelled, and the one in its place was meant and not sent."""
    outcomes = swept(tmp_path, "slow, worked", "kill")
    assert_all_killed(outcomes, 15)
    assert any(each.replaced for each in outcomes)


def test_a_disk_that_fills_up_anywhere_stops_the_cycle_and_loses_nothing(tmp_path: Path) -> None:
    outcomes = swept(tmp_path, "quick, coarse", "full")
    assert {each.first for each in outcomes} == {0}
    silent = [each.step for each in outcomes if not each.error]
    assert silent == ["finished"], "after the last step there is nothing to write"
    assert all("the disk failed" in each.error for each in outcomes if each.error)
