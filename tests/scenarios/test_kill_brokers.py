"""A cycle that is killed anywhere, at each broker over real sockets: 0 lost and 0 sent twice.

The judge reads what the broker has kept and the rows of the book with SQL of its own; it knows
nothing of the project.
"""

import json
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from postgres_server import postgresql

HARNESS = Path(__file__).with_name("killing_brokers.py")
EVERY = int(os.environ.get("KILL_EVERY", "1"))
PARTS = 3
LATE = 12
"""Steps by which two cycles may differ: how often they look depends on the clock."""
UNSTRUCK = 2
"""Steps of a part that may come to nothing, because the cycle was done before them."""
SIGNS = {"buy": 1, "BUY": 1, "sell": -1, "SELL": -1}


@dataclass(slots=True)
class Truth:
    """What happened, as one side has it: shares filled by our key, and shares held."""

    orders: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    filled: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)


def told_by_alpaca(kept: Path) -> Truth:
    """By what the stand-in wrote down."""
    account = json.loads(kept.read_text())
    found = Truth(held=Counter({s: Decimal(q) for s, q in account["positions"].items()}))
    for order in account["orders"]:
        key = order["body"]["client_order_id"]
        found.orders.append(key)
        found.filled[key] += Decimal(order["filled"])
        if order["status"] in {"new", "accepted", "partially_filled", "pending_cancel"}:
            found.live.append(key)
    return found


def told_by_tws(kept: Path) -> Truth:
    """By what the gateway's stand-in wrote down."""
    books = pickle.loads(kept.read_bytes())  # noqa: S301 - of our own stand-in
    (account,) = books.accounts.values()
    found = Truth()
    for holding in account.holdings.values():
        found.held[holding.listing.symbol] += holding.shares
    for order in books.orders:
        found.orders.append(order.wanted.ref)
        found.filled[order.wanted.ref] += order.filled
        if order.is_live:
            found.live.append(order.wanted.ref)
    return found


LATEST = """
    SELECT key, symbol, side, quantity FROM executions AS e
    WHERE version = (SELECT max(version) FROM executions AS o WHERE o.root = e.root)"""


def told_by_book(place: Path) -> Truth:
    """By the rows: intents, and the latest version of each execution."""
    url = place / "url"
    if not url.exists():
        with sqlite3.connect(place / "book.db") as rows:
            return truth_of(list(rows.execute(INTENTS)), list(rows.execute(LATEST)))
    address = url.read_text().replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(address) as server:
        return truth_of(server.execute(INTENTS).fetchall(), server.execute(LATEST).fetchall())


INTENTS = "SELECT key FROM intents"


def truth_of(intents: list[Any], executions: list[Any]) -> Truth:
    """Added up."""
    found = Truth(orders=[key for (key,) in intents])
    for key, symbol, side, quantity in executions:
        found.filled[key] += Decimal(quantity)
        found.held[symbol] += SIGNS[side] * Decimal(quantity)
    return found


READERS = {"alpaca": told_by_alpaca, "ibkr": told_by_tws}


def judged(place: Path, broker: str) -> list[str]:
    """Everything that is wrong after a kill and the slot that followed it."""
    theirs, ours = READERS[broker](place / "broker.kept"), told_by_book(place)
    wrong = [f"sent twice: {key}" for key, count in Counter(theirs.orders).items() if count > 1]
    wrong += [f"no intent: {key}" for key in theirs.orders if key not in ours.orders]
    wrong += [f"still in the market: {key}" for key in theirs.live]
    if +theirs.filled != +ours.filled:
        wrong.append(f"filled {dict(theirs.filled)}, booked {dict(ours.filled)}")
    if +theirs.held != +ours.held:
        wrong.append(f"holds {dict(theirs.held)}, booked {dict(ours.held)}")
    return wrong


def swept(folder: Path, broker: str, first: int, every: int, url: str = "") -> list[str]:
    """Kill a cycle at each ``every``th of its steps from ``first`` on; the names of all steps."""
    numbers = [str(first), str(every)]
    outcome = subprocess.run(  # noqa: S603  # our own interpreter, our own program
        [sys.executable, str(HARNESS), str(folder), broker, *numbers, url],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(HARNESS.parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert outcome.returncode == 0, outcome.stderr
    return list(json.loads((folder / "steps.json").read_text()))


def assert_recovered(folder: Path, broker: str, steps: list[str], first: int, every: int) -> None:
    """After each kill the next cycle made everything right, and somebody did what was wanted."""
    begun = READERS[broker](folder / "template" / "broker.kept")
    wrong, killed = [], 0
    for number in range(first, len(steps), every):
        place = folder / f"{number:03d}"
        first_end = int((place / "first").read_text())
        is_late = number >= len(steps) - LATE  # it may have looked less often, and be done
        assert first_end == signal.SIGKILL or (is_late and first_end == 0), steps[number]
        assert (place / "outcome").read_text() == "0", steps[number]
        killed += first_end == signal.SIGKILL
        wrong += [f"{number} {steps[number]}: {each}" for each in judged(place, broker)]
        after = READERS[broker](place / "broker.kept")
        assert len(after.orders) > len(begun.orders), steps[number]
    assert not wrong
    assert killed >= len(range(first, len(steps), every)) - UNSTRUCK


@pytest.mark.timeout(1000)
@pytest.mark.parametrize("broker", sorted(READERS))
def test_a_cycle_killed_anywhere_loses_nothing_and_sends_nothing_twice(
    tmp_path: Path, broker: str
) -> None:
    """In parts at the same time: most of it is waiting."""
    with ThreadPoolExecutor(PARTS) as pool:
        parts = [
            pool.submit(swept, tmp_path / str(part), broker, part * EVERY, PARTS * EVERY)
            for part in range(PARTS)
        ]
    for part, done in enumerate(parts):
        steps = done.result()
        assert len(steps) >= 44
        assert steps.count("did submit") >= 2
        assert_recovered(tmp_path / str(part), broker, steps, part * EVERY, PARTS * EVERY)


@pytest.mark.timeout(1000)
@pytest.mark.parametrize("broker", sorted(READERS))
def test_the_same_with_a_book_on_a_server(tmp_path: Path, broker: str) -> None:
    """A tenth of the steps."""
    with postgresql() as create:
        steps = swept(tmp_path, broker, 0, 10 * EVERY, create(None))
        assert_recovered(tmp_path, broker, steps, 0, 10 * EVERY)


def test_the_judge_sees_what_is_wrong(tmp_path: Path) -> None:
    """An order too many, one without an intent, and a fill that nobody wrote down."""
    order = {"body": {"client_order_id": "k-1"}, "filled": "5", "status": "new"}
    kept = {"positions": {"A": "5"}, "orders": [order, order]}
    (tmp_path / "broker.kept").write_text(json.dumps(kept))
    with sqlite3.connect(tmp_path / "book.db") as rows:
        rows.execute("CREATE TABLE intents (key)")
        columns = "key, root, version, symbol, side, quantity"
        rows.execute(f"CREATE TABLE executions ({columns})")
        rows.execute("INSERT INTO executions VALUES ('k-1', 'r', 0, 'A', 'buy', '5')")
        rows.execute("INSERT INTO executions VALUES ('k-1', 'r', 1, 'A', 'buy', '4')")
    assert [line.partition(":")[0] for line in judged(tmp_path, "alpaca")] == [
        "sent twice",
        "no intent",
        "no intent",
        "still in the market",
        "still in the market",
        "filled {'k-1'",
        "holds {'A'",
    ]
