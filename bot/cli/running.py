"""The daemon, and one pass for a timer of one's own."""

import os
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.options import Account, Options
from bot.cli.screen import next_step, paint, show, tell
from bot.cli.wiring import Hands, open_office, read_config

if TYPE_CHECKING:
    from bot.config.settings import Config
    from bot.daemon.sessions import Sessions
    from bot.rounds import Desk, Office

Once = Annotated[bool, typer.Option("--once", help="One cycle of every account now, then leave.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.command()(run)


def run(context: typer.Context, once: Once = False, account: Account = None) -> int:
    """Work the schedule until stopped: plan, and trade as far as each account's mode allows.

    Examples:
      trimtab run                       in the foreground; docs/service.md for systemd

      trimtab run --once -a main        one cycle now, for cron or a systemd timer
    """
    from bot.daemon.clock import SystemClock
    from bot.daemon.lock import hold
    from bot.daemon.pulse import Pulse
    from bot.daemon.signals import stop_on_signals

    options: Options = context.obj
    config = read_config(options.config)
    stop, pulse = threading.Event(), Pulse()
    hands = Hands(SystemClock(stop), pulse.step, stop.is_set)
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        hold(config.state_dir / "trimtab.lock"),
        stop_on_signals(stop),
        open_office(config, hands) as (office, desks),
    ):
        _banner(desks)
        if once:
            return _once(config, office, desks, account)
        return _for_ever(config, office, desks, stop, pulse)


def _banner(desks: "list[Desk]") -> None:
    for desk in desks:
        word = str(desk.config.environment)
        tell(f"{paint(word, word)}  {desk.account}: mode {desk.config.policy.mode}")


def _once(config: "Config", office: "Office", desks: "list[Desk]", account: str | None) -> int:
    from bot.cli.channels import empty_outbox, open_channels
    from bot.cli.planning import choose
    from bot.report.say import say
    from bot.rounds import tell_trouble, work_slot

    channels = open_channels(config, os.environ)
    for desk in choose(desks, account):
        try:
            show(say(work_slot(desk, office)))
        except Exception as error:
            tell_trouble(desk, office, error)
            empty_outbox(office, channels)
            raise
    empty_outbox(office, channels)
    next_step("trimtab status")
    return Exit.OK


def _for_ever(
    config: "Config",
    office: "Office",
    desks: "list[Desk]",
    stop: threading.Event,
    pulse: "object",
) -> int:
    from bot.cli.service import put_together
    from bot.daemon.daemon import Daemon
    from bot.daemon.systemd import notifier

    sessions: Sessions = office.sessions  # type: ignore[assignment]
    service = put_together(config, office, desks, sessions)
    tell("running; Ctrl-C stops in good order, trimtab halt stops all trading")
    Daemon(
        rota=service.rota,
        jobs=service.jobs,
        chores=service.chores,
        sessions=sessions,
        clock=office.clock,
        stop=stop,
        pulse=pulse,  # type: ignore[arg-type]
        notifier=notifier(os.environ),
        probe=office.book.accounts,
    ).run()
    tell("stopped in good order")
    return Exit.OK
