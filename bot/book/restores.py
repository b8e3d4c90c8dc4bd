"""Whether this book is an older copy of itself, which must not send before it was rebuilt.

A copy is marked by who restores it, or by whoever opens it and finds that it had come further
before. The mark stays until a named person accepts the book as it is, with a reason.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from bot.book.chain import START, Link, newest
from bot.book.errors import IllegalStep, RolledBack
from bot.book.schema import chain, restores

REBUILD = "run: trimtab reconcile; where all agrees: trimtab db accept --reason WHY"

_LAST = select(restores).order_by(restores.c.seq.desc()).limit(1)


class Restored(NamedTuple):
    """An older copy is in the place of the book: who found or put it there, why, since when."""

    who: str
    why: str
    time: datetime


def standing(connection: Connection) -> Restored | None:
    """The mark that is in force; None where the book is the one that was written last."""
    row = connection.execute(_LAST).first()
    return None if row is None or row.state == "accepted" else Restored(row.who, row.why, row.time)


def refuse_old(connection: Connection) -> None:
    """``RolledBack`` where the book is an older copy."""
    if (found := standing(connection)) is not None:
        raise RolledBack(f"this book is an older copy: {found.why}; nothing is sent", REBUILD)


def mark(connection: Connection, restored: Restored) -> None:
    """Mark the book as an older copy."""
    _append(connection, "restored", restored)


def accept(connection: Connection, who: str, why: str, time: datetime) -> None:
    """Take it for the book; ``IllegalStep`` where it is that already."""
    if standing(connection) is None:
        raise IllegalStep("this book is no older copy", "there is nothing to accept")
    _append(connection, "accepted", Restored(who, why, time))


def _append(connection: Connection, state: str, row: Restored) -> None:
    values = {"state": state, "who": row.who, "why": row.why, "time": row.time}
    connection.execute(insert(restores).values(**values))


def compare(connection: Connection, seen: Link | None) -> tuple[Link, Restored | None, str]:
    """The newest link, the mark in force, and why ``seen`` was not written in this book."""
    last = newest(connection)
    why = "" if seen is None or seen == START else _behind(connection, seen, last)
    return last, standing(connection), why


def _behind(connection: Connection, seen: Link, last: Link) -> str:
    head = connection.execute(select(chain.c.head).where(chain.c.seq == seen.seq)).scalar()
    if head == seen.head:
        return ""
    if last.seq < seen.seq:
        return f"it ends with link {last.seq}, and link {seen.seq} was written before"
    return f"its link {seen.seq} is not the one that was written before"
