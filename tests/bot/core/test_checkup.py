"""The check of the whole book each night is kept and told, and rows that were changed halt all."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from stage import MakeStage, Setting, Stage, equal_policy, names
from test_rounds import desk_of, subjects

from bot.book.glance import glance
from bot.checkup import check_book
from bot.cli.alarming import nightly
from bot.cli.status import _house
from bot.daemon.sessions import Sessions
from bot.daemon.slots import due
from bot.rounds import Desk, Office
from bot.switch import Switch

NIGHT = "2020-03-12/close+4h"


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    made = make(equal_policy(names(2)), Setting())
    made.run_with_consent()
    return made


@pytest.fixture
def house(stage: Stage) -> tuple[Desk, Office]:
    desk, office = desk_of(stage)
    return desk, replace(office, switch=Switch(stage.folder))


def tamper(book: Path, *statements: str) -> None:
    """What only somebody who goes past the program does."""
    with closing(sqlite3.connect(book, isolation_level=None)) as raw:
        raw.execute("PRAGMA foreign_keys = OFF")
        triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        kept = raw.execute(triggers).fetchall()
        for name, _ in kept:
            raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            raw.execute(statement)
        for _, sql in kept:
            raw.execute(sql)


def checked(stage: Stage, house: tuple[Desk, Office], slot: str = NIGHT) -> list[str]:
    desk, office = house
    book = stage.folder / "book.db"
    found = check_book(book, [desk], office, slot, office.clock.now())
    return [f"{each.rule}: {each.detail}" for each in found]


def test_a_book_in_order_is_checked_once_a_night_and_status_says_when(
    stage: Stage, house: tuple[Desk, Office]
) -> None:
    before = subjects(stage)
    assert [checked(stage, house) for _ in "ab"] == [[], []]
    seen = glance(stage.folder / "book.db").house
    assert (seen.checked, seen.fault, seen.alarms) == (stage.clock.now(), "", ())
    assert _house(seen) == [
        f"the book was checked on {stage.clock.now():%Y-%m-%d %H:%M} UTC: as it was written"
    ]
    assert subjects(stage) == before


def test_a_row_that_was_changed_halts_trading_and_is_told(
    stage: Stage, house: tuple[Desk, Office]
) -> None:
    desk, office = house
    tamper(stage.folder / "book.db", "UPDATE executions SET price = '1'")
    found = checked(stage, house)
    assert found[0].startswith("every row is as it was committed: executions: row ")
    halt = office.book.halted(desk.account)
    assert halt is not None
    assert halt.state == "halted"
    assert halt.reason.startswith("the book is not as it was written: every row is as it was")
    assert subjects(stage)[0].startswith("[PAPER] trimtab: main: the book is not in order: every")
    assert glance(stage.folder / "book.db").house.fault.startswith("every row is as it was")
    assert checked(stage, house, "2020-03-13/close+4h") == found, "it is told every night"


def test_rows_that_contradict_each_other_are_told_and_halt_nothing(
    stage: Stage, house: tuple[Desk, Office]
) -> None:
    """The book took them itself: what is wrong is not the storage."""
    desk, office = house
    (fill, *_) = office.book.executions(desk.account)
    more = replace(fill, root="once-more", quantity=fill.quantity * 10)
    office.book.record(desk.account, [more], [], [], [])
    found = checked(stage, house)
    assert [each.partition(":")[0] for each in found] == ["no order is filled beyond its quantity"]
    assert office.book.halted(desk.account) is None
    assert len([s for s in subjects(stage) if "the book is not in order" in s]) == 1


def test_a_book_that_takes_nothing_any_more_is_halted_by_the_flag(
    stage: Stage, house: tuple[Desk, Office]
) -> None:
    tamper(
        stage.folder / "book.db",
        "UPDATE executions SET price = '1'",
        "CREATE TRIGGER no_halt BEFORE INSERT ON halts BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    assert checked(stage, house)
    flag = Switch(stage.folder).look()
    assert flag is not None
    assert flag.reason.startswith("the book is not as it was written")


def test_it_is_due_in_the_night_after_each_session(
    stage: Stage, house: tuple[Desk, Office]
) -> None:
    desk, office = house
    start = stage.clock.now()
    calendar = Sessions("XNYS", start, since=(start - timedelta(days=30)).date())
    chore = nightly(str(stage.folder / "book.db"), office, [desk])
    assert isinstance(chore.when, tuple)
    slots = due(chore.when, calendar, start, start + timedelta(days=7))
    assert len(slots) == 5
    assert all(calendar.session_at(slot.moment) is None for slot in slots)
