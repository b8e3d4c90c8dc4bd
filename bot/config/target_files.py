"""What strategies are given in CSV files: ``symbol``, one number, and the ``date`` that it is of.

    symbol,cap,date
    AAPL,3400,2026-10-30
    MSFT,3100,2026-10-30

All that is in a file is as old as its oldest line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from bot.config.kinds import SYMBOL
from bot.config.mistakes import Mistake, shown
from bot.config.model_file import Rows, read_rows
from bot.config.own_code import MeansFile
from bot.config.target_table import TargetTable
from bot.config.values import Typed, exact_number
from brokers.words import Symbol
from strategies.policy.target import Dated

COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Given:
    """What the files of one target say; None where there is no file."""

    means: Dated | None = None
    caps: Dated | None = None
    benchmark: Dated | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of file: the name of its number, from where to where it goes, and what it is."""

    column: str
    low: Decimal
    high: Decimal
    what: str


MEANS = Sort("mean", Decimal(-1), Decimal(10), "a return a year from -1 to 10 (0.05 is 5 %)")
CAPS = Sort("cap", Decimal(0), Decimal("1e18"), "a market capitalisation, not negative")
BENCHMARK = Sort("weight", Decimal(0), Decimal(1), "a weight from 0 to 1 (0.05 is 5 %)")


def read_given(target: TargetTable, folder: Path) -> tuple[Given, list[Mistake]]:
    """All files that ``target`` names, and every mistake in them by line."""
    mistakes: list[Mistake] = []

    def read(name: str | None, sort: Sort) -> Dated | None:
        if name is None:
            return None
        dated, found = read_dated(folder / name, sort)
        mistakes.extend(found)
        return dated

    named = target.means.value if isinstance(target.means, MeansFile) else None
    means = read(named, MEANS)
    caps = read(target.caps, CAPS)
    return Given(means, caps, read(target.benchmark, BENCHMARK)), mistakes


def read_dated(path: Path, sort: Sort) -> tuple[Dated | None, list[Mistake]]:
    """The numbers in ``path``, or every mistake in it."""
    rows, unread = read_rows(path)
    if unread:
        return None, unread
    header = ["symbol", sort.column, "date"]
    if not rows or [cell.lower() for cell in rows[0][1]] != header:
        problem = f"must begin with the header {','.join(header)}"
        return None, [Mistake(str(path), 1, "", None, problem)]
    mistakes = list(_mistakes(rows[1:], sort, path))
    if mistakes:
        return None, mistakes
    if len(rows) == 1:
        return None, [Mistake(str(path), 1, "", None, "has no line below its header")]
    values = tuple((Symbol(cells[0]), Decimal(cells[1])) for _, cells in rows[1:])
    oldest = min(date.fromisoformat(cells[2]) for _, cells in rows[1:])
    return Dated(values, oldest, path.name), []


def _mistakes(rows: Rows, sort: Sort, path: Path) -> Iterator[Mistake]:
    seen: set[str] = set()
    for line, cells in rows:
        if problem := _problem(cells, sort, seen):
            yield Mistake(str(path), line, "", shown(",".join(cells)), problem)
        else:
            seen.add(cells[0])


def _problem(cells: list[str], sort: Sort, seen: set[str]) -> str:
    """What is wrong with one row."""
    if len(cells) != COLUMNS:
        return f"must be a symbol, {sort.what} and a date"
    if not re.fullmatch(SYMBOL, cells[0], re.ASCII):
        return "the symbol must be 1 to 12 capital letters, digits, dots or dashes"
    if cells[0] in seen:
        return "this symbol has its line already"
    number = exact_number(Typed(cells[1]))
    if number is None or not sort.low <= number <= sort.high:
        return f"the {sort.column} must be {sort.what}"
    try:
        date.fromisoformat(cells[2])
    except ValueError:
        return "the date must be a day like 2026-01-31"
    return ""
