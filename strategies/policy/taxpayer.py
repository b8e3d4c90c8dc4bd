"""Who pays the tax: how they file, what was lost in other years, and what they wish of losses.

Amounts are in dollars. What is said here is one for all accounts of a household.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from brokers.words import Symbol


class Filing(StrEnum):
    """How the taxpayer files (26 U.S.C. 1(a) to (d), 2)."""

    SINGLE = "single"
    JOINT = "joint"
    """Married, one return; also a surviving spouse."""
    SEPARATE = "separate"
    """Married, two returns."""
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Taxpayer:
    """Filing, the losses of the years before, and whether a loss may move to other lots.

    ``carryover_short`` and ``carryover_long`` are losses brought forward, positive; ``exempt`` are
    funds that pay exempt interest, and do not declare it daily; ``gains_short`` and ``gains_long``
    are net gains of this year that no account and no file tells of, which losses meet. With
    ``may_defer`` a trade may put a loss off that 26 U.S.C. 1091 adds to another basis: it is then
    priced. One that the law takes for good is never made, whatever is said here. No loss of
    ``no_harvest`` or their like is harvested: something is open in them that no ledger here knows.
    ``overlaps`` are names, what may stand for each, and the share of what both hold that is the
    same, where that is known; what has more than ``overlap_max`` of it is not bought.
    """

    filing: Filing = Filing.SINGLE
    carryover_short: Decimal = Decimal(0)
    carryover_long: Decimal = Decimal(0)
    may_defer: bool = False
    exempt: tuple[Symbol, ...] = ()
    gains_short: Decimal = Decimal(0)
    gains_long: Decimal = Decimal(0)
    no_harvest: tuple[Symbol, ...] = ()
    overlaps: tuple[tuple[Symbol, Symbol, Decimal], ...] = ()
    overlap_max: Decimal | None = None


@dataclass(frozen=True, slots=True)
class HarvestPolicy:
    """What the owner wants of harvesting losses in one account.

    ``substitutes`` names for a symbol what may be bought in its place, the best first. What is
    bought is sold after ``horizon_years`` (None for never); ``growth`` and ``discount`` are annual
    shares. A sale nets ``net_min`` dollars or more, and its lots have fallen by ``fall_min`` of
    their basis or more. ``swap_back`` lets the original come back after the days of the rule, where
    that pays; ``gains_max`` is the net gain that plans may realise in a year, None for any.
    """

    substitutes: tuple[tuple[Symbol, tuple[Symbol, ...]], ...] = ()
    horizon_years: Decimal | None = Decimal(10)
    growth: Decimal = Decimal("0.05")
    discount: Decimal = Decimal("0.05")
    net_min: Decimal = Decimal(50)
    fall_min: Decimal = Decimal(0)
    swap_back: bool = True
    gains_max: Decimal | None = None
