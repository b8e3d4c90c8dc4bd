"""What ``trimtab lots export`` writes is read again to the last digit, as CSV and as JSON."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.documents import as_text
from bot.importers.nouns import BadImport
from bot.report.lots.figures import LotRow, LotsDocument
from bot.report.lots.page import lots_csv
from brokers.words import Transfer
from tests.bot.importers.statement_files import TODAY, told

D = Decimal
MONEY = st.decimals("0", "99999999", places=6)
ROWS = st.lists(
    st.builds(
        LotRow,
        account=st.sampled_from(["main", "his ira"]),
        symbol=st.sampled_from(["VTI", "BRK.B", "A"]),
        lot=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=12),
        quantity=st.decimals("0.000000001", "999999", places=9),
        acquired=st.dates(date(1990, 1, 1), TODAY),
        held_since=st.just(TODAY),
        term=st.just("long"),
        long_from=st.just(TODAY),
        days_to_long=st.just(0),
        basis=st.none() | MONEY,
        washed=MONEY,
        adjusted=st.none(),
        price=st.none(),
        value=st.none(),
        gain=st.none(),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(ROWS, st.booleans())
def test_lots_come_back_as_they_were(rows: list[LotRow], is_csv: bool) -> None:  # noqa: FBT001
    document = LotsDocument(TODAY, (), tuple(rows), (), (), ())
    found = told(lots_csv(document) if is_csv else as_text(document))
    assert found.format == "csv"
    assert [item.number for item in found.items] == [row.account for row in rows]
    for item, row in zip(found.items, rows, strict=True):
        lot = item.what
        assert isinstance(lot, Transfer)
        assert (lot.symbol, lot.quantity, lot.acquired) == (row.symbol, row.quantity, row.acquired)
        if row.basis is None:
            assert lot.unit_cost is None
        else:
            assert lot.unit_cost is not None
            basis = Fraction(lot.unit_cost) * Fraction(lot.quantity)
            assert abs(basis - Fraction(row.basis)) < Fraction(1, 10**14)


def test_json_tells_the_line_of_a_bad_lot() -> None:
    row = LotRow(
        *("main", "VTI", "L", D(1), TODAY, TODAY, "long", TODAY, 0),
        *(D(5), D(0), D(5), None, None, None),
    )
    text = as_text(LotsDocument(TODAY, (), (row, row), (), (), ()))
    second = text.rindex('"quantity": "1"')
    bad = text[:second] + '"quantity": "x"' + text[second + 15 :]
    line = 1 + bad[: bad.rindex('"acquired"')].count("\n")
    with pytest.raises(BadImport, match=rf"^f:{line}: quantity: \"x\" is no number"):
        told(bad)
