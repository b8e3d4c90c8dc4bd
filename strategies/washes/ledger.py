"""The ledger of a household: day by day what is bought, sold, and lost to a wash sale.

``household`` is the room's entry. A day has three steps: lots bought open, sales take their lots,
and the day's losses meet what replaces them, also what is bought in the 30 days to come. An
account's kind decides what a sale means: inside an IRA, Roth, HSA or 401(k) nothing is realised,
while what is bought there replaces as well as any other purchase (Rev. Rul. 2008-5).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from heapq import heapify, heappop, heappush
from types import MappingProxyType

from brokers.words import Relief
from strategies.washes.journal import Journal, purchase_of, sales_by_day
from strategies.washes.matching import Pool, match
from strategies.washes.nouns import TAXABLE, BadTrade, Household, Split, Trade
from strategies.washes.pieces import Lot, Sold
from strategies.washes.relieving import RELIEF_KEYS, Shelves
from strategies.washes.remembered import Memory, Pieces, Rows
from strategies.washes.told import disposals, open_lots
from strategies.washes.units import Scale, cost

NO_GROUPS: Mapping[str, str] = MappingProxyType({})


def household(
    trades: Iterable[Trade],
    relief: Relief = Relief.FIFO,
    *,
    group_of: Mapping[str, str] = NO_GROUPS,
    outside: Iterable[str] = (),
    today: date | None = None,
    memory: Memory | None = None,
) -> Household:
    """Work out every disposal and open lot of taxpayer and spouse, in whatever order rows come.

    ``relief`` (one of ``RELIEF_KEYS``) is for sales that name no lot; ``group_of`` maps symbols to
    groups of substantially identical securities; ``outside`` are kinds of account (of
    ``OWNER_SAYS``) whose buys replace nothing. With a ``memory`` what did not change since it was
    last asked is not worked out again; what comes out is the same. Raises ``BadTrade`` for what
    cannot be true: also a sale of more than is held, and, with ``today``, a trade after it.
    """
    assert relief in RELIEF_KEYS, "another method is no key"
    journal, kinds = Journal(trades, today), frozenset(outside)

    def work_out(rows: Rows) -> Pieces:
        return _worked_out(rows, relief, group_of, kinds)

    every = Rows(journal.buys, journal.sales, journal.splits)
    if memory is None:
        found = work_out(every)
    else:
        groups = tuple(sorted(group_of.items()))
        try:
            found = memory.recall(journal, group_of, (relief, groups, kinds), work_out)
        except BadTrade:  # of several the first of all is told
            found = work_out(every)
    return Household(
        *found,
        group_of=MappingProxyType(dict(group_of)),
        outside=kinds,
        splits=journal.splits,
        notes=tuple(sorted(journal.notes, key=lambda note: note.place)),
    )


def _worked_out(
    rows: Rows, relief: Relief, group_of: Mapping[str, str], outside: frozenset[str]
) -> Pieces:
    scales = _Scales(rows.splits)
    lots = [bought(buy, purchase_of(buy), scales[buy.symbol]) for _, buy in rows.buys]
    book = Ledger(lots, scales, relief, group_of, outside)
    for day, sales in sorted(sales_by_day(rows.sales).items()):
        book.run(day, sales)
    sold = [piece for piece in book.sold if piece.part.quantity]
    return Pieces(
        disposals=disposals(piece for piece in sold if piece.lot.kind == TAXABLE),
        sheltered=disposals(piece for piece in sold if piece.lot.kind != TAXABLE),
        open_lots=open_lots(lots),
    )


class _Scales(dict[str, Scale]):
    """The scale of each symbol, made when it is first asked for."""

    def __init__(self, splits: Iterable[Split]) -> None:
        super().__init__()
        self._splits = defaultdict[str, list[Split]](list)
        for split in splits:
            self._splits[split.symbol].append(split)

    def __missing__(self, symbol: str) -> Scale:
        self[symbol] = Scale(self._splits[symbol])
        return self[symbol]


def bought(buy: Trade, purchase: str, scale: Scale) -> Lot:
    """The lot that a buy makes; its fee is part of the basis."""
    day = buy.day.toordinal()
    lot = Lot(buy, purchase, day, scale)
    lot.fresh.quantity = scale.units(buy.quantity, day)
    lot.fresh.basis = cost(buy.quantity, buy.price, buy.fee)
    return lot


class Ledger:
    """Lots in order of purchase, worked through day by day."""

    def __init__(
        self,
        lots: Sequence[Lot],
        scales: Mapping[str, Scale],
        relief: Relief,
        group_of: Mapping[str, str],
        outside: frozenset[str],
    ) -> None:
        """Number the lots, and put those that may replace into the pool of their group.

        A taxable lot always may, so there is a pool for every loss.
        """
        self.sold: list[Sold] = []
        self._shelves = Shelves(lots, relief, scales)
        self._group_of = group_of
        pools = defaultdict[str, list[Lot]](list)
        for place, lot in enumerate(lots):
            lot.place = place
            if lot.kind not in outside:
                pools[self._group(lot)].append(lot)
        self._pools = {group: Pool(some) for group, some in pools.items()}

    def _group(self, lot: Lot) -> str:
        return self._group_of.get(lot.symbol, lot.symbol)

    def run(self, day: int, sales: Sequence[tuple[int, Trade]]) -> None:
        """Take the day's sales from the lots, then look at their losses."""
        today = self._shelves.sell(day, sales)
        self.sold += today
        for sold in today:
            sold.lot.waiting.append(sold)
        self.sold += self._settle(today)
        for sold in today:
            sold.lot.waiting.clear()

    def _settle(self, today: Iterable[Sold]) -> Iterator[Sold]:
        """Losses in order of purchase, then gains that became losses, until none is left.

        Yields what was cut out of the day's sales on the way.
        """
        later = [*today]
        while turn := [(sold.order, sold) for sold in later if sold.is_loss]:
            heapify(turn)
            first = {sold for _, sold in turn}
            later = [sold for sold in later if not sold.is_loss]
            while turn:
                _, loss = heappop(turn)
                if not loss.part.quantity:  # all of it took up another loss: its rest comes later
                    continue
                loss.lot.waiting.remove(loss)
                for cut, old in match(loss, self._pools[self._group(loss.lot)]):
                    yield cut
                    if old in first:
                        first.add(cut)
                        heappush(turn, (cut.order, cut))
                    else:
                        later.append(cut)
