"""Room that is set aside on the disk of the book: what became of orders is still written down.

A file that nobody reads. Where the disk is full it is given up, once, for what must not be lost;
no order is meant on that room, and no cycle begins while the disk has so little. It is set aside
again at the next start that finds room enough.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

ROOM_BYTES = 8 * 2**20
"""A journal of SQLite's usual length twice over: some hundred transactions."""

FREE_AFTER_BYTES = 8 * ROOM_BYTES
"""What must be left beside it."""


class Reserve:
    """The file of one book."""

    def __init__(self, path: Path) -> None:
        """Nothing is set aside before ``fill``."""
        self._path = path

    def fill(self) -> None:
        """Set the room aside where there is enough; a disk that is short of it goes without."""
        with suppress(OSError):
            there = self._path.exists() and self._path.stat().st_size >= ROOM_BYTES
            free = shutil.disk_usage(self._path.parent).free
            if not there and free >= ROOM_BYTES + FREE_AFTER_BYTES:
                self._allocate()

    def _allocate(self) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(handle, 0, ROOM_BYTES)
        finally:
            os.close(handle)

    def give_up(self) -> bool:
        """Free the room; False where there is none."""
        try:
            had = self._path.stat().st_size > 0
            self._path.unlink()
        except OSError:
            return False
        return had


def reserve_path(book: Path) -> Path:
    """Beside the book, on the same disk."""
    return book.with_name(f"{book.name}.reserve")
