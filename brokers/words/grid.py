"""Ticks and round lots of US stocks as the law has them, each row from its day on.

Dated data, not code: when a rule changes, a row is added with its first day and its source, and
nothing else. An order on the coarser grid of before is lawful on a finer one, so a row that makes
the grid finer may be added late; one that makes it coarser must be there on its day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PriceGrid:
    """No order from 1.00 USD on is priced finer than ``above``, none below finer than ``below``."""

    since: date
    above: Decimal
    below: Decimal
    source: str

    def at(self, price: Decimal) -> Decimal:
        """The finest tick that is lawful at ``price``."""
        return self.above if price >= 1 else self.below


PRICE_GRIDS: Sequence[PriceGrid] = (
    PriceGrid(
        date(2006, 1, 31),
        Decimal("0.01"),
        Decimal("0.0001"),
        "Regulation NMS, Rule 612 (17 CFR 242.612; 70 FR 37496)",
    ),
    PriceGrid(
        date(2026, 11, 2),
        Decimal("0.005"),
        Decimal("0.0001"),
        "Rule 612 as amended on 2024-09-18 (Release 34-101070): half a cent, for names whose quoted"
        " spread was 0.015 USD or less on average; compliance was put off to the first business"
        " day of November 2026",
    ),
)
"""Oldest first. If the day of the last row is moved again, its ``since`` is all that changes.

Which names have the finer tick is told by their exchanges twice a year. Orders are priced in whole
cents unless the broker states a finer tick for the name; a whole cent is lawful on both grids.
"""


@dataclass(frozen=True, slots=True)
class RoundLots:
    """The round lot by price: pairs of (highest price, shares), the last without an end."""

    since: date
    tiers: tuple[tuple[Decimal | None, int], ...]
    source: str

    def at(self, price: Decimal) -> int:
        """Shares of a round lot of a name that trades at ``price``."""
        return next(lot for most, lot in self.tiers if most is None or price <= most)


ROUND_LOTS: Sequence[RoundLots] = (
    RoundLots(date.min, ((None, 100),), "rules of the listing exchanges"),
    RoundLots(
        date(2025, 11, 3),
        ((Decimal(250), 100), (Decimal(1000), 40), (Decimal(10_000), 10), (None, 1)),
        "Regulation NMS, Rule 600(b)(93) (17 CFR 242.600)",
    ),
)
"""Oldest first. The law goes by the average close of an evaluation period, which is set anew twice
a year; the price of the day is a good guess at it, and nothing that must hold hangs on it."""


def finest_tick(price: Decimal, day: date) -> Decimal:
    """The finest tick at which an order in USD may be priced on ``day``."""
    known = (grid for grid in reversed(PRICE_GRIDS) if grid.since <= day)
    return next(known, PRICE_GRIDS[0]).at(price)


def round_lot(price: Decimal, day: date) -> int:
    """Shares of a round lot of a US stock that trades at ``price`` on ``day``."""
    return next(lots for lots in reversed(ROUND_LOTS) if lots.since <= day).at(price)
