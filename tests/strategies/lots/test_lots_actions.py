"""What companies do to their shares, line by line: lots after it, and what was realized."""

from dataclasses import replace
from fractions import Fraction

import pytest
from lot_journals import VTI, D, add_up, day_of, events, lots_text, realized_text

from brokers.words import USD, Currency, Execution, Relief, ReturnOfCapital, Symbol
from strategies.lots import AverageOf, Rules
from strategies.lots.actions.shares import nine_places

HELD = "24-01-02 buy 10@100; 24-06-03 buy 7@120"
ONE = "24-01-02 buy 10@100"

CASES = [
    # Splits (26 U.S.C. 305, 307): nothing is taxed, the days stay.
    ("four for one", f"{HELD}; 25-03-03 split 4", "40@25/24-01-02  28@30/24-06-03", "-"),
    (
        "as the book has it today",
        f"{HELD}; 25-03-03 plainsplit 4",
        "40@25/24-01-02  28@30/24-06-03",
        "-",
    ),
    (
        "one for three, told as a decimal, of lots that do not divide",
        "24-01-02 buy 10@3; 24-01-03 buy 10@3; 24-01-04 buy 10@3; 25-03-03 split 0.333333333",
        (
            "3.333333333@9.000000001/24-01-02  3.333333334@8.999999998/24-01-03"
            "  3.333333333@9.000000001/24-01-04"
        ),
        "-",
    ),
    (
        "a reverse split that keeps fractions",
        f"{HELD}; 25-03-03 split 0.1",
        "1@1000/24-01-02  0.7@1200/24-06-03",
        "-",
    ),
    (
        # The first bought is the first sold: 0.7 of a share from January, at 1,000 a share.
        "a reverse split with cash in lieu",
        f"{HELD}; 25-03-03 split 0.1 lieu 770",
        "0.3@1000/24-01-02  0.7@1200/24-06-03",
        "0.7 for 770 less 700 long cash-in-lieu",
    ),
    (
        "cash in lieu out of two lots",
        "24-01-02 buy 2@100; 24-06-03 buy 5@120; 25-03-03 split 0.1 lieu 70",
        "-",
        "0.2 for 20 less 200 long cash-in-lieu  0.5 for 50 less 600 short cash-in-lieu",
    ),
    (
        "an unknown basis stays unknown, also in lieu",
        "24-01-02 in 15@?; 25-03-03 split 0.1 lieu 55",
        "1@?/24-01-02",
        "0.5 for 55 less ? long cash-in-lieu",
    ),
    # Spin-offs (355, 358, 1223): the basis is divided, the day goes with both.
    (
        "one for two with a fifth of the basis",
        f"{HELD}; 25-03-03 spin NEW 0.5 share 0.2",
        "NEW 5@40/24-01-02  NEW 3.5@48/24-06-03  10@80/24-01-02  7@96/24-06-03",
        "-",
    ),
    (
        "with cash in lieu of the half",
        f"{HELD}; 25-03-03 spin NEW 0.5 share 0.2 lieu 30",
        "NEW 4.5@40/24-01-02  NEW 3.5@48/24-06-03  10@80/24-01-02  7@96/24-06-03",
        "0.5 for 30 less 20 long cash-in-lieu",
    ),
    (
        "of an unknown basis",
        "24-01-02 in 10@?; 25-03-03 spin NEW 0.5 share 0.2",
        "NEW 5@?/24-01-02  10@?/24-01-02",
        "-",
    ),
    # Mergers (354, 356, 358, 1001).
    (
        "shares for shares: no sale",
        f"{HELD}; 25-03-03 merge NEW 0.5",
        "NEW 5@200/24-01-02  NEW 3.5@240/24-06-03",
        "-",
    ),
    (
        "beside shares that are held already",
        f"NEW: 24-03-01 buy 1@9; {HELD}; 25-03-03 merge NEW 0.5",
        "NEW 5@200/24-01-02  NEW 1@9/24-03-01  NEW 3.5@240/24-06-03",
        "-",
    ),
    (
        "for cash: a sale",
        f"{HELD}; 25-03-03 cash 110",
        "-",
        "10 for 1100 less 1000 long merger  7 for 770 less 840 short merger",
    ),
    (
        # Rev. Rul. 68-23: 600 shares at 495 and 400 at 525, for a share of 500 and 5 of boot each.
        # 6,000 gain on the first block, of which the boot of 3,000 is taxed; the loss of 8,000 on
        # the other is not allowed. New basis: 297,000 - 3,000 + 3,000; 210,000 - 2,000.
        "shares and cash in a reorganization, as the tax office works it out",
        "24-01-02 buy 600@495; 24-06-03 buy 400@525; 25-03-03 merge NEW 1 cash 5 value 500",
        "NEW 600@495/24-01-02  NEW 400@520/24-06-03",
        "0 for 3000 less 0 long merger  0 for 2000 less 2000 short merger",
    ),
    (
        # Gain of 10 x (10 + 92 - 100) = 20, less than the boot of 100: all of it is taxed.
        "the gain is less than the boot",
        f"{ONE}; 25-03-03 merge NEW 1 cash 10 value 92",
        "NEW 10@92/24-01-02",
        "0 for 100 less 80 long merger",
    ),
    (
        "shares and cash for an unknown basis",
        "24-01-02 in 10@?; 25-03-03 merge NEW 1 cash 10 value 92",
        "NEW 10@?/24-01-02",
        "0 for 100 less ? long merger",
    ),
    (
        "no reorganization: sold for all that came, and bought again that day",
        f"{ONE}; 25-03-03 merge NEW 0.5 cash 10 value 220 taxable",
        "NEW 5@220/25-03-03",
        "10 for 1200 less 1000 long merger",
    ),
    (
        "no reorganization, with cash in lieu: the fraction is worth what it was paid",
        "24-01-02 buy 5@100; 25-03-03 merge NEW 0.5 value 220 taxable lieu 110",
        "NEW 2@220/25-03-03",
        "5 for 550 less 500 long merger  0.5 for 110 less 110 short cash-in-lieu",
    ),
    (
        "shares for shares with cash in lieu of the half",
        "24-01-02 buy 10@100; 24-06-03 buy 7@120; 25-03-03 merge NEW 0.5 lieu 130",
        "NEW 4.5@200/24-01-02  NEW 3.5@240/24-06-03",
        "0.5 for 130 less 100 long cash-in-lieu",
    ),
    # A change of symbol.
    ("renamed", f"{HELD}; 25-03-03 rename NEW", "NEW 10@100/24-01-02  NEW 7@120/24-06-03", "-"),
    (
        "renamed, then sold under the new name",
        f"{ONE}; 25-03-03 rename NEW; NEW: 25-03-04 sell 4@130",
        "NEW 6@100/24-01-02",
        "4 for 520 less 400 long",
    ),
    # Returns of capital (301(c)).
    ("basis down", f"{HELD}; 24-09-03 capital 3", "10@97/24-01-02  7@117/24-06-03", "-"),
    (
        "below zero it is gain, by the term of each lot",
        f"{HELD}; 25-03-03 capital 110",
        "10@0/24-01-02  7@10/24-06-03",
        "0 for 100 less 0 long return-of-capital",
    ),
    (
        "twice, the second on a basis of nothing",
        f"{ONE}; 24-03-01 capital 100; 24-09-03 capital 2",
        "10@0/24-01-02",
        "0 for 20 less 0 short return-of-capital",
    ),
    ("of an unknown basis", "24-01-02 in 10@?; 24-09-03 capital 3", "10@?/24-01-02", "-"),
    (
        "lots behind one of unknown basis have theirs lowered as well",
        f"24-01-01 in 10@?; {HELD}; 24-09-03 capital 3",
        "10@?/24-01-01  10@97/24-01-02  7@117/24-06-03",
        "-",
    ),
    (
        "a gain of less than a dollar is one",
        "24-01-02 buy 10@1; 24-09-03 capital 1.05",
        "10@0/24-01-02",
        "0 for 0.5 less 0 short return-of-capital",
    ),
    # On the day itself, and on what is not held.
    (
        "who buys on the day gets none of it",
        f"{ONE}; 25-03-03 buy 2@50; 25-03-03 split 2",
        "20@50/24-01-02  2@50/25-03-03",
        "-",
    ),
    (
        "a split and a return of capital on one day: the amount is for new shares",
        f"{ONE}; 25-03-03 capital 3; 25-03-03 split 2",
        "20@47/24-01-02",
        "-",
    ),
    ("nothing is held", f"{ONE}; BND: 25-03-03 split 2 lieu 7", "10@100/24-01-02", "-"),
]


