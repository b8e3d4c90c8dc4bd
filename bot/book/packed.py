"""Closes and volumes of many names over many days as a few bytes, and back to the last digit.

A number that is a whole count of ten-thousandths (a close) or of shares (a volume) takes four
bytes; where one of a block is not, all of that block take eight. There is no compression: a year
of 500 names would take a quarter less room, and twice as long to read.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from brokers.words import Symbol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from strategies.risk.model import Array

MARK = b"TP1"
_HEAD = struct.Struct("<3sII")
"""The mark, and the sizes of what follows before the numbers: names, and all else that is said."""
CLOSE_PARTS = 10_000
"""A close is kept in these parts of a unit, where that is exact."""
_NONE = np.iinfo(np.int32).min
"""Stands for NaN among whole numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """``closes`` and ``volumes`` of shape (names, days), NaN where there is none."""

    symbols: tuple[Symbol, ...]
    days: "NDArray[np.int32]"
    """Ordinals, rising."""
    closes: "Array"
    volumes: "Array"
    asked: int = 0
    marks: Mapping[Symbol, str] = field(default_factory=dict)


def pack(block: Block) -> bytes:
    """The block as bytes; ``unpack`` gives back equal numbers."""
    closes, volumes = _numbers(block.closes, CLOSE_PARTS), _numbers(block.volumes, 1)
    names = zlib.compress("\n".join(block.symbols).encode("ascii"))
    said = {
        "days": np.diff(block.days, prepend=0).tolist(),
        "kinds": [closes.dtype.str, volumes.dtype.str],
        "asked": block.asked,
        "marks": dict(block.marks),
    }
    head = zlib.compress(json.dumps(said, separators=(",", ":")).encode("ascii"))
    sizes = _HEAD.pack(MARK, len(names), len(head))
    return b"".join((sizes, names, head, closes.tobytes(), volumes.tobytes()))


def _numbers(values: "Array", parts: int) -> "NDArray[np.int32] | Array":
    """``values`` as whole numbers of ``parts``, if that loses nothing; else as they are."""
    missing = np.isnan(values)
    with np.errstate(invalid="ignore", over="ignore"):
        whole = np.where(missing, 0.0, np.rint(values * parts))
        fits = np.abs(whole).max(initial=0.0) < -_NONE
        if not fits or not ((whole / parts == values) | missing).all():
            return np.ascontiguousarray(values, dtype="<f8")
    return np.where(missing, _NONE, whole).astype("<i4")


def unpack(body: bytes) -> Block:
    """The block in ``body``; ``ValueError`` where these bytes are none."""
    try:
        mark, size, more = _HEAD.unpack_from(body)
        if mark != MARK:
            raise ValueError(f"it begins with {mark!r}")
        first = _HEAD.size + size
        symbols = _names(body[_HEAD.size : first])
        said = json.loads(zlib.decompress(body[first : first + more]))
        days = np.cumsum(said["days"], dtype=np.int32)
        shape = len(symbols), len(days)
        kinds = [np.dtype(kind) for kind in said["kinds"]]
        second = first + more + shape[0] * shape[1] * kinds[0].itemsize
        if len(body) != second + shape[0] * shape[1] * kinds[1].itemsize:
            raise ValueError("its size is not that of its contents")
        closes = _read(body, first + more, kinds[0], shape)
        volumes = _read(body, second, kinds[1], shape)
    except (struct.error, zlib.error, KeyError, TypeError) as exc:
        raise ValueError(f"not a block of prices: {exc}") from exc
    return Block(
        symbols=symbols,
        days=days,
        closes=closes / CLOSE_PARTS if kinds[0].kind == "i" else closes,
        volumes=volumes,
        asked=int(said["asked"]),
        marks=said["marks"],
    )


@lru_cache(maxsize=64)
def _names(packed: bytes) -> tuple[Symbol, ...]:
    """Most rows of a feed are of the same names as the one before: they are one and the same."""
    text = zlib.decompress(packed).decode("ascii")
    return tuple(Symbol(name) for name in text.split("\n")) if text else ()


def _read(body: bytes, place: int, kind: "np.dtype[np.generic]", shape: tuple[int, int]) -> "Array":
    found = np.frombuffer(body, dtype=kind, count=shape[0] * shape[1], offset=place).reshape(shape)
    numbers = found.astype(np.float64)
    if kind.kind == "i":
        numbers[found == _NONE] = np.nan
    return numbers
