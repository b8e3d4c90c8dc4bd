"""Dividends that a sale makes ordinary, and losses that a fund's dividends take away."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.words import USD, ZERO, Symbol
from strategies.lots import Lot
from strategies.taxes import BadTax
from strategies.taxes.dividends import (
    Dividend,
    FundLoss,
    days_held,
    first_qualified_day,
    forfeits,
    fund_loss,
    is_entitled,
    is_qualified,
)
from strategies.taxes.rates import Rates

D = Decimal

RATES = Rates(D("0.35"), D("0.15"))
JULY = Dividend(date(2024, 7, 12), D("0.10"))

# Publication 550 (2024), "Qualified Dividends", 5,000 shares of XYZ with the ex-date 12 July: the
# period runs from 13 May to 10 September. Example 1 holds 34 days; example 2, bought the day before
# the ex-date and sold on 13 September, holds 61 of the 121 (the booklet counts 63 days in all where
# there are 64, which changes nothing).
HELD = """
bought      sold        days  qualified
2024-07-05  2024-08-08    34  no
2024-07-11  2024-09-13    61  yes
2024-07-11  2024-09-10    61  yes
2024-07-11  2024-09-09    60  no
2024-01-02  2024-07-12    61  yes
2024-01-02  2024-07-11    60  no
2024-07-12  2024-12-31    60  no
2024-05-12  2024-07-12    61  yes
2024-05-13  2024-07-12    60  no
"""


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()[1:]]


@pytest.mark.parametrize(("bought", "sold", "days", "said"), rows(HELD))
def test_more_than_sixty_of_a_hundred_and_twenty_one_days(
    bought: str, sold: str, days: str, said: str
) -> None:
    held = (date.fromisoformat(bought), date.fromisoformat(sold))
    assert days_held(*held, JULY) == int(days)
    assert is_qualified(*held, JULY) == (said == "yes")


day = st.dates(date(2023, 6, 1), date(2025, 6, 1))


@given(day, day, st.sampled_from([60, 90]))
def test_days_are_those_of_the_calendar_counted_one_by_one(
    bought: date, sold: date, reach: int
) -> None:
    dividend = Dividend(JULY.ex_date, D(1), is_preferred=reach == 90)
    window = {dividend.ex_date + timedelta(days=at) for at in range(-reach, reach + 1)}
    held = {bought + timedelta(days=at) for at in range(1, (sold - bought).days + 1)}
    assert len(window) == 2 * reach + 1
    assert days_held(bought, sold, dividend) == len(window & held)
    if bought < dividend.ex_date:
        first = first_qualified_day(bought, dividend)
        assert is_qualified(bought, first, dividend)
        assert not is_qualified(bought, first - timedelta(days=1), dividend)


def lot(name: str, quantity: int, bought: str) -> Lot:
    return Lot(name, Symbol("XYZ"), D(quantity), D(40), date.fromisoformat(bought), USD)


def test_a_sale_too_soon_is_priced_by_the_dividend_that_it_makes_ordinary() -> None:
    """5,000 shares, 500 of dividends, taxed at 35 and not at 15 %: 100 more, none from 10 Sep."""
    lots = [lot("a", 5000, "2024-07-05"), lot("b", 5000, "2024-01-02"), lot("c", 9, "2024-07-12")]
    (found,) = forfeits(lots, date(2024, 8, 8), [JULY], RATES)
    assert (found.lot_id, found.cost, found.until) == ("a", 100, date(2024, 9, 4))
    assert forfeits(lots, date(2024, 9, 4), [JULY], RATES) == ()


def test_who_sells_before_the_ex_date_loses_nothing() -> None:
    assert not is_entitled(date(2024, 7, 1), date(2024, 7, 11), JULY)
    assert forfeits([lot("a", 5, "2024-07-01")], date(2024, 7, 11), [JULY], RATES) == ()


# A share bought at 29.75, a capital gain dividend of 1.50, sold at 28.25: the loss is long-term.
LOSSES = [
    ("a capital gain came first", "1.50", "24-01-02", "24-02-01", "0", "1.50", "0 1.50 0"),
    ("less came than was lost", "5", "24-01-02", "24-02-01", "0", "1.50", "3.50 1.50 0"),
    ("exempt interest came first", "5", "24-01-02", "24-02-01", "2", "0", "3 0 2"),
    ("both: exempt interest before gains", "5", "24-01-02", "24-02-01", "2", "4", "0 3 2"),
    ("six months to the day", "5", "24-01-02", "24-07-02", "2", "4", "0 3 2"),
    ("a day more", "5", "24-01-02", "24-07-03", "2", "4", "5 0 0"),
    ("more than a year", "5", "24-01-02", "25-01-03", "2", "4", "0 5 0"),
]


@pytest.mark.parametrize(
    ("loss", "bought", "sold", "exempt", "gains", "left"),
    [row[1:] for row in LOSSES],
    ids=[row[0] for row in LOSSES],
)
def test_what_a_fund_paid_is_taken_from_a_loss_within_six_months(  # the columns of a table
    loss: str, bought: str, sold: str, exempt: str, gains: str, left: str
) -> None:
    held = (date.fromisoformat(f"20{bought}"), date.fromisoformat(f"20{sold}"))
    found = fund_loss(D(loss), *held, D(exempt), D(gains))
    short, long, disallowed = (D(each) for each in left.split())
    assert found == FundLoss(short, long, disallowed)
    assert found.short + found.long + found.disallowed == D(loss)


@pytest.mark.parametrize("numbers", [("-1", "0", "0"), ("1", "-1", "0"), ("1", "0", "NaN")])
def test_amounts_are_not_negative(numbers: tuple[str, ...]) -> None:
    loss, exempt, gains = (D(number) for number in numbers)
    with pytest.raises(BadTax):
        fund_loss(loss, JULY.ex_date, JULY.ex_date, exempt, gains)
    with pytest.raises(BadTax, match="the dividend is -1"):
        forfeits([], JULY.ex_date, [Dividend(JULY.ex_date, D(-1))], RATES)
    assert fund_loss(ZERO, JULY.ex_date, JULY.ex_date) == FundLoss(ZERO, ZERO, ZERO)
