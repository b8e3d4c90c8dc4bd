"""A lease is one process's at a time, and without it no order may leave."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from book_makers import (
    ACCOUNT,
    MINUTE,
    NOW,
    OTHER,
    bound,
    make_intent,
    make_note,
    make_order,
    make_plan,
    ordered,
)
from sqlalchemy import Connection, create_engine, text

from bot.book.book import Book
from bot.book.engine import connect, locate, writing
from bot.book.errors import LeaseHeld, NotHolder
from bot.book.glance import LeaseGlance, glance
from bot.book.holders import Holder, is_dead, this_process
from bot.book.leases import TERMS, Terms
from bot.book.maintain import check
from strategies.plan import PlanId

NewDatabase = Callable[[str | None], str]

LAPSED = Terms(term=timedelta(0), skew=timedelta(0))
"""Ends as it begins, on the server's clock too: anybody may take over at any moment."""


@pytest.fixture
def pair(url: str) -> Iterator[tuple[Book, Book]]:
    """Two programs that opened one book; leases last as long as always."""
    with Book.open(url, upgrade=False) as one, Book.open(url, upgrade=False) as two:
        yield bound(one), two


@pytest.fixture
def lapsing(url: str) -> Iterator[tuple[Book, Book]]:
    """The same, with leases that have run out at once."""
    with (
        Book.open(url, upgrade=False, terms=LAPSED) as one,
        Book.open(url, upgrade=False, terms=LAPSED) as two,
    ):
        yield bound(one), two


def test_who_comes_second_is_told_who_works_the_account(pair: tuple[Book, Book]) -> None:
    one, two = pair
    with one.leases.held(ACCOUNT, lambda: NOW):
        with one.leases.held(ACCOUNT, lambda: NOW):
            pass
        lease = one.leases.newest(ACCOUNT)
        assert lease is not None
        assert lease.state == "taken", "an inner word lets nothing go"
        with pytest.raises(LeaseHeld) as caught, two.leases.held(ACCOUNT, lambda: NOW):
            pytest.fail("two hold one account")
        until = f"{lease.until:%Y-%m-%d %H:%M:%S} UTC"
        assert caught.value.what == (
            f"main is worked by process {os.getpid()} on {lease.holder.host}, "
            f"with a lease until {until}"
        )
        again = f"{lease.until + TERMS.skew:%Y-%m-%d %H:%M:%S} UTC"
        assert caught.value.remedy.endswith(f"if it is gone, try again after {again}")
        with two.leases.held(OTHER, lambda: NOW):
            assert two.leases.newest(OTHER) is not None, "an account of its own is free"
    with two.leases.held(ACCOUNT, lambda: NOW):
        taken = two.leases.newest(ACCOUNT)
    assert taken is not None
    assert (taken.token, taken.state) == (2, "taken")
    assert taken.holder != lease.holder


def test_a_failure_lets_the_account_go(pair: tuple[Book, Book]) -> None:
    one, two = pair
    with pytest.raises(ZeroDivisionError), one.leases.held(ACCOUNT, lambda: NOW):
        raise ZeroDivisionError
    with two.leases.held(ACCOUNT, lambda: NOW):
        pass


def test_without_a_lease_nothing_is_meant_or_sent(book: Book) -> None:
    bound(book).keep(make_plan(), "digest")
    wanted = [make_intent(make_order("k-1")), make_intent(make_order("k-2"))]
    with pytest.raises(NotHolder, match="nobody holds its lease"):
        book.intend(PlanId("p-1"), ACCOUNT, wanted)
    with book.leases.held(ACCOUNT, lambda: NOW):
        book.intend(PlanId("p-1"), ACCOUNT, wanted)
    with pytest.raises(NotHolder, match="nobody holds its lease"):
        book.note([make_note("k-2", "blocked"), make_note("k-1", "sent")])
    assert book.order_notes(make_order("k-2").key) == (), "none of it was written"
    book.note([make_note("k-1", "blocked")])


