"""What a harvest and what waiting is worth, against two lives played to the end side by side."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.taxes import BadTax
from strategies.taxes.deferral import deferred, harvest_value, waiting
from strategies.taxes.rates import Rates
from strategies.taxes.term import Term

D = Decimal

RATES = Rates(D("0.35"), D("0.15"))
GROWTH, DISCOUNT = D("0.06"), D("0.05")

# A loss of 10,000: saved now, taxed at the horizon, that tax today, worth. At 5 % a dollar in ten
# years is 0.613913 today, in a year 0.952381.
VALUES = [
    ("short, sold in ten years", Term.SHORT, D(10), "3500", "1500", "920.87", "2579.13"),
    ("long, sold in ten years", Term.LONG, D(10), "1500", "1500", "920.87", "579.13"),
    ("a short loss again in a year", Term.SHORT, D(1), "3500", "3500", "3333.33", "166.67"),
    ("a long loss for a short gain", Term.LONG, D(1), "1500", "3500", "3333.33", "-1833.33"),
    ("sold tomorrow", Term.SHORT, D(0), "3500", "3500", "3500.00", "0.00"),
    ("kept until death, or given away", Term.SHORT, None, "3500", "0", "0.00", "3500.00"),
]


@pytest.mark.parametrize(
    ("term", "horizon", "saved", "later", "today", "worth"),
    [row[1:] for row in VALUES],
    ids=[row[0] for row in VALUES],
)
def test_a_harvest_is_a_loan(  # the columns of a table
    term: Term, horizon: D | None, saved: str, later: str, today: str, worth: str
) -> None:
    found = harvest_value(D(10000), term, RATES, horizon, GROWTH, DISCOUNT)
    assert (found.saved, found.later) == (D(saved), D(later))
    assert f"{found.later_today:.2f}" == today
    assert f"{found.value:.2f}" == worth


def test_what_meets_no_gain_is_worth_what_it_really_saves() -> None:
    """A loss of 10,000 of which 3,000 meets wages at 35 %: 1,050 now, all of it taxed later."""
    found = deferred(D(10000), D(1050), RATES, D(10), GROWTH, DISCOUNT)
    assert f"{found.value:.2f}" == "129.13"


def test_the_substitute_may_fall_behind_by_what_the_harvest_is_worth() -> None:
    found = harvest_value(D(10000), Term.SHORT, RATES, None, GROWTH, DISCOUNT)
    assert found.break_even_move(D(70000)) == D("0.05")
    assert found.break_even_move(D(0)) == 0


shares = st.decimals("0.01", "0.5", places=3)
years = st.integers(2, 40).map(D)


@given(
    st.decimals("1", "90000", places=2),
    st.sampled_from(Term),
    shares,
    shares,
    years,
    st.tuples(st.decimals("-0.1", "0.2", places=3), st.decimals("-0.2", "0.3", places=3)),
)
def test_two_lives_differ_by_what_the_owner_is_ahead(
    loss: D, term: Term, short: D, long: D, horizon: D, grows: tuple[D, D]
) -> None:
    """One harvests and invests the saving, one does not; both sell all at the horizon."""
    rates, (saving_growth, share_growth) = Rates(short, long), grows
    found = harvest_value(loss, term, rates, horizon, saving_growth, D("0.05"))
    price = D(100_000)
    end = price * (1 + share_growth) ** horizon
    kept = end - long * (end - (price + loss))
    saved = loss * rates.of(term)
    side = saved * (1 + saving_growth) ** horizon
    harvested = end - long * (end - price) + side - long * (side - saved)
    assert found.ahead is not None
    assert abs(harvested - kept - found.ahead) < D("1e-9") * max(1, end)


@given(st.decimals("1", "90000", places=2), years, years)
def test_the_longer_the_horizon_the_more_a_harvest_is_worth(loss: D, first: D, more: D) -> None:
    values = [
        harvest_value(loss, Term.SHORT, RATES, horizon, GROWTH, DISCOUNT).value
        for horizon in (first, first + more, None)
    ]
    assert values == sorted(values)
    assert values[-1] == loss * RATES.short


TODAY = date(2026, 11, 20)


def test_waiting_for_the_anniversary_is_worth_the_difference_of_the_rates() -> None:
    """Bought at 60, worth 100, long-term in 11 days: 14.00 of tax now, 6.00 then.

    After tax a sale brings 86.00 today. In 11 days it is 94.00 at the same price; the price may
    fall to (86 - 0.15 x 60) / 0.85 = 90.588 before waiting was for nothing.
    """
    found = waiting(D(100), D(60), date(2025, 11, 30), TODAY, RATES, D(0))
    assert (found.days, found.until) == (11, date(2026, 12, 1))
    assert (found.tax_now, found.tax_then, found.worth) == (14, 6, 8)
    assert f"{found.break_even_move:.6f}" == "-0.094118"


def test_a_short_term_loss_is_worth_more_before_its_anniversary() -> None:
    """Bought at 140, worth 100: 14.00 saved now, 6.00 then; it had to rise by 9.4 % meanwhile."""
    found = waiting(D(100), D(140), date(2025, 11, 30), TODAY, RATES, D(0))
    assert (found.tax_now, found.tax_then, found.worth) == (-14, -6, -8)
    assert f"{found.break_even_move:.6f}" == "0.094118"


def test_what_is_long_term_need_not_wait() -> None:
    found = waiting(D(100), D(60), date(2024, 1, 2), TODAY, RATES, DISCOUNT)
    assert (found.days, found.until, found.worth, found.break_even_move) == (0, TODAY, 0, 0)


@given(
    st.decimals("1", "900", places=2),
    st.decimals("0", "900", places=2),
    st.integers(1, 366),
    st.decimals("0", "0.3", places=3),
)
def test_at_the_break_even_move_waiting_and_selling_bring_the_same(
    price: D, basis: D, ago: int, discount: D
) -> None:
    bought = date.fromordinal(TODAY.toordinal() - ago)
    found = waiting(price, basis, bought, TODAY, RATES, discount)
    now = (
        price - RATES.short * (price - basis)
        if found.days
        else price - RATES.long * (price - basis)
    )
    then = price * (1 + found.break_even_move)
    later = (then - RATES.long * (then - basis)) / (1 + discount) ** (D(found.days) / 365)
    assert abs(now - later) < D("1e-15")


BAD = [
    (lambda: harvest_value(D(-1), Term.SHORT, RATES, D(1), GROWTH, DISCOUNT), "the loss is -1"),
    (lambda: harvest_value(D("NaN"), Term.SHORT, RATES, D(1), GROWTH, DISCOUNT), "the loss is NaN"),
    (lambda: harvest_value(D(1), Term.SHORT, RATES, D(-1), GROWTH, DISCOUNT), "the horizon is -1"),
    (lambda: harvest_value(D(1), Term.SHORT, RATES, D(1), D(-1), DISCOUNT), "growth is -1"),
    (lambda: harvest_value(D(1), Term.SHORT, RATES, D(1), GROWTH, D(-2)), "discount is -2"),
    (lambda: waiting(D(0), D(1), TODAY, TODAY, RATES, DISCOUNT), "the price is 0"),
    (lambda: waiting(D(1), D(-1), TODAY, TODAY, RATES, DISCOUNT), "the basis is -1"),
    (lambda: waiting(D(1), D(1), TODAY, TODAY, RATES, D(-1)), "discount is -1"),
]


@pytest.mark.parametrize(("ask", "said"), BAD, ids=[said for _, said in BAD])
def test_what_cannot_be_is_named(ask: Callable[[], object], said: str) -> None:
    with pytest.raises(BadTax) as caught:
        ask()
    assert str(caught.value) == said
    assert caught.value.remedy
