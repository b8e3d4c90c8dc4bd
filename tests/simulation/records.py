"""What the two files say, read by SQL and nothing else: the bot's book, and the exchange's ledger.

Nothing here is the project's: who judges a machine does not ask the machine.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Row = tuple[Any, ...]
NEW_YORK = ZoneInfo("America/New_York")
ZERO = Decimal(0)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, to be read only."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        yield connection


def rows(connection: sqlite3.Connection, query: str, *given: object) -> list[Row]:
    """What the file says."""
    return connection.execute(query, given).fetchall()


@dataclass(frozen=True, slots=True)
class Done:
    """Shares that changed hands, by the last word on them."""

    root: str
    version: int
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    time: str

    @property
    def moved(self) -> Decimal:
        """Shares that came."""
        return self.quantity if self.side == "buy" else -self.quantity

    @property
    def cash(self) -> Decimal:
        """Money that came."""
        return -self.moved * self.price - self.fee


def _done(row: Row) -> Done:
    root, version, symbol, side, *numbers, time = row
    return Done(root, version, symbol, side, *map(Decimal, numbers), time)


def book_done(book: sqlite3.Connection) -> dict[str, Done]:
    """The last version of each execution in the book, by its root."""
    query = (
        "SELECT root, version, symbol, side, quantity, price, fee, time FROM executions"
        " ORDER BY version"
    )
    return {row[0]: _done(row) for row in rows(book, query)}


def true_done(ledger: sqlite3.Connection) -> dict[str, Done]:
    """The same, as the exchange wrote it down."""
    first = rows(ledger, "SELECT seq, symbol, side, quantity, price, fee, time FROM executions")
    later = rows(ledger, "SELECT seq, version, quantity, price, fee FROM versions ORDER BY version")
    last = {seq: rest for seq, *rest in later}
    made = {}
    for seq, symbol, side, quantity, price, fee, time in first:
        version, *numbers = last.get(seq, (1, quantity, price, fee))
        made[f"E{seq:08d}"] = _done((f"E{seq:08d}", version, symbol, side, *numbers, time))
    return made


def day_of(time: str) -> str:
    """The day in New York that a moment lies on."""
    return datetime.fromisoformat(time).astimezone(NEW_YORK).date().isoformat()


def book_shares(book: sqlite3.Connection) -> dict[str, Decimal]:
    """What the book adds up to, name by name; actions come first on their day."""
    acts = rows(
        book,
        "SELECT effective, symbol, coalesce(ratio, '1'), new_symbol FROM corporate_actions",
    )
    moved = rows(book, "SELECT time, symbol, quantity FROM transfers")
    return _added_up(book_done(book).values(), moved, acts)


def true_shares(ledger: sqlite3.Connection) -> dict[str, Decimal]:
    """What the exchange's own rows add up to."""
    acts = rows(ledger, "SELECT effective, symbol, ratio, new_symbol FROM actions")
    moved = rows(ledger, "SELECT time, symbol, quantity FROM transfers")
    return _added_up(true_done(ledger).values(), moved, acts)


def _added_up(done: Iterable[Done], moved: list[Row], acts: list[Row]) -> dict[str, Decimal]:
    events: list[tuple[str, int, str, Row]] = []
    events += [(day, 0, "", (old, Decimal(ratio), new)) for day, old, ratio, new in acts]
    events += [(day_of(t), 1, t, (s, Decimal(quantity))) for t, s, quantity in moved]
    events += [(day_of(each.time), 1, each.time, (each.symbol, each.moved)) for each in done]
    held: dict[str, Decimal] = {}
    for _, kind, _, what in sorted(events, key=lambda event: event[:3]):
        if kind == 0:
            old, ratio, new = what
            shares = held.pop(old, ZERO) * ratio
            held[new or old] = held.get(new or old, ZERO) + shares
        else:
            symbol, quantity = what
            held[symbol] = held.get(symbol, ZERO) + quantity
    return {symbol: quantity for symbol, quantity in held.items() if quantity}


def book_cash(book: sqlite3.Connection) -> Decimal:
    """Cash that the book adds up to."""
    flows = rows(book, "SELECT amount FROM cash_flows")
    return sum((Decimal(a) for (a,) in flows), ZERO) + sum(
        (each.cash for each in book_done(book).values()), ZERO
    )


def true_cash(ledger: sqlite3.Connection) -> Decimal:
    """Cash that the exchange's rows add up to."""
    flows = rows(ledger, "SELECT amount FROM flows")
    return sum((Decimal(a) for (a,) in flows), ZERO) + sum(
        (each.cash for each in true_done(ledger).values()), ZERO
    )
