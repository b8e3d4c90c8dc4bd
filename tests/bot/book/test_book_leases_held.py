"""A lease from its first second to its last: what is written of it, and when it is written."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from book_makers import ACCOUNT, NOW, OTHER, bound, make_intent, make_order, make_plan
from sqlalchemy import create_engine, text

from bot.book.book import Book
from bot.book.engine import locate
from bot.book.errors import LeaseHeld, NotHolder
from bot.book.holders import Holder
from bot.book.leases import TERMS, Lease, Terms
from strategies.plan import PlanId

GHOST = Holder("aabbccdd", "beta", 4711, "")
"""Of another machine, so that nobody here can say that it is dead."""


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def one(path: Path) -> Iterator[Book]:
    with Book.open(path, upgrade=False) as book:
        yield bound(book)


@pytest.fixture
def two(path: Path, one: Book) -> Iterator[Book]:
    """Another program, on another machine as far as the first can see."""
    assert one.leases.newest(ACCOUNT) is None
    with Book.open(path, upgrade=False) as book:
        book.leases.work_as(GHOST)
        yield book


def rows(path: Path) -> list[tuple[object, ...]]:
    engine = create_engine(locate(path).url)
    query = "SELECT account, token, state, holder, host, pid, time, until FROM leases ORDER BY seq"
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def stamp(seconds: float) -> str:
    return after(seconds).isoformat(timespec="microseconds")


def test_every_row_of_a_lease(path: Path, two: Book) -> None:
    tokyo = timezone(timedelta(hours=9))
    lease = two.leases.take(ACCOUNT, NOW.astimezone(tokyo))
    assert lease == Lease(ACCOUNT, 1, "taken", GHOST, NOW, after(120))
    assert (lease.time.tzinfo, two.leases.newest(ACCOUNT)) == (UTC, lease)
    two.leases.renew(ACCOUNT, after(40))  # 80 seconds are left, and that is enough
    two.leases.renew(ACCOUNT, after(41))
    two.leases.release(ACCOUNT, after(50))
    two.leases.release(ACCOUNT, after(60))
    assert two.leases.take(ACCOUNT, after(55)).token == 2, "whoever let go is not waited for"
    who = (GHOST.name, "beta", 4711)
    assert rows(path) == [
        (ACCOUNT, 1, "taken", *who, stamp(0), stamp(120)),
        (ACCOUNT, 1, "renewed", *who, stamp(41), stamp(161)),
        (ACCOUNT, 1, "released", *who, stamp(50), stamp(50)),
        (ACCOUNT, 2, "taken", *who, stamp(55), stamp(175)),
    ]


def test_who_let_go_may_send_nothing_and_the_book_says_so(one: Book) -> None:
    one.keep(make_plan(), "digest")
    one.leases.take(ACCOUNT, NOW)
    one.leases.release(ACCOUNT, NOW)
    with pytest.raises(NotHolder) as caught:
        one.intend(PlanId("p-1"), ACCOUNT, [make_intent(make_order("k-1"))])
    assert caught.value.what == "main: nobody holds its lease, so no order may leave"
    told = "nothing was sent; the next cycle takes the lease and looks afresh"
    assert caught.value.remedy == told
    assert one.orders() == ()


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock on the wall is nine hours ahead."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
def test_a_silent_holder_is_waited_for_to_the_second(one: Book, two: Book) -> None:
    two.leases.take(ACCOUNT, NOW)
    two.leases.renew(ACCOUNT, after(100))
    for seconds in (0, 219, 249.999):
        with pytest.raises(LeaseHeld) as caught:
            one.leases.take(ACCOUNT, after(seconds))
    assert caught.value.what == (
        "main is worked by process 4711 on beta, with a lease until 2026-03-02 15:03:40 UTC"
    )
    assert caught.value.remedy == (
        "nothing is to be done while it runs; if it is gone, "
        "try again after 2026-03-02 15:04:10 UTC"
    )
    assert one.leases.take(ACCOUNT, after(250)).token == 2


def test_who_was_overtaken_reads_by_whom_and_when(one: Book, two: Book) -> None:
    one.leases.take(ACCOUNT, NOW)
    two.leases.take(ACCOUNT, after(150))
    with pytest.raises(NotHolder) as caught:
        one.leases.renew(ACCOUNT, after(151))
    assert caught.value.what == (
        "main was taken over by process 4711 on beta (lease 2, taken 2026-03-02 15:02:30 UTC): "
        "this process stood still, or its clock jumped, and it has stopped"
    )
    assert caught.value.remedy == (
        "it sends nothing more and takes nothing back: orders and plan are the other one's now; "
        "see that this machine does not go to sleep and that its clock is right"
    )


def test_a_loss_ends_with_the_work_and_the_next_time_is_a_new_lease(one: Book, two: Book) -> None:
    with one.leases.held(ACCOUNT, lambda: NOW):
        two.leases.take(ACCOUNT, after(150))
        with pytest.raises(NotHolder):
            one.leases.renew(ACCOUNT, after(150))
    newest = two.leases.newest(ACCOUNT)
    assert newest is not None
    assert (newest.token, newest.state) == (2, "taken"), "a loser lets go of nothing"
    two.leases.release(ACCOUNT, after(151))
    with one.leases.held(ACCOUNT, lambda: after(152)):
        one.leases.renew(ACCOUNT, after(153))
    newest = one.leases.newest(ACCOUNT)
    assert newest is not None
    assert (newest.token, newest.state, newest.time) == (3, "released", after(152))


def test_one_account_that_was_lost_does_not_keep_the_others_waiting(one: Book, two: Book) -> None:
    """Each of what is held is renewed, in whatever order they were taken."""
    for first, other in ((ACCOUNT, OTHER), (OTHER, ACCOUNT)):
        one.leases.take(first, NOW)
        one.leases.take(other, NOW)
        two.leases.take(ACCOUNT, after(150))
        one.leases.renew_all(after(160))
        kept, lost = one.leases.newest(OTHER), one.leases.newest(ACCOUNT)
        assert kept is not None
        assert lost is not None
        assert (kept.state, kept.until) == ("renewed", after(280))
        assert (lost.holder, lost.state) == (GHOST, "taken")
        for book in (one, two):
            for account in (ACCOUNT, OTHER):
                book.leases.release(account, after(161))


def test_a_replay_is_who_it_says_it_is(one: Book) -> None:
    ours = one.leases.holder
    assert ours == one.leases.holder
    one.leases.work_as(GHOST)
    assert (one.leases.holder, one.leases.take(ACCOUNT, NOW).holder) == (GHOST, GHOST)
    with pytest.raises(AssertionError, match="stays who he is"):
        one.leases.work_as(ours)
    assert one.leases.holder == GHOST


def test_a_clock_that_went_back_gives_nothing_away(one: Book, two: Book) -> None:
    one.leases.take(ACCOUNT, after(1000))
    with pytest.raises(LeaseHeld):
        two.leases.take(ACCOUNT, NOW)
    one.leases.renew(ACCOUNT, NOW)
    newest = one.leases.newest(ACCOUNT)
    assert newest is not None
    assert (newest.state, newest.until) == ("taken", after(1120)), "there is enough left of it"


def test_terms_are_those_that_the_book_was_opened_with(path: Path, one: Book) -> None:
    assert Terms(timedelta(minutes=2), timedelta(seconds=80), timedelta(seconds=30)) == TERMS
    short = Terms(timedelta(seconds=10), timedelta(seconds=4), timedelta(seconds=1))
    with Book.open(path, upgrade=False, terms=short) as book:
        book.leases.work_as(GHOST)
        assert book.leases.take(ACCOUNT, NOW).until == after(10)
    with pytest.raises(LeaseHeld):
        one.leases.take(ACCOUNT, after(39))
    assert one.leases.take(ACCOUNT, after(40)).token == 2, "each waits by its own terms"
