"""What tests of the drill share: an Alpaca stand-in, a config that names it, the command line.

The program's clock is that of a replay: it stands until the drill waits, so a minute's patience
takes no time. The broker's goes on by a little whenever it is looked at.
"""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from standins.alpaca_model import AlpacaModel, Booked
from standins.alpaca_server import KEY_ID, SECRET_KEY, AlpacaServer

from bot.cli.app import run

D = Decimal
THURSDAY = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
"""11:00 in New York."""
EVENING = datetime(2020, 3, 12, 23, 0, tzinfo=UTC)
QUOTES = {"AAPL": (D("69.98"), D("70.02")), "KO": (D("49.99"), D("50.00"))}
POST = ("POST", "/v2/orders")
CANCEL = ("DELETE", "/v2/orders/")
TARGET = """
[accounts.growth.target]
strategy = "equal"
symbols = ["AAPL", "KO"]
"""
ALPACA = """\
[accounts.growth]
broker = "alpaca"
{more}{target}
[accounts.growth.alpaca]
trading_url = "{url}"
data_url = "{url}"
requests_per_minute = 10000
timeout_seconds = 1
"""


@dataclass(slots=True)
class Ticking:
    """A clock that goes on by a little at each look."""

    at: datetime = THURSDAY
    step_ms: float = 50

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=self.step_ms)
        return self.at


class Careless(AlpacaModel):
    """A broker that breaks its promise: it takes a second order with the same id."""

    def _judge(self, body: dict[str, object], key: str) -> tuple[Decimal, Decimal]:
        self.keys.pop(key, None)
        return super()._judge(body, key)


class Crashing(AlpacaModel):
    """A market that falls by nine tenths as soon as an order is in it."""

    def place(self, body: dict[str, object]) -> Booked:
        placed = super().place(body)
        self.quotes[str(body["symbol"])] = (D("6.99"), D("7.00"))
        return placed


@dataclass(slots=True)
class Watched(AlpacaModel):
    """A broker that looks, at each order, whether it stands in the book of who sends it."""

    is_committed: Callable[[str], bool] = bool
    seen: list[bool] = field(default_factory=list)

    def place(self, body: dict[str, object]) -> Booked:
        self.seen.append(self.is_committed(str(body["client_order_id"])))
        return AlpacaModel.place(self, body)


@dataclass(slots=True)
class Account:
    """An account at the stand-in, with the program's config of it."""

    folder: Path
    server: AlpacaServer
    capsys: pytest.CaptureFixture[str]
    clock: Ticking
    said: list[str] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def orders(self) -> list[Booked]:
        """What reached the broker, as it stands now."""
        self.server.model.carry()
        return self.server.model.orders

    def write(self, text: str, moment: datetime = THURSDAY) -> None:
        """The config, and the moment at which the program's clock stands."""
        self.config.write_text(text)
        self.config.chmod(0o600)
        (self.folder / "state").mkdir(exist_ok=True)
        (self.folder / "state" / "replay.clock").write_text(moment.isoformat())

    def drill(self, *more: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of ``trimtab drill growth --yes``."""
        moment = datetime.fromisoformat((self.folder / "state" / "replay.clock").read_text())
        self.clock.at = max(self.clock.at, moment)
        self.capsys.readouterr()
        code = run(["-c", str(self.config), "drill", "growth", "--yes", *more])
        shown = self.capsys.readouterr()
        self.said.append(shown.out + shown.err)
        return code, shown.out, shown.err

    def report(self) -> dict[str, Any]:
        """The newest report that was kept."""
        newest = max((self.folder / "state" / "drill").glob("*.json"))
        told: dict[str, Any] = json.loads(newest.read_text())
        return told

    def verdicts(self) -> dict[str, str]:
        """How each trial of the newest drill ended."""
        return {trial["name"]: trial["verdict"] for trial in self.report()["trials"]}

    def intents(self) -> dict[str, tuple[str, str]]:
        """When each order was committed and first noted as sent, out of the book of drills."""
        found: dict[str, tuple[str, str]] = {}
        for path in (self.folder / "state" / "drill").glob("*.db"):
            with sqlite3.connect(path) as book:
                asked = (
                    "SELECT i.key, i.created, min(e.seq) FROM intents i JOIN order_events e"
                    " ON e.key = i.key WHERE e.kind = 'sent' GROUP BY i.key, i.created"
                )
                found |= {key: (created, str(seq)) for key, created, seq in book.execute(asked)}
        return found

    def assert_nothing_is_left(self) -> None:
        """No order is open at the broker, none was placed twice, and each had its intent."""
        orders = self.orders
        assert [order.status for order in orders if order.is_live] == []
        keys = [str(order.body["client_order_id"]) for order in orders]
        assert len(set(keys)) == len(keys)
        assert set(keys) <= self.intents().keys()


def opened(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    kind: Callable[..., AlpacaModel] = AlpacaModel,
) -> Account:
    """The account, with its secrets in the environment."""
    clock = Ticking()
    server = AlpacaServer(kind(clock.now, dict(QUOTES)))
    monkeypatch.setenv("TRIMTAB_SECRET_ALPACA_KEY_ID", KEY_ID)
    monkeypatch.setenv("TRIMTAB_SECRET_ALPACA_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("NO_COLOR", "1")
    made = Account(folder, server, capsys, clock)
    made.write(ALPACA.format(url=server.url, target=TARGET, more=""))
    return made
