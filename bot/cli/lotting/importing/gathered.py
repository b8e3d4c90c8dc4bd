"""Files, read and put together: what one account of them holds, traded and was paid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.importers.formats import read_statement
from bot.importers.mapping import Columns
from bot.importers.merge import merge
from bot.importers.nouns import Frame, Item, Statement
from bot.importers.settle import Only
from bot.importers.text import read_text
from brokers.words import USD, Currency

Show = Callable[[str, int, int], None]
"""A file, lines of it that are read, of how many."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for, understood."""

    files: tuple[Path, ...]
    format: str = "auto"
    columns: Columns | None = None
    number: str | None = None
    only: Only = Only.ALL
    skip: frozenset[str] = frozenset()
    preview: bool = False


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file, and what it was."""

    file: str
    format: str
    items: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """All files as one; ``repeated`` are items that several of them have."""

    files: tuple[ReadFile, ...]
    items: tuple[Item, ...]
    repeated: int
    notes: tuple[str, ...]


def gather(asked: Asked, today: date, show: Show, base: Currency = USD) -> Gathered:
    """Everything that the files say, once. Raises ``BadImport`` with every mistake of a file."""
    statements = [_read(path, asked, today, show, base) for path in _once(asked.files)]
    merged = merge(statements)
    files = tuple(ReadFile(s.file, s.format, len(s.items)) for s in statements)
    notes = (*(note for s in statements for note in s.notes), *merged.notes)
    return Gathered(files, merged.items, merged.repeated, notes)


def _once(paths: Sequence[Path]) -> list[Path]:
    return [*dict.fromkeys(paths)]


def _read(path: Path, asked: Asked, today: date, show: Show, base: Currency) -> Statement:
    frame = Frame(
        path.name,
        today,
        base,
        asked.skip,
        tick=lambda done, total: show(path.name, done, total),
    )
    return read_statement(read_text(path), frame, asked.format, asked.columns)
