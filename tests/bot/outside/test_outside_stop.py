"""A signal to who runs the cycle ends the owner's code at once, and the cycle without a fuss."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from owners_code import Alive

ROOT = Path(__file__).parents[3]
ONE_SLOT = """
import sys, threading
from dataclasses import replace
from pathlib import Path

from bot.cli.wiring import Hands, open_office, read_config
from bot.daemon.clock import SystemClock
from bot.daemon.signals import stop_on_signals
from bot.rounds import work_slot

config = replace(read_config(Path(sys.argv[1])), calendar="24/7")
stop = threading.Event()
hands = Hands(SystemClock(stop), lambda _step: None, stop.is_set)
with stop_on_signals(stop), open_office(config, hands, config.accounts) as (office, desks):
    plan = work_slot(desks[0], office)
    print(f"{plan.decision.why}; {len(office.book.mails())} mails")
"""
"""What ``trimtab run --once`` does, at an exchange that never closes."""
CONFIG = """
[accounts.main]
broker = "paper"
mode = "auto"
[accounts.main.target]
strategy = "file:mine.py:weights"
symbols = ["KO", "PG"]
[accounts.main.target.code]
seconds = 300
"""
HANGS = """
def weights():
    pipe = open("alive", "w")
    pipe.write("up")
    pipe.flush()
    while True:
        pass
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_code_and_the_cycle_in_order(
    tmp_path: Path, alive: Alive, number: int
) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "mine.py").write_text(HANGS)
    (tmp_path / "mine.py").chmod(0o644)
    cycle = subprocess.Popen(  # noqa: S603  # our own
        [sys.executable, "-c", ONE_SLOT, str(tmp_path / "config.toml")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with cycle:
        alive[1].wait(60)
        cycle.send_signal(number)
        said, errors = cycle.communicate(timeout=60)
    alive[0].join(10)
    assert not alive[0].is_alive(), "the code is gone"
    why = "your code mine.py:weights gave no answer: interrupted: the machine was told to stop"
    assert (cycle.returncode, said, errors) == (0, f"{why}; 0 mails\n", "")
