"""How far a book has come, kept in a small file outside it: an old copy put in its place is found.

The file has two records, each with its checksum, written in turn and in place: a record that tore
leaves the other. It is written after each commit, so that a crash leaves it behind the book and
never ahead; it is on the disk for certain before an order leaves.
"""

import json
import os
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from bot.book.chain import Link
from bot.book.errors import BookError

_RECORD = 512
_APART = 4096
"""Bytes of a record, and from one to the next: never in one sector, nor in one page."""

MOVE_ON = "let state_dir be a folder on a local disk that this user may write to"


class Mirror:
    """The mirror of one book, in one process."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        """Nothing is opened before ``ready``; ``now`` dates what is found."""
        self.path = path
        self.now = now
        self._handle: int | None = None
        self._broken = ""
        self._stands_still = False

    def ready(self) -> None:
        """Make the file where it is not there; ``BookError`` where it cannot be written."""
        if self._handle is not None:
            return
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            if os.fstat(self._handle).st_size < _APART + _RECORD:
                self._make(self._handle)
        except OSError as exc:
            raise BookError(f"{self.path} cannot be written: {exc.strerror}", MOVE_ON) from exc

    def _make(self, handle: int) -> None:
        """All of its bytes, and its name: later writes need no room."""
        os.pwrite(handle, b" " * (_APART + _RECORD), 0)
        os.fsync(handle)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def last(self) -> Link | None:
        """The newest link that was written; None before the first, or where nothing is legible."""
        assert self._handle is not None, "ready comes first"
        records = (os.pread(self._handle, _RECORD, place) for place in (0, _APART))
        return max(filter(None, map(_read, records)), key=lambda link: link.seq, default=None)

    def keep(self, link: Link) -> None:
        """Note how far the book has come; what cannot be noted is said by ``sync``."""
        if self._handle is not None and not self._stands_still:
            self._put(self._handle, link, _APART * (link.seq % 2))

    def _put(self, handle: int, link: Link, place: int) -> None:
        try:
            done = os.pwrite(handle, _record(link), place)
        except OSError as exc:
            self._broken = exc.strerror or str(exc)
        else:
            self._broken = self._broken or ("" if done == _RECORD else "the disk is full")

    def stand_still(self) -> None:
        """Keep what is there: it is ahead of this book."""
        self._stands_still = True

    def start_again(self, link: Link) -> None:
        """Take the book as it is for the right one, and forget what was ahead of it.

        ``BookError`` where that cannot be written.
        """
        assert self._handle is not None, "ready comes first"
        for place in (0, _APART):
            self._put(self._handle, link, place)
        self._stands_still = False
        self.sync()

    def sync(self) -> None:
        """Have it on the disk; ``BookError`` where it is not, and nothing may be sent then."""
        if self._handle is None:
            return
        try:
            os.fdatasync(self._handle)
        except OSError as exc:  # it will not be asked again: the kernel may have dropped the pages
            self._broken = exc.strerror or str(exc)
        if self._broken:
            raise BookError(f"{self.path} cannot be written: {self._broken}", MOVE_ON)

    def close(self) -> None:
        """Let go of the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def mirror_path(folder: Path, book: str) -> Path:
    """The file in ``folder`` of the book that is called so: another book has another."""
    return folder / f"book-{sha256(os.fsencode(book)).hexdigest()[:12]}.mark"


def _record(link: Link) -> bytes:
    told = json.dumps({"link": link.seq, "head": link.head, "rows": link.total})
    return f"{told} {sha256(told.encode()).hexdigest()}\n".encode().ljust(_RECORD)


def _read(record: bytes) -> Link | None:
    told, _, check = record.decode("ascii", "replace").strip().rpartition(" ")
    if not told or sha256(told.encode()).hexdigest() != check:
        return None
    values = json.loads(told)
    return Link(values["link"], values["head"], values["rows"])
