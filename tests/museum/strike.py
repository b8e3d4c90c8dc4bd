"""Plays some days of our code, mutated or not, until the judge sees something or they are over."""

import shutil
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from simulation.judge import Files, scanned
from simulation.records import opened
from simulation.witness import Witness
from simulation.years import CONFIG, Court, Year, folder_in_memory, peace

from bot.cli.selftesting.life import Life
from bot.cli.selftesting.owner import Owner
from bot.cli.selftesting.replay import Play, play_on, stage
from bot.cli.selftesting.world import World
from bot.daemon.sessions import Sessions
from brokers.words import Order, OrderKey
from museum.mutants import Days

NAMES = 6
CALM = 2
SINCE, NOW = date(2023, 1, 3), datetime(2024, 1, 2, tzinfo=UTC)


class Caught(BaseException):
    """Something was seen: the rest of the days would only cost time."""


@dataclass(slots=True)
class Seen:
    """What came of some days. ``failures`` are errors that ended slots, by their kind."""

    wrong: list[str] = field(default_factory=list)
    sessions: int = 0
    traded: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    struck: dict[str, int] = field(default_factory=dict)


def text_of(days: Days, folder: Path) -> str:
    """The account: six names, in bands so narrow that something is done in every session."""
    text = CONFIG.format(
        book=folder / "book.db",
        mode="auto",
        profile=days.profile,
        at=days.at,
        symbols=", ".join(f'"S{number:04d}"' for number in range(1, NAMES + 1)),
        band="0.01",
        work="60",
        limit=days.limit,
        cash="250000",
        names=NAMES,
        margin="true" if "margin" in days.more else "false",
        seed=days.seed,
    )
    return (
        text.replace("[accounts.sim.tax]", f"{STEPS}\n[accounts.sim.tax]")
        if "steps" in days.more
        else text
    )


STEPS = "steps = 4\nstep_seconds = 10\nstart = 0\nthrough = 1\n"


def sessions_of(folder: Path) -> Sessions:
    """Those of New York, read from a file in ``folder`` the second time."""
    return Sessions("XNYS", NOW, SINCE, cache=folder / "sessions")


def strike(days: Days, ready: Path) -> dict[str, object]:
    """What is seen in ``days``; ``ready`` has an empty book in it, ``empty.db``."""
    first = date.fromisoformat(days.first)
    last = first + timedelta(days=days.days)
    sessions = sessions_of(ready)
    seen = Seen()
    with folder_in_memory() as folder:
        shutil.copyfile(ready / "empty.db", folder / "book.db")
        a_year = days.faults * 365 // days.days + 1
        kinds = tuple(days.kinds.split())
        play = Play(text_of(days, folder), days.seed, first, last, a_year, sessions, kinds)
        with stage(folder, play) as world:
            _play(world, days, last - timedelta(days=1), seen)
            now = min(world.clock.now().date(), last)
            seen.sessions = len(sessions.sessions_between(first, now))
    return asdict(seen)


def _play(world: World, days: Days, last: date, seen: Seen) -> None:
    court = Court(world, Year(days.seed), Witness(world.book, world.ledger), audit_every=1)
    owner = Owner(world, days.seed)

    def wire(act: str, key: OrderKey, order: Order | None) -> None:
        court.wire(act, key, order)
        if court.witness.wrong:
            raise Caught

    def after(world: World, life: Life, owner: Owner) -> None:
        court.after(world, life, owner)
        if court.year.wrong:
            raise Caught

    world.witness = wire
    begun = world.clock.now().date()
    try:
        play_on(world, owner, last, after)
        _calm(world, owner, court, last)
        _scanned(world, court, begun, world.clock.now().date())
    except Caught:
        pass
    seen.wrong = [*court.witness.wrong, *court.year.wrong]
    seen.failures = dict(Counter(said.partition(":")[0] for said in world.failures))
    seen.struck = dict(Counter(each.kind for each in world.faulty.struck))
    with opened(world.book) as book:
        query = "SELECT count(*) FROM plan_events WHERE state = 'finished'"
        seen.traded = book.execute(query).fetchone()[0]


def _calm(world: World, owner: Owner, court: Court, last: date) -> None:
    """No faults any more: in two sessions at the most all is well."""
    for _ in range(CALM):
        court.year.wrong = [said for said in court.year.wrong if said.startswith("I10")]
        peace(world, owner, court, last, 1)
        if not court.year.wrong:
            break


def _scanned(world: World, court: Court, first: date, last: date) -> None:
    hours = [
        tuple(each.isoformat(timespec="microseconds") for each in (s.opens, s.closes))
        for s in world.sessions.sessions_between(first, last)
    ]
    with opened(world.book) as one, opened(world.ledger) as other:
        court.year.wrong += scanned(Files(one, other), hours)
