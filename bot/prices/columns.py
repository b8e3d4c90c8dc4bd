"""One file of prices, CSV or parquet, as bars: whatever is wrong is named by file and line.

    long   one file a name: date, close and, where there are any, volume and adj_close
    wide   date and one column of closes a name

Rows may run from old to new or the other way. An empty cell is a day without a close.
"""

import csv
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite, nan
from pathlib import Path

from bot.prices.source import NoPrices
from brokers.words import Bars, Symbol

DATES = ("date", "day", "timestamp", "__index_level_0__")
"""Names of the column of days; the last is what a data frame calls an index without a name."""
ADJUSTED = ("adj_close", "adjusted_close")


class BadFile(Exception):
    """A file of prices cannot be read as one; says the line."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as it stands: its header, and its rows numbered as an editor numbers lines."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[int, Sequence[object]], ...]

    def place(self, line: int) -> str:
        """Where something is."""
        return f"{self.path}:{line}"

    def dates(self) -> int:
        """Number of the column of days."""
        for name in DATES:
            if name in self.names:
                return self.names.index(name)
        raise BadFile(f"{self.place(1)}: there is no column {DATES[0]}")

    @property
    def names(self) -> tuple[str, ...]:
        """The header in lower case, as long files are read."""
        return tuple(name.lower().replace(" ", "_") for name in self.header)

    @property
    def is_long(self) -> bool:
        """Whether it is of one name."""
        return "close" in self.names or any(name in self.names for name in ADJUSTED)


def read_sheet(path: Path) -> Sheet:
    """The file at ``path``. Raises ``BadFile``, or ``NoPrices`` where a library is missing."""
    return _parquet(path) if path.suffix == ".parquet" else _csv(path)


def _csv(path: Path) -> Sheet:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            rows = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except (UnicodeDecodeError, csv.Error) as exc:
        raise BadFile(f"{path}: is no CSV file: {exc}") from exc
    except OSError as exc:
        raise BadFile(f"{path}: {exc.strerror}") from exc
    if not rows:
        raise BadFile(f"{path}: is empty")
    header = tuple(cell.strip() for cell in rows[0][1])
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            raise BadFile(f"{path}:{line}: {len(cells)} columns, the header has {len(header)}")
    return Sheet(path, header, tuple(rows[1:]))


def _parquet(path: Path) -> Sheet:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as exc:
        raise NoPrices(f"{path} cannot be read", "run: pip install 'trimtab[parquet]'") from exc
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as exc:
        raise BadFile(f"{path}: is no parquet file: {str(exc).splitlines()[0]}") from exc
    columns = [column.to_pylist() for column in table.columns]
    rows = enumerate(zip(*columns, strict=True), start=2)
    return Sheet(path, tuple(table.column_names), tuple(rows))


def long_bars(sheet: Sheet, symbol: Symbol, *, consolidated: bool) -> Bars:
    """The bars of the one name that a long file is of. Raises ``BadFile``.

    With adj_close volumes are scaled the other way, so that the value traded stays what it was.
    """
    names = sheet.names
    dates = sheet.dates()
    close = names.index("close") if "close" in names else None
    adjusted = next((names.index(name) for name in ADJUSTED if name in names), close)
    assert adjusted is not None, "it is a long file"
    volume = names.index("volume") if "volume" in names else None
    rows: list[tuple[date, float, float]] = []
    for line, cells in sheet.rows:
        price = _number(sheet, line, names[adjusted], cells[adjusted], above=0)
        if price is None:
            continue
        day = _day(sheet, line, cells[dates])
        shares = None if volume is None else _number(sheet, line, "volume", cells[volume])
        raw = price if close is None else _number(sheet, line, "close", cells[close], above=0)
        rows.append((day, price, nan if shares is None else shares * ((raw or price) / price)))
    return _bars(sheet, symbol, rows, volume is not None, consolidated=consolidated)


def wide_bars(sheet: Sheet, symbol: Symbol) -> Bars:
    """The closes of one name out of a wide file. Raises ``BadFile``."""
    dates, column = sheet.dates(), sheet.header.index(symbol)
    rows = [
        (_day(sheet, line, cells[dates]), price, nan)
        for line, cells in sheet.rows
        if (price := _number(sheet, line, symbol, cells[column], above=0)) is not None
    ]
    return _bars(sheet, symbol, rows, has_volume=False, consolidated=False)


def _bars(
    sheet: Sheet,
    symbol: Symbol,
    rows: list[tuple[date, float, float]],
    has_volume: bool,  # noqa: FBT001
    *,
    consolidated: bool,
) -> Bars:
    """Rows in order, old ones first; a day twice or out of its order is refused by line."""
    if len(rows) > 1 and rows[0][0] > rows[-1][0]:
        rows.reverse()
    for before, after in itertools.pairwise(rows):
        if after[0] <= before[0]:
            what = "is there twice" if after[0] == before[0] else f"stands after {before[0]}"
            raise BadFile(f"{_line_of(sheet, after[0])}: {after[0]} {what}")
    days, closes, volumes = zip(*rows, strict=True) if rows else ((), (), ())
    return Bars(
        symbol=symbol,
        days=days,
        closes=closes,
        volumes=volumes if has_volume else (),
        source=str(sheet.path.name),
        consolidated=consolidated and has_volume,
    )


def _line_of(sheet: Sheet, day: date) -> str:
    """Place of the last row of ``day``."""
    column = sheet.dates()
    lines = [line for line, cells in sheet.rows if _day(sheet, line, cells[column]) == day]
    return sheet.place(lines[-1])


def _day(sheet: Sheet, line: int, cell: object) -> date:
    match cell:
        case datetime():
            return cell.date()
        case date():
            return cell
        case str():
            try:
                return date.fromisoformat(cell.strip()[:10])
            except ValueError:
                pass
    raise BadFile(f"{sheet.place(line)}: {cell!r} is not a day, written as 2026-01-31")


def _number(
    sheet: Sheet, line: int, name: str, cell: object, *, above: float | None = None
) -> float | None:
    """The number in a cell, None where it is empty; it must be ``above``, or at least zero."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    try:
        number = float(cell)  # type: ignore[arg-type]  # what is no number says so
    except (TypeError, ValueError):
        number = nan
    if number != number and isinstance(cell, float):  # noqa: PLR0124  # how a data frame leaves a cell empty
        return None
    if not isfinite(number) or number < 0 or number == above:
        raise BadFile(f"{sheet.place(line)}: {name} is {cell!r}")
    return number


def names_in(sheet: Sheet) -> Iterator[str]:
    """The names that a wide file has columns of."""
    dates = sheet.dates()
    return (name for place, name in enumerate(sheet.header) if place != dates)
