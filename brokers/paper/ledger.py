"""The paper exchange's own memory: one SQLite file, apart from the bot's book, that outlives us.

Several accounts may share a file, and several processes an account: whoever acts first takes the
file's write lock, and counts the account's ``revision`` up when it changed anything. A commit is
in the file before the call returns, so a killed process loses nothing that it was told.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from brokers.broker import Misconfigured, Unreachable
from brokers.paper import schema
from brokers.paper.records import Booked, Trade
from brokers.paper.schema import (
    FLOW_COLUMNS,
    ORDER_COLUMNS,
    TRADE_COLUMNS,
    moment_of,
    order_row,
    stamp,
    trade_row,
)
from brokers.words import AccountId, CashFlow, Currency, OrderKey, Symbol

BUSY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Opened:
    """An account as it was opened, and how far it has come."""

    fingerprint: str
    base: Currency
    opened_at: datetime
    looked_at: datetime
    revision: int


class Ledger:
    """Rows of one account in the file at ``path``, for one thread at a time.

    What is written, is written inside ``writing``.
    """

    def __init__(self, path: Path, account: AccountId, busy_seconds: float = BUSY_SECONDS) -> None:
        """Open the file, or make it. ``busy_seconds`` is how long another program may hold it.

        Raises ``Misconfigured``.
        """
        self.path = path
        self._account = account
        self._db = _open(path, busy_seconds)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the file's write lock; all that is written inside is kept, or none of it."""
        with self._translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def account(self) -> Opened | None:
        """The account; None where it was never opened."""
        rows = self._rows(
            "SELECT fingerprint, base, opened_at, looked_at, revision"
            " FROM accounts WHERE account = ?"
        )
        return next(
            (Opened(r[0], r[1], moment_of(r[2]), moment_of(r[3]), r[4]) for r in rows), None
        )

    def revision(self) -> int:
        """Number of changes that the account has seen."""
        row = self._rows("SELECT revision FROM accounts WHERE account = ?")[0]
        return int(row[0])

    def open_account(self, base: Currency, first: CashFlow | None, at: datetime) -> None:
        """Make the account, with ``first`` as what is paid in."""
        name = blake2b(f"{self._account}|{stamp(at)}".encode(), digest_size=4).hexdigest()
        row = (self._account, f"PAPER-{name.upper()}", base, stamp(at), stamp(at))
        self._db.execute("INSERT INTO accounts VALUES (?, ?, ?, ?, ?, 0)", row)
        if first is not None:
            self.add_flow(1, first)

    def changed(self, looked_at: datetime) -> None:
        """Say that the account changed, and up to when its orders were carried."""
        self._db.execute(
            "UPDATE accounts SET revision = revision + 1, looked_at = ? WHERE account = ?",
            (stamp(looked_at), self._account),
        )

    def put_orders(self, orders: Iterable[Booked]) -> None:
        """Keep the latest state of ``orders``; a key that another order has is an error."""
        rows = [order_row(booked) for booked in orders]
        self._put("orders", ORDER_COLUMNS, rows, schema.ORDER_CHANGES)

    def add_trades(self, first_seq: int, trades: Iterable[Trade]) -> None:
        """Add ``trades``, numbered from ``first_seq`` on."""
        rows = [trade_row(seq, trade) for seq, trade in enumerate(trades, first_seq)]
        self._put("executions", TRADE_COLUMNS, rows)

    def add_flow(self, seq: int, flow: CashFlow) -> None:
        """Add a cash flow."""
        self._put("flows", FLOW_COLUMNS, [schema.flow_row(seq, flow)])

    def rows(self, table: str, columns: str) -> list[schema.Row]:
        """What the back office wrote into one of its tables, oldest first."""
        return self._select(columns, table, "1 ORDER BY seq")

    def add_row(self, table: str, columns: str, row: schema.Row) -> None:
        """Add a row to one of the back office's tables."""
        self._put(table, columns, [row])

    def order(self, key: OrderKey) -> Booked | None:
        """The order that carries ``key``."""
        rows = self._select(ORDER_COLUMNS, "orders", "key = ?", (key,))
        return schema.order_of(rows[0]) if rows else None

    def open_orders(self) -> tuple[Booked, ...]:
        """Orders that may still fill, in the order they came."""
        rows = self._select(ORDER_COLUMNS, "orders", "status = 'open' ORDER BY seq")
        return tuple(schema.order_of(row) for row in rows)

    def trades(self, since: datetime | None = None) -> tuple[Trade, ...]:
        """Trades from ``since`` on, oldest first."""
        what = "time >= ? ORDER BY time, seq"
        rows = self._select(TRADE_COLUMNS, "executions", what, (_from(since),))
        return tuple(schema.trade_of(row) for row in rows)

    def trades_of(self, symbol: Symbol, since: datetime) -> tuple[Trade, ...]:
        """Trades in ``symbol`` from ``since`` on."""
        what = "symbol = ? AND time >= ?"
        rows = self._select(TRADE_COLUMNS, "executions", what, (symbol, stamp(since)))
        return tuple(schema.trade_of(row) for row in rows)

    def flows(self, since: datetime | None = None) -> tuple[CashFlow, ...]:
        """Cash flows from ``since`` on, also those that are still to come, oldest first."""
        what = "time >= ? ORDER BY time, seq"
        rows = self._select(FLOW_COLUMNS, "flows", what, (_from(since),))
        return tuple(schema.flow_of(row) for row in rows)

    def last_order(self) -> int:
        """Number of the latest order; 0 where there is none."""
        rows = self._rows("SELECT coalesce(max(seq), 0) FROM orders WHERE account = ?")
        return int(rows[0][0])

    def _select(
        self, columns: str, table: str, where: str, arguments: tuple[str, ...] = ()
    ) -> list[schema.Row]:
        # every name here is one of this file's own, never something from outside
        text = f"SELECT {columns} FROM {table} WHERE account = ? AND {where}"  # noqa: S608
        return self._rows(text, arguments)

    def _rows(self, text: str, arguments: tuple[str, ...] = ()) -> list[schema.Row]:
        with self._translated():
            return self._db.execute(text, (self._account, *arguments)).fetchall()

    def _put(self, table: str, columns: str, rows: list[schema.Row], then: str = "") -> None:
        marks = ", ".join("?" * (columns.count(",") + 1))
        # as in _select, every name is this file's own
        text = f"INSERT INTO {table} (account, {columns}) VALUES (?, {marks}) {then}"  # noqa: S608
        self._db.executemany(text, [(self._account, *row) for row in rows])

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            remedy = "see that the disk has room and that no other program holds the file"
            raise Unreachable(f"paper ledger {self.path}: {error}", remedy) from error


def _from(since: datetime | None) -> str:
    return "" if since is None else stamp(since)


def _open(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Connect, and let go again where the file is not, and cannot become, a ledger."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # autocommit, so that transactions are ours alone; opened in one thread, used in another
        db = sqlite3.connect(
            path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        )
        with ExitStack() as undo:
            undo.callback(db.close)
            _lay_out(db, path)
            undo.pop_all()
    except (OSError, sqlite3.Error) as error:
        raise Misconfigured(
            f"paper ledger {path} cannot be opened: {error}",
            "name a file in a folder that may be written, or one that this program wrote",
        ) from error
    return db


def _lay_out(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables. WAL with synchronous=NORMAL survives the death of a process."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version not in (0, schema.VERSION):
        raise Misconfigured(
            f"paper ledger {path} has layout {version}, this program knows {schema.VERSION}",
            "use the program that wrote it, or name another file",
        )
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.executescript(schema.SCHEMA)
    db.execute(f"PRAGMA user_version = {schema.VERSION}")
