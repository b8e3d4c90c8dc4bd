"""Numbers, amounts and moments as text: one way to write each, in plain ASCII.

Thousands are parted by commas, the point is decimal, a unit always stands behind its number, and
what rounds to zero has no sign. Text is for people: nothing is computed from it.
"""

from datetime import datetime
from decimal import Decimal

from brokers.words import Currency, Environment

MONEY = {
    Environment.PAPER: "PAPER (no real money)",
    Environment.LIVE: "LIVE (real money)",
}
"""Whether the money is real, in words."""

_PLACES_MAX = 6


def number(amount: Decimal, places: int = 2, *, signed: bool = False) -> str:
    """``1,234.50``; with ``signed`` also a plus, and no sign at all on zero."""
    text = format(amount, f"z,.{places}f")
    return f"+{text}" if signed and _is_above_zero(text) else text


def _is_above_zero(text: str) -> bool:
    return not text.startswith("-") and any(digit in text for digit in "123456789")


def money(amount: Decimal, currency: Currency, *, signed: bool = False) -> str:
    """``1,234.50 USD``."""
    return f"{number(amount, signed=signed)} {currency}"


def percent(share: Decimal, places: int = 2, *, signed: bool = False) -> str:
    """A share as ``12.34 %``."""
    return f"{number(share * 100, places, signed=signed)} %"


def points(difference: Decimal) -> str:
    """A difference of two shares in percentage points: ``+1.80 pt``."""
    return f"{number(difference * 100, signed=True)} pt"


def percents(*shares: Decimal, unit: str = "%") -> tuple[str, ...]:
    """Shares side by side, with as many decimals as it takes to tell different ones apart."""
    for places in range(2, _PLACES_MAX):
        texts = tuple(f"{number(share * 100, places)} {unit}" for share in shares)
        if len(set(texts)) == len(set(shares)):
            return texts
    return tuple(f"{number(share * 100, _PLACES_MAX)} {unit}" for share in shares)


def quantity(shares: Decimal) -> str:
    """Shares with all their decimals and no idle zeros: ``1,200``, ``0.125``."""
    return format(shares.normalize() if shares else Decimal(0), ",f")


def price(per_share: Decimal) -> str:
    """A price with two decimals, or with all that it has: ``101.20``, ``0.4375``."""
    tail = per_share.normalize().as_tuple().exponent
    places = max(2, min(-tail, _PLACES_MAX)) if isinstance(tail, int) else 2
    return number(per_share, places)


def moment(time: datetime) -> str:
    """``2026-11-20 15:30 UTC``."""
    return time.strftime("%Y-%m-%d %H:%M UTC")


def count(things: int, one: str, many: str = "") -> str:
    """``1 order``, ``3 orders``."""
    return f"{things:,} {one if things == 1 else many or one + 's'}"
