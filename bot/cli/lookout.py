"""Who looks after the daemon while it runs: the pages of health, and the dead man's switch."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
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
    """See to alarms, and open what else the config wants."""
    from bot.cli.alarming import Unheard, alarms_of, chores_of, nightly
    from bot.daemon.daemon import Nobody
    from bot.health.wards import Contacts

    contacts = Contacts()
    alarms = alarms_of(office, desks, contacts)
    with ExitStack() as stack:
        outside: Listener = Nobody()
        if (target := ping_target(config)) is not None:
            from bot.health.ping import Pinger

            pinger = Pinger(target, config.watch.ping_seconds)
            stack.enter_context(pinger.running())
            outside = Unheard(pinger, alarms.untold)
        if config.watch.listen is not None:
            signs = signs_of(office, pulse, contacts, outlets)
            signs = replace(signs, alarms=alarms.standing)
            _open_pages(stack, config, office, desks, signs)
        night = nightly(config.book_url, office, desks)
        yield Lookout(outside, (*chores_of(alarms, office, desks, contacts), night))


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
    signs: "Signs",
) -> None:
    from bot.book.vitals import Vitals
    from bot.health.address import read_address
    from bot.health.pages import Pages
    from bot.health.server import Server

    vitals = Vitals(config.book_url)
    stack.callback(vitals.close)
    pages = Pages(
        [ward_of(desk.config) for desk in desks],
        signs,
        partial(schedule_at, office),
        vitals,
        office.clock.now,
    )
    assert config.watch.listen is not None, "asked for only then"
    address = read_address(config.watch.listen)
    stack.enter_context(Server(address, pages.answer).serving())
    _log().info("health is told at %s", address.text)


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
