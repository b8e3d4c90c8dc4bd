"""A file of trades: ten columns in any order, and every cell that is wrong told by its place.

    date,account,kind,symbol,side,quantity,price,fee,lot,order

Nothing is guessed: a file with one bad row gives no trades at all.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from typing_extensions import override

from strategies.washes.nouns import SPLIT, BadTrade, Trade

COLUMNS = ("date", "account", "kind", "symbol", "side", "quantity", "price", "fee", "lot", "order")
MAY_LACK = ("fee", "lot", "order")
"""Columns that may be left out: their cells may be empty, too."""
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
SHOWN_MAX = 40
TOLD_MAX = 20
"""Bad cells that are told at once; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; the first is 1, as an editor counts."""

    file: str
    line: int

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Told:
    """A trade, and where it stands."""

    trade: Trade
    place: Place


class BadTrades(Exception):
    """Rows that cannot be used, a line for each: file, line, column, what is wrong."""

    def __init__(self, said: Iterable[str], remedy: str = "") -> None:
        """Keep the first of them, and how many more there are."""
        lines = [*said]
        more = [f"and {len(lines) - TOLD_MAX} more"] if len(lines) > TOLD_MAX else []
        super().__init__("\n".join([*lines[:TOLD_MAX], *more]))
        self.remedy = remedy or "docs/tax.md tells every column"


def at(place: Place, error: BadTrade) -> BadTrades:
    """What the ledger refuses, with the place of the row."""
    return BadTrades([f"{place}: {error.field}: {error.what}"], error.remedy)


def read(path: Path) -> tuple[Told, ...]:
    """Every trade of the file; raises ``BadTrades``, and ``OSError`` where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadTrades([f"{path}: no text in UTF-8"], "save it as CSV in UTF-8") from exc
    wrong: list[str] = []
    found = [*_rows(str(path), text, wrong)]
    if wrong:
        raise BadTrades(wrong)
    return tuple(found)


def _rows(file: str, text: str, wrong: list[str]) -> Iterator[Told]:
    lines = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = [name.strip().lower() for name in next(filter(any, lines), [])]
        _check_header(file, header)
        for cells in lines:
            place = Place(file, lines.line_num)
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) == len(header):
                row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
                trade = _trade(dict.fromkeys(MAY_LACK, "") | row, place, wrong)
                if trade is not None:
                    yield Told(trade, place)
            else:
                wrong.append(f"{place}: {len(cells)} cells under {len(header)} columns")
    except csv.Error as exc:
        wrong.append(f"{file}:{lines.line_num}: no CSV: {exc}")


def _check_header(file: str, header: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in header and name not in MAY_LACK]
    if missing:
        what = f"{file}:1: there is no column {', '.join(missing)}"
        raise BadTrades([what], f"begin with the line {','.join(COLUMNS)}")
    twice = [name for name in COLUMNS if header.count(name) > 1]
    if twice:
        raise BadTrades([f"{file}:1: column {twice[0]} is there twice"], "leave one of them")


def _trade(row: Mapping[str, str], place: Place, wrong: list[str]) -> Trade | None:
    """The trade of a row, or None with what is wrong added to ``wrong``."""
    before = len(wrong)
    side = row["side"].lower()
    names = (name for name in ("account", "lot", "order") if not row[name].isprintable())
    wrong += [f"{place}: {name}: {row[name]!r} is no name" for name in names]
    trade = Trade(
        day=_day(row["date"], place, wrong),
        account=row["account"],
        kind=row["kind"].lower(),
        symbol=row["symbol"].upper(),
        side=side,
        quantity=_number(row, "quantity", place, wrong),
        price=_number(row, "price", place, wrong, may_lack=side == SPLIT),
        fee=_number(row, "fee", place, wrong, may_lack=True),
        lot=row["lot"],
        order=row["order"],
    )
    return trade if len(wrong) == before else None


def _day(cell: str, place: Place, wrong: list[str]) -> date:
    try:
        if DAY.fullmatch(cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass  # said below, as every other word that is no day
    wrong.append(f"{place}: date: {_shown(cell)} is no day like 2026-01-31")
    return date.min


def _number(
    row: Mapping[str, str], name: str, place: Place, wrong: list[str], *, may_lack: bool = False
) -> Decimal:
    cell = row[name]
    if not cell and may_lack:
        return Decimal(0)
    if NUMBER.fullmatch(cell):
        return Decimal(cell)
    wrong.append(f"{place}: {name}: {_shown(cell)} is no number like 1234.56")
    return Decimal(0)


def _shown(cell: str) -> str:
    if not cell:
        return "an empty cell"
    return f'"{cell}"' if len(cell) <= SHOWN_MAX else f'"{cell[:SHOWN_MAX]}..."'
