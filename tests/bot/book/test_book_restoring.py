"""A backup takes the place of the book: proven before, marked as old, the book before it kept."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from book_makers import ACCOUNT, DAY, NOW, bound, make_execution, make_intent, make_order, planned

from bot.book.book import Book
from bot.book.errors import BookError, LeaseHeld, RolledBack
from bot.book.maintain import backup, check
from bot.book.restoring import restore
from strategies.plan import PlanId


@pytest.fixture
def saved(path: Path, tmp_path: Path) -> Path:
    """A backup of a book that went on afterwards."""
    with Book.open(path, upgrade=False) as book:
        planned(book, "p-1", "started")
        copy = backup(path, tmp_path / "backups", NOW)
        book.record(ACCOUNT, [make_execution("r-1")], [], [], [])
    return copy


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_restored_book_is_the_backup_and_sends_nothing(path: Path, saved: Path) -> None:
    done = restore(path, saved, "owner", NOW + DAY)
    assert done.book == path
    assert done.kept is not None
    assert files(path.parent) == ["book.db", "book.db.20260303T150000Z.before-restore"]
    assert (check(path), check(done.kept)) == ((), ())
    with Book.open(done.kept, upgrade=False) as book:
        assert len(book.executions(ACCOUNT)) == 1
    with Book.open(path, upgrade=False) as book:
        assert book.executions(ACCOUNT) == ()
        restored = book.origin.restored()
        assert restored is not None
        assert (restored.who, restored.why) == ("owner", f"{saved.name} was restored")
        with book.leases.held(ACCOUNT, lambda: NOW), pytest.raises(RolledBack, match="db accept"):
            book.intend(PlanId("p-1"), ACCOUNT, [make_intent(make_order("k-1"))])


def test_a_lost_book_is_restored_too(path: Path, saved: Path) -> None:
    path.unlink()
    assert restore(path, saved, "owner", NOW + DAY).kept is None
    with Book.open(path, upgrade=False) as book:
        assert book.origin.restored() is not None


def test_a_damaged_book_is_kept_as_it_is(path: Path, saved: Path) -> None:
    path.write_bytes(b"\xff" * 70_000)
    path.with_name("book.db-wal").write_bytes(b"\xee" * 5_000)
    done = restore(path, saved, "owner", NOW + DAY)
    assert done.kept is not None
    assert done.kept.read_bytes() == b"\xff" * 70_000
    assert check(path) == ()
    Book.open(path, upgrade=False).close()


def test_a_journal_that_was_left_goes_with_its_own_book(path: Path, saved: Path) -> None:
    """A process that was killed leaves rows in the journal: they must not get into the backup."""
    copy = path.with_name("live.db")
    with Book.open(path, upgrade=False) as book:
        bound(book).halt("main", "storm", "owner", NOW)
        for end in ("", "-wal"):
            shutil.copy(path.with_name(path.name + end), copy.with_name(copy.name + end))
    done = restore(copy, saved, "owner", NOW + DAY)
    assert done.kept is not None
    with Book.open(copy, upgrade=False) as book:
        assert book.halted(ACCOUNT) is None
    with Book.open(done.kept, upgrade=False) as book:
        assert book.halted(ACCOUNT) is not None


def test_a_backup_of_an_older_version_is_brought_up_to_date(path: Path, tmp_path: Path) -> None:
    from bot.book.engine import connect, locate
    from bot.book.opening import migrate

    older = locate(tmp_path / "older.db")
    engine = connect(older)
    migrate(engine, older, "0003")
    engine.dispose()
    assert older.path is not None
    restore(path, older.path, "owner", NOW)
    assert check(path) == ()


BAD: dict[str, tuple[str, str]] = {
    "changed": ("UPDATE accounts SET broker = 'other'", "was changed"),
    "stranger": ("INSERT INTO halts VALUES (9, '*', 'active', '', '', 't')", "by no trimtab"),
    "cut": ("DELETE FROM chain WHERE seq = 1", "follows link 0"),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_a_backup_that_is_not_sound_changes_nothing(path: Path, saved: Path, kind: str) -> None:
    act, said = BAD[kind]
    connection = sqlite3.connect(saved)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        if "no_delete" in name or "no_update" in name:
            connection.execute(f"DROP TRIGGER {name}")
    connection.execute(act)
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(BookError, match="is not sound") as raised:
        restore(path, saved, "owner", NOW)
    assert said in raised.value.what or "could be changed" in raised.value.what
    assert (path.read_bytes(), files(path.parent)) == (before, ["book.db"])


@pytest.mark.parametrize("content", [b"", b"letter " * 900, None])
def test_what_is_no_backup_changes_nothing(path: Path, content: bytes | None) -> None:
    wrong = path.with_name("wrong.db")
    if content is not None:
        wrong.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(BookError):
        restore(path, wrong, "owner", NOW)
    with pytest.raises(BookError, match="is the book itself"):
        restore(path, path, "owner", NOW)
    wrong.unlink(missing_ok=True)
    assert (path.read_bytes(), files(path.parent)) == (before, ["book.db"])


def test_a_book_that_is_worked_is_not_exchanged(path: Path, saved: Path) -> None:
    with Book.open(path, upgrade=False) as book:
        book.leases.take(ACCOUNT, NOW)
        with pytest.raises(LeaseHeld, match="stop it, then restore"):
            restore(path, saved, "owner", NOW)
        book.leases.release(ACCOUNT, NOW)
    restore(path, saved, "owner", NOW)


def test_what_was_kept_is_never_overwritten(path: Path, saved: Path) -> None:
    kept = path.with_name("book.db.20260302T150000Z.before-restore")
    kept.write_text("precious")
    before = path.read_bytes()
    with pytest.raises(BookError, match="is there already"):
        restore(path, saved, "owner", NOW)
    assert (kept.read_text(), path.read_bytes()) == ("precious", before)


def test_a_server_restores_with_its_own_tool(tmp_path: Path) -> None:
    with pytest.raises(BookError, match=r"pg_restore .*--dbname=\S*postgresql://me@host/name"):
        restore("postgresql://me:secret@host/name", tmp_path / "f.dump", "owner", NOW)
