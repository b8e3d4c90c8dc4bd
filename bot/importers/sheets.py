"""Tables in a CSV file: found by their headings, wherever they stand, past preambles and footers.

A download is rarely one table: a title stands above it, totals and a disclaimer below, and some
hold two tables one after the other. A row of headings begins a table; a row with text in one cell
only is a title or a remark.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.importers.cells import Cells
from bot.importers.nouns import Frame, Place
from bot.importers.text import begun

TICK_EVERY = 2000
"""Lines between two looks at the progress."""


def plain(heading: str) -> str:
    """A heading in small letters, words joined by ``_``: ``Price ($)`` is ``price``."""
    return re.sub(r"[^a-z0-9%]+", "_", heading.lower()).strip("_")


@dataclass(frozen=True, slots=True)
class Head:
    """A table that a format has: its name, and the headings by which it is known.

    Of each set of ``needs`` one must be there, in the spelling of ``plain``.
    """

    name: str
    needs: tuple[frozenset[str], ...]

    def fits(self, cells: Iterable[str]) -> bool:
        """Whether ``cells``, spelt plainly, are its headings."""
        there = set(cells)
        return all(there & need for need in self.needs)


def head(name: str, *needs: str) -> Head:
    """A table by its headings; ``a|b`` is either."""
    return Head(name, tuple(frozenset(need.split("|")) for need in needs))


@dataclass(frozen=True, slots=True)
class Title:
    """A row with text in one cell only."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table."""

    head: Head
    cells: Cells


def raw_rows(text: str, frame: Frame, delimiter: str = ",") -> Iterator[tuple[Place, list[str]]]:
    """Every row with the line it begins on; what is no CSV is a mistake, and ends the reading."""
    total = begun(frame, text)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    start, seen = 1, 0
    try:
        for cells in lines:
            yield frame.at(start), [cell.strip() for cell in cells]
            if lines.line_num - seen >= TICK_EVERY:
                seen = lines.line_num
                frame.tick(seen, total)
            start = lines.line_num + 1
    except csv.Error as exc:
        frame.refuse(frame.at(start), f"no CSV: {exc}")
    frame.tick(total, total)


def tables(
    text: str, heads: Sequence[Head], frame: Frame, delimiter: str = ","
) -> Iterator[Row | Title]:
    """The rows of all tables in their order, and the titles between them."""
    current: tuple[Head, list[str]] | None = None
    for place, cells in raw_rows(text, frame, delimiter):
        filled = [cell for cell in cells if cell]
        names = [plain(cell) for cell in cells]
        found = next((one for one in heads if one.fits(names)), None)
        if found is not None:
            current = found, names
            _refuse_twice(found, names, place, frame)
        elif len(filled) == 1:
            yield Title(place, filled[0])
        elif filled and current is not None:
            row = _row(current, cells, place, frame)
            if row is not None:
                yield row


def _row(
    current: tuple[Head, list[str]], cells: list[str], place: Place, frame: Frame
) -> Row | None:
    found, names = current
    if len(cells) < len(names) - 1 or any(cells[len(names) :]):
        frame.refuse(place, f"{len(cells)} cells under {len(names)} columns")
        return None
    by: dict[str, str] = {}
    for name, cell in zip(names, cells, strict=False):
        if name:
            by.setdefault(name, cell)
    return Row(found, Cells(place, by, frame))


def _refuse_twice(found: Head, names: list[str], place: Place, frame: Frame) -> None:
    """A heading that counts may be there once only."""
    needed = {name for need in found.needs for name in need}
    twice = next((a for a, b in pairwise(sorted(names)) if a == b and a in needed), None)
    if twice is not None:
        frame.refuse(place, f'the column "{twice}" is there twice')


def has_table(text: str, heads: Sequence[Head], delimiter: str = ",") -> bool:
    """Whether a row of headings of one of ``heads`` is among the first lines."""
    some = text.splitlines()[:200]
    for line in some:
        try:
            [cells] = csv.reader([line], delimiter=delimiter)
        except (csv.Error, ValueError):
            continue
        names = [plain(cell) for cell in cells]
        if any(one.fits(names) for one in heads):
            return True
    return False
