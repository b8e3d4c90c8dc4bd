"""Lots as arrays that are kept sorted: a million of them relieved and valued at once, exactly.

Everything is a whole number: shares in billionths, money in billionths of a dollar, days as
ordinals. The basis of a lot is rounded to a billionth once, when it is put in, and is divided
without a rest from then on; sums of money are taken in halves and are exact whatever their size.
One lot holds up to 9.2 billion dollars, one symbol up to 9.2 billion shares.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
from numpy.typing import NDArray

from brokers.words import Relief, Symbol
from strategies.lots.errors import BadQuantity, NegativeBasis, Oversold
from strategies.lots.nouns import Lot

Whole = NDArray[np.int64]
PLACES = 9
NANO = 1_000_000_000
"""Units of a share, and of a dollar."""

LARGEST = 2**63 - 1
UNKNOWN = -1
"""The basis, and the unit cost, of a lot whose basis nobody knows."""


@dataclass(frozen=True, slots=True, eq=False)
class LotTable:
    """n lots of S symbols, sorted by symbol, then by day of purchase, then as they were booked.

    ``starts`` (S + 1,) says where each symbol begins; the other arrays are (n,). ``place`` is the
    index of the lot among those that the table was made of. ``dear`` and ``cheap`` are the rows
    by symbol, then by unit cost from the highest or the lowest, ties as in the table: HIFO, LOFO.
    """

    symbols: tuple[Symbol, ...]
    starts: Whole
    acquired: Whole
    quantity: Whole
    basis: Whole
    place: Whole
    dear: Whole = field(repr=False)
    cheap: Whole = field(repr=False)

    def __len__(self) -> int:
        """How many lots."""
        return len(self.place)

    def order(self, method: Relief) -> Whole:
        """Rows in the order in which ``method`` sells them, symbol by symbol.

        Minimum tax depends on prices, so no order can be kept for it.
        """
        match method:
            case Relief.FIFO | Relief.SPECIFIC:
                return np.arange(len(self))
            case Relief.LIFO:
                ends = np.repeat(self.starts[:-1] + self.starts[1:] - 1, np.diff(self.starts))
                return np.asarray(ends - np.arange(len(self)))
            case Relief.HIFO:
                return self.dear
            case Relief.LOFO:
                return self.cheap
            case _:
                raise ValueError(f"no order is kept for {method}")


def nano(amount: Decimal) -> int:
    """A decimal in billionths, half to even."""
    return int(amount.scaleb(PLACES).to_integral_value(ROUND_HALF_EVEN))


def plain(count: int) -> Decimal:
    """Billionths as a decimal."""
    return Decimal(count).scaleb(-PLACES)


def table_of(lots: Sequence[Lot]) -> LotTable:
    """The table of ``lots``. Raises ``NegativeBasis`` and ``BadQuantity``."""
    for lot in lots:
        if lot.unit_cost is not None and lot.unit_cost < 0:
            raise NegativeBasis(f"{lot.symbol}: the lot {lot.lot_id} cost {lot.unit_cost} a share")
        if not 0 < nano(lot.quantity) <= LARGEST or nano(lot.cost or Decimal(0)) > LARGEST:
            raise BadQuantity(f"{lot.symbol}: the lot {lot.lot_id} has {lot.quantity} shares")
    symbols = tuple(sorted({lot.symbol for lot in lots}))
    codes = {symbol: code for code, symbol in enumerate(symbols)}
    costs = [UNKNOWN if (cost := lot.cost) is None else nano(cost) for lot in lots]
    units = [UNKNOWN if (unit := lot.unit_cost) is None else nano(unit) for lot in lots]
    return sorted_table(
        symbols,
        np.array([codes[lot.symbol] for lot in lots], np.int64),
        np.array([lot.acquired.toordinal() for lot in lots], np.int64),
        np.array([nano(lot.quantity) for lot in lots], np.int64),
        np.array(costs, np.int64),
        np.array(units, np.int64),
    )


def sorted_table(  # a lot has as many sides
    symbols: tuple[Symbol, ...],
    code: Whole,
    acquired: Whole,
    quantity: Whole,
    basis: Whole,
    unit: Whole,
) -> LotTable:
    """A table from columns (n,) in the order in which the lots were booked.

    ``code`` is the index of the symbol, ``unit`` the cost of a share. Raises ``BadQuantity``.
    """
    rows = np.lexsort((acquired, code))
    sorts, costs = code[rows], np.maximum(unit[rows], 0)
    starts = np.searchsorted(sorts, np.arange(len(symbols) + 1)).astype(np.int64)
    shares = np.bincount(sorts, quantity[rows].astype(np.float64), len(symbols))
    if (shares >= LARGEST).any():
        raise BadQuantity(f"{symbols[int(shares.argmax())]}: more than 9.2 billion shares")
    return LotTable(
        symbols,
        starts,
        acquired[rows],
        quantity[rows],
        basis[rows],
        rows,
        np.lexsort((-costs, sorts)),
        np.lexsort((costs, sorts)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What sales took, row by row of the table before them (n,): shares and their basis."""

    quantity: Whole
    basis: Whole


