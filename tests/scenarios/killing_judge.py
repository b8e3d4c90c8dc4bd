"""What is true after a kill, by what the broker has kept and by the rows of the book.

It reads both with means of its own and knows nothing of the project.
"""

import json
import pickle
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

SIGNS = {"buy": 1, "BUY": 1, "sell": -1, "SELL": -1}


@dataclass(slots=True)
class Truth:
    """What happened, as one side has it: shares filled by our key, and shares held."""

    orders: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    filled: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)


def told_by_alpaca(kept: Path) -> Truth:
    """By what the stand-in wrote down."""
    account = json.loads(kept.read_text())
    found = Truth(held=Counter({s: Decimal(q) for s, q in account["positions"].items()}))
    for order in account["orders"]:
        key = order["body"]["client_order_id"]
        found.orders.append(key)
        found.filled[key] += Decimal(order["filled"])
        if order["status"] in {"new", "accepted", "partially_filled", "pending_cancel"}:
            found.live.append(key)
    return found


def told_by_tws(kept: Path) -> Truth:
    """By what the gateway's stand-in wrote down."""
    books = pickle.loads(kept.read_bytes())  # noqa: S301 - of our own stand-in
    (account,) = books.accounts.values()
    found = Truth()
    for holding in account.holdings.values():
        found.held[holding.listing.symbol] += holding.shares
    for order in books.orders:
        found.orders.append(order.wanted.ref)
        found.filled[order.wanted.ref] += order.filled
        if order.is_live:
            found.live.append(order.wanted.ref)
    return found


READERS = {"alpaca": told_by_alpaca, "ibkr": told_by_tws}
INTENTS = "SELECT key FROM intents"
LATEST = """
    SELECT key, symbol, side, quantity FROM executions AS e
    WHERE version = (SELECT max(version) FROM executions AS o WHERE o.root = e.root)"""


def told_by_book(book: str) -> Truth:
    """By the rows, of a file or a server: intents, and the latest version of each execution."""
    if "://" not in book:
        with closing(sqlite3.connect(book)) as rows:
            assert rows.execute("PRAGMA integrity_check").fetchone() == ("ok",), "the book is torn"
            return _truth_of(list(rows.execute(INTENTS)), list(rows.execute(LATEST)))
    with psycopg.connect(book.replace("postgresql+psycopg", "postgresql")) as server:
        return _truth_of(server.execute(INTENTS).fetchall(), server.execute(LATEST).fetchall())


def _truth_of(intents: list[Any], executions: list[Any]) -> Truth:
    """Added up."""
    found = Truth(orders=[key for (key,) in intents])
    for key, symbol, side, quantity in executions:
        found.filled[key] += Decimal(quantity)
        found.held[symbol] += SIGNS[side] * Decimal(quantity)
    return found


def broken(kept: Path, book: str, broker: str) -> list[str]:
    """What is wrong at any moment, also right after a kill: an order twice, or without intent."""
    theirs, ours = READERS[broker](kept), told_by_book(book)
    wrong = [f"sent twice: {key}" for key, count in Counter(theirs.orders).items() if count > 1]
    return wrong + [f"no intent: {key}" for key in theirs.orders if key not in ours.orders]


def judged(kept: Path, book: str, broker: str) -> list[str]:
    """Everything that is wrong after a kill and the slot that followed it."""
    theirs, ours = READERS[broker](kept), told_by_book(book)
    wrong = broken(kept, book, broker)
    wrong += [f"still in the market: {key}" for key in theirs.live]
    if +theirs.filled != +ours.filled:
        wrong.append(f"filled {dict(theirs.filled)}, booked {dict(ours.filled)}")
    if +theirs.held != +ours.held:
        wrong.append(f"holds {dict(theirs.held)}, booked {dict(ours.held)}")
    return wrong
