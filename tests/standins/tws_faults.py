r"""Faults of the TWS stand-in: which message of a client, and what becomes of it.

The method of a fault is the name of a request (``placeOrder``), its path a pattern for the fields
of it, joined by bars: ``"placeOrder", ".*\|KO\|"``. What the stand-in says without being asked
has the method ``push`` and the name of the message for a path: ``"push", "execDetails"``.
"""

from dataclasses import dataclass

from standins.faults import Fault
from standins.tws_wire import fields_of, frame, frames


@dataclass(slots=True)
class TwsFault(Fault):
    """A fault that can also be an error code, and messages that come late."""

    code: int = 0
    """Nothing is done but this error answered, with the number of the request."""
    text: str = ""
    late: tuple[int, ...] = ()
    """Messages of these kinds are held back until ``TwsServer.release``."""


def error(
    method: str, path: str, code: int, text: str = "It is refused here.", **more: int
) -> TwsFault:
    """Nothing is done, and this error is answered. Effects and times may be given."""
    return TwsFault(method, path, code=code, text=text, **{"effects": 0, **more})


def unanswered(method: str, path: str, **more: int) -> TwsFault:
    """It is done, nothing is answered, and the link stays."""
    return TwsFault(method, path, body=b"", **more)


def lost(method: str, path: str, **more: int) -> TwsFault:
    """Nothing is done, nothing is answered, and the link stays."""
    return TwsFault(method, path, effects=0, body=b"", **more)


def late(method: str, path: str, *kinds: int) -> TwsFault:
    """Messages of these kinds come only when the test releases them."""
    return TwsFault(method, path, late=kinds)


def without(method: str, path: str, *kinds: int) -> TwsFault:
    """Messages of these kinds never come: an end that is missing, for one."""

    def drop(data: bytes) -> bytes:
        return b"".join(f for f in frames(data) if int(fields_of(f)[0]) not in kinds)

    return TwsFault(method, path, rewrite=drop)


def twice(method: str, path: str) -> TwsFault:
    """Every message of the answer comes two times."""
    return TwsFault(method, path, rewrite=lambda data: b"".join(f * 2 for f in frames(data)))


def backwards(method: str, path: str) -> TwsFault:
    """The messages of the answer come in the opposite order."""
    return TwsFault(method, path, rewrite=lambda data: b"".join(frames(data)[::-1]))


def garbled(method: str, path: str, kind: int) -> TwsFault:
    """The last field of messages of one kind is missing, so that no client can read them."""

    def shorten(data: bytes) -> bytes:
        return b"".join(
            frame(fields_of(f)[:-1]) if int(fields_of(f)[0]) == kind else f for f in frames(data)
        )

    return TwsFault(method, path, rewrite=shorten)
