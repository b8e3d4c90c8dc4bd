"""A glance says what the book says, at a fraction of the price."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from book_makers import (
    ACCOUNT,
    DAY,
    MINUTE,
    NOW,
    OTHER,
    D,
    bound,
    make_mail,
    make_note,
    make_order,
    make_plan,
    make_snapshot,
    ordered,
)

from bot.book.book import Book
from bot.book.errors import BookError
from bot.book.glance import HouseGlance, glance
from bot.book.rows import FINAL_STEPS, Note, OrderStep
from bot.book.version import HEAD
from bot.switch import EVERY_ACCOUNT

HEAVY = ("sqlalchemy", "pydantic", "numpy", "alembic", "brokers", "strategies", "dataclasses")


def test_an_empty_book(path: Path) -> None:
    with Book.open(path, upgrade=False) as book:
        bound(book)
    seen = glance(path)
    assert (seen.schema, seen.halted, seen.mails_unsent, seen.plans_waiting) == (HEAD, None, 0, 0)
    (account,) = seen.accounts
    known = {name: value for name, value in account._asdict().items() if value is not None}
    assert known == {
        "account": ACCOUNT,
        "broker": "paper",
        "environment": "PAPER",
        "orders_open": 0,
        "state": "active",
    }


def test_a_busy_book_while_it_is_open(path: Path) -> None:
    with Book.open(path, upgrade=False) as book:
        ordered(book, make_order("k-1"), make_order("k-2"), make_order("k-3"))
        book.note([make_note("k-1", "sent"), make_note("k-2", "sent")])
        book.note([make_note("k-2", "filled")])
        bound(book, OTHER).keep(make_plan("q-1", OTHER, hold=True), "digest", "awaiting")
        book.keep_snapshot(make_snapshot(NOW - DAY, "0.9"))
        book.keep_snapshot(make_snapshot(NOW, "0.42"))
        book.begin_run(ACCOUNT, "s-1", NOW)
        book.end_run(ACCOUNT, "s-1", NOW, ok=False, why="no link")
        book.begin_run(OTHER, "s-1", NOW + MINUTE)
        book.halt(OTHER, "cash differs", "trimtab", NOW)
        book.post(make_mail("m-1"))
        book.post(make_mail("m-2"))
        book.mark_mail("m-2", "sent", NOW, "smtp")
        seen = glance(path)
        ira, main = seen.accounts
    assert (seen.mails_unsent, seen.plans_waiting) == (1, 1)
    assert (main.nav, main.cash, main.seen, main.max_drift) == (
        D("1000.10"),
        D("600.06"),
        NOW,
        D("0.08"),
    )
    assert (main.plan_id, main.plan_kind, main.plan_state) == ("p-1", "rebalance", "started")
    assert (main.orders_open, main.run_slot, main.run_started, main.run_ok) == (
        1,
        "s-1",
        NOW,
        False,
    )
    assert (main.halted, ira.halted) == (None, "cash differs")
    assert (ira.plan_kind, ira.plan_state, ira.run_ok) == ("hold", "awaiting", None)


def test_a_halt_of_everything_shows_on_every_account(path: Path) -> None:
    with Book.open(path, upgrade=False) as book:
        bound(book)
        book.halt(EVERY_ACCOUNT, "storm", "owner", NOW)
        assert (glance(path).halted, glance(path).accounts[0].halted) == ("storm", "storm")
        book.resume(EVERY_ACCOUNT, "sun", "owner", NOW)
        assert glance(path).accounts[0].halted is None


def test_of_several_halts_the_most_severe_shows(path: Path) -> None:
    with Book.open(path, upgrade=False) as book:
        bound(bound(book), OTHER)
        book.halt(EVERY_ACCOUNT, "wind", "owner", NOW, "reducing")
        book.halt(ACCOUNT, "rain", "owner", NOW, "cancel-only")
        book.halt(ACCOUNT, "storm", "owner", NOW, "halted")
        book.halt(ACCOUNT, "more", "owner", NOW, "halted")
        seen = glance(path)
        said = {each.account: (each.state, each.halted) for each in seen.accounts}
        assert said == {ACCOUNT: ("halted", "storm"), OTHER: ("reducing", "wind")}
        assert (seen.state, seen.halted) == ("reducing", "wind")
        for account, (state, why) in said.items():
            halt = book.halted(account)
            assert halt is not None
            assert (halt.state, halt.reason) == (state, why)


@pytest.mark.parametrize("step", [*FINAL_STEPS, "partly", "unclear", "looked"])
def test_open_orders_are_counted_as_the_book_counts_them(path: Path, step: OrderStep) -> None:
    with Book.open(path, upgrade=False) as book:
        order = make_order("k-1")
        ordered(book, order)
        way: list[OrderStep] = [step] if step == "blocked" else ["sent", step]
        book.note([Note(order.key, each, NOW) for each in way])
        open_orders = book.activity(ACCOUNT, NOW, NOW).orders_open
        assert glance(path).accounts[0].orders_open == open_orders


def test_what_is_no_book_is_named(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader, " * 400)
    for file, complaint in ((tmp_path, "no book"), (letter, "not a database")):
        with pytest.raises(BookError, match=complaint):
            glance(file)
    other = tmp_path / "empty.db"
    other.touch()
    with pytest.raises(BookError, match="is not a book"):
        glance(other)


def test_a_schema_of_another_day_is_not_read(path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(path)
    connection.execute("UPDATE book_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(BookError, match="schema 9999"):
        glance(path)


def test_a_glance_changes_nothing(path: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(path, tmp_path / "copy.db"))
    glance(path)
    assert path.read_bytes() == copy.read_bytes()


def test_a_glance_loads_nothing_heavy() -> None:
    say = f"""
import sys
from bot.book.glance import HouseGlance, glance
print(sorted(set({HEAVY}) & set(sys.modules)))
"""
    done = subprocess.run(  # noqa: S603 our own interpreter
        [sys.executable, "-c", say],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout == "[]\n"


def test_alarms_that_stand_and_the_last_check_of_the_book(path: Path) -> None:
    """Both are runs of nobody's account; an alarm that is over stands no more."""
    disk, link = f"alarm/disk//{NOW.isoformat()}", f"alarm/connection/{OTHER}/{NOW.isoformat()}"
    with Book.open(path, upgrade=False) as book:
        assert glance(path).house == HouseGlance()
        for slot in (disk, link, "check/2026-01-02"):
            book.begin_run(EVERY_ACCOUNT, slot, NOW)
        assert glance(path).house.checked is None
        book.end_run(EVERY_ACCOUNT, disk, NOW + MINUTE, ok=True)
        book.end_run(EVERY_ACCOUNT, "check/2026-01-02", NOW + MINUTE, ok=False, why="a row changed")
        seen = glance(path).house
    told = (f"connection of {OTHER} since {NOW:%Y-%m-%d %H:%M} UTC",)
    assert seen == HouseGlance(NOW, "a row changed", told)
