"""Gifts: the lots with most gain a dollar, against every other choice; what is never given."""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokers.words import Symbol
from strategies.distributions.gifts import Donee, Giving, gifts
from strategies.distributions.lots import Piece
from strategies.taxes.errors import BadTax
from strategies.taxes.rates import Rates

D = Decimal
DAY = date(2026, 11, 27)
RATES = Rates(D("0.32"), D("0.15"), state_long=D("0.05"))


def piece(
    lot: str, quantity: int, price: int, basis: int | None, since: str = "2015-01-02"
) -> Piece:
    cost = None if basis is None else D(basis)
    day = date.fromisoformat(since)
    return Piece("main", Symbol(lot[:3]), lot, D(quantity), D(price), cost, day)


def giving(amount: int, **more: Decimal | bool) -> Giving:
    return Giving(D(amount), DAY, Donee.CHARITY, RATES, **more)  # type: ignore[arg-type]


LOTS = (
    piece("VTI old", 100, 300, 60),
    piece("VTI mid", 100, 300, 200),
    piece("VTI new", 100, 300, 100, "2026-01-02"),
    piece("BND", 100, 70, 80),
    piece("GLD", 10, 200, None),
    piece("CSH", 10, 50, 50),
)


def test_the_highest_gain_goes_first_and_whole_shares_only() -> None:
    found = gifts(LOTS, giving(40_100))
    assert [(one.piece.lot, one.quantity) for one in found.given] == [
        ("VTI old", D(100)),
        ("VTI mid", D(33)),
    ]
    assert (found.value, found.short_of) == (D(39_900), D(200))
    assert found.gain == 100 * 240 + 33 * 100
    assert found.tax == found.gain * D("0.20")
    whole = gifts(LOTS, giving(40_100, fractional=True))
    assert D(0) <= whole.short_of < D("0.001")


def test_what_is_never_given_says_why() -> None:
    why = {one.piece.lot: one.why for one in gifts(LOTS, giving(1_000)).kept}
    assert set(why) == {"VTI new", "BND", "GLD", "CSH"}
    assert why["VTI new"].startswith("short-term")
    assert why["BND"].startswith("at a loss: sell it")
    assert why["GLD"] == "its basis is not known"
    assert why["CSH"].startswith("without a gain")


def test_the_day_after_the_anniversary_makes_it_a_gift() -> None:
    bought = piece("VTI", 10, 300, 100, "2025-11-27")
    assert gifts((bought,), giving(3_000)).given == ()
    later = Giving(D(3_000), date(2026, 11, 28), Donee.CHARITY, RATES)
    assert gifts((bought,), later).value == 3_000


def test_the_limit_of_a_charity_s_deduction() -> None:
    """30 % of the contribution base, the rest is carried (26 U.S.C. 170(b)(1)(C), (d))."""
    found = gifts(LOTS, giving(30_000, income=D(80_000)))
    assert (found.value, found.deductible, found.carried) == (D(30_000), D(24_000), D(6_000))
    assert gifts(LOTS, giving(30_000)).deductible is None


def test_what_a_person_gets_above_the_exclusion_is_reported() -> None:
    gift = Giving(D(30_000), DAY, Donee.PERSON, RATES, exclusion=D(19_000))
    found = gifts(LOTS, gift)
    assert (found.reported, found.deductible) == (D(11_000), None)
    untold = gifts(LOTS, Giving(D(30_000), DAY, Donee.PERSON, RATES))
    assert untold.reported is None


few = st.tuples(st.integers(0, 3), st.integers(1, 9), st.integers(0, 12))


@given(lots=st.lists(few, min_size=1, max_size=4), amount=st.integers(1, 60))
@settings(max_examples=150, deadline=None)
def test_no_choice_of_shares_spares_more_than_a_share_s_gain(
    lots: list[tuple[int, int, int]], amount: int
) -> None:
    """Every number of shares of every lot; and with fractions none spares more at all."""
    pieces = [
        piece(str(n), quantity, price, basis) for n, (quantity, price, basis) in enumerate(lots)
    ]
    fit = [one for one in pieces if one.unit_gain > 0]
    best = max(
        sum(n * one.unit_gain for n, one in zip(shares, fit, strict=True))
        for shares in product(*(range(int(one.quantity) + 1) for one in fit))
        if sum(n * one.price for n, one in zip(shares, fit, strict=True)) <= amount
    )
    whole = gifts(pieces, giving(amount))
    parts = gifts(pieces, giving(amount, fractional=True))
    assert whole.value <= amount
    assert parts.gain >= best - D("0.001")
    largest = max((one.unit_gain for one in fit), default=D(0))
    assert whole.gain >= best - largest
    if amount >= sum(one.value for one in fit):
        assert whole.gain == best


@pytest.mark.parametrize("amount", ["0", "-5", "nan"])
def test_an_amount_that_is_none(amount: str) -> None:
    with pytest.raises(BadTax, match="the amount to give"):
        Giving(D(amount), DAY, Donee.CHARITY, RATES)


def test_a_lot_that_cannot_be() -> None:
    with pytest.raises(BadTax, match="main: VTI VTI: the price is 0"):
        piece("VTI", 1, 0, 1)
    with pytest.raises(BadTax, match="the basis is -1"):
        piece("VTI", 1, 1, -1)
