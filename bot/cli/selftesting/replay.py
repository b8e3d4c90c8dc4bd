"""Days and days of the daemon's own work, through every crash."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.selftesting.life import Life, alive
from bot.cli.selftesting.owner import Owner
from bot.cli.selftesting.world import Torn, World
from bot.clock import VirtualClock

if TYPE_CHECKING:
    from bot.daemon.sessions import Sessions
    from brokers.settings import PaperSettings

RESTART = timedelta(minutes=4)
"""How long a process that died stays away: longer than its lease, which this process still lives
to hold."""

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Play:
    """What is to be played: an account (its table of the config), days, faults."""

    text: str
    seed: int
    first: date
    last: date
    faults_a_year: int
    sessions: "Sessions | None" = None
    kinds: tuple[str, ...] = ()
    """The only kinds of fault that strike; empty for all of them."""


@contextmanager
def stage(folder: Path, play: Play) -> Iterator[World]:
    """A world in ``folder``, with its faults ahead of it."""
    from bot.config.read import load
    from bot.daemon.sessions import Sessions
    from brokers.connect import open_faulty
    from brokers.paper.faults.kinds import BY_NAME, KINDS
    from brokers.paper.faults.schedule import schedule

    path = folder / "config.toml"
    path.touch(mode=0o600)
    path.write_text(play.text, encoding="utf-8")
    config = load(path, {})
    (account,) = config.accounts
    clock = VirtualClock(datetime.combine(play.first, time(0), UTC))
    sessions = play.sessions or Sessions(config.calendar, clock.now())
    kinds = tuple(BY_NAME[name] for name in play.kinds) or KINDS
    faults = schedule(play.seed, play.first, play.last, play.faults_a_year, kinds)
    settings: PaperSettings = account.broker  # type: ignore[assignment]
    faulty = open_faulty(account.account, settings, clock.now, sessions.session_at, faults)
    try:
        yield World(folder, config, account, sessions, clock, faulty)
    finally:
        faulty.exchange.close()


Watcher = Callable[[World, Life, Owner], None]
"""Looks at the world after each slot."""


def nobody(_world: World, _life: Life, _owner: Owner) -> None:
    """Nobody watches."""


def play_on(world: World, owner: Owner, until: date, watcher: Watcher = nobody) -> None:
    """Work every slot up to the end of ``until``, starting again after each crash and stop."""
    end = datetime.combine(until, time(23, 59), UTC)
    while world.clock.now() < end:
        torn = False
        try:
            with alive(world) as life:
                _live(world, life, owner, end, watcher)
        except Torn:
            torn = True
        if torn:
            world.well()
            world.clear_wreck()
        if torn or world.stopping:
            world.stopping = False
            world.clock.sleep(RESTART.total_seconds())
        else:
            world.clock.move_to(end)


def _live(world: World, life: Life, owner: Owner, end: datetime, watcher: Watcher) -> None:
    """One process, to its end: that of all days, a kill, or a wish to stop."""
    from bot.book.errors import BookError
    from bot.daemon.fastforward import fast_forward
    from bot.daemon.rota import Chore

    def after(_name: str, _now: datetime) -> None:
        if world.stopping:
            return
        world.well()
        world.faulty.settle()
        owner.look(life)
        watcher(world, life, owner)

    rota = life.service.rota
    try:
        rota.mourn(life.service.jobs)
        for job in life.service.jobs:
            rota.visit(job)
        fast_forward(rota, life.service.jobs, (Chore("owner", MINUTE, after),), world.clock, end)
    except BookError:
        if not world.is_full:
            raise
        world.stopping = True  # with the disk full a daemon dies as it tries to say so
    finally:
        world.well()
