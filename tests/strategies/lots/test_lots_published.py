"""Relief of lots against what others publish: the tax office, and the tests of three programs.

Facts only, told in our own words: IRS Publication 564 (2003 and 2009), Table 3 and "Average
Basis"; beancount's parser/booking_full_test.py, rp2's test_accounting_method.py and wash-alpha's
test_lot_selector.py.
"""

import pytest
from lot_journals import (
    VTI,
    D,
    add_up,
    events,
    lot,
    lot_text,
    lots_text,
    number,
    realized_text,
)

from brokers.words import ZERO, Relief
from strategies.lots import AverageOf, Lot, Named, Oversold, Rules, relieve, relieve_named
from strategies.lots.average import pooled, relieve_average
from strategies.policy import TaxPolicy

FUND = {VTI: AverageOf.FUND}
THREE = "5@111.11/15-10-02  4@100/15-10-01  6@122.22/15-10-03"
RP2 = "10@10/21-01-01  20@11/21-01-02  30@12/21-01-03"
ALPHA = "100@80/23-01-15  100@120/24-06-01  100@100/25-03-01"

METHODS = [  # program, lots, method, sales, what they take, what is left
    (
        "beancount",
        "50@115/16-01-15  50@116/16-01-16",
        "fifo",
        "40 35",
        "40@115/16-01-15  10@115/16-01-15  25@116/16-01-16",
        "25@116/16-01-16",
    ),
    (
        "beancount",
        THREE,
        "fifo",
        "2",
        "2@100/15-10-01",
        "5@111.11/15-10-02  2@100/15-10-01  6@122.22/15-10-03",
    ),
    (
        "beancount",
        THREE,
        "fifo",
        "7",
        "4@100/15-10-01  3@111.11/15-10-02",
        "2@111.11/15-10-02  6@122.22/15-10-03",
    ),
    (
        "beancount",
        THREE,
        "fifo",
        "12",
        "4@100/15-10-01  5@111.11/15-10-02  3@122.22/15-10-03",
        "3@122.22/15-10-03",
    ),
    ("beancount", THREE, "fifo", "16", "oversold", THREE),
    (
        "beancount",
        THREE,
        "lifo",
        "2",
        "2@122.22/15-10-03",
        "5@111.11/15-10-02  4@100/15-10-01  4@122.22/15-10-03",
    ),
    (
        "beancount",
        THREE,
        "lifo",
        "7",
        "6@122.22/15-10-03  1@111.11/15-10-02",
        "4@111.11/15-10-02  4@100/15-10-01",
    ),
    (
        "beancount",
        THREE,
        "lifo",
        "12",
        "6@122.22/15-10-03  5@111.11/15-10-02  1@100/15-10-01",
        "3@100/15-10-01",
    ),
    ("beancount", THREE, "lifo", "16", "oversold", THREE),
    (
        "rp2",
        RP2,
        "fifo",
        "15 10 5",
        "10@10/21-01-01  5@11/21-01-02  10@11/21-01-02  5@11/21-01-02",
        "30@12/21-01-03",
    ),
    (
        "rp2",
        RP2,
        "lifo",
        "55 5",
        "30@12/21-01-03  20@11/21-01-02  5@10/21-01-01  5@10/21-01-01",
        "",
    ),
    (
        "rp2",
        "10@10/21-01-01  20@12/21-01-02  30@11/21-01-03",
        "hifo",
        "15 5 35 5",
        "15@12/21-01-02  5@12/21-01-02  30@11/21-01-03  5@10/21-01-01  5@10/21-01-01",
        "",
    ),
    (
        "rp2",
        "10@12/21-01-01  20@10/21-01-02  30@11/21-01-03",
        "lofo",
        "15 5 35 5",
        "15@10/21-01-02  5@10/21-01-02  30@11/21-01-03  5@12/21-01-01  5@12/21-01-01",
        "",
    ),
    (
        "wash-alpha",
        ALPHA,
        "lifo",
        "150",
        "100@100/25-03-01  50@120/24-06-01",
        "100@80/23-01-15  50@120/24-06-01",
    ),
    (
        "wash-alpha",
        "1000@50/24-01-01  10@200/24-01-02",
        "hifo",
        "10",
        "10@200/24-01-02",
        "1000@50/24-01-01",
    ),
]


def read(text: str) -> tuple[Lot, ...]:
    return tuple(lot(one) for one in text.split())


def told(lots: tuple[Lot, ...]) -> str:
    return "  ".join(lot_text(one) for one in lots)


