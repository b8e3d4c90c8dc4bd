"""Statements in the forms of large brokers, written for these tests, and how they are read here."""

from datetime import date
from pathlib import Path

from bot.importers.formats import read_statement
from bot.importers.mapping import Columns
from bot.importers.nouns import Frame, Item, Kind, Statement
from bot.importers.text import read_text
from brokers.words import CashFlow, Execution, Split, Transfer

FOLDER = Path(__file__).parent / "statements"
FILES = tuple(sorted(FOLDER.iterdir()))
TODAY = date(2026, 1, 20)


def frame(file: str, *skip: str) -> Frame:
    return Frame(file, TODAY, skip=frozenset(skip))


def sample(name: str) -> Statement:
    """A file of the folder."""
    return read_statement(read_text(FOLDER / name), frame(name))


def told(text: str, form: str = "auto", columns: Columns | None = None) -> Statement:
    """A text as if it were a file ``f``."""
    return read_statement(text, frame("f"), form, columns)


def line(item: Item) -> str:
    """An item in a line that an accountant can read."""
    what = item.what
    match what:
        case Execution() as e:
            fee = f" fee {e.fee:f}" if e.fee else ""
            body = f"{e.side} {e.quantity:f} {e.symbol} at {e.price:f}{fee}"
            return f"{item.place.line}: {e.time:%Y-%m-%d %H:%M} {body}"
        case Transfer() as t:
            cost = "?" if t.unit_cost is None else f"{(t.unit_cost * t.quantity).normalize():f}"
            days = f"{t.acquired} as of {t.time:%Y-%m-%d}"
            return f"{item.place.line}: {item.kind} {t.quantity:f} {t.symbol} for {cost} of {days}"
        case CashFlow() as f:
            symbol = f" {f.symbol}" if f.symbol else ""
            return f"{item.place.line}: {f.time:%Y-%m-%d} {f.kind} {f.amount:f}{symbol}"
        case Split() as s:
            return f"{item.place.line}: split {s.symbol} {s.ratio:f} on {s.effective}"


def lines(statement: Statement, *kinds: Kind) -> list[str]:
    """All of them, or those of some kinds."""
    return [line(item) for item in statement.items if not kinds or item.kind in kinds]
