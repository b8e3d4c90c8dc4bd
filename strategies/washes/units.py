"""Whole numbers in place of decimals: what a rounding takes from one piece its neighbour gets.

Money is counted in 1e-12 of a dollar. Shares of a symbol are counted in units of which a share of
today is a fixed number, and a share of a day before a split its multiple or part, so that a split
changes no count. Both are exact, so sums are, and a household can be worked out in any order.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from math import lcm

from strategies.washes.nouns import Split

EXACT = Context(prec=200, rounding=ROUND_HALF_EVEN)
MONEY_PLACES = 12
SHARE_PLACES = 9
"""Fractions of a share are told to nine places."""

SHARE: int = 10**SHARE_PLACES
CENTS = 2
NOTHING = Decimal("0.00")


class Scale:
    """How many units a share of one symbol is, day by day."""

    __slots__ = ("_days", "_sizes", "unit")

    def __init__(self, splits: Iterable[Split] = ()) -> None:
        """From the splits of the symbol, any order."""
        ordered = sorted(splits, key=lambda split: split.day)
        factors = [Fraction(1)]
        for split in reversed(ordered):
            factors.append(factors[-1] * split.ratio)
        whole = SHARE * lcm(*(factor.denominator for factor in factors))
        self._days = [split.day.toordinal() for split in ordered]
        self._sizes: list[int] = [int(factor * whole) for factor in reversed(factors)]
        self.unit = whole
        """Units of a share as it is after the last split."""

    def per_share(self, day: int) -> int:
        """Units of a share on the day with this ordinal; a split holds from its morning on."""
        return self._sizes[bisect_right(self._days, day)]

    def units(self, quantity: Decimal, day: int) -> int:
        """Units of ``quantity`` shares on ``day``."""
        return int(EXACT.scaleb(quantity, SHARE_PLACES)) * self.per_share(day) // SHARE


def cost(quantity: Decimal, price: Decimal, fee: Decimal) -> int:
    """``quantity`` x ``price`` + ``fee``, as money."""
    exact = EXACT.scaleb(EXACT.fma(quantity, price, fee), MONEY_PLACES)
    return int(exact.to_integral_value(context=EXACT))


def part_of(total: int, part: int, whole: int) -> int:
    """``total`` x ``part`` / ``whole``, rounded to the nearest unit."""
    if part == whole:
        return total
    return (2 * total * part + whole) // (2 * whole)


def dollars(money: int) -> Decimal:
    """Money as a decimal, to the cent and further only where there is more."""
    return NOTHING if not money else _decimal(money, MONEY_PLACES, CENTS)


def shares(units: int, per_share: int) -> Decimal:
    """Units as shares of a day that have ``per_share`` units, to nine places."""
    whole, rest = divmod(units, per_share)
    return (
        Decimal(whole) if not rest else _decimal(part_of(SHARE, units, per_share), SHARE_PLACES, 0)
    )


def _decimal(count: int, places: int, least: int) -> Decimal:
    """``count`` x 10^-places without the zeros at its end, with ``least`` places or more."""
    whole, rest = divmod(count, 10 ** (places - least))
    if not rest:
        return Decimal(whole).scaleb(-least, EXACT)
    while count % 10 == 0:
        count //= 10
        places -= 1
    return Decimal(count).scaleb(-places, EXACT)


def day_of(ordinal: int) -> date:
    """The day with this ordinal."""
    return date.fromordinal(ordinal)


SIMPLE = 1000
NEARLY = Fraction(1, 10**8)


def split_ratio(quantity: Decimal) -> Fraction:
    """New shares for one old one; 0.333333333 is one for three."""
    told = Fraction(quantity)
    simple = told.limit_denominator(SIMPLE)
    return simple if abs(simple - told) <= NEARLY * told else told
