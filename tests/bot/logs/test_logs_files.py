"""The folder of the log: for its owner alone, within its room and its days."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.logs.files import FILES, MIB, LogFolder

DAY = 86_400.0
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_a_day_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    log = LogFolder(folder, size_mib=1, days=30)
    log.write(NOON, "one")
    log.write(NOON + 1, "two")
    log.write(NOON + DAY, "three")
    log.write(NOON + DAY - 1, "late")  # of the day before, but the day has begun
    log.close()
    assert names(folder) == ["trimtab-2026-11-27-0001.log", "trimtab-2026-11-28-0001.log"]
    assert (folder / "trimtab-2026-11-27-0001.log").read_text() == "one\ntwo\n"
    assert (folder / "trimtab-2026-11-28-0001.log").read_text() == "three\nlate\n"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_restart_goes_on_with_the_file_of_the_day(tmp_path: Path) -> None:
    for text in ("one", "two"):
        log = LogFolder(tmp_path, size_mib=1, days=30)
        log.write(NOON, text)
        log.close()
    assert names(tmp_path) == ["trimtab-2026-11-27-0001.log"]
    assert (tmp_path / "trimtab-2026-11-27-0001.log").read_text() == "one\ntwo\n"


def test_all_files_together_keep_to_their_room(tmp_path: Path) -> None:
    log = LogFolder(tmp_path, size_mib=1, days=30)
    line = "x" * 999
    for number in range(3 * MIB // 1000):
        log.write(NOON + number, line)
        if number % 100 == 0:
            assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= MIB
    log.close()
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert sum(sizes) <= MIB
    assert max(sizes) <= MIB // FILES
    assert len(sizes) >= FILES - 1
    assert "trimtab-2026-11-27-0001.log" not in names(tmp_path)


def test_files_past_their_days_are_removed_and_others_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    log = LogFolder(tmp_path, size_mib=1, days=2)
    for day in range(5):
        log.write(NOON + day * DAY, f"day {day}")
    log.close()
    assert names(tmp_path) == [
        "notes.txt",
        "trimtab-2026-11-30-0001.log",
        "trimtab-2026-12-01-0001.log",
    ]


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("keep me")
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / "trimtab-2026-11-27-0001.log").symlink_to(victim)
    log = LogFolder(folder, size_mib=1, days=2)
    with pytest.raises(OSError, match="symbolic link"):
        log.write(NOON, "over it")
    assert victim.read_text() == "keep me"
