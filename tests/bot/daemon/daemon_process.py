"""A daemon in a process of its own, which says on standard output what it does.

    daemon_process.py folder slot-moment polite|deaf

``polite`` runs until it is asked to stop; ``deaf`` never looks.
"""

import os
import sys
import threading
from datetime import date, datetime
from pathlib import Path

from bot.book.book import Book
from bot.config.settings import AtSession
from bot.daemon.clock import SystemClock
from bot.daemon.daemon import Daemon
from bot.daemon.lock import AlreadyRunning, hold
from bot.daemon.pulse import Pulse
from bot.daemon.rota import Job, Rota, Work
from bot.daemon.sessions import Sessions
from bot.daemon.signals import stop_on_signals
from bot.daemon.slots import Grace
from bot.daemon.systemd import notifier
from brokers.words import AccountId


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(folder: Path, moment: datetime, manner: str) -> None:
    stop = threading.Event()
    clock = SystemClock(stop)
    sessions = Sessions("24/7", moment, date(moment.year - 1, 1, 1), folder / "sessions.json")
    session = sessions.session_at(moment)
    assert session is not None

    def run(_account: AccountId, slot: str, _time: datetime) -> None:
        say(f"begun {slot}")
        if manner == "deaf":
            threading.Event().wait()
        clock.sleep(600)
        say("finished")

    def failed(account: AccountId | None, _slot: str, error: Exception) -> None:
        say(f"failed {account}: {error}")

    job = Job(AccountId("taxable"), (AtSession("open", moment - session.opens),))
    with (
        stop_on_signals(stop),
        hold(folder / "daemon.lock"),
        Book.open(folder / "book.db", upgrade=True) as book,
    ):
        rota = Rota(sessions, clock, Work(book, run, failed, stop.is_set), Grace())
        tells = notifier(os.environ)
        say("up")
        probe = book.accounts
        Daemon(rota, (job,), (), sessions, clock, stop, Pulse(), tells, probe).run()
    say("down")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3])
    except AlreadyRunning as error:
        say(f"{error}; {error.remedy}")
        sys.exit(4)
