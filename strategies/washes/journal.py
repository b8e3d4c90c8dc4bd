"""Trades as they come, brought into order: what cannot be true is refused, repeats are told.

Rows from overlapping exports repeat one another. A buy is known by the name of its lot, so a second
one like it is dropped. A sale has no name: two like ones are two fills, unless repeated buys prove
that the same export is there twice.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from strategies.washes.checks import check
from strategies.washes.nouns import BUY, REINVEST, SELL, SPLIT, BadTrade, Note, Split, Trade
from strategies.washes.units import split_ratio

Placed = tuple[int, Trade]
"""A trade, and its index among all that came."""

SPLIT_DAYS = 7
"""Two brokers may book one split some days apart."""


class Journal:
    """Buys in order of purchase, sales in order, splits: each once."""

    __slots__ = ("buys", "notes", "sales", "splits")

    def __init__(self, trades: Iterable[Trade], today: date | None) -> None:
        """Check every trade and put all into order; ``BadTrade`` names what is wrong."""
        placed = [*enumerate(trades)]
        check(placed, today)
        self.notes: list[Note] = []
        by_side = defaultdict[str, list[Placed]](list)
        for place, trade in placed:
            by_side[BUY if trade.side == REINVEST else trade.side].append((place, trade))
        named, copies = self._lots_once(row for row in by_side[BUY] if row[1].lot)
        unnamed = self._fills([row for row in by_side[BUY] if not row[1].lot], copies)
        buys = [*named, *_with_names(unnamed, {trade.lot for _, trade in named})]
        self.buys = sorted(buys, key=lambda row: purchase_order(row[1]))
        self.sales = sorted(self._fills(by_side[SELL], copies), key=lambda row: _sale_order(row[1]))
        self.splits = self._splits(by_side[SPLIT])
        self._tell_shared_orders()

    def _lots_once(self, buys: Iterable[Placed]) -> tuple[list[Placed], int]:
        """Every lot once, and how often the most repeated one came."""
        kept: dict[tuple[str, str], Placed] = {}
        came = Counter[tuple[str, str]]()
        for place, trade in buys:
            key = (trade.account, trade.lot)
            came[key] += 1
            _, known = kept.setdefault(key, (place, trade))
            if known != trade:
                said = f"lot {trade.lot} of {trade.account} is there already, and not the same"
                raise BadTrade(place, "lot", said, "give each buy of an account a lot of its own")
            if came[key] > 1:
                self.notes.append(Note(place, f"repeats lot {trade.lot}: counted once"))
        return [*kept.values()], max(came.values(), default=1)

    def _fills(self, rows: Sequence[Placed], copies: int) -> list[Placed]:
        """Rows without a name: like ones are told, and dropped where exports overlap."""
        alike = defaultdict[Trade, list[int]](list)
        for place, trade in rows:
            alike[trade].append(place)
        kept: list[Placed] = []
        for trade, places in alike.items():
            count = -(-len(places) // copies)
            kept += [(place, trade) for place in places[:count]]
            for place in places[1:]:
                is_kept = place in places[:count]
                said = "counted as another fill" if is_kept else "counted once, as its lots are"
                self.notes.append(Note(place, f"is like a {trade.side} before it: {said}"))
        return kept

    def _splits(self, rows: Iterable[Placed]) -> tuple[Split, ...]:
        """Every split once, whichever accounts told it."""
        found: list[Split] = []
        for place, trade in sorted(rows, key=lambda row: (row[1].symbol, row[1].day, row[0])):
            split = Split(trade.symbol, trade.day, split_ratio(trade.quantity))
            before = [one for one in found if one.symbol == split.symbol]
            if split in before:
                self.notes.append(Note(place, f"tells a split of {split.symbol} again: done once"))
                continue
            for last in before:
                if _is_one_told_twice(last, split):
                    said = f"{split.symbol} was split on {last.day} already"
                    remedy = "tell each split once, on its first day; of two the product of both"
                    raise BadTrade(place, "date", said, remedy)
            found.append(split)
        return tuple(found)

    def _tell_shared_orders(self) -> None:
        accounts: dict[str, str] = {}
        for place, trade in self.buys:
            if trade.order and accounts.setdefault(trade.order, trade.account) != trade.account:
                said = f"order {trade.order} is in several accounts: taken as one purchase"
                self.notes.append(Note(place, said))
                accounts[trade.order] = trade.account


def sales_by_day(sales: Iterable[Placed]) -> Mapping[int, Sequence[Placed]]:
    """``sales`` in their order, under the ordinal of their day."""
    found = defaultdict[int, list[Placed]](list)
    for row in sales:
        found[row[1].day.toordinal()].append(row)
    return found


def purchase_order(trade: Trade) -> tuple[date, str, str]:
    """Order of purchase; of one day by the name of the lot."""
    return (trade.day, trade.lot, trade.account)


def purchase_of(trade: Trade) -> str:
    """What tells one purchase from another: the order, or the lot where there is none."""
    return f"order {trade.order}" if trade.order else f"lot {trade.lot} of {trade.account}"


def _sale_order(trade: Trade) -> tuple[object, ...]:
    figures = (trade.price, trade.quantity, trade.fee)
    return (trade.day, not trade.lot, *figures, trade.account, trade.symbol, trade.lot, trade.order)


def _with_names(rows: Iterable[Placed], taken: set[str]) -> Iterator[Placed]:
    """Buys without a lot get a name of symbol, day and number, whatever order they came in."""
    count = Counter[tuple[str, date]]()
    ordered = sorted(
        rows, key=lambda row: (row[1].account, row[1].price, row[1].quantity, row[1].fee)
    )
    for place, trade in ordered:
        name = ""
        while not name or name in taken:
            count[trade.symbol, trade.day] += 1
            name = f"{trade.symbol} {trade.day} #{count[trade.symbol, trade.day]}"
        yield place, replace(trade, lot=name)


def _is_one_told_twice(one: Split, other: Split) -> bool:
    """Whether both are near, and no reverse split with a forward split after it (or before)."""
    is_up = {split.ratio > 1 for split in (one, other)}
    return (other.day - one.day).days <= SPLIT_DAYS and len(is_up) == 1
