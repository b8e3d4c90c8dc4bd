"""The folder of the log: one file until it is full or the day is over, and the oldest removed.

Days are those of UTC and of the lines themselves, so no clock is asked. Files are for their owner
alone, and a link in the place of one is not followed.
"""

import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

MIB = 2**20
FILES = 10
"""A file is full at this part of the room for all."""

_NAME = re.compile(r"trimtab-(\d{4}-\d\d-\d\d)-(\d{4})\.log")


class LogFolder:
    """Writes lines into ``folder``. Not for several threads."""

    def __init__(self, folder: Path, size_mib: int, days: int) -> None:
        """Nothing is opened before the first line."""
        self._folder = folder
        self._room = size_mib * MIB
        self._days = timedelta(days=days)
        self._file: int | None = None
        self._day = date.min
        self._size = 0

    def write(self, when: float, line: str) -> None:
        """Append a line that was said at ``when``; ``OSError`` where it cannot be."""
        data = f"{line}\n".encode("utf-8", "backslashreplace")
        day = datetime.fromtimestamp(when, UTC).date()
        is_full = self._size + len(data) > self._room // FILES
        if self._file is None or day > self._day or is_full:
            self._turn_over(max(day, self._day), len(data))
        assert self._file is not None, "it was opened just now"
        written = os.write(self._file, data)
        if written < len(data):  # the disk took the beginning, and will not take the rest
            os.ftruncate(self._file, self._size)
            raise OSError(f"no room for a line in {self._folder}")
        self._size += written

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _turn_over(self, day: date, needed: int) -> None:
        """The next file of ``day``: the newest one again while it has room for ``needed`` bytes."""
        self.close()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        numbers = [number for of, number, _ in self._kept() if of == day]
        number = max(numbers, default=1)
        if numbers and self._path(day, number).stat().st_size + needed > self._room // FILES:
            number += 1
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(self._path(day, number), flags, 0o600)
        self._day, self._size = day, os.fstat(self._file).st_size
        self._remove_old(day)

    def _remove_old(self, today: date) -> None:
        """Files past their days, and the oldest ones until the next file has room."""
        kept = self._kept()
        room = self._room - self._room // FILES
        while len(kept) > 1:
            of, _, path = kept[0]
            size = sum(each.stat().st_size for _, _, each in kept)
            if today - of < self._days and size <= room:
                return
            path.unlink(missing_ok=True)
            del kept[0]

    def _kept(self) -> list[tuple[date, int, Path]]:
        """Day, number and path of each of our files, the oldest first."""
        named = ((_NAME.fullmatch(path.name), path) for path in self._folder.iterdir())
        return sorted(
            (date.fromisoformat(found[1]), int(found[2]), path) for found, path in named if found
        )

    def _path(self, day: date, number: int) -> Path:
        return self._folder / f"trimtab-{day}-{number:04d}.log"
