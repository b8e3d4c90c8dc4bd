"""A loss and what replaces it: 26 U.S.C. 1091(a), (d) and 1223(3), 26 CFR 1.1091-1.

Shares bought from 30 days before to 30 days after the sale take the loss away, share by share, in
order of purchase (1.1091-1(c), (d)). A share that has done so does it for no other loss (1.1091-1
(e)). The loss moves into its basis and the days held into its holding period; in an IRA it is lost
(Rev. Rul. 2008-5), though the share is used up as well.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from strategies.washes.pieces import Lot, Part, Sold
from strategies.washes.units import part_of

WINDOW_DAYS = 30


class Pool:
    """Lots of one group of substantially identical securities, in order of purchase."""

    __slots__ = ("_days", "_lots", "_next")

    def __init__(self, lots: Sequence[Lot]) -> None:
        """All that the household ever bought of the group and that may replace."""
        self._lots = lots
        self._days = [lot.day for lot in lots]
        self._next = [*range(len(lots) + 1)]

    def window(self, day: int) -> Iterator[Lot]:
        """Lots bought near ``day`` that can still replace something."""
        place = self._from(bisect_left(self._days, day - WINDOW_DAYS))
        while place < len(self._lots) and self._days[place] <= day + WINDOW_DAYS:
            lot = self._lots[place]
            if lot.is_spent:  # and stays so: it is passed over from now on
                self._next[place] = place + 1
            else:
                yield lot
            place = self._from(place + 1)

    def _from(self, place: int) -> int:
        """The first place from ``place`` on that is not passed over."""
        end = place
        while self._next[end] != end:
            end = self._next[end]
        while self._next[place] != end:
            self._next[place], place = end, self._next[place]
        return end


def match(loss: Sold, pool: Pool) -> Iterator[tuple[Sold, Sold]]:
    """Take away of ``loss`` what is replaced, and move it.

    Yields shares sold the same day that take it up, each with what they were cut out of: they
    stand for themselves now, and may have a loss of their own.
    """
    left = Left(loss)
    for lot in pool.window(loss.sale.day):
        if not left.units:
            break
        if lot.purchase != loss.lot.purchase:
            yield from _from_lot(left, lot)
    loss.rest = left.units


class Left:
    """What is not replaced so far of a loss."""

    __slots__ = ("loss", "money", "units")

    def __init__(self, loss: Sold) -> None:
        """All of it."""
        self.loss = loss
        self.units = loss.part.quantity
        self.money = -loss.gain

    def replaced_by(self, lot: Lot, available: int) -> tuple[int, int]:
        """Let ``available`` units of ``lot`` replace: (units of it used, money that moves there).

        Shares are counted as of the day of the loss: a split of either security changes nothing.
        """
        day = self.loss.sale.day
        old, new = self.loss.lot.scale.per_share(day), lot.scale.per_share(day)
        if available * old <= self.units * new:
            used, gone = available, part_of(available, old, new)
        else:
            used, gone = part_of(self.units, new, old), self.units
        if not used or not gone:  # less than any fraction of a share
            return 0, 0
        money = part_of(self.money, gone, self.units)
        self.units -= gone
        self.money -= money
        self._book(lot, gone, money)
        return used, money

    def _book(self, lot: Lot, gone: int, money: int) -> None:
        self.loss.disallowed += money
        self.loss.lost += 0 if lot.is_taxable else money
        self.loss.moves.append((lot, gone, money))


def _from_lot(left: Left, lot: Lot) -> Iterator[tuple[Sold, Sold]]:
    """Shares of ``lot`` that were sold today replace first, then those still held."""
    for sold in [*lot.waiting]:
        if left.units and sold.part.is_fresh and sold.sale is not left.loss.sale:
            used, money = left.replaced_by(lot, sold.part.quantity)
            if used:
                basis, proceeds = sold.take(used)
                part = _taken_up(lot, used, basis, money, left.loss)
                cut = Sold(sold.sale, lot, part, proceeds)
                lot.waiting.append(cut)
                if not sold.part.quantity:
                    lot.waiting.remove(sold)
                yield cut, sold
    if left.units and lot.fresh.quantity:
        used, money = left.replaced_by(lot, lot.fresh.quantity)
        if used:
            lot.add_part(_taken_up(lot, used, lot.fresh.take(used), money, left.loss))


def _taken_up(lot: Lot, used: int, basis: int, money: int, loss: Sold) -> Part:
    """The shares that replace, with the basis and the days that move to them."""
    if not lot.is_taxable:
        return Part(used, basis, lot.day, lot.next_turn())
    held = lot.day - (loss.sale.day - loss.part.held)
    return Part(used, basis + money, held, lot.next_turn())
