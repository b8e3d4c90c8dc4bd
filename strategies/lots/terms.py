"""What a table of lots is worth, short-term and long-term apart: gain, basis, and what is unknown.

Lots of one symbol are sorted by day of purchase, so those that are long-term come first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from strategies.lots.dates import is_long_term
from strategies.lots.table import NANO, UNKNOWN, LotTable, Taken, Whole, nano, plain

LOW_BITS = 30
LOW = (1 << LOW_BITS) - 1
MORE_THAN_A_YEAR = timedelta(days=368)


@dataclass(frozen=True, slots=True)
class Sums:
    """Whole numbers by symbol (S,), Python's own, so that none is too large: billionths of dollars.

    ``value`` and ``basis`` are of lots whose basis is known; ``unknown`` is the value of others.
    """

    value: tuple[int, ...]
    basis: tuple[int, ...]
    unknown: tuple[int, ...]

    def gain(self, symbol: int) -> Decimal:
        """Gain on the known lots of one symbol, by its index, in dollars."""
        return plain(self.value[symbol] - self.basis[symbol])

    @property
    def total(self) -> Decimal:
        """Gain on the known lots of all symbols, in dollars."""
        return plain(sum(self.value) - sum(self.basis))


@dataclass(frozen=True, slots=True)
class Terms:
    """The same by term (26 U.S.C. 1222)."""

    long: Sums
    short: Sums


def unrealized(table: LotTable, prices: Sequence[Decimal], today: date) -> Terms:
    """What is held, at ``prices`` (S,) a share, if it were sold ``today``."""
    return _terms(table, table.quantity, table.basis, prices, today)


def realized(table: LotTable, taken: Taken, prices: Sequence[Decimal], day: date) -> Terms:
    """What was ``taken`` from ``table``, sold on ``day`` at ``prices`` (S,) net a share."""
    return _terms(table, taken.quantity, taken.basis, prices, day)


def _terms(
    table: LotTable, quantity: Whole, basis: Whole, prices: Sequence[Decimal], day: date
) -> Terms:
    known, unknown = quantity, np.zeros_like(quantity)
    if (table.basis == UNKNOWN).any():
        is_known = table.basis != UNKNOWN
        known, unknown = quantity * is_known, quantity * ~is_known
        basis = basis * is_known
    edges = _edges(table, day)
    told = [nano(price) for price in prices]
    values, bases, others = (_sums(column, edges) for column in (known, basis, unknown))
    terms = [
        Sums(
            tuple(_value(s, p) for s, p in zip(values[half::2], told, strict=True)),
            tuple(bases[half::2]),
            tuple(_value(s, p) for s, p in zip(others[half::2], told, strict=True)),
        )
        for half in (0, 1)
    ]
    return Terms(*terms)


def _value(shares: int, price: int) -> int:
    """Shares x price in billionths, rounded to the nearest once."""
    return (2 * shares * price + NANO) // (2 * NANO)


def _edges(table: LotTable, day: date) -> Whole:
    """Rows (2 S,) at which the long-term and the short-term lots of each symbol begin."""
    bought = day - MORE_THAN_A_YEAR
    while is_long_term(bought + timedelta(days=1), day):
        bought += timedelta(days=1)
    edges = np.repeat(table.starts[:-1], 2)
    for symbol, (first, end) in enumerate(zip(table.starts[:-1], table.starts[1:], strict=True)):
        days = table.acquired[first:end]
        edges[2 * symbol + 1] += int(days.searchsorted(bought.toordinal(), "right"))
    return edges


def _sums(column: Whole, edges: Whole) -> list[int]:
    """Exact sums between ``edges``, in a high and a low part: neither can overflow."""
    ends = np.append(edges[1:], len(column))
    padded = np.append(column, 0)
    high = np.add.reduceat(padded >> LOW_BITS, edges)
    low = np.add.reduceat(padded & LOW, edges)
    sizes = (ends - edges).tolist()
    halves = zip(high.tolist(), low.tolist(), sizes, strict=True)
    return [(top << LOW_BITS) + rest if size else 0 for top, rest, size in halves]
