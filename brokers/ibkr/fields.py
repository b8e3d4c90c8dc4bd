"""TWS's numbers and times in our types: each is what it must be, or a ``BadAnswer`` names it.

The library reads numbers as floats. The shortest text of a float is the decimal that was on the
wire, as long as it has at most 15 digits, which prices and quantities keep.
"""

import math
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from brokers.broker import BadAnswer

UNSET = 1.7976931348623157e308
"""What TWS writes where it has no number."""
DIGITS_MAX = 15

SAY_SO = "nothing is done from an answer that makes no sense; look at the account in TWS"


def number(value: object, what: str) -> Decimal:
    """A finite number of sensible size. Raises ``BadAnswer``."""
    found = number_or_none(value)
    if found is None:
        raise BadAnswer(f"Interactive Brokers: {what} is {value!r}", SAY_SO)
    return found


def number_or_none(value: object) -> Decimal | None:
    """A finite number, or None where there is none, or one that makes no sense."""
    if isinstance(value, float) and (not math.isfinite(value) or value == UNSET):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    if not found.is_finite() or (found and abs(found.adjusted()) > DIGITS_MAX):
        return None
    return plain(found)


def plain(value: Decimal) -> Decimal:
    """The same number without zeros behind it: 10 rather than 10.0."""
    whole = value.to_integral_value()
    return whole if value == whole else value.normalize()


def price_or_none(value: object) -> Decimal | None:
    """A price above zero; TWS writes -1 or 0 where nobody makes one."""
    found = number_or_none(value)
    return found if found is not None and found > 0 else None


def moment(value: object, what: str) -> datetime:
    """An aware time, in UTC."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    raise BadAnswer(f"Interactive Brokers: {what} is {value!r}", SAY_SO)
