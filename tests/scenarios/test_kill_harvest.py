"""A harvest that is killed anywhere: the loss is not bought back, and its substitute is bought."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from killing import Outcome

HARNESS = Path(__file__).with_name("killing_harvest.py")


def swept(folder: Path) -> list[Outcome]:
    """Kill a slot at each of its steps; what came of it, with all that was wrong then."""
    outcome = subprocess.run(  # noqa: S603  # our own interpreter, our own program
        [sys.executable, str(HARNESS), str(folder)],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(HARNESS.parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert outcome.returncode == 0, outcome.stderr
    outcomes = [Outcome(**row) for row in json.loads((folder / "outcomes.json").read_text())]
    assert not [each.step for each in outcomes if each.later], outcome.stderr
    return outcomes


def test_a_harvest_that_is_killed_anywhere_is_finished_by_the_next_slot(tmp_path: Path) -> None:
    """Also between its sale and what is bought in its place, and when its mail is written."""
    outcomes = swept(tmp_path)
    steps = [each.step for each in outcomes]
    assert steps.count("intended") == 2, "the sale, then what is bought in its place"
    assert "did post" in steps
    assert {each.first for each in outcomes} == {signal.SIGKILL}
    assert len(outcomes) >= 14
