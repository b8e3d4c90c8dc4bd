"""The flag: a file named KILL in the state folder. Whatever it holds, nothing more is sent.

It needs no book, no network and no room on the disk: an empty file is a flag. A first word
``reducing`` or ``cancel-only`` makes it milder, the rest of the text is the reason; anything else,
and a file that cannot be read, means ``halted``.
"""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.switch.states import EVERY_ACCOUNT, STATES, Halt, State, severity

NAME = "KILL"
TURN = "KILL.lock"
"""Held by whoever looks at the flag and sends an order: see ``barrier``."""

WHO = f"the file {NAME}"
BYTES_MAX = 2000
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
TRY_AGAIN_SECONDS = 0.01


class FlagNotWritten(Exception):
    """The file could not be made."""

    def __init__(self, path: Path, why: str) -> None:
        """Say where, and what else stops the daemon."""
        super().__init__(f"{path} cannot be written: {why}")
        self.remedy = "send the daemon SIGUSR1, or stop it; its process id is in trimtab.lock"


def read(folder: Path) -> Halt | None:
    """What the flag in ``folder`` says; None where there is none.

    Where nobody can tell whether there is one, it stops everything for as long as that is so:
    such a halt is of ``LONG_AGO``.
    """
    path = folder / NAME
    try:
        touched = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, OverflowError) as error:
        why = f"it cannot be seen whether {path} is there: {error}"
        return Halt(EVERY_ACCOUNT, why, WHO, LONG_AGO)
    try:
        state, reason = _meaning(_content(path))
    except FileNotFoundError:
        if not path.is_symlink():
            return None  # lifted between the two looks
        state, reason = "halted", f"{path} leads nowhere"
    except OSError as error:
        state, reason = "halted", f"{path} is there, and cannot be read: {error.strerror}"
    since = max(touched, LONG_AGO + timedelta(seconds=1))
    return Halt(EVERY_ACCOUNT, reason, WHO, since, state)


def is_known(halt: Halt) -> bool:
    """Whether there is a flag for certain."""
    return halt.time != LONG_AGO


def _content(path: Path) -> str:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would block
    try:
        return os.read(handle, BYTES_MAX).decode("utf-8", "replace")
    finally:
        os.close(handle)


def _meaning(text: str) -> tuple[State, str]:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    first, _, rest = plain.partition(" ")
    word = first.lower().rstrip(":,;")
    if word in STATES[1:]:
        return word, rest or f"{WHO} is there"
    return "halted", plain or f"{WHO} is there"


def raise_flag(folder: Path, state: State, reason: str) -> None:
    """Put the flag up; one that is as severe already stays. ``FlagNotWritten`` where it cannot.

    On a full disk it is left empty, and means ``halted``.
    """
    there = read(folder)
    if there is not None and is_known(there) and severity(there.state) >= severity(state):
        return
    path = folder / NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _write_whole(path, f"{state} {reason}\n"):
            path.touch(mode=0o600)
            if path.stat().st_size:  # the milder one
                path.write_bytes(b"")
    except OSError as error:
        raise FlagNotWritten(path, error.strerror or str(error)) from error


def _write_whole(path: Path, text: str) -> bool:
    """Write it beside and put it in place at once; False where there is no room for it."""
    fresh = path.with_name(f"{NAME}.{os.getpid()}.new")
    try:
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        _keep_name(path.parent)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            return False
        raise
    return True


def _keep_name(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lift(folder: Path) -> bool:
    """Take the flag away; False where there was none."""
    path = folder / NAME
    try:
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    except FileNotFoundError:
        return False
    _keep_name(folder)
    return True


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Hold the lock under which an order leaves; several may, and ``barrier`` waits for all."""
    handle = os.open(folder / TURN, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def barrier(folder: Path, seconds: float, sleep: Callable[[float], None]) -> bool:
    """Wait until no order is on its way that was begun before the flag went up.

    Who holds the lock after the flag is up sees it. True means that nothing leaves any more;
    False that one order was still being sent after ``seconds``, or that nobody can tell.
    """
    try:
        handle = os.open(folder / TURN, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return False
    try:
        for _ in range(max(1, round(seconds / TRY_AGAIN_SECONDS))):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sleep(TRY_AGAIN_SECONDS)
            else:
                return True
        return False
    finally:
        os.close(handle)
