"""Alarms put together: which threads ask the brokers, which one judges, and who hears of it."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.alarms import Alarms, Schedule
    from bot.daemon.daemon import Listener
    from bot.daemon.rota import Chore
    from bot.health.wards import Contacts
    from bot.rounds import Desk, Office


def alarms_of(
    office: "Office",
    desks: "Sequence[Desk]",
    contacts: "Contacts",
    monotonic: Callable[[], float] = time.monotonic,
) -> "Alarms":
    """What looks at every condition, and tells the owners of ``desks``."""
    from bot.alarms import Alarms, Watched
    from bot.cli.lookout import ward_of

    wards = [ward_of(desk.config) for desk in desks]
    return Alarms(Watched(wards, contacts, _schedule(office)), office, _log, monotonic)


def chores_of(
    alarms: "Alarms", office: "Office", desks: "Sequence[Desk]", contacts: "Contacts"
) -> "Iterator[Chore]":
    """A thread for each broker, and one that judges, which any of them wakes."""
    from bot.alarms import LOOK, OPEN_SECONDS, Touch
    from bot.daemon.rota import Chore

    bell, often = threading.Event(), timedelta(seconds=OPEN_SECONDS)
    for desk in desks:
        touch = Touch(desk, office, contacts, _schedule(office), bell.set)
        yield Chore(f"contact {desk.account}", often, touch.act, bell=threading.Event())
    yield Chore("alarms", LOOK, alarms.act, bell=bell)


CHECK_AFTER = timedelta(hours=4)
"""So long after each close the whole book is checked."""
CHECK_LATE = timedelta(hours=12)
"""Until so long after its time; a machine that was away longer is checked in the next night."""


def nightly(url: str, office: "Office", desks: "Sequence[Desk]") -> "Chore":
    """The check of the whole book, after each session. It reads by a connection of its own."""
    from bot.checkup import check_book
    from bot.config.settings import AtSession
    from bot.daemon.rota import Chore

    check = partial(check_book, url, desks, office)
    return Chore("book check", (AtSession("close", CHECK_AFTER),), check, CHECK_LATE)


def _schedule(office: "Office") -> "Schedule":
    from bot.alarms import schedule_of
    from bot.daemon.sessions import PastHorizon, Sessions

    sessions = office.sessions
    assert isinstance(sessions, Sessions), "the daemon has a whole calendar"
    return schedule_of(
        sessions.session_at, sessions.next_session, lambda: sessions.last.closes, PastHorizon
    )


def _log(said: str, remedy: str) -> None:
    from logging import getLogger

    getLogger("trimtab.alarms").warning("%s; fix: %s", said, remedy)


@dataclass(frozen=True, slots=True)
class Unheard:
    """A watch elsewhere that also hears what no mail can tell."""

    listener: "Listener"
    untold: Callable[[], str]

    def began(self) -> None:
        """We are up."""
        self.listener.began()

    def alive(self) -> None:
        """We make progress, unless a person cannot be told of anything."""
        if untold := self.untold():
            self.listener.trouble(untold)
        else:
            self.listener.alive()

    def trouble(self, text: str) -> None:
        """We no longer do, and why."""
        self.listener.trouble(text)
