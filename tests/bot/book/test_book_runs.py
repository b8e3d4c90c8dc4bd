"""Slots run once, halts are latched, and what was seen and compared is kept."""

from datetime import timedelta

import pytest
from book_makers import ACCOUNT, DAY, MINUTE, NOW, OTHER, bound, make_snapshot

from bot.book.book import Book
from bot.book.errors import IllegalStep
from bot.switch import EVERY_ACCOUNT, State
from brokers.words import Symbol

VTI = Symbol("VTI")


def test_a_slot_runs_once_even_if_the_run_died(book: Book) -> None:
    assert book.begin_run(ACCOUNT, "2026-03-02 open+30", NOW)
    assert not book.begin_run(ACCOUNT, "2026-03-02 open+30", NOW + MINUTE)
    assert book.begin_run(OTHER, "2026-03-02 open+30", NOW)
    (run,) = book.runs(ACCOUNT)
    assert (run.started, run.ended, run.ok, run.why) == (NOW, None, None, "")


def test_a_run_ends_once(book: Book) -> None:
    for slot, ok in (("s-1", True), ("s-2", False)):
        book.begin_run(ACCOUNT, slot, NOW)
        book.end_run(ACCOUNT, slot, NOW + MINUTE, ok=ok, why="" if ok else "no link")
    assert [(run.slot, run.ok, run.why) for run in book.runs()] == [
        ("s-2", False, "no link"),
        ("s-1", True, ""),
    ]
    assert [run.slot for run in book.runs(ACCOUNT, limit=1)] == ["s-2"]
    with pytest.raises(IllegalStep, match="has ended"):
        book.end_run(ACCOUNT, "s-1", NOW, ok=False)
    with pytest.raises(IllegalStep, match="never begun"):
        book.end_run(ACCOUNT, "s-3", NOW, ok=True)


def test_a_halt_stays_until_it_is_resumed(book: Book) -> None:
    assert book.halted(ACCOUNT) is None
    book.halt(ACCOUNT, "cash differs", "trimtab", NOW)
    book.halt(ACCOUNT, "shares differ", "trimtab", NOW + MINUTE)
    halt = book.halted(ACCOUNT)
    assert halt is not None
    assert (halt.scope, halt.reason, halt.time) == (ACCOUNT, "cash differs", NOW)
    assert book.halted(OTHER) is None
    book.resume(ACCOUNT, "looked at", "owner", NOW + DAY)
    assert book.halted(ACCOUNT) is None
    book.halt(ACCOUNT, "again", "trimtab", NOW + 2 * DAY)
    assert (again := book.halted(ACCOUNT)) is not None
    assert again.reason == "again"


def test_a_halt_of_everything_is_resumed_as_such(book: Book) -> None:
    book.halt(EVERY_ACCOUNT, "storm", "owner", NOW)
    for account in (ACCOUNT, OTHER):
        assert (halt := book.halted(account)) is not None
        assert halt.scope == EVERY_ACCOUNT
    with pytest.raises(IllegalStep, match="main is not halted; all accounts are"):
        book.resume(ACCOUNT, "sun", "owner", NOW)
    assert book.halted(ACCOUNT) is not None
    book.resume(EVERY_ACCOUNT, "sun", "owner", NOW)
    assert book.halted(ACCOUNT) is None
    with pytest.raises(IllegalStep, match="nothing to resume"):
        book.resume(EVERY_ACCOUNT, "sun", "owner", NOW)


def test_halts_only_grow_worse_until_a_person_resumes(book: Book) -> None:
    def stands() -> tuple[str, str]:
        halt = book.halted(ACCOUNT)
        return ("active", "") if halt is None else (halt.state, halt.reason)

    worse: list[tuple[State, str]] = [
        ("reducing", "odd"),
        ("halted", "very odd"),
        ("cancel-only", "late"),
    ]
    seen = []
    for number, (state, reason) in enumerate(worse):
        book.halt(ACCOUNT, reason, "trimtab", NOW + number * MINUTE, state)
        seen.append(stands())
    assert seen == [("reducing", "odd"), ("halted", "very odd"), ("halted", "very odd")]
    book.resume(ACCOUNT, "half of it explained", "owner", NOW + DAY, "reducing")
    assert stands() == ("reducing", "half of it explained")
    book.halt(EVERY_ACCOUNT, "storm", "owner", NOW + DAY, "cancel-only")
    assert stands() == ("cancel-only", "storm")
    book.resume(EVERY_ACCOUNT, "sun", "owner", NOW + DAY)
    book.resume(ACCOUNT, "all explained", "owner", NOW + DAY)
    assert stands() == ("active", "")


def test_a_halt_survives_a_restart(url: str) -> None:
    with Book.open(url, upgrade=False) as book:
        book.halt(ACCOUNT, "cash differs", "trimtab", NOW)
    with Book.open(url, upgrade=True) as book:
        assert book.halted(ACCOUNT) is not None


def test_a_name_is_left_alone_for_its_session(book: Book) -> None:
    book.lock(ACCOUNT, VTI, NOW.date(), "a split", NOW)
    book.lock(ACCOUNT, VTI, NOW.date(), "rejected three times", NOW)
    assert book.locked(ACCOUNT, NOW.date()) == {VTI: "rejected three times"}
    assert book.locked(ACCOUNT, NOW.date() + DAY) == book.locked(OTHER, NOW.date()) == {}


def test_snapshots_make_a_history(book: Book) -> None:
    bound(book)
    rows = [make_snapshot(NOW + n * DAY, f"0.4{n}") for n in range(3)]
    for row in reversed(rows):
        book.keep_snapshot(row)
    assert book.nav_history(ACCOUNT) == tuple(rows)
    assert book.nav_history(ACCOUNT, NOW + timedelta(hours=1)) == tuple(rows[1:])
    assert book.nav_history(OTHER) == ()


def test_the_last_tie_out_is_known(book: Book) -> None:
    bound(book)
    assert book.last_tieout(ACCOUNT) is None
    book.keep_tieout(ACCOUNT, NOW, ok=False, text="VTI shares: 10, 9")
    book.keep_tieout(ACCOUNT, NOW + DAY, ok=True, text="")
    assert (tieout := book.last_tieout(ACCOUNT)) is not None
    assert (tieout.ok, tieout.time) == (True, NOW + DAY)
