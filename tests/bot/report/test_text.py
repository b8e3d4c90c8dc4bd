"""Rows and sentences on paper 80 columns wide: nothing is too wide, no number is ever cut."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.report.tables import (
    Align,
    Column,
    Table,
    cycles_table,
    drift_table,
    fills_table,
    lots_table,
    orders_table,
    traded_table,
)
from bot.report.text import WIDTH, plain, plan_text, render
from brokers.words import Currency
from tests.bot.report.plans import calm, cycles, fills, history, hold, rebalance, renamed, run

D = Decimal


def test_drift_table_starts_with_the_name_furthest_off() -> None:
    table = drift_table(rebalance())
    assert table.rows[0] == (
        "VTI", "35.00", "30.00", "22.50 to 37.50", "+5.00", "32.00", "inside",
    )  # fmt: skip
    assert {table.rows[place][0] for place in table.loud} == {"VNQ", "GLD", "IBM"}
    assert len(table.rows) == 10


def test_drift_table_says_what_it_leaves_out() -> None:
    table = drift_table(rebalance(), 3)
    assert len(table.rows) == 3
    assert table.title == "Weights against target, 7 nearer ones left out"


def test_a_name_that_cannot_be_traded_says_so() -> None:
    plan = calm()
    plan = replace(plan, lines=(replace(plan.lines[0], barred="halted"),))
    assert drift_table(plan).rows[0][-1] == "inside, barred"


def test_orders_table_has_side_limit_cost_tax_and_lots() -> None:
    rows = orders_table(rebalance()).rows
    assert rows[0] == ("sell", "VTI", "12", "249.99", "2,999.88", "0.20", "12.50", "2")
    assert rows[1] == ("buy", "VXUS", "20", "60.01", "1,200.20", "0.32", "0.00", "")


def test_a_foreign_order_carries_its_currency() -> None:
    plan = rebalance()
    leg = replace(plan.legs[0], order=replace(plan.legs[0].order, currency=Currency("EUR")))
    row = orders_table(replace(plan, legs=(leg,))).rows[0]
    assert row[3:5] == ("249.99 EUR", "2,999.88 EUR")
    assert orders_table(plan, 2).title == "Orders, cost and tax in USD, 7 more left out"


def test_lots_table_tells_gain_and_term() -> None:
    rows = lots_table(rebalance()).rows
    assert rows[0] == ("VTI", "2024-03-01", "10", "200.00", "+499.90", "long")
    assert rows[1] == ("VTI", "2026-08-03", "2", "275.00", "-50.02", "short")


def test_a_lot_without_basis_says_unknown() -> None:
    plan = rebalance()
    leg = plan.legs[0]
    lots = (replace(leg.lots[0], unit_cost=None),)
    rows = lots_table(replace(plan, legs=(replace(leg, lots=lots),))).rows
    assert rows[0][3:5] == ("unknown", "unknown")


def test_fills_table_tells_filled_partial_and_nothing() -> None:
    plan = rebalance()
    table = fills_table(plan, fills(plan))
    assert [row[-1] for row in table.rows][-3:] == ["filled", "in part", "nothing"]
    assert table.loud == frozenset({7, 8})
    assert table.rows[0][5] == "250.0000"


def test_cycles_that_held_still_are_quiet() -> None:
    rows = history()
    table = cycles_table(cycles(rows))
    assert len(table.rows) == len(rows)
    assert len(table.loud) == 5
    assert table.rows[1][2:5] == ("", "", "")
    assert traded_table(run().traded).rows[0][0] == "VTI"


def test_a_plan_as_text_fits_the_paper() -> None:
    for plan in (rebalance(), hold(), calm()):
        text = plan_text(plan)
        assert text.isascii()
        assert max(map(len, text.splitlines())) <= WIDTH
        assert "not advice" in " ".join(text.split())


def test_terminal_codes_in_a_name_are_harmless() -> None:
    text = plan_text(renamed(rebalance(), "A\x1b[31m\r\nB\u202e"))
    assert "\x1b" not in text
    assert "\r" not in text
    assert text.isascii()


def test_large_orders_still_fit() -> None:
    plan = rebalance()
    order = replace(plan.legs[0].order, quantity=D("1234567.123456"), limit=D("1234.56"))
    table = orders_table(replace(plan, legs=(replace(plan.legs[0], order=order),)))
    lines = render(table).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert "1,524,147,187.93" in lines[-1]


_WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
_NUMBERS = st.integers(-(10**9), 10**9).map(lambda number: f"{number:,}")
_ROWS = st.lists(st.tuples(_WORDS, _WORDS, _NUMBERS, _NUMBERS), max_size=5)


@given(_ROWS)
def test_words_are_cut_and_numbers_are_not(rows: list[tuple[str, str, str, str]]) -> None:
    columns = (
        Column("name", Align.LEFT), Column("why", Align.LEFT), Column("a"), Column("b"),
    )  # fmt: skip
    lines = render(Table("Title", columns, tuple(rows))).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert len(lines) == 4 + len(rows)
    for row, text in zip(rows, lines[4:], strict=True):
        assert text.split()[-2:] == list(row[2:])


def test_where_space_is_short_a_word_shows_that_it_was_cut() -> None:
    columns = (Column("name", Align.LEFT), Column("why", Align.LEFT), Column("a"))
    row = ("VTI", "because it has drifted " * 5, "1,234.50")
    assert render(Table("Title", columns, (row,)), 40).splitlines()[-1] == (
        "VTI  because it has drifted be~ 1,234.50"
    )
    assert render(Table("Title", columns, (("A" * 9, "B" * 9, "1" * 30),)), 20).endswith(
        "AAAAA~ BBBBB~ " + "1" * 30
    )


def test_plain_keeps_line_ends_and_nothing_else_that_cannot_be_printed() -> None:
    assert plain("a\nb\tc\u2212d\x07") == "a\nb?c?d?"
    assert date(2026, 11, 20).isoformat() in plan_text(rebalance())
