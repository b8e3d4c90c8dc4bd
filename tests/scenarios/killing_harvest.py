"""Kills a slot that harvests a loss, at every step from its first order on, and works the next one.

Run as a program: ``killing_harvest.py FOLDER`` takes FOLDER/template (an account that has fallen, a
book), and for each step makes FOLDER/NNN, where a child process ran a slot until it was killed at
that step, and another ran the next slot, ten minutes later, and that of the next day.
FOLDER/steps.json names the steps.
"""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from family import HARVESTED, MAIN, Family, open_family
from killing import in_child, kill, strike_at

import strategies.harvest.pairs
import strategies.proposal  # noqa: F401  # loaded once, here, and not by every child

LATER = timedelta(minutes=10)
FIRST = "started"
"""Before this step nothing is on its way; the sweep begins there."""


def make_template(folder: Path, book: Path) -> None:
    """An account whose VTI has fallen by a fifth, before the slot that sells it."""
    folder.mkdir()
    family = open_family(folder, book)
    family.add("main", MAIN)
    family.sell_gold("main")
    family.close()


def found(folder: Path, later: timedelta) -> Family:
    """The account as it was left, so long after the moment of the harvest."""
    family = open_family(folder, folder / "book.db", HARVESTED + later)
    family.join("main", MAIN)
    return family


def slots(folder: Path, laters: tuple[timedelta, ...], on_step: Callable[[str], None]) -> list[str]:
    """Slots at these moments; the steps of all."""
    steps: list[str] = []
    for later in laters:
        family = found(folder, later)
        stage = family.stages["main"]
        stage.on_step = on_step
        family.slot("main")
        steps += stage.steps
        family.close()
    return steps


def sweep(folder: Path) -> None:
    """Every step in turn."""
    trial = folder / "trial"
    shutil.copytree(folder / "template", trial)
    steps = slots(trial, (timedelta(0),), lambda _step: None)
    (folder / "steps.json").write_text(json.dumps(steps))
    for number in range(steps.index(FIRST), len(steps)):
        place = folder / f"{number:03d}"
        shutil.copytree(folder / "template", place)
        first = in_child(partial(slots, place, (timedelta(0),), strike_at(number, kill)))
        (place / "first").write_text(str(first))
        later = in_child(partial(slots, place, (LATER, timedelta(days=1)), lambda _step: None))
        (place / "outcome").write_text(str(later))


if __name__ == "__main__":
    sweep(Path(sys.argv[1]))
