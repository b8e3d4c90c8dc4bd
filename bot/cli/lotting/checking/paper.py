"""A broker's statement against the lots of the book, as of the statement's own day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.exits import WrongUse
from bot.household.relief import rules_of
from bot.importers.formats import read_statement
from bot.importers.mapping import Columns
from bot.importers.nouns import Frame, Item, Kind
from bot.importers.text import read_text
from brokers.words import Transfer
from strategies.lots import TRADE_ZONE, Ledger, Lot, Realized, ledger, trade_date
from strategies.lots.statement import Difference, Key, Line, differences, of_lots, of_sales

if TYPE_CHECKING:
    from decimal import Decimal

    from bot.book.book import Book
    from bot.config.settings import AccountConfig

PLAIN = ("symbol", "quantity", "acquired", "basis")
"""A file with these columns needs no format: of whatever broker, typed if need be."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a statement tells of lots: those that are open on ``day``, and those sold up to it."""

    lots: tuple[Lot, ...]
    sold: tuple[Realized, ...]
    day: date


def read_paper(path: Path, number: str | None, today: date) -> Paper:
    """Raises ``BadImport`` with what is wrong in the file, ``WrongUse`` where it tells no lots."""
    text, frame = read_text(path), Frame(path.name, today)
    statement = read_statement(text, frame, columns=_plain(text))
    items = [one for one in statement.items if one.kind in {Kind.LOT, Kind.CLOSED}]
    numbers = sorted({one.number for one in items})
    if number is not None:
        items = [one for one in items if one.number == number]
    elif len(numbers) > 1:
        raise WrongUse(f"{path} tells of accounts {', '.join(numbers)}", "--number says which")
    if not items:
        raise WrongUse(f"{path} tells of no lots", f"a CSV of {', '.join(PLAIN)} will do")
    return _paper(items)


def _plain(text: str) -> Columns | None:
    head = text.lstrip("\ufeff").splitlines()[:1]
    names = {cell.strip().strip('"').lower() for line in head for cell in line.split(",")}
    return Columns("lots", {name: name for name in PLAIN}, {}) if names == set(PLAIN) else None


def _paper(items: Sequence[Item]) -> Paper:
    lots, sold = list[Lot](), list[Realized]()
    day = date.min
    for item in items:
        told = item.what
        assert isinstance(told, Transfer), "lots are told by transfers"
        on = told.time.astimezone(TRADE_ZONE).date()
        day = max(day, on)
        lot = _lot(told, str(item.place))
        if item.kind is Kind.LOT:
            lots.append(lot)
        else:
            part = (lot.lot_id, lot.symbol, lot.quantity)
            sold.append(Realized(*part, told.quantity, lot.cost, lot.acquired, on))
    return Paper(tuple(lots), tuple(sold), day)


def _lot(told: Transfer, name: str) -> Lot:
    cost = told.unit_cost
    return Lot(name, told.symbol, told.quantity, cost, told.acquired, told.currency)


def held_against(
    paper: Paper, account: "AccountConfig", book: "Book", washed: "dict[Key, Decimal]"
) -> tuple[int, tuple[Difference, ...]]:
    """How many lines were compared, and those that differ."""
    ours = _as_of(paper.day, account, book)
    lines: list[tuple[dict[Key, Line], dict[Key, Line]]] = []
    if paper.lots:
        held = [lot for lots in ours.lots.values() for lot in lots]
        lines.append((of_lots(held), of_lots(paper.lots)))
    if paper.sold:
        days = {one.sold for one in paper.sold}
        sold = [one for one in ours.realized if one.quantity and one.sold in days]
        lines.append((of_sales(sold), of_sales(paper.sold)))
    found = [one for mine, theirs in lines for one in differences(mine, theirs, washed)]
    return sum(len(theirs) for _, theirs in lines), tuple(found)


def _as_of(day: date, account: "AccountConfig", book: "Book") -> Ledger:
    name = account.account
    return ledger(
        [one for one in book.executions(name) if trade_date(one) <= day],
        [one for one in book.transfers(name) if one.time.astimezone(TRADE_ZONE).date() <= day],
        book.corporate_actions(name),
        rules_of(name, account.policy.tax, book),
        day,
    )
