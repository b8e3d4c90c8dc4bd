"""The pretended IB Gateway that a person can point an account at, as a process of its own."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from brokers.connect import open_ibkr, open_paper
from brokers.settings import IbkrSettings, PaperSettings
from brokers.words import AccountId, Symbol

TESTS = Path(__file__).parents[2]
AAPL = Symbol("AAPL")


def now() -> datetime:
    """The process has its own clock."""
    return datetime.now(UTC)  # noqa: TID251


def test_an_account_points_at_it_and_finds_the_time_that_it_is(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "standins.tws_demo", "--port", "0"]
    process = subprocess.Popen(  # noqa: S603 - this interpreter
        command, env={**os.environ, "PYTHONPATH": str(TESTS)}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline().split(":")[1].split(",")[0])
        assert f"port = {port}" in process.stdout.readline()
        settings = IbkrSettings(port=port)
        broker = open_ibkr(AccountId("pension"), settings, now, lambda _: None)
        assert abs(broker.clock().time - now()) < timedelta(seconds=5)
        assert broker.account().fingerprint == "DU1234567"
        assert abs(broker.quotes([AAPL])[AAPL].mid - 70) < 1
        follower = PaperSettings(tmp_path / "paper.db", tape="account:x", quotes_of=settings)
        paper = open_paper(AccountId("toy"), follower, now, lambda _: None)
        assert abs(paper.quotes([AAPL])[AAPL].mid - 70) < 1
        paper.close()
        broker.close()
    finally:
        process.kill()
        process.communicate()
