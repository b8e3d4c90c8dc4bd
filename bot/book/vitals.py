"""What a monitor asks of the book, by a connection of its own that can only read.

It shares nothing with those who write: no connection, no turn. A look is one short transaction,
and what only grows (steps of orders, plans) is read from where the last look ended.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, cast, func, select, text, type_coerce

from bot.book import halts, history, leases
from bot.book.activity import activity
from bot.book.engine import connect, locate, reading
from bot.book.leases import Lease
from bot.book.rows import Activity, TieOut
from bot.book.schema import (
    executions,
    intents,
    order_events,
    outbox,
    outbox_events,
    plan_events,
    plans,
    snapshots,
)
from bot.switch.states import Halt
from brokers.words import AccountId

PATIENCE_SECONDS = 2.0
"""How long one look may wait for the database."""

SCANS_BACK = timedelta(days=40)
"""How far back it is looked for the last session in which lots were scanned for losses."""


@dataclass(frozen=True, slots=True)
class Window:
    """What the limits count from: the open of this session, and of the tenth one back."""

    day: date
    session_start: datetime
    lookback: datetime


@dataclass(frozen=True, slots=True)
class AccountVitals:
    """One account. ``scanned`` is the last session in which its lots were scanned for losses."""

    account: AccountId
    tieout: TieOut | None
    activity: Activity
    halt: Halt | None
    locked: int
    nav: Decimal | None
    lease: Lease | None
    scanned: date | None


@dataclass(frozen=True, slots=True)
class BookVitals:
    """The book at a moment. Counts of steps and of executions go by account."""

    accounts: tuple[AccountVitals, ...]
    steps: Mapping[tuple[AccountId, str], int]
    executions: Mapping[AccountId, int]
    corrections: Mapping[AccountId, int]
    mails_waiting: int
    mail_since: datetime | None
    """When the oldest mail that waits was written."""
    mails_given_up: int
    plans_waiting: int


@dataclass(slots=True)
class _Known:
    """What earlier looks have counted."""

    last_step: int = 0
    steps: Counter[tuple[AccountId, str]] = field(default_factory=Counter)
    plan_time: dict[AccountId, datetime] = field(default_factory=dict)
    scanned: dict[AccountId, date] = field(default_factory=dict)


class Vitals:
    """A book that is only looked at. Not for several threads."""

    def __init__(self, url_or_path: str | Path) -> None:
        """Nothing is opened before the first look."""
        self._place = locate(url_or_path)
        self._engine = connect(self._place, PATIENCE_SECONDS)
        self._known = _Known()

    def close(self) -> None:
        """Let go of the connection."""
        self._engine.dispose()

    def look(self, accounts: Sequence[AccountId], window: Window) -> BookVitals:
        """All of it, of one moment; ``BookError`` where the book does not answer."""
        with reading(self._engine, self._place) as connection:
            _only_read(connection)
            self._count_steps(connection)
            return BookVitals(
                accounts=tuple(self._account(connection, each, window) for each in accounts),
                steps=dict(self._known.steps),
                executions=_executions(connection, corrected=False),
                corrections=_executions(connection, corrected=True),
                plans_waiting=_plans_waiting(connection),
                **_mails(connection),
            )

    def _account(self, connection: Connection, account: AccountId, window: Window) -> AccountVitals:
        newest = select(snapshots.c.nav).where(snapshots.c.account == account)
        return AccountVitals(
            account=account,
            tieout=history.last_tieout(connection, account),
            activity=activity(connection, account, window.session_start, window.lookback),
            halt=halts.halted(connection, account),
            locked=len(halts.locked(connection, account, window.day)),
            nav=connection.execute(newest.order_by(snapshots.c.seq.desc()).limit(1)).scalar(),
            lease=leases.newest(connection, account),
            scanned=self._scanned(connection, account, window),
        )

    def _count_steps(self, connection: Connection) -> None:
        """Add what was noted of orders since the last look."""
        query = (
            select(
                intents.c.account, order_events.c.kind, func.count(), func.max(order_events.c.seq)
            )
            .join(intents, intents.c.key == order_events.c.key)
            .where(order_events.c.seq > self._known.last_step)
            .group_by(intents.c.account, order_events.c.kind)
        )
        for account, kind, count, last in connection.execute(query):
            self._known.steps[account, kind] += count
            self._known.last_step = max(self._known.last_step, last)

    def _scanned(self, connection: Connection, account: AccountId, window: Window) -> date | None:
        """The last session of which a plan looked through the lots."""
        known = self._known
        since = known.plan_time.get(account, window.session_start - SCANS_BACK)
        query = select(plans.c.time, plans.c.session, _unscanned(connection)).where(
            plans.c.account == account, plans.c.time > since
        )
        for time, session, why in connection.execute(query.order_by(plans.c.time)):
            known.plan_time[account] = time
            if why == "":
                known.scanned[account] = session
        return known.scanned.get(account)


def _only_read(connection: Connection) -> None:
    """The database itself refuses a write by this connection, and a question that takes long."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
        return
    connection.execute(text("SET TRANSACTION READ ONLY"))
    milliseconds = round(PATIENCE_SECONDS * 1000)
    connection.execute(text(f"SET LOCAL statement_timeout = {milliseconds}"))


def _unscanned(connection: Connection) -> Any:  # noqa: ANN401  # a clause of SQL
    body = plans.c.body
    if connection.dialect.name == "sqlite":
        return type_coerce(body, JSON)["unscanned"].as_string()
    return cast(body, JSON)["unscanned"].as_string()


def _executions(connection: Connection, *, corrected: bool) -> dict[AccountId, int]:
    """Versions of executions by account: all, or those that replaced an earlier one."""
    first = select(
        executions.c.account, executions.c.root, func.count().label("versions")
    ).group_by(executions.c.account, executions.c.root)
    each = first.subquery()
    versions = func.sum(each.c.versions - 1) if corrected else func.sum(each.c.versions)
    rows = connection.execute(select(each.c.account, versions).group_by(each.c.account))
    return {account: int(count) for account, count in rows}


def _mails(connection: Connection) -> dict[str, Any]:
    """Mails that wait, since when, and those that were given up."""
    ended = select(outbox_events.c.seq).where(
        outbox_events.c.mail_id == outbox.c.mail_id,
        outbox_events.c.state.in_(("sent", "given-up")),
    )
    query = select(func.count(), func.min(outbox.c.created)).where(~ended.exists())
    waiting, since = connection.execute(query).one()
    lost = select(func.count()).where(outbox_events.c.state == "given-up")
    return {
        "mails_waiting": waiting,
        "mail_since": since,
        "mails_given_up": connection.execute(lost).scalar_one(),
    }


def _plans_waiting(connection: Connection) -> int:
    later = plan_events.alias()
    last = select(func.max(later.c.seq)).where(later.c.plan_id == plan_events.c.plan_id)
    query = select(func.count()).where(
        plan_events.c.state == "awaiting", plan_events.c.seq == last.scalar_subquery()
    )
    return connection.execute(query).scalar_one()
