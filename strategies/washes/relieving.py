"""Which lots a sale takes: those that it names, or those that come first by the method."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import NoReturn

from brokers.words import Relief
from strategies.washes.nouns import BadTrade, Trade
from strategies.washes.pieces import Lot, Part, Sale, Sold
from strategies.washes.units import SHARE, Scale, cost, part_of, shares

NANO = 1000
"""Money in a billionth of a dollar: bases of a share that differ by less are the same."""

INCOMPLETE = "bring in what was bought before; see that no sale is there twice"

Key = tuple[int, ...]


def _unit_basis(lot: Lot, part: Part) -> int:
    """Basis of a share in billionths of a dollar."""
    return part_of(part.basis, lot.scale.unit, part.quantity * NANO)


RELIEF_KEYS: Mapping[Relief, Callable[[Lot, Part], Key]] = {
    Relief.FIFO: lambda lot, part: (lot.place, part.turn),
    Relief.LIFO: lambda lot, part: (-lot.day, lot.place, part.turn),
    Relief.HIFO: lambda lot, part: (-_unit_basis(lot, part), lot.place, part.turn),
    Relief.LOFO: lambda lot, part: (_unit_basis(lot, part), lot.place, part.turn),
}
"""What is sold first has the least key; lots of one day go by name.

HIFO and LOFO go by basis, with the losses that moved into it, as it stands before the day's sales.
"""


class Shelf:
    """The lots of one symbol in one account, in the order in which a method relieves them."""

    __slots__ = ("_heap", "_key", "units")

    def __init__(self, relief: Relief) -> None:
        """Empty."""
        self._key = RELIEF_KEYS[relief]
        self._heap: list[tuple[Key, Lot, Part]] = []
        self.units = 0
        """All that is held."""

    def open(self, lot: Lot) -> None:
        """``lot`` is bought: it may be sold from now on."""
        lot.shelve = self.put
        for part in lot.held():
            self.put(lot, part)
            self.units += part.quantity

    def put(self, lot: Lot, part: Part) -> None:
        """A part of a lot that is held: a whole lot, or what has just taken up a loss."""
        heappush(self._heap, (self._key(lot, part), lot, part))

    def ahead(self) -> Iterator[tuple[Lot, Part]]:
        """Lots and parts from the one that is sold first; each is there until it is empty."""
        while self._heap:
            _, lot, part = self._heap[0]
            if part.quantity:
                yield lot, part
            else:
                heappop(self._heap)


class Shelves:
    """All lots of a household, opened as the days go by."""

    __slots__ = ("_coming", "_named", "_sales", "_scales", "_shelves")

    def __init__(self, lots: Sequence[Lot], relief: Relief, scales: Mapping[str, Scale]) -> None:
        """From lots in order of purchase, and the scale of every symbol."""
        self._coming = [*reversed(lots)]
        self._named = {(lot.account, lot.name): lot for lot in lots}
        self._shelves = defaultdict[tuple[str, str], Shelf](lambda: Shelf(relief))
        self._scales = scales
        self._sales = 0

    def sell(self, day: int, sales: Iterable[tuple[int, Trade]]) -> list[Sold]:
        """What the sales of a day take, in their order; lots bought that day are there too."""
        while self._coming and self._coming[-1].day <= day:
            lot = self._coming.pop()
            self._shelves[lot.account, lot.symbol].open(lot)
        return [sold for place, trade in sales for sold in self._one(day, place, trade)]

    def _one(self, day: int, place: int, sell: Trade) -> Iterator[Sold]:
        self._sales += 1
        shelf = self._shelves[sell.account, sell.symbol]
        named = [self._lot(place, sell, name) for name in _names(sell)]
        held = sum(part.quantity for lot in named for part in lot.held()) if named else shelf.units
        units = self._units(place, sell, held)
        shelf.units -= units
        ahead = ((lot, part) for lot in named for part in lot.held()) if named else shelf.ahead()
        yield from _taken(Sale(day, self._sales), units, sell, ahead)

    def _units(self, place: int, sell: Trade, held: int) -> int:
        """Units that the sale takes; what is less than any fraction told goes with the rest."""
        day = sell.day.toordinal()
        scale = self._scales[sell.symbol]
        units, least = scale.units(sell.quantity, day), scale.per_share(day) // SHARE
        if held and abs(held - units) < least:
            return held
        if units > held:
            lots = "lots" if ";" in sell.lot else "lot"
            where = f"{lots} {sell.lot} of {sell.account}" if sell.lot else sell.account
            there = shares(held, scale.per_share(day))
            what = f"{sell.quantity} {sell.symbol} sold from {where}, which held {there:f}"
            raise BadTrade(place, "quantity", what, INCOMPLETE)
        return units

    def _lot(self, place: int, sell: Trade, name: str) -> Lot:
        lot = self._named.get((sell.account, name))
        if lot is None:
            what = f"{sell.account} has no lot {name}"
            _refuse_lot(place, what, "name lots that were bought in the same account")
        if lot.symbol != sell.symbol:
            _refuse_lot(place, f"lot {name} is {lot.symbol}, not {sell.symbol}", "see both symbols")
        if lot.day > sell.day.toordinal():
            _refuse_lot(place, f"lot {name} was bought after {sell.day}", "see both dates")
        return lot


def _refuse_lot(place: int, what: str, remedy: str) -> NoReturn:
    raise BadTrade(place, "lot", what, remedy)


def _names(sell: Trade) -> list[str]:
    """The lots that a sale names, each once."""
    return [*dict.fromkeys(name.strip() for name in sell.lot.split(";") if name.strip())]


def _taken(
    sale: Sale, units: int, sell: Trade, ahead: Iterable[tuple[Lot, Part]]
) -> Iterator[Sold]:
    """Take ``units`` from ``ahead``, with the proceeds net of the fee spread over them."""
    left = cost(sell.quantity, sell.price, -sell.fee)
    for lot, part in ahead:
        taken = min(units, part.quantity)
        proceeds = part_of(left, taken, units)
        piece = Part(taken, part.take(taken), part.held, part.turn)
        yield Sold(sale, lot, piece, proceeds)
        units, left = units - taken, left - proceeds
        if not units:
            return
