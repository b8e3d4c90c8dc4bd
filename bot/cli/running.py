"""The daemon, and one pass for a timer of one's own."""

import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import chosen, label
from bot.cli.exits import Exit, WrongUse
from bot.cli.options import Account, Options
from bot.cli.screen import next_step, paint, show, tell
from bot.cli.teach import teach
from bot.cli.wiring import LOCK, Hands, open_office, read_config, replayed_to

if TYPE_CHECKING:
    from bot.config.settings import Config
    from bot.daemon.pulse import Pulse
    from bot.rounds import Desk, Office

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
    Ctrl-C stops in good order: what is in the market is cancelled, and the book is sound.
    """
    from bot.daemon.clock import SystemClock
    from bot.daemon.lock import hold
    from bot.daemon.pulse import Pulse
    from bot.daemon.signals import stop_on_signals

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, account)
    if replayed_to(config) is not None:
        raise WrongUse(f"{config.path} is of a replay", "trimtab demo goes on with it")
    stop, pulse = threading.Event(), Pulse()
    hands = Hands(SystemClock(stop), pulse.step, stop.is_set)
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        hold(config.state_dir / LOCK),
        stop_on_signals(stop),
        open_office(config, hands, accounts) as (office, desks),
    ):
        for desk in desks:
            word = str(desk.config.environment)
            tell(f"{paint(word, word)} {desk.account}: mode {desk.config.policy.mode}")
        if once:
            return _once(config, office, desks)
        return _for_ever(config, office, desks, stop, pulse)


def _once(config: "Config", office: "Office", desks: "list[Desk]") -> int:
    """A cycle of each account in turn; one that fails does not keep the next from its turn."""
    from bot.cli.channels import empty_outbox, open_channels
    from bot.cli.service import open_market
    from bot.daemon.rota import attempt

    open_market(office)
    failures: list[Exception] = []
    for desk in desks:
        if not office.stopping():
            attempt(partial(_cycle, desk, office), partial(_failed, desk, office, failures))
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


def _show_life(office: "Office") -> None:
    """The book answers, and what is worked stays ours."""
    office.book.accounts()
    office.book.leases.renew_all(office.clock.now())


def _for_ever(
    config: "Config", office: "Office", desks: "list[Desk]", stop: threading.Event, pulse: "Pulse"
) -> int:
    from bot.cli.service import put_together
    from bot.daemon.daemon import Daemon
    from bot.daemon.systemd import notifier

    service = put_together(config, office, desks)
    tell("running; Ctrl-C stops in good order, trimtab halt stops all trading")
    Daemon(
        rota=service.rota,
        jobs=service.jobs,
        chores=service.chores,
        sessions=service.sessions,
        clock=office.clock,
        stop=stop,
        pulse=pulse,
        notifier=notifier(os.environ),
        probe=partial(_show_life, office),
    ).run()
    tell("stopped in good order")
    next_step("trimtab status")
    return Exit.OK
