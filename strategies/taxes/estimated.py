"""Estimated payments: how much of the year's tax must be paid in each quarter, and by when.

No addition to tax is owed where 90 % of this year's tax, or 100 % of last year's (110 % where last
year's adjusted gross income was more than 150,000, half of it for a spouse who files apart), is
paid in four equal parts (26 U.S.C. 6654(c), (d)); none either where less than 1,000 is owed beyond
what was withheld, or nothing was owed last year (6654(e)). Withholding counts as paid in equal
parts (6654(g)). The annualized way (6654(d)(2)) is not worked out: it can only ask for less.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal

from brokers.words import ZERO
from strategies.policy.taxpayer import Filing
from strategies.taxes.errors import check

OF_THIS_YEAR = Decimal("0.90")
OF_LAST_YEAR = Decimal(1)
OF_LAST_YEAR_HIGH = Decimal("1.10")
HIGH_INCOME = Decimal(150_000)
SMALL = Decimal(1_000)
PARTS = 4
CENT = Decimal("0.01")
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class LastYear:
    """What the return of the year before says; all of twelve months."""

    tax: Decimal
    income: Decimal
    """Adjusted gross income."""


@dataclass(frozen=True, slots=True)
class Payment:
    """``amount`` is due on ``due``, beside what is withheld."""

    due: date
    amount: Decimal


def required_annual(
    tax: Decimal, withheld: Decimal, last: LastYear | None, filing: Filing = Filing.SINGLE
) -> Decimal:
    """What must be paid in the year, withholding in it, to owe no addition; 0 where nothing must.

    ``tax`` is what the year is expected to owe; ``last`` is None where there was no return.
    """
    check("the tax", tax, ZERO)
    check("the tax withheld", withheld, ZERO)
    if tax - withheld < SMALL or (last is not None and last.tax <= 0):
        return ZERO
    required = OF_THIS_YEAR * tax
    if last is None:
        return required
    high = HIGH_INCOME / 2 if filing is Filing.SEPARATE else HIGH_INCOME
    factor = OF_LAST_YEAR_HIGH if last.income > high else OF_LAST_YEAR
    return min(required, factor * last.tax)


def payments(
    year: int,
    tax: Decimal,
    withheld: Decimal,
    last: LastYear | None,
    filing: Filing = Filing.SINGLE,
) -> tuple[Payment, ...]:
    """The four payments for ``year``, each rounded up to the cent; empty where none is needed."""
    left = required_annual(tax, withheld, last, filing) - withheld
    if left <= 0:
        return ()
    part = (left / PARTS).quantize(CENT, ROUND_UP)
    return tuple(Payment(due, part) for due in due_dates(year))


def due_dates(year: int) -> tuple[date, ...]:
    """The 15th of April, June, September and January, or the next business day.

    26 U.S.C. 6654(c)(2); 7503: a Saturday, a Sunday and a legal holiday in the District of Columbia
    are passed over: its Emancipation Day in April, the birthday of Dr King in January.
    """
    days = (date(year, 4, 15), date(year, 6, 15), date(year, 9, 15), date(year + 1, 1, 15))
    return tuple(_business_day(day) for day in days)


def _business_day(day: date) -> date:
    while day.weekday() >= SATURDAY or day in _holidays(day.year):
        day += timedelta(days=1)
    return day


def _holidays(year: int) -> tuple[date, date]:
    """Those of the District of Columbia that can fall on a due date or the days after it."""
    emancipation = date(year, 4, 16)
    if emancipation.weekday() == SATURDAY:
        emancipation -= timedelta(days=1)
    elif emancipation.weekday() > SATURDAY:
        emancipation += timedelta(days=1)
    king = date(year, 1, 15)
    king += timedelta(days=-king.weekday() % 7)
    return emancipation, king
