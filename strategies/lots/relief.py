"""Which lots a sale takes first. A method is a sort key, a row of ``RELIEF_ORDER``.

The owner may name lots; where none is named the first bought is the first sold (26 CFR
1.1012-1(c)(1)). Minimum tax needs the price and the day of the sale, so it has a key of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from brokers.words import ZERO, Relief, Symbol
from strategies.lots.dates import first_long_day
from strategies.lots.errors import Misnamed, Oversold
from strategies.lots.nouns import Lot, Named, Sale

Key = tuple[Decimal | int, ...]
Split = tuple[tuple[Lot, ...], tuple[Lot, ...]]
"""Lots taken, lots left."""


def _cost_or_zero(lot: Lot) -> Decimal:
    return ZERO if lot.unit_cost is None else lot.unit_cost


RELIEF_ORDER: Mapping[Relief, Callable[[Lot, int], Key]] = {
    Relief.FIFO: lambda lot, place: (lot.acquired.toordinal(), place),
    Relief.LIFO: lambda lot, place: (-lot.acquired.toordinal(), -place),
    Relief.HIFO: lambda lot, place: (-_cost_or_zero(lot), lot.acquired.toordinal(), place),
    Relief.LOFO: lambda lot, place: (_cost_or_zero(lot), lot.acquired.toordinal(), place),
    Relief.SPECIFIC: lambda lot, place: (lot.acquired.toordinal(), place),
}
"""First key is sold first; ``place`` is the order in which the lots were booked.

A lot without a basis counts as free. Where lots could be named but none is, the first bought is
the first sold (26 CFR 1.1012-1(c)(1)(i)), so the row of SPECIFIC is that of FIFO.
"""

SHORT_LOSS, LONG_LOSS, GAIN, UNKNOWN = range(4)


def least_tax_key(lot: Lot, place: int, sale: Sale) -> Key:
    """Minimum tax: short-term losses, then long-term losses, then what costs least tax a share.

    Within each the lower tax first, negative for a loss, then the first bought; where the rate is
    nothing, as that on long-term gains may be (26 U.S.C. 1(h)(1)(B)), the lower gain. Lots of
    unknown basis come last: nobody knows their tax.
    """
    order = (lot.acquired.toordinal(), place)
    if lot.unit_cost is None:
        return (UNKNOWN, ZERO, *order)
    is_long = sale.day >= first_long_day(lot.acquired)
    gain = sale.price - lot.unit_cost
    tax = gain * (sale.long_rate if is_long else sale.short_rate)
    kind = GAIN if gain >= 0 else LONG_LOSS if is_long else SHORT_LOSS
    return (kind, tax, ZERO if tax else gain, *order)


def queue(lots: Sequence[Lot], method: Relief, sale: Sale | None = None) -> list[int]:
    """Places of ``lots`` in the order in which ``method`` sells them."""
    if method is Relief.MINIMUM_TAX:
        assert sale is not None, "minimum tax needs the price and the day of the sale"
        return sorted(range(len(lots)), key=lambda place: least_tax_key(lots[place], place, sale))
    order = RELIEF_ORDER[method]
    return sorted(range(len(lots)), key=lambda place: order(lots[place], place))


def relieve(
    lots: Sequence[Lot], quantity: Decimal, method: Relief, sale: Sale | None = None
) -> Split:
    """Take ``quantity`` shares from ``lots``: (taken, left), both as lots.

    ``sale`` is needed for minimum tax only. Raises ``Oversold`` when there are not enough.
    """
    taken: list[Lot] = []
    left = [lot.quantity for lot in lots]
    missing = quantity
    for place in queue(lots, method, sale):
        if missing <= 0:
            break
        part = min(lots[place].quantity, missing)
        taken.append(part_of(lots[place], part))
        left[place] -= part
        missing -= part
    if missing > 0:
        raise Oversold(lots[0].symbol if lots else Symbol("?"), missing)
    return tuple(taken), _rest(lots, left)


def relieve_named(lots: Sequence[Lot], quantity: Decimal, named: Sequence[Named]) -> Split:
    """Take ``quantity`` shares from the lots that the owner named, in that order.

    Raises ``Oversold`` where all lots together hold too few, and ``Misnamed`` where a name is not
    among them or the named ones hold too few: a sale that is not adequately identified is never
    guessed at (26 CFR 1.1012-1(c)(2), (c)(3)).
    """
    held = sum((lot.quantity for lot in lots), ZERO)
    if held < quantity:
        raise Oversold(lots[0].symbol if lots else Symbol("?"), quantity - held)
    left = [lot.quantity for lot in lots]
    taken: list[Lot] = []
    missing = quantity
    for name in named:
        places = [place for place, lot in enumerate(lots) if lot.lot_id == name.lot_id]
        if not places:
            raise _misnamed(lots, f"names the lot {name.lot_id}, which is not held")
        wanted = missing if name.quantity is None else min(missing, name.quantity)
        for place in places:
            part = min(left[place], wanted)
            if part > 0:
                taken.append(part_of(lots[place], part))
            left[place] -= part
            wanted -= part
            missing -= part
    if missing > 0:
        raise _misnamed(lots, f"is of {missing} shares more than the lots that it names")
    return tuple(taken), _rest(lots, left)


def _misnamed(lots: Sequence[Lot], what: str) -> Misnamed:
    known = ", ".join(lot.lot_id for lot in lots)
    return Misnamed(f"{lots[0].symbol}: a sale {what}", f"the lots held are: {known}")


def relieve_or_name(
    lots: Sequence[Lot],
    quantity: Decimal,
    method: Relief,
    symbol: Symbol,
    sale: Sale | None = None,
) -> Split:
    """``relieve``, and where nothing at all is held the error still names ``symbol``."""
    if not lots:
        raise Oversold(symbol, quantity)
    return relieve(lots, quantity, method, sale)


def part_of(lot: Lot, quantity: Decimal) -> Lot:
    """``quantity`` of its shares; the lot itself where that is all of them."""
    return lot if quantity == lot.quantity else replace(lot, quantity=quantity)


def _rest(lots: Sequence[Lot], left: Sequence[Decimal]) -> tuple[Lot, ...]:
    return tuple(part_of(lot, part) for lot, part in zip(lots, left, strict=True) if part > 0)
