"""A mirror that cannot be written stops the next order, and one that is ahead stands still."""

import os
from pathlib import Path

import pytest
from book_limits import files_end_at
from book_makers import NOW

from bot.book.chain import Link
from bot.book.errors import BookError
from bot.book.mirror import MOVE_ON, Mirror, mirror_path

OLD, NEW, NEXT = (Link(n, f"{n:x}" * 64, 10 * n) for n in (5, 8, 9))


def ready(path: Path) -> Mirror:
    mirror = Mirror(path, lambda: NOW)
    mirror.ready()
    return mirror


def test_its_two_records_lie_a_page_apart_and_are_written_in_turn(tmp_path: Path) -> None:
    mirror = ready(tmp_path / "a" / "b" / "m")
    path = mirror.path
    assert (path.stat().st_size, path.read_bytes().strip()) == (4096 + 512, b"")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    mirror.keep(NEW)
    assert (b'"link": 8' in path.read_bytes()[:512], len(path.read_bytes())) == (True, 4608)
    mirror.keep(NEXT)
    assert b'"link": 8' in path.read_bytes()[:512]
    assert b'"link": 9' in path.read_bytes()[4096:]
    assert mirror.last() == NEXT
    mirror.ready()
    assert mirror.last() == NEXT, "ready twice makes nothing anew"
    mirror.close()
    mirror.close()
    assert ready(path).last() == NEXT


@pytest.mark.parametrize(("size", "why"), [(0, "File too large"), (200, "the disk is full")])
def test_what_cannot_be_written_is_said_before_an_order_leaves(
    tmp_path: Path, size: int, why: str
) -> None:
    mirror = ready(tmp_path / "m")
    with files_end_at(size):
        mirror.keep(NEW)
    for _ in range(2):
        with pytest.raises(BookError) as caught:
            mirror.sync()
        assert caught.value.what == f"{tmp_path / 'm'} cannot be written: {why}"
        assert caught.value.remedy == MOVE_ON
        mirror.keep(NEXT)  # which the disk takes again, but what it lost before it has lost
    mirror.close()


@pytest.mark.parametrize("size", [0, 200, 1000])
def test_a_start_that_cannot_be_written_is_said_as_the_book_says_it(
    tmp_path: Path, size: int
) -> None:
    """Also where only the second record found no room: the first would be believed alone."""
    mirror = ready(tmp_path / "m")
    mirror.keep(NEXT)
    with (
        files_end_at(size),
        pytest.raises(BookError, match=r"m cannot be written: (File|the disk)"),
    ):
        mirror.start_again(OLD)
    mirror.close()


def test_a_disk_that_cannot_be_synced_is_said_too(tmp_path: Path) -> None:
    """A pipe takes what is written and has no disk under it."""
    mirror = ready(tmp_path / "m")
    mirror.keep(OLD)
    mirror.sync()
    assert mirror._handle is not None  # noqa: SLF001 nothing else makes a sync fail
    reader, writer = os.pipe()
    os.dup2(writer, mirror._handle)  # noqa: SLF001
    for _ in range(2):
        with pytest.raises(BookError, match="cannot be written: Invalid argument"):
            mirror.sync()
    mirror.close()
    os.close(reader)
    os.close(writer)


def test_one_that_is_ahead_keeps_what_it_says_until_a_person_starts_it_again(
    tmp_path: Path,
) -> None:
    mirror = ready(tmp_path / "m")
    mirror.keep(NEXT)
    mirror.stand_still()
    mirror.keep(OLD)
    mirror.keep(Link(10, "a" * 64, 100))
    mirror.sync()
    assert mirror.last() == NEXT
    mirror.start_again(OLD)
    assert mirror.last() == OLD, "nothing that was ahead is left in either record"
    mirror.keep(NEW)
    mirror.keep(NEXT)
    assert mirror.last() == NEXT
    mirror.close()


def test_before_it_is_ready_and_after_it_was_closed_nothing_is_kept(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path / "m", lambda: NOW)
    mirror.keep(NEW)
    mirror.sync()
    assert not (tmp_path / "m").exists()
    for ask in (mirror.last, lambda: mirror.start_again(NEW)):
        with pytest.raises(AssertionError, match="ready comes first"):
            ask()
    mirror.ready()
    mirror.keep(NEW)
    mirror.close()
    mirror.keep(NEXT)
    mirror.sync()
    assert ready(tmp_path / "m").last() == NEW


def test_a_cut_file_is_made_whole_and_knows_nothing(tmp_path: Path) -> None:
    mirror = ready(tmp_path / "m")
    mirror.keep(NEW)
    mirror.close()
    os.truncate(tmp_path / "m", 4607)
    again = ready(tmp_path / "m")
    assert (again.last(), (tmp_path / "m").stat().st_size) == (None, 4608)
    again.close()


def test_the_name_of_a_mirror_is_that_of_its_book() -> None:
    """The first 12 digits of the SHA-256 of its name (sha256sum)."""
    assert mirror_path(Path("/s"), "book.db") == Path("/s/book-0507a4b7e3c9.mark")
