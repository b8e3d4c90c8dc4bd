"""Withdrawals: worked by hand, and against every other way on a grid."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokers.words import Symbol
from strategies.distributions.lots import Piece
from strategies.distributions.netted import regions
from strategies.distributions.settled import Raised
from strategies.distributions.sources import (
    Brackets,
    Store,
    Wanted,
    present_value,
    present_value_in,
)
from strategies.distributions.withdraw import withdraw
from strategies.location import Payer
from strategies.policy import TaxKind
from strategies.policy.taxpayer import Filing
from strategies.taxes.errors import BadTax
from strategies.taxes.netting import Carryover, year
from strategies.taxes.rates import Rates
from strategies.taxes.term import Term

D = Decimal
DAY = date(2026, 11, 27)
LONG, SHORT = "2015-01-02", "2026-06-01"
RATES = Rates(D("0.32"), D("0.15"))


def payer(later: str = "0.24") -> Payer:
    return Payer(RATES, D(later), 20)


def piece(  # a lot
    lot: str, quantity: int, price: int, basis: int | None, since: str = LONG, barred: str = ""
) -> Piece:
    cost, day = None if basis is None else D(basis), date.fromisoformat(since)
    return Piece("main", Symbol("VTI"), lot, D(quantity), D(price), cost, day, barred)


def wanted(
    amount: int, room: int | None = None, above: str | None = None, **more: object
) -> Wanted:
    low = None if room is None else D(room)
    brackets = Brackets(D("0.24"), low, None if above is None else D(above))
    return Wanted(D(amount), DAY, payer(), brackets, **more)  # type: ignore[arg-type]


CASH = Store("main", TaxKind.TAXABLE, D(5_000))
IRA = Store("ira", TaxKind.TRADITIONAL, D(100_000))
ROTH = Store("roth", TaxKind.ROTH, D(100_000))
LOTS = (
    piece("gain", 100, 300, 100),
    piece("flat", 100, 300, 290),
    piece("loss", 100, 300, 350),
    piece("quick", 100, 300, 200, SHORT),
)


def sold(raised: Raised) -> dict[str, Decimal]:
    return {sale.piece.lot: sale.quantity for sale in raised.sales}


def out_of(raised: Raised) -> dict[str, Decimal]:
    return {one.store.account: one.amount for one in raised.taken}


def test_a_loss_comes_first_and_saves_tax() -> None:
    found = withdraw(LOTS, (IRA, ROTH), wanted(9_000))
    assert sold(found) == {"loss": D(29)}, "29 shares bring 8,700, and save 32 % of 1,450"
    assert found.tax_on_gains == -464
    assert found.hand == 9_164


def test_the_order_at_like_rates() -> None:
    """Losses, then little gain, then much, then the IRA up to the ceiling, then the Roth."""
    seen: list[str] = []
    for amount in (20_000, 50_000, 80_000, 110_000, 150_000, 200_000):
        found = withdraw(LOTS, (CASH, IRA, ROTH), wanted(amount, room=40_000))
        seen += [name for name in (*sold(found), *out_of(found)) if name not in seen]
        assert 0 <= found.hand - amount < 600
        assert found.gap == 0
    assert seen.index("loss") < seen.index("gain") < seen.index("ira") < seen.index("roth")
    assert out_of(found)["ira"] == 40_000, "no more than the ceiling"


def test_an_ira_that_will_be_taxed_higher_later_comes_before_the_gains() -> None:
    """12 % now and 24 % at the horizon: each dollar out of the IRA spares tax."""
    told = wanted(10_000)
    cheap = Wanted(told.amount, DAY, payer("0.24"), Brackets(D("0.12"), D(50_000)))
    found = withdraw((piece("gain", 100, 300, 1),), (IRA, ROTH), cheap)
    assert out_of(found) == {"ira": D("11363.64")}
    assert found.cost < 0


def test_what_must_be_taken_comes_first_and_is_taxed_whatever_is_wanted() -> None:
    due = Store("ira", TaxKind.TRADITIONAL, D(100_000), required=D(10_000))
    found = withdraw(LOTS, (due, ROTH), wanted(5_000))
    assert (sold(found), out_of(found)) == ({}, {"ira": D(10_000)})
    assert (found.tax_on_income, found.hand) == (D(2_400), D(7_600))
    more = withdraw((), (due, ROTH), wanted(10_000, room=4_000))
    assert out_of(more) == {"ira": D(10_000), "roth": D(2_400)}, "no room is left below the ceiling"


def test_two_brackets() -> None:
    found = withdraw((), (IRA,), wanted(40_000, room=30_000, above="0.32"))
    assert out_of(found) == {"ira": D("55294.12")}
    assert found.hand == pytest.approx(D(40_000), abs=D("0.02"))


def test_early_money_bears_the_additional_tax() -> None:
    early = Store("ira", TaxKind.TRADITIONAL, D(100_000), penalty=D("0.10"))
    found = withdraw((piece("gain", 100, 300, 100),), (early,), wanted(10_000))
    assert "gain" in sold(found)
    alone = withdraw((), (early,), wanted(6_600))
    assert out_of(alone) == {"ira": D(10_000)}


def test_lots_that_are_left_alone_say_why() -> None:
    lots = (piece("wash", 10, 300, 400, barred="VTI was bought"), piece("dark", 10, 300, None))
    found = withdraw(lots, (ROTH,), wanted(1_000))
    assert sold(found) == {}
    assert [(one.what, one.why) for one in found.left] == [
        ("VTI of 2015-01-02", "VTI was bought"),
        ("VTI of 2015-01-02", "its basis is not known: its tax is not either"),
    ]


def test_losses_of_before_are_met_first_and_the_deduction_is_kept() -> None:
    """Of 20,000 brought forward 17,000 meet gains; the rest is deducted at 32 % as it would be.

    The last 15 shares would cost 960 USD of that deduction, the Roth nothing.
    """
    brought = wanted(30_000, brought=Carryover(long=D(20_000)))
    found = withdraw((piece("gain", 100, 300, 100),), (ROTH,), brought)
    assert (sold(found), out_of(found)) == ({"gain": D(85)}, {"roth": D(4_500)})
    assert (found.tax_on_gains, found.hand) == (D(0), D(30_000))


def test_more_than_there_is() -> None:
    with pytest.raises(BadTax, match=r"900000 cannot be raised: 770150\.00 is missing"):
        withdraw((piece("flat", 100, 300, 290),), (ROTH,), wanted(900_000, room=0))
    with pytest.raises(BadTax, match="cannot be raised"):
        withdraw((), (), wanted(1))


STORES = (CASH, IRA, ROTH)


def in_hand(
    shares: Sequence[Decimal], pieces: Sequence[Piece], dollars: Sequence[Decimal], told: Wanted
) -> Decimal:
    """What one way leaves in hand, by the year's own arithmetic."""
    by_term = {term: D(0) for term in Term}
    hand = sum(dollars, D(0))
    for one, quantity in zip(pieces, shares, strict=True):
        by_term[one.term(DAY)] += quantity * one.unit_gain
        hand += quantity * one.price
    after = year(by_term[Term.SHORT], by_term[Term.LONG]).tax(RATES)
    return hand - after - told.brackets.tax(dollars[1])


