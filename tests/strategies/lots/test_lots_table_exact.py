"""Lots as arrays at their edges: to which lot a basis goes, the smallest part, the largest sum."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lot_journals import D, lot

from brokers.words import USD, Relief, Symbol
from strategies.lots import Lot, Oversold, is_long_term
from strategies.lots.errors import BadQuantity
from strategies.lots.table import LARGEST, NANO, UNKNOWN, nano, relieve, table_of
from strategies.lots.terms import realized, unrealized

BND, VTI = Symbol("BND"), Symbol("VTI")
METHODS = [Relief.FIFO, Relief.LIFO, Relief.HIFO, Relief.LOFO]


def sells(*shares: str) -> np.ndarray:
    return np.array([nano(D(one)) for one in shares], np.int64)


nanos = st.integers(1, 4).map(lambda count: D(count).scaleb(-9)) | st.decimals("0.1", "9", places=9)
owned = st.lists(
    st.tuples(nanos, st.none() | st.decimals("0", "90", places=9), st.integers(1, 28)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=200)
@given(owned, st.data(), st.sampled_from(METHODS))
def test_each_lot_gives_its_own_basis_by_its_shares(
    drawn: Sequence[tuple[D, D | None, int]], data: st.DataObject, method: Relief
) -> None:
    """Basis x taken / held to the nearest billionth, worked out in fractions; the rest stays."""
    lots = [Lot(str(at), VTI, q, c, date(2024, 1, d), USD) for at, (q, c, d) in enumerate(drawn)]
    table = table_of(lots)
    sell = data.draw(st.integers(0, int(table.quantity.sum())))
    taken, left = relieve(table, np.array([sell], np.int64), method)
    rest = dict(zip(left.place.tolist(), left.basis.tolist(), strict=True))
    for row, place in enumerate(table.place.tolist()):
        whole, basis = int(table.quantity[row]), int(table.basis[row])
        part = int(taken.quantity[row])
        if basis == UNKNOWN:
            assert int(taken.basis[row]) == (UNKNOWN if part else 0)
            assert rest.get(place, UNKNOWN) == UNKNOWN
        else:
            share = Fraction(basis * part, whole)
            assert abs(int(taken.basis[row]) - share) <= Fraction(1, 2)
            assert rest.get(place, 0) == basis - int(taken.basis[row])


def test_a_billionth_of_a_share_takes_its_basis_and_leaves_the_rest() -> None:
    table = table_of([lot("2@100/24-01-02")])
    one, most = sells("0.000000001"), sells("1.999999999")
    assert [relieve(table, sell, Relief.FIFO)[0].basis.tolist() for sell in (one, most)] == [
        [100],
        [200 * NANO - 100],
    ]


def test_a_basis_of_millions_is_divided_without_the_rounding_of_floats() -> None:
    """A third of 9,000,000,001.000000003 dollars: more digits than a float has."""
    table = table_of([lot("3@3000000000.333333334/24-01-02")])
    taken, left = relieve(table, sells("1"), Relief.FIFO)
    assert taken.basis.tolist() == [3_000_000_000_333_333_334]
    assert left.basis.tolist() == [6_000_000_000_666_666_668]


def test_all_of_a_holding_is_enough_to_the_last_billionth() -> None:
    """2^53 + 1 billionths of a share: a float would hold one less."""
    table = table_of([lot("9007199.254740993@1/24-01-02")])
    _, left = relieve(table, sells("9007199.254740993"), Relief.FIFO)
    assert len(left) == 0
    with pytest.raises(Oversold, match="VTI: 1E-9 shares"):
        relieve(table, sells("9007199.254740994"), Relief.FIFO)


def test_the_symbol_that_is_oversold_is_named_and_not_one_before_it() -> None:
    table = table_of([lot("3@5/24-01-02"), replace(lot("4@5/24-01-02"), symbol=BND)])
    with pytest.raises(Oversold, match=r"VTI: 2\.0* shares"):
        relieve(table, sells("4", "5"), Relief.FIFO)
    for before in ("0", "0.000000001"):
        with pytest.raises(BadQuantity, match="VTI: a sale of -1"):
            relieve(table, sells(before, "-1"), Relief.FIFO)


@pytest.mark.parametrize("method", METHODS)
def test_where_the_last_symbol_is_sold_out_the_others_are_sold_as_before(method: Relief) -> None:
    table = table_of([replace(lot("4@5/24-01-02"), symbol=BND), lot("3@7/24-01-02")])
    _, left = relieve(table, sells("0", "3"), method)
    assert (len(left), left.starts.tolist()) == (1, [0, 1, 1])
    taken, rest = relieve(left, sells("1", "0"), method)
    assert (taken.basis.tolist(), rest.quantity.tolist()) == ([5 * NANO], [3 * NANO])
    assert unrealized(left, [D(6), D(9)], date(2024, 2, 1)).short.gain(0) == 4


def test_a_lot_that_cost_nothing_is_cheaper_than_one_of_a_billionth() -> None:
    table = table_of([lot("1@0.000000001/24-01-02"), lot("1@0/24-01-03")])
    assert relieve(table, sells("1"), Relief.LOFO)[0].quantity.tolist() == [0, NANO]
    assert relieve(table, sells("1"), Relief.HIFO)[0].quantity.tolist() == [NANO, 0]


def test_the_largest_lot_and_what_is_just_too_much() -> None:
    assert table_of([lot("1@9223372036.854775807/24-01-02")]).basis.tolist() == [LARGEST]
    with pytest.raises(BadQuantity, match="has 1 shares"):
        table_of([lot("1@9223372036.854775808/24-01-02")])
    half = "4611686018.427387904@0/24-01-02"  # two of them are 2^63 billionths
    with pytest.raises(BadQuantity, match=r"VTI: more than 9\.2 billion shares"):
        table_of([lot(half), lot(half)])


def test_rounding_is_half_to_even_whatever_the_caller_rounds_by() -> None:
    with localcontext(rounding="ROUND_UP"):
        halves = [nano(D(text)) for text in ("0.0000000005", "0.0000000015", "-0.0000000025")]
    assert halves == [0, 2, -2]


def test_an_empty_table_counts_in_whole_numbers_too() -> None:
    table = table_of([])
    columns = (table.acquired, table.quantity, table.basis, table.starts)
    assert [column.dtype for column in columns] == [np.dtype(np.int64)] * 4


@pytest.mark.parametrize("today", ["2024-02-29", "2024-03-01", "2024-11-20", "2025-02-28"])
def test_terms_part_on_the_day_in_leap_years_too(today: str) -> None:
    """One share of each day from 369 to 363 days ago, a dollar of gain each."""
    now = date.fromisoformat(today)
    days = [now - timedelta(days=back) for back in range(363, 370)]
    table = table_of([Lot(str(day), VTI, D(1), D(1), day, USD) for day in days])
    terms = unrealized(table, [D(2)], now)
    assert terms.long.total == sum(is_long_term(day, now) for day in days)
    assert terms.short.total == len(days) - terms.long.total


def test_there_is_a_price_for_each_symbol_and_no_other() -> None:
    table = table_of([lot("3@5/24-01-02")])
    taken, _ = relieve(table, sells("1"), Relief.FIFO)
    for prices in ([], [D(6), D(7)]):
        with pytest.raises(ValueError, match="zip"):
            unrealized(table, prices, date(2024, 2, 1))
        with pytest.raises(ValueError, match="zip"):
            realized(table, taken, prices, date(2024, 2, 1))
