"""``trimtab limits``: what may be done alone, the second step of loosening it, names cleared."""

import json
import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from bot.book.book import Book
from bot.cli.app import run
from bot.cli.schemas import document_schema
from brokers.words import AccountId, Symbol

D = Decimal
ACCOUNT = AccountId("demo")
NOW = datetime(2020, 1, 7, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that has traded for a few days."""
    folder = tmp_path_factory.mktemp("limits") / "demo"
    assert run(["-q", "demo", "--folder", str(folder), "--until", "2020-01-07"]) == 0
    return folder


@pytest.fixture
def folder(traded: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(traded, tmp_path / "demo"))


def said(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``trimtab limits``."""
    capsys.readouterr()
    code = run(["-c", str(folder / "config.toml"), "limits", *arguments])
    return code, *capsys.readouterr()


def told(capsys: pytest.CaptureFixture[str], folder: Path) -> dict[str, object]:
    """The document, which is in the form that it promises."""
    code, out, _ = said(capsys, folder, "--json")
    assert code == 0
    document = json.loads(out)
    jsonschema.validate(document, document_schema("limits"))
    return document["accounts"]["demo"]


def row(account: dict[str, object], name: str) -> dict[str, object]:
    """One limit of the document."""
    return next(each for each in account["limits"] if each["name"] == name)


def loosen(folder: Path, line: str) -> None:
    """Write one more limit into the config."""
    config = folder / "config.toml"
    config.write_text(f"{config.read_text()}\n[accounts.demo.limits]\n{line}\n")


def test_it_shows_what_is_used_and_what_it_comes_to(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    account = told(capsys, folder)
    assert account["profile"] == "person"
    assert account["who"] == "trimtab"
    assert row(account, "orders_per_day")["scaled"] == "120"
    assert D(row(account, "cycles_per_10_sessions")["used"]) >= 1
    assert not any(each["waits"] for each in account["limits"])
    code, out, _ = said(capsys, folder)
    assert code == 0
    assert "cycles_per_10_sessions" in out
    assert " of 6" in out


def test_what_is_loosened_waits_for_a_name_and_a_reason(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    loosen(folder, "cycles_per_day = 5")
    waiting = row(told(capsys, folder), "cycles_per_day")
    assert (waiting["in_force"], waiting["config"], waiting["waits"]) == ("2", "5", True)
    _, out, err = said(capsys, folder, "demo")
    assert "5: waits to be accepted" in out
    assert "trimtab limits ACCOUNT --accept" in err
    assert said(capsys, folder, "demo", "--accept")[0] == 2
    assert said(capsys, folder, "--accept", "--reason", "x")[0] == 2
    code, _, err = said(capsys, folder, "demo", "--accept", "--who", "Ann", "--reason", "busy days")
    assert code == 0
    assert "cycles_per_day is 5, was 2" in err
    account = told(capsys, folder)
    assert (account["who"], account["why"]) == ("Ann", "busy days")
    assert row(account, "cycles_per_day")["in_force"] == "5"
    _, _, err = said(capsys, folder, "demo", "--accept", "--reason", "again")
    assert "nothing waits" in err


def test_what_is_tightened_holds_without_a_word(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    loosen(folder, "cycles_per_day = 1")
    tight = row(told(capsys, folder), "cycles_per_day")
    assert (tight["in_force"], tight["profile"], tight["waits"]) == ("1", "2", False)


def test_check_tells_what_waits(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    loosen(folder, "cycles_per_day = 5")
    run(["-c", str(folder / "config.toml"), "check"])
    assert "limits: cycles_per_day not confirmed yet" in "".join(capsys.readouterr())


def test_a_name_that_was_left_alone_is_cleared_by_a_person(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    with Book.open(folder / "trimtab.db", upgrade=False) as book:
        book.latches.quarantine(ACCOUNT, Symbol("KO"), "its price moved +30%", NOW)
    assert [each["symbol"] for each in told(capsys, folder)["left_alone"]] == ["KO"]
    assert "KO is left alone since" in said(capsys, folder)[1]
    code, _, err = said(capsys, folder, "demo", "--clear", "ko", "--reason", "earnings")
    assert code == 0
    assert "KO may be traded again" in err
    assert told(capsys, folder)["left_alone"] == []
    assert said(capsys, folder, "demo", "--clear", "KO", "--reason", "earnings")[0] == 5
