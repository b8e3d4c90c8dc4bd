"""The TWS API on the wire: a length, then text fields that each end in a zero byte.

Text is spoken up to server version 200; the client library here knows 157 to 178. Numbers are
written as a Java program writes them: a double always has a point, and what is not set is the
largest double.
"""

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

UNSET = "1.7976931348623157E308"
UNSET_INT = "2147483647"
UNSET_LONG = "9223372036854775807"
FRAME_MAX = 1 << 24
Fields = tuple[str, ...]


class Garbled(Exception):
    """A client that does not speak the protocol."""


def text(value: object) -> str:
    """A field as TWS writes it; a Decimal keeps its digits, a float has a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def double(value: Decimal) -> str:
    """A price or a sum of money, which goes through a double."""
    return str(float(value))


def frame(fields: Iterable[object]) -> bytes:
    """One message, ready to be sent."""
    body = "".join(f"{text(field)}\0" for field in fields).encode()
    return struct.pack(">I", len(body)) + body


def frames(data: bytes) -> tuple[bytes, ...]:
    """Whole frames, taken apart again."""
    found = []
    while data:
        end = 4 + struct.unpack(">I", data[:4])[0]
        found.append(data[:end])
        data = data[end:]
    return tuple(found)


def fields_of(whole: bytes) -> Fields:
    """What is written in one frame."""
    return tuple(whole[4:].decode().split("\0")[:-1])


def read_frame(read: Callable[[int], bytes]) -> bytes:
    """The body of the next frame; raise EOFError when the client has gone."""
    size = struct.unpack(">I", exactly(read, 4))[0]
    if size > FRAME_MAX:
        raise Garbled(f"a frame of {size} bytes")
    return exactly(read, size)


def exactly(read: Callable[[int], bytes], size: int) -> bytes:
    """So many bytes, however they come."""
    data = b""
    while len(data) < size:
        more = read(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def agree(hello: str, lowest: int, highest: int) -> int:
    """The version that is spoken with a client that says ``v157..178``."""
    if not re.match(r"v\d+(\.\.\d+)?( |$)", hello):
        raise Garbled(f"no version: {hello!r}")
    first, _, last = hello.split(" ", maxsplit=1)[0].removeprefix("v").partition("..")
    wanted = int(last or first)
    version = min(wanted, highest)
    if version < max(int(first), lowest):
        raise Garbled(f"no common version with {hello}")
    return version


class Cursor:
    """Reads the fields of a request, one after the other."""

    def __init__(self, fields: Fields) -> None:
        self._fields: Iterator[str] = iter(fields)

    def word(self) -> str:
        return next(self._fields)

    def skip(self, count: int) -> None:
        for _ in range(count):
            next(self._fields)

    def whole(self) -> int:
        return int(self.word() or 0)

    def flag(self) -> bool:
        return self.word() in {"1", "true"}

    def number(self) -> Decimal:
        """A number, or zero for one that was left out."""
        return Decimal(self.word() or 0).normalize()

    def rest(self) -> Fields:
        return tuple(self._fields)
