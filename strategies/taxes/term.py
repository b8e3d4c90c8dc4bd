"""Short-term or long-term, and how long until the one becomes the other.

Long-term is what was held for more than one year (26 U.S.C. 1222): the count starts the day after
the purchase and runs by calendar months (Rev. Rul. 66-7), so the first long-term day is the day
after the anniversary; what was bought on the last day of February is counted from 1 March.
"""

from datetime import date
from enum import StrEnum

from strategies.lots.dates import first_day_after, first_long_day, is_long_term

SIX_MONTHS = 6


class Term(StrEnum):
    """The character of a gain or loss."""

    SHORT = "short"
    LONG = "long"


def term(acquired: date, sold: date) -> Term:
    """Character of what was bought on ``acquired`` and sold on ``sold`` (26 U.S.C. 1222)."""
    return Term.LONG if is_long_term(acquired, sold) else Term.SHORT


def days_to_long(acquired: date, today: date) -> int:
    """Days from ``today`` to the first on which a sale is long-term; 0 where it is already."""
    return max(0, (first_long_day(acquired) - today).days)


def is_six_months_or_less(acquired: date, sold: date) -> bool:
    """Whether it was held for six months or less, as 26 U.S.C. 852(b)(4) counts."""
    return sold < first_day_after(acquired, SIX_MONTHS)
