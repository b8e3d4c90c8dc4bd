"""A year's gains and losses, as Schedule D and its Capital Loss Carryover Worksheet net them."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.words import ZERO
from strategies.policy.taxpayer import Filing
from strategies.taxes import BadTax
from strategies.taxes.netting import Carryover, Year, roll, saving, year
from strategies.taxes.rates import Rates

D = Decimal

# Publication 550: a joint net loss of 7,000, of which 3,000 is deducted and 4,000 carried on, and
# one of 2,000. The others follow Schedule D line by line: character stays, short is used up first.
# "off" is deducted from other income, "on" is carried on to the next year.
YEARS = """
what                            short   long  filing     off  on: short  long  taxed: short  long
Publication 550: 7,000              0  -7000  joint     3000          0  4000             0     0
Publication 550: 2,000          -2000      0  joint     2000          0     0             0     0
apart from one's spouse         -5000      0  separate  1500       3500     0             0     0
short is used up first          -2000  -6000  single    3000          0  5000             0     0
long gain meets short loss      -5000   1000  single    3000       1000     0             0     0
short gain meets long loss       1000  -5000  single    3000          0  1000             0     0
two losses, enough of short     -4000  -6000  single    3000       1000  6000             0     0
long loss lowers short gain     10000  -6000  single       0          0     0          4000     0
short loss lowers long gain     -6000  10000  single       0          0     0             0  4000
two gains                         100     50  head         0          0     0           100    50
exactly nothing                  -500    500  single       0          0     0             0     0
exactly the limit               -3000      0  single    3000          0     0             0     0
a cent more                  -3000.01      0  single    3000       0.01     0             0     0
"""


def rows(table: str) -> list[tuple[str, ...]]:
    """Cells of a table whose numbers stand right: two spaces or more between them."""
    return [tuple(re.split(r"\s{2,}", line)) for line in table.strip().splitlines()[1:]]


@pytest.mark.parametrize("row", rows(YEARS), ids=lambda row: row[0])
def test_a_year_is_netted_as_on_schedule_d(row: tuple[str, ...]) -> None:
    _, short, long, filing, *expected = row
    found = year(D(short), D(long), filing=Filing(filing))
    assert told(found) == tuple(D(cell) for cell in expected)


def told(found: Year) -> tuple[D, ...]:
    on = found.carryover
    return (found.deducted, on.short, on.long, found.taxable_short, found.taxable_long)


def test_losses_that_find_no_income_are_carried_on() -> None:
    """The worksheet, lines 1 to 4: income of 800 without the loss takes up 800 of the 3,000."""
    found = year(D(-5000), ZERO, taxable_income=D(800))
    assert (found.deducted, found.used, found.carryover) == (3000, 800, Carryover(short=D(4200)))
    none = year(D(-5000), ZERO, taxable_income=D(-2000))
    assert (none.used, none.carryover.short) == (0, 5000)


def test_years_bring_what_the_last_one_carried() -> None:
    """10,000 short and 4,000 long lost in one year, then 1,000 of short and 2,000 of long gain."""
    first, second, third = roll([(D(-10000), D(-4000)), (D(1000), D(2000)), (ZERO, D(9000))])
    assert first.carryover == Carryover(D(7000), D(4000))
    # Lines 7 and 15: -6,000 and -2,000. The 3,000 come off the short loss.
    assert (second.short, second.long) == (-6000, -2000)
    assert second.carryover == Carryover(D(3000), D(2000))
    assert (third.taxable_long, third.carryover.total) == (4000, 0)


cents = st.decimals("-90000", "90000", places=2)
brought = st.builds(Carryover, *[st.decimals("0", "90000", places=2)] * 2)
filings = st.sampled_from(Filing)
incomes = st.none() | st.decimals("-9000", "9000", places=2)


@given(cents, cents, brought, filings, incomes)
def test_the_worksheet_is_the_statute(
    short: D, long: D, before: Carryover, filing: Filing, income: D | None
) -> None:
    """26 U.S.C. 1212(b)(1) and (2): what is deducted counts as a short-term gain of the year."""
    found = year(short, long, before, filing, income)
    s, n = short - before.short, long - before.long
    limit = D(1500) if filing is Filing.SEPARATE else D(3000)
    allowed = min(limit, max(ZERO, -(s + n)))
    used = allowed if income is None else min(allowed, max(ZERO, income))
    s += used
    assert found.carryover.short == max(ZERO, -s - max(ZERO, n))
    assert found.carryover.long == max(ZERO, -n - max(ZERO, s))
    assert (found.deducted, found.used) == (allowed, used)


@given(cents, cents, brought, filings)
def test_every_dollar_is_taxed_deducted_or_carried(
    short: D, long: D, before: Carryover, filing: Filing
) -> None:
    found = year(short, long, before, filing)
    taxed = found.taxable_short + found.taxable_long
    assert short + long - before.total == taxed - found.used - found.carryover.total
    assert min(taxed, found.used) == 0


RATES = Rates(D("0.35"), D("0.15"), D("0.05"), D("0.05"), D("0.038"))

SAVINGS = """
what                                short   long  loss short  loss long   now  short on  long on
short meets short                   10000      0        4000          0  1752         0        0
long meets long                         0  10000           0       4000   952         0        0
short meets only long                   0  10000        4000          0   952         0        0
long meets only short               10000      0           0       4000  1752         0        0
up to 3,000 against wages               0      0        4000          0  1200      1000        0
first the gain, then the wages       1000      0        5000          0  1638      1000        0
nothing this year: there is a loss  -9000      0        5000          0     0      5000        0
"""


@pytest.mark.parametrize("row", rows(SAVINGS), ids=lambda row: row[0])
def test_what_a_loss_saves_depends_on_what_it_meets(row: tuple[str, ...]) -> None:
    """At 43.8 % short, 23.8 % long and 40 % on wages, which bear no tax on investment income."""
    short, long, loss_short, loss_long, *expected = (D(cell) for cell in row[1:])
    before, after = year(short, long), year(short - loss_short, long - loss_long)
    found = saving(before, after, RATES)
    assert [found.now, found.later.short, found.later.long] == expected


@pytest.mark.parametrize(
    ("numbers", "before", "said"),
    [
        ((D("NaN"), ZERO), Carryover(), "the short-term gain is NaN"),
        ((ZERO, D("Infinity")), Carryover(), "the long-term gain is Infinity"),
        ((ZERO, ZERO), Carryover(short=D(-1)), "the short-term loss brought forward is -1"),
        ((ZERO, ZERO), Carryover(long=D(-1)), "the long-term loss brought forward is -1"),
    ],
)
def test_what_cannot_be_is_named(numbers: tuple[D, D], before: Carryover, said: str) -> None:
    with pytest.raises(BadTax) as caught:
        year(*numbers, before)
    assert str(caught.value) == said
    assert caught.value.remedy
