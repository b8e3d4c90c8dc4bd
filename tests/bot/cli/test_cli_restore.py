"""Backup, restore, reconcile, accept: as a person would do it after a loss."""

from pathlib import Path

import pytest

from bot.cli.app import run
from bot.daemon.lock import hold


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that has traded."""
    folder = tmp_path_factory.mktemp("restore") / "demo"
    assert run(["-q", "demo", "--folder", str(folder), "--until", "2020-01-03"]) == 0
    return folder


def said(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    capsys.readouterr()
    code = run(["--config", str(folder / "config.toml"), *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_a_lost_book_comes_back_and_sends_only_after_it_was_accepted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, backup, _ = said(folder, capsys, "db", "backup", "--folder", str(folder / "safe"))
    assert code == 0
    with hold(folder / "state" / "trimtab.lock"):
        code, _, error = said(folder, capsys, "db", "restore", backup.strip())
        assert (code, "another trimtab works this book" in error) == (4, True)
    code, shown, told = said(folder, capsys, "db", "restore", backup.strip(), "--who", "ann")
    assert (code, shown.strip()) == (0, str(folder / "trimtab.db"))
    assert "is kept:" in told
    assert "until then nothing is sent" in told
    assert len(list(folder.glob("trimtab.db.*.before-restore"))) == 1

    assert "this book is an older copy" in said(folder, capsys, "status")[2]
    assert said(folder, capsys, "db", "accept", "--who", "ann")[0] == 2
    assert said(folder, capsys, "reconcile")[0] == 0
    code, _, told = said(folder, capsys, "db", "accept", "--reason", "new disk", "--who", "ann")
    assert (code, "orders may leave again" in told) == (0, True)
    assert "older copy" not in said(folder, capsys, "status")[2]
    assert said(folder, capsys, "db", "accept", "--reason", "again", "--who", "ann")[0] == 5
    assert said(folder, capsys, "db", "check")[0] == 0


def test_what_is_no_backup_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = said(folder, capsys, "db", "restore", str(folder / "config.toml"))
    assert (code, "it is no SQLite file" in error) == (3, True)
