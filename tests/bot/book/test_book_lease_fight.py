"""Two processes fight for one account; the book alone, read by raw SQL, is asked who sent what.

``HANDOVERS`` says how often the account must have changed hands (``make soak-lease``: 5,000).
"""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from random import Random

import pytest
from lease_fighter import LEGS
from sqlalchemy import create_engine, text

from bot.book.engine import locate
from bot.book.maintain import check

SCRIPT = Path(__file__).with_name("lease_fighter.py")
ROOT = Path(__file__).parents[3]
HANDOVERS = int(os.environ.get("HANDOVERS", "50"))
NAMES = ("alpha", "bravo")
SILENCE_SECONDS = 0.2
"""Who is put to sleep in the middle of a commit keeps everybody waiting until he wakes up."""

Process = subprocess.Popen[bytes]


@dataclass(slots=True)
class Fight:
    """Both processes, and what they said."""

    url: str
    inward: int
    fighters: dict[str, Process] = field(default_factory=dict)
    seed: int = 0

    def start(self, name: str) -> None:
        """A fighter, or the next one of its name."""
        self.seed += 1
        paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests", SCRIPT.parent)))
        self.fighters[name] = subprocess.Popen(  # noqa: S603 our own code
            [sys.executable, str(SCRIPT), self.url, name, str(self.seed)],
            stdout=self.inward,
            env={**os.environ, "PYTHONPATH": paths},
        )

    def end(self, name: str) -> None:
        """Kill it wherever it is."""
        self.fighters[name].kill()
        self.fighters[name].wait(30)


@pytest.fixture
def fight(url: str) -> Iterator[tuple[Fight, Iterator[str]]]:
    """Two fighters over one book, and the lines that they say."""
    outward, inward = os.pipe()
    begun = Fight(url, inward)
    for name in NAMES:
        begun.start(name)
    yield begun, hear(outward)
    for name in NAMES:
        begun.end(name)
    os.close(inward)
    os.close(outward)


def hear(outward: int) -> Iterator[str]:
    """Line by line; an empty one for each silence of ``SILENCE_SECONDS``."""
    while True:
        if not select.select([outward], [], [], SILENCE_SECONDS)[0]:
            yield ""
            continue
        yield from os.read(outward, 4096).decode("ascii").splitlines()


def disturb(fight: Fight, dice: Random, *, asleep: str | None) -> str | None:
    """Put one to sleep, wake it up, or kill it and start another; who sleeps is answered."""
    if asleep is not None:
        fight.fighters[asleep].send_signal(signal.SIGCONT)
        return None
    name = dice.choice(NAMES)
    if dice.random() < 0.25:
        fight.end(name)
        fight.start(name)
        return None
    fight.fighters[name].send_signal(signal.SIGSTOP)
    return name


def test_two_processes_never_send_at_the_same_time(
    fight: tuple[Fight, Iterator[str]], url: str
) -> None:
    fighters, lines = fight
    last, handovers, lost, asleep = "", 0, 0, None
    dice = Random(7)  # noqa: S311 it plays, it does not encrypt
    for line in lines:
        name, _, what = line.partition(" ")
        if not line and asleep is not None:
            asleep = disturb(fighters, dice, asleep=asleep)
        lost += what == "lost"
        if what == "taken" and name in NAMES and name != last:
            handovers, last = handovers + bool(last), name
            if handovers % 8 == 0 and handovers:
                asleep = disturb(fighters, dice, asleep=asleep)
        elif asleep is not None and what == "taken" and dice.random() < 0.2:
            asleep = disturb(fighters, dice, asleep=asleep)
        if handovers >= HANDOVERS:
            break
    for name in NAMES:
        fighters.end(name)
    assert judge(url) >= HANDOVERS
    assert lost > 0, "nobody slept through a lease"


def judge(url: str) -> int:
    """How often the account changed hands; what was sent was sent by one after the other."""
    engine = create_engine(locate(url).url)
    with engine.connect() as connection:
        sent = connection.execute(
            text(
                "SELECT i.plan_id, i.key, i.token FROM order_events e JOIN intents i "
                "ON i.key = e.key WHERE e.kind = 'sent' ORDER BY e.seq"
            )
        ).all()
        taken = connection.execute(
            text("SELECT token, holder FROM leases WHERE state = 'taken' ORDER BY seq")
        ).all()
    engine.dispose()
    assert_no_overlap([plan_id for plan_id, _, _ in sent])
    assert len({key for _, key, _ in sent}) == len(sent) > LEGS
    tokens = [token for _, _, token in sent]
    assert tokens == sorted(tokens)
    assert [token for token, _ in taken] == list(range(1, len(taken) + 1))
    assert check(url) == ()
    return len(list(groupby(holder for _, holder in taken))) - 1


def assert_no_overlap(plans: list[str]) -> None:
    """Orders of a plan leave one after another, with none of another plan in between."""
    blocks = [plan for plan, _ in groupby(plans)]
    assert len(blocks) == len(set(blocks)), "two holders sent in turns"


def test_the_judge_sees_an_overlap() -> None:
    assert_no_overlap(["a", "a", "b", "a2"])
    with pytest.raises(AssertionError, match="in turns"):
        assert_no_overlap(["a", "a", "b", "a"])
