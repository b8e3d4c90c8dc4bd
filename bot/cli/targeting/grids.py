"""Numbers of names out of CSV files: one number a name, a square of them, or a row a period.

What people bring is what spreadsheets and pandas write, so the header of a column of numbers may
say anything, and a first column of days is passed over. A number that is none is named by file,
line and column.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.cli.exits import WrongUse
from strategies.risk.model import Array

GAPS = frozenset({"", "nan", "na", "n/a", "null", "none"})
"""How a missing return is written."""
NAMED_MAX = 5
MEAN_REMEDY = "two columns: a name and its number, under a header like name,mean"
COV_REMEDY = "names in the header and in the first column, and a number where two of them meet"
RETURNS_REMEDY = "names in the header, and one row of returns a period"

Rows = Iterator[tuple[int, list[str]]]
"""Number of the line and its cells; empty lines are passed over."""


@dataclass(frozen=True, slots=True)
class Grid:
    """``values`` of ``names``, shape (n,), (n, n), or (T, n) with NaN for a gap; from ``source``.

    ``header`` is the first cell of the file.
    """

    names: tuple[str, ...]
    values: Array
    source: str
    header: str = ""


def read_column(path: Path) -> Grid:
    """One number a name; a third column called ``date`` is passed over. Raises ``WrongUse``."""
    rows = _rows(path, MEAN_REMEDY)
    _, header = next(rows)
    dated = len(header) == 3 and header[2].strip().lower() == "date"  # noqa: PLR2004
    if len(header) != 2 and not dated:  # noqa: PLR2004
        raise WrongUse(f"{path} has {len(header)} columns, expected 2", MEAN_REMEDY)
    named, values, lines = list[str](), list[float](), list[int]()
    for line, cells in rows:
        _check_width(path, line, cells, len(header), MEAN_REMEDY)
        named.append(cells[0].strip())
        values.append(_numbers(path, line, cells[1:2], [header[1].strip() or "2"])[0])
        lines.append(line)
    _check_names(path, named, MEAN_REMEDY)
    array = np.array(values)
    _check_finite(path, array[:, None], lines, [header[1].strip() or "2"])
    return Grid(tuple(named), array, path.name, header[0].strip())


def read_square(path: Path) -> Grid:
    """A number for each pair of names, (n, n) in the order of the header. Raises ``WrongUse``."""
    rows = _rows(path, COV_REMEDY)
    _, header = next(rows)
    names = [cell.strip() for cell in header[1:]]
    _check_names(path, names, COV_REMEDY)
    place = {name: number for number, name in enumerate(names)}
    values, lines = np.full((len(names), len(names)), np.nan), [0] * len(names)
    for line, cells in rows:
        _check_width(path, line, cells, len(header), COV_REMEDY)
        row = place.get(name := cells[0].strip())
        if row is None:
            raise WrongUse(f"{path} line {line}: {name!r} is not in its header", COV_REMEDY)
        if lines[row]:
            raise WrongUse(f"{path} line {line}: {name} has its row already", COV_REMEDY)
        values[row], lines[row] = _numbers(path, line, cells[1:], names), line
    if missing := [name for name, line in zip(names, lines, strict=True) if not line]:
        raise WrongUse(f"{path} has no row for {listed(missing)}", COV_REMEDY)
    _check_finite(path, values, lines, names)
    return Grid(tuple(names), values, path.name, header[0].strip())


def read_periods(path: Path) -> Grid:
    """One row of returns a period, (T, n); a first column of days is none. Raises ``WrongUse``."""
    rows = _rows(path, RETURNS_REMEDY)
    _, header = next(rows)
    kept = list(rows)
    first = int(_has_days(header[0].strip(), [cells[0].strip() for _, cells in kept]))
    names = [cell.strip() for cell in header[first:]]
    _check_names(path, names, RETURNS_REMEDY)
    values, lines = np.empty((len(kept), len(names))), [line for line, _ in kept]
    for row, (line, cells) in enumerate(kept):
        _check_width(path, line, cells, len(header), RETURNS_REMEDY)
        values[row] = _numbers(path, line, cells[first:], names, gaps=True)
    endless = np.isinf(values)
    if endless.any():
        row, column = np.argwhere(endless)[0]
        raise _bad(path, lines[row], names[column], f"{values[row, column]:g}")
    return Grid(tuple(names), values, path.name, header[0].strip())


def joined(column: Grid, base: Grid) -> Array:
    """The numbers of ``column`` in the order of the names of ``base``; both have the same names."""
    order = _order(column, base)
    return np.asarray(column.values[..., order], dtype=np.float64)


def listed(names: Sequence[str]) -> str:
    """``A, B``, or the first few of them ``and 7 more``."""
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return f"{', '.join(names[:NAMED_MAX])}{more}"


def _order(column: Grid, base: Grid) -> list[int]:
    """Place in ``column`` of each name of ``base``. Raises ``WrongUse`` where one is missing."""
    place = {name: number for number, name in enumerate(column.names)}
    if missing := [name for name in base.names if name not in place]:
        hint = "join them by name: both files have the same names, in whatever order"
        if column.header in missing:
            hint = f"its first line is taken for the header: put one above {column.header}"
        what = f"{column.source} says nothing of {listed(missing)}, which {base.source} has"
        raise WrongUse(what, hint)
    if strange := [name for name in column.names if name not in set(base.names)]:
        what = f"{column.source} has {listed(strange)}, of which {base.source} says nothing"
        raise WrongUse(what, "leave it out, or add it there")
    return [place[name] for name in base.names]


def _rows(path: Path, remedy: str) -> Rows:
    """The lines of ``path``, and at least two of them: the header and what is under it."""
    count = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for cells in reader:
                if any(map(str.strip, cells)):
                    count += 1
                    yield reader.line_num, cells
    except UnicodeDecodeError as exc:
        raise WrongUse(f"{path} is not text in UTF-8", "write it again as UTF-8") from exc
    except csv.Error as exc:
        raise WrongUse(f"{path}: {exc}", remedy) from exc
    except OSError as exc:
        why = (exc.strerror or str(exc)).lower()
        raise WrongUse(f"{path}: {why}", "see that the path is right") from exc
    if count < 2:  # noqa: PLR2004
        raise WrongUse(f"{path} has no line of numbers under a header", remedy)


def _has_days(header: str, cells: Sequence[str]) -> bool:
    """Whether a first column says when: it has no name, or begins with what is no number."""
    first = next((cell for cell in cells if cell.lower() not in GAPS), "0")
    return not header or header.lower() in {"date", "day", "time"} or not _is_number(first)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(
    path: Path, line: int, cells: Sequence[str], names: Sequence[str], *, gaps: bool = False
) -> list[float]:
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        return [
            _number(path, line, cell.strip(), name, gaps=gaps)
            for cell, name in zip(cells, names, strict=True)
        ]


def _number(path: Path, line: int, cell: str, name: str, *, gaps: bool) -> float:
    if gaps and cell.lower() in GAPS:
        return float("nan")
    try:
        return float(cell)
    except ValueError as exc:
        raise _bad(path, line, name, cell) from exc


def _bad(path: Path, line: int, name: str, cell: str) -> WrongUse:
    said = f"{cell} is not a number" if cell else "there is no number"
    return WrongUse(f"{path} line {line}, column {name}: {said}", "write a number like 0.05")


def _check_finite(path: Path, values: Array, lines: Sequence[int], names: Sequence[str]) -> None:
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise _bad(path, lines[row], names[column], f"{values[row, column]:g}")


def _check_width(path: Path, line: int, cells: Sequence[str], width: int, remedy: str) -> None:
    if len(cells) != width:
        raise WrongUse(f"{path} line {line} has {len(cells)} columns, expected {width}", remedy)


def _check_names(path: Path, names: Sequence[str], remedy: str) -> None:
    if not names:
        raise WrongUse(f"{path} names nothing", remedy)
    if "" in names:
        raise WrongUse(f"{path}: a name is empty", remedy)
    if len(set(names)) < len(names):
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        raise WrongUse(f"{path} names {twice} twice", remedy)
