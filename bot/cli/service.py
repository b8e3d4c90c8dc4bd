"""The daemon's work, put together: which slots run what, and which chores go on beside them."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.cli.accounts import label
from bot.cli.channels import empty_outbox, open_channels
from bot.cli.screen import complain

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config
    from bot.daemon.rota import Chore, Job, Rota
    from bot.daemon.sessions import Sessions
    from bot.daemon.slots import Entry
    from bot.rounds import Desk, Office
    from brokers.words import AccountId

MINUTE = timedelta(minutes=1)

MAIL_LOOK = timedelta(seconds=2)
"""How often it is looked for mail that another process posted, such as a command in a terminal."""
CLOSING = "close "
"""So begin the names of chores that close a day."""
CLOSE_LATE = timedelta(hours=12)
"""Until so long after its time a day is still closed; later the next cycle has compared all."""


@dataclass(frozen=True, slots=True)
class Service:
    """What the daemon and the demo both drive."""

    sessions: "Sessions"
    rota: "Rota"
    jobs: "tuple[Job, ...]"
    chores: "tuple[Chore, ...]"


def put_together(config: "Config", office: "Office", desks: "Sequence[Desk]") -> Service:
    """Jobs of every account, chores of the house."""
    from bot.daemon.rota import Job, Rota, Work
    from bot.daemon.sessions import Sessions
    from bot.daemon.slots import Grace
    from bot.rounds import hold

    sessions = office.sessions
    assert isinstance(sessions, Sessions), "slots are laid by a whole calendar"
    by_name = {desk.account: desk for desk in desks}
    work = Work(
        runs=office.book,
        run=lambda account, slot, _now: run_slot(by_name[account], office, slot),
        failed=partial(trouble, by_name, office),
        stopping=office.stopping,
        turn=lambda account: hold(by_name[account], office),
    )
    jobs = tuple(Job(desk.account, entries_of(desk.config)) for desk in desks)
    rota = Rota(sessions, office.clock, work, Grace())
    return Service(sessions, rota, jobs, tuple(chores_of(config, office, by_name)))


def entries_of(account: "AccountConfig") -> "tuple[Entry, ...]":
    """When this account is worked."""
    return (*account.times, *(() if account.every is None else (account.every,)))


def run_slot(desk: "Desk", office: "Office", slot: str) -> None:
    """A slot of the schedule is a full cycle, a look in between only a watch."""
    from bot.cli.lookout import note_slot
    from bot.rounds import watch_slot, work_slot

    with note_slot(desk.account, slot):
        if is_watch(slot):
            watch_slot(desk, office)
        else:
            work_slot(desk, office)


def is_watch(slot: str) -> bool:
    """Whether the slot comes from ``every``: its name says so."""
    return "/every" in slot


def trouble(
    desks: "Mapping[AccountId, Desk]",
    office: "Office",
    account: "AccountId | None",
    slot: str,
    error: Exception,
) -> None:
    """A failure becomes a mail; that of the whole machine goes to the first account's owner.

    The mail comes first: where stderr is a file on a full disk there is nothing to read later.
    """
    from bot.cli.exits import sentence
    from bot.logs.start import complain_of
    from bot.rounds import tell_trouble

    for desk in [desks[account]] if account is not None else list(desks.values())[:1]:
        tell_trouble(desk, office, error)
    who = "trimtab" if account is None else label(desks[account].config)
    said = f"{who}: {slot}: {sentence(error)}"
    if not complain_of(said, str(getattr(error, "remedy", "")), slot, error):
        complain(said)


def chores_of(
    config: "Config", office: "Office", desks: "Mapping[AccountId, Desk]"
) -> "Iterator[Chore]":
    """Mail as soon as it is posted; of each account what was approved, and the weekly report.

    After each close it is seen to that all who harvest were scanned for losses.
    """
    from bot.daemon.rota import Chore
    from bot.daemon.slots import Weekly
    from bot.weekly import weekly

    channels = open_channels(config, os.environ)
    day = config.alerts.weekly_report
    for desk in desks.values():
        failed = partial(trouble, desks, office, desk.account)
        carry_out = partial(carry_out_approved, office, desk)
        name = f"approved {desk.account}"
        yield Chore(name, MINUTE, _own(carry_out, partial(failed, name)), trades=True)
        if day is not None:
            name = f"weekly {desk.account}"
            report = _own(partial(weekly, desk, office), partial(failed, name))
            yield Chore(name, (Weekly(day, 5 * MINUTE),), report)
    yield from closes_of(office, desks)
    yield from scans_of(office, desks)
    bell = threading.Event()
    office.book.posted = bell.set
    yield Chore("mail", MAIL_LOOK, _each(lambda: empty_outbox(office, channels)), bell=bell)


def closes_of(office: "Office", desks: "Mapping[AccountId, Desk]") -> "Iterator[Chore]":
    """After each close: nothing left in the market, and book and broker agree.

    Where another machine works the account, that one closes its day.
    """
    from bot.book.errors import LeaseHeld
    from bot.closing import close_day
    from bot.config.settings import AtSession
    from bot.daemon.rota import Chore

    def close(desk: "Desk") -> None:
        with suppress(LeaseHeld):
            close_day(desk, office)

    for desk in desks.values():
        name = f"{CLOSING}{desk.account}"
        failed = partial(trouble, desks, office, desk.account, name)
        act = _own(partial(close, desk), failed)
        yield Chore(name, (AtSession("close", 5 * MINUTE),), act, CLOSE_LATE, trades=True)


def scans_of(office: "Office", desks: "Mapping[AccountId, Desk]") -> "Iterator[Chore]":
    """After each close: an alarm where an account that harvests was not scanned for losses.

    A machine that was away looks back at the last session that it missed.
    """
    from bot.config.settings import AtSession
    from bot.daemon.rota import Chore
    from bot.scans import is_eligible, tell_unscanned

    harvesting = [desk for desk in desks.values() if is_eligible(desk.config.policy)]
    if harvesting:
        yield Chore(
            "harvest scan",
            (AtSession("close", 2 * MINUTE),),
            lambda _slot, now: tell_unscanned(harvesting, office, now),
            late_max=timedelta(days=4),
        )


def _each(act: Callable[[], object]) -> Callable[[str, datetime], None]:
    def chore(_name: str, _now: datetime) -> None:
        act()

    return chore


def _own(
    act: Callable[[], object], failed: Callable[[Exception], None]
) -> Callable[[str, datetime], None]:
    """A chore for one account, whose owner is told where it fails."""
    from bot.daemon.rota import attempt

    return _each(lambda: attempt(act, failed))


def carry_out_approved(office: "Office", desk: "Desk") -> None:
    """Carry out what a person has approved since the last minute, while the exchange is open.

    Another machine that works the account meanwhile carries it out itself, or we do in a minute.
    """
    from bot.book.errors import LeaseHeld
    from bot.rounds import has_approved, work_approved

    if has_approved(desk, office) and office.sessions.session_at(office.clock.now()):
        with suppress(LeaseHeld):
            work_approved(desk, office)


def open_market(office: "Office") -> None:
    """Raise ``Refusal`` while the exchange is closed; it says when it opens."""
    from bot.reconcile import Refusal

    now = office.clock.now()
    if office.sessions.session_at(now) is None:
        opens = office.sessions.next_session(now).opens
        raise Refusal(
            f"the exchange is closed until {opens:%a %Y-%m-%d %H:%M} UTC: nothing was sent",
            "run it while the exchange is open, or let trimtab run wait; trimtab plan looks ahead",
        )