@pytest.mark.parametrize(("program", "have", "by", "sales", "takes", "leaves"), METHODS)
def test_methods_agree_with_other_programs(  # the columns of a table
    program: str, have: str, by: str, sales: str, takes: str, leaves: str
) -> None:
    lots, taken = read(have), list[str]()
    try:
        for sale in sales.split():
            part, lots = relieve(lots, D(sale), Relief(by))
            taken.append(told(part))
    except Oversold:
        taken.append("oversold")
    assert ("  ".join(taken), told(lots)) == (takes, leaves), program


@pytest.mark.parametrize(
    ("by", "sell", "lots", "gain"),
    [("lifo", 150, ALPHA, 500), ("hifo", 10, "1000@50/24-01-01  10@200/24-01-02", -900)],
)
def test_gains_agree_with_another_program(by: str, sell: int, lots: str, gain: int) -> None:
    taken, _ = relieve(read(lots), D(sell), Relief(by))
    assert sum((110 * one.quantity - (one.cost or ZERO) for one in taken), ZERO) == gain


def test_a_lot_that_is_named_by_price_and_day_is_the_one_that_is_sold() -> None:
    """beancount: two lots of one day, of which the sale names one by its cost."""
    lots = read("5@100/15-10-01  5@101/15-10-01")
    taken, left = relieve_named(lots, D(2), [Named("5@100/15-10-01")])
    assert told(taken) == "2@100/15-10-01"
    assert told(left) == "3@100/15-10-01  5@101/15-10-01"


AVERAGES = [  # lots, sale, takes, unit cost of both, what is left in one line
    ("100@100/15-10-01", "2", "2@100/15-10-01", "98@100/15-10-01"),
    ("50@100/15-10-01  50@101/15-10-01", "49", "49@100.5/15-10-01", "51@100.5/15-10-01"),
    ("60@100/15-10-01  40@110/15-10-02", "20", "20@104/15-10-01", "80@104/15-10-01"),
    ("50@100/15-10-01  50@101/15-10-01", "101", "oversold", ""),
]


@pytest.mark.parametrize(("have", "sell", "takes", "line"), AVERAGES)
def test_average_cost_agrees_with_beancount(have: str, sell: str, takes: str, line: str) -> None:
    """Beancount melts all lots into one; the law keeps their days, so only the line is the same."""
    try:
        taken, left = relieve_average(read(have), D(sell), VTI, FUND)
    except Oversold:
        assert takes == "oversold"
        return
    assert told(taken) == takes
    assert lot_text(pooled(left)) == line


def average_book(journal: str) -> tuple[str, str]:
    found = add_up(events(journal), Rules(average=FUND))
    return realized_text(found), lots_text(found)


def test_average_basis_is_that_of_the_tax_office() -> None:
    """Publication 564 (2003): 300 shares for 4,800, 150 sold; then 150 more at 14, and 50 sold."""
    bought = "03-01-06 buy 100@10; 03-02-06 buy 100@12; 03-03-06 buy 100@26"
    first, _ = average_book(f"{bought}; 03-05-12 sell 150@20")
    assert first == "100 for 2000 less 1600 short  50 for 1000 less 800 short"
    both, left = average_book(
        f"{bought}; 03-05-12 sell 150@20; 03-09-19 buy 150@14; 03-12-16 sell 50@20"
    )
    assert both.endswith("50 for 1000 less 750 short")
    assert left == "100@15/03-03-06  150@15/03-09-19"


def test_table_3_compares_first_in_first_out_with_average_basis() -> None:
    """Publication 564 (2009), Table 3: 210 of 410 shares; the booklet rounds 22.195 to 22.20."""
    bought = "08-02-06 buy 160@25; 08-08-07 buy 240@20; 08-12-18 buy 10@30; 09-10-01 sell 210@32"
    plain = add_up(events(bought), Rules(TaxPolicy(relief=Relief.FIFO)))
    assert sum((one.basis or ZERO for one in plain.realized), ZERO) == 5000
    average = add_up(events(bought), Rules(average=FUND))
    basis = sum((one.basis or ZERO for one in average.realized), ZERO)
    assert number(basis) == "4660.975609756"
    assert (basis / 210).quantize(D("0.01")) == D("22.20")


def test_average_basis_leaves_the_days_alone() -> None:
    """Publication 564 (2009): 200 shares of May 2008, 200 of May 2009, 300 sold in November."""
    sold, left = average_book("08-05-15 buy 200@10; 09-05-14 buy 200@14; 09-11-10 sell 300@15")
    assert sold == "200 for 3000 less 2400 long  100 for 1500 less 1200 short"
    assert left == "100@12/09-05-14"
