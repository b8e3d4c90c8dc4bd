"""Minimum tax, named lots and average cost: which lots a sale takes, by rules of one account."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lot_journals import VTI, D, add_up, day_of, events, lot, lot_text, lots_text, realized_text

from brokers.words import USD, ZERO, Relief, Symbol
from strategies.lots import AverageOf, Lot, Named, Rules, Sale, first_long_day, relieve
from strategies.lots.average import averaged, pooled, relieve_average
from strategies.lots.choose import choose
from strategies.lots.errors import BadLots, Misnamed, NotAveraged, Oversold
from strategies.lots.relief import relieve_named
from strategies.policy import TaxPolicy

MINIMUM = TaxPolicy(short_rate=D("0.40"), long_rate=D("0.20"), relief=Relief.MINIMUM_TAX)

# Sold on 2026-11-20 at 100: what was bought by 2025-11-19 is long-term.
LEAST = [
    ("short losses first", "5@140/25-01-02 5@110/26-06-01", "5@110/26-06-01"),
    ("the largest short loss", "5@110/26-06-01 5@120/26-07-01", "5@120/26-07-01"),
    ("then long losses", "5@100/26-06-01 5@101/25-01-02", "5@101/25-01-02"),
    ("then what is taxed least", "5@85/25-01-02 5@94/26-06-01", "5@94/26-06-01"),
    ("20 long at 20 % before 11 short at 40 %", "5@80/25-01-02 5@89/26-06-01", "5@80/25-01-02"),
    ("no gain before a gain", "5@99/25-01-02 5@100/26-06-01", "5@100/26-06-01"),
    ("the first bought of equals", "5@90/26-07-01 5@90/26-06-01", "5@90/26-06-01"),
    ("an unknown basis last", "5@?/20-01-02 5@1/26-06-01", "5@1/26-06-01"),
    ("the anniversary itself is short", "5@110/25-11-20 5@111/25-11-19", "5@110/25-11-20"),
]


@pytest.mark.parametrize(
    ("have", "first"), [row[1:] for row in LEAST], ids=[row[0] for row in LEAST]
)
def test_minimum_tax_takes_first(have: str, first: str) -> None:
    lots = [lot(text) for text in have.split()]
    sale = Sale(day_of("26-11-20"), D(100), D("0.40"), D("0.20"))
    taken, left = relieve(lots, D(5), Relief.MINIMUM_TAX, sale)
    assert [lot_text(one) for one in taken] == [first]
    assert len(left) == 1


prices = st.decimals("1", "200", places=2)
bought = st.dates(day_of("24-01-02"), day_of("26-11-19"))


@given(st.lists(st.tuples(prices, bought), min_size=1, max_size=6), prices)
def test_no_single_share_is_sold_at_less_tax(drawn: list[tuple[D, date]], price: D) -> None:
    """Of one share each: where no lot is at a loss, no other choice of one share costs less."""
    lots = [Lot(str(at), VTI, D(1), cost, day, USD) for at, (cost, day) in enumerate(drawn)]
    sale = Sale(day_of("26-11-20"), price, D("0.40"), D("0.20"))
    taxes = {
        one.lot_id: (price - (one.unit_cost or ZERO))
        * (D("0.20") if first_long_day(one.acquired) <= sale.day else D("0.40"))
        for one in lots
    }
    (taken,), _ = relieve(lots, D(1), Relief.MINIMUM_TAX, sale)
    if min(taxes.values()) >= 0:
        assert taxes[taken.lot_id] == min(taxes.values())
    else:
        assert taxes[taken.lot_id] < 0


def test_the_book_takes_the_price_net_of_fees_for_minimum_tax() -> None:
    """At 100 gross the dearer lot is a gain of 1; 2 a share of fees make it a loss of 1."""
    journal = "24-01-02 buy 5@20; 26-06-01 buy 5@99; 26-11-20 sell 5@100 fee 10"
    found = add_up(events(journal), Rules(MINIMUM))
    assert realized_text(found) == "5 for 490 less 495 short"


def test_shares_that_leave_without_a_sale_go_first_in_first_out() -> None:
    journal = "24-01-02 buy 5@20; 26-06-01 buy 5@199; 26-11-20 out 5"
    assert lots_text(add_up(events(journal), Rules(MINIMUM))) == "5@199/26-06-01"


@pytest.mark.parametrize(
    ("method", "left"),
    [
        (Relief.FIFO, "5@199/26-06-01  5@50/26-07-01"),
        (Relief.LIFO, "5@20/24-01-02  5@199/26-06-01"),
        (Relief.HIFO, "5@20/24-01-02  5@50/26-07-01"),
        (Relief.LOFO, "5@199/26-06-01  5@50/26-07-01"),
    ],
)
def test_shares_that_leave_go_by_every_other_method_as_sales_do(method: Relief, left: str) -> None:
    bought = "24-01-02 buy 5@20; 26-06-01 buy 5@199; 26-07-01 buy 5@50"
    assert lots_text(add_up(events(f"{bought}; 26-11-20 out 5"), method)) == left
    assert lots_text(add_up(events(f"{bought}; 26-11-20 sell 5@60"), method)) == left


TWO = "24-01-02 buy 10@100 id a; 24-06-03 buy 10@120 id b"


def named(*names: Named) -> Rules:
    return Rules(named={"s": names})


NAMED = [
    ("the lot that is named", (Named("b"),), 4, "10@100/24-01-02  6@120/24-06-03"),
    ("so many of one, the rest of the other", (Named("b", D(3)), Named("a")), 4,
     "9@100/24-01-02  7@120/24-06-03"),
    ("more is named than is sold", (Named("b"), Named("a")), 4, "10@100/24-01-02  6@120/24-06-03"),
    ("all of it", (Named("b"), Named("a")), 20, "-"),
    ("none is named", (), 4, "6@100/24-01-02  10@120/24-06-03"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "sell", "left"), [row[1:] for row in NAMED], ids=[row[0] for row in NAMED]
)
def test_a_sale_takes_the_lots_that_it_names(
    names: tuple[Named, ...], sell: int, left: str
) -> None:
    found = add_up(events(f"{TWO}; 25-01-02 sell {sell}@130 id s"), named(*names))
    assert lots_text(found) == left


MISNAMED = [
    ((Named("c"),), 4, "VTI: a sale names the lot c, which is not held"),
    ((Named("b"),), 14, "VTI: a sale is of 4 shares more than the lots that it names"),
    ((Named("b", D(3)),), 4, "VTI: a sale is of 1 shares more than the lots that it names"),
]


@pytest.mark.parametrize(("names", "sell", "said"), MISNAMED)
def test_a_sale_that_names_too_little_is_not_guessed_at(
    names: tuple[Named, ...], sell: int, said: str
) -> None:
    with pytest.raises(Misnamed) as caught:
        add_up(events(f"{TWO}; 25-01-02 sell {sell}@130 id s"), named(*names))
    assert (str(caught.value), caught.value.remedy) == (said, "the lots held are: a, b")


def test_more_than_is_held_is_oversold_whatever_is_named() -> None:
    with pytest.raises(Oversold) as caught:
        add_up(events(f"{TWO}; 25-01-02 sell 23@130 id s"), named(Named("b")))
    assert (caught.value.symbol, caught.value.missing) == (VTI, 3)
    one = events("24-01-02 buy 1@100 id a; 25-01-02 sell 3@130 id s")
    with pytest.raises(Oversold, match="VTI: 2 shares were sold that no lot accounts for"):
        add_up(one, named(Named("a")))
    with pytest.raises(Oversold, match=r"^\?: 3 shares were sold"):
        relieve_named([], D(3), [Named("a")])


def test_a_name_that_is_not_held_is_told_with_the_only_lot_there() -> None:
    with pytest.raises(Misnamed) as caught:
        relieve_named([lot("10@100/24-01-02")], D(3), [Named("b")])
    assert str(caught.value) == "VTI: a sale names the lot b, which is not held"
    assert caught.value.remedy == "the lots held are: 10@100/24-01-02"


PARTS = [
    # Of lots that share a name, as parts of one purchase do, the first booked goes first.
    ("fills of one name", (Named("x"),), "14", "10@100/24-01-02 4@120/24-06-03"),
    ("so many of that name", (Named("x", D(14)), Named("y")), "15",
     "10@100/24-01-02 4@120/24-06-03 1@90/24-07-01"),
    ("fewer of it than the first", (Named("x", D(4)), Named("y")), "5",
     "4@100/24-01-02 1@90/24-07-01"),
    ("a part of a share", (Named("y"),), "0.4", "0.4@90/24-07-01"),
    ("what is not needed takes no part", (Named("y"), Named("x")), "10", "10@90/24-07-01"),
    ("a name told twice", (Named("y", D(3)), Named("y", D(3))), "5", "3@90/24-07-01 2@90/24-07-01"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "names", "sell", "takes"), PARTS)
def test_named_lots_give_what_is_missing_and_no_more(
    what: str, names: tuple[Named, ...], sell: str, takes: str
) -> None:
    told = [("x", "10@100/24-01-02"), ("x", "10@120/24-06-03"), ("y", "10@90/24-07-01")]
    lots = [replace(lot(text), lot_id=name) for name, text in told]
    taken, left = relieve_named(lots, D(sell), names)
    assert [lot_text(one) for one in taken] == takes.split(), what
    assert sum((one.quantity for one in (*taken, *left)), ZERO) == 30
    assert all(one.quantity > 0 for one in (*taken, *left))


def test_average_cost_is_refused_where_the_law_does_not_allow_it() -> None:
    with pytest.raises(NotAveraged) as caught:
        relieve_average([lot("10@100/24-01-02")], D(4), VTI, {Symbol("VTSAX"): AverageOf.FUND})
    assert str(caught.value) == (
        "VTI: average cost is for shares of mutual funds and of dividend reinvestment plans only"
        " (26 CFR 1.1012-1(e))"
    )
    assert caught.value.remedy == (
        "say that it is a fund or is held in such a plan, or use another method"
    )


def test_a_mistake_keeps_its_sentence_and_may_have_no_remedy() -> None:
    found = BadLots("VTI: odd")
    assert (str(found), found.what, found.remedy) == ("VTI: odd", "VTI: odd", "")
    assert BadLots("VTI: odd", "count again").remedy == "count again"


def test_average_cost_of_nothing_names_the_fund() -> None:
    with pytest.raises(Oversold, match="VTI: 4 shares"):
        relieve_average([], D(4), VTI, {VTI: AverageOf.FUND})


def test_a_fund_in_one_line_has_the_average_of_all_and_the_first_day() -> None:
    line = pooled([lot("30@120/24-06-03"), lot("10@100/24-01-02")])
    assert lot_text(line) == "40@115/24-01-02"
    assert pooled([lot("30@120/24-06-03"), lot("10@?/24-01-02")]).unit_cost is None


def test_lots_at_average_cost_cannot_be_named() -> None:
    rules = Rules(named={"s": (Named("b"),)}, average={VTI: AverageOf.DRIP})
    with pytest.raises(NotAveraged) as caught:
        add_up(events(f"{TWO}; 25-01-02 sell 4@130 id s"), rules)
    assert str(caught.value) == "VTI: the sale s names lots, and VTI is at average cost"
    assert caught.value.remedy == (
        "take the names away, or take the symbol out of those at average cost"
    )


def test_lots_held_at_average_cost_are_told_at_it() -> None:
    rules = Rules(average={VTI: AverageOf.DRIP})
    assert lots_text(add_up(events(TWO), rules)) == "10@110/24-01-02  10@110/24-06-03"


def test_one_unknown_basis_makes_the_average_unknown() -> None:
    lots = averaged([lot("10@100/24-01-02"), lot("10@?/24-06-03")])
    assert [one.unit_cost for one in lots] == [None, None]
    assert averaged([]) == ()


def test_nothing_can_be_chosen_from_nothing() -> None:
    with pytest.raises(Oversold) as caught:
        choose([], D(3), VTI, Rules(), day_of("24-01-02"))
    assert str(caught.value) == "VTI: 3 shares were sold that no lot accounts for"
