"""What ``trimtab status`` says of nobody's account: alarms that stand, the check of the book."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from demo_account import demo

from bot.book.book import Book
from bot.cli.app import run
from bot.switch import EVERY_ACCOUNT

SINCE = datetime(2026, 3, 2, 15, 4, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A demo whose disk is nearly full, and whose book was checked."""
    made = Path(demo(tmp_path_factory, "house"))
    folder = Path(shutil.copytree(made.parent, tmp_path / "demo"))
    (file,) = folder.glob("*.db")
    with Book.open(file, upgrade=False) as book:
        book.begin_run(EVERY_ACCOUNT, f"alarm/disk//{SINCE.isoformat()}", SINCE)
        book.begin_run(EVERY_ACCOUNT, "check/2026-03-02", SINCE)
        book.end_run(EVERY_ACCOUNT, "check/2026-03-02", SINCE, ok=True)
    return str(folder / made.name)


def test_it_is_told_to_people_and_to_scripts(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["-c", config, "status"]) == 0
    said = capsys.readouterr().out
    assert "ALARM: disk since 2026-03-02 15:04 UTC" in said
    assert "the book was checked on 2026-03-02 15:04 UTC: as it was written" in said
    assert run(["-c", config, "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["house"] == {
        "checked": "2026-03-02T15:04:00+00:00",
        "fault": "",
        "alarms": ["disk since 2026-03-02 15:04 UTC"],
    }
