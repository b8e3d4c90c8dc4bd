"""A million lots: a sale of every symbol, and the unrealized gain by term on what is left.

    python -m benchmarks.tax.lots                          1,000,000 lots, 500 symbols
    python -m benchmarks.tax.lots --lots 100000 --runs 9

On one core, in medians of processor time. "relief" sells a tenth of every symbol from arrays that
are kept sorted, and keeps what is left sorted; "gains" is unrealized gain by term on that. "plain"
does both with one Decimal noun a lot, as the ledger does, on as many lots as ``--plain`` says, and
"ratio" is its time over that of the arrays at the same size. Both must give the same to the cent.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from brokers.words import USD, ZERO, Relief, Symbol
from strategies.lots import Lot, is_long_term
from strategies.lots import relieve as relieve_plain
from strategies.lots.table import NANO, LotTable, Taken, Whole, plain, relieve, sorted_table
from strategies.lots.terms import unrealized

TODAY = date(2026, 11, 20)
DAYS = 3_000
CENT = Decimal("0.01")
METHODS = (Relief.FIFO, Relief.LIFO, Relief.HIFO, Relief.LOFO)


@dataclass(frozen=True, slots=True)
class Line:
    """Milliseconds of one method of relief."""

    lots: int
    method: str
    relief_ms: float
    gains_ms: float
    together_ms: float
    plain_lots: int
    plain_ms: float
    ratio: float


@dataclass(frozen=True, slots=True)
class World:
    """Lots in both forms, prices by symbol, and a tenth of each symbol to sell."""

    table: LotTable
    prices: tuple[Decimal, ...]
    sell: Whole


def draw(lots: int, symbols: int) -> World:
    """Lots to nine places, bought over eight years at prices in cents."""
    random = np.random.default_rng(11)
    code = random.integers(0, symbols, lots)
    quantity = random.integers(10**6, 500 * 10**9, lots)
    unit = random.integers(500, 90_000, lots) * 10**7
    pairs = zip(quantity.tolist(), unit.tolist(), strict=True)
    basis = np.array([shares * cost // NANO for shares, cost in pairs])
    acquired = TODAY.toordinal() - random.integers(0, DAYS, lots)
    names = tuple(Symbol(f"S{at:04}") for at in range(symbols))
    table = sorted_table(names, code, acquired, quantity, basis, unit)
    held = np.add.reduceat(table.quantity, table.starts[:-1])
    prices = tuple(Decimal(int(p)) / 100 for p in random.integers(500, 90_000, symbols))
    return World(table, prices, held // 10)


def nouns(world: World) -> list[list[Lot]]:
    """The same lots, one noun each, by symbol."""
    table = world.table
    found = []
    for at, symbol in enumerate(table.symbols):
        rows = range(int(table.starts[at]), int(table.starts[at + 1]))
        found.append([_noun(table, row, symbol) for row in rows])
    return found


def _noun(table: LotTable, row: int, symbol: Symbol) -> Lot:
    quantity = plain(int(table.quantity[row]))
    unit = plain(int(table.basis[row])) / quantity
    day = date.fromordinal(int(table.acquired[row]))
    return Lot(str(row), symbol, quantity, unit, day, USD)


def by_nouns(
    lots: Sequence[Sequence[Lot]], world: World, method: Relief
) -> tuple[Decimal, Decimal]:
    """Long- and short-term gain on what a sale of every symbol leaves."""
    long = short = ZERO
    for held, sell, price in zip(lots, world.sell.tolist(), world.prices, strict=True):
        _, left = relieve_plain(held, plain(sell), method)
        for lot in left:
            gain = price * lot.quantity - (lot.cost or ZERO)
            if is_long_term(lot.acquired, TODAY):
                long += gain
            else:
                short += gain
    return long, short


def timed(run: Callable[[], object], runs: int) -> float:
    """Median milliseconds."""
    spans = []
    for _ in range(runs):
        began = spent()
        run()
        spans.append(spent() - began)
    return 1e3 * statistics.median(spans)


def measure(world: World, small: World, method: Relief, runs: int) -> Line:
    """One method: arrays on the large world, both forms on the small one."""
    lots = nouns(small)
    _, left = relieve(world.table, world.sell, method)
    relief_ms = timed(lambda: relieve(world.table, world.sell, method), runs)
    gains_ms = timed(lambda: unrealized(left, world.prices, TODAY), runs)

    def both(of: World) -> tuple[Decimal, Decimal]:
        after: tuple[Taken, LotTable] = relieve(of.table, of.sell, method)
        terms = unrealized(after[1], of.prices, TODAY)
        return terms.long.total, terms.short.total

    for ours, theirs in zip(both(small), by_nouns(lots, small, method), strict=True):
        assert abs(ours - theirs) < CENT, "the two forms do not agree"
    small_ms = timed(lambda: both(small), runs)
    plain_ms = timed(lambda: by_nouns(lots, small, method), 1)
    return Line(
        lots=len(world.table),
        method=method.value,
        relief_ms=relief_ms,
        gains_ms=gains_ms,
        together_ms=timed(lambda: both(world), runs),
        plain_lots=len(small.table),
        plain_ms=plain_ms,
        ratio=plain_ms / small_ms,
    )


def main() -> None:
    """Every method of relief."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lots", type=int, default=1_000_000)
    parser.add_argument("--symbols", type=int, default=500)
    parser.add_argument("--plain", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    world = draw(asked.lots, asked.symbols)
    small = draw(min(asked.plain, asked.lots), asked.symbols)
    lines = [measure(world, small, method, asked.runs) for method in METHODS]
    if asked.json:
        print(json.dumps([asdict(line) for line in lines]))
        return
    print(
        f"{'lots':>9} {'method':<6} {'relief ms':>10} {'gains ms':>9} {'together ms':>12}"
        f" {'plain lots':>11} {'plain ms':>9} {'ratio':>7}"
    )
    for line in lines:
        print(
            f"{line.lots:>9,} {line.method:<6} {line.relief_ms:>10.1f} {line.gains_ms:>9.1f}"
            f" {line.together_ms:>12.1f} {line.plain_lots:>11,} {line.plain_ms:>9.1f}"
            f" {line.ratio:>6.0f}x"
        )


if __name__ == "__main__":
    main()
