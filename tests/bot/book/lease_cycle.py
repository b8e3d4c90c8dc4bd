"""One real cycle on the paper exchange, in a process of its own.

    lease_cycle.py folder template book seconds awake|asleep

``book`` is a path or a url, ``seconds`` how late it is since the tests' Thursday. ``asleep`` stops
itself with SIGSTOP as soon as its first order has left, in the middle of its wave. Standard output:
``stopped`` before that, in the end ``finished PLAN`` or ``lost WHY``.
"""

import os
import signal
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from stage import Setting, Stage, equal_policy, names, set_stage

from bot.book.book import Book
from bot.book.errors import LeaseHeld, NotHolder
from bot.book.leases import Terms
from bot.daemon.clock import SystemClock

SOON = Terms(timedelta(seconds=0.6), timedelta(seconds=0.4), timedelta(seconds=0.2))
"""On a server, whose time is real, nobody wants to wait for minutes."""

OFTEN_SECONDS = 0.1


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def nap(stage: Stage) -> None:
    """Stand still in the middle of the first wave."""

    def on_step(name: str) -> None:
        if name.startswith("sent ") and sum(s.startswith("sent ") for s in stage.steps) == 1:
            say("stopped")
            os.kill(os.getpid(), signal.SIGSTOP)

    stage.on_step = on_step


def work(stage: Stage) -> str:
    """A cycle with its owner's consent, as soon as nobody else works the account."""
    while True:
        try:
            return f"finished {stage.run_with_consent().plan_id}"
        except LeaseHeld:
            SystemClock().sleep(OFTEN_SECONDS)
        except NotHolder as lost:
            return f"lost {lost}"


def main(folder: Path, template: Path, book: str, seconds: float, manner: str) -> None:
    stage = set_stage(folder, template, equal_policy(names(5)), Setting(cash=Decimal(100_000)))
    stage.clock.sleep(seconds)
    stage.book.close()
    is_server = "://" in book
    with Book.open(book, upgrade=False, terms=SOON if is_server else Terms()) as opened:
        stage.book = opened
        if manner == "asleep":
            nap(stage)
        say(work(stage))
    stage.paper.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], float(sys.argv[4]), sys.argv[5])
