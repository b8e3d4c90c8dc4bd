"""Kills what a daemon does beside its cycles, in the middle, and does it again.

Run as a program: ``killing_house.py FOLDER`` does for each of ``DEEDS``: it makes FOLDER/template,
and for each step of the deed (a few moments of it, where it has none) copies it to FOLDER/here,
where a child is killed at that step, and another goes on and looks whether all is well.
FOLDER/outcomes.json says what came of each kill.
"""

import json
import shutil
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pytest
from killing import Outcome, Told, assert_recovered, in_child, kill, open_stage, strike_at
from killing import make_template as make_account
from killing_venue import in_child as in_child_for
from sqlalchemy import Engine, event
from stage import Stage

from bot.alerts.folder import FolderChannel
from bot.alerts.post import deliver
from bot.book.book import Book
from bot.book.engine import BUSY_SECONDS, connect, locate
from bot.book.maintain import backup, check, upgrade
from bot.book.opening import migrate, open_engine
from bot.book.rows import Mail
from bot.book.version import HEAD
from bot.daemon.signals import stop_on_signals
from bot.reconcile import Refusal
from bot.switch import Switch, raise_flag
from bot.takeback import take_back

Tell = Callable[[str], None]
AT = datetime(2026, 3, 12, 15, 0, tzinfo=UTC)
OLD = "0004"
"""A schema that books have had."""

MOMENTS = 8
"""At which what has no steps is killed."""
TRIES = 4
"""What was over before the blow came is done again, and struck in half the time."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done, before what it is done, and what is true once it was done again."""

    template: Callable[[Path], None]
    do: Callable[[Path, Tell], None]
    after: Callable[[Path], None]
    every: int = 1
    timed: bool = False


def _mails(folder: Path) -> None:
    upgrade(folder / "book.db")
    with Book.open(folder / "book.db", upgrade=False) as book:
        for number in range(2):
            book.post(Mail(f"m{number}", f"d{number}", AT, "info", "news", "text"))


def _send_mails(folder: Path, tell: Tell) -> None:
    with Book.open(folder / "book.db", upgrade=False) as book:
        _tell_statements(tell)
        channel: Any = Told(FolderChannel(folder / "mails"), frozenset({"send"}), tell)
        for mail in book.due_mails(AT):
            (one,) = deliver([mail], [channel], AT)
            tell("outcome known")
            book.mark_mail(one.mail_id, one.state, one.time, one.channel, one.why)
            tell("outcome kept")


def _mails_are_out(folder: Path) -> None:
    """Each at least once; as one of an id, which every reader shows once."""
    _send_mails(folder, lambda _step: None)
    with Book.open(folder / "book.db", upgrade=False) as book:
        assert [row.state for row in book.mails()] == ["sent", "sent"]
    assert len(list((folder / "mails").glob("*.eml"))) == 2


def _tell_statements(tell: Tell) -> None:
    """Each that writes, before its transaction is over."""

    @event.listens_for(Engine, "after_cursor_execute")
    def said(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            tell("in a transaction")


def _old_book(folder: Path) -> None:
    place = locate(folder / "book.db")
    engine = connect(place)
    migrate(engine, place, OLD)
    engine.dispose()


def _upgrade(folder: Path, tell: Tell) -> None:
    _tell_statements(tell)
    open_engine(locate(folder / "book.db"), upgrade=True, busy_seconds=BUSY_SECONDS).dispose()


def _is_upgraded(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "book.db")) as rows:
        (version,) = rows.execute("SELECT version_num FROM book_version").fetchone()
    assert version in {OLD, HEAD}, "half a migration"
    upgrade(folder / "book.db")
    assert check(folder / "book.db") == ()


def _full_book(folder: Path) -> None:
    """One whose journal is long, as that of a daemon that runs."""
    _mails(folder)
    with Book.open(folder / "book.db", upgrade=False) as book:
        for number in range(2, 40):
            book.post(Mail(f"m{number}", f"d{number}", AT, "info", "news", "text" * 20_000))
        shutil.copy(folder / "book.db-wal", folder / "kept-wal")
        shutil.copy(folder / "book.db", folder / "kept")
    for name, end in (("kept", ""), ("kept-wal", "-wal")):
        shutil.move(folder / name, folder / f"book.db{end}")


def _backup(folder: Path, _tell: Tell) -> None:
    backup(folder / "book.db", folder / "backups", AT)