def test_who_was_overtaken_is_refused_in_the_same_transaction(
    lapsing: tuple[Book, Book],
) -> None:
    one, two = lapsing
    ordered(one, make_order("k-1"), make_order("k-2"))
    one.note([make_note("k-1", "sent")])
    two.leases.take(ACCOUNT, NOW)
    for act in (
        lambda: one.note([make_note("k-2", "sent")]),
        lambda: one.intend(PlanId("p-1"), ACCOUNT, [make_intent(make_order("k-3"))]),
        lambda: one.leases.renew(ACCOUNT, NOW),
    ):
        with pytest.raises(NotHolder, match=r"taken over by process .* \(lease 2, .* stood still"):
            act()
    one.note([make_note("k-2", "blocked")])
    one.leases.release(ACCOUNT, NOW)
    lease = two.leases.newest(ACCOUNT)
    assert lease is not None
    assert lease.token == 2
    assert lease.state != "released"
    assert {row.order.key: row.last_event for row in one.orders()} == {
        "k-1": "sent",
        "k-2": "blocked",
    }


def test_a_lease_that_ran_out_and_nobody_took_goes_on(lapsing: tuple[Book, Book]) -> None:
    one, _ = lapsing
    ordered(one, make_order("k-1"))
    one.note([make_note("k-1", "sent", NOW + 600 * MINUTE)])
    lease = one.leases.newest(ACCOUNT)
    assert lease is not None
    assert (lease.token, lease.state) == (1, "renewed")


@pytest.mark.parametrize(
    ("seconds", "is_free"), [(0, False), (119, False), (149, False), (150, True), (9999, True)]
)
def test_silence_gives_the_account_up(path: Path, seconds: int, *, is_free: bool) -> None:
    later = NOW + timedelta(seconds=seconds)
    with Book.open(path, upgrade=False) as one, Book.open(path, upgrade=False) as two:
        bound(one).leases.take(ACCOUNT, NOW)
        if is_free:
            assert two.leases.take(ACCOUNT, later).token == 2
        else:
            with pytest.raises(LeaseHeld):
                two.leases.take(ACCOUNT, later)


def test_signs_of_life_keep_it_and_cost_few_rows(path: Path) -> None:
    with Book.open(path, upgrade=False) as one, Book.open(path, upgrade=False) as two:
        bound(one).leases.take(ACCOUNT, NOW)
        for seconds in range(0, 3600, 5):
            now = NOW + timedelta(seconds=seconds)
            one.leases.renew_all(now)
            with pytest.raises(LeaseHeld):
                two.leases.take(ACCOUNT, now)
        two.leases.renew_all(now)
    assert counted(path, "SELECT count(*) FROM leases") <= 3600 / 40 + 1


def test_the_server_s_clock_counts_on_postgresql(
    new_database: NewDatabase, postgresql_template: str
) -> None:
    """Whatever a host believes, a year off: it neither takes what is held nor holds for longer."""
    url = new_database(postgresql_template)
    with Book.open(url, upgrade=False) as one, Book.open(url, upgrade=False) as two:
        one.leases.take(ACCOUNT, NOW - timedelta(days=366))
        with pytest.raises(LeaseHeld):
            two.leases.take(ACCOUNT, NOW + timedelta(days=366))
        lease = one.leases.newest(ACCOUNT)
    assert lease is not None
    assert lease.until - lease.time == TERMS.term
    assert abs(lease.time.timestamp() - counted(url, "SELECT extract(epoch FROM now())")) < 60


def test_who_falls_asleep_in_a_commit_is_cut_off_by_the_server(
    new_database: NewDatabase, postgresql_template: str
) -> None:
    place = locate(new_database(postgresql_template))
    engine = connect(place)
    with writing(engine, place) as connection:
        shown = connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()
    assert shown == "1min"
    engine.dispose()


