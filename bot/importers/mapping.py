"""A CSV of any other broker, by a file of its owner that says what its columns are.

The file is TOML: ``tells`` is ``trades``, ``lots`` or ``positions``; ``[columns]`` names for each
column of ours the heading in the file; ``[sides]`` the words for a buy, a sale, and what to skip.
docs/import.md has an example of each.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, Literal, cast

from bot.importers.cells import DAYS, Cells, at_hour, on_day
from bot.importers.nouns import BadImport, Frame, Item, Kind
from bot.importers.rows import Deal, Held, Told, lot, refuse_move, trade
from bot.importers.sheets import Head, Title, head, plain, tables
from brokers.words import Currency, Side

Tells = Literal["trades", "lots", "positions"]

COLUMNS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "trades": (
        ("symbol", "quantity", "price", "day"),
        ("side", "fee", "time", "id", "order", "account", "currency"),
    ),
    "lots": (("symbol", "quantity", "acquired"), ("basis", "unit_cost", "account", "currency")),
    "positions": (("symbol", "quantity"), ("account", "currency")),
}
"""Columns of ours that a file must have, and that it may have."""

KEYS: Final = frozenset({"tells", "delimiter", "decimal", "day", "currency", "columns", "sides"})


@dataclass(frozen=True, slots=True)
class Columns:
    """What a mapping says, checked."""

    tells: Tells
    columns: Mapping[str, str]
    sides: Mapping[str, str]
    delimiter: str = ","
    decimal_comma: bool = False
    day_forms: tuple[str, ...] = DAYS
    currency: str = ""

    @property
    def head(self) -> Head:
        """The headings that the file must have."""
        needed = COLUMNS[self.tells][0]
        return head(self.tells, *(plain(self.columns[name]) for name in needed))


def read_mapping(path: Path) -> Columns:
    """The mapping in ``path``. Raises ``BadImport`` with every mistake, ``OSError`` without it."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise BadImport([f"{path.name}: no TOML: {exc}"], REMEDY) from exc
    wrong = [*_mistakes(told)]
    if wrong:
        raise BadImport([f"{path.name}: {what}" for what in wrong], REMEDY)
    sides = cast("dict[str, list[str]]", told.get("sides", {}))
    day = told.get("day")
    return Columns(
        tells=told["tells"],
        columns={name: str(heading) for name, heading in told["columns"].items()},
        sides={word.lower(): side for side, words in sides.items() for word in words},
        delimiter=told.get("delimiter", ","),
        decimal_comma=told.get("decimal", ".") == ",",
        day_forms=DAYS if day is None else (day,),
        currency=told.get("currency", ""),
    )


REMEDY = "docs/import.md has a mapping to begin with"


def _mistakes(told: dict[str, object]) -> Iterator[str]:
    for key in sorted(told.keys() - KEYS):
        yield f"{key}: there is no such key; there is: {', '.join(sorted(KEYS))}"
    tells, columns = told.get("tells"), told.get("columns")
    if not isinstance(tells, str) or tells not in COLUMNS:
        yield f"tells: it is one of {', '.join(COLUMNS)}"
        return
    if not isinstance(columns, dict) or not all(isinstance(v, str) for v in columns.values()):
        yield "[columns]: it names for each column of ours the heading in the file"
        return
    needed, more = COLUMNS[tells]
    yield from (f"columns.{name}: it is missing" for name in needed if name not in columns)
    for name in sorted(columns.keys() - {*needed, *more}):
        allowed = ", ".join((*needed, *more))
        yield f"columns.{name}: {tells} have no such column; they have {allowed}"
    if tells == "lots" and not columns.keys() & {"basis", "unit_cost"}:
        yield "columns.basis: it is missing (of the whole lot, or unit_cost of a share)"
    yield from _odd_values(told)


