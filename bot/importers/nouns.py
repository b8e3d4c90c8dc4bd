"""What a statement says: items of ours, each with the line that it stands on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from typing_extensions import override

from brokers.words import USD, CashFlow, Currency, Execution, Split, Transfer

TOLD_MAX = 20
"""Mistakes that are told at once; the rest is counted."""

SHOWN_MAX = 40


class Kind(StrEnum):
    """What an item is; each is told by one noun."""

    TRADE = "trade"
    """An ``Execution``; its root is empty where the format has no id."""
    LOT = "lot"
    """A ``Transfer``: a lot that is open on the day of its time, with the basis it has."""
    CLOSED = "closed lot"
    """A ``Transfer``: shares that a trade of this statement sold, and what they had cost."""
    POSITION = "position"
    """A ``Transfer`` of unknown basis: shares held on the day of its time, no more is told."""
    TRANSFER = "transfer"
    """A ``Transfer``: shares that came or went without a trade."""
    FLOW = "cash flow"
    """A ``CashFlow``; its id is empty where the format has none."""
    SPLIT = "split"
    """A ``Split``."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; the first is 1, as an editor counts."""

    file: str
    line: int

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


Noun = Execution | Transfer | CashFlow | Split


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a statement says.

    ``number`` is the account as the file names it, ``order`` the broker's order of a trade: its
    fills are one purchase.
    """

    kind: Kind
    what: Noun
    place: Place
    number: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A file, read: in which format, what it says, and what of it was passed over."""

    file: str
    format: str
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()


class BadImport(Exception):
    """A file that cannot be used, a line for each mistake: file, line, column, what is wrong."""

    def __init__(self, said: Iterable[str], remedy: str = "") -> None:
        """Keep the first of them, and how many more there are."""
        lines = [*said]
        more = [f"and {len(lines) - TOLD_MAX} more"] if len(lines) > TOLD_MAX else []
        super().__init__("\n".join([*lines[:TOLD_MAX], *more]))
        self.remedy = remedy or "mend it in the file; nothing was imported (docs/import.md)"


Tick = Callable[[int, int], None]
"""Lines read so far, of how many."""


def no_tick(done: int, total: int) -> None:
    """Nobody is looking."""
    del done, total


@dataclass(frozen=True, slots=True)
class Frame:
    """What every line is read by; mistakes and notes are collected here.

    ``skip`` are words for what happened, in lower case, whose rows the owner wants passed over.
    """

    file: str
    today: date
    base: Currency = USD
    skip: frozenset[str] = frozenset()
    tick: Tick = no_tick
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def at(self, line: int) -> Place:
        """A line of this file."""
        return Place(self.file, line)

    def refuse(self, place: Place, what: str) -> None:
        """Put a mistake on the list."""
        self.wrong.append(f"{place}: {what}")

    def passed_over(self, place: Place, what: str) -> None:
        """Say what is not taken, and why."""
        self.notes.append(f"{place}: {what}")

    def raise_mistakes(self, remedy: str = "") -> None:
        """Raise all of them, where there are any."""
        if self.wrong:
            raise BadImport(self.wrong, remedy)


def shown(cell: str) -> str:
    """A cell of a file in a sentence."""
    if not cell:
        return "an empty cell"
    text = cell if len(cell) <= SHOWN_MAX else f"{cell[:SHOWN_MAX]}..."
    return ascii(text).replace("'", '"') if not text.isprintable() else f'"{text}"'
