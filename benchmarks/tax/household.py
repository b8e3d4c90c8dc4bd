"""One household's ledger of wash sales, by the number of its trades.

    python -m benchmarks.tax.household                       100,000 trades, four shapes
    python -m benchmarks.tax.household --trades 20000

Seconds of processor time, and microseconds a trade: the latter stay where they are as trades grow
or crowd. "one security" puts all of them on one symbol, "crowded" into seven months as well. Half
of the trades are sales at random prices, from two taxable accounts and an IRA.
"""

import argparse
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from brokers.words import Relief
from strategies.washes.ledger import household
from strategies.washes.nouns import Trade

ACCOUNTS = {"main": "taxable", "hers": "taxable", "ira": "ira"}
BEGIN = date(2016, 1, 4)
FEE = Decimal("0.35")
SHAPES = (
    ("500 securities, 8 years", 500, 3000, Relief.FIFO),
    ("the same, hifo", 500, 3000, Relief.HIFO),
    ("one security, 8 years", 1, 3000, Relief.FIFO),
    ("one security, crowded", 1, 200, Relief.FIFO),
)


def trades(count: int, symbols: int, days: int) -> Iterator[Trade]:
    """Buys and sales, never of more than is held."""
    dice = Random(1)  # noqa: S311  # a draw, not a secret
    held: dict[tuple[str, str], int] = {}
    for place in range(count):
        account, symbol = dice.choice([*ACCOUNTS]), f"S{dice.randrange(symbols)}"
        there = held.get((account, symbol), 0)
        sells = there > 0 and dice.random() < 0.5
        shares = min(there, dice.randrange(1, 50)) if sells else dice.randrange(1, 50)
        held[account, symbol] = there - shares if sells else there + shares
        yield Trade(
            day=BEGIN + timedelta(days=days * place // count),
            account=account,
            kind=ACCOUNTS[account],
            symbol=symbol,
            side="sell" if sells else "buy",
            quantity=Decimal(shares),
            price=Decimal(dice.randrange(8000, 12000)) / 100,
            fee=FEE,
            lot="" if sells else f"L{place}",
            order="",
        )


def main() -> None:
    """Draw each shape, work it out, and say how long that took."""
    parser = argparse.ArgumentParser(description="The household's ledger of wash sales.")
    parser.add_argument("--trades", type=int, default=100_000)
    count = parser.parse_args().trades
    print(f"{'shape':26} {'seconds':>8} {'us/trade':>9} {'sold':>9} {'washed':>9}")
    for name, symbols, days, relief in SHAPES:
        rows = [*trades(count, symbols, days)]
        began = time.process_time()
        found = household(rows, relief)
        spent = time.process_time() - began
        washed = sum(1 for one in found.disposals if one.disallowed)
        each = spent / count * 1e6
        print(f"{name:26} {spent:8.2f} {each:9.0f} {len(found.disposals):9,} {washed:9,}")


if __name__ == "__main__":
    main()
