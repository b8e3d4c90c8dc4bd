"""After the kill switch is thrown, at whatever moment, not one more order leaves."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HARNESS = Path(__file__).with_name("killing_switch.py")
MOMENTS = int(os.environ.get("MOMENTS", "200"))
"""Random moments; ``make soak-kill`` has 20,000."""

PARTS = 2
SECONDS_MAX = 60.0 + MOMENTS * 3
SHOWN = ("last_sent", "done", "quiet", "up_after")


def trials(folder: Path, seed: int, count: int) -> list[dict[str, Any]]:
    """So many throws at moments that follow from ``seed``."""
    outcome = subprocess.run(  # noqa: S603  # our own interpreter, our own program
        [sys.executable, str(HARNESS), str(folder), str(seed), str(count)],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(HARNESS.parents[2])},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )
    assert outcome.returncode == 0, outcome.stderr
    return list(json.loads((folder / "trials.json").read_text()))


def p99(values: list[float]) -> float:
    """The value that one in a hundred is above."""
    return statistics.quantiles(values, n=100, method="inclusive")[98]


def told(found: list[dict[str, Any]]) -> str:
    """The figures: seconds since the flag was up."""
    lines = []
    for name in SHOWN:
        values = [trial[name] for trial in found]
        figures = (statistics.median(values), p99(values), max(values))
        lines.append("{:>10}  p50 {:.4f}  p99 {:.4f}  max {:.4f}".format(name, *figures))
    way = sum(trial["sent_on_the_way"] for trial in found)
    after = sum(trial["sent_after"] for trial in found)
    return "\n".join((f"{len(found)} moments: {after} after, {way} on the way", *lines))


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_leaves_after_the_flag_at_any_moment(tmp_path: Path, part: int) -> None:
    found = trials(tmp_path, part, MOMENTS // PARTS)
    sys.stdout.write(f"\n{told(found)}\n")
    assert len(found) == MOMENTS // PARTS
    assert {trial["case"] for trial in found} == {"quick", "slow"}
    cut = [trial for trial in found if trial["plan"] == "void"]
    assert len(cut) > len(found) / 3, "most of them hit a plan in the middle"
    assert any(0 < trial["sent_before"] < 8 for trial in found)
    for trial in found:
        assert trial["is_quiet"], trial
        assert trial["sent_after"] == 0, trial
        assert trial["sent_on_the_way"] <= 1, trial
        assert trial["left_open"] == 0, trial
        assert trial["unsettled"] == 0, trial
        assert trial["his_is_open"], "what the owner sent by hand is left alone"
        assert trial["later"] in {"", "0 sent", "main is halted: a random moment"}, trial
        assert trial["done"] < 30, trial
