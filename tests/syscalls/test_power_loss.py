"""The power fails at any moment of two cycles: what was acknowledged is in the book, and whole.

The calls are those of a real process, recorded by strace; what a disk may have kept of them is
tried at many points (POWER_CASES). The exchange is on another machine, whose power stays on.
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from power_cycle import opened
from power_loss import CHOICES, Call, Choose, Disk, Made, Sync, Write, read_calls
from stage import THURSDAY, assert_sound

from bot.book.book import Book
from bot.book.errors import BookError
from bot.book.maintain import check, upgrade
from bot.book.mirror import Mirror
from bot.book.origin import Beside

pytestmark = pytest.mark.syscalls

SCRIPT = Path(__file__).with_name("power_cycle.py")
ROOT = Path(__file__).parents[2]
CASES = int(os.environ.get("POWER_CASES", "120"))
SEED = int(os.environ.get("POWER_SEED", "1"))
GO_ON = max(2, CASES // 100)
"""After so many of the failures the next processes are let go on."""

RULES_EVERY = 10
"""Of so many books one is held against every rule, the others against their pages and chain."""

OURS = ("book.db", "book.db-wal", "book.mark")
"""The files that a power failure is about; the memory that processes share is lost with it."""

KEY = re.compile(rb"TT-[0-9A-Z]{10}-\d{3}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """The files before, the calls that followed, and of each point what was known by then.

    ``acknowledged`` is the number and head of the newest link whose commit had returned; ``sent``
    are the orders that the exchange had heard of.
    """

    before: dict[str, bytes]
    calls: Sequence[Call]
    acknowledged: Sequence[tuple[int, str]]
    sent: Sequence[frozenset[str]]


def content(folder: Path) -> dict[str, bytes]:
    kept = (path for path in folder.iterdir() if path.suffix != ".reserve")
    return {path.name: path.read_bytes() for path in kept if not path.name.endswith("-shm")}


def traced(folder: Path, template: Path, log: Path) -> list[str]:
    what = "trace=pwrite64,write,fsync,fdatasync,ftruncate,rename,unlink,openat"
    strace = ["strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "1000000", "-e", what]
    done = subprocess.run(  # noqa: S603 - our own program
        [*strace, "-o", str(log), sys.executable, str(SCRIPT), str(folder), str(template)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests")))},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("finished")
    return log.read_text("ascii").splitlines()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "book.db"
    upgrade(path)
    return path


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Recorded:
    folder = tmp_path_factory.mktemp("power") / "account"
    opened(folder, template).close()
    before = content(folder)
    calls = [
        call
        for call in read_calls(traced(folder, template, folder.with_suffix(".log")), folder)
        if not call.name.endswith("-shm")
    ]
    disk = Disk(before)
    acknowledged, sent = [_last_link(before["book.mark"])], [frozenset[str]()]
    for call in calls:
        disk.take(call)
        link, keys = acknowledged[-1], sent[-1]
        if isinstance(call, Write) and call.name == "book.mark":
            link = max(link, _last_link(call.data))
        if isinstance(call, Write) and call.name.startswith("ledger.db"):
            keys |= {key.decode() for key in KEY.findall(call.data)}
        acknowledged.append(link)
        sent.append(keys)
    assert disk.as_seen().items() >= {n: c for n, c in content(folder).items() if n in OURS}.items()
    return Recorded(before, calls, acknowledged, sent)


def _last_link(data: bytes) -> tuple[int, str]:
    told = (json.loads(found) for found in re.findall(rb"\{[^}]*\}", data))
    return max(((each["link"], each["head"]) for each in told), default=(0, ""))


def broken(recorded: Recorded, point: int, choose: Choose, random: Random, folder: Path) -> str:
    """What does not hold after a power failure before the call ``point``; empty where all does."""
    disk = Disk(recorded.before)
    for call in recorded.calls[:point]:
        disk.take(call)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    left = disk.lost(choose, random)
    for name in OURS:
        if name in left:
            (folder / name).write_bytes(left[name])
    try:
        return _unsound(folder) or _forgotten(recorded, point, folder / "book.db")
    except BookError as error:
        return f"it does not open: {error}"


def _unsound(folder: Path) -> str:
    """What opening it finds: its pages, its chain, its mirror."""
    beside = Beside(Mirror(folder / "book.mark", lambda: THURSDAY))
    with Book.open(folder / "book.db", upgrade=False, beside=beside) as book:
        old, lost = book.origin.restored(), book.origin.lost
    return f"it is taken for an older copy: {old.why}" if old else lost


def _forgotten(recorded: Recorded, point: int, path: Path) -> str:
    """What was acknowledged, or sent, and is not in it."""
    seq, head = recorded.acknowledged[point]
    with closing(sqlite3.connect(path)) as raw:
        row = raw.execute("SELECT head FROM chain WHERE seq = ?", (seq,)).fetchone()
        meant = {key for (key,) in raw.execute("SELECT key FROM intents")}
    if seq and row != (head,):
        return f"link {seq}, which was acknowledged"
    return f"orders {sorted(unmeant)}" if (unmeant := recorded.sent[point] - meant) else ""


def points(recorded: Recorded, count: int, random: Random) -> list[int]:
    """Moments of the cycles: those just before and after each sync first, then any."""
    syncs = [n for n, call in enumerate(recorded.calls) if isinstance(call, Sync)]
    near = [point for n in syncs for point in (n, n + 1)]
    random.shuffle(near)
    rest = [random.randint(0, len(recorded.calls)) for _ in range(max(0, count - len(near)))]
    return [*near, *rest][:count]


def test_what_was_acknowledged_survives_a_power_failure_at_any_point(
    recorded: Recorded, tmp_path: Path
) -> None:
    random = Random(SEED)  # noqa: S311 - a seed makes it the same again
    for number, point in enumerate(points(recorded, CASES, random)):
        choose = CHOICES[number % len(CHOICES)]
        folder = tmp_path / "account"
        wrong = broken(recorded, point, choose, random, folder)
        if number % RULES_EVERY == 0:
            wrong = wrong or "; ".join(map(str, check(folder / "book.db")))
        assert not wrong, f"call {point} of {len(recorded.calls)}, {choose.__name__}: {wrong}"


def test_the_record_has_what_makes_it_worth_trying(recorded: Recorded) -> None:
    """Commits, orders, a journal that was written back and one that began anew."""
    assert recorded.acknowledged[-1][0] - recorded.acknowledged[0][0] > 30
    assert len(recorded.sent[-1]) == 4
    calls = [call for call in recorded.calls if isinstance(call, Write)]
    assert [call for call in calls if call.name == "book.db"], "a checkpoint"
    heads = [call for call in calls if (call.name, call.offset) == ("book.db-wal", 0)]
    assert len(heads) > 1, "a journal that begins anew"
    assert [call for call in recorded.calls if isinstance(call, Made)]


@pytest.mark.parametrize("name", ["book.db-wal", ""])
def test_a_sync_that_was_left_out_would_be_found(
    recorded: Recorded, tmp_path: Path, name: str
) -> None:
    """Of the journal, or of the folder in which it is made."""
    kept = [call for call in recorded.calls if call != Sync(name)]
    numbers = [n for n, call in enumerate(recorded.calls) if call != Sync(name)]
    lazy = Recorded(
        recorded.before,
        kept,
        [*(recorded.acknowledged[n] for n in numbers), recorded.acknowledged[-1]],
        [*(recorded.sent[n] for n in numbers), recorded.sent[-1]],
    )
    random = Random(SEED)  # noqa: S311 - a seed makes it the same again
    found = (
        broken(
            lazy, random.randint(0, len(kept)), CHOICES[n % len(CHOICES)], random, tmp_path / "a"
        )
        for n in range(200)
    )
    assert any(found), "200 failures and nothing was lost"


@pytest.mark.parametrize("share", range(GO_ON))
def test_the_next_processes_go_on_and_repeat_nothing(
    recorded: Recorded, template: Path, tmp_path: Path, share: int
) -> None:
    point = len(recorded.calls) * (2 * share + 1) // (2 * GO_ON)
    random = Random(SEED + share)  # noqa: S311 - as above
    folder = tmp_path / "account"
    choose = CHOICES[share % len(CHOICES)]
    assert not broken(recorded, point, choose, random, folder)
    disk = Disk(recorded.before)
    for call in recorded.calls[:point]:
        disk.take(call)
    for name, data in disk.as_seen().items():
        if name.startswith("ledger.db"):  # of the exchange
            (folder / name).write_bytes(data)
    for late in (1200, 2400):
        stage = opened(folder, template)
        stage.clock.sleep(late)
        stage.run_with_consent()
        stage.close()
    stage = opened(folder, template)
    stage.clock.sleep(3600)
    assert_sound(stage)
    stage.close()
    assert check(folder / "book.db") == ()
