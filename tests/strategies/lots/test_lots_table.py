"""Lots as arrays give what lots as nouns give: relief by every method, and gains by term."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lot_journals import D, lot

from brokers.words import USD, ZERO, Relief, Symbol
from strategies.lots import Lot, Oversold, is_long_term
from strategies.lots import relieve as relieve_plain
from strategies.lots.errors import BadQuantity, NegativeBasis
from strategies.lots.table import UNKNOWN, LotTable, Taken, nano, plain, relieve, table_of
from strategies.lots.terms import Sums, realized, unrealized

TODAY = date(2026, 11, 20)
NAMES = [Symbol(name) for name in ("BND", "GLD", "VTI")]
METHODS = [Relief.FIFO, Relief.LIFO, Relief.HIFO, Relief.LOFO, Relief.SPECIFIC]

shares = st.decimals("0.000000001", "900", places=9)
costs = st.none() | st.decimals("0", "900", places=4)
days = st.dates(date(2024, 1, 1), date(2026, 11, 19))
drawn_lots = st.lists(st.tuples(st.sampled_from(NAMES), shares, costs, days), max_size=14)


def nouns(drawn: Sequence[tuple[Symbol, D, D | None, date]]) -> list[Lot]:
    return [Lot(str(at), *each[:3], each[3], USD) for at, each in enumerate(drawn)]


def of(lots: Sequence[Lot], symbol: Symbol) -> list[Lot]:
    return [one for one in lots if one.symbol == symbol]


def shares_of(table: LotTable, quantity: np.ndarray) -> dict[str, D]:
    """Shares by lot, of those that have any."""
    pairs = zip(table.place.tolist(), quantity.tolist(), strict=True)
    return {str(place): plain(count) for place, count in pairs if count}


@settings(max_examples=150)
@given(drawn_lots, st.decimals("0", "1", places=3), st.sampled_from(METHODS))
def test_relief_takes_the_same_shares(
    drawn: list[tuple[Symbol, D, D | None, date]], share: D, method: Relief
) -> None:
    lots = nouns(drawn)
    table = table_of(lots)
    sells, expected = [], dict[str, D]()
    for symbol in table.symbols:
        held = of(lots, symbol)
        sell = (sum((one.quantity for one in held), ZERO) * share).quantize(D("1e-9"))
        taken, _ = relieve_plain(held, sell, method)
        expected |= {one.lot_id: one.quantity for one in taken}
        sells.append(nano(sell))
    taken, left = relieve(table, np.array(sells, np.int64), method)
    assert shares_of(table, taken.quantity) == expected
    rest = {one.lot_id: one.quantity - expected.get(one.lot_id, ZERO) for one in lots}
    assert shares_of(left, left.quantity) == {name: q for name, q in rest.items() if q}
    assert _is_sorted(left, lots)


def _is_sorted(table: LotTable, lots: Sequence[Lot]) -> bool:
    """Whether every order of ``table`` is what it would be if it were sorted again."""
    units = [lots[place].unit_cost or ZERO for place in table.place.tolist()]
    rows = range(len(table))
    code = np.repeat(np.arange(len(table.symbols)), np.diff(table.starts)).tolist()
    days = [lots[place].acquired for place in table.place.tolist()]
    assert [*rows] == sorted(rows, key=lambda row: (code[row], days[row], table.place[row]))
    assert table.cheap.tolist() == sorted(rows, key=lambda row: (code[row], units[row], row))
    return table.dear.tolist() == sorted(rows, key=lambda row: (code[row], -units[row], row))


@settings(max_examples=150)
@given(drawn_lots, st.lists(st.decimals("0.01", "900", places=2), min_size=3, max_size=3))
def test_gains_by_term_are_the_same(
    drawn: list[tuple[Symbol, D, D | None, date]], prices: list[D]
) -> None:
    lots = nouns(drawn)
    table = table_of(lots)
    terms = unrealized(table, prices[: len(table.symbols)], TODAY)
    for at, symbol in enumerate(table.symbols):
        expected = {True: ZERO, False: ZERO}
        for one in of(lots, symbol):
            if one.cost is not None:
                gain = prices[at] * one.quantity - one.cost
                expected[is_long_term(one.acquired, TODAY)] += gain
        assert abs(terms.long.gain(at) - expected[True]) < D("1e-8")
        assert abs(terms.short.gain(at) - expected[False]) < D("1e-8")


def test_sums_are_exact_where_bases_are_in_billionths() -> None:
    lots = [lot("3@0.1/24-01-02"), lot("7@0.3/26-06-01"), lot("2@?/24-01-02")]
    terms = unrealized(table_of(lots), [D("0.7")], TODAY)
    assert (terms.long.total, terms.short.total) == (D("1.8"), D("2.8"))
    assert terms.long.unknown == (1_400_000_000,)


@given(drawn_lots, st.decimals("0", "1", places=3), st.sampled_from(METHODS))
def test_no_billionth_of_a_share_or_of_a_dollar_is_lost(
    drawn: list[tuple[Symbol, D, D | None, date]], share: D, method: Relief
) -> None:
    table = table_of(nouns(drawn))
    held = [int(sum(part.tolist())) for part in np.split(table.quantity, table.starts[1:-1])]
    sells = np.array([int(count * share) for count in held[: len(table.symbols)]], np.int64)
    taken, left = relieve(table, sells, method)
    whole, part, rest = (
        unrealized(table, [D(0)] * len(table.symbols), TODAY),
        realized(table, taken, [D(0)] * len(table.symbols), TODAY),
        unrealized(left, [D(0)] * len(table.symbols), TODAY),
    )
    for sums in zip(_bases(whole), _bases(part), _bases(rest), strict=True):
        assert sums[0] == sums[1] + sums[2]
    assert int(taken.quantity.sum()) + int(left.quantity.sum()) == int(table.quantity.sum())


def _bases(terms: object) -> list[int]:
    sums: list[Sums] = [terms.long, terms.short]  # type: ignore[attr-defined]  # Terms
    return [basis for each in sums for basis in each.basis]


def test_the_day_of_the_anniversary_is_short_and_the_day_before_is_long() -> None:
    lots = [lot("1@5/25-11-19"), lot("2@5/25-11-20")]
    terms = unrealized(table_of(lots), [D(6)], TODAY)
    assert (terms.long.total, terms.short.total) == (1, 2)


def test_what_is_taken_of_an_unknown_basis_is_unknown() -> None:
    table = table_of([lot("3@?/24-01-02")])
    taken, left = relieve(table, np.array([nano(D(1))]), Relief.FIFO)
    assert left.basis.tolist() == [UNKNOWN]
    found = realized(table, taken, [D(7)], TODAY)
    assert (found.long.total, found.long.unknown) == (0, (nano(D(7)),))


def test_sums_larger_than_any_one_number_are_exact() -> None:
    """Four lots of nine billion dollars are more billionths than 64 bits hold."""
    lots = [replace(lot("9@999999999.5/24-01-02"), lot_id=str(at)) for at in range(4)]
    terms = unrealized(table_of(lots), [D("1000000000")], TODAY)
    assert terms.long.total == D("18")


def test_what_is_taken_from_part_of_a_lot_is_rounded_once() -> None:
    table = table_of([lot("3@0.000000001/24-01-02")])
    taken, left = relieve(table, np.array([nano(D(1))]), Relief.FIFO)
    assert (taken.basis.tolist(), left.basis.tolist()) == ([1], [2])


def test_an_empty_table_has_nothing_to_sell() -> None:
    table = table_of([])
    taken, left = relieve(table, np.array([], np.int64), Relief.FIFO)
    assert (len(table), len(left), len(taken.quantity)) == (0, 0, 0)
    assert unrealized(table, [], TODAY).long.total == 0


def test_a_symbol_that_is_sold_out_can_still_be_asked_about() -> None:
    table = table_of([lot("3@5/24-01-02"), replace(lot("4@5/24-01-02"), symbol=Symbol("BND"))])
    _, left = relieve(table, np.array([nano(D(4)), nano(D(1))]), Relief.HIFO)
    again, rest = relieve(left, np.array([0, nano(D(2))]), Relief.LIFO)
    assert isinstance(again, Taken)
    assert len(rest) == 0
    assert unrealized(rest, [D(7), D(7)], TODAY).long.total == 0
    with pytest.raises(Oversold, match="BND: 1E-9 shares"):
        relieve(rest, np.array([1, 0]), Relief.FIFO)


@pytest.mark.parametrize(
    ("lots", "sell", "kind", "said"),
    [
        ("3@5/24-01-02", 4, Oversold, "VTI: 1.000000000 shares were sold"),
        ("3@5/24-01-02", -1, BadQuantity, "VTI: a sale of -1.000000000 shares"),
        ("3@-5/24-01-02", 1, NegativeBasis, "cost -5 a share"),
        ("0@5/24-01-02", 0, BadQuantity, "has 0 shares"),
        ("-3@5/24-01-02", 0, BadQuantity, "has -3 shares"),
        ("9999999999@5/24-01-02", 0, BadQuantity, "has 9999999999 shares"),
        ("9@9999999999/24-01-02", 0, BadQuantity, "has 9 shares"),
        ("9000000000@1/24-01-02 9000000000@1/24-01-03", 0, BadQuantity, "more than 9.2 billion"),
    ],
)
def test_what_cannot_be_is_refused(lots: str, sell: int, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        relieve(
            table_of([lot(one) for one in lots.split()]), np.array([nano(D(sell))]), Relief.FIFO
        )


def test_no_order_is_kept_for_what_depends_on_prices() -> None:
    with pytest.raises(ValueError, match="no order is kept for minimum-tax"):
        relieve(table_of([lot("3@5/24-01-02")]), np.array([1]), Relief.MINIMUM_TAX)
