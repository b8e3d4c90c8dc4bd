"""Who holds a lease, and whether it is certain that this process is dead.

Certain only of a process of this very machine: same boot of the same kernel, same family of
process numbers. Of any other machine nothing is known but its silence.
"""

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_STATE, _START = 0, 19
"""Fields of ``/proc/PID/stat`` after the name (proc(5)): state, and ticks from boot to start."""

_GONE = frozenset("ZXx")
"""States of a process that runs no more, and of which only the parent has not heard yet."""


@dataclass(frozen=True, slots=True)
class Holder:
    """One open book in one process.

    ``life`` tells this process from every other one of its machine, also from a later one with
    the same number; it is empty where the machine does not tell.
    """

    name: str
    host: str
    pid: int
    life: str

    @property
    def words(self) -> str:
        """For a person."""
        return f"process {self.pid} on {self.host}"


def this_process() -> Holder:
    """A holder of its own for each call."""
    pid = os.getpid()
    realm, start = _realm(), _start(pid)
    life = f"{realm} {start}" if realm and start else ""
    return Holder(secrets.token_hex(8), socket.gethostname(), pid, life)


def is_dead(holder: Holder) -> bool:
    """Whether the process runs no more, for certain."""
    realm, _, start = holder.life.rpartition(" ")
    if not realm or realm != _realm():
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's, and alive
        return False
    now = _start(holder.pid)
    return now is not None and now != start


def _realm() -> str:
    """This boot of this kernel, and the family of process numbers; empty where nobody tells."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _start(pid: int) -> str | None:
    """When the process began, "" where it has ended; None where it cannot be seen."""
    try:
        text = (_PROC / str(pid) / "stat").read_text("ascii", "replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return "" if fields[_STATE] in _GONE else fields[_START]