@pytest.mark.parametrize(
    ("journal", "lots", "realized"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_lots_after_an_action(journal: str, lots: str, realized: str) -> None:
    found = add_up(events(journal))
    assert (lots_text(found), realized_text(found)) == (lots, realized)


def test_the_gain_of_a_return_of_capital_is_of_the_day_it_was_paid() -> None:
    *bought, returned = events(f"{ONE}; 24-12-30 capital 101")
    assert isinstance(returned, ReturnOfCapital)
    found = add_up([*bought, replace(returned, paid=day_of("25-01-15"))])
    assert [(one.gain, one.sold.year, one.is_long_term) for one in found.realized] == [
        (D(10), 2025, True)
    ]


def test_a_lot_too_small_to_be_left_gives_its_basis_to_its_neighbour() -> None:
    journal = "24-01-02 buy 0.000000001@5; 24-01-03 buy 10@100; 25-03-03 split 0.01"
    found = add_up(events(journal))
    assert lots_text(found) == "0.1@10000.00000005/24-01-03"
    turned = "24-01-02 buy 10@100; 24-01-03 buy 0.000000001@5; 25-03-03 split 0.01"
    assert lots_text(add_up(events(turned))) == "0.1@10000.00000005/24-01-02"


def test_what_is_spun_off_can_be_told_from_its_parent() -> None:
    found = add_up(events("24-01-02 buy 10@100 id a; 25-03-03 spin NEW 1 share 0.5"))
    assert sorted(one.lot_id for held in found.lots.values() for one in held) == ["a", "a/NEW"]


def test_cash_in_lieu_is_shared_out_to_the_last_digit() -> None:
    """A third of ten dollars has no end: what rounding leaves goes to the last lot."""
    journal = "24-01-02 buy 1@9; 24-01-03 buy 1@9; 24-01-04 buy 1@9; 25-03-03 split 0.1 lieu 10"
    found = add_up(events(journal))
    assert len(found.realized) == 3
    assert sum((one.proceeds for one in found.realized), D(0)) == 10


def test_the_fraction_of_a_fund_at_average_cost_is_sold_at_it() -> None:
    """5 shares at 100 and 10 at 130 are 15 at 120: one and a half at 1,200 after one for ten."""
    journal = events("24-01-02 buy 5@100; 24-06-03 buy 10@130; 25-03-03 split 0.1 lieu 650")
    found = add_up(journal, Rules(average={VTI: AverageOf.FUND}))
    assert lots_text(found) == "1@1200/24-06-03"
    assert realized_text(found) == "0.5 for 650 less 600 long cash-in-lieu"


def test_what_is_realized_is_told_under_the_name_that_it_was_sold_under() -> None:
    """A fraction is one of the new shares, the shares of a merger are the old ones."""
    fraction = "24-01-02 buy 5@100 id a; 25-03-03 {} NEW 0.5 {} lieu 110"
    for what, rest in (("merge", ""), ("spin", "share 0.5"), ("merge", "value 220 taxable")):
        found = add_up(events(fraction.format(what, rest)))
        assert found.realized[-1].symbol == Symbol("NEW")
    cash = add_up(events("24-01-02 buy 5@100; 25-03-03 cash 5; BND: 25-01-02 buy 1@2"))
    assert [one.symbol for one in cash.realized] == [VTI]
    lieu = add_up(events("24-01-02 buy 15@100; 25-03-03 split 0.1 lieu 3; 25-03-04 sell 1@9"))
    assert [one.symbol for one in lieu.realized] == [VTI, VTI]


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        (Fraction(100), "100"),
        (Fraction(1, 3), "0.333333333"),
        (Fraction(5, 10**10), "0"),  # half of a billionth: to even
        (Fraction(15, 10**10), "2E-9"),
        (Fraction(3, 2), "1.5"),
    ],
)
def test_shares_are_told_to_nine_places_without_zeros_at_their_end(
    shares: Fraction, said: str
) -> None:
    assert str(nine_places(shares)) == said


