"""Kills a slot that harvests a loss, at every step from its first order on, and works the next one.

Run as a program: ``killing_harvest.py FOLDER`` makes FOLDER/template (an account that has fallen, a
book), and for each step copies it to FOLDER/here, where a child process runs a slot until it is
killed at that step, and another the next slot, ten minutes later, and that of the next day, and
looks whether all is well. FOLDER/outcomes.json says what came of each kill.
"""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pytest
from family import (
    BND,
    HARVESTED,
    ITOT,
    MAIN,
    VTI,
    Family,
    ToldTape,
    losses,
    open_family,
    taken,
)
from killing import WARM, Outcome, Told, in_child, kill, strike_at
from stage import D

import strategies.harvest.pairs
import strategies.proposal  # noqa: F401  # loaded once, here, and not by every child
from bot.book.maintain import upgrade
from bot.clock import VirtualClock
from brokers.words import AccountId, Side

LATER = timedelta(minutes=10)
DAY = timedelta(days=1)
FIRST = "started"
"""Before this step nothing is on its way; the sweep begins there."""
WRITES = frozenset({"record", "post", "mark_plan"})


def make_template(folder: Path) -> None:
    """An account whose VTI has fallen by a fifth, before the slot that sells it."""
    folder.mkdir(parents=True)
    upgrade(folder.with_name("empty.db"))
    family = open_family(folder, folder.with_name("empty.db"))
    family.add("main", MAIN)
    family.sell_gold("main")
    family.close()


def found(folder: Path, later: timedelta) -> Family:
    """The account as it was left, so long after the moment of the harvest."""
    book = WARM.open(str(folder / "book.db"))
    family = Family(folder, book, VirtualClock(HARVESTED + later), tape=ToldTape())
    family.join("main", MAIN)
    return family


def slot(folder: Path, on_step: Callable[[str], None]) -> list[str]:
    """What the daemon does, mails and all; its steps."""
    family = found(folder, timedelta(0))
    stage = family.stages["main"]
    stage.on_step = on_step
    family.book = Told(family.book, WRITES, stage.step)  # type: ignore[assignment]
    family.slot("main")
    steps = stage.steps
    family.close()
    return steps


def recovered(folder: Path) -> None:
    """The next slots, after which both legs are done, each once."""
    for later in (LATER, DAY):
        family = found(folder, later)
        family.cycle("main")
        if later is not DAY:
            family.close()
    assert_done(family)
    family.close()


def assert_done(family: Family) -> None:
    """Both legs are done by the next day, each once, and no order hangs."""
    book, main = family.book, AccountId("main")
    held = family.stages["main"].held()
    assert VTI not in held
    assert held[ITOT] == pytest.approx(D(2000), rel=D("0.01"))
    assert held[BND] == pytest.approx(D(1000), rel=D("0.01"))
    machine = [e for e in book.executions(main) if not str(e.key).startswith("HAND")]
    assert not [e for e in machine if e.symbol == VTI and e.side is Side.BUY]
    assert not book.unsettled(main)
    assert {row.state for row in book.plans(main)} <= {"proposed", "finished", "void"}
    home = family.ledger()
    assert losses(home) > 20_000
    assert taken(home) == 0


def sweep(folder: Path) -> list[Outcome]:
    """Every step in turn."""
    make_template(folder / "template")
    here = folder / "here"
    shutil.copytree(folder / "template", here)
    WARM.learn(str(here / "book.db"))
    steps = slot(here, lambda _step: None)
    outcomes = []
    for number in range(steps.index(FIRST), len(steps)):
        shutil.rmtree(here)
        shutil.copytree(folder / "template", here)
        WARM.opened += 3  # what children add is forgotten
        first = in_child(partial(slot, here, strike_at(number, kill)))
        later = in_child(partial(recovered, here))
        outcomes.append(Outcome(steps[number], first, later))
    return outcomes


if __name__ == "__main__":
    told = Path(sys.argv[1])
    told.mkdir(exist_ok=True)
    outcomes = [asdict(each) for each in sweep(told)]
    (told / "outcomes.json").write_text(json.dumps(outcomes))
