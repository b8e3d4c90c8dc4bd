"""A gateway to play with: ``PYTHONPATH=tests python -m standins.tws_demo --port 4002``.

It has a paper account with cash and three stocks whose prices walk a little. ``--state FILE``
keeps its orders over a restart. Its clock is the real one; ``--always-open`` sets it to a Thursday
morning of 2020, for programs that do not mind.
"""

import argparse
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from standins.tws_model import TwsModel
from standins.tws_server import TwsServer

D = Decimal
QUOTES = {
    "AAPL": (D("69.98"), D("70.02")),
    "KO": (D("49.99"), D("50.00")),
    "MSFT": (D("149.95"), D("150.05")),
}
THURSDAY = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
CENTS = (1, 1, -1, -1, 1, -1, -1, 1)


def walk(model: TwsModel, step: int) -> None:
    """Move every quote by a cent."""
    for symbol, quote in QUOTES.items():
        move = D(sum(CENTS[: step % len(CENTS)])) / 100
        model.quotes[symbol] = (quote[0] + move, quote[1] + move)


class Clock:
    """Goes on from a moment, and never back to before what is in the books."""

    def __init__(self, at: datetime) -> None:
        self.at, self.begun = at, time.monotonic()

    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.begun)

    def after(self, model: TwsModel) -> None:
        self.at = max([self.at, *(each.sent for each in model.books.orders)])
        self.at = max([self.at, *(each.visible for each in model.books.executions)])


def main() -> None:
    """Serve until it is interrupted; the first line says where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4002)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--always-open", action="store_true")
    asked = parser.parse_args()
    wall = datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 - a process of its own
    clock = Clock(THURSDAY if asked.always_open else wall)
    model = TwsModel(clock.now, dict(QUOTES), parts=3)
    with TwsServer(model, asked.port, state=asked.state) as server:
        clock.after(model)
        print(f"TWS stand-in at 127.0.0.1:{server.port}, account DU1234567", flush=True)  # noqa: T201
        print(f"an account finds it with [accounts.NAME.ibkr] port = {server.port}", flush=True)  # noqa: T201
        step = 0
        while not server.stopping.wait(1):
            walk(model, step := step + 1)


if __name__ == "__main__":
    main()
