"""The only place where the house is put together: from a config to open books and brokers."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.clock import Clock
    from bot.config.settings import AccountConfig, Config
    from bot.daemon.sessions import Sessions
    from bot.post import Step
    from bot.rounds import Desk, Office


@dataclass(frozen=True, slots=True)
class Hands:
    """What the caller brings: a clock, and who is told of progress and of the wish to stop."""

    clock: "Clock"
    step: "Step"
    stopping: Callable[[], bool]


def real_hands() -> Hands:
    """The machine's own clock, and nobody listening."""
    from bot.daemon.clock import SystemClock

    return Hands(SystemClock(), lambda _step: None, lambda: False)


def read_config(path: Path) -> "Config":
    """The config at ``path``, checked whole; ``ConfigError`` names every mistake."""
    from bot.config.read import load

    return load(path, os.environ)


@contextmanager
def open_book(config: "Config") -> "Iterator[Book]":
    """The book that the config names, upgraded where that is safe."""
    from bot.book.book import Book

    with Book.open(config.book_url, upgrade=True) as book:
        yield book


@contextmanager
def open_office(config: "Config", hands: Hands) -> "Iterator[tuple[Office, list[Desk]]]":
    """Book, calendar and every account's broker, opened for use."""
    from bot.daemon.sessions import Sessions
    from bot.rounds import Office

    with open_book(config) as book:
        cache = config.state_dir / "sessions.json"
        sessions = Sessions(config.calendar, hands.clock.now(), cache=cache)
        office = Office(book, sessions, hands.clock, config.alerts, hands.step, hands.stopping)
        yield office, [open_desk(account, sessions, hands.clock.now) for account in config.accounts]


def open_desk(
    account: "AccountConfig", sessions: "Sessions", now: Callable[[], datetime]
) -> "Desk":
    """One account with its broker; the adapter's library is loaded here, when it is named."""
    from bot.config.digest import policy_digest
    from bot.rounds import Desk
    from brokers.connect import open_broker

    broker = open_broker(account.account, account.broker, now, sessions.session_at)
    return Desk(account, broker, policy_digest(account.policy))
