"""The daemon's work, put together: which slots run what, and which chores go on beside them."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.cli.channels import empty_outbox, open_channels

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config
    from bot.daemon.rota import Chore, Job, Rota
    from bot.daemon.slots import Entry
    from bot.rounds import Desk, Office
    from brokers.words import AccountId

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Service:
    """What the daemon, ``run --once`` and the demo all drive."""

    rota: "Rota"
    jobs: "tuple[Job, ...]"
    chores: "tuple[Chore, ...]"


def put_together(
    config: "Config", office: "Office", desks: "Sequence[Desk]", calendar: "object"
) -> Service:
    """Jobs of every account, chores of the house."""
    from bot.daemon.rota import Job, Rota, Work
    from bot.daemon.slots import Grace

    by_name = {desk.account: desk for desk in desks}
    work = Work(
        runs=office.book,
        run=lambda account, slot, _now: run_slot(by_name[account], office, slot),
        failed=lambda account, slot, error: trouble(by_name, office, account, slot, error),
        stopping=office.stopping,
    )
    jobs = tuple(Job(account.account, entries_of(account)) for account in config.accounts)
    rota = Rota(calendar, office.clock, work, Grace())  # type: ignore[arg-type]
    return Service(rota, jobs, tuple(chores_of(config, office, desks)))


def entries_of(account: "AccountConfig") -> "tuple[Entry, ...]":
    """When this account is worked."""
    return (*account.times, *(() if account.every is None else (account.every,)))


def run_slot(desk: "Desk", office: "Office", slot: str) -> None:
    """A slot of the schedule is a full cycle, a look in between only a watch."""
    from bot.rounds import watch_slot, work_slot

    if is_watch(slot):
        watch_slot(desk, office)
    else:
        work_slot(desk, office)


def is_watch(slot: str) -> bool:
    """Whether the slot comes from ``every``: its name says so."""
    return "/every" in slot


def trouble(
    desks: "dict[AccountId, Desk]",
    office: "Office",
    account: "AccountId | None",
    slot: str,
    error: Exception,
) -> None:
    """A failure becomes a mail; that of the whole machine goes to every account's owner."""
    from bot.cli.screen import tell
    from bot.rounds import tell_trouble

    tell(f"{account or 'trimtab'}: {slot}: {error}")
    for desk in [desks[account]] if account is not None else list(desks.values())[:1]:
        tell_trouble(desk, office, error)


def chores_of(config: "Config", office: "Office", desks: "Sequence[Desk]") -> "list[Chore]":
    """Mail every minute, approved plans every minute, the weekly report at its slot."""
    from bot.daemon.rota import Chore
    from bot.daemon.slots import Weekly
    from bot.rounds import weekly

    channels = open_channels(config, os.environ)
    chores = [
        Chore("mail", MINUTE, _each(lambda: empty_outbox(office, channels))),
        Chore("approved", MINUTE, _each(lambda: carry_out_approved(office, desks)), trades=True),
    ]
    day = config.alerts.weekly_report
    if day is not None:
        for desk in desks:
            act = _each(lambda desk=desk: weekly(desk, office))  # type: ignore[misc]
            chores.append(Chore(f"weekly {desk.account}", (Weekly(day, 5 * MINUTE),), act))
    return chores


def _each(act: Callable[[], object]) -> Callable[[str, datetime], None]:
    def chore(_name: str, _now: datetime) -> None:
        act()

    return chore


def carry_out_approved(office: "Office", desks: "Sequence[Desk]") -> None:
    """Carry out what a person has approved since the last minute, while the exchange is open."""
    from bot.rounds import has_approved, work_approved

    for desk in desks:
        if has_approved(desk, office) and office.sessions.session_at(office.clock.now()):
            work_approved(desk, office)