def relieve(table: LotTable, sell: Whole, method: Relief) -> tuple[Taken, LotTable]:
    """Sell ``sell`` (S,) billionths of a share of each symbol: (what was taken, what is left).

    Raises ``Oversold`` with the first symbol of which too little is held.
    """
    order = table.order(method)
    ahead = _ahead(table, order)
    _enough(table, sell, ahead, order)
    counts = np.diff(table.starts)
    quantity = np.empty_like(table.quantity)
    lots = table.quantity[order]
    quantity[order] = np.clip(np.repeat(sell, counts) - ahead, 0, lots)
    left = table.quantity - quantity
    basis = np.where(quantity > 0, table.basis, 0)
    parts = np.flatnonzero((quantity > 0) & (left > 0) & (table.basis != UNKNOWN))
    for row in parts.tolist():
        whole, part = int(table.quantity[row]), int(quantity[row])
        basis[row] = (2 * int(table.basis[row]) * part + whole) // (2 * whole)
    rest = np.where(table.basis == UNKNOWN, UNKNOWN, table.basis - basis)
    return Taken(quantity, basis), _kept(replace(table, quantity=left, basis=rest))


def _ahead(table: LotTable, order: Whole) -> Whole:
    """Shares of its symbol that are sold before each lot, in ``order``.

    The running sum is over all symbols and may wrap; differences within one symbol do not.
    """
    lots = table.quantity[order]
    running = np.cumsum(lots) - lots
    counts = np.diff(table.starts)
    firsts = np.minimum(table.starts[:-1], max(len(table) - 1, 0))
    base = running[firsts] if len(table) else np.zeros(len(table.symbols), np.int64)
    return np.asarray(running - np.repeat(base, counts))


def _enough(table: LotTable, sell: Whole, ahead: Whole, order: Whole) -> None:
    held = np.zeros(len(table.symbols), np.int64)
    full = np.flatnonzero(np.diff(table.starts))
    last = table.starts[1:][full] - 1
    held[full] = ahead[last] + table.quantity[order[last]]
    if (sell < 0).any():
        symbol = int((sell < 0).argmax())
        raise BadQuantity(f"{table.symbols[symbol]}: a sale of {plain(int(sell[symbol]))} shares")
    if (sell > held).any():
        symbol = int((sell > held).argmax())
        raise Oversold(table.symbols[symbol], plain(int(sell[symbol] - held[symbol])))


def _kept(table: LotTable) -> LotTable:
    """The table without lots that are sold out; every order stays sorted."""
    keep = table.quantity > 0
    if keep.all():
        return table
    number = np.concatenate([[0], np.cumsum(keep)])
    return LotTable(
        table.symbols,
        number[table.starts],
        table.acquired[keep],
        table.quantity[keep],
        table.basis[keep],
        table.place[keep],
        number[table.dear[keep[table.dear]]],
        number[table.cheap[keep[table.cheap]]],
    )