def test_a_dead_process_of_this_machine_is_not_waited_for(url: str) -> None:
    say = (
        "import sys; from datetime import datetime; from bot.book.book import Book; "
        "book = Book.open(sys.argv[1], upgrade=False); "
        f"book.leases.take({ACCOUNT!r}, datetime.fromisoformat(sys.argv[2])); "
        "print(book.leases.holder.pid, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(  # noqa: S603 our own interpreter
        [sys.executable, "-c", say, url, NOW.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == f"{process.pid}\n"
    with Book.open(url, upgrade=False) as book:
        with pytest.raises(LeaseHeld, match=f"process {process.pid} on "):
            book.leases.take(ACCOUNT, NOW)
        process.kill()
        assert book_of_the_dead(book) == 2, "already as a zombie, before it is waited for"
        process.communicate()
        assert is_dead(Holder("x", "here", process.pid, this_process().life))


def book_of_the_dead(book: Book) -> int:
    """The token with which the account is taken, once the kernel has done its part."""
    for _ in range(10_000):
        try:
            return book.leases.take(ACCOUNT, NOW).token
        except LeaseHeld:
            continue
    raise AssertionError("a dead process holds on")


def test_only_what_is_certain_counts_as_death() -> None:
    us = this_process()
    realm = us.life.rpartition(" ")[0]
    assert not is_dead(us)
    assert is_dead(replace(us, life=f"{realm} 1")), "our number, of an earlier process"
    assert not is_dead(replace(us, pid=2**22 + 1, life=f"elsewhere {us.life}"))
    assert not is_dead(replace(us, pid=2**22 + 1, life=""))
    assert is_dead(replace(us, pid=2**22 + 1))
    assert not is_dead(replace(us, pid=1, life=f"{realm} 1")) or os.geteuid() == 0
    assert this_process().name != us.name


def test_status_tells_who_works_an_account(path: Path) -> None:
    with Book.open(path, upgrade=False) as book:
        lease = bound(book).leases.take(ACCOUNT, NOW)
        told = LeaseGlance(lease.holder.host, os.getpid(), 1, NOW + TERMS.term)
        assert glance(path).accounts[0].lease == told
        book.leases.release(ACCOUNT, NOW)
        assert glance(path).accounts[0].lease is None


def test_a_check_finds_orders_of_two_holders_at_once(lapsing: tuple[Book, Book], url: str) -> None:
    one, two = lapsing
    ordered(one, make_order("k-1"), make_order("k-2"))
    two.leases.take(ACCOUNT, NOW)
    two.keep(make_plan("p-2"), "digest")
    two.intend(PlanId("p-2"), ACCOUNT, [make_intent(make_order("k-3"))])
    two.note([make_note("k-3", "sent")])
    assert check(url) == ()
    forge(url, "'k-1', 'sent', ''", NOW)
    found = check(url)[-1]  # after what the chain finds
    assert found.detail == "order k-1 was sent under lease 1, after 2"


def test_a_check_finds_a_lease_out_of_turn(lapsing: tuple[Book, Book], url: str) -> None:
    lapsing[0].leases.take(ACCOUNT, NOW)
    columns = "account, state, holder, host, pid, life, time, until"
    with engine_of(url) as connection:
        connection.execute(
            text(f"INSERT INTO leases (token, {columns}) SELECT 3, {columns} FROM leases")  # noqa: S608 our own words
        )
        connection.commit()
    found = check(url)[-1]  # after what the chain finds
    assert found.detail == "main: lease 3 is taken after lease 1"


def forge(url: str, values: str, time: datetime) -> None:
    """An event past all of our code."""
    with engine_of(url) as connection:
        connection.execute(
            text(
                "INSERT INTO order_events (key, kind, broker_id, detail, time) "  # noqa: S608 our own words
                f"VALUES ({values}, '', :time)"
            ),
            {"time": time.isoformat(timespec="microseconds")},
        )
        connection.commit()


def counted(url: str | Path, query: str) -> float:
    """One number."""
    with engine_of(url) as connection:
        return float(connection.execute(text(query)).scalar_one())


@contextmanager
def engine_of(url: str | Path) -> Iterator[Connection]:
    """A plain connection, none of our code in between."""
    engine = create_engine(locate(url).url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()
