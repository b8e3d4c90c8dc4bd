"""``trimtab drill`` at the other brokers: the embedded exchange, and the stand-in of TWS."""

import json
from pathlib import Path

import pytest
from drill_bench import QUOTES, TARGET, THURSDAY, Ticking
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer

from bot.cli.app import run

HERE = "[accounts.growth.paper]\n"


def drilled(folder: Path, broker: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict]:  # type: ignore[type-arg]
    """Exit code and report of a drill while the program's clock stands."""
    (folder / "state").mkdir()
    (folder / "state" / "replay.clock").write_text(THURSDAY.isoformat())
    config = folder / "config.toml"
    config.write_text(f"[accounts.growth]\n{broker}")
    config.chmod(0o600)
    capsys.readouterr()
    code = run(["-c", str(config), "drill", "growth", "--yes", "--json"])
    return code, json.loads(capsys.readouterr().out)


def failures(report: dict) -> list[str]:  # type: ignore[type-arg]
    """What did not pass, in the report's words."""
    return [f"{t['name']}: {t['said']}" for t in report["trials"] if t["verdict"] != "passed"]


def test_the_embedded_exchange_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = drilled(tmp_path, f'broker = "paper"\n{TARGET}', capsys)
    assert failures(report) == []
    assert code == 0
    assert (report["broker"], report["environment"], report["symbol"]) == ("paper", "PAPER", "AAPL")


def test_an_account_that_cannot_pay_sends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    poor = f'broker = "paper"\n{TARGET}{HERE}cash = 1\n'
    code, report = drilled(tmp_path, poor, capsys)
    assert code == 1
    assert report["symbol"] is None
    assert "no name with a sound quote" in failures(report)[0]
    assert report["left_open"] == []


def test_interactive_brokers_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock = Ticking(step_ms=1)
    with TwsServer(TwsModel(clock.now, dict(QUOTES))) as server:
        there = f"[accounts.growth.ibkr]\nport = {server.port}\ntimeout_seconds = 2\n"
        code, report = drilled(tmp_path, f'broker = "ibkr"\n{TARGET}{there}', capsys)
        assert failures(report) == []
        assert code == 0
        orders = server.model.books.orders
        assert [order for order in orders if order.is_live] == []
        assert len(orders) == len({order.wanted.ref for order in orders})
