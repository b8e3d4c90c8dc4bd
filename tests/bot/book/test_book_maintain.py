"""A copy is proven before it is called one, and a check finds what cannot be right."""

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from book_makers import (
    ACCOUNT,
    NOW,
    OTHER,
    bound,
    make_execution,
    make_note,
    make_order,
    make_plan,
    ordered,
    planned,
)
from sqlalchemy import create_engine, text

from bot.book.book import Book
from bot.book.engine import locate
from bot.book.errors import BookError
from bot.book.maintain import Finding, backup, check, pending, upgrade


def test_a_backup_is_a_book_of_its_own(path: Path, tmp_path: Path) -> None:
    with Book.open(path, upgrade=False) as book:
        ordered(book, make_order("k-1"))
        copy = backup(path, tmp_path / "backups", NOW)
        book.note([make_note("k-1", "sent")])
    assert copy.name == "trimtab-20260302T150000Z.db"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]
    assert check(copy) == ()
    with Book.open(copy, upgrade=False) as restored:
        assert [row.last_event for row in restored.unsettled(ACCOUNT)] == [None]


def test_a_backup_takes_no_other_backups_place(path: Path, tmp_path: Path) -> None:
    copy = backup(path, tmp_path, NOW)
    before = copy.read_bytes()
    with Book.open(path, upgrade=False) as book:
        bound(book)
    with pytest.raises(BookError, match="is there already"):
        backup(path, tmp_path, NOW)
    assert copy.read_bytes() == before
    assert list(tmp_path.glob("*.partial")) == []


@pytest.mark.parametrize("damage", ["gone", "letter", "torn"])
def test_what_is_not_sound_is_not_copied(path: Path, tmp_path: Path, damage: str) -> None:
    match damage:
        case "gone":
            path.unlink()
        case "letter":
            path.write_text("Dear reader, " * 1000)
        case _:
            path.write_bytes(path.read_bytes()[:20_000] + b"\xff" * 20_000)
    with pytest.raises(BookError):
        backup(path, tmp_path / "backups", NOW)
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_server_is_copied_by_its_own_tool(tmp_path: Path) -> None:
    url = "postgresql://trimtab:hunter2@db.example/book"
    with pytest.raises(BookError, match="pg_dump --format=custom") as raised:
        backup(url, tmp_path, NOW)
    assert f"{tmp_path}/trimtab-20260302T150000Z.dump" in raised.value.remedy
    assert "'postgresql://trimtab@db.example/book'" in raised.value.remedy
    assert "hunter2" not in str(raised.value)


def test_an_upgrade_that_waits_is_seen(tmp_path: Path, url: str) -> None:
    assert pending(url) is None
    waiting = pending(tmp_path / "new.db")
    assert waiting is not None
    assert waiting.before is None
    assert upgrade(tmp_path / "new.db") == waiting


def test_a_sound_book_has_no_findings(book: Book, url: str) -> None:
    ordered(book, make_order("k-1"))
    book.record(ACCOUNT, [make_execution("r-1", "k-1"), make_execution("r-2")], [], [], [])
    assert check(url) == ()


def split(findings: tuple[Finding, ...]) -> tuple[set[str], list[str]]:
    """What the chain finds, and what the other rules do."""
    chained = {f.detail for f in findings if f.rule == "every row is as it was committed"}
    return chained, sorted(f.detail for f in findings if f.detail not in chained)


def test_what_cannot_be_right_is_found(book: Book, url: str) -> None:
    planned(book, "p-0", "started", "finished")
    ordered(book, make_order("k-1", quantity="2"), make_order("k-2", "BND"))
    bound(book, OTHER).keep(make_plan("q-1", OTHER), "digest")
    strange = [make_execution("r-1", "k-9"), make_execution("r-2", "k-2")]
    book.record(ACCOUNT, [*strange, make_execution("r-3", "k-1", "2.000001")], [], [], [])
    engine = create_engine(locate(url).url)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO plan_events VALUES ('p-0', 4, :now, 'approved', 'me', '')"),
            {"now": "2026-03-02T15:00:00.000000+00:00"},
        )
        columns = "account, time, session, kind, policy_digest"
        for plan_id, body in (("p-8", "{}"), ("p-9", "(SELECT body FROM plans LIMIT 1)")):
            value = body if body.startswith("(") else f"'{body}'"
            connection.execute(
                text(
                    f"INSERT INTO plans (plan_id, {columns}, body) "  # noqa: S608 our own words
                    f"SELECT '{plan_id}', {columns}, {value} FROM plans WHERE plan_id = 'p-1'"
                )
            )
        told = "account, leg, symbol, side, quantity, limit_price, currency, created, send_before"
        connection.execute(
            text(
                f"INSERT INTO intents (key, plan_id, {told}) "  # noqa: S608 our own words
                f"SELECT 'k-8', 'q-1', {told} FROM intents WHERE key = 'k-1'"
            )
        )
    engine.dispose()
    by_chain, found = split(check(url))
    assert by_chain == {
        "intents: row k-8 was written by no trimtab",
        "plan_events: row p-0, 4 was written by no trimtab",
        "plans: row p-8 was written by no trimtab",
        "plans: row p-9 was written by no trimtab",
    }
    assert [detail[:60] for detail in found] == [
        "2 plans have no state",
        "execution r-2 has another account, symbol or side than order",
        "main: execution r-1 is of order k-9, which we never meant",
        "order k-1 of 2 was filled 2.000001",
        "order k-8 is of another account than its plan q-1",
        "plan p-0: step 4, approved, after finished",
        "plan p-8: a plan's body cannot be read: plan_id: Field requi",
        "plan p-9 of main has the body of another plan",
    ]


def test_a_missing_guard_is_found(url: str) -> None:
    engine = create_engine(locate(url).url)
    is_sqlite = engine.dialect.name == "sqlite"
    drop = "halts_no_delete" if is_sqlite else "halts_only_grows ON halts"
    with engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER {drop}"))
    engine.dispose()
    assert check(url) == (Finding("rows cannot be changed", "halts: a row could be changed"),)


def test_an_orphan_is_found(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO run_events VALUES ('main', 's-1', 'now', 'failed', '')")
    connection.commit()
    connection.close()
    assert split(check(path)) == (
        {"run_events: row main, s-1 was written by no trimtab"},
        ["run_events: row 1 belongs to no row of runs"],
    )
    with pytest.raises(BookError, match="not sound"):
        backup(path, path.parent / "backups", NOW)
    shutil.rmtree(path.parent / "backups")
