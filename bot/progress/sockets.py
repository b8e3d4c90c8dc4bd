"""Where searches are listened to: a folder with one socket for each process that may search.

A socket's address has room for a path of about a hundred characters. A longer one is reached by
way of its folder's handle, where the system has such names (Linux).
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

FOLDER = "searches"
"""Folder of the state folder."""
SUFFIX = ".sock"
PATH_MAX = 103
"""Bytes: ``sun_path`` holds 104 with its final zero where it is smallest, 108 on Linux."""
HANDLES = Path("/proc/self/fd")
BACKLOG = 8


class NoSocket(Exception):
    """This folder cannot hold a socket."""

    def __init__(self, what: str) -> None:
        """Say why."""
        super().__init__(what)
        self.remedy = "let state_dir be a short path on a local disk that this user may write to"


def fresh_path(folder: Path) -> Path:
    """A name for a socket of this process."""
    return folder / f"{os.getpid()}-{token_hex(4)}{SUFFIX}"


def serve_at(path: Path) -> socket.socket:
    """A socket that listens at ``path``, for this user alone; ``NoSocket`` where there can be none.

    It gets its name once it listens: what has the name and does not answer is a dead one's.
    """
    fresh = path.with_suffix(".new")
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _address(fresh) as address:
            server.bind(address)
        fresh.chmod(0o600)
        server.listen(BACKLOG)
        fresh.rename(path)
    except OSError as exc:
        server.close()
        with suppress(OSError):  # it may never have been there, nor its folder
            fresh.unlink()
        raise NoSocket(f"no socket at {path}: {exc.strerror or exc}") from exc
    server.settimeout(0)
    return server


def connect(path: Path) -> socket.socket | None:
    """A connection to ``path``; None where nobody answers, and what is left of them is removed.

    It waits for nobody: a process that was suspended no longer takes connections, and once its
    queue is full the next one would wait for as long as it sleeps.
    """
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(0)
    try:
        with _address(path) as address:
            link.connect(address)
    except ConnectionRefusedError:
        link.close()
        path.unlink(missing_ok=True)
        return None
    except OSError:  # gone meanwhile, suspended, or not ours to speak to
        link.close()
        return None
    link.settimeout(None)
    return link


def clean(folder: Path) -> None:
    """Remove the sockets of processes that died."""
    for path in found_in(folder):
        if (link := connect(path)) is not None:
            link.close()


def found_in(folder: Path) -> list[Path]:
    """Every socket in ``folder``, also those of processes that died."""
    return sorted(folder.glob(f"*{SUFFIX}"))


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """``path``, or a shorter name for it; ``OSError`` where there is none."""
    if len(os.fsencode(path)) <= PATH_MAX:
        yield str(path)
        return
    if not HANDLES.exists():
        raise OSError(f"its path is longer than the {PATH_MAX} bytes that a socket's may have")
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"{HANDLES}/{handle}/{path.name}"
    finally:
        os.close(handle)
