"""Whenever a cycle is struck: nothing is lost, nothing is sent twice, and the next one goes on."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from killing import SLOT, make_template, open_stage, places
from stage import Stage, assert_sound

from bot.book.maintain import upgrade
from strategies.plan import Hold

HARNESS = Path(__file__).with_name("killing.py")


def swept(folder: Path, case: str, blow: str) -> list[str]:
    """Strike a cycle at each of its steps; the names of the steps."""
    book = folder / "empty.db"
    upgrade(book)
    template = folder / "template"
    at = make_template(template, book, case)
    (template / "time").write_text(at.isoformat())
    outcome = subprocess.run(  # noqa: S603  # our own interpreter, our own program
        [sys.executable, str(HARNESS), str(folder), case, blow],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(HARNESS.parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert outcome.returncode == 0, outcome.stderr
    return list(json.loads((folder / "steps.json").read_text()))


def assert_recovered(stage: Stage) -> None:
    """The exchange and the book agree, and no plan and no order is left hanging."""
    assert_sound(stage)
    account = stage.policy.account
    assert not stage.book.unsettled(account)
    assert not stage.paper.open_orders()
    states = [row.state for row in stage.book.plans(account)]
    assert set(states) <= {"proposed", "finished", "void"}, states
    tieout = stage.book.last_tieout(account)
    assert tieout is not None
    assert tieout.ok
    assert not stage.book.halted(account)


def recovered(folder: Path, case: str, blow: str) -> Iterator[tuple[Path, str, Stage]]:
    """Each step, and the account after the slot that followed a blow there."""
    steps = swept(folder, case, blow)
    assert steps.count("did submit") >= 4
    assert ("did cancel" in steps) is case.startswith("slow")
    at = datetime.fromisoformat((folder / "template" / "time").read_text())
    for number in places(case, steps):
        step = steps[number]
        place = folder / f"{number:03d}"
        assert (place / "outcome").read_text() == "0", f"after a blow at {number}: {step}"
        stage = open_stage(place, case, at + SLOT)
        try:
            assert_recovered(stage)
            yield place, step, stage
        finally:
            stage.close()


def test_a_cycle_that_is_killed_anywhere_is_continued(tmp_path: Path) -> None:
    for place, step, stage in recovered(tmp_path, "quick", "kill"):
        assert int((place / "first").read_text()) == signal.SIGKILL
        assert isinstance(stage.run_later(60).decision, Hold), step


def test_orders_of_a_cycle_that_was_killed_are_taken_back(tmp_path: Path) -> None:
    for place, step, stage in recovered(tmp_path, "slow", "kill"):
        assert int((place / "first").read_text()) == signal.SIGKILL, step
        assert not stage.paper.open_orders()


def test_a_leg_that_is_killed_between_two_of_its_orders_has_none_of_them_twice(
    tmp_path: Path,
) -> None:
    """Also where the first was cancelled, and the one in its place was meant and not sent."""
    replaced = 0
    for place, step, stage in recovered(tmp_path, "slow, worked", "kill"):
        assert int((place / "first").read_text()) == signal.SIGKILL, step
        assert isinstance(stage.run_later(60).decision, Hold), step
        replaced += any(row.replaces for row in stage.book.orders(limit=1000))
    assert replaced


def test_a_disk_that_fills_up_anywhere_stops_the_cycle_and_loses_nothing(tmp_path: Path) -> None:
    silent = []
    for place, step, stage in recovered(tmp_path, "quick, coarse", "full"):
        assert (place / "first").read_text() == "0"
        if not (place / "error").exists():
            silent.append(step)
            continue
        assert "the disk failed" in (place / "error").read_text()
        assert isinstance(stage.run_later(60).decision, Hold), step
    assert silent == ["finished"], "after the last step there is nothing to write"
