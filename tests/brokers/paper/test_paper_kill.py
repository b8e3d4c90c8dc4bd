"""A process that is killed while it sends loses nothing that it was told, nor half of a trade."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from paper_bench import THURSDAY, D, SetClock, open_at, told

from brokers.broker import Found
from brokers.words import OrderKey, OrderStatus

SENDER = Path(__file__).with_name("paper_sender.py")


def send_and_kill(folder: Path, orders: int) -> list[str]:
    """Keys that the sender said it has sent, before it was killed."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, str(SENDER), str(folder)], stdout=subprocess.PIPE, text=True
    ) as sender:
        assert sender.stdout is not None
        told_first = [sender.stdout.readline().strip() for _ in range(orders)]
        sender.send_signal(signal.SIGKILL)
        told_last = sender.stdout.read().split("\n")[:-1]
    assert sender.returncode == -signal.SIGKILL
    return told_first + told_last


@pytest.mark.parametrize("orders", [1, 40])
def test_what_was_told_is_there_and_adds_up(tmp_path: Path, orders: int) -> None:
    keys = send_and_kill(tmp_path, orders)
    assert len(keys) >= orders
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    clock = SetClock(THURSDAY + timedelta(hours=2))
    broker = open_at(tmp_path, told(), clock)
    for key in keys:
        found = broker.find(OrderKey(key))
        assert isinstance(found, Found)
        assert found.state.status is OrderStatus.FILLED
    done = broker.executions(None)
    assert len(done) - len(keys) in {0, 1}, "the last may have been kept and not told"
    assert len({each.root for each in done}) == len(done)
    held = sum(each.side.sign * each.quantity for each in done)
    spent = sum(each.side.sign * each.quantity * each.price + each.fee for each in done)
    state = broker.account()
    assert sum(p.quantity for p in state.positions) == held
    assert state.cash[0].amount == D(100_000) - spent
    broker.close()
