"""What ``trimtab status`` shows, read from the embedded book in a few milliseconds.

Only the standard library, and little of it: the database library alone takes ten times as long to
load as the answer takes to read. The file is opened for reading only, so a look never disturbs.
"""

import json
import sqlite3
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from bot.book.errors import BookError
from bot.book.version import HEAD, VERSION_TABLE
from bot.switch.states import State, severity


class _Stop(NamedTuple):
    """How far trading is stopped, and why; no reason where it is not."""

    state: State
    reason: str | None


class TieOutGlance(NamedTuple):
    """When book and broker were last compared, and whether they agreed."""

    time: datetime
    ok: bool


class ScanGlance(NamedTuple):
    """Whether lots were looked through for losses in the last session that was planned in.

    ``why`` they were not is empty where they were.
    """

    session: date
    why: str


class LeaseGlance(NamedTuple):
    """Which process works the account, with the how-manieth lease, and until when."""

    host: str
    pid: int
    token: int
    until: datetime


class AccountGlance(NamedTuple):
    """One account at a glance. None where nothing is known yet; weights are shares of NAV."""

    account: str
    broker: str
    environment: str
    nav: Decimal | None
    cash: Decimal | None
    seen: datetime | None
    """When the last snapshot was taken."""
    max_drift: Decimal | None
    plan_id: str | None
    plan_kind: str | None
    plan_state: str | None
    orders_open: int
    run_slot: str | None
    run_started: datetime | None
    run_ok: bool | None
    """None while the run goes on, or where it died."""
    halted: str | None
    """Why, where trading in the account is stopped."""
    tie_out: TieOutGlance | None
    scan: ScanGlance | None = None
    """None where no losses are harvested, or nothing was planned yet."""
    lease: LeaseGlance | None = None
    """None while nobody works the account."""
    state: State = "active"
    """How far trading in the account is stopped, by the book."""


class HouseGlance(NamedTuple):
    """What is kept of nobody's account: the last check of the whole book, and alarms that stand."""

    checked: datetime | None = None
    fault: str = ""
    """What that check has found; empty where all was as it must be."""
    alarms: tuple[str, ...] = ()
    """Whose and which, and since when."""


class Glance(NamedTuple):
    """A whole book at a glance."""

    schema: str
    accounts: tuple[AccountGlance, ...]
    halted: str | None
    """Why, where trading is stopped everywhere."""
    mails_unsent: int
    plans_waiting: int
    state: State = "active"
    """How far trading is stopped everywhere, by the book."""
    restored: str | None = None
    """Why this is an older copy of the book, which sends nothing; None where it is not."""
    house: HouseGlance = HouseGlance()


def glance(path: str | Path) -> Glance:
    """Look at the book in ``path``; ``BookError`` where there is none that can be read."""
    file = Path(path)
    if not file.is_file():
        raise BookError(f"there is no book at {file}", "check the path in the config")
    try:
        uri = f"{file.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=2)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN")  # all answers are of one moment
            return _look(connection, file)
    except sqlite3.Error as exc:
        raise BookError(f"book {file} cannot be read: {exc}", "run: trimtab check") from exc


def _look(connection: sqlite3.Connection, file: Path) -> Glance:
    version = _version(connection, file)
    rows = connection.execute("SELECT account, broker, environment FROM accounts ORDER BY 1")
    everywhere = _halt(connection, "*")
    return Glance(
        schema=version,
        accounts=tuple(_account(connection, row, everywhere) for row in rows),
        halted=everywhere.reason,
        mails_unsent=_count(connection, _MAILS_UNSENT),
        plans_waiting=_count(connection, _PLANS_WAITING),
        state=everywhere.state,
        restored=_restored(connection),
        house=_house(connection),
    )


def _house(connection: sqlite3.Connection) -> HouseGlance:
    runs = connection.execute(_HOUSE_RUNS).fetchall()
    standing = (r["slot"] for r in runs if _is(r, "alarm") and r["state"] is None)
    check = next((r for r in runs if _is(r, "check") and r["state"] is not None), None)
    return HouseGlance(
        checked=datetime.fromisoformat(check["started"]) if check else None,
        fault=check["why"] if check else "",
        alarms=tuple(map(_alarm, standing)),
    )


def _alarm(slot: str) -> str:
    _, name, rest = slot.split("/", 2)
    account, _, since = rest.rpartition("/")
    whose = f" of {account}" if account else ""
    return f"{name}{whose} since {datetime.fromisoformat(since):%Y-%m-%d %H:%M} UTC"


def _is(run: sqlite3.Row, kind: str) -> bool:
    return bool(run["slot"].startswith(f"{kind}/"))


def _restored(connection: sqlite3.Connection) -> str | None:
    row = _first(connection, "SELECT state, why FROM restores ORDER BY seq DESC LIMIT 1")
    return row["why"] if row and row["state"] == "restored" else None


