"""A pretended Alpaca to play with: ``PYTHONPATH=tests python -m standins.alpaca_demo``.

It has a paper account with cash and four shares whose prices walk a little. ``--state FILE`` keeps
its orders over a restart. Its clock is the real one; ``--always-open`` opens its market day and
night, though Trimtab still keeps the hours of the real exchange.
"""

import argparse
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from standins.alpaca_model import NEW_YORK, AlpacaModel
from standins.alpaca_server import KEY_ID, SECRET_KEY, AlpacaServer

D = Decimal
QUOTES = {
    "AAPL": (D("69.98"), D("70.02")),
    "BND": (D("79.99"), D("80.00")),
    "KO": (D("49.99"), D("50.00")),
    "VTI": (D("149.95"), D("150.05")),
}
CENTS = (1, 1, -1, -1, 1, -1, -1, 1)
POINT_TO_IT = """\
Alpaca stand-in at {url}, account {number}; an account points at it with
  [accounts.NAME.alpaca]
  trading_url = "{url}"
  data_url = "{url}"
and with the secrets
  alpaca_key_id = "{key_id}"
  alpaca_secret_key = "{secret_key}"
"""


def walk(model: AlpacaModel, step: int) -> None:
    """Move every quote by a cent or a few: each second of the clock has its own prices."""
    for number, (symbol, quote) in enumerate(QUOTES.items()):
        move = D(sum(CENTS[: (step + number) % len(CENTS)])) / 100
        model.quotes[symbol] = (quote[0] + move, quote[1] + move)


def always(day: date) -> tuple[datetime, datetime]:
    """A session that lasts from midnight to midnight."""
    opens = datetime(day.year, day.month, day.day, tzinfo=NEW_YORK)
    closes = datetime.combine(day + timedelta(days=1), opens.timetz())
    return opens.astimezone(UTC), closes.astimezone(UTC)


def wall() -> datetime:
    """The real time: whoever points an account at this has the same."""
    return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 - a process of its own


def main() -> None:
    """Serve until it is interrupted; the first line says where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4010)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--always-open", action="store_true")
    asked = parser.parse_args()
    model = AlpacaModel(wall, dict(QUOTES), cash=D(100_000), parts=3)
    if asked.always_open:
        model.session_of = always
    with AlpacaServer(model, port=asked.port, state=asked.state) as server:
        where = {"url": server.url, "key_id": KEY_ID, "secret_key": SECRET_KEY}
        print(POINT_TO_IT.format(number=model.number, **where), end="", flush=True)  # noqa: T201
        step = 0
        while not server.stopping.wait(0.25):
            step += 1
            if step % 4 == 0:
                with server.lock:
                    walk(model, step // 4)
                server.tickers.tick()
            server.carry()


if __name__ == "__main__":
    main()
