"""How far the book has come: a few numbers that differ as soon as anything was added.

Rows are never changed or deleted, so the last one of a table tells whether there is a new one.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from bot.book.rows import OrderStep
from bot.book.schema import order_events
from brokers.words import OrderKey

TOLD = ("executions", "transfers", "corporate_actions", "reliefs", "named_lots")
"""Tables of what has happened in the accounts, and of how their lots are relieved."""

COUNTED = (*TOLD, "intents")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the book stands. Equal parts mean that nothing was added there.

    ``told`` is what happened in any account, ``intents`` every order that was committed, ``looks``
    every comparison with a broker, ``last_step`` the last step of any order.
    """

    told: tuple[int, ...]
    intents: int
    looks: int
    last_step: int


def read_mark(connection: Connection) -> Mark:
    """Where the book stands now."""
    *told, intents, looks, last = connection.execute(_QUESTION[connection.dialect.name]).one()
    return Mark(tuple(told), intents, looks, last)


def steps_after(connection: Connection, last_step: int) -> tuple[tuple[OrderKey, OrderStep], ...]:
    """What happened to orders after the step ``last_step``, oldest first."""
    query = select(order_events.c.key, order_events.c.kind)
    query = query.where(order_events.c.seq > last_step).order_by(order_events.c.seq)
    return tuple((row.key, row.kind) for row in connection.execute(query))


def _question(last: str) -> str:
    """All of it in one question; ``last`` tells how many rows there are, or were ever."""
    parts = [f"(SELECT coalesce({last}, 0) FROM {table})" for table in COUNTED]  # noqa: S608 our names
    parts += [
        f"(SELECT coalesce(max(seq), 0) FROM {table})"  # noqa: S608 our names
        for table in ("tieouts", "order_events")
    ]
    return "SELECT " + ", ".join(parts)


_QUESTION = {
    "sqlite": text(_question("max(rowid)")),  # found without counting
    "postgresql": text(_question("count(*)")),
}
