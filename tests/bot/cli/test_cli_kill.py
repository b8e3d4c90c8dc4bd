"""``trimtab kill``, ``halt`` and ``resume``: what is said, what is done, and what is refused."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from demo_account import demo

from bot.book.book import Book
from bot.cli.app import run
from bot.daemon.lock import hold
from bot.switch import NAME

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo that has traded."""
    return Path(demo(tmp_path_factory, "kill")).parent


@pytest.fixture
def own_demo(template: Path, tmp_path: Path) -> str:
    """The config of a copy of it."""
    return str(Path(shutil.copytree(template, tmp_path / "demo")) / "config.toml")


@pytest.fixture
def say(own_demo: str, capsys: pytest.CaptureFixture[str]) -> Say:
    """A line of the command line, without the program's name and its config."""

    def say(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["-c", own_demo, *words])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return say


@pytest.fixture
def state(own_demo: str) -> Path:
    """The state folder."""
    return Path(own_demo).parent / "state"


def status(say: Say) -> tuple[str, str | None]:
    found = json.loads(say("status", "--json")[1])
    (account,) = found["accounts"]
    assert (found["state"], found["halted"]) == (account["state"], account["halted"])
    return account["state"], account["halted"]


def test_kill_writes_the_file_and_the_book_and_takes_back(say: Say, state: Path) -> None:
    code, out, err = say("kill", "--reason", "prices look wrong", "--who", "ann")
    assert (code, out) == (0, "")
    assert f"{state / NAME} is there: no order leaves any more" in err
    assert "halted, in the book: PAPER demo" in err
    assert "PAPER demo: none of our orders was open" in err
    assert (state / NAME).read_text() == "halted prices look wrong (by ann)\n"
    assert status(say)[0] == "halted"
    shown = say("status")
    assert "PAPER demo: HALTED: prices look wrong" in shown[1]
    assert f"{state / NAME} is there: halted" in shown[2]


@pytest.mark.parametrize("how", ["reducing", "cancel-only", "halted"])
def test_halt_stops_as_far_as_it_is_told(say: Say, how: str) -> None:
    code, _, err = say("halt", "demo", "--state", how, "--reason", "trying", "--who", "ann")
    assert code == 0
    assert f"{how}: PAPER demo; " in err
    assert status_of_account(say) == (how, "trying")
    assert f"PAPER demo: {how.upper()}: trying" in say("status")[1]


def status_of_account(say: Say) -> tuple[str, str | None]:
    (account,) = json.loads(say("status", "--json")[1])["accounts"]
    return account["state"], account["halted"]


def test_a_touched_file_is_seen_and_lifted_by_name_and_reason(say: Say, state: Path) -> None:
    (state / NAME).touch()
    assert status(say) == ("halted", "the file KILL is there")
    code, _, err = say("resume")
    assert (code, "nobody said why" in err) == (2, True)
    assert (state / NAME).exists()
    code, _, err = say("resume", "--reason", "only a drill", "--who", "ann")
    assert code == 0
    assert f"{state / NAME} is taken away; it said halted: the file KILL is there" in err
    assert status(say) == ("active", None)
    assert not (state / NAME).exists()


def test_the_book_keeps_who_lifted_it_and_why(say: Say, own_demo: str, state: Path) -> None:
    (state / NAME).write_text("cancel-only I look myself")
    say("resume", "--reason", "seen to", "--who", "ann", "--to", "reducing")
    assert status(say) == ("reducing", "seen to")
    say("resume", "--reason", "all of it", "--who", "bob")
    with closing(sqlite3.connect(Path(own_demo).parent / "trimtab.db")) as book:
        query = "SELECT state, reason, who FROM halts WHERE scope = '*' ORDER BY seq"
        rows = book.execute(query).fetchall()
    assert rows == [
        ("cancel-only", "I look myself", "the file KILL"),
        ("active", "seen to", "ann"),
        ("reducing", "seen to", "ann"),
        ("active", "all of it", "bob"),
    ]


def test_one_account_is_not_resumed_past_the_file(say: Say, state: Path) -> None:
    say("halt", "demo", "--reason", "one")
    (state / NAME).touch()
    code, _, err = say("resume", "demo", "--reason", "seen to")
    assert code == 4
    assert "still halted: PAPER demo: the file KILL is there" in err
    assert (state / NAME).exists()


def test_where_nothing_is_stopped_nothing_is_resumed(say: Say) -> None:
    code, _, err = say("resume", "--reason", "to be sure")
    assert code == 5
    assert "trading as a whole is not halted" in err


def cash_goes_missing(config: str) -> None:
    """The broker books a fee that the book is never told of: both files stay what they are."""
    with Book.open(Path(config).parent / "trimtab.db", upgrade=False) as book:
        account = book.accounts()[0].account
        flows = book.cash_flows(account)
        lost = type(flows[0])("stranger", flows[0].kind, flows[0].amount, flows[0].time)
        book.record(account, (), (lost,), (), ())


def test_a_broken_account_stays_stopped_until_it_ties_out(say: Say, own_demo: str) -> None:
    cash_goes_missing(own_demo)
    say("halt", "--reason", "looking")
    code, _, err = say("resume", "--reason", "looked")
    assert code == 4
    assert "PAPER demo is not resumed: book and broker differ: USD cash" in err
    assert "trimtab reconcile --account demo --adopt" in err
    assert status_of_account(say)[0] == "halted"
    say("reconcile", "--account", "demo", "--adopt")
    assert say("resume", "--reason", "booked")[0] == 0
    assert status_of_account(say) == ("active", None)


def test_kill_works_while_the_book_is_locked(say: Say, own_demo: str, state: Path) -> None:
    with closing(sqlite3.connect(Path(own_demo).parent / "trimtab.db")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        code, _, err = say("kill")
        other.execute("ROLLBACK")
    assert code == 0
    assert "the book was not told: " in err
    assert "PAPER demo: none of our orders was open" in err
    assert (state / NAME).exists()
    assert status(say)[0] == "halted"


def test_kill_works_without_a_book_and_with_a_wrong_config(
    say: Say, own_demo: str, state: Path
) -> None:
    (Path(own_demo).parent / "trimtab.db").write_bytes(b"not a book at all" * 100)
    assert say("kill")[0] == 0
    assert (state / NAME).exists()
    (state / NAME).unlink()
    with Path(own_demo).open("a") as config:
        config.write("\nnonsense = 1\n")
    code, _, err = say("kill")
    assert code == 2
    assert f"{state / NAME} is there" in err
    assert (state / NAME).exists()


def test_kill_leaves_the_orders_to_a_daemon_that_runs(say: Say, state: Path) -> None:
    with hold(state / "trimtab.lock"):
        code, _, err = say("kill")
    assert code == 0
    assert f"process {os.getpid()} holds" in err
    assert "it takes its orders back" in err


def test_where_nothing_can_be_written_it_says_that_nothing_was_stopped(
    own_demo: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = tmp_path / "no folder"
    place.write_text("")
    monkeypatch.setenv("TRIMTAB_STATE_DIR", str(place))
    assert run(["-c", own_demo, "kill", "--state", "reducing"]) == 1
    err = capsys.readouterr().err
    assert f"{place / NAME} cannot be written" in err
    assert "fix: send the daemon SIGUSR1" in err
    assert "nothing was stopped: neither file nor book could be written" in err
