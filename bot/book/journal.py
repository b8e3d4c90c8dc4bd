"""What happened: executions, cash flows, transfers and corporate actions, each kept for good.

The tables have the columns of their nouns, so one pair of functions writes and reads them all.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Select, Table, func, insert, select

from bot.book import schema
from bot.book.actions import ACTION_COLUMNS, action_of, action_values
from bot.book.errors import Contradicted, WrongAccount
from bot.book.rows import AccountRow, Recorded
from brokers.words import AccountId, ActionRecord, CashFlow, Execution, Transfer

Word = Execution | CashFlow | Transfer | ActionRecord
W = TypeVar("W", Execution, CashFlow, Transfer, ActionRecord)

_CHUNK = 500
"""Ids in one question; SQLite before 3.32 takes no more than 999 parameters."""


def _values(item: Word | AccountRow) -> dict[str, Any]:
    return {field.name: getattr(item, field.name) for field in fields(item)}


@dataclass(frozen=True, slots=True)
class _Kind(Generic[W]):
    """A noun's table, what makes a row of it one and the same, its order, and how it is read."""

    table: Table
    identity: tuple[str, ...]
    order: tuple[str, ...]
    noun: Callable[..., W]
    values: Callable[[W], dict[str, Any]] = _values
    names: tuple[str, ...] = ()
    remedy: str = "find out which is right; a correction must come as a higher version"

    def query(self, account: AccountId) -> "Select[Any]":
        """All rows of an account, their columns in the order in which the noun takes them."""
        columns = [self.table.c[name] for name in self.names]
        return select(*columns).where(self.table.c.account == account)


EXECUTIONS = _Kind(
    schema.executions,
    ("root", "version"),
    ("time", "root", "version"),
    Execution,
    names=tuple(field.name for field in fields(Execution)),
)
CASH_FLOWS = _Kind(
    schema.cash_flows,
    ("flow_id",),
    ("time", "flow_id"),
    CashFlow,
    names=tuple(field.name for field in fields(CashFlow)),
)
TRANSFERS = _Kind(
    schema.transfers,
    ("transfer_id",),
    ("time", "transfer_id"),
    Transfer,
    names=tuple(field.name for field in fields(Transfer)),
)
ACTIONS: _Kind[ActionRecord] = _Kind(
    schema.corporate_actions,
    ("action_id",),
    ("effective", "action_id"),
    action_of,
    action_values,
    ACTION_COLUMNS,
    "take back what is wrong (trimtab lots retract), and tell the other under an id of its own",
)


def bind(connection: Connection, row: AccountRow) -> bool:
    """Bind the account's name to one broker account; True the first time, later compare."""
    table = schema.accounts
    found = connection.execute(select(table).where(table.c.account == row.account)).first()
    if found is None:
        connection.execute(insert(table).values(_values(row)))
        return True
    known = AccountRow(*found)
    if known != row:
        raise WrongAccount(
            f"the book knows {row.account} as {_name(known)}, but this is {_name(row)}",
            "check the keys and the account number, or give this account a name of its own",
        )
    return False


def _name(row: AccountRow) -> str:
    """Enough of a fingerprint to tell two apart, and no whole account number in a log."""
    return f"{row.broker} {row.environment} …{row.fingerprint[-4:]}"


def accounts(connection: Connection) -> tuple[AccountRow, ...]:
    """Every account that the book is bound to, by name."""
    query = select(schema.accounts).order_by(schema.accounts.c.account)
    return tuple(AccountRow(*row) for row in connection.execute(query))


def record(
    connection: Connection,
    account: AccountId,
    executions: Iterable[Execution],
    flows: Iterable[CashFlow],
    transfers: Iterable[Transfer],
    actions: Iterable[ActionRecord],
) -> Recorded:
    """Keep what is new. What is known must be the same to the last digit."""
    return Recorded(
        _add(connection, account, tuple(executions), EXECUTIONS),
        _add(connection, account, tuple(flows), CASH_FLOWS),
        _add(connection, account, tuple(transfers), TRANSFERS),
        _add(connection, account, tuple(actions), ACTIONS),
    )


def _add(
    connection: Connection, account: AccountId, words: Sequence[W], kind: _Kind[W]
) -> tuple[W, ...]:
    """Insert the words that are not there yet, and return them."""
    if not words:
        return ()
    known = _known(connection, account, words, kind)
    new: list[W] = []
    for item in words:
        identity = _identity(item, kind.identity)
        if identity not in known:
            known[identity] = item
            new.append(item)
        elif known[identity] != item:
            raise Contradicted(
                f"{account}: the book holds {known[identity]}, and the broker now says {item}",
                kind.remedy,
            )
    if new:
        rows = [{"account": account, **kind.values(item)} for item in new]
        connection.execute(insert(kind.table), rows)
    return tuple(new)


def _known(
    connection: Connection, account: AccountId, words: Sequence[W], kind: _Kind[W]
) -> dict[tuple[Any, ...], W]:
    """What the book holds under the ids of ``words``."""
    first = kind.table.c[kind.identity[0]]
    ids = sorted({_identity(item, kind.identity)[0] for item in words})
    known: dict[tuple[Any, ...], W] = {}
    for start in range(0, len(ids), _CHUNK):
        query = kind.query(account).where(first.in_(ids[start : start + _CHUNK]))
        found = [kind.noun(*row) for row in connection.execute(query)]
        known.update((_identity(item, kind.identity), item) for item in found)
    return known


def _identity(item: Word, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(item, name) for name in names)


def words_of(
    connection: Connection, account: AccountId, kind: _Kind[W], since: datetime | None = None
) -> tuple[W, ...]:
    """Everything of one kind that happened to ``account``, oldest first; from ``since`` on."""
    query = kind.query(account).order_by(*(kind.table.c[name] for name in kind.order))
    if since is not None:
        query = query.where(kind.table.c.time >= since)
    return tuple(kind.noun(*row) for row in connection.execute(query))


def last_execution_time(connection: Connection, account: AccountId) -> datetime | None:
    """When the newest execution happened; None where there is none."""
    table = schema.executions
    query = select(func.max(table.c.time)).where(table.c.account == account)
    return connection.execute(query).scalar()
