"""Where trading is stopped: halts, latched until a person resumes, and names left alone."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select

from bot.book.errors import IllegalStep
from bot.book.rows import EVERY_ACCOUNT, Halt
from bot.book.schema import halts, locks
from brokers.words import AccountId, Symbol


def halt(connection: Connection, scope: str, reason: str, who: str, time: datetime) -> None:
    """Stop trading in an account, or in all of them where ``scope`` is ``*``."""
    _append(connection, Halt(scope, reason, who, time), "halted")


def resume(connection: Connection, scope: str, reason: str, who: str, time: datetime) -> None:
    """Lift the halts of exactly this scope."""
    if _latched(connection, scope) is None:
        name = "trading as a whole" if scope == EVERY_ACCOUNT else scope
        wider = scope != EVERY_ACCOUNT and _latched(connection, EVERY_ACCOUNT) is not None
        remedy = "all accounts are: resume '*'" if wider else "there is nothing to resume"
        raise IllegalStep(f"{name} is not halted", remedy)
    _append(connection, Halt(scope, reason, who, time), "active")


def halted(connection: Connection, account: AccountId) -> Halt | None:
    """The halt that stops ``account``, its own or everybody's, with its first reason."""
    return _latched(connection, EVERY_ACCOUNT) or _latched(connection, account)


def _latched(connection: Connection, scope: str) -> Halt | None:
    """The first halt of ``scope`` since it was last resumed."""
    resumed = select(func.max(halts.c.seq)).where(halts.c.scope == scope, halts.c.state == "active")
    query = (
        select(halts.c.scope, halts.c.reason, halts.c.who, halts.c.time)
        .where(halts.c.scope == scope, halts.c.state == "halted")
        .where(halts.c.seq > func.coalesce(resumed.scalar_subquery(), 0))
        .order_by(halts.c.seq)
        .limit(1)
    )
    found = connection.execute(query).first()
    return None if found is None else Halt(*found)


def _append(connection: Connection, change: Halt, state: str) -> None:
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
