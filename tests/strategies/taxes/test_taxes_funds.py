"""Losses on fund shares held for six months or less, after the fund paid capital gains on them.

Publication 550 (2024), "Mutual fund shares held 6 months or less": shares bought at 20 that pay a
capital gain dividend and are sold at a loss within six months bear a long-term loss as far as the
dividend went; the rest is short-term (26 U.S.C. 852(b)(4)(A)).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.taxes.dividends import fund_loss
from strategies.taxes.funds import FundGains, as_long, by_character, with_fund_gains
from strategies.taxes.term import is_six_months_or_less
from strategies.washes.ledger import household
from strategies.washes.nouns import Disposal, Trade
from strategies.washes.totals import totals

D = Decimal
BOUGHT = date(2024, 1, 2)


def sold(lines: str) -> tuple[Disposal, ...]:
    """What was sold: ``2024-01-02 main buy 100 20`` a line."""
    trades = []
    for number, line in enumerate(lines.strip().splitlines()):
        day, account, side, quantity, price = line.split()
        numbers = D(quantity), D(price), D(0)
        kind, lot = "taxable" if account != "ira" else "ira", f"L{number}" if side == "buy" else ""
        day_of = date.fromisoformat(day)
        trades.append(Trade(day_of, account, kind, "FUND", side, *numbers, lot, ""))
    return household(trades, today=date(2026, 1, 1)).disposals


def gains(*paid: str) -> FundGains:
    """``2024-02-01 0.50`` each, a share."""
    rows = (each.split() for each in paid)
    return {("main", "FUND"): tuple((date.fromisoformat(day), D(each)) for day, each in rows)}


SOLD_AT_A_LOSS = "2024-01-02 main buy 100 20\n2024-{} main sell 100 17.50"

CASES = [
    # 100 shares, a loss of 250 dollars
    ("as much as was paid", "02-15", ["2024-02-01 1.50"], "150"),
    ("no more than the loss", "02-15", ["2024-02-01 3"], "250"),
    ("what was paid twice adds up", "05-15", ["2024-02-01 1", "2024-05-01 0.25"], "125"),
    ("on the day of the sale", "02-15", ["2024-02-15 1"], "100"),
    ("after the sale it is another's", "02-15", ["2024-02-16 1"], "0"),
    ("on the day of purchase it was another's", "02-15", ["2024-01-02 1"], "0"),
    ("six months to the day", "07-02", ["2024-02-01 1"], "100"),
    ("a day more", "07-03", ["2024-02-01 1"], "0"),
    ("nothing was paid", "02-15", [], "0"),
]


@pytest.mark.parametrize(("what", "day", "paid", "long"), CASES)
def test_as_much_of_the_loss_is_long_term(what: str, day: str, paid: list[str], long: str) -> None:
    (one,) = sold(SOLD_AT_A_LOSS.format(day))
    assert as_long(one, gains(*paid)) == D(long), what


def test_a_gain_and_another_account_are_left_alone() -> None:
    (gain,) = sold("2024-01-02 main buy 100 20\n2024-02-15 main sell 100 25")
    assert as_long(gain, gains("2024-02-01 1")) == 0
    (other,) = sold("2024-01-02 hers buy 100 20\n2024-02-15 hers sell 100 17")
    assert as_long(other, gains("2024-02-01 1")) == 0


def test_days_of_a_wash_sale_do_not_make_it_older() -> None:
    """246(c)(3)(B): what 1223(3) adds is not counted. The loss that moved in is part of it."""
    lines = """2023-09-01 main buy 100 20
    2024-01-31 main sell 100 18
    2024-02-01 main buy 100 18
    2024-04-01 main sell 100 15"""
    first, second = sold(lines)
    assert first.recognised == 0
    assert second.held_since < second.acquired
    assert (second.recognised, second.term) == (-500, "short")
    assert as_long(second, gains("2024-03-01 2")) == 200


def test_what_the_wash_sale_rule_takes_is_no_loss_here() -> None:
    lines = f"{SOLD_AT_A_LOSS.format('02-15')}\n2024-02-20 main buy 60 17"
    pieces = with_fund_gains(sold(lines), gains("2024-02-01 4"))
    assert sum(one.recognised for one in pieces) == -100
    assert sum(one.as_long for one in pieces) == 100


@given(
    st.integers(1, 400), st.integers(1, 40), st.integers(1, 60), st.integers(0, 300), st.integers(0)
)
def test_both_parts_add_up_to_what_was_sold(
    days: int, low: int, shares: int, cents: int, bought_back: int
) -> None:
    day = BOUGHT + timedelta(days=days)
    again = bought_back % (shares + 1)
    lines = f"2024-01-02 main buy {shares} 30.01\n{day} main sell {shares} {low}"
    lines += f"\n{day + timedelta(days=3)} main buy {again} 9" if again else ""
    paid = gains(f"{BOUGHT + timedelta(days=1)} {D(cents) / 100}")
    whole = with_fund_gains(sold(lines), paid)
    parts = [part for one in whole for part in by_character(one)]
    before, after = totals(whole), totals(parts)
    assert (before.recognised, before.disallowed) == (after.recognised, after.disallowed)
    assert _sums(whole) == _sums(parts)
    loss = max(D(0), -before.recognised)
    is_young = is_six_months_or_less(BOUGHT, day)
    if is_young and loss:
        kept = sum((one.quantity for one in whole if one.recognised < 0), D(0))
        told = fund_loss(loss, BOUGHT, day, capital_gains=kept * D(cents) / 100)
        assert abs(after.long.recognised + told.long) < D("1e-9")
    for part in parts:
        assert part.gain == part.proceeds - part.basis
        assert part.recognised == part.gain + part.disallowed
        assert part.quantity >= 0


def _sums(rows: Sequence[Disposal]) -> tuple[Decimal, ...]:
    names = ("quantity", "proceeds", "basis", "gain", "unreplaced")
    return tuple(sum((getattr(one, name) for one in rows), D(0)) for name in names)


def test_without_any_gains_nothing_is_touched() -> None:
    pieces = sold(SOLD_AT_A_LOSS.format("02-15"))
    assert with_fund_gains(pieces, {}) == pieces
    assert by_character(pieces[0]) == pieces
    whole = replace(pieces[0], as_long=-pieces[0].gain)
    (long,) = by_character(whole)
    assert (long.term, long.recognised, long.as_long) == ("long", -250, 0)
