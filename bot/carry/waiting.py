"""Orders in the market: looked at until they are done, then taken back and confirmed."""

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta

from bot.book.book import Book
from bot.book.errors import BookBroken
from bot.book.rows import OrderRow
from bot.clock import wait_for_news
from bot.post import Post
from bot.reconcile import follow
from bot.takeback import take_back
from brokers.broker import Broker, Unreachable
from brokers.words import OrderKey

POLL_SECONDS = 5.0
"""How often orders in the market are looked at, of which nothing is heard."""

CANCEL_AGAIN_SECONDS = 15.0
"""How long a cancellation may go unconfirmed until it is asked for again."""

CONFIRM_SECONDS = 60.0
"""How long it is asked for until the order is left to the next cycle, which leaves it alone."""

HURRY_SECONDS = 10.0
"""The same where the machine wants to stop."""


def stopped(post: Post, book: Book) -> str:
    """Why no further order may leave, or an empty string."""
    if post.stopping():
        return "the machine was told to stop"
    halt = post.halt(book)
    return halt.words if halt is not None and halt.takes_back else ""


def end_of_wave(post: Post, needed: timedelta) -> datetime:
    """When a wave's time is over: orders that follow, ``needed`` long, must still get out."""
    now = post.clock.now()
    end = now + timedelta(seconds=post.policy.orders.work_seconds)
    confirming = timedelta(seconds=CONFIRM_SECONDS)
    if not needed:  # before the exchange ends them: so that each was cancelled, and is known to be
        return min(end, max(post.session.closes - 2 * confirming, now))
    closes = post.session.closes - timedelta(minutes=post.limits.before_close_minutes)
    return min(end, max(closes - needed - confirming, now + confirming))


def work(post: Post, broker: Broker, book: Book, until: datetime) -> None:
    """Wait until every order is done or its time is over, then cancel the rest and confirm."""
    _wait(post, broker, book, until, lambda: bool(stopped(post, book)))
    withdraw(post, broker, book)
    post.step("wave done")


NONE: frozenset[OrderKey] = frozenset()


def withdraw(post: Post, broker: Broker, book: Book, spare: Collection[OrderKey] = NONE) -> None:
    """Cancel every order of ours that is not done, and wait until the broker confirms it.

    Also the first act of each cycle: what an interrupted one left in the market goes first. An
    order whose end stays unknown keeps its name barred. Those of ``spare`` are left alone.
    """
    obey(post, broker)
    if not _left(post, book, spare):
        return
    trouble = look(post, broker, book)
    patience = HURRY_SECONDS if post.stopping() else CONFIRM_SECONDS
    end = post.clock.now() + timedelta(seconds=patience)
    again = timedelta(seconds=CANCEL_AGAIN_SECONDS)
    while _left(post, book, spare) and post.clock.now() < end:
        cancel_all(post, broker, book, spare)
        post.step("cancelling")
        until = min(end, post.clock.now() + again)
        trouble = _wait(post, broker, book, until, lambda: not _left(post, book, spare))
    if trouble is not None:
        raise trouble


def obey(post: Post, broker: Broker) -> None:
    """Where the kill switch was thrown our orders are asked to go before the book is asked at all.

    It may be locked, or its disk full; that each is gone is seen to afterwards.
    """
    if post.switch.hurries:
        take_back(broker, (), post.clock, patience_seconds=0)


def _left(post: Post, book: Book, spare: Collection[OrderKey]) -> list[OrderRow]:
    """Orders that are not done, but for those to be left alone."""
    return [row for row in book.unsettled(post.account) if row.order.key not in spare]


def cancel_all(post: Post, broker: Broker, book: Book, spare: Collection[OrderKey] = NONE) -> None:
    """Ask for the end of every order of ours that is not done, but for those of ``spare``."""
    obey(post, broker)
    with suppress(BookBroken):  # which can be told nothing more, and still knows what is open
        book.leases.renew(post.account, post.clock.now())  # else these may be somebody else's
    for intent in book.unsettled(post.account):
        if intent.order.key in spare:
            continue
        broker.cancel(intent.order.key)


def _wait(
    post: Post, broker: Broker, book: Book, until: datetime, cut: Callable[[], bool]
) -> Unreachable | None:
    """Look again and again until no order is open, or the time is over.

    A broker out of reach is asked again; what is returned is the trouble with the last look.
    """
    trouble = look(post, broker, book)
    while book.unsettled(post.account) and post.clock.now() < until and not cut():
        wait_for_news(POLL_SECONDS, post.clock, broker)
        if cut() and post.switch.hurries:
            break
        trouble = look(post, broker, book)
    return trouble


def look(post: Post, broker: Broker, book: Book) -> Unreachable | None:
    """See what became of our orders; the trouble with that, where the broker is out of reach."""
    book.leases.renew(post.account, post.clock.now())
    try:
        follow(post.account, broker, book, post.clock.now())
    except Unreachable as error:
        return error
    return None
