"""Which lots the owner must name at the broker, where the broker would sell others.

A sale takes the lots that are named to the broker by the day of settlement, else the broker's own
(26 CFR 1.1012-1(c)(2), (3), (8)); that day is the next day of trading (17 CFR 240.15c6-1, since
2024-05-28). No order can name a lot at most brokers: the owner does it in the account itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from brokers.words import Relief, Symbol
from strategies.lots.nouns import Lot

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Naming:
    """A sale of ``quantity`` shares: ``takes`` by itself, and what is ``wanted`` in their place."""

    symbol: Symbol
    quantity: Decimal
    takes: tuple[Lot, ...]
    wanted: tuple[Lot, ...]

    @property
    def is_needed(self) -> bool:
        """Whether the broker would sell other lots than the owner wants sold."""
        return _parts(self.takes) != _parts(self.wanted)


def settlement(day: date) -> date:
    """The first weekday after a trade: lots may be named until then. Holidays make it later."""
    after = day + timedelta(days=1)
    while after.weekday() >= SATURDAY:
        after += timedelta(days=1)
    return after


def sheet(sales: Sequence[Naming], real: Relief, wanted: Relief, day: date) -> tuple[str, ...]:
    """What to name at the broker for sales of ``day``, a sentence each; nothing where all agree.

    ``real`` is how the broker relieves lots by itself, ``wanted`` how the owner wants it.
    """
    needed = [sale for sale in sales if sale.is_needed]
    if not needed:
        return ()
    head = (
        f"the broker relieves lots {real}, not {wanted}: name these lots in the account there "
        f"until {settlement(day)}, then tell the book: trimtab lots name"
    )
    return (head, *map(instruction, needed))


def instruction(sale: Naming) -> str:
    """``sell 15 VTI: 10 of B1 (bought 2024-03-04 at 250.00), 5 of B2 (...)``."""
    return f"sell {sale.quantity:f} {sale.symbol}: {said(sale.wanted)}"


def said(lots: Sequence[Lot]) -> str:
    """Parts of lots in words."""
    return ", ".join(f"{lot.quantity:f} of {lot.lot_id} ({_bought(lot)})" for lot in lots)


def _bought(lot: Lot) -> str:
    at = "" if lot.unit_cost is None else f" at {lot.unit_cost:.2f}"
    return f"bought {lot.acquired}{at}"


def _parts(lots: Sequence[Lot]) -> dict[str, Decimal]:
    parts: dict[str, Decimal] = {}
    for lot in lots:
        parts[lot.lot_id] = parts.get(lot.lot_id, Decimal(0)) + lot.quantity
    return parts
