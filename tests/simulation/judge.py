"""The invariants, one function each: what is wrong, in sentences; nothing where all is well.

Judged from the two files alone (``records``). The numbers are those of the list of invariants in
``tests/simulation/README.md``.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from simulation.records import (
    ZERO,
    book_cash,
    book_done,
    book_shares,
    opened,
    rows,
    true_cash,
    true_done,
    true_shares,
)

OURS = "key NOT LIKE 'HAND-%'"
CENT = Decimal("0.01")
DUST = Decimal("0.00000001")
"""Shares are kept to nine places; what a reverse split leaves behind them is nobody's."""
FINAL = frozenset({"refused", "absent", "filled", "cancelled", "expired", "rejected", "blocked"})
ENDS = {
    "filled": {"filled"},
    "cancelled": {"cancelled", "absent"},
    "expired": {"expired", "absent"},
    "rejected": {"rejected", "refused", "absent"},
}
"""What the book may say of an order, by how it ended at the exchange: what was given up may still
have come there, but not have been filled and be called absent."""
PLANS_MAX = 6
BY_HAND = frozenset({"by", "opening"})
"""So begins the name of what a person had booked, and of what was there when the book began."""
PLAN_EDGES = {
    "proposed": {"awaiting", "approved", "rejected", "started", "expired", "void"},
    "awaiting": {"approved", "rejected", "expired", "void"},
    "approved": {"started", "rejected", "expired", "void"},
    "started": {"finished", "void"},
}
KEPT = (
    "accounts",
    "executions",
    "cash_flows",
    "transfers",
    "corporate_actions",
    "plans",
    "plan_events",
    "intents",
    "order_events",
    "runs",
    "run_events",
    "leases",
    "halts",
    "locks",
    "snapshots",
    "tieouts",
    "outbox",
)
"""Tables of the book whose rows are never changed."""
STOPS = "SELECT scope, state, reason FROM halts WHERE scope IN ('*', 'sim') ORDER BY seq"
LOCKED = "SELECT symbol FROM locks WHERE session = (SELECT max(session) FROM plans)"


@dataclass(frozen=True, slots=True)
class Files:
    """The two files, open to be read."""

    book: sqlite3.Connection
    ledger: sqlite3.Connection


Judge = Callable[[Files], Iterator[str]]


# What must hold at any moment.


def nothing_invented(files: Files) -> Iterator[str]:
    """I1, one half: what the book holds has happened, just so."""
    true = true_done(files.ledger)
    versions = rows(files.ledger, "SELECT seq, version, quantity, price, fee FROM versions")
    later = {(f"E{s:08d}", v): tuple(map(Decimal, rest)) for s, v, *rest in versions}
    first = rows(files.ledger, "SELECT seq, quantity, price, fee FROM executions")
    later |= {(f"E{s:08d}", 1): tuple(map(Decimal, rest)) for s, *rest in first}
    query = "SELECT root, version, symbol, side, quantity, price, fee FROM executions"
    for root, version, symbol, side, *numbers in rows(files.book, query):
        told = later.get((root, version))
        if told is None or tuple(map(Decimal, numbers)) != told:
            yield f"I1: the book has {root}.{version}, and it never happened so"
        elif (true[root].symbol, true[root].side) != (symbol, side):
            yield f"I1: {root} is {true[root].side} {true[root].symbol}, the book says {side}"


def nothing_else_invented(files: Files) -> Iterator[str]:
    """I4, I5: what came and went was told by the exchange, or booked by a person's word."""
    query = "SELECT flow_id FROM cash_flows UNION SELECT transfer_id FROM transfers"
    true = {f"F{seq:08d}" for (seq,) in rows(files.ledger, "SELECT seq FROM flows")}
    true |= {f"T{seq:08d}" for (seq,) in rows(files.ledger, "SELECT seq FROM transfers")}
    for (name,) in rows(files.book, query):
        if name not in true and name.partition(":")[0] not in BY_HAND:
            yield f"{'I5' if name[0] == 'F' else 'I4'}: the book has {name}, and nobody told it"


