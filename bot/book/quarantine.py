"""Names that are left alone until a named person clears them, over sessions and restarts.

A quarantine is a halt of one name: a row of the table of halts, with the scope ``ACCOUNT/SYMBOL``.
A corporate action of the name that comes to be known explains a jump of its price, and ends it.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from bot.book.errors import IllegalStep
from bot.book.schema import corporate_actions, halts
from brokers.words import AccountId, Symbol

ACTION_REACH = timedelta(days=7)
"""An action so long before a jump may be what it is about: data of splits come late."""


class Quarantine(NamedTuple):
    """One name that is left alone, why and since when; once cleared, by whom and why."""

    symbol: Symbol
    why: str
    who: str
    time: datetime
    is_in_force: bool


def quarantine(
    connection: Connection, account: AccountId, symbol: Symbol, why: str, time: datetime
) -> None:
    """Leave a name alone until a person clears it; one that is left alone already stays so."""
    known = latest(connection, account).get(symbol)
    if known is None or not known.is_in_force:
        _append(connection, account, Quarantine(symbol, why, "trimtab", time, is_in_force=True))


def clear(
    connection: Connection, account: AccountId, symbol: Symbol, who: str, why: str, time: datetime
) -> None:
    """A person says that the name is sound; ``IllegalStep`` where it is not left alone."""
    known = latest(connection, account).get(symbol)
    if known is None or not known.is_in_force:
        raise IllegalStep(f"{symbol} is not left alone in {account}", "there is nothing to clear")
    _append(connection, account, Quarantine(symbol, why, who, time, is_in_force=False))


def latest(connection: Connection, account: AccountId) -> Mapping[Symbol, Quarantine]:
    """The last word on each name that ever was left alone, a corporate action's too."""
    start = f"{account}/"
    query = (
        select(halts.c.scope, halts.c.reason, halts.c.who, halts.c.time, halts.c.state)
        .where(halts.c.scope.startswith(start, autoescape=True))
        .order_by(halts.c.seq)
    )
    found = {
        row.scope: Quarantine(
            Symbol(row.scope.removeprefix(start)),
            row.reason,
            row.who,
            row.time,
            is_in_force=row.state != "active",
        )
        for row in connection.execute(query)
    }
    explained = _explained(connection, account) if found else {}
    return {q.symbol: _as_explained(q, explained) for q in found.values()}


def _as_explained(known: Quarantine, explained: Mapping[Symbol, date]) -> Quarantine:
    day = explained.get(known.symbol)
    if day is None or known.time.date() - ACTION_REACH > day:
        return known
    return known._replace(is_in_force=False)


def _explained(connection: Connection, account: AccountId) -> Mapping[Symbol, date]:
    """Names that have a corporate action, with the day of the newest."""
    columns = (
        corporate_actions.c.symbol,
        corporate_actions.c.new_symbol,
        corporate_actions.c.effective,
    )
    query = (
        select(*columns)
        .where(corporate_actions.c.account == account)
        .order_by(corporate_actions.c.effective)
    )
    newest: dict[Symbol, date] = {}
    for row in connection.execute(query):
        for symbol in (row.symbol, row.new_symbol):
            if symbol:
                newest[Symbol(symbol)] = row.effective
    return newest


def _append(connection: Connection, account: AccountId, word: Quarantine) -> None:
    row = {
        "scope": f"{account}/{word.symbol}",
        "state": "halted" if word.is_in_force else "active",
        "reason": word.why,
        "who": word.who,
        "time": word.time,
    }
    connection.execute(insert(halts).values(**row))
