"""One play for each bug: sessions in which only its faults strike, a calm end, then checks."""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.cli.selftesting.bugs import Bug
from bot.cli.selftesting.checks import wrong
from bot.cli.selftesting.life import alive
from bot.cli.selftesting.owner import Owner
from bot.cli.selftesting.replay import Play, play_on, stage
from bot.cli.selftesting.world import World

if TYPE_CHECKING:
    from bot.daemon.sessions import Sessions

FIRST = date(2024, 3, 4)  # a Monday
DAYS = 3
"""Four sessions with faults."""

FAULTS = 8
"""In these days; more than one a session."""

CALM_SESSIONS = 2
"""Within so many all must be well again."""
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - nothing of it is meant to last

CONFIG = """\
book = "{folder}/book.db"

[mail]
outbox = "outbox"

[alerts]
weekly_report = "off"

[accounts.selftest]
broker = "paper"
environment = "paper"
mode = "auto"
profile = "desk"
schedule = {{ at = "open+30m", period = "never", cooldown_days = 0 }}

[accounts.selftest.target]
strategy = "equal"
symbols = ["S0001", "S0002", "S0003", "S0004", "S0005", "S0006"]

[accounts.selftest.bands]
relative = 0.01

[accounts.selftest.orders]
work_seconds = 40
limit_fraction = {limit}            # 0 waits at mid, so that there is something to cancel

[accounts.selftest.tax]
kind = "roth"

[accounts.selftest.paper]
cash = 100000
tape = "synthetic:6"
seed = {seed}
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a play."""

    sessions: int
    orders: int
    faults: int
    restarts: int
    wrong: tuple[str, ...]


def folder_apart() -> "TemporaryDirectory[str]":
    """A folder that is gone afterwards, in memory where there is such a place: never the user's."""
    place = IN_MEMORY if IN_MEMORY.is_dir() else None
    return TemporaryDirectory(prefix="trimtab-selftest-", dir=place)


def empty_book(folder: Path) -> Path:
    """A book with nothing in it, to be copied: making one takes longer than a session."""
    from bot.book.book import Book

    path = folder / "empty.db"
    Book.open(path, upgrade=True).close()
    return path


def perform(folder: Path, empty: Path, bug: Bug, seed: int, sessions: "Sessions") -> Ended:
    """Play the faults of ``bug`` in ``folder``, and look at what is left."""
    from brokers.paper.faults.kinds import BY_NAME

    shutil.copyfile(empty, folder / "book.db")
    last = FIRST + timedelta(days=DAYS)
    waits = any(BY_NAME[kind].seam in {"cancel", "find"} for kind in bug.kinds)
    text = CONFIG.format(folder=folder, seed=seed, limit=0 if waits else 1)
    a_year = FAULTS * 365 // DAYS + 1
    play = Play(text, seed, FIRST, last, a_year, sessions, bug.kinds)
    with stage(folder, play) as world:
        owner = Owner(world, seed)
        play_on(world, owner, last)
        calm = _calm(world, owner)
        return Ended(
            sessions=len(sessions.sessions_between(FIRST, last)) + calm,
            orders=world.sent,
            faults=len(world.faulty.struck),
            restarts=world.crashes + world.stops,
            wrong=wrong(world.book, world.ledger),
        )


def _calm(world: World, owner: Owner) -> int:
    """No faults any more, and an owner who sees to what is left; how many sessions that takes."""
    world.faulty.heal()
    for number in range(1, CALM_SESSIONS + 1):
        play_on(world, owner, world.sessions.next_session(world.clock.now()).day)
        with alive(world) as life:
            owner.look(life, at_once=True)
        if not wrong(world.book, world.ledger):
            return number
    return CALM_SESSIONS
