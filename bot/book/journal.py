"""What happened: executions, cash flows, transfers and corporate actions, each kept for good.

The tables have the columns of their nouns, so one pair of functions writes and reads them all.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, Connection, Select, Table, bindparam, func, insert, select

from bot.book import schema
from bot.book.actions import ACTION_COLUMNS, action_of, action_values
from bot.book.errors import Contradicted, WrongAccount
from bot.book.rows import AccountRow, Recorded
from brokers.words import AccountId, ActionRecord, CashFlow, Execution, FlowKind, Transfer

Word = Execution | CashFlow | Transfer | ActionRecord
W = TypeVar("W", Execution, CashFlow, Transfer, ActionRecord)

_CHUNK = 500
"""Ids in one question; SQLite before 3.32 takes no more than 999 parameters."""

_LAST_TIME = select(func.max(schema.executions.c.time)).where(
    schema.executions.c.account == bindparam("of")
)


def _values(item: Word | AccountRow) -> dict[str, Any]:
    return {field.name: getattr(item, field.name) for field in fields(item)}


def _as_it_is(item: W) -> W:
    return item


def _plain_dividend(flow: CashFlow) -> CashFlow:
    """Distributions of capital gain were dividends like all others once."""
    return replace(flow, kind=_OF_OLD.get(flow.kind, flow.kind))


_OF_OLD = {FlowKind.CAPITAL_GAIN: FlowKind.DIVIDEND}


@dataclass(frozen=True, slots=True, eq=False)
class _Kind(Generic[W]):
    """A noun's table, what makes a row of it one and the same, its order, and how it is read."""

    table: Table
    identity: tuple[str, ...]
    order: tuple[str, ...]
    noun: Callable[..., W]
    values: Callable[[W], dict[str, Any]] = _values
    names: tuple[str, ...] = ()
    remedy: str = "find out which is right; a correction must come as a higher version"
    told_before: Callable[[W], W] = _as_it_is
    """How an earlier version of Trimtab told the same of a broker's words."""


# Each question is put together once: that takes longer than to answer it.


@cache
def _all(kind: _Kind[Any]) -> "Select[Any]":
    """All rows of an account in their order, the columns in the order the noun takes them."""
    columns = [kind.table.c[name] for name in kind.names]
    rows = select(*columns).where(kind.table.c.account == bindparam("of"))
    return rows.order_by(*(kind.table.c[name] for name in kind.order))


@cache
def _named(kind: _Kind[Any]) -> "Select[Any]":
    """Those with some ids."""
    ids: BindParameter[list[str]] = bindparam("ids", expanding=True)
    return _all(kind).where(kind.table.c[kind.identity[0]].in_(ids))


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
    told_before=_plain_dividend,
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


def is_known(
    connection: Connection,
    account: AccountId,
    executions: Sequence[Execution],
    flows: Sequence[CashFlow],
    transfers: Sequence[Transfer],
    actions: Sequence[ActionRecord],
) -> bool:
    """Whether ``record`` would add nothing; it raises what ``record`` would."""
    new = (
        len(_new(connection, account, executions, EXECUTIONS)),
        len(_new(connection, account, flows, CASH_FLOWS)),
        len(_new(connection, account, transfers, TRANSFERS)),
        len(_new(connection, account, actions, ACTIONS)),
    )
    return not any(new)


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
    new = _new(connection, account, words, kind)
    if new:
        rows = [{"account": account, **kind.values(item)} for item in new]
        connection.execute(insert(kind.table), rows)
    return new


def _new(
    connection: Connection, account: AccountId, words: Sequence[W], kind: _Kind[W]
) -> tuple[W, ...]:
    """The words that are not there yet."""
    known = _known(connection, account, words, kind)
    new: list[W] = []
    for item in words:
        identity = _identity(item, kind.identity)
        if identity not in known:
            known[identity] = item
            new.append(item)
        elif known[identity] not in (item, kind.told_before(item)):
            raise Contradicted(
                f"{account}: the book holds {known[identity]}, and the broker now says {item}",
                kind.remedy,
            )
    return tuple(new)


def _known(
    connection: Connection, account: AccountId, words: Sequence[W], kind: _Kind[W]
) -> dict[tuple[Any, ...], W]:
    """What the book holds under the ids of ``words``."""
    ids = sorted({_identity(item, kind.identity)[0] for item in words})
    known: dict[tuple[Any, ...], W] = {}
    for start in range(0, len(ids), _CHUNK):
        some = {"of": account, "ids": ids[start : start + _CHUNK]}
        found = [kind.noun(*row) for row in connection.execute(_named(kind), some)]
        known.update((_identity(item, kind.identity), item) for item in found)
    return known


def _identity(item: Word, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(item, name) for name in names)


def words_of(
    connection: Connection, account: AccountId, kind: _Kind[W], since: datetime | None = None
) -> tuple[W, ...]:
    """Everything of one kind that happened to ``account``, oldest first; from ``since`` on."""
    query = _all(kind) if since is None else _all(kind).where(kind.table.c.time >= since)
    return tuple(kind.noun(*row) for row in connection.execute(query, {"of": account}))


def last_execution_time(connection: Connection, account: AccountId) -> datetime | None:
    """When the newest execution happened; None where there is none."""
    return connection.execute(_LAST_TIME, {"of": account}).scalar()
