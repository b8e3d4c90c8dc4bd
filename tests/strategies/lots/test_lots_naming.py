"""Which lots to name at the broker, until when; and lots held against a broker's statement."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lot_journals import VTI, D, add_up, day_of, events, lot

from brokers.words import Relief
from strategies.lots import Method, Rules, relieve
from strategies.lots.naming import Naming, settlement, sheet
from strategies.lots.statement import Difference, Key, Line, differences, of_lots, of_sales
from strategies.policy import TaxPolicy

HELD = (lot("10@100/24-01-02"), lot("10@120/24-06-03"))


@pytest.mark.parametrize(
    ("traded", "settles"),
    [("26-03-02", "26-03-03"), ("26-03-06", "26-03-09"), ("26-03-07", "26-03-09")],
)
def test_lots_may_be_named_until_the_next_weekday(traded: str, settles: str) -> None:
    assert settlement(day_of(traded)) == day_of(settles)


def naming(quantity: int, real: Relief, wanted: Relief) -> Naming:
    takes, _ = relieve(HELD, D(quantity), real)
    wants, _ = relieve(HELD, D(quantity), wanted)
    return Naming(VTI, D(quantity), takes, wants)


def test_a_sheet_names_the_lots_in_words() -> None:
    sale = naming(14, Relief.FIFO, Relief.HIFO)
    head, line = sheet([sale], Relief.FIFO, Relief.HIFO, day_of("26-03-06"))
    assert head == (
        "the broker relieves lots fifo, not hifo: name these lots in the account there until "
        "2026-03-09, then tell the book: trimtab lots name"
    )
    assert line == (
        "sell 14 VTI: 10 of 10@120/24-06-03 (bought 2024-06-03 at 120.00), "
        "4 of 10@100/24-01-02 (bought 2024-01-02 at 100.00)"
    )


def test_a_lot_of_unknown_basis_is_named_by_its_day() -> None:
    takes, wanted = (lot("10@100/24-01-02"),), (lot("10@?/24-06-03"),)
    sale = Naming(VTI, D(10), takes, wanted)
    _, line = sheet([sale], Relief.FIFO, Relief.LOFO, day_of("26-03-06"))
    assert line == "sell 10 VTI: 10 of 10@?/24-06-03 (bought 2024-06-03)"


def test_parts_of_one_lot_are_one() -> None:
    """Whether its shares are told in one part or in two, the same ones go."""
    whole, part, rest = (replace(HELD[0], quantity=D(shares)) for shares in (10, 4, 6))
    assert not Naming(VTI, D(10), (part, rest), (whole,)).is_needed
    assert Naming(VTI, D(10), (part, rest), (replace(whole, quantity=D(6)),)).is_needed


def test_where_all_lots_are_sold_there_is_nothing_to_name() -> None:
    sale = naming(20, Relief.FIFO, Relief.HIFO)
    assert not sale.is_needed
    assert sheet([sale], Relief.FIFO, Relief.HIFO, day_of("26-03-06")) == ()


@given(st.integers(1, 20), st.sampled_from(Relief), st.sampled_from(Relief))
def test_naming_is_needed_exactly_where_other_shares_would_go(
    quantity: int, real: Relief, wanted: Relief
) -> None:
    if Relief.MINIMUM_TAX in (real, wanted):
        return
    sale = naming(quantity, real, wanted)
    cost = [sum((part.cost or D(0) for part in lots), D(0)) for lots in (sale.takes, sale.wanted)]
    assert sale.is_needed == (cost[0] != cost[1])


JOURNAL = """
24-01-02 buy 10@100
24-06-03 buy 10@120
26-02-02 sell 5@130
26-03-02 sell 5@130
"""


def test_each_sale_goes_by_the_method_of_its_day() -> None:
    lifo = Method(Relief.LIFO, D("0.37"), D("0.2"), day_of("26-02-15"))
    fifo = Method(Relief.FIFO, D("0.37"), D("0.2"))
    wanted = TaxPolicy(relief=Relief.HIFO)
    found = add_up(events(JOURNAL), Rules(wanted, methods=(fifo, lifo)))
    assert [(one.sold.month, one.acquired.month) for one in found.realized] == [(2, 1), (3, 6)]
    late = add_up(events(JOURNAL), Rules(wanted, methods=(lifo,)))
    assert [one.acquired.month for one in late.realized] == [6, 6], "hifo before, lifo after"


def test_the_last_word_on_a_day_counts() -> None:
    first, second = (Method(r, D(0), D(0), day_of("26-01-01")) for r in (Relief.LIFO, Relief.HIFO))
    assert Rules(methods=(first, second)).on(day_of("26-01-01")) == second
    assert Rules(methods=(first, second)).on(day_of("25-12-31")).relief is Relief.FIFO


def test_minimum_tax_goes_by_the_rates_of_the_day() -> None:
    journal = "24-01-02 buy 10@100; 25-12-01 buy 10@110; 26-02-02 sell 10@130; 26-02-03 sell 5@130"
    low = Method(Relief.MINIMUM_TAX, D("0.1"), D("0.2"))  # short-term gains cost less
    high = Method(Relief.MINIMUM_TAX, D("0.4"), D("0.1"), day_of("26-02-03"))
    found = add_up(events(journal), Rules(methods=(low, high)))
    assert [one.is_long_term for one in found.realized] == [False, True]


def lines(*told: tuple[str, str, str | None]) -> dict[Key, Line]:
    return {
        Key(VTI, day_of(day)): Line(D(quantity), None if basis is None else D(basis))
        for day, quantity, basis in told
    }


OURS = [("24-01-02", "10", "1000"), ("24-06-03", "10", "1200")]

CASES = [
    ("the same", [("24-01-02", "10", "1000.004"), ("24-06-03", "10", "1200")], []),
    (
        "another lot was sold",
        [("24-01-02", "5", "500"), ("24-06-03", "15", "1800")],
        [("other lots were sold", False), ("other lots were sold", False)],
    ),
    (
        "fewer shares",
        [("24-01-02", "10", "1000"), ("24-06-03", "9", "1080")],
        [("the number of shares differs", False)],
    ),
    (
        "a lot is missing",
        [("24-01-02", "10", "1000")],
        [("the number of shares differs", False)],
    ),
    (
        "another basis",
        [("24-01-02", "10", "1000"), ("24-06-03", "10", "1207")],
        [("the basis differs", False)],
    ),
    (
        "with the losses that moved in",
        [("24-01-02", "10", "1050"), ("24-06-03", "10", "1200")],
        [("by the household's ledger as well", True)],
    ),
    (
        "with some of them",
        [("24-01-02", "10", "1020"), ("24-06-03", "10", "1200")],
        [("only some of the wash sales", True)],
    ),
    (
        "a basis nobody knows",
        [("24-01-02", "10", None), ("24-06-03", "10", "1200")],
        [("the broker does not know", True)],
    ),
]


@pytest.mark.parametrize(
    ("theirs", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_differs_from_a_statement_is_told_with_its_reason(
    theirs: list[tuple[str, str, str | None]], expected: list[tuple[str, bool]]
) -> None:
    washed = {Key(VTI, day_of("24-01-02")): D(50)}
    found = differences(lines(*OURS), lines(*theirs), washed)
    assert [one.is_explained for one in found] == [is_explained for _, is_explained in expected]
    assert all(words in one.why for one, (words, _) in zip(found, expected, strict=True))


def test_a_basis_that_only_the_broker_knows_is_to_be_imported() -> None:
    ours = lines(("24-01-02", "10", None))
    (found,) = differences(ours, lines(("24-01-02", "10", "1000")), {})
    assert (found.is_explained, "trimtab lots import" in found.why) == (False, True)
    assert differences(ours, ours, {}) == ()


def test_sales_are_held_against_each_other_by_their_day() -> None:
    found = add_up(events(JOURNAL))
    ours = of_sales(found.realized)
    assert set(ours.values()) == {Line(D(5), D(500))}
    (sale,) = [key for key in ours if key.sold == date(2026, 3, 2)]
    other = {Key(VTI, day_of("24-06-03"), sale.sold): Line(D(5), D(600)), **ours}
    del other[sale]
    told: tuple[Difference, ...] = differences(ours, other, {})
    assert [one.why[:27] for one in told] == ["the broker sold other lots:"] * 2


@given(st.lists(st.tuples(st.integers(1, 28), st.decimals("0.01", "99", places=2)), max_size=9))
def test_lots_of_one_day_are_one_line(told: list[tuple[int, Decimal]]) -> None:
    lots = [lot(f"{quantity}@100/24-01-{day:02}") for day, quantity in told]
    found = of_lots(lots)
    assert sum((line.quantity for line in found.values()), D(0)) == sum((q for _, q in told), D(0))
    assert differences(found, found, {}) == ()