def _odd_values(told: dict[str, object]) -> Iterator[str]:
    if not isinstance(told.get("delimiter", ","), str) or len(str(told.get("delimiter", ","))) != 1:
        yield "delimiter: it is one character"
    if told.get("decimal", ".") not in {".", ","}:
        yield 'decimal: it is "." or ","'
    day = told.get("day", "%Y-%m-%d")
    if not isinstance(day, str) or not _is_form(day):
        yield 'day: it is a form like "%d.%m.%Y"'
    if not isinstance(told.get("currency", ""), str):
        yield 'currency: it is a word like "USD"'
    sides = told.get("sides", {})
    kinds = {"buy", "sell", "skip"}
    if not isinstance(sides, dict) or not all(
        name in kinds and isinstance(words, list) and all(isinstance(w, str) for w in words)
        for name, words in sides.items()
    ):
        yield "[sides]: buy, sell and skip are lists of words"


def _is_form(day: str) -> bool:
    return all(
        sign in day.replace("%y", "%Y").replace("%b", "%m").replace("%B", "%m")
        for sign in ("%d", "%m", "%Y")
    )


def read_mapped(text: str, frame: Frame, mapping: Columns) -> Iterator[Item]:
    """Everything that the file says by ``mapping``."""
    headings = {ours: plain(theirs) for ours, theirs in mapping.columns.items()}
    found = False
    for row in tables(text, [mapping.head], frame, mapping.delimiter):
        if isinstance(row, Title):
            continue
        found = True
        by = {ours: row.cells.by.get(theirs, "") for ours, theirs in headings.items()}
        cells = Cells(row.cells.place, by, frame, mapping.decimal_comma, mapping.day_forms)
        currency = Currency(cells.text("currency") or mapping.currency or frame.base)
        told = Told(cells.place, cells.text("account"), currency)
        yield from _items(cells, told, mapping)
    if not found and not frame.wrong:
        needed = ", ".join(mapping.columns[name] for name in COLUMNS[mapping.tells][0])
        what = f"{frame.at(1)}: no row below a line with the headings {needed}"
        raise BadImport([what], "see that [columns] names them as the file does")


def _items(cells: Cells, told: Told, mapping: Columns) -> Iterator[Item]:
    match mapping.tells:
        case "trades":
            yield from _trade(cells, told, mapping)
        case "lots":
            quantity, basis = cells.number("quantity"), cells.number_or_none("basis")
            unit = cells.number_or_none("unit_cost")
            if basis is None and unit is not None:
                basis = unit * quantity
            day = cells.frame.today
            yield lot(
                Held(cells.symbol("symbol"), quantity, basis, cells.day("acquired"), day), told
            )
        case "positions":
            day = cells.frame.today
            held = Held(cells.symbol("symbol"), cells.number("quantity"), None, day, day)
            yield lot(held, told, Kind.POSITION)


def _trade(cells: Cells, told: Told, mapping: Columns) -> Iterator[Item]:
    quantity = cells.number("quantity")
    side = _side(cells, mapping, is_buy=quantity > 0)
    if side is None:
        return
    deal = Deal(
        cells.symbol("symbol"),
        side,
        abs(quantity),
        cells.number("price"),
        on_day(cells.day("day")) if not cells.text("time") else _timed(cells),
        abs(cells.amount("fee")),
        cells.text("id"),
        cells.text("order"),
    )
    yield trade(deal, told)


def _timed(cells: Cells) -> datetime:
    day = cells.day("day")
    try:
        return at_hour(day, cells.text("time"))
    except ValueError:
        cells.wrong("time", "is no hour like 09:30:05")
        return on_day(date(1970, 1, 1))


def _side(cells: Cells, mapping: Columns, *, is_buy: bool) -> Side | None:
    """By its word; by the sign of the quantity where no column tells it."""
    if "side" not in mapping.columns:
        return Side.BUY if is_buy else Side.SELL
    word = cells.text("side")
    known = mapping.sides.get(word.lower())
    if known is None and word.lower() in {"buy", "sell"}:
        known = word.lower()
    if known is None:
        refuse_move(
            cells.frame, cells.place, word, cells.text("symbol"), ": [sides] has no such word"
        )
    return None if known in {None, "skip"} else Side(known)
