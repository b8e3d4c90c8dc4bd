"""Which day a trade is on, and from which day on a holding is long-term.

A holding period starts the day after the purchase and runs by calendar months to the day of the
sale (26 U.S.C. 1222; Rev. Rul. 66-7, 1966-1 C.B. 188; IRS Publication 550, "Holding Period").
"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from brokers.words import Execution

TRADE_ZONE = ZoneInfo("America/New_York")
"""Trade dates are those of the exchange."""

MONTHS_OF_A_YEAR = 12


def trade_date(execution: Execution) -> date:
    """The day of the trade at the exchange, which is the day that the law counts from."""
    return execution.time.astimezone(TRADE_ZONE).date()


def first_day_after(acquired: date, months: int) -> date:
    """First day on which what was bought on ``acquired`` was held for more than ``months``.

    The day of that number so many months after the day after the purchase; the first of the next
    month where that month has no such day.
    """
    start = acquired + timedelta(days=1)
    years, month = divmod(start.month - 1 + months, MONTHS_OF_A_YEAR)
    year, following = start.year + years, month + 2
    try:
        return date(year, month + 1, start.day)
    except ValueError:  # as on 29 February, or on the 31st of a month that has thirty days
        return date(year, following, 1)


def first_long_day(acquired: date) -> date:
    """First day on which a sale is long-term: more than one year after the purchase."""
    return first_day_after(acquired, MONTHS_OF_A_YEAR)


def is_long_term(acquired: date, sold: date) -> bool:
    """Whether a sale is long-term: more than one year after the purchase (Rev. Rul. 66-7).

    The count starts the day after the purchase and runs by calendar months, so what was bought
    on the last day of February starts on 1 March.
    """
    return sold >= first_long_day(acquired)