def one_order_an_intent(files: Files) -> Iterator[str]:
    """I2, I7: each order at the exchange was meant, and each intent led to one at most."""
    intents = {key for (key,) in rows(files.book, "SELECT key FROM intents")}
    sent = {k for (k,) in rows(files.book, "SELECT key FROM order_events WHERE kind = 'sent'")}
    placed = [key for (key,) in rows(files.ledger, f"SELECT key FROM orders WHERE {OURS}")]  # noqa: S608
    for key, count in Counter(placed).items():
        if count > 1:
            yield f"I2: {count} orders at the exchange carry {key}"
        if key not in intents:
            yield f"I7: order {key} is at the exchange, and the book never meant it"
        elif key not in sent:
            yield f"I7: order {key} is at the exchange, and the book never sent it"


def never_short(files: Files) -> Iterator[str]:
    """I13: nothing is held short."""
    for symbol, quantity in sorted(true_shares(files.ledger).items()):
        if quantity < 0:
            yield f"I13: {quantity} {symbol} are held"


def tokens_count_up(files: Files) -> Iterator[str]:
    """I8: each taking of the lease has the next token, and no intent bears an older one."""
    taken = rows(files.book, "SELECT token FROM leases WHERE state = 'taken' ORDER BY seq")
    for (before,), (after,) in pairwise(taken):
        if after <= before:
            yield f"I8: token {after} follows {before}"
    known = {token for (token,) in taken}
    last = 0
    for key, token in rows(files.book, "SELECT key, token FROM intents ORDER BY rowid"):
        if token not in known or token < last:
            yield f"I8: intent {key} bears token {token} after {last}"
        last = max(last, token or 0)


def runs_once(files: Files) -> Iterator[str]:
    """I9: one run a slot, ended once; a plan starts once and takes legal steps alone."""
    for slot, count in rows(
        files.book,
        "SELECT slot, count(*) FROM run_events GROUP BY account, slot HAVING count(*) > 1",
    ):
        yield f"I9: the run of {slot} ended {count} times"
    steps: dict[str, list[str]] = {}
    for plan, state in rows(
        files.book, "SELECT plan_id, state FROM plan_events ORDER BY plan_id, seq"
    ):
        steps.setdefault(plan, []).append(state)
    for plan, states in steps.items():
        for before, after in pairwise(states):
            if after not in PLAN_EDGES.get(before, set()):
                yield f"I9: plan {plan} goes from {before} to {after}"


def steps_are_told(files: Files) -> Iterator[str]:
    """I9, I24: an order is sent once, by a plan that was started, never once it was blocked."""
    started = {
        p for (p,) in rows(files.book, "SELECT plan_id FROM plan_events WHERE state = 'started'")
    }
    kinds: dict[str, list[str]] = {}
    for key, kind in rows(files.book, "SELECT key, kind FROM order_events ORDER BY seq"):
        kinds.setdefault(key, []).append(kind)
    plans = dict(rows(files.book, "SELECT key, plan_id FROM intents"))
    for key, told in kinds.items():
        if told.count("sent") > 1:
            yield f"I9: order {key} was sent {told.count('sent')} times"
        if "sent" in told and plans.get(key) not in started:
            yield f"I24: order {key} was sent, and plan {plans.get(key)} was never started"
        if "blocked" in told and told[-1] != "blocked":
            yield f"I9: order {key} goes on after it was blocked"


def halts_are_latched(files: Files) -> Iterator[str]:
    """I21: a run that ended because the account "is halted" left a halt in the book."""
    stops = "SELECT 1 FROM halts WHERE scope IN ('*', 'sim') AND state <> 'active' AND time <= ?"
    query = "SELECT slot, time FROM run_events WHERE why LIKE '%sim is halted%'"
    for slot, time in rows(files.book, query):
        if not rows(files.book, stops, time):
            yield f"I21: the run of {slot} says that the account is halted, and no halt is latched"


def plans_a_session(files: Files) -> Iterator[str]:
    """I12: no more plans are started in a session than the widest of the profiles lets through."""
    started = (
        "SELECT session, count(*) FROM plans JOIN plan_events USING (plan_id)"
        " WHERE state = 'started' GROUP BY session"
    )
    for session, count in rows(files.book, started):
        if count > PLANS_MAX:
            yield f"I12: {count} plans were started in the session of {session}"


