"""A daemon that is in the middle of trading at a stand-in for Alpaca, in a process of its own.

    kill_process.py folder seconds

``folder`` has the config. Trading goes by the machine's clock, ``seconds`` later or earlier, so
that the session is open whenever the test runs; the scheduler by the machine's clock as it is. It
says on standard output what it does.
"""

import os
import sys
import threading
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bot.book.book import Book
from bot.cli.running import _throw
from bot.cli.wiring import open_desk
from bot.config.read import load
from bot.daemon.clock import SystemClock
from bot.daemon.daemon import Daemon
from bot.daemon.pulse import Pulse
from bot.daemon.rota import Chore, Rota, Work
from bot.daemon.sessions import Sessions
from bot.daemon.signals import stop_on_signals
from bot.daemon.slots import Grace
from bot.daemon.systemd import notifier
from bot.halting import Guard
from bot.rounds import Desk, Office, work_approved, work_slot
from bot.switch import Switch
from brokers.words import AccountId


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Elsewhen(SystemClock):
    """The machine's clock, set to another time."""

    def __init__(self, stop: threading.Event, switch: Switch, away: timedelta) -> None:
        super().__init__(stop, lambda: switch.hurries)
        self._away = away

    def now(self) -> datetime:
        return super().now() + self._away


def trade(desk: Desk, office: Office) -> None:
    """A slot, and an owner who agrees at once."""
    plan = work_slot(desk, office)
    if office.book.plan_state(plan.plan_id) == "awaiting":
        office.book.mark_plan(plan.plan_id, "approved", "owner", "", office.clock.now())
        work_approved(desk, office)


def main(folder: Path, away: timedelta) -> None:
    stop, config = threading.Event(), load(folder / "config.toml", os.environ)
    switch = Switch(config.state_dir)
    clock = Elsewhen(stop, switch, away)
    moment = clock.now()
    sessions = Sessions("XNYS", moment, moment.date() - timedelta(days=60), folder / "cache.json")
    assert sessions.session_at(moment) is not None

    def failed(account: AccountId | None, _slot: str, error: Exception) -> None:
        say(f"failed {account}: {error}")

    with (
        stop_on_signals(stop, partial(_throw, switch, clock)),
        Book.open(config.book_url, upgrade=True) as book,
    ):
        office = Office(
            book=book,
            sessions=sessions,
            clock=clock,
            alerts=config.alerts,
            step=say,
            stopping=stop.is_set,
            disk_free_mib=lambda: 10_000,
            switch=switch,
        )
        desk = open_desk(config.accounts[0], config, sessions, clock.now)
        work = Work(book, lambda *_: None, failed, stop.is_set)
        slot = Chore("slot", timedelta(days=1), lambda *_: trade(desk, office), trades=True)
        real = SystemClock(stop)
        Daemon(
            rota=Rota(sessions, real, work, Grace()),
            jobs=(),
            chores=(slot,),
            sessions=sessions,
            clock=real,
            stop=stop,
            pulse=Pulse(),
            notifier=notifier(os.environ),
            probe=book.accounts,
            switch=switch,
            obey=Guard([desk], office, say).act,
        ).run()
    say("down")


if __name__ == "__main__":
    main(Path(sys.argv[1]), timedelta(seconds=float(sys.argv[2])))
