"""What a stand-in server is told to do wrong: which exchange, and what becomes of it.

A fault says how often the request takes effect (0: it is lost on the way; 2: something on the way
sends it again), what is answered in place of the truth, and how the answer comes: late, never,
cut off, or a byte at a time.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock


@dataclass(slots=True)
class Fault:
    """One fault for the next ``times`` requests that fit ``method`` and the pattern ``path``."""

    method: str
    path: str
    times: int = 1
    skip: int = 0
    """How many fitting requests go well before."""
    effects: int = 1
    status: int | None = None
    body: bytes | None = None
    rewrite: Callable[[bytes], bytes] | None = None
    """What is done to the true body."""
    wait_seconds: float = 0
    hangs: bool = False
    cut_at: int | None = None
    """Bytes of the whole answer, head included, after which the link is dropped."""
    drip_seconds: float = 0
    """Time between one byte and the next."""
    drips_from: int = 0
    """Bytes that come at once before it drips."""
    head: str = ""
    """More lines of the head, each with its end."""


HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def drop_before(method: str, path: str, **more: int) -> Fault:
    """The link is dropped before anything is done."""
    return Fault(method, path, effects=0, cut_at=0, **more)


def drop_after(method: str, path: str, **more: int) -> Fault:
    """It is done, and the link is dropped before an answer."""
    return Fault(method, path, cut_at=0, **more)


def hang_before(method: str, path: str) -> Fault:
    """Nothing is done, and nothing is ever answered."""
    return Fault(method, path, effects=0, hangs=True)


def hang_after(method: str, path: str) -> Fault:
    """It is done, and never answered."""
    return Fault(method, path, hangs=True)


def answer(method: str, path: str, status: int, body: bytes = b"", **more: int) -> Fault:
    """Nothing is done, and this is answered. Effects and times may be given."""
    return Fault(method, path, status=status, body=body, **{"effects": 0, **more})


def says(method: str, path: str, body: bytes, status: int = 200) -> Fault:
    """It is done, and this is answered in place of the truth."""
    return Fault(method, path, status=status, body=body)


@dataclass(slots=True)
class Schedule:
    """Faults in the order in which they were told; the first that fits happens."""

    faults: list[Fault] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def tell(self, *faults: Fault) -> None:
        """Add faults."""
        with self.lock:
            self.faults.extend(faults)

    def next(self, method: str, path: str) -> Fault | None:
        """The fault of this request, which is used up by it."""
        with self.lock:
            for fault in self.faults:
                if fault.times and fault.method == method and re.match(fault.path, path):
                    if fault.skip:
                        fault.skip -= 1
                        return None
                    fault.times -= 1
                    return fault
        return None
