"""What must hold when a play is over: read from the two files by SQL, not by what wrote them."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

OURS = "key NOT LIKE 'HAND-%'"
CENT, ZERO = Decimal("0.01"), Decimal(0)

ENDS = ("refused", "absent", "filled", "cancelled", "expired", "rejected", "blocked")


@dataclass(frozen=True, slots=True)
class Files:
    """The bot's book and the exchange's ledger."""

    book: sqlite3.Connection
    ledger: sqlite3.Connection


def wrong(book: Path, ledger: Path) -> tuple[str, ...]:
    """All that does not hold, in sentences."""
    with closing(_open(book)) as one, closing(_open(ledger)) as other:
        files = Files(one, other)
        return tuple(said for check in CHECKS for said in check(files))


@dataclass(frozen=True, slots=True)
class Truth:
    """What a broker has in its own books: keys of orders and whether they are open, and shares."""

    orders: tuple[tuple[str, bool], ...]
    held: dict[str, str]


def untrue(book: Path, truth: Truth) -> tuple[str, ...]:
    """All that does not hold of a book at a broker that tells its books another way."""
    with closing(_open(book)) as one, closing(sqlite3.connect(":memory:")) as other:
        other.execute("CREATE TABLE orders (key TEXT, status TEXT)")
        rows = [(key, "open" if is_open else "done") for key, is_open in truth.orders]
        other.executemany("INSERT INTO orders VALUES (?, ?)", rows)
        files = Files(one, other)
        said = [said for check in ANYWHERE for said in check(files)]
        return (*said, *_shares(one, truth.held))


def _shares(book: sqlite3.Connection, held: dict[str, str]) -> Iterator[str]:
    query = "SELECT root, symbol, side, quantity FROM executions ORDER BY version"
    ours: dict[str, Decimal] = {}
    for symbol, side, quantity in {row[0]: row[1:] for row in book.execute(query)}.values():
        sign = 1 if side == "buy" else -1
        ours[symbol] = ours.get(symbol, ZERO) + sign * Decimal(quantity)
    for symbol in sorted(ours.keys() | held.keys()):
        theirs = Decimal(held.get(symbol, ZERO))
        if ours.get(symbol, ZERO) != theirs:
            yield f"{symbol}: the book has {ours.get(symbol, ZERO)} shares, the broker {theirs}"


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def _meant_and_sent(files: Files) -> Iterator[str]:
    meant = set(files.book.execute("SELECT key FROM intents"))
    sent = set(files.book.execute("SELECT key FROM order_events WHERE kind = 'sent'"))
    placed = files.ledger.execute(f"SELECT key FROM orders WHERE {OURS}").fetchall()  # noqa: S608 our own
    for key in placed:
        if key not in meant:
            yield f"order {key[0]} is at the exchange, and the book never meant it"
        elif key not in sent:
            yield f"order {key[0]} is at the exchange, and the book never sent it"
    if len(set(placed)) < len(placed):
        yield "one order is at the exchange twice"


def _ended(files: Files) -> Iterator[str]:
    last = dict(files.book.execute("SELECT key, kind FROM order_events ORDER BY seq").fetchall())
    for (key,) in files.book.execute("SELECT key FROM intents"):
        if last.get(key) not in ENDS:
            yield f"what became of order {key} is not known: {last.get(key) or 'only meant'}"
    for (key,) in files.ledger.execute(f"SELECT key FROM orders WHERE status = 'open' AND {OURS}"):  # noqa: S608
        yield f"order {key} is still in the market"


Word = tuple[int, Decimal, Decimal, Decimal]
"""Version, quantity, price, fee."""


def _executions(files: Files) -> Iterator[str]:
    true, ours = _true_words(files.ledger), _our_words(files.book)
    for root in sorted(true.keys() - ours.keys()):
        yield f"execution {root} is not in the book"
    for root in sorted(ours.keys() - true.keys()):
        yield f"execution {root} of the book never happened"
    for root in sorted(true.keys() & ours.keys()):
        if true[root] != ours[root]:
            yield f"execution {root}: the book has {ours[root]}, the exchange {true[root]}"


def _true_words(ledger: sqlite3.Connection) -> dict[str, Word]:
    first = ledger.execute("SELECT seq, 1, quantity, price, fee FROM executions").fetchall()
    later = ledger.execute(
        "SELECT seq, version, quantity, price, fee FROM versions ORDER BY version"
    )
    return {f"E{row[0]:08d}": _word(row) for row in [*first, *later]}


def _our_words(book: sqlite3.Connection) -> dict[str, Word]:
    query = "SELECT root, version, quantity, price, fee FROM executions ORDER BY version"
    return {row[0]: _word(row) for row in book.execute(query)}


def _word(row: Sequence[Any]) -> Word:
    return row[1], Decimal(row[2]), Decimal(row[3]), Decimal(row[4])


def _cash(files: Files) -> Iterator[str]:
    ours = _sum(files.book, "SELECT amount FROM cash_flows") + _spent(
        files.book, "SELECT root, version, side, quantity, price, fee FROM executions"
    )
    sides = dict(files.ledger.execute("SELECT seq, side FROM executions"))
    true = _sum(files.ledger, "SELECT amount FROM flows")
    for root, (_, quantity, price, fee) in _true_words(files.ledger).items():
        true += _paid(sides[int(root[1:])], quantity, price, fee)
    if abs(ours - true) >= CENT:
        yield f"the book has {ours} of cash, the exchange {true}"


def _sum(connection: sqlite3.Connection, query: str) -> Decimal:
    return sum((Decimal(amount) for (amount,) in connection.execute(query)), ZERO)


def _spent(connection: sqlite3.Connection, query: str) -> Decimal:
    last = {row[0]: row for row in sorted(connection.execute(query), key=lambda row: row[1])}
    return sum((_paid(side, *map(Decimal, rest)) for _, _, side, *rest in last.values()), ZERO)


def _paid(side: str, quantity: Decimal, price: Decimal, fee: Decimal) -> Decimal:
    return quantity * price * (-1 if side == "buy" else 1) - fee


def _tied_out(files: Files) -> Iterator[str]:
    last = files.book.execute("SELECT ok, text FROM tieouts ORDER BY seq DESC LIMIT 1").fetchone()
    if last is None or not last[0]:
        yield f"book and broker do not agree: {last[1] if last else 'they were never compared'}"


def _on_course(files: Files) -> Iterator[str]:
    """A name that is left alone until somebody looks at its price is no halt."""
    wide = "SELECT scope, state FROM halts WHERE scope NOT LIKE '%/%' ORDER BY seq"
    newest = dict(files.book.execute(wide).fetchall())
    if set(newest.values()) - {"active"}:
        yield "trading is still halted, although its owner looked and resumed"


ANYWHERE: Sequence[Callable[[Files], Iterator[str]]] = (
    _meant_and_sent,
    _ended,
    _tied_out,
    _on_course,
)
CHECKS: Sequence[Callable[[Files], Iterator[str]]] = (*ANYWHERE, _executions, _cash)
