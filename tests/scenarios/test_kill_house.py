"""What a daemon does beside its cycles is killed in the middle: mails, upgrades, copies, stops."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from killing import Outcome

HARNESS = Path(__file__).with_name("killing_house.py")
LEAST = {
    "mail": 8,
    "migration": 4,
    "backup": 5,
    "checkpoint": 5,
    "kill switch": 6,
    "SIGTERM": 4,
}
"""How often each is killed at least."""


def test_whatever_is_killed_in_the_middle_is_done_again(tmp_path: Path) -> None:
    outcome = subprocess.run(  # noqa: S603  # our own interpreter, our own program
        [sys.executable, str(HARNESS), str(tmp_path)],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(HARNESS.parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert outcome.returncode == 0, outcome.stderr
    outcomes = [Outcome(**row) for row in json.loads((tmp_path / "outcomes.json").read_text())]
    assert not [each.step for each in outcomes if each.later], outcome.stderr
    assert {each.first for each in outcomes} <= {signal.SIGKILL, 0}
    killed = Counter(e.step.rpartition(" ")[0] for e in outcomes if e.first == signal.SIGKILL)
    assert {name: least for name, least in LEAST.items() if killed[name] < least} == {}