ALWAYS: Sequence[Judge] = (
    nothing_invented,
    nothing_else_invented,
    one_order_an_intent,
    never_short,
    tokens_count_up,
    runs_once,
    steps_are_told,
    halts_are_latched,
    plans_a_session,
)


# What must hold when nobody lies, and nothing is under way.


def nothing_missing(files: Files) -> Iterator[str]:
    """I1, the other half: every execution is in the book, by its last version."""
    ours = book_done(files.book)
    for root, done in true_done(files.ledger).items():
        if root not in ours:
            yield f"I1: {root} is not in the book"
        elif ours[root] != done:
            yield f"I1: the book has version {ours[root].version} of {root}, not {done.version}"


def same_shares(files: Files) -> Iterator[str]:
    """I4, I6: shares agree, or the name is locked."""
    ours, theirs = book_shares(files.book), true_shares(files.ledger)
    locked = {s for (s,) in rows(files.book, LOCKED)}
    for symbol in sorted((ours.keys() | theirs.keys()) - locked):
        if abs(ours.get(symbol, ZERO) - theirs.get(symbol, ZERO)) > DUST:
            yield f"I6: the book has {ours.get(symbol)} {symbol}, the exchange {theirs.get(symbol)}"


def same_cash(files: Files) -> Iterator[str]:
    """I5: cash agrees to the cent."""
    ours, theirs = book_cash(files.book), true_cash(files.ledger)
    if abs(ours - theirs) >= CENT:
        yield f"I5: the book has {ours} USD, the exchange {theirs}"


def nothing_open(files: Files) -> Iterator[str]:
    """I19: no order is left of which the book does not know the end."""
    last = dict(rows(files.book, "SELECT key, kind FROM order_events ORDER BY seq"))
    for (key,) in rows(files.book, "SELECT key FROM intents"):
        if last.get(key) not in FINAL:
            yield f"I19: order {key} stands at {last.get(key)}"
    for (key,) in rows(files.ledger, f"SELECT key FROM orders WHERE status = 'open' AND {OURS}"):  # noqa: S608
        yield f"I19: order {key} is still in the market"


def ends_are_true(files: Files) -> Iterator[str]:
    """I19: how the book says that an order ended is how it did end at the exchange."""
    last = dict(rows(files.book, "SELECT key, kind FROM order_events ORDER BY seq"))
    less = "SELECT key FROM executions JOIN versions USING (seq)"
    changed = {key for (key,) in rows(files.ledger, less)}
    done: dict[str, Decimal] = {}
    for key, quantity in rows(files.ledger, "SELECT key, quantity FROM executions"):
        done[key] = done.get(key, ZERO) + Decimal(quantity)
    query = f"SELECT key, status, quantity FROM orders WHERE status <> 'open' AND {OURS}"  # noqa: S608
    for key, status, quantity in rows(files.ledger, query):
        said, is_whole = last.get(key), done.get(key, ZERO) >= Decimal(quantity)
        if key in changed or (said == "filled" and is_whole):
            continue  # what was corrected since has filled for more once, or for less
        if said not in ENDS[status]:
            yield f"I19: order {key} is {status}, the book says {said}"


def nothing_else_missing(files: Files) -> Iterator[str]:
    """I4, I5: what was paid, moved, split or renamed is in the book as what it is."""
    ours = {i for (i,) in rows(files.book, "SELECT flow_id FROM cash_flows")}
    ours |= {i for (i,) in rows(files.book, "SELECT transfer_id FROM transfers")}
    told = [f"F{seq:08d}" for (seq,) in rows(files.ledger, "SELECT seq FROM flows")]
    moved = rows(files.ledger, "SELECT seq FROM transfers WHERE told = 1")
    for name in [*told, *(f"T{seq:08d}" for (seq,) in moved)]:
        if name not in ours:
            yield f"{'I5' if name[0] == 'F' else 'I4'}: {name} is not in the book"
    query = "SELECT symbol, effective, coalesce(ratio, '1'), coalesce(new_symbol, '') FROM {}"
    acts, true = (
        {
            (symbol, day, Decimal(ratio), new)
            for symbol, day, ratio, new in rows(file, query.format(t))
        }
        for file, t in ((files.book, "corporate_actions"), (files.ledger, "actions"))
    )
    yield from (f"I4: {act} is not in the book" for act in sorted(true - acts))