def _version(connection: sqlite3.Connection, file: Path) -> str:
    table = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
    if not _count(connection, table, VERSION_TABLE):
        raise BookError(f"{file} is not a book of trimtab", "check the path in the config")
    version = _first(connection, f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 our name
    if version is None or version[0] != HEAD:
        what = f"book {file} has schema {version and version[0]}, not {HEAD}"
        raise BookError(what, "run: trimtab db upgrade, or install the trimtab that wrote it")
    return HEAD


def _account(connection: sqlite3.Connection, row: sqlite3.Row, everywhere: _Stop) -> AccountGlance:
    account = row["account"]
    stop = max(everywhere, _halt(connection, account), key=lambda stop: severity(stop.state))
    seen = _first(connection, _SNAPSHOT, account)
    plan = _first(connection, _PLAN, account)
    run = _first(connection, _RUN, account)
    tie_out = _first(connection, _TIE_OUT, account)
    return AccountGlance(
        account=account,
        broker=row["broker"],
        environment=row["environment"],
        nav=Decimal(seen["nav"]) if seen else None,
        cash=Decimal(seen["cash"]) if seen else None,
        seen=datetime.fromisoformat(seen["time"]) if seen else None,
        max_drift=_max_drift(seen["body"]) if seen else None,
        plan_id=plan["plan_id"] if plan else None,
        plan_kind=plan["kind"] if plan else None,
        plan_state=plan["state"] if plan else None,
        orders_open=_count(connection, _ORDERS_OPEN, account),
        run_slot=run["slot"] if run else None,
        run_started=datetime.fromisoformat(run["started"]) if run else None,
        run_ok=run["state"] == "finished" if run and run["state"] else None,
        halted=stop.reason,
        tie_out=_tie_out(tie_out) if tie_out else None,
        scan=_scan(connection, account),
        lease=_lease(connection, account),
        state=stop.state,
    )


def _lease(connection: sqlite3.Connection, account: str) -> LeaseGlance | None:
    row = _first(connection, _LEASE, account)
    if row is None or row["state"] == "released":
        return None
    until = datetime.fromisoformat(row["until"])
    return LeaseGlance(row["host"], row["pid"], row["token"], until)


def _scan(connection: sqlite3.Connection, account: str) -> ScanGlance | None:
    row = _first(connection, _SCAN, account, account)
    if row is None or row["why"] is None:
        return None
    return ScanGlance(date.fromisoformat(row["session"]), row["why"])


def _max_drift(body: str) -> Decimal | None:
    """Largest distance of a weight from its target, whichever of the two is missing."""
    parts = json.loads(body)
    weights, targets = parts["weights"], parts["targets"]
    symbols = weights.keys() | targets.keys()
    distances = (abs(Decimal(weights.get(s, 0)) - Decimal(targets.get(s, 0))) for s in symbols)
    return max(distances, default=None)


def _tie_out(row: sqlite3.Row) -> TieOutGlance:
    return TieOutGlance(datetime.fromisoformat(row["time"]), bool(row["ok"]))


def _halt(connection: sqlite3.Connection, scope: str) -> _Stop:
    row = _first(connection, _HALT, scope)
    return _Stop(row["state"], row["reason"]) if row else _Stop("active", None)


def _first(connection: sqlite3.Connection, query: str, *values: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(query, values).fetchone()
    return row


def _count(connection: sqlite3.Connection, query: str, *values: str) -> int:
    counted: Any = connection.execute(query, values).fetchone()[0]
    return int(counted)


_SNAPSHOT = "SELECT * FROM snapshots WHERE account = ? ORDER BY time DESC, seq DESC LIMIT 1"

_PLAN = """
    SELECT p.plan_id, p.kind, e.state
    FROM plans p JOIN plan_events e ON e.plan_id = p.plan_id
    WHERE p.account = ? ORDER BY p.time DESC, p.plan_id DESC, e.seq DESC LIMIT 1
"""

_RUN = """
    SELECT r.slot, r.started, e.state
    FROM runs r LEFT JOIN run_events e ON e.account = r.account AND e.slot = r.slot
    WHERE r.account = ? ORDER BY r.started DESC, r.slot DESC LIMIT 1
"""

_HOUSE_RUNS = """
    SELECT r.slot, r.started, e.state, e.why
    FROM runs r LEFT JOIN run_events e ON e.account = r.account AND e.slot = r.slot
    WHERE r.account = '*' ORDER BY r.started DESC, r.slot DESC LIMIT 500
"""

_TIE_OUT = "SELECT time, ok FROM tieouts WHERE account = ? ORDER BY seq DESC LIMIT 1"

_LEASE = "SELECT * FROM leases WHERE account = ? ORDER BY seq DESC LIMIT 1"

_SCAN = """
    SELECT session, min(json_extract(body, '$.unscanned')) AS why
    FROM plans WHERE account = ? AND session = (
        SELECT session FROM plans WHERE account = ? ORDER BY time DESC, plan_id DESC LIMIT 1
    ) GROUP BY session
"""
"""One plan that looked is enough, and its empty reason comes before every other."""

_ORDERS_OPEN = """
    SELECT count(*)
    FROM intents i JOIN order_events e ON e.key = i.key
    WHERE i.account = ? AND e.seq = (SELECT max(seq) FROM order_events WHERE key = i.key)
    AND e.kind NOT IN (
        'refused', 'absent', 'filled', 'cancelled', 'expired', 'rejected', 'blocked'
    )
"""

_HALT = """
    SELECT state, reason FROM halts h
    WHERE scope = ? AND state != 'active' AND seq > coalesce(
        (SELECT max(seq) FROM halts WHERE scope = h.scope AND state = 'active'), 0
    )
    ORDER BY instr('halted cancel-only reducing', state), seq LIMIT 1
"""
"""The most severe one, the first of several."""

_MAILS_UNSENT = """
    SELECT count(*) FROM outbox o WHERE NOT EXISTS (
        SELECT 1 FROM outbox_events e WHERE e.mail_id = o.mail_id AND e.state = 'sent'
    )
"""

_PLANS_WAITING = """
    SELECT count(*) FROM plan_events e
    WHERE state = 'awaiting'
    AND seq = (SELECT max(seq) FROM plan_events WHERE plan_id = e.plan_id)
"""
