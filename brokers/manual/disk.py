"""How a file is written here: whole or not at all, readable by its owner alone, one at a time."""

import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = ".lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: nobody else changes a file in it meanwhile.

    Raises ``OSError`` where there is no such folder.
    """
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_whole(path: Path, text: str) -> None:
    """Put ``text`` in the place of whatever ``path`` held, on the disk and not only on its way.

    Raises ``OSError`` with the old file untouched.
    """
    write_all({path: text})


def write_all(texts: Mapping[Path, str]) -> None:
    """Several files at once: none takes its place before all of them are on the disk.

    Mode 0600 comes with the temporary files. Raises ``OSError`` with every old file untouched, but
    for a rename that fails between two others, which a full disk cannot do.
    """
    beside: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            beside[path] = _beside(path, text)
        for path, fresh in beside.items():
            fresh.replace(path)
    except OSError:
        for fresh in beside.values():
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
        raise
    for folder in {path.parent for path in texts}:
        _settle(folder)


def _beside(path: Path, text: str) -> Path:
    """A file beside ``path`` that holds ``text``, on the disk."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise
    return Path(name)


def _settle(folder: Path) -> None:
    """Make a rename last: it is the folder that remembers it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