IN_PEACE: Sequence[Judge] = (
    nothing_missing,
    same_shares,
    same_cash,
    nothing_open,
    ends_are_true,
    nothing_else_missing,
)


def ready(files: Files) -> Iterator[str]:
    """I19: with the faults gone the book ties out, and nothing is halted."""
    last = rows(files.book, "SELECT ok, text FROM tieouts ORDER BY seq DESC LIMIT 1")
    if not last or not last[0][0]:
        yield f"I19: the last tie-out says {last[0][1] if last else 'nothing'}"
    yield from (f"I19: still halted: {why}" for why in halts(files.book))


def halts(book: sqlite3.Connection) -> list[str]:
    """Reasons of the halts that are latched, of the account or of all; not of one name."""
    newest: dict[str, tuple[str, str]] = {}
    for scope, state, reason in rows(book, STOPS):
        newest[scope] = state, reason
    return [reason for state, reason in newest.values() if state != "active"]


def scanned(files: Files, sessions: Sequence[tuple[str, str]]) -> Iterator[str]:
    """I18: in each session (opens, closes) the account was worked, or somebody was told why not.

    Told of trouble, by the close of the next session: a machine that was away says so when it is
    back. One whose clock has jumped back stamps it too early; what names the day is of that day.
    """
    ran = rows(
        files.book,
        "SELECT r.started FROM runs r JOIN run_events e USING (account, slot)"
        " WHERE e.state = 'finished'",
    )
    trouble = (
        "SELECT created, dedupe_key FROM outbox WHERE severity <> 'info'"
        " AND dedupe_key NOT LIKE '%/approve' AND dedupe_key NOT LIKE '%/executed'"
    )
    told = rows(files.book, trouble)
    for (opens, closes), (_, late) in zip(sessions, [*sessions[1:], ("", "9")], strict=True):
        if any(opens <= at <= closes for (at,) in ran):
            continue
        day = opens[:10]
        if not any(at <= late and (opens <= at or f"/{day}-" in key) for at, key in told):
            yield f"I18: nobody looked in the session of {day}, and nobody was told"


@dataclass(slots=True)
class Memory:
    """I10: rows that were there stay as they were. Remembers a digest of each table."""

    seen: dict[str, tuple[int, str]] = field(default_factory=dict)

    def look(self, files: Files) -> Iterator[str]:
        """Compare with the last look, and remember this one."""
        for table in KEPT:
            last, digest = self.seen.get(table, (0, _digest(files.book, table, 0)))
            if _digest(files.book, table, last) != digest:
                yield f"I10: rows of {table} are not what they were"
            newest = rows(files.book, f"SELECT coalesce(max(rowid), 0) FROM {table}")[0][0]  # noqa: S608
            self.seen[table] = newest, _digest(files.book, table, newest)


def _digest(book: sqlite3.Connection, table: str, last: int) -> str:
    found = book.execute(
        f"SELECT rowid, * FROM {table} WHERE rowid <= ? ORDER BY rowid",  # noqa: S608
        (last,),
    )
    made = hashlib.blake2b(digest_size=16)
    for row in found:
        made.update(repr(row).encode())
    return made.hexdigest()


def judge(book: Path, ledger: Path, judges: Sequence[Judge]) -> list[str]:
    """All that is wrong."""
    with opened(book) as one, opened(ledger) as other:
        files = Files(one, other)
        return [said for each in judges for said in each(files)]


def dump(book: Path, but: frozenset[str] = frozenset()) -> bytes:
    """I22: the whole book as text, row by row; without ``but``: tables, and TABLE.COLUMN."""
    with opened(book) as connection:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        tables = [table for (table,) in rows(connection, names) if table not in but]
        return "\n".join(
            line for table in tables for line in _lines(connection, table, but)
        ).encode()


def _lines(connection: sqlite3.Connection, table: str, but: frozenset[str]) -> list[str]:
    found = connection.execute(f"SELECT * FROM {table} ORDER BY rowid")  # noqa: S608
    kept = [i for i, (name, *_) in enumerate(found.description) if f"{table}.{name}" not in but]
    return [f"{table} {[row[i] for i in kept]!r}" for row in found]
