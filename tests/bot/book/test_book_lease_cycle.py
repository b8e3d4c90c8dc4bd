"""A real cycle falls asleep in the middle of its wave; another takes over; the first one wakes up.

Both are processes of their own, over one book and one paper exchange. What left is read from the
exchange's own file, what was meant from the book by raw SQL.
"""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.book.engine import locate
from bot.book.maintain import check

SCRIPT = Path(__file__).with_name("lease_cycle.py")
ROOT = Path(__file__).parents[3]

Cycle = subprocess.Popen[str]
Start = Callable[[float, str], Cycle]


@pytest.fixture
def start(tmp_path: Path, sqlite_template: Path, url: str) -> Iterator[Start]:
    """Starts cycles; what still lives in the end is killed."""
    started: list[Cycle] = []
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests")))

    def run(seconds: float, manner: str) -> Cycle:
        folder, template = str(tmp_path / "account"), str(sqlite_template)
        cycle = subprocess.Popen(  # noqa: S603 our own code
            [sys.executable, str(SCRIPT), folder, template, url, str(seconds), manner],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        started.append(cycle)
        return cycle

    yield run
    for cycle in started:
        cycle.kill()
        cycle.communicate()


def asleep(cycle: Cycle) -> None:
    """Wait until it has stopped itself in the middle of its wave."""
    assert cycle.stdout is not None
    assert cycle.stdout.readline() == "stopped\n"
    _, status = os.waitpid(cycle.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)


def said(cycle: Cycle) -> str:
    """Its last word."""
    return cycle.communicate(timeout=60)[0].strip()


def test_who_wakes_up_in_the_middle_of_a_wave_sends_nothing(
    start: Start, url: str, tmp_path: Path
) -> None:
    first = start(0, "asleep")
    asleep(first)
    second = start(600, "awake")
    word, _, plan = said(second).partition(" ")
    assert word == "finished"
    before = placed(tmp_path)
    first.send_signal(signal.SIGCONT)
    lost = said(first)
    assert lost.startswith(f"lost main was taken over by process {second.pid} on ")
    assert placed(tmp_path) == before, "the one that woke up placed or took back an order"
    sent, wanted = told(url)
    mine = [key for key, of in sent if of != plan]
    assert (len(mine), len(sent)) == (1, 1 + wanted[plan])
    assert [of == plan for of, _ in groupby(of for _, of in sent)] == [False, True]
    assert {key for key, _ in sent} == {key for key, _ in before}
    assert states(url) == {plan: "finished", **dict.fromkeys(set(wanted) - {plan}, "void")}
    assert check(url) == ()


def test_who_wakes_up_while_nobody_took_over_goes_on(start: Start, url: str) -> None:
    alone = start(0, "asleep")
    asleep(alone)
    alone.send_signal(signal.SIGCONT)
    word, _, plan = said(alone).partition(" ")
    assert word == "finished"
    sent, wanted = told(url)
    assert [of for _, of in sent] == [plan] * wanted[plan]


def placed(folder: Path) -> list[tuple[str, str]]:
    """Every order of the exchange, and whether somebody asked to cancel it."""
    ledger = sqlite3.connect(folder / "account" / "ledger.db")
    rows = ledger.execute("SELECT key, coalesce(cancel_at, '') FROM orders ORDER BY seq").fetchall()
    ledger.close()
    return rows


def told(url: str) -> tuple[list[tuple[str, str]], dict[str, int]]:
    """Orders that were sent, with their plan, in order; and how many intents each plan has."""
    sent = "SELECT i.key, i.plan_id FROM order_events e JOIN intents i ON i.key = e.key "
    rows = ask(url, sent + "WHERE e.kind = 'sent' ORDER BY e.seq")
    counts = ask(url, "SELECT plan_id, count(*) FROM intents GROUP BY plan_id")
    return [(row[0], row[1]) for row in rows], {row[0]: row[1] for row in counts}


def states(url: str) -> dict[str, str]:
    """The last state of each plan."""
    rows = ask(url, "SELECT plan_id, state FROM plan_events ORDER BY plan_id, seq")
    return {row[0]: row[1] for row in rows}


def ask(url: str, query: str) -> list[tuple[str, ...]]:
    """Past all of our code."""
    engine = create_engine(locate(url).url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return rows
