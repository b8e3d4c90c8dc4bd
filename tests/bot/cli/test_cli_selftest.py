"""``trimtab selftest``: what it plays, what it looks at afterwards, and how it leaves."""

import json
import re
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from bot.cli.app import run
from bot.cli.exits import Exit
from bot.cli.schemas import document_schema
from bot.cli.selftesting.bugs import BUGS, Bug
from bot.cli.selftesting.checks import wrong
from bot.cli.selftesting.plays import IN_MEMORY, empty_book, perform
from bot.cli.selftesting.verb import leave
from bot.daemon.sessions import Sessions
from bot.report.selftest import Fate, SelfTest, Survival, page
from brokers.paper.faults.kinds import BY_NAME

CALM = Bug("nobody#0", "nothing happens", ("quote-missing",))


def test_every_bug_is_cited_and_brought_about_by_faults_that_there_are() -> None:
    assert len(BUGS) >= 40
    assert len({bug.cited for bug in BUGS}) == len(BUGS)
    for bug in BUGS:
        assert re.fullmatch(r"[\w.-]+#\d+", bug.cited)
        assert bug.kinds
        assert set(bug.kinds) <= set(BY_NAME), bug.cited


def left_behind() -> set[Path]:
    places = (Path(tempfile.gettempdir()), IN_MEMORY)
    return {path for place in places for path in place.glob("trimtab-selftest-*")}


def test_it_plays_as_far_as_the_time_goes(capsys: pytest.CaptureFixture[str]) -> None:
    before = left_behind()
    code = run(["selftest", "--seconds", "1", "--json"])
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, document_schema("selftest"))
    first, *others = document["bugs"]
    assert (code, document["passed"]) == (Exit.OK, True)
    assert (first["cited"], first["fate"]) == ("freqtrade#4653", "survived")
    assert first["faults"] >= 3
    assert {bug["fate"] for bug in others[-30:]} == {"not tried"}
    assert left_behind() <= before
    assert [each["broker"] for each in document["brokers"]] == ["Alpaca", "Interactive Brokers"]
    assert not any(each["ended_early"] for each in document["brokers"])
    assert document["left_out"] == ""


TIDY = SelfTest(
    passed=True,
    seed=1,
    seconds=2.5,
    processor_seconds=2.1,
    sessions=20,
    orders=12,
    faults=9,
    restarts=3,
    bugs=(
        Survival("a#1", "an order is lost", ("request-lost",), Fate.SURVIVED, 5, 6, ()),
        Survival("b#2", "an order is doubled", ("answer-lost",), Fate.SURVIVED, 4, 6, ()),
    ),
)


def spoilt(fate: Fate, *said: str) -> SelfTest:
    bugs = (TIDY.bugs[0], replace(TIDY.bugs[1], fate=fate, wrong=said))
    return replace(TIDY, passed=fate is not Fate.FAILED, bugs=bugs)


@pytest.mark.parametrize(
    ("told", "interrupted", "code"),
    [
        (TIDY, False, Exit.OK),
        (spoilt(Fate.NOT_TRIED), False, Exit.OK),
        (spoilt(Fate.FAILED, "one order is at the exchange twice"), False, Exit.FAILED),
        (TIDY, True, Exit.INTERRUPTED),
    ],
)
def test_how_it_leaves(told: SelfTest, code: Exit, *, interrupted: bool) -> None:
    assert leave(told, 60, interrupted=interrupted) == code


def test_the_page_says_what_did_not_hold() -> None:
    text = page(spoilt(Fate.FAILED, "one order is at the exchange twice"))
    assert "1 survived, 1 FAILED" in text
    assert "b#2: one order is at the exchange twice" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The book and the ledger of a play in which hardly anything happened."""
    folder = tmp_path_factory.mktemp("play")
    place = folder / "place"
    place.mkdir()
    sessions = Sessions("XNYS", datetime(2024, 3, 1, tzinfo=UTC))
    end = perform(place, empty_book(folder), CALM, 5, sessions)
    assert end.wrong == ()
    assert end.orders >= 6
    (ledger,) = place.glob("state/*.db")
    return place / "book.db", ledger


HALTED = (
    "INSERT INTO halts (scope, state, reason, who, time) VALUES ('*', 'halted', 'x', 'y',"
    " '2024-03-08T15:00:00.000000+00:00')"
)


@pytest.mark.parametrize(
    ("which", "statement", "said"),
    [
        ("book", "DELETE FROM intents", "never meant it"),
        ("book", "DELETE FROM order_events WHERE kind = 'sent'", "never sent it"),
        ("book", "DELETE FROM order_events WHERE kind = 'filled'", "is not known"),
        ("ledger", "UPDATE orders SET status = 'open' WHERE seq = 1", "still in the market"),
        ("book", "DELETE FROM executions WHERE rowid = 1", "is not in the book"),
        ("ledger", "DELETE FROM executions WHERE seq = 1", "never happened"),
        ("book", "UPDATE executions SET fee = '7' WHERE rowid = 1", "the book has"),
        ("book", "UPDATE cash_flows SET amount = '1'", "of cash"),
        ("book", "UPDATE tieouts SET ok = 0", "do not agree"),
        (
            "book",
            HALTED,
            "still halted",
        ),
    ],
)
def test_what_is_wrong_is_found(
    files: tuple[Path, Path], tmp_path: Path, which: str, statement: str, said: str
) -> None:
    book, ledger = tmp_path / "book.db", tmp_path / "ledger.db"
    for source, target in zip(files, (book, ledger), strict=True):
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
    assert wrong(book, ledger) == ()
    _spoil(book if which == "book" else ledger, statement)
    assert any(said in found for found in wrong(book, ledger))


def _spoil(path: Path, statement: str) -> None:
    """Do what no program may do to this file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount


def test_a_crash_leaves_what_was_on_the_disk(tmp_path: Path) -> None:
    """What the dying process still writes is gone with it."""
    folder = tmp_path / "place"
    folder.mkdir()
    sessions = Sessions("XNYS", datetime(2024, 3, 1, tzinfo=UTC))
    crash = Bug("nobody#1", "killed as an answer comes", ("crash-answered",))
    end = perform(folder, empty_book(tmp_path), crash, 6, sessions)
    assert end.restarts >= 3
    assert end.wrong == ()
