"""Ctrl-C, SIGTERM and SIGKILL in the middle of a drill: a real process, and what it leaves."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from drill_bench import CANCEL, POST, Account
from standins.faults import Fault, Schedule, hang_after

ROOT = Path(__file__).parents[3]
WAIT = 60.0
"""Seconds for a program to start on a machine that is busy."""


class Telling(Schedule):
    """Faults, and an event that is set as soon as one of them happens."""

    def __init__(self) -> None:
        super().__init__()
        self.happens = threading.Event()

    def next(self, method: str, path: str) -> Fault | None:
        found = Schedule.next(self, method, path)
        if found is not None:
            self.happens.set()
        return found


def in_the_middle(account: Account, fault: Fault, number: int) -> tuple[int, str]:
    """A drill that gets signal ``number`` while it waits for an answer: code, and what it said."""
    account.server.faults = faults = Telling()
    faults.tell(fault)
    line = [sys.executable, "-m", "bot", "-c", str(account.config), "drill", "growth", "--yes"]
    with subprocess.Popen(  # noqa: S603  # ours
        line,
        cwd=account.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert faults.happens.wait(WAIT), "it never came so far"
        process.send_signal(number)
        assert process.stdout is not None
        said = process.stdout.read()
    return process.returncode, said


MOMENTS = {
    "while it is sent": hang_after(*POST),
    "while it is taken back": hang_after(*CANCEL),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_takes_the_orders_back(account: Account, moment: str) -> None:
    code, said = in_the_middle(account, MOMENTS[moment], signal.SIGINT)
    assert code == 130, said
    assert "not tried: interrupted" in " ".join(said.split())
    assert "Traceback" not in said
    assert account.report()["interrupted"]
    assert account.verdicts()["swept"] == "passed"
    assert len(account.orders) == 1
    account.assert_nothing_is_left()


def test_what_a_killed_drill_leaves_is_taken_back_by_the_next(account: Account) -> None:
    code, said = in_the_middle(account, hang_after(*POST), signal.SIGKILL)
    assert code == -signal.SIGKILL, said
    assert [order.is_live for order in account.orders] == [True]
    code, out, err = account.drill()
    assert code == 0, out + err
    assert "taking back what an earlier drill has left: DRILL-" in err
    assert len(account.orders) == 2
    account.assert_nothing_is_left()
