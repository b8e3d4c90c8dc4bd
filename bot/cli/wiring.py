"""The only place where the house is put together: from a config to open books and brokers."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.screen import tell

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.clock import Clock
    from bot.config.settings import AccountConfig, Config
    from bot.daemon.sessions import Sessions
    from bot.post import Step
    from bot.progress.search import Audience, Searches
    from bot.rounds import Desk, Office
    from bot.switch import Switch

LOCK = "trimtab.lock"
"""File in the state folder that whoever works the book holds."""

CACHE = "sessions.json"
"""File of the exchange's sessions in the state folder; making them anew takes a second."""

REPLAY = "replay.clock"
"""File in the state folder of a replay: the moment at which it stands."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What the caller brings: a clock, and who is told of progress and of the wish to stop.

    ``audiences`` look at the search for a plan; ``seconds`` is a deadline for it in place of that
    of the account. ``switch`` is the kill switch that ends a search, where it is watched.
    """

    clock: "Clock"
    step: "Step"
    stopping: Callable[[], bool]
    audiences: "tuple[Audience, ...]" = ()
    seconds: float | None = None
    switch: "Switch | None" = None


def hands_of(config: "Config") -> Hands:
    """The machine's own clock, and nobody listening.

    What was replayed keeps its own time: its exchange and its plans are of the day at which the
    replay stands, and today's clock would carry them years ahead.
    """
    from bot.clock import VirtualClock
    from bot.daemon.clock import SystemClock

    moment = replayed_to(config)
    clock = SystemClock() if moment is None else VirtualClock(moment)
    return Hands(clock, lambda _step: None, lambda: False)


def replayed_to(config: "Config") -> datetime | None:
    """The moment at which a replay stands; None where the clock on the wall counts."""
    return moment_in(config.state_dir)


def moment_in(state_dir: Path) -> datetime | None:
    """The moment at which the replay with this state folder stands."""
    kept = state_dir / REPLAY
    return datetime.fromisoformat(kept.read_text("ascii")) if kept.exists() else None


def keep_replay(config: "Config", moment: datetime) -> None:
    """Write down how far a replay has come."""
    kept = config.state_dir / REPLAY
    fresh = kept.with_suffix(".new")  # killed here, the old moment is still there whole
    fresh.write_text(moment.isoformat(), "ascii")
    fresh.replace(kept)


def read_config(path: Path) -> "Config":
    """The config at ``path``, checked whole; ``ConfigError`` names every mistake."""
    from bot.config.read import load
    from bot.logs.guard import guard_errors

    guard_errors()  # before a secret is fetched
    return load(path, os.environ)


@contextmanager
def open_book(config: "Config") -> "Iterator[Book]":
    """The book that is there already: who halts a book that he has just made halts nothing."""
    from bot.book.engine import locate
    from bot.book.errors import BookError

    place = locate(config.book_url)
    if place.path is not None and not place.path.exists():
        raise BookError(
            f"there is no book at {place.path}",
            "check the path in the config; trimtab plan or trimtab run makes a new one",
        )
    with make_book(config) as book:
        yield book


@contextmanager
def make_book(config: "Config") -> "Iterator[Book]":
    """The book that the config names, made or upgraded where it is not there or older."""
    from bot.book.book import Book
    from bot.book.engine import locate
    from bot.book.mirror import Mirror, mirror_path
    from bot.book.origin import Beside
    from bot.book.reserve import Reserve, reserve_path

    place = locate(config.book_url)
    path = mirror_path(config.state_dir, place.name)
    reserve = None if place.path is None else Reserve(reserve_path(place.path))
    now = hands_of(config).clock.now
    beside = Beside(Mirror(path, now), reserve)
    with Book.open(config.book_url, upgrade=True, beside=beside) as book:
        if book.origin.lost:
            _tell_lost(config, book, now())
        yield book


def _tell_lost(config: "Config", book: "Book", now: datetime) -> None:
    """The mark was gone: whoever opened the book reads it, and its owner gets a mail."""
    from bot.alerts.storage import mark_lost

    tell(f"{book.origin.lost}; it was made anew from the book, which is as it was written")
    tell("where the book is an older copy: trimtab halt, then trimtab reconcile")
    owner = config.accounts[0]
    book.post(mark_lost(owner.environment, owner.account, book.origin.lost, now))


@contextmanager
def open_office(
    config: "Config", hands: Hands, accounts: "Sequence[AccountConfig]"
) -> "Iterator[tuple[Office, list[Desk]]]":
    """Book, calendar and the brokers of ``accounts``, opened for use."""
    from bot.daemon.sessions import Sessions
    from bot.household.kin import kin_of
    from bot.rounds import Office
    from bot.switch import Switch

    with make_book(config) as book, open_searches(config, hands) as searches:
        cache = config.state_dir / CACHE
        sessions = Sessions(config.calendar, hands.clock.now(), cache=cache)
        office = Office(
            book=book,
            sessions=sessions,
            clock=hands.clock,
            alerts=config.alerts,
            step=hands.step,
            stopping=hands.stopping,
            disk_free_mib=partial(disk_free_mib, config),
            searches=searches,
            kin=kin_of(config, book),
            switch=hands.switch or Switch(config.state_dir),
        )
        now = hands.clock.now
        yield office, [open_desk(account, config, sessions, now) for account in accounts]


@contextmanager
def open_searches(config: "Config", hands: Hands) -> "Iterator[Searches]":
    """Searches that ``trimtab watch`` sees and ``trimtab stop-search`` stops.

    Where the state folder can hold no socket they go on unseen: it is said, and stops nothing.
    """
    from bot.progress.broadcast import Broadcaster
    from bot.progress.search import Searches
    from bot.progress.sockets import FOLDER, NoSocket

    def stopping() -> bool:
        return hands.stopping() or (hands.switch is not None and hands.switch.hurries)

    broadcaster = Broadcaster(config.state_dir / FOLDER)
    searches = Searches((*hands.audiences, broadcaster), stopping=stopping, seconds=hands.seconds)
    with ExitStack() as stack:
        try:
            stack.enter_context(broadcaster.serving(searches.cancel))
        except NoSocket as exc:
            tell(f"nobody can watch the search: {exc}; {exc.remedy}")
        yield searches


def disk_free_mib(config: "Config") -> int:
    """Room where the book and the state live: the lesser of the two, down to a whole MiB."""
    from bot.book.engine import locate

    book = locate(config.book_url).path
    folders = [config.state_dir] if book is None else [config.state_dir, book.parent]
    there = (next(f for f in (place, *place.parents) if f.exists()) for place in folders)
    return min(shutil.disk_usage(folder).free for folder in there) // 2**20


def open_desk(
    account: "AccountConfig", config: "Config", sessions: "Sessions", now: Callable[[], datetime]
) -> "Desk":
    """One account with its broker; the adapter's library is loaded here, when it is named."""
    from bot.config.digest import policy_digest
    from bot.config.secrets import find_secret
    from bot.rounds import Desk
    from brokers.connect import open_broker

    def reveal(name: str) -> str:
        return find_secret(name, os.environ, config.secrets).reveal()

    broker = open_broker(account.account, account.broker, now, sessions.session_at, reveal)
    return Desk(account, broker, policy_digest(account.policy))