GRID = (D(0), D("0.25"), D("0.5"), D("0.75"), D(1))


def ways(told: Wanted, pieces: Sequence[Piece], room: Decimal) -> Iterator[Decimal]:
    """What every way on a grid gives up: parts of lots, of cash, of the IRA; then the Roth."""
    worth = [present_value(one, told) * one.value for one in pieces]
    of_stores = [present_value_in(store, told) for store in STORES]
    nothing = (D(0), D(0), D(0))
    for parts in product(GRID, repeat=len(pieces)):
        shares = [part * one.quantity for part, one in zip(parts, pieces, strict=True)]
        need = told.amount - in_hand(shares, pieces, nothing, told)
        lots = sum((part * one for part, one in zip(parts, worth, strict=True)), D(0))
        for cash, low in product(GRID, repeat=2):
            dollars = [cash * CASH.amount, low * room, D(0)]
            dollars[2] = need - dollars[0] - dollars[1] * D("0.76")
            if 0 <= dollars[2] <= ROTH.amount:
                pairs = zip(of_stores, dollars, strict=True)
                yield lots + sum((one * amount for one, amount in pairs), D(0))


lot = st.tuples(
    st.integers(1, 40), st.integers(20, 500), st.integers(1, 700), st.sampled_from((LONG, SHORT))
)


