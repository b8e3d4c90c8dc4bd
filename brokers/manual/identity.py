"""Ids of what has none: made of what it says, so that the same line is known again for ever.

Two lines that say the same are the first and the second of their kind: ``:2`` tells them apart.
"""

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

LENGTH = 16
"""Hexadecimal digits: 64 bits, so that a million lines meet by chance once in 37 million tries."""


def digest(*parts: str | Decimal | date | None) -> str:
    """A short name for ``parts``; 5 and 5.00 are the same."""
    text = "\x1f".join(_spelt(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _spelt(part: str | Decimal | date | None) -> str:
    match part:
        case None:
            return ""
        case Decimal():
            return f"{part.normalize():f}"
        case date():
            return part.isoformat()
        case str():
            return part


@dataclass(frozen=True, slots=True)
class Turns:
    """Counts how often each thing has come by."""

    seen: Counter[Hashable] = field(default_factory=Counter)

    def of(self, thing: Hashable) -> int:
        """1 for the first of its kind, 2 for the second."""
        self.seen[thing] += 1
        return self.seen[thing]


def content_id(prefix: str, name: str, turn: int) -> str:
    """The id of the ``turn``-th thing that is called ``name``."""
    return f"{prefix}:{name}" if turn == 1 else f"{prefix}:{name}:{turn}"


def numbered(prefix: str, names: Iterable[str]) -> Iterator[str]:
    """An id for each of ``names``, in their order."""
    turns = Turns()
    return (content_id(prefix, name, turns.of(name)) for name in names)
