"""Keeps a book in order: upgrade its schema, copy it, and check that it makes sense.

A check that finds nothing returns nothing. Findings are sentences; nothing is mended by itself,
since a book that contradicts itself is a matter for a person.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, Select, func, inspect, select

from bot.book.engine import (
    BUSY_SECONDS,
    Place,
    comparing,
    connect,
    locate,
    reading,
    translated,
)
from bot.book.errors import BookError
from bot.book.opening import book_version, open_engine
from bot.book.orders import filled_quantities
from bot.book.rows import NEXT_STATES
from bot.book.schema import (
    METADATA,
    executions,
    intents,
    leases,
    order_events,
    plan_events,
    plans,
    prices,
    restores,
)
from bot.book.verify import broken
from bot.book.version import HEAD


@dataclass(frozen=True, slots=True)
class Upgraded:
    """Schema versions before and after; ``before`` is None where there was no book."""

    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the book that cannot be right: which rule, and which row breaks it."""

    rule: str
    detail: str


def pending(url_or_path: str | Path) -> Upgraded | None:
    """The upgrade that a book waits for; None where its schema is that of this code."""
    place = locate(url_or_path)
    before = version_of(place)
    return None if before == HEAD else Upgraded(before, HEAD)


def upgrade(url_or_path: str | Path) -> Upgraded:
    """Bring a book to this schema, or make it. What is newer than this code is refused."""
    place = locate(url_or_path)
    before = version_of(place)
    open_engine(place, upgrade=True, busy_seconds=BUSY_SECONDS).dispose()
    return Upgraded(before, HEAD)


def version_of(place: Place) -> str | None:
    """The schema of what is there; None where nothing is."""
    if place.path is not None and not place.path.exists():
        return None
    engine = connect(place)
    try:
        with reading(engine, place) as connection:
            return book_version(connection, place)
    finally:
        engine.dispose()


def backup(url_or_path: str | Path, folder: Path, now: datetime) -> Path:
    """Copy an embedded book while it is used, prove the copy sound, and say where it is."""
    place = locate(url_or_path)
    target = folder / f"trimtab-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.db"
    if place.path is None:
        url = place.url.set(drivername="postgresql")._replace(password=None).render_as_string()
        command = f"pg_dump --format=custom --file={target.with_suffix('.dump')} '{url}'"
        raise BookError(f"book {place.name} is copied by its server's own tool", f"run: {command}")
    partial = target.with_suffix(".partial")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.touch(mode=0o600, exist_ok=False)
        with translated(place):
            copy_sound(place.path, partial)
        _settle(partial, target)
    except OSError as exc:
        raise BookError(f"backup to {target}: {exc.strerror}", "name another folder") from exc
    finally:
        partial.unlink(missing_ok=True)
    return target


