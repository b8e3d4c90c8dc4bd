"""Each write and each sync of a cycle fails in turn: nothing is lost, repeated, or tried again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from disk_cycle import at
from stage import assert_sound

from bot.book.maintain import check, upgrade

pytestmark = pytest.mark.syscalls

SCRIPT = Path(__file__).with_name("disk_cycle.py")
ROOT = Path(__file__).parents[2]

CALLS = ("fdatasync", "pwrite64")
POINTS = int(os.environ.get("DISK_POINTS", "3"))
"""How many of each are made to fail, spread over the cycle from the first to the last."""


def cycle(folder: Path, template: Path, seconds: float, inject: str = "") -> tuple[str, list[str]]:
    """What a cycle said at last, and what it asked of the book's files, a line a call."""
    log = folder.with_suffix(".log")
    watched = [flag for end in ("", "-wal") for flag in ("-P", str(folder / f"book.db{end}"))]
    chosen = ["-e", f"inject={inject}"] if inject else []
    calls = "trace=fdatasync,fsync,pwrite64,unlink"
    strace = ["strace", "-f", "-y", "-s", "8", *watched, "-e", calls, *chosen, "-o", str(log)]
    done = subprocess.run(  # noqa: S603 - our own program
        [*strace, sys.executable, str(SCRIPT), str(folder), str(template), str(seconds)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests")))},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), log.read_text(errors="replace").splitlines()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "book.db"
    upgrade(path)
    return path


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory, template: Path) -> dict[str, int]:
    """How often a cycle that nothing befalls makes each call."""
    said, lines = cycle(tmp_path_factory.mktemp("whole") / "account", template, 0)
    assert said.startswith("finished")
    return {call: sum(f"{call}(" in line for line in lines) for call in CALLS}


def begun_again(folder: Path, template: Path) -> None:
    """The next processes bring the account where it would have been, and nothing was repeated."""
    said = [cycle(folder, template, seconds)[0] for seconds in (600, 1200)]
    assert [word.split()[0] for word in said] == ["finished", "finished"]
    stage = at(folder, template, 1800)
    assert_sound(stage)
    stage.book.close()
    stage.paper.close()
    assert check(folder / "book.db") == ()


@pytest.mark.parametrize("share", range(POINTS))
@pytest.mark.parametrize("call", CALLS)
def test_a_disk_that_fails_ends_the_process_and_loses_nothing(
    tmp_path: Path, template: Path, counts: dict[str, int], call: str, share: int
) -> None:
    number = 1 + share * (counts[call] - 1) // (POINTS - 1)
    folder = tmp_path / "account"
    said, lines = cycle(folder, template, 0, f"{call}:error=EIO:when={number}")
    failed = next(n for n, line in enumerate(lines) if "(INJECTED)" in line)
    written = [line for line in lines[failed + 1 :] if "pwrite64(" in line and "-wal" in line]
    if said != "BookBroken":  # it was the tidying up at the end, after all was written
        assert said.startswith("finished")
    assert not written, "it was tried again"
    begun_again(folder, template)


@pytest.mark.parametrize("share", range(POINTS))
def test_a_disk_that_is_full_ends_the_cycle_and_loses_nothing(
    tmp_path: Path, template: Path, counts: dict[str, int], share: int
) -> None:
    number = 1 + share * (counts["pwrite64"] - 1) // (POINTS - 1)
    folder = tmp_path / "account"
    said, _ = cycle(folder, template, 0, f"pwrite64:error=ENOSPC:when={number}")
    assert said == "BookFull" or said.startswith("finished")
    begun_again(folder, template)
