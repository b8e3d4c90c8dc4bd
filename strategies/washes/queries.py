"""What a sale or a buy of today would do to a loss: the questions that are asked before an order.

The ledger is not worked out anew: the few lots of one group are taken from it and go on from there.
All quantities are in shares of the day that is asked about.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import TypeVar

from brokers.words import ZERO, Relief
from strategies.washes.checks import check
from strategies.washes.journal import purchase_of, purchase_order
from strategies.washes.ledger import Ledger, bought
from strategies.washes.matching import WINDOW_DAYS
from strategies.washes.nouns import TAXABLE, Disposal, Household, Moved, OpenLot, Trade
from strategies.washes.pieces import Lot, Part
from strategies.washes.told import disposals
from strategies.washes.units import Scale, cost, shares

Row = TypeVar("Row", OpenLot, Disposal)

GONE = " (sold today)"
"""Behind the account of shares that were sold on the day asked about."""


@dataclass(frozen=True, slots=True)
class Washed:
    """What a sale would lose, and why: ``because`` are the buys that stand in the way.

    ``loss`` is before the rule, positive; ``deferred`` moves to the basis of what replaces,
    ``lost`` is gone for good, ``allowed`` is what would count now.
    """

    loss: Decimal
    deferred: Decimal
    lost: Decimal
    because: tuple[Moved, ...]

    @property
    def allowed(self) -> Decimal:
        """The loss that remains."""
        return self.loss - self.deferred - self.lost


@dataclass(frozen=True, slots=True)
class Lock:
    """A loss that a buy of its group would still take away, up to and including ``until``.

    ``quantity`` shares of ``symbol`` were sold on ``sold`` and are not replaced so far.
    """

    symbol: str
    account: str
    sold: date
    until: date
    quantity: Decimal
    loss: Decimal


@dataclass(frozen=True, slots=True)
class Locked:
    """All locks on one group, the earliest loss first."""

    group: str
    locks: tuple[Lock, ...]

    @property
    def until(self) -> date:
        """The last day on which a buy would take a loss away."""
        return max(lock.until for lock in self.locks)

    @property
    def free_from(self) -> date:
        """The first day on which nothing is lost any more."""
        return self.until + timedelta(days=1)

    @property
    def quantity(self) -> Decimal:
        """Shares whose loss is at stake."""
        return sum((lock.quantity for lock in self.locks), ZERO)

    @property
    def loss(self) -> Decimal:
        """Dollars at stake."""
        return sum((lock.loss for lock in self.locks), ZERO)

    def taken_by(self, quantity: Decimal) -> Decimal:
        """The loss that buying ``quantity`` shares would take away, the earliest sales first."""
        taken = ZERO
        for lock in self.locks:
            part = min(quantity, lock.quantity)
            taken += lock.loss * part / lock.quantity
            quantity -= part
        return taken


def would_wash(
    household: Household,
    sale: Trade,
    relief: Relief = Relief.FIFO,
    buys: Iterable[Trade] = (),
) -> Washed:
    """What ``sale`` would lose if made: because of buys in the 30 days before, and of ``buys``.

    In full what ``would_sell`` tells.
    """
    return _washed(would_sell(household, sale, relief, buys))


def would_sell(
    household: Household,
    sale: Trade,
    relief: Relief = Relief.FIFO,
    buys: Iterable[Trade] = (),
) -> tuple[Disposal, ...]:
    """The disposals that ``sale`` would be: gains and losses, and what is taken of them.

    ``sale`` is of its day, at its price, from its account, and may name lots. ``buys`` are those
    that are planned or at work and not in the ledger yet, whatever their symbol. What the ledger
    knows to be sold that day counts as well; where it cannot tell, it counts against the sale.
    Inside an IRA or the like nothing is realised: there are none. Raises ``BadTrade`` for a sale
    that cannot be.
    """
    group = household.group(sale.symbol)
    planned = [buy for buy in buys if household.group(buy.symbol) == group]
    check([*enumerate([sale, *planned])], None)
    scale = Scale()
    lots = _resumed(_of_group(household.open_lots, household, group), scale)
    purchases = {(lot.account, lot.name): lot.purchase for lot in lots}
    gone = _of_group((*household.disposals, *household.sheltered), household, group)
    lots += [_sold_today(one, purchases, scale) for one in gone if one.sold == sale.day]
    lots += [bought(buy, purchase_of(buy), scale) for buy in sorted(planned, key=purchase_order)]
    lots.sort(key=lambda lot: (lot.day, lot.name, lot.account))
    scales = defaultdict[str, Scale](lambda: scale)
    ledger = Ledger(lots, scales, relief, household.group_of, household.outside)
    ledger.run(sale.day.toordinal(), [(0, sale)])
    return disposals(piece for piece in ledger.sold if piece.lot.kind == TAXABLE)


def _washed(sold: Sequence[Disposal]) -> Washed:
    losses = [one for one in sold if one.gain < 0]
    return Washed(
        loss=sum((-one.gain for one in losses), ZERO),
        deferred=sum((one.disallowed - one.permanently_lost for one in losses), ZERO),
        lost=sum((one.permanently_lost for one in losses), ZERO),
        because=tuple(move for one in losses for move in one.moves),
    )


def _of_group(rows: Iterable[Row], household: Household, group: str) -> Iterator[Row]:
    return (row for row in rows if household.group(row.symbol) == group)


def _sold_today(sold: Disposal, purchases: Mapping[tuple[str, str], str], scale: Scale) -> Lot:
    """Shares that are gone, but on the very day: a loss moves onto them, no sale takes them."""
    known = purchases.get((sold.account, sold.lot), f"lot {sold.lot} of {sold.account}")
    lot = Lot(
        replace(sold, account=f"{sold.account}{GONE}"), known, sold.acquired.toordinal(), scale
    )
    if not (lot.is_taxable and sold.held_since < sold.acquired):  # those took up a loss already
        lot.fresh.quantity = scale.units(sold.quantity, lot.day)
    return lot


def _resumed(open_lots: Iterable[OpenLot], scale: Scale) -> list[Lot]:
    """Lots as they stand, to go on from."""
    found: list[Lot] = []
    for _, rows in groupby(open_lots, key=lambda one: (one.account, one.lot)):
        pieces = [*rows]
        day = pieces[0].acquired.toordinal()
        lot = Lot(pieces[0], pieces[0].purchase, day, scale)
        for piece in pieces:
            _resume(lot, piece, day)
        found.append(lot)
    return found


def _resume(lot: Lot, piece: OpenLot, day: int) -> None:
    """Put ``piece`` into its lot: shares that replaced none so far, and those that did."""
    quantity = lot.scale.units(piece.quantity, day)
    part = Part(quantity, cost(piece.basis, Decimal(1), ZERO), piece.held_since.toordinal(), 0)
    free = lot.scale.units(piece.free, day)
    if free:
        lot.fresh.basis += part.take(free)
        lot.fresh.quantity += free
    if part.quantity:
        part.turn = lot.next_turn()
        lot.parts.append(part)


def locks(household: Household, day: date) -> tuple[Locked, ...]:
    """Every group of which a buy on ``day`` would take away a loss, and until when."""
    found = defaultdict[str, list[Lock]](list)
    for one in household.disposals:
        if one.unreplaced and one.sold <= day <= one.sold + timedelta(days=WINDOW_DAYS):
            found[household.group(one.symbol)].append(_lock(household, one, day))
    return tuple(Locked(group, tuple(found[group])) for group in sorted(found))


def locked_until(household: Household, symbol: str, day: date) -> Locked | None:
    """Until when a buy of ``symbol``, or of what is identical to it, would take away a loss."""
    group = household.group(symbol)
    return next((one for one in locks(household, day) if one.group == group), None)


def _lock(household: Household, sold: Disposal, day: date) -> Lock:
    """In shares of ``day``, at least a billionth: a split since the sale counts."""
    ratio = Fraction(1)
    for split in household.splits:
        if split.symbol == sold.symbol and sold.sold < split.day <= day:
            ratio *= split.ratio
    size = Scale()
    units = max(1, round(size.units(sold.unreplaced, day.toordinal()) * ratio))
    return Lock(
        symbol=sold.symbol,
        account=sold.account,
        sold=sold.sold,
        until=sold.sold + timedelta(days=WINDOW_DAYS),
        quantity=shares(units, size.unit),
        loss=-sold.recognised,
    )
