"""Who looks after the daemon while it runs: the pages of health, and the dead man's switch."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger

    from bot.config.settings import AccountConfig, Config
    from bot.daemon.daemon import Listener
    from bot.daemon.pulse import Pulse
    from bot.daemon.rota import Chore
    from bot.health.ping import Target
    from bot.health.wards import Contacts, Schedule, Signs, Ward
    from bot.logs.outlet import Outlet
    from bot.rounds import Desk, Office
    from brokers.words import AccountId


@dataclass(frozen=True, slots=True)
class Lookout:
    """Who hears how the daemon is, and what must be done now and then so that it is known."""

    outside: "Listener"
    chores: "tuple[Chore, ...]" = ()


@contextmanager
def look_after(
    config: "Config",
    office: "Office",
    desks: "Sequence[Desk]",
    pulse: "Pulse",
    outlets: "Sequence[Outlet]" = (),
) -> "Iterator[Lookout]":
    """Open what the config wants; nothing of it is there where it says nothing."""
    from bot.daemon.daemon import Nobody

    with ExitStack() as stack:
        outside: Listener = Nobody()
        chores: tuple[Chore, ...] = ()
        if (target := ping_target(config)) is not None:
            from bot.health.ping import Pinger

            pinger = Pinger(target, config.watch.ping_seconds)
            stack.enter_context(pinger.running())
            outside = pinger
        if config.watch.listen is not None:
            chores = _open_pages(stack, config, office, desks, pulse, outlets)
        yield Lookout(outside, chores)


def ping_target(config: "Config") -> "Target | None":
    """Where pings go; the address is a secret, or the name of one."""
    from bot.config.secrets import find_secret
    from bot.config.watch_table import SECRET
    from bot.health.ping import read_target

    url = config.watch.ping_url
    if url is None:
        return None
    if url.startswith(SECRET):
        url = find_secret(url.removeprefix(SECRET), os.environ, config.secrets).reveal()
    return read_target(url)


def _open_pages(
    stack: ExitStack,
    config: "Config",
    office: "Office",
    desks: "Sequence[Desk]",
    pulse: "Pulse",
    outlets: "Sequence[Outlet]",
) -> "tuple[Chore, ...]":
    from bot.book.vitals import Vitals
    from bot.cli.service import MINUTE
    from bot.daemon.rota import Chore
    from bot.health.address import read_address
    from bot.health.pages import Pages
    from bot.health.server import Server
    from bot.health.wards import Contacts

    contacts = Contacts()
    vitals = Vitals(config.book_url)
    stack.callback(vitals.close)
    pages = Pages(
        [ward_of(desk.config) for desk in desks],
        signs_of(office, pulse, contacts, outlets),
        partial(schedule_at, office),
        vitals,
        office.clock.now,
    )
    assert config.watch.listen is not None, "asked for only then"
    address = read_address(config.watch.listen)
    stack.enter_context(Server(address, pages.answer).serving())
    _log().info("health is told at %s", address.text)
    return tuple(
        Chore(
            f"contact {desk.account}",
            MINUTE,
            partial(_touch, desk, office, contacts),
            trades=True,
        )
        for desk in desks
    )


def ward_of(account: "AccountConfig") -> "Ward":
    """An account as health sees it."""
    from bot.health.wards import Ward
    from bot.scans import is_eligible

    names = len(account.policy.target.weights)
    eligible = is_eligible(account.policy)
    return Ward(account.account, account.environment, account.limits, names, eligible)


def signs_of(
    office: "Office", pulse: "Pulse", contacts: "Contacts", outlets: "Sequence[Outlet]"
) -> "Signs":
    """What this process tells of itself."""
    from bot.health.wards import Signs

    return Signs(
        complaint=pulse.complaint,
        beat_seconds=pulse.tick_age,
        is_busy=pulse.is_busy,
        contacts=contacts,
        commits=office.book.timings.spread,
        disk_free_mib=office.disk_free_mib,
        flag=office.switch.look,
        is_ours=lambda name: name == office.book.leases.holder.name,
        lost_lines=lambda: sum(outlet.lost for outlet in outlets),
    )


def schedule_at(office: "Office", now: datetime) -> "Schedule | None":
    """The sessions around ``now``; None where the calendar does not reach so far."""
    from bot.daemon.sessions import PastHorizon, Sessions
    from bot.health.wards import schedule_of

    sessions = office.sessions
    assert isinstance(sessions, Sessions), "the daemon has a whole calendar"
    try:
        return schedule_of(sessions, now)
    except PastHorizon:
        return None


def _touch(desk: "Desk", office: "Office", contacts: "Contacts", _name: str, now: datetime) -> None:
    """Ask the broker for its clock: an answer says that there is a connection."""
    from bot.health.wards import Contact
    from brokers.broker import BrokerError

    try:
        told = desk.broker.clock().time
    except BrokerError as error:
        contacts.note(desk.account, Contact(now, None, str(error) or type(error).__name__))
        return
    after = office.clock.now()
    contacts.note(desk.account, Contact(after, (told - after).total_seconds()))


@contextmanager
def note_slot(account: "AccountId", slot: str) -> Iterator[None]:
    """A line in the log before a slot is run and one after it; one that fails has its own."""
    log, about = _log(), {"account": account, "slot": slot}
    log.info("begun", extra=about)
    yield
    log.info("done", extra=about)


def _log() -> "Logger":
    """The daemon's; it is asked for when something is to be said, since most verbs say nothing."""
    from logging import getLogger

    return getLogger("trimtab.daemon")


def heard(step: Callable[[str], None]) -> Callable[[str], None]:
    """``step``, and a line in the log for each."""
    log = _log()

    def both(text: str) -> None:
        step(text)
        log.debug("%s", text)

    return both
