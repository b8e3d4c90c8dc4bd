"""The limits that are in force: those used last, and each loosening that a person confirmed.

They are kept in the book and not in a file beside it: the book is only ever added to, is one for
all machines that work an account, is backed up, and who loses it has lost more than his limits. A
file that was deleted would let the next loosening through as if it were the first. A row of the
table of halts, with the scope ``ACCOUNT#limits``, holds them as JSON.
"""

import json
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from bot.book.schema import halts
from bot.limits import PROFILES, Limit, Limits, Profile
from brokers.words import AccountId


class Accepted(NamedTuple):
    """Limits that held from ``time`` on, by whose word and why."""

    numbers: dict[str, Limit]
    who: str
    why: str
    time: datetime

    def over(self, configured: Limits) -> Limits:
        """All limits: those that this version has and the kept ones had not are the config's."""
        every = {item.name: getattr(configured, item.name) for item in fields(configured)}
        return Limits(**(every | {n: v for n, v in self.numbers.items() if n in every}))


def accept(
    connection: Connection, account: AccountId, limits: Limits, who: str, why: str, time: datetime
) -> None:
    """Write down that these limits hold from now on."""
    numbers = {item.name: _text(getattr(limits, item.name)) for item in fields(limits)}
    row = {
        "scope": _scope(account),
        "state": "active",
        "reason": json.dumps({"why": why, "limits": numbers}),
        "who": who,
        "time": time,
    }
    connection.execute(insert(halts).values(**row))


def accepted(connection: Connection, account: AccountId) -> Accepted | None:
    """The limits that were written down last; None where there were none yet."""
    query = (
        select(halts.c.reason, halts.c.who, halts.c.time)
        .where(halts.c.scope == _scope(account))
        .order_by(halts.c.seq.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    told = json.loads(row.reason)
    numbers = {name: _number(name, text) for name, text in told["limits"].items()}
    return Accepted(numbers, row.who, told["why"], row.time)


def _scope(account: AccountId) -> str:
    return f"{account}#limits"


def _text(limit: Limit) -> str | None:
    return None if limit is None else str(limit)


def _number(name: str, text: str | None) -> Limit:
    if text is None:
        return None
    usual = getattr(PROFILES[Profile.DESK], name, None)
    return int(text) if isinstance(usual, int) else Decimal(text)
