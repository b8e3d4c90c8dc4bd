"""A harvest that is killed anywhere: the loss is not bought back, and its substitute is bought."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from family import BND, ITOT, VTI, losses, taken
from killing_harvest import FIRST, found, make_template
from stage import D

from bot.book.maintain import upgrade
from brokers.words import AccountId, Side

HARNESS = Path(__file__).with_name("killing_harvest.py")


def swept(folder: Path) -> list[str]:
    """Kill a slot at each of its steps; the names of the steps."""
    book = folder / "empty.db"
    upgrade(book)
    make_template(folder / "template", book)
    outcome = subprocess.run(  # noqa: S603  # our own interpreter, our own program
        [sys.executable, str(HARNESS), str(folder)],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(HARNESS.parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert outcome.returncode == 0, outcome.stderr
    return list(json.loads((folder / "steps.json").read_text()))


def assert_done(place: Path, step: str) -> None:
    """Both legs are done by the next day, each once, and no order hangs."""
    family = found(place, timedelta(days=1))
    book, main = family.book, AccountId("main")
    held = family.stages["main"].held()
    assert VTI not in held, step
    assert held[ITOT] == pytest.approx(D(2000), rel=D("0.01")), step
    assert held[BND] == pytest.approx(D(1000), rel=D("0.01")), step
    machine = [e for e in book.executions(main) if not str(e.key).startswith("HAND")]
    assert not [e for e in machine if e.symbol == VTI and e.side is Side.BUY], step
    assert not book.unsettled(main), step
    assert {row.state for row in book.plans(main)} <= {"proposed", "finished", "void"}, step
    home = family.ledger()
    assert losses(home) > 20_000, step
    assert taken(home) == 0, step
    family.close()


def test_a_harvest_that_is_killed_anywhere_is_finished_by_the_next_slot(tmp_path: Path) -> None:
    steps = swept(tmp_path)
    assert steps.count("intended") == 2, "the sale, then what is bought in its place"
    for number in range(steps.index(FIRST), len(steps)):
        place, step = tmp_path / f"{number:03d}", f"{number}: {steps[number]}"
        assert int((place / "first").read_text()) == signal.SIGKILL, step
        assert (place / "outcome").read_text() == "0", step
        assert_done(place, step)
