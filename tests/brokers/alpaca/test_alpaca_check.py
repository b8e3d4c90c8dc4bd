"""``trimtab check`` against the stand-in: the whole program, its own clock, its own secrets."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alpaca_bench import QUOTES
from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import KEY_ID, SECRET_KEY, AlpacaServer

ROOT = Path(__file__).resolve().parents[3]
ACCOUNT = """\
[accounts.growth]
broker = "alpaca"
[accounts.growth.target]
strategy = "equal"
symbols = ["AAPL", "KO"]
[accounts.growth.alpaca]
"""


@pytest.fixture
def server() -> Iterator[AlpacaServer]:
    """The stand-in at the time that it is."""
    now = lambda: datetime.now(UTC)  # noqa: E731, TID251 - the program has its own clock here
    with AlpacaServer(AlpacaModel(now, dict(QUOTES))) as made:
        yield made


def check(folder: Path, config: str, **secrets: str) -> tuple[int, str]:
    """Exit code and words of ``trimtab check``."""
    (folder / "config.toml").write_text(config)
    (folder / "config.toml").chmod(0o600)
    named = {f"TRIMTAB_SECRET_{name.upper()}": value for name, value in secrets.items()}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200", **named},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def addressed(server: AlpacaServer) -> str:
    return f'{ACCOUNT}trading_url = "{server.url}"\ndata_url = "{server.url}"\n'


def test_an_account_that_is_in_order(server: AlpacaServer, tmp_path: Path) -> None:
    config = addressed(server)
    code, said = check(tmp_path, config, alpaca_key_id=KEY_ID, alpaca_secret_key=SECRET_KEY)
    assert code == 0, said
    assert "growth" in said
    assert "PAPER" in said
    assert "0 positions" in said
    assert SECRET_KEY not in said


def test_a_key_that_is_missing_is_named(server: AlpacaServer, tmp_path: Path) -> None:
    code, said = check(tmp_path, addressed(server), alpaca_key_id=KEY_ID)
    assert code != 0
    assert "the secret alpaca_secret_key is nowhere" in said
    assert "TRIMTAB_SECRET_ALPACA_SECRET_KEY" in said
    assert server.exchanges == []


def test_a_key_that_is_wrong_is_told_with_its_remedy(server: AlpacaServer, tmp_path: Path) -> None:
    wrong = "s3cret-wrong"
    code, said = check(tmp_path, addressed(server), alpaca_key_id=KEY_ID, alpaca_secret_key=wrong)
    assert code != 0
    assert "Alpaca answers 401" in said
    assert "check alpaca_key_id and alpaca_secret_key" in said
    assert wrong not in said


def test_a_live_key_on_the_paper_address_is_refused_unsent(
    server: AlpacaServer, tmp_path: Path
) -> None:
    code, said = check(
        tmp_path, addressed(server), alpaca_key_id="AKLIVE", alpaca_secret_key=SECRET_KEY
    )
    assert code != 0
    assert "is a key for LIVE accounts, but this account is PAPER" in said
    assert server.exchanges == []
