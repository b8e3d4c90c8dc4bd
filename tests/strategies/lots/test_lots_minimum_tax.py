"""Minimum tax where a rate is nothing: in the lowest bracket long-term gains are not taxed.

26 U.S.C. 1(h)(1)(B); IRS Topic 409: the rate on most net capital gain is 0 % up to a threshold of
taxable income, while short-term gains are taxed as ordinary income.
"""

from decimal import ROUND_HALF_EVEN

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lot_journals import VTI, D, day_of, lot, lot_text

from brokers.words import USD, Relief
from strategies.lots import Lot, Sale, first_long_day, queue, relieve
from strategies.lots.relief import least_tax_key

DAY = day_of("26-11-20")

# Sold at 100 a share; what was bought by 2025-11-19 is long-term.
UNTAXED = [
    ("an untaxed gain of 50 before a taxed one of 10", "0", "5@50/25-01-02", "5@90/26-06-01"),
    ("the lower of two untaxed gains", "0", "5@60/25-02-03", "5@50/25-01-02"),
    ("a loss before what is untaxed", "0", "5@101/26-06-01", "5@50/25-01-02"),
    ("a short-term loss before one that saves nothing", "0", "5@101/26-06-01", "5@180/25-01-02"),
    ("the larger of two losses that save nothing", "0", "5@120/25-02-03", "5@110/25-01-02"),
    ("no gain before an untaxed one", "0", "5@100/26-06-01", "5@99/25-01-02"),
    ("of two that cost the same the first bought", "0.2", "5@80/25-01-02", "5@90/26-06-01"),
    ("the first bought also where its gain is larger", "0.2", "5@80/25-01-02", "5@90/26-01-05"),
]


@pytest.mark.parametrize(
    ("rate", "first", "second"), [row[1:] for row in UNTAXED], ids=[row[0] for row in UNTAXED]
)
@pytest.mark.parametrize("turned", [False, True])
def test_where_long_term_gains_are_not_taxed(
    rate: str, first: str, second: str, *, turned: bool
) -> None:
    lots = [lot(text) for text in ((second, first) if turned else (first, second))]
    taken, left = relieve(lots, D(5), Relief.MINIMUM_TAX, Sale(DAY, D(100), D("0.4"), D(rate)))
    assert [lot_text(one) for one in taken] == [first]
    assert [lot_text(one) for one in left] == [second]


rates = st.sampled_from(["0", "0.10", "0.15", "0.37"]).map(D)
drawn_lots = st.lists(
    st.tuples(st.decimals("1", "200", places=1), st.dates(day_of("24-01-02"), day_of("26-11-19"))),
    min_size=1,
    max_size=7,
)


@given(drawn_lots, rates, rates)
def test_of_gains_what_costs_least_tax_goes_first(
    drawn: list[tuple[D, object]], short: D, long: D
) -> None:
    """In the queue of one share each no gain stands behind one that is taxed more."""
    price = D(100)
    lots = [Lot(str(at), VTI, D(1), cost, day, USD) for at, (cost, day) in enumerate(drawn)]
    sale = Sale(DAY, price, short, long)
    taxes = [
        (price - (one.unit_cost or D(0))) * (long if first_long_day(one.acquired) <= DAY else short)
        for one in (lots[place] for place in queue(lots, Relief.MINIMUM_TAX, sale))
        if one.unit_cost is not None and one.unit_cost <= price
    ]
    assert taxes == sorted(taxes)


def test_a_key_is_as_the_sentence_says() -> None:
    sale = Sale(DAY, D(100), D("0.4"), D("0.2"))
    told = ["5@110/26-06-01", "5@110/25-01-02", "5@90/26-06-01", "5@90/25-01-02", "5@?/20-01-02"]
    keys = [least_tax_key(lot(text), place, sale)[:2] for place, text in enumerate(told)]
    cents = [(kind, D(tax).quantize(D("0.01"), ROUND_HALF_EVEN)) for kind, tax in keys]
    assert cents == [(0, D(-4)), (1, D(-2)), (2, D(4)), (2, D(2)), (3, D(0))]
