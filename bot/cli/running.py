"""The daemon, and one pass for a timer of one's own."""

import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import chosen, label
from bot.cli.exits import Exit, WrongUse
from bot.cli.lookout import heard, look_after
from bot.cli.options import Account, Options
from bot.cli.screen import next_step, paint, show, tell
from bot.cli.teach import teach
from bot.cli.wiring import LOCK, Hands, open_office, read_config, replayed_to

if TYPE_CHECKING:
    from bot.cli.lookout import Lookout
    from bot.clock import Clock
    from bot.config.settings import Config
    from bot.daemon.pulse import Pulse
    from bot.rounds import Desk, Office
    from bot.switch import Switch

Once = Annotated[bool, typer.Option("--once", help="One cycle of every account now, then leave.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(
        app,
        run,
        ("trimtab run", "in the foreground; docs/service.md for systemd"),
        ("trimtab run --once --account main", "one cycle now, for cron or a timer"),
    )


def run(context: typer.Context, once: Once = False, account: Account = None) -> int:
    """Work the schedule until stopped.

    It acts alone as far as the mode of each account and its limits allow, and asks for the rest.
    Ctrl-C stops in good order: what is in the market is cancelled, and the book is sound. SIGUSR1
    does what trimtab kill does.
    """
    from bot.daemon.clock import SystemClock
    from bot.daemon.lock import hold
    from bot.daemon.pulse import Pulse
    from bot.daemon.signals import stop_on_signals
    from bot.logs.start import logging_to
    from bot.switch import Switch

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, account)
    if replayed_to(config) is not None:
        raise WrongUse(f"{config.path} is of a replay", "trimtab demo goes on with it")
    waits = max(each.policy.orders.work_seconds for each in accounts)
    stop, pulse, switch = threading.Event(), Pulse(work_seconds=waits), Switch(config.state_dir)
    clock = SystemClock(stop, lambda: switch.hurries)
    hands = Hands(clock, heard(pulse.step), stop.is_set, switch=switch)
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        logging_to(config.log) as outlets,
        hold(config.state_dir / LOCK),
        stop_on_signals(stop, partial(_throw, switch, clock)),
        open_office(config, hands, accounts) as (office, desks),
    ):
        for desk in desks:
            word = str(desk.config.environment)
            tell(f"{paint(word, word)} {desk.account}: mode {desk.config.policy.mode}")
        if once:
            return _once(config, office, desks)
        with look_after(config, office, desks, pulse, outlets) as lookout:
            return _for_ever(config, office, desks, stop, pulse, lookout)


def _throw(switch: "Switch", clock: "Clock") -> None:
    """SIGUSR1 came: this process sends nothing from now on, whether the file can be made or not."""
    from bot.cli.screen import complain
    from bot.switch import EVERY_ACCOUNT, FlagNotWritten, Halt

    try:
        switch.throw(Halt(EVERY_ACCOUNT, "SIGUSR1 was sent", "signal SIGUSR1", clock.now()))
    except FlagNotWritten as error:
        complain(str(error), "it holds until this process ends; run: trimtab halt")


def _once(config: "Config", office: "Office", desks: "list[Desk]") -> int:
    """A cycle of each account in turn; one that fails does not keep the next from its turn."""
    from bot.cli.channels import empty_outbox, open_channels
    from bot.cli.service import open_market
    from bot.daemon.rota import attempt
    from bot.daemon.sentry import sentry
    from bot.halting import Guard

    open_market(office)
    failures: list[Exception] = []
    guard = Guard(desks, office, tell)
    with sentry(office.switch, bool):
        for desk in desks:
            if not office.stopping():
                attempt(partial(_cycle, desk, office), partial(_failed, desk, office, failures))
        guard.act()
    empty_outbox(office, open_channels(config, os.environ))
    if failures:
        raise failures[0]
    if office.stopping():
        return Exit.INTERRUPTED
    next_step("trimtab status")
    return Exit.OK


def _cycle(desk: "Desk", office: "Office") -> None:
    from bot.report.say import say
    from bot.rounds import work_slot

    show(say(work_slot(desk, office)))


def _failed(desk: "Desk", office: "Office", failures: list[Exception], error: Exception) -> None:
    """Tell the owner by mail; the first failure is also what the command ends with."""
    from bot.cli.exits import sentence
    from bot.cli.screen import complain
    from bot.rounds import tell_trouble

    tell_trouble(desk, office, error)
    if failures:
        complain(f"{label(desk.config)}: {sentence(error)}")
    failures.append(error)


def _show_life(office: "Office", stop: threading.Event) -> None:
    """The book answers, and what is worked stays ours; a process whose disk has failed ends."""
    from bot.book.errors import BookBroken

    try:
        office.book.origin.refuse_broken()
    except BookBroken:
        stop.set()
        raise
    office.book.accounts()
    office.book.leases.renew_all(office.clock.now())


def _for_ever(
    config: "Config",
    office: "Office",
    desks: "list[Desk]",
    stop: threading.Event,
    pulse: "Pulse",
    lookout: "Lookout",
) -> int:
    from bot.cli.service import put_together
    from bot.daemon.daemon import Daemon
    from bot.daemon.systemd import notifier
    from bot.halting import Guard

    service = put_together(config, office, desks)
    tell("running; Ctrl-C stops in good order, trimtab halt stops all trading")
    Daemon(
        rota=service.rota,
        jobs=service.jobs,
        chores=(*service.chores, *lookout.chores),
        sessions=service.sessions,
        clock=office.clock,
        stop=stop,
        pulse=pulse,
        notifier=notifier(os.environ),
        probe=partial(_show_life, office, stop),
        outside=lookout.outside,
        switch=office.switch,
        obey=Guard(desks, office, tell).act,
    ).run()
    office.book.origin.refuse_broken()
    tell("stopped in good order")
    next_step("trimtab status")
    return Exit.OK