def test_of_two_events_at_one_moment_the_one_that_brings_shares_comes_first() -> None:
    """Whatever their names say: some brokers know the day of a trade and not its hour."""
    found = add_up(events("24-01-02 sell 4@110 id a; 24-01-02 buy 10@100 id b"))
    assert lots_text(found) == "6@100/24-01-02"
    sent = add_up(events("24-01-02 out 4; 24-01-02 in 10@100"))
    assert lots_text(sent) == "6@100/24-01-02"


def test_an_action_that_costs_nothing_and_gives_nothing_makes_shares_worthless() -> None:
    found = add_up(events(f"{ONE}; 25-03-03 cash 0"))
    assert realized_text(found) == "10 for 0 less 1000 long merger"


def test_two_spin_offs_of_one_lot_make_lots_of_two_names() -> None:
    told = events(f"{ONE}; 25-03-03 spin BND 0.5 share 0.2; 25-06-02 spin BND 0.5 share 0.5")
    found = add_up(told)
    names = [one.lot_id for lots in found.lots.values() for one in lots]
    parent = "24-01-02 buy 10@100"
    assert sorted(names) == [parent, f"{parent}/BND", f"{parent}/BND:2"]
    thrice = add_up([*told, *events("25-09-01 spin BND 0.5 share 0.5")])
    assert f"{parent}/BND:3" in {one.lot_id for lots in thrice.lots.values() for one in lots}


