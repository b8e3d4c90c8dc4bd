"""What happened: executions, cash flows, transfers and splits, each kept once and for all.

The four tables have the columns of their nouns, so one pair of functions writes and reads them
all; a table is a row of ``_KINDS``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Table, func, insert, select

from bot.book import schema
from bot.book.errors import Contradicted, WrongAccount
from bot.book.rows import AccountRow, Recorded
from brokers.words import AccountId, CashFlow, CorporateAction, Execution, Transfer

Word = Execution | CashFlow | Transfer | CorporateAction
W = TypeVar("W", Execution, CashFlow, Transfer, CorporateAction)

_CHUNK = 500
"""Ids in one question; SQLite before 3.32 takes no more than 999 parameters."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A noun's table, what makes a row of it one and the same, and its order when read."""

    table: Table
    identity: tuple[str, ...]
    order: tuple[str, ...]

    def columns(self, word: type[Any]) -> list[Column[Any]]:
        """The noun's fields, in its own order."""
        return [self.table.c[field.name] for field in fields(word)]


_KINDS: Mapping[type[Any], _Kind] = {
    Execution: _Kind(schema.executions, ("root", "version"), ("time", "root", "version")),
    CashFlow: _Kind(schema.cash_flows, ("flow_id",), ("time", "flow_id")),
    Transfer: _Kind(schema.transfers, ("transfer_id",), ("time", "transfer_id")),
    CorporateAction: _Kind(schema.corporate_actions, ("action_id",), ("effective", "action_id")),
}


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
    actions: Iterable[CorporateAction],
) -> Recorded:
    """Keep what is new. What is known must be the same to the last digit."""
    return Recorded(
        _add(connection, account, tuple(executions), Execution),
        _add(connection, account, tuple(flows), CashFlow),
        _add(connection, account, tuple(transfers), Transfer),
        _add(connection, account, tuple(actions), CorporateAction),
    )


def _add(
    connection: Connection, account: AccountId, words: Sequence[W], word: type[W]
) -> tuple[W, ...]:
    """Insert the words that are not there yet, and return them."""
    if not words:
        return ()
    kind = _KINDS[word]
    known = _known(connection, account, words, word)
    new: list[W] = []
    for item in words:
        identity = _identity(item, kind)
        if identity not in known:
            known[identity] = item
            new.append(item)
        elif known[identity] != item:
            raise Contradicted(
                f"{account}: the book holds {known[identity]}, and the broker now says {item}",
                "find out which is right; a correction must come as a higher version",
            )
    if new:
        rows = [{"account": account, **_values(item)} for item in new]
        connection.execute(insert(kind.table), rows)
    return tuple(new)


def _known(
    connection: Connection, account: AccountId, words: Sequence[W], word: type[W]
) -> dict[tuple[Any, ...], W]:
    """What the book holds under the ids of ``words``."""
    kind = _KINDS[word]
    first = kind.table.c[kind.identity[0]]
    ids = sorted({_identity(item, kind)[0] for item in words})
    known: dict[tuple[Any, ...], W] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(*kind.columns(word)).where(
            kind.table.c.account == account, first.in_(ids[start : start + _CHUNK])
        )
        found = [word(*row) for row in connection.execute(query)]
        known.update((_identity(item, kind), item) for item in found)
    return known


def _identity(item: Word, kind: _Kind) -> tuple[Any, ...]:
    return tuple(getattr(item, name) for name in kind.identity)


def _values(item: Word | AccountRow) -> dict[str, Any]:
    return {field.name: getattr(item, field.name) for field in fields(item)}


def words_of(connection: Connection, account: AccountId, word: type[W]) -> tuple[W, ...]:
    """Everything of one kind that happened to ``account``, oldest first."""
    kind = _KINDS[word]
    query = (
        select(*kind.columns(word))
        .where(kind.table.c.account == account)
        .order_by(*(kind.table.c[name] for name in kind.order))
    )
    return tuple(word(*row) for row in connection.execute(query))


def last_execution_time(connection: Connection, account: AccountId) -> datetime | None:
    """When the newest execution happened; None where there is none."""
    table = schema.executions
    query = select(func.max(table.c.time)).where(table.c.account == account)
    return connection.execute(query).scalar()
