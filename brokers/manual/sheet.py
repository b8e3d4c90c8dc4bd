"""A CSV file, line by line, so that every mistake can be named by its place.

The first line that is not a remark names the columns, in any order and any case. One line is one
row; empty lines mean nothing, and a line that begins with "#" is a remark.
"""

import csv
import difflib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from brokers.manual.row import Row

REMARK = "#"


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file: those that it must have and those that it may have."""

    file: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them, the required ones first."""
        return (*self.required, *self.optional)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds: its columns, its rows, and its remarks without their "#".

    Columns that are not ours leave both empty: the mistake is said, and the rows say nothing.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    remarks: tuple[str, ...]


EMPTY = Sheet((), (), ())


def read_sheet(
    path: Path, layout: Layout, mistakes: list[str], renamed: Mapping[str, str] | None = None
) -> Sheet | None:
    """The rows of ``path``, or None where there is no such file; ``mistakes`` grows by each one.

    ``renamed`` tells which of our columns a foreign heading stands for, heading to column.
    """
    if not path.exists():
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        mistakes.append(f"{path.name}: it cannot be read: {error}")
        return EMPTY
    return _parse(text, path.name, layout, mistakes, renamed or {})


def _parse(
    text: str, name: str, layout: Layout, mistakes: list[str], renamed: Mapping[str, str]
) -> Sheet:
    remarks: list[str] = []
    rows: list[Row] = []
    columns: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        place = f"{name}:{number}"
        if not line.strip():
            continue
        if line.startswith(REMARK):
            remarks.append(line.removeprefix(REMARK).strip())
            continue
        cells = _cells(line, place, mistakes)
        if cells is None:
            continue
        if not columns:
            columns = _columns(cells, place, layout, mistakes, renamed)
        elif len(cells) != len(columns):
            mistakes.append(f"{place}: {len(cells)} cells under {len(columns)} columns")
        else:
            rows.append(Row(place, dict(zip(columns, cells, strict=True)), mistakes))
    if not columns:
        mistakes.append(f"{name}:1: no line names the columns: {', '.join(layout.columns)}")
    known = set(layout.columns) >= set(columns) >= set(layout.required)
    return (
        Sheet(columns, tuple(rows), tuple(remarks))
        if known
        else replace(EMPTY, remarks=tuple(remarks))
    )


def _cells(line: str, place: str, mistakes: list[str]) -> list[str] | None:
    try:
        [cells] = csv.reader([line], strict=True)
    except csv.Error as error:
        mistakes.append(f"{place}: not a line of CSV: {error}; a row ends with its line")
        return None
    return [cell.strip() for cell in cells]


def plain(heading: str) -> str:
    """A heading as we spell our columns: lower case, words joined by "_"."""
    return re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")


def _columns(
    headings: Sequence[str],
    place: str,
    layout: Layout,
    mistakes: list[str],
    renamed: Mapping[str, str],
) -> tuple[str, ...]:
    """Our columns that ``headings`` stand for, complaining of those that are none of ours."""
    columns = tuple(renamed.get(heading, plain(heading)) for heading in headings)
    for turn, (heading, column) in enumerate(zip(headings, columns, strict=True)):
        if column not in layout.columns:
            mistakes.append(f'{place}: "{heading}" is not a column; {_instead(column, layout)}')
        elif column in columns[:turn]:
            mistakes.append(f'{place}: the column "{column}" is there twice')
    missing = [column for column in layout.required if column not in columns]
    if missing:
        mistakes.append(f"{place}: the column {', '.join(missing)} is missing")
    return columns


def _instead(column: str, layout: Layout) -> str:
    close = difflib.get_close_matches(column, layout.columns, n=1)
    everything = f"allowed are {', '.join(layout.columns)}"
    return f'did you mean "{close[0]}"? {everything}' if close else everything


def csv_line(cells: Sequence[str]) -> str:
    """One line of CSV, with its end."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def widened(text: str, columns: Sequence[str]) -> str:
    """``text`` with ``columns`` added at the right, every row empty under them."""
    lines: list[str] = []
    added: Sequence[str] = columns
    for line in text.splitlines():
        if line.strip() and not line.startswith(REMARK):
            [cells] = csv.reader([line], strict=True)
            lines.append(csv_line([*cells, *added]))
            added = [""] * len(columns)
        else:
            lines.append(f"{line}\n")
    return "".join(lines)


def appended(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """The text of ``path`` with ``rows`` at its end; every line that it has stays, remarks too.

    Raises ``OSError``. A file that is not there, or holds remarks alone, begins with ``columns``.
    """
    text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    if text and not text.endswith("\n"):
        text += "\n"
    headings = next((li for li in text.splitlines() if li.strip() and li[0] != REMARK), None)
    if headings is None:
        text, headings = text + csv_line(columns), csv_line(columns).strip()
    [cells] = csv.reader([headings], strict=True)
    there = [plain(heading) for heading in cells]
    used = [column for column in columns if any(row.get(column) for row in rows)]
    missing = [column for column in used if column not in there]
    whole = widened(text, missing) if missing else text
    return whole + "".join(
        csv_line([row.get(column, "") for column in (*there, *missing)]) for row in rows
    )
