"""The pretended Alpaca that a person can point an account at, as a process of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alpaca_bench import AAPL, ACCOUNT, D, buy, state_of
from standins.alpaca_demo import QUOTES, walk
from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import key_of

from brokers.alpaca.broker import AlpacaBroker
from brokers.alpaca.pace import Pace, Timing
from brokers.broker import Accepted
from brokers.settings import AlpacaSettings
from brokers.words import OrderStatus

TESTS = Path(__file__).parents[2]


@contextmanager
def demo(state: Path, port: int = 0) -> Iterator[tuple[AlpacaBroker, int]]:
    """The stand-in, an account pointed at it, and its port; it is killed at the end."""
    command = [sys.executable, "-m", "standins.alpaca_demo", "--always-open"]
    process = subprocess.Popen(  # noqa: S603 - this interpreter
        [*command, "--port", str(port), "--state", str(state)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().split()[3].rstrip(",")
    broker = AlpacaBroker(
        AlpacaSettings(trading_url=url, data_url=url), ACCOUNT, real_time(), key_of
    )
    try:
        yield broker, int(url.rsplit(":", 1)[1])
    finally:
        broker.close()
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        process.communicate()


def real_time() -> Timing:
    now = lambda: datetime.now(UTC)  # noqa: E731, TID251 - the process has its own clock
    return Timing(now, time.monotonic, lambda: Pace(200, time.monotonic, lambda _: None))


def test_an_account_points_at_it_and_a_restart_keeps_everything(tmp_path: Path) -> None:
    with demo(tmp_path / "state.json") as (broker, port):
        clock = broker.clock()
        assert clock.is_open
        assert abs(clock.time - datetime.now(UTC)) < timedelta(seconds=5)  # noqa: TID251
        quote = broker.quotes([AAPL])[AAPL]
        assert abs(quote.mid - 70) < 1
        assert isinstance(broker.submit(buy("filled", "3", "75")), Accepted)
        assert isinstance(broker.submit(buy("waits", "1", "1")), Accepted)
        until_filled(broker)
    with demo(tmp_path / "state.json", port) as (broker, _):
        assert [(p.symbol, p.quantity) for p in broker.account().positions] == [(AAPL, 3)]
        assert state_of(broker, "waits").status is OrderStatus.OPEN
        assert sum(e.quantity for e in broker.executions(None)) == 3
        cash = broker.account().cash[0].amount
        assert cash == 100_000 - sum(e.quantity * e.price for e in broker.executions(None))


def until_filled(broker: AlpacaBroker) -> None:
    end = time.monotonic() + 10
    while state_of(broker, "filled").status is not OrderStatus.FILLED:
        assert time.monotonic() < end, "it was never filled"


def test_its_prices_move() -> None:
    model = AlpacaModel(lambda: datetime(2020, 3, 12, tzinfo=UTC), dict(QUOTES))
    seen = set()
    for step in range(16):
        walk(model, step)
        seen.add(model.quotes["AAPL"])
        assert all(0 < ask - bid < D("0.2") for bid, ask in model.quotes.values())
    assert len(seen) > 2
