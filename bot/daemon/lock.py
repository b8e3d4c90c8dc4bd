"""One daemon a book: a lock that the kernel lets go of when its holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process works this book. Says which, and what to do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        """Name the process and the lock."""
        super().__init__(what)
        self.remedy = remedy


class NoLock(Exception):
    """The file system cannot lock, or does not let us."""

    def __init__(self, what: str) -> None:
        """Say what it answered."""
        super().__init__(what)
        self.remedy = "let state_dir be a directory on a local disk that this user may write to"


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock at ``path``; ``AlreadyRunning`` at once where another process holds it.

    The file stays when the lock is let go of: removing it could let two processes lock two files
    of one name.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise NoLock(f"cannot open {path}: {exc.strerror}") from exc
    try:
        _take(handle, path)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _take(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise AlreadyRunning(
            f"another trimtab works this book: process {holder} holds {path}",
            f"wait for it, or stop it with: kill {holder}" if holder.isdigit() else "wait for it",
        ) from exc
    except OSError as exc:
        raise NoLock(f"cannot lock {path}: {exc.strerror}") from exc
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
