"""A cycle that is killed anywhere, at each broker over real sockets: 0 lost and 0 sent twice.

Each of its steps, commits and looks is struck once, and bytes in the middle of what is said on the
wire; ``soak_sigkill.py`` strikes at random.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from killing_judge import READERS, judged
from killing_strikes import NAMED, Job, Outcome
from postgres_server import postgresql

HARNESS = Path(__file__).with_name("killing_brokers.py")
EVERY = int(os.environ.get("KILL_EVERY", "3"))
"""One in so many of the places that have no name is struck."""

STRUCK = 0.9
"""Share of places that are met; how often a cycle looks depends on the clock."""


def swept(folder: Path, job: Job) -> list[Outcome]:
    """Kill cycles as the job says; what came of each chain."""
    seconds = 900 + 3 * job.kills
    outcome = subprocess.run(  # noqa: S603  # our own interpreter, our own program
        [sys.executable, str(HARNESS), str(folder), json.dumps(asdict(job))],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(HARNESS.parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    assert outcome.returncode == 0, outcome.stderr
    return [Outcome(**row) for row in json.loads((folder / "outcomes.json").read_text())]


def killed(outcomes: list[Outcome]) -> list[str]:
    """The strikes that killed a cycle."""
    return [
        name
        for each in outcomes
        for name, end in zip(each.strikes, each.ends, strict=True)
        if end == signal.SIGKILL
    ]


def assert_recovered(folder: Path, broker: str, outcomes: list[Outcome]) -> None:
    """After each kill the next cycle made everything right, and somebody did what was wanted."""
    begun = READERS[broker](folder / "template" / "broker.kept")
    for each in outcomes:
        assert set(each.ends) <= {signal.SIGKILL, 0}, each
        assert each.outcome == 0, each
        assert not each.wrong, each
        assert each.orders > len(begun.orders), each


@pytest.mark.timeout(1000)
@pytest.mark.parametrize("broker", sorted(READERS))
def test_a_cycle_killed_anywhere_loses_nothing_and_sends_nothing_twice(
    tmp_path: Path, broker: str
) -> None:
    outcomes = swept(tmp_path / "all", Job(broker, every=EVERY))
    assert_recovered(tmp_path / "all", broker, outcomes)
    struck, meant = killed(outcomes), {name for each in outcomes for name in each.strikes}
    places = len(meant & set(struck))
    sys.stdout.write(f"\n{broker}: {len(struck)} kills, at {places} of {len(meant)} places\n")
    assert places >= len(meant) * STRUCK
    assert len(struck) >= 60
    assert {place for place, name in NAMED.items() if not any_begins(name, struck)} == set()


def any_begins(name: str, struck: list[str]) -> bool:
    return any(each.startswith(name) for each in struck)


@pytest.mark.timeout(1000)
@pytest.mark.parametrize("broker", sorted(READERS))
def test_the_same_with_a_book_on_a_server(tmp_path: Path, broker: str) -> None:
    """A tenth of the places."""
    with postgresql() as create:
        outcomes = swept(tmp_path / "all", Job(broker, create(None), every=10, names=False))
    assert_recovered(tmp_path / "all", broker, outcomes)
    assert len(killed(outcomes)) >= 9


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
    found = judged(tmp_path / "broker.kept", str(tmp_path / "book.db"), "alpaca")
    assert [line.partition(":")[0] for line in found] == [
        "sent twice",
        "no intent",
        "no intent",
        "still in the market",
        "still in the market",
        "filled {'k-1'",
        "holds {'A'",
    ]
