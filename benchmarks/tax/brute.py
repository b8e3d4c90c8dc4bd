"""The household ledger against an oracle that goes share by share through the wash-sale rule.

    python -m benchmarks.tax.brute                          10,000 random households
    python -m benchmarks.tax.brute --count 500 --seed 7     some of them, from this seed on
    python -m benchmarks.tax.brute --jobs 2                 in two processes

A difference in any field of any piece is a failure: it is shown as a small table of the fewest
trades that still show it, and the exit code is 1. The suite does the first thousand.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.strategies.washes.comparing import difference, ledger_of
from tests.strategies.washes.households import Household, household

SHOWN = 5
EVERY = 5.0
"""Seconds between two lines about how far it is."""

Outcome = tuple[int, str, Counter[str], float]
"""Seed, what differs, what there was to compare, and the ledger's own seconds."""


def compared(seed: int) -> Outcome:
    """What ledger and oracle say of the household of ``seed``."""
    drawn = household(seed)
    began = time.process_time()
    ledger_of(drawn.world)
    spent = time.process_time() - began
    return seed, difference(drawn.world, known=drawn.pieces), _counted(drawn), spent


def _counted(drawn: Household) -> Counter[str]:
    sold = [piece for piece in drawn.pieces if piece.sold]
    washed = [piece for piece in sold if piece.disallowed]
    return Counter(
        {
            "trades": len(drawn.world.trades),
            "pieces sold": len(sold),
            "pieces held": len(drawn.pieces) - len(sold),
            "washed": len(washed),
            "washed in part": sum(piece.unreplaced > 0 for piece in washed),
            "lost for good": sum(piece.lost > 0 for piece in washed),
            "washed again": sum(piece.held_since < piece.acquired for piece in washed),
            "splits": sum(trade.side == "split" for trade in drawn.world.trades),
        }
    )


def _all(asked: argparse.Namespace) -> Iterator[Outcome]:
    seeds = range(asked.seed, asked.seed + asked.count)
    if asked.jobs == 1:
        yield from map(compared, seeds)
        return
    with ProcessPoolExecutor(asked.jobs) as pool:
        yield from pool.map(compared, seeds, chunksize=20)


def _watched(asked: argparse.Namespace) -> Iterator[Outcome]:
    """All outcomes; a line on the error stream says how far it is."""
    bad, began = 0, time.monotonic()
    said = began
    for done, outcome in enumerate(_all(asked), start=1):
        yield outcome
        bad += bool(outcome[1])
        now = time.monotonic()
        if now - said > EVERY or done == asked.count:
            left = (now - began) / done * (asked.count - done)
            print(
                f"{done} of {asked.count} households, {bad} differ, about {left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )
            said = now


def main() -> int:
    """Compare, show, and say whether all agreed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    sums, spent, bad = Counter[str](), 0.0, 0
    for seed, said, counted, seconds in _watched(asked):
        sums += counted
        spent += seconds
        bad += bool(said)
        if said and bad <= SHOWN:
            print(f"household {seed} differs\n{said}\n", flush=True)
    print(f"{asked.count} households: " + ", ".join(f"{n} {what}" for what, n in sums.items()))
    print(f"differences: {bad}; the ledger's own time {spent / asked.count * 1000:.2f} ms each")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
