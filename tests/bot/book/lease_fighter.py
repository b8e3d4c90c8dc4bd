"""A process that wants an account all the time, and dawdles while it has it.

    lease_fighter.py url name seed

Each turn it keeps a plan, writes the intents of a wave and says of one after another that it is
sent, as a cycle does; it waits at random in between, often for longer than its lease lasts. Lines
on standard output: ``NAME taken`` for a turn that begins, ``NAME lost`` for one that another ended.
"""

import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from book_makers import ACCOUNT, bound, make_intent, make_note, make_order, make_plan

from bot.book.book import Book
from bot.book.errors import LeaseHeld, NotHolder
from bot.book.leases import Terms
from bot.daemon.clock import SystemClock
from strategies.plan import PlanId

MS = timedelta(milliseconds=1)
TERMS = Terms(term=60 * MS, renew_below=40 * MS, skew=10 * MS)
"""So short that it runs out in the middle of a wave, and is fought for all the time."""

LEGS = 4


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def turn(book: Book, plan_id: str, now: Callable[[], datetime], pause: Callable[[], None]) -> None:
    """One wave, or as far as it is ours to send."""
    with book.leases.held(ACCOUNT, now):
        say(f"{plan_id.partition('-')[0]} taken")
        book.keep(make_plan(plan_id, time=now()), "digest")
        keys = [f"{plan_id}-{leg}" for leg in range(LEGS)]
        wanted = [make_intent(make_order(key), leg, now()) for leg, key in enumerate(keys)]
        pause()
        book.intend(PlanId(plan_id), ACCOUNT, wanted)
        for key in keys:
            pause()
            book.note([make_note(key, "sent", now())])


def main(url: str, name: str, seed: int) -> None:
    now, waits = SystemClock().now, threading.Event()
    dice = Random(seed)  # noqa: S311 it plays, it does not encrypt
    number = 0
    with Book.open(url, upgrade=False, busy_seconds=20, terms=TERMS) as book:
        bound(book)
        while True:
            number += 1
            try:
                turn(
                    book,
                    f"{name}-{seed}-{number}",
                    now,
                    lambda: waits.wait(dice.choice((0, 0, 0, 0.005, 0.09))) and None,
                )
            except LeaseHeld:
                waits.wait(0.004)
                continue
            except NotHolder:
                say(f"{name} lost")
            waits.wait(dice.choice((0, 0.01)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
