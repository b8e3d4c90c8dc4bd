"""Estimated payments: how much, by when, and when none: 26 U.S.C. 6654, Form 1040-ES."""

from decimal import Decimal

import pytest

from strategies.policy.taxpayer import Filing
from strategies.taxes import BadTax
from strategies.taxes.estimated import LastYear, due_dates, payments, required_annual

D = Decimal

# As printed in Form 1040-ES of each year.
DATES = [
    (2022, "2022-04-18 2022-06-15 2022-09-15 2023-01-17"),
    (2023, "2023-04-18 2023-06-15 2023-09-15 2024-01-16"),
    (2024, "2024-04-15 2024-06-17 2024-09-16 2025-01-15"),
    (2025, "2025-04-15 2025-06-16 2025-09-15 2026-01-15"),
    (2026, "2026-04-15 2026-06-15 2026-09-15 2027-01-15"),
    (2011, "2011-04-18 2011-06-15 2011-09-15 2012-01-17"),
]


@pytest.mark.parametrize(("year", "days"), DATES)
def test_payments_are_due_on_the_15th_or_the_next_business_day(year: int, days: str) -> None:
    assert " ".join(day.isoformat() for day in due_dates(year)) == days


# Tax of this year, withheld, tax and income of last year, filing: what must be paid in the year.
REQUIRED = [
    ("90 % of this year is less", 20_000, 0, (30_000, 100_000), Filing.SINGLE, 18_000),
    ("100 % of last year is less", 50_000, 0, (30_000, 150_000), Filing.SINGLE, 30_000),
    ("110 % where income was high", 50_000, 0, (30_000, 150_001), Filing.JOINT, 33_000),
    ("high is half for a spouse apart", 50_000, 0, (30_000, 75_001), Filing.SEPARATE, 33_000),
    ("less than 1,000 is left", 20_000, 19_001, (30_000, 100_000), Filing.SINGLE, 0),
    ("1,000 is left", 20_000, 19_000, (30_000, 100_000), Filing.SINGLE, 18_000),
    ("nothing was owed last year", 20_000, 0, (0, 100_000), Filing.SINGLE, 0),
    ("there was no return", 20_000, 0, None, Filing.SINGLE, 18_000),
]


@pytest.mark.parametrize(
    ("tax", "withheld", "last", "filing", "required"),
    [row[1:] for row in REQUIRED],
    ids=[row[0] for row in REQUIRED],
)
def test_the_safe_harbours(  # the columns of a table
    tax: int, withheld: int, last: tuple[int, int] | None, filing: Filing, required: int
) -> None:
    before = None if last is None else LastYear(D(last[0]), D(last[1]))
    assert required_annual(D(tax), D(withheld), before, filing) == required


def test_four_equal_payments_beside_what_is_withheld() -> None:
    """18,000 less 10,000.02 withheld: 1,999.995 each, rounded up."""
    found = payments(2026, D(20_000), D("10000.02"), LastYear(D(30_000), D(100_000)))
    assert [payment.amount for payment in found] == [D("2000.00")] * 4
    assert [payment.due for payment in found] == list(due_dates(2026))


def test_nothing_is_due_where_enough_is_withheld() -> None:
    assert payments(2026, D(20_000), D(18_500), None) == ()


@pytest.mark.parametrize("numbers", [(-1, 0), (0, -1)])
def test_taxes_are_not_negative(numbers: tuple[int, int]) -> None:
    with pytest.raises(BadTax):
        required_annual(D(numbers[0]), D(numbers[1]), None)