def copy_sound(source: Path, target: Path) -> None:
    """SQLite's online backup; the copy is one file that needs no journal beside it."""
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reader,
        closing(sqlite3.connect(target)) as writer,
    ):
        reader.backup(writer)
        writer.execute("PRAGMA journal_mode = DELETE").close()
    with closing(sqlite3.connect(f"{target.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        verdict = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        orphan = copy.execute("PRAGMA foreign_key_check").fetchone()
    if verdict != "ok" or orphan is not None:
        what = f"the copy of {source} is not sound ({verdict})"
        raise BookError(what, "run: trimtab db check; keep the last backup that was sound")


def _settle(partial: Path, target: Path) -> None:
    """Give a proven copy its name, once its bytes and its name are on the disk."""
    if target.exists():
        raise BookError(
            f"backup {target} is there already", "name another folder, or wait a second"
        )
    for path, flags in ((partial, os.O_RDWR), (partial.parent, os.O_RDONLY)):
        handle = os.open(path, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if path == partial:
            partial.rename(target)


def check(url_or_path: str | Path) -> tuple[Finding, ...]:
    """Everything in the book that cannot be right; empty where all is well."""
    place = locate(url_or_path)
    engine = open_engine(place, upgrade=False, busy_seconds=BUSY_SECONDS, for_check=True)
    try:
        return findings(engine, place)
    finally:
        engine.dispose()


def findings(engine: Engine, place: Place, *, of_storage: bool = False) -> tuple[Finding, ...]:
    """What breaks a rule in the book that is open; in a damaged file, that alone.

    ``of_storage`` asks whether rows are as they were written, not whether they make sense.
    """
    rules = STORED if of_storage else STORED | RULES
    with comparing(engine, place) as connection:
        damage = tuple(Finding(WHOLE, detail) for detail in _integrity(connection))
        return damage or tuple(
            Finding(rule, detail) for rule, find in rules.items() for detail in find(connection)
        )


def _integrity(connection: Connection) -> Iterator[str]:
    """PostgreSQL checks its own pages; SQLite is asked."""
    if connection.dialect.name == "sqlite":
        for (verdict,) in connection.exec_driver_sql("PRAGMA integrity_check"):
            if verdict != "ok":
                yield verdict


def _foreign_keys(connection: Connection) -> Iterator[str]:
    """Rows without their parent: possible only where somebody wrote with the keys switched off."""
    if connection.dialect.name == "sqlite":
        for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"{table}: row {row} belongs to no row of {parent}"


def _triggers(connection: Connection) -> Iterator[str]:
    """The guards that refuse UPDATE and DELETE may have been dropped by hand."""
    if connection.dialect.name == "sqlite":
        query = "SELECT tbl_name, count(*) FROM sqlite_master WHERE type = 'trigger' GROUP BY 1"
        needed = 3
    else:
        query = (
            "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND t.tgenabled = 'A' GROUP BY 1"
        )
        needed = 1
    guards = {row[0]: row[1] for row in connection.exec_driver_sql(query)}
    for table in METADATA.tables:
        if guards.get(table, 0) < needed:
            yield f"{table}: a row could be changed"


def _tables(connection: Connection) -> Iterator[str]:
    there = set(inspect(connection).get_table_names())
    yield from (f"{name} is missing" for name in METADATA.tables if name not in there)


def _unknown_keys(connection: Connection) -> Iterator[str]:
    """What an older copy had forgotten is in it again, by the broker's word, once accepted."""
    last = select(func.max(restores.c.time)).where(restores.c.state == "accepted")
    accepted = connection.execute(last).scalar()
    query = (
        select(executions.c.account, executions.c.root, executions.c.key)
        .outerjoin(intents, intents.c.key == executions.c.key)
        .where(executions.c.key.is_not(None), intents.c.key.is_(None))
    )
    if accepted is not None:
        query = query.where(executions.c.time > accepted)
    for row in connection.execute(query):
        yield f"{row.account}: execution {row.root} is of order {row.key}, which we never meant"


def _other_orders(connection: Connection) -> Iterator[str]:
    differs = (
        (executions.c.account != intents.c.account)
        | (executions.c.symbol != intents.c.symbol)
        | (executions.c.side != intents.c.side)
    )
    query = select(executions.c.root, executions.c.key).join(
        intents, (intents.c.key == executions.c.key) & differs
    )
    for row in connection.execute(query):
        yield f"execution {row.root} has another account, symbol or side than order {row.key}"


def _overfilled(connection: Connection) -> Iterator[str]:
    keys: Select[tuple[str]] = select(intents.c.key)
    filled = filled_quantities(connection, keys)
    for row in connection.execute(select(intents.c.key, intents.c.quantity)):
        if filled.get(row.key, 0) > row.quantity:
            yield f"order {row.key} of {row.quantity} was filled {filled[row.key]}"


def _other_accounts(connection: Connection) -> Iterator[str]:
    query = select(intents.c.key, intents.c.plan_id).join(
        plans, (plans.c.plan_id == intents.c.plan_id) & (plans.c.account != intents.c.account)
    )
    for row in connection.execute(query):
        yield f"order {row.key} is of another account than its plan {row.plan_id}"


def _tokens(connection: Connection) -> Iterator[str]:
    """Only who takes an account counts on; whoever renews or lets go has the number it has."""
    query = select(leases.c.account, leases.c.token, leases.c.state).order_by(leases.c.seq)
    last: dict[str, int] = {}
    for row in connection.execute(query):
        before = last.get(row.account, 0)
        if row.token != before + (row.state == "taken"):
            yield f"{row.account}: lease {row.token} is {row.state} after lease {before}"
        last[row.account] = row.token


def _overlaps(connection: Connection) -> Iterator[str]:
    query = (
        select(intents.c.account, intents.c.key, intents.c.token)
        .join(order_events, order_events.c.key == intents.c.key)
        .where(order_events.c.kind == "sent", intents.c.token.is_not(None))
        .order_by(order_events.c.seq)
    )
    last: dict[str, int] = {}
    for row in connection.execute(query):
        if row.token < last.get(row.account, 0):
            yield f"order {row.key} was sent under lease {row.token}, after {last[row.account]}"
        last[row.account] = max(row.token, last.get(row.account, 0))


def _plan_steps(connection: Connection) -> Iterator[str]:
    query = select(plan_events.c.plan_id, plan_events.c.seq, plan_events.c.state)
    before: dict[str, tuple[int, str]] = {}
    for row in connection.execute(query.order_by(plan_events.c.plan_id, plan_events.c.seq)):
        seq, state = before.get(row.plan_id, (0, ""))
        follows = NEXT_STATES[state] if state else {"proposed", "awaiting"}  # type: ignore[index]
        if row.seq != seq + 1 or row.state not in follows:
            yield f"plan {row.plan_id}: step {row.seq}, {row.state}, after {state or 'nothing'}"
        before[row.plan_id] = (row.seq, row.state)
    bare = select(func.count()).where(plans.c.plan_id.not_in(select(plan_events.c.plan_id)))
    if count := connection.execute(bare).scalar_one():
        yield f"{count} plans have no state"


def _bodies(connection: Connection) -> Iterator[str]:
    from bot.book.codec import decode

    for row in connection.execute(select(plans.c.plan_id, plans.c.account, plans.c.body)):
        try:
            plan = decode(row.body)
        except BookError as exc:
            yield f"plan {row.plan_id}: {exc.what}"
            continue
        if (plan.plan_id, plan.account) != (row.plan_id, row.account):
            yield f"plan {row.plan_id} of {row.account} has the body of another plan"


def _prices(connection: Connection) -> Iterator[str]:
    """Row by row: a long history is not held all at once."""
    from bot.book.packed import unpack

    for row in connection.execute(select(prices.c.seq, prices.c.feed, prices.c.body)):
        try:
            unpack(bytes(row.body))
        except ValueError as exc:
            yield f"row {row.seq} of {row.feed}: {exc}"


WHOLE = "the file is whole"

Rules = dict[str, Callable[[Connection], Iterator[str]]]

STORED: Rules = {
    "every table is there": _tables,
    "rows cannot be changed": _triggers,
    "every row has its parent": _foreign_keys,
    "every row is as it was committed": broken,
}
"""What holds of the rows as such, and who looks for those that break it."""

RULES: Rules = {
    "an execution's order was meant by us": _unknown_keys,
    "an execution is what its order asked for": _other_orders,
    "no order is filled beyond its quantity": _overfilled,
    "an order is of its plan's account": _other_accounts,
    "leases are counted one by one": _tokens,
    "orders of an account leave under one lease after another": _overlaps,
    "a plan goes along the legal edges": _plan_steps,
    "a plan can be read": _bodies,
    "prices can be read": _prices,
}
"""What holds of what the rows say."""
