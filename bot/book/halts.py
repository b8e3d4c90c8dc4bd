"""Where trading is stopped: halts, latched until a person resumes, and names left alone."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, func, insert, select

from bot.book.errors import IllegalStep
from bot.book.schema import halts, locks
from bot.switch.states import EVERY_ACCOUNT, Halt, State, worst
from brokers.words import AccountId, Symbol


def halt(connection: Connection, change: Halt) -> None:
    """Stop trading in an account, or in all of them where the scope is ``*``.

    As far as ``state`` says, and never less than it is stopped already.
    """
    assert change.state != "active", "only a person resumes"
    _append(connection, change, change.state)


def resume(
    connection: Connection, scope: str, reason: str, who: str, time: datetime, to: State = "active"
) -> None:
    """Lift the halts of exactly this scope, as far as ``to``."""
    if latched(connection, scope) is None:
        name = "trading as a whole" if scope == EVERY_ACCOUNT else scope
        wider = scope != EVERY_ACCOUNT and latched(connection, EVERY_ACCOUNT) is not None
        remedy = "all accounts are: resume '*'" if wider else "there is nothing to resume"
        raise IllegalStep(f"{name} is not halted", remedy)
    change = Halt(scope, reason, who, time)
    _append(connection, change, "active")
    if to != "active":
        _append(connection, change, to)


def resumed(connection: Connection, scope: str) -> datetime | None:
    """When exactly this scope was last resumed."""
    query = (
        select(halts.c.time)
        .where(halts.c.scope == scope, halts.c.state == "active")
        .order_by(halts.c.seq.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def halted(connection: Connection, account: AccountId) -> Halt | None:
    """The most severe halt of ``account``, its own or everybody's, with its first reason."""
    found = _halts(connection, EVERY_ACCOUNT, account)
    return worst(*sorted(found, key=lambda halt: halt.scope != EVERY_ACCOUNT))


def latched(connection: Connection, scope: str) -> Halt | None:
    """The most severe halt of ``scope`` since it was last resumed, the first of several."""
    return worst(*_halts(connection, scope, scope))


def _halts(connection: Connection, one: str, other: str) -> list[Halt]:
    """All that hold of two scopes, oldest first."""
    return [Halt(*row) for row in connection.execute(_latched(), {"one": one, "other": other})]


@cache
def _latched() -> Select[Any]:
    """Asked before each order; to put it together takes longer than to answer it."""
    one: BindParameter[str] = bindparam("one")
    other: BindParameter[str] = bindparam("other")
    lifted = halts.alias()
    resumed = select(func.max(lifted.c.seq)).where(
        lifted.c.scope == halts.c.scope, lifted.c.state == "active"
    )
    return (
        select(halts.c.scope, halts.c.reason, halts.c.who, halts.c.time, halts.c.state)
        .where((halts.c.scope == one) | (halts.c.scope == other))
        .where(halts.c.seq > func.coalesce(resumed.scalar_subquery(), 0))
        .order_by(halts.c.seq)
    )


def _append(connection: Connection, change: Halt, state: State) -> None:
    connection.execute(
        insert(halts).values(
            scope=change.scope,
            state=state,
            reason=change.reason,
            who=change.who,
            time=change.time,
        )
    )


def lock(
    connection: Connection,
    account: AccountId,
    symbol: Symbol,
    session: date,
    why: str,
    time: datetime,
) -> None:
    """Leave one name alone for a session."""
    row = {"account": account, "symbol": symbol, "session": session, "why": why, "time": time}
    connection.execute(insert(locks).values(**row))


def locked(connection: Connection, account: AccountId, session: date) -> Mapping[Symbol, str]:
    """Names that are left alone in ``session``, each with the last reason."""
    query = (
        select(locks.c.symbol, locks.c.why)
        .where(locks.c.account == account, locks.c.session == session)
        .order_by(locks.c.seq)
    )
    return {row.symbol: row.why for row in connection.execute(query)}
