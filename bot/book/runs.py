"""How it ran: each slot of the schedule at most once, whatever starts and dies."""

from datetime import datetime

from sqlalchemy import Connection, and_, insert, select

from bot.book.errors import IllegalStep
from bot.book.rows import RunRow
from bot.book.schema import run_events, runs
from brokers.words import AccountId


def begin_run(connection: Connection, account: AccountId, slot: str, time: datetime) -> bool:
    """Take the slot; False where it was taken before, also by a run that died."""
    if _find(connection, account, slot) is not None:
        return False
    connection.execute(insert(runs).values(account=account, slot=slot, started=time))
    return True


def end_run(
    connection: Connection, account: AccountId, slot: str, time: datetime, *, ok: bool, why: str
) -> None:
    """Write down how the run of a slot ended."""
    run = _find(connection, account, slot)
    if run is None or run.ended is not None:
        state = "was never begun" if run is None else f"has ended at {run.ended}"
        raise IllegalStep(f"the run of {account} in slot {slot} {state}", "a slot runs once")
    end = {"account": account, "slot": slot, "time": time, "why": why}
    connection.execute(insert(run_events).values(**end, state="finished" if ok else "failed"))


def run_rows(connection: Connection, account: AccountId | None, limit: int) -> tuple[RunRow, ...]:
    """The newest runs first, of one account or of all."""
    query = _ROWS.order_by(runs.c.started.desc(), runs.c.slot.desc()).limit(limit)
    if account is not None:
        query = query.where(runs.c.account == account)
    return tuple(_run_row(*row) for row in connection.execute(query))


_ROWS = select(
    runs.c.account,
    runs.c.slot,
    runs.c.started,
    run_events.c.time,
    run_events.c.state,
    run_events.c.why,
).outerjoin(
    run_events, and_(run_events.c.account == runs.c.account, run_events.c.slot == runs.c.slot)
)


def _find(connection: Connection, account: AccountId, slot: str) -> RunRow | None:
    query = _ROWS.where(runs.c.account == account, runs.c.slot == slot)
    found = connection.execute(query).first()
    return None if found is None else _run_row(*found)


def _run_row(
    account: AccountId,
    slot: str,
    started: datetime,
    ended: datetime | None,
    state: str | None,
    why: str | None,
) -> RunRow:
    ok = None if state is None else state == "finished"
    return RunRow(account, slot, started, ended, ok, why or "")