def test_what_is_kept_of_a_merger_goes_by_the_method_of_the_account() -> None:
    journal = events(f"{HELD}; 25-03-03 merge NEW 0.5 lieu 130")
    found = add_up(journal, Relief.HIFO)
    assert lots_text(found) == "NEW 5@200/24-01-02  NEW 3@240/24-06-03"
    assert realized_text(found) == "0.5 for 130 less 120 short cash-in-lieu"


def test_a_merger_that_is_taxed_buys_in_the_money_of_the_old_shares() -> None:
    (bought, merger) = events(f"{ONE}; 25-03-03 merge NEW 0.5 value 220 taxable")
    assert isinstance(bought, Execution)
    for paid in (USD, Currency("EUR")):
        found = add_up([replace(bought, currency=paid), merger])
        assert [one.currency for one in found.lots[Symbol("NEW")]] == [paid]


@pytest.mark.parametrize(
    ("share", "lots"),
    [("0", "NEW 10@0/24-01-02  10@100/24-01-02"), ("1", "NEW 10@100/24-01-02  10@0/24-01-02")],
)
def test_none_or_all_of_the_basis_may_go_with_what_is_spun_off(share: str, lots: str) -> None:
    """A right worth nothing takes none of it (26 U.S.C. 307(b)); a worthless parent keeps none."""
    assert lots_text(add_up(events(f"{ONE}; 25-03-03 spin NEW 1 share {share}"))) == lots


def test_what_was_paid_on_the_day_it_took_effect_was_not_paid_before_it() -> None:
    *bought, returned = events(f"{ONE}; 24-12-30 capital 1")
    assert isinstance(returned, ReturnOfCapital)
    found = add_up([*bought, replace(returned, paid=returned.effective)])
    assert lots_text(found) == "10@99/24-01-02"
