"""``trimtab check`` against the stand-in: the whole program, its own clock, its own wiring."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer
from tws_bench import QUOTES

ROOT = Path(__file__).resolve().parents[3]
ACCOUNT = """\
[accounts.pension]
broker = "ibkr"
[accounts.pension.target]
strategy = "equal"
symbols = ["AAPL", "KO"]
[accounts.pension.ibkr]
timeout_seconds = 2
"""


@pytest.fixture
def server() -> Iterator[TwsServer]:
    """The stand-in at the time that it is."""
    now = lambda: datetime.now(UTC)  # noqa: E731, TID251 - the program has its own clock here
    with TwsServer(TwsModel(now, dict(QUOTES))) as made:
        yield made


def check(folder: Path, config: str) -> tuple[int, str]:
    """Exit code and words of ``trimtab check``."""
    (folder / "config.toml").write_text(config)
    (folder / "config.toml").chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_an_account_that_is_in_order(server: TwsServer, tmp_path: Path) -> None:
    code, said = check(tmp_path, f"{ACCOUNT}port = {server.port}\n")
    assert code == 0, said
    assert "account: PAPER pension, 0 positions" in said
    assert "s from the broker's" in said
    assert server.count("placeOrder") == 0


def test_what_is_wrong_is_one_line_with_its_remedy(server: TwsServer, tmp_path: Path) -> None:
    server.go_down()
    code, said = check(tmp_path, f"{ACCOUNT}port = {server.port}\n")
    assert code != 0
    assert f"nobody listens at 127.0.0.1:{server.port}" in said
    assert "start TWS or IB Gateway and log in" in said
    assert "Traceback" not in said
    assert "ib_async" not in said, "the library is not heard"