@given(lots=st.lists(lot, min_size=1, max_size=3), amount=st.integers(500, 60_000))
@settings(max_examples=20, deadline=None)
def test_no_way_on_the_grid_is_cheaper(lots: list[tuple[int, int, int, str]], amount: int) -> None:
    pieces = [piece(str(n), *one) for n, one in enumerate(lots)]
    told = wanted(amount, room=20_000, whole=False)
    found = withdraw(pieces, STORES, told)
    assert found.gap <= D("0.01")
    over = found.hand - amount
    assert -D("0.001") < over < D("0.10"), "fractions to the millionth of a share"
    best = min(ways(told, pieces, D(20_000)), default=None)
    assert best is None or found.gross - found.spared - over <= best + D("0.10")


@given(lots=st.lists(lot, min_size=0, max_size=5), amount=st.integers(1, 90_000))
@settings(max_examples=60, deadline=None)
def test_what_is_told_is_what_the_year_owes(
    lots: list[tuple[int, int, int, str]], amount: int
) -> None:
    pieces = [piece(str(n), *one) for n, one in enumerate(lots)]
    told = wanted(amount, room=20_000)
    found = withdraw(pieces, STORES, told)
    shares = {sale.piece.lot: sale.quantity for sale in found.sales}
    taken = out_of(found)
    quantities = [shares.get(one.lot, D(0)) for one in pieces]
    dollars = [taken.get(name, D(0)) for name in ("main", "ira", "roth")]
    hand = in_hand(quantities, pieces, dollars, told)
    assert found.hand == pytest.approx(hand, abs=D("0.03"))
    assert found.hand > amount - D("0.001")
    assert all(quantity == int(quantity) for quantity in shares.values())
    assert taken.get("ira", D(0)) <= 20_000


@given(
    short=st.integers(-9_000, 9_000),
    long=st.integers(-9_000, 9_000),
    filing=st.sampled_from(Filing),
)
def test_the_pieces_of_the_year_s_tax_are_the_year_s_tax(
    short: int, long: int, filing: Filing
) -> None:
    owed = year(D(short), D(long), filing=filing).tax(RATES)
    fitting = [
        one.short * short + one.long * long + one.fixed
        for one in regions(RATES, filing)
        if all(b.short * short + b.long * long <= b.most for b in one.bounds)
    ]
    assert fitting
    assert all(tax == owed for tax in fitting)


BAD = (
    (lambda: Store("ira", TaxKind.TRADITIONAL, D(5), required=D(6)), "ira: 6 must be taken of 5"),
    (lambda: Brackets(D("0.24"), D(5), D("0.12")), "the rate above the ceiling is the lower"),
    (lambda: Brackets(D(1)), "the ordinary rate is 1"),
    (lambda: wanted(0), "the amount to raise is 0"),
    (lambda: Store("a", TaxKind.ROTH, D("nan")), "a: amount is NaN"),
)


@pytest.mark.parametrize(("made", "said"), BAD)
def test_what_cannot_be(made: object, said: str) -> None:
    with pytest.raises(BadTax, match=said):
        made()  # type: ignore[operator]