def _checkpoint(folder: Path, _tell: Tell) -> None:
    with closing(sqlite3.connect(folder / "book.db")) as rows:
        rows.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _is_whole(folder: Path) -> None:
    """The book, and every backup that has got its name."""
    assert check(folder / "book.db") == ()
    with Book.open(folder / "book.db", upgrade=False) as book:
        assert len(book.mails(100)) == 40
    for copy in (folder / "backups").glob("*.db"):
        assert check(copy) == ()
    backup(folder / "book.db", folder / "again", AT)


def _account(folder: Path) -> None:
    folder.rmdir()
    (folder.with_name("time")).write_text(make_account(folder, "slow").isoformat())


def _stage(folder: Path) -> Stage:
    at = datetime.fromisoformat(folder.with_name("time").read_text())
    stage = open_stage(folder, "slow", at)
    stage.switch = Switch(folder)
    return stage


def _throw_the_switch(folder: Path, tell: Tell) -> None:
    """In the middle of a wave, and all of it is taken back at once."""
    stage = _stage(folder)

    def on_step(step: str) -> None:
        if step == "did submit" and len(stage.paper.open_orders()) == 3:
            tell("before the flag")
            raise_flag(folder, "halted", "prices look wrong")
            tell("flag up")
            stage.on_step = tell
            take_back(stage.broker, (), stage.clock)
            tell("taken back")

    stage.on_step = on_step
    stage.run()


def _is_thrown(folder: Path) -> None:
    """Whoever comes later takes back what is left, and sends nothing; the flag is still there."""
    stage = _stage(folder)
    stage.clock.sleep(60)
    if (folder / "KILL").exists():
        with pytest.raises(Refusal, match="prices look wrong"):
            stage.run()
    else:
        stage.run()
        assert_recovered(stage)
    assert not stage.paper.open_orders()


def _stop(folder: Path, tell: Tell) -> None:
    """SIGTERM in the middle of a wave: nothing more leaves, and orders are taken back."""
    stage, stop = _stage(folder), threading.Event()
    stage.stopping = stop.is_set

    def on_step(step: str) -> None:
        if step == "did submit" and not stop.is_set():
            stage.on_step = tell
            signal.raise_signal(signal.SIGTERM)
            assert stop.wait(10)
            tell("told to stop")

    stage.on_step = on_step
    with stop_on_signals(stop):
        stage.run()
        tell("in good order")
    stage.close()


def _goes_on(folder: Path) -> None:
    stage = _stage(folder)
    stage.clock.sleep(600)
    stage.run()
    assert_recovered(stage)


DEEDS: Mapping[str, Deed] = {
    "mail": Deed(_mails, _send_mails, _mails_are_out),
    "migration": Deed(_old_book, _upgrade, _is_upgraded, every=2),
    "backup": Deed(_full_book, _backup, _is_whole, timed=True),
    "checkpoint": Deed(_full_book, _checkpoint, _is_whole, timed=True),
    "kill switch": Deed(_account, _throw_the_switch, _is_thrown),
    "SIGTERM": Deed(_account, _stop, _goes_on),
}


def sweep(folder: Path, name: str) -> list[Outcome]:
    """Every step in turn, or so many moments."""
    deed, template, here = DEEDS[name], folder / "template", folder / "here"
    template.mkdir(parents=True)
    deed.template(template)
    outcomes, count, seconds = [], *_measured(folder, deed)
    chosen = range(MOMENTS) if deed.timed else range(0, count, deed.every)
    for number in chosen:
        act = partial(deed.do, here, strike_at(number, kill))
        moment = seconds * (number + 0.5) / MOMENTS if deed.timed else 0.0
        first = 0
        for sooner in range(TRIES if deed.timed else 1):
            shutil.rmtree(here, ignore_errors=True)
            shutil.copytree(template, here)
            if first := in_child_for(act, moment / 2**sooner):
                break
        outcomes.append(Outcome(f"{name} {number}", first, in_child(partial(deed.after, here))))
    return outcomes


def _measured(folder: Path, deed: Deed) -> tuple[int, float]:
    """How many steps it has, and how long it takes."""
    here, told = folder / "here", folder / "steps"
    shutil.copytree(folder / "template", here)

    def act() -> None:
        steps: list[str] = []
        begun = time.monotonic()
        deed.do(here, steps.append)
        told.write_text(json.dumps([len(steps), time.monotonic() - begun]))

    assert in_child(act) == 0
    assert in_child(partial(deed.after, here)) == 0
    count, seconds = json.loads(told.read_text())
    return int(count), float(seconds)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    found = [asdict(each) for name in DEEDS for each in sweep(place / name, name)]
    (place / "outcomes.json").write_text(json.dumps(found))
