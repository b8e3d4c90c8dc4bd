"""What companies do to shares, in the ledger of the household: no lot, share or basis gets lost."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.household import work
from bot.household.from_book import Booked, from_book
from bot.household.gather import Held
from bot.household.named import unsure_lots
from bot.household.trades import Place, Told
from bot.household.work import Worked, reckoned
from brokers.words import (
    ZERO,
    Action,
    ActionRecord,
    Execution,
    Merger,
    OpenQuestion,
    Relief,
    ReturnOfCapital,
    Side,
    SpinOff,
    Split,
    Symbol,
    SymbolChange,
    Transfer,
)
from strategies.lots import BadLots, Ledger, Method, Rules
from strategies.policy import TaxKind, TaxPolicy
from strategies.washes.nouns import Trade
from strategies.washes.queries import locked_until

D = Decimal
TODAY = date(2026, 1, 20)
A, B, C = Symbol("A"), Symbol("B"), Symbol("C")
ALONE = work.Rules(Relief.FIFO, {}, frozenset())


def trade(
    root: str, day: str, side: str, quantity: str, price: str, symbol: str = "A"
) -> Execution:
    noon = datetime.combine(date.fromisoformat(day), time(17), UTC)
    amounts = D(quantity), D(price), D(0)
    return Execution(root, 1, None, Symbol(symbol), Side(side), *amounts, noon)


def booked(
    account: str,
    *records: Execution | Transfer | ActionRecord,
    kind: TaxKind = TaxKind.TAXABLE,
    relief: Relief = Relief.FIFO,
) -> Booked:
    return Booked(
        account,
        TaxPolicy(kind=kind, relief=relief),
        tuple(r for r in records if isinstance(r, Execution)),
        tuple(r for r in records if isinstance(r, Transfer)),
        tuple(r for r in records if not isinstance(r, Execution | Transfer)),
    )


def worked(*records: Booked) -> Worked:
    return reckoned(Held((), from_book(records, TODAY)), (), (), ALONE, TODAY)


def held(found: Worked) -> list[tuple[str, str, str, Decimal, Decimal, str]]:
    """Account, symbol, lot, shares, basis and day since when it is held, of what is open."""
    lots = found.household.open_lots
    return [
        (o.account, o.symbol, o.lot, o.quantity, round(o.basis, 6), o.held_since.isoformat())
        for o in lots
    ]


def sold(found: Worked) -> list[tuple[str, str, Decimal, Decimal, Decimal]]:
    """Symbol, lot, shares, basis and gain of each disposal."""
    return [
        (o.symbol, o.lot, o.quantity, round(o.basis, 6), round(o.gain, 6))
        for o in found.household.disposals
    ]


DAY = date(2025, 6, 2)
HELD = trade("B1", "2025-01-06", "buy", "100", "10")
RENAME = SymbolChange("n", A, DAY, B)


def test_a_new_name_keeps_the_lot_and_its_days() -> None:
    found = worked(booked("a", HELD, RENAME, trade("S", "2025-07-01", "sell", "40", "12", "B")))
    assert held(found) == [("a", "B", "B1", D(60), D(600), "2025-01-06")]
    assert sold(found) == [("B", "B1", D(40), D(400), D(80))]


def test_what_was_sold_before_keeps_the_old_name() -> None:
    found = worked(booked("a", HELD, trade("S", "2025-03-03", "sell", "40", "12"), RENAME))
    assert [one[0] for one in sold(found)] == ["A"]
    assert held(found)[0][:4] == ("a", "B", "B1", D(60))


@pytest.mark.parametrize("tells", ["both", "one"])
def test_old_and_new_are_one_for_a_wash_whichever_account_tells(tells: str) -> None:
    hers = [trade("B2", "2025-06-10", "buy", "100", "8", "B")]
    others = [RENAME] if tells == "both" else []
    found = worked(
        booked("a", HELD, trade("S", "2025-05-27", "sell", "100", "8"), RENAME),
        booked("hers", *hers, *others, kind=TaxKind.ROTH),
    )
    (loss,) = found.household.disposals
    assert (loss.disallowed, loss.permanently_lost) == (200, 200)


def test_what_the_owner_says_is_identical_to_the_new_name_is_to_the_old_one() -> None:
    record = booked("a", HELD, trade("S", "2025-05-27", "sell", "100", "8"), RENAME)
    other = booked("b", trade("C1", "2025-06-10", "buy", "100", "8", "C"))
    book = from_book([record, other], TODAY)
    for groups in ({"B": "B", "C": "B"}, {"A": "A", "C": "A"}, {"A": "A", "D": "A", "C": "A"}):
        rules = work.Rules(Relief.FIFO, groups, frozenset())
        (loss,) = reckoned(Held((), book), (), (), rules, TODAY).household.disposals
        assert loss.disallowed == 200, groups


def test_a_file_that_still_tells_the_old_name_is_of_the_same_group() -> None:
    record = booked("a", HELD, trade("S", "2025-05-27", "sell", "100", "8"), RENAME)
    away = Trade(date(2025, 6, 10), "away", "ira", "A", "buy", D(100), D(8), D(0), "X", "")
    book = from_book([record], TODAY)
    rows = (Told(away, Place("f", 1)),)
    (loss,) = reckoned(Held((), book), rows, (), ALONE, TODAY).household.disposals
    assert loss.permanently_lost == 200


def test_a_lock_on_the_old_name_holds_for_the_new_one() -> None:
    found = worked(booked("a", HELD, trade("S", "2025-05-27", "sell", "100", "8"), RENAME))
    locked = locked_until(found.household, "B", date(2025, 6, 10))
    assert locked is not None
    assert (locked.quantity, locked.loss) == (100, 200)


def test_a_symbol_that_another_company_takes_later_is_another_security() -> None:
    again = trade("B9", "2025-09-01", "buy", "5", "30")
    found = worked(booked("a", HELD, RENAME, again))
    assert [(one[1], one[2], one[3]) for one in held(found)] == [("B", "B1", 100), ("A", "B9", 5)]


def test_a_merger_is_new_shares_with_the_old_basis_and_days() -> None:
    merger = Merger("m", A, DAY, B, D("0.5"))
    later = Split("s", B, D(4), date(2025, 8, 1))
    sale = trade("S", "2025-09-02", "sell", "120", "6", "B")
    more = trade("B2", "2025-07-01", "buy", "10", "22", "B")
    found = worked(booked("a", HELD, merger, more, later, sale))
    assert held(found) == [
        ("a", "B", "B1", D(80), D(400), "2025-01-06"),
        ("a", "B", "B2", D(40), D(220), "2025-07-01"),
    ]
    assert sold(found) == [("B", "B1", D(120), D(600), D(120))]


def test_a_lock_counts_shares_as_the_merger_made_them() -> None:
    merger = Merger("m", A, DAY, B, D("0.5"))
    found = worked(booked("a", HELD, trade("S", "2025-05-27", "sell", "100", "8"), merger))
    locked = locked_until(found.household, "B", date(2025, 6, 10))
    assert locked is not None
    assert locked.quantity == 50


def test_one_sale_of_shares_from_before_and_after_a_merger() -> None:
    merger = Merger("m", A, DAY, B, D("0.5"))
    more = trade("B2", "2025-07-01", "buy", "50", "22", "B")
    sale = trade("S", "2025-09-02", "sell", "60", "30", "B")
    found = worked(booked("a", HELD, merger, more, sale))
    assert sold(found) == [("B", "B1", 50, 1000, 500), ("B", "B2", 10, 220, 80)]


SPIN = SpinOff("x", A, DAY, C, D("0.25"), D("0.2"))


def test_a_spin_off_divides_the_basis_and_is_no_purchase() -> None:
    found = worked(
        booked(
            "a",
            HELD,
            trade("S1", "2025-03-03", "sell", "40", "11"),
            SPIN,
            trade("S2", "2025-07-01", "sell", "20", "7"),
            trade("S3", "2025-06-20", "sell", "5", "9", "C"),
        )
    )
    assert held(found) == [
        ("a", "A", "B1", D(40), D(320), "2025-01-06"),
        ("a", "C", "B1/C", D(10), D(80), "2025-01-06"),
    ]
    assert sorted(sold(found)) == [
        ("A", "B1", D(20), D(160), D(-20)),
        ("A", "B1~1", D(40), D(400), D(40)),
        ("C", "B1/C", D(5), D(40), D(5)),
    ]
    assert found.household.disposals[1].disallowed == 0  # shares that were spun off replace none


def test_a_loss_on_the_parent_still_finds_the_rest_of_another_purchase() -> None:
    found = worked(
        booked(
            "a",
            HELD,
            SPIN,
            trade("B2", "2025-06-30", "buy", "30", "7"),
            trade("S2", "2025-07-01", "sell", "20", "7"),
        )
    )
    (loss,) = found.household.disposals
    assert (round(loss.gain, 6), round(loss.disallowed, 6)) == (-20, 20)


def test_capital_that_comes_back_lowers_only_what_is_held_then() -> None:
    found = worked(
        booked(
            "a",
            HELD,
            trade("S1", "2025-03-03", "sell", "40", "11"),
            ReturnOfCapital("r", A, DAY, D(4)),
            trade("S2", "2025-07-01", "sell", "20", "7"),
        )
    )
    assert sold(found) == [("A", "B1~1", 40, 400, 40), ("A", "B1", 20, 120, 20)]
    assert held(found) == [("a", "A", "B1", 40, 240, "2025-01-06")]


def test_gains_that_no_sale_made_are_told_as_sales_of_no_shares() -> None:
    found = worked(booked("a", HELD, ReturnOfCapital("r", A, DAY, D(12))))
    assert sold(found) == [("A", "B1", 0, 0, 200)]
    assert found.household.disposals[0].term == "short"
    assert any("of A on 2025-06-02: a gain of 200.00 USD" in note for note in found.notes)
    assert held(found) == [("a", "A", "B1", 100, 0, "2025-01-06")]


def test_cash_beside_new_shares_is_gain_and_the_rest_of_the_basis_goes_on() -> None:
    merger = Merger("m", A, DAY, B, D("0.5"), D(3), D(20))
    found = worked(booked("a", HELD, merger))
    assert sold(found) == [("A", "B1", 0, 0, 300)]
    assert held(found) == [("a", "B", "B1", 50, 1000, "2025-01-06")]
    nothing = worked(booked("ira", HELD, merger, kind=TaxKind.ROTH))
    assert (nothing.household.disposals, nothing.household.sheltered) == ((), ())


def test_a_merger_for_cash_is_a_sale_that_may_be_a_wash() -> None:
    found = worked(
        booked("a", HELD, Merger("m", A, DAY, cash=D(7))),
        booked("ira", trade("I", "2025-05-20", "buy", "30", "7"), kind=TaxKind.TRADITIONAL),
    )
    (loss,) = found.household.disposals
    assert (loss.gain, loss.disallowed, loss.permanently_lost) == (-300, 90, 90)


def test_a_taxable_merger_sells_and_buys() -> None:
    merger = Merger("m", A, DAY, B, D("0.5"), D(2), D(24), is_taxable=True)
    found = worked(booked("a", HELD, merger))
    assert sold(found) == [("A", "B1", 100, 1000, 400)]
    assert held(found) == [("a", "B", "B1/B", 50, 1200, "2025-06-02")]


def test_cash_in_lieu_is_a_sale_of_the_fraction() -> None:
    split = Split("s", A, D("0.03"), DAY, D("7"))
    found = worked(booked("a", trade("B1", "2025-01-06", "buy", "110", "10"), split))
    assert sold(found) == [("A", "B1", D("0.3"), D(100), D(-93))]
    assert held(found) == [("a", "A", "B1", D(3), D(1000), "2025-01-06")]


def test_transfers_that_an_action_stands_for_count_once() -> None:
    noon = datetime.combine(DAY, time(17), UTC)
    out = Transfer("t1", A, D(-100), None, DAY, noon)
    back = Transfer("t2", B, D(50), None, DAY, noon)
    asked = [
        OpenQuestion(f"q{n}", symbol, DAY, "said", (f"t{n}",)) for n, symbol in ((1, A), (2, B))
    ]
    open_still = from_book([booked("a", HELD, out, back, *asked)], TODAY)
    assert set(open_still.asked) == {("a", "A"), ("a", "B")}
    assert open_still.orphans == (), "what left and what came are told together"
    assert open_still.unknown == {("a", "t2")}
    answer = Merger("m", A, DAY, B, D("0.5"), records=("t1", "t2"))
    found = worked(booked("a", HELD, out, back, *asked, answer))
    assert (found.held.book.asked, found.held.book.unknown) == ({}, frozenset())
    assert held(found) == [("a", "B", "B1", 50, 1000, "2025-01-06")]


def test_what_is_asked_of_is_not_sure() -> None:
    asked = OpenQuestion("q", A, DAY, "Alpaca booked SPIN of +5 A", ("t",))
    found = worked(booked("a", HELD, asked), booked("b", trade("X", "2025-01-06", "buy", "1", "9")))
    unsure = unsure_lots(found.household, found.held.book)
    assert set(unsure) == {("a", "B1")}
    assert "Alpaca booked SPIN" in unsure["a", "B1"]


def test_until_the_parent_of_a_spin_off_is_told_no_older_lot_is_sure() -> None:
    noon = datetime.combine(DAY, time(17), UTC)
    came = Transfer("t", C, D(25), None, DAY, noon)
    asked = OpenQuestion("q", C, DAY, "Alpaca booked SPIN of +25 C", ("t",))
    later = trade("B9", "2025-07-01", "buy", "1", "9", "B")
    found = worked(booked("a", HELD, came, asked, later), booked("b", replace(HELD, root="X")))
    unsure = unsure_lots(found.household, found.held.book)
    assert set(unsure) == {("a", "B1"), ("a", "t")}
    assert "C came on 2025-06-02" in unsure["a", "B1"]
    told = worked(booked("a", HELD, came, asked, later, replace(SPIN, records=("t",))))
    assert unsure_lots(told.household, told.held.book) == {}


@pytest.mark.parametrize(("day", "is_sure"), [("2025-05-01", False), ("2025-07-01", True)])
def test_where_a_loss_moved_in_before_a_spin_off_the_ledger_cannot_follow(
    day: str, *, is_sure: bool
) -> None:
    first = trade("B0", "2025-01-02", "buy", "10", "15")
    loss = trade("S0", day, "sell", "10", "5")
    near = trade("B1", (date.fromisoformat(day) - timedelta(days=5)).isoformat(), "buy", "50", "6")
    found = worked(booked("a", first, near, SPIN, loss))
    assert found.household.disposals[0].disallowed > 0
    unsure = unsure_lots(found.household, found.held.book)
    assert (unsure == {}) == is_sure
    assert is_sure or set(unsure) == {("a", "B1"), ("a", "B1/C")}


SYMBOLS = st.sampled_from([A, B, C])
QUANTITIES = st.decimals("0.01", "50", places=2)
PRICES = st.decimals("1", "90", places=2)
RATIOS = st.sampled_from([D("0.5"), D(2), D("1.5"), D(3), D("0.25")])


@st.composite
def actions(draw: st.DrawFn) -> Action:
    number, day = (
        draw(st.integers(0, 10**9)),
        date(2024, 1, 8) + timedelta(days=draw(st.integers(0, 600))),
    )
    symbol, name = draw(SYMBOLS), f"a{number}"
    new = draw(SYMBOLS.filter(lambda one: one != symbol))
    made: list[Action] = [
        Split(name, symbol, draw(RATIOS), day),
        SymbolChange(name, symbol, day, new),
        Merger(name, symbol, day, new, draw(RATIOS)),
        Merger(name, symbol, day, new, draw(RATIOS), draw(PRICES), draw(PRICES)),
        Merger(name, symbol, day, cash=draw(PRICES)),
        SpinOff(name, symbol, day, new, draw(RATIOS), draw(st.decimals("0.05", "0.6", places=2))),
        ReturnOfCapital(name, symbol, day, draw(st.decimals("0.1", "3", places=1))),
    ]
    return draw(st.sampled_from(made))


@st.composite
def trades(draw: st.DrawFn) -> list[Execution]:
    count = draw(st.integers(1, 12))
    return [
        trade(
            f"r{n}",
            (date(2024, 1, 8) + timedelta(days=draw(st.integers(0, 600)))).isoformat(),
            draw(st.sampled_from(["buy", "buy", "sell"])),
            str(draw(QUANTITIES)),
            str(draw(PRICES)),
            draw(SYMBOLS),
        )
        for n in range(count)
    ]


def without_oversold(account: str, made: Sequence[Execution], did: Sequence[Action]) -> Booked:
    """The trades one by one, those left out that sell what is not there."""
    kept: list[Execution] = []
    for one in sorted(made, key=lambda one: (one.side is Side.SELL, one.time)):
        record = booked(account, *kept, one, *did, kind=TaxKind.TRADITIONAL)
        try:
            from_book([record], TODAY)
        except BadLots:
            continue
        kept.append(one)
    return booked(account, *kept, *did, kind=TaxKind.TRADITIONAL)


def by_symbol(plain: Ledger) -> dict[str, tuple[Decimal, Decimal]]:
    """Shares and basis that are open, by symbol."""
    return {
        str(symbol): (
            sum((lot.quantity for lot in lots), ZERO),
            sum((lot.cost or ZERO for lot in lots), ZERO),
        )
        for symbol, lots in plain.lots.items()
    }


@settings(max_examples=60)
@given(trades(), st.lists(actions(), max_size=3, unique_by=lambda one: one.action_id))
def test_in_an_ira_nothing_is_washed_so_both_ledgers_are_the_same(
    made: list[Execution], did: list[Action]
) -> None:
    splits = [a for a in did if not isinstance(a, SymbolChange)]
    days = sorted(a.effective for a in splits)
    if any((b - a).days <= 7 for a, b in pairwise(days)):
        return  # two of one symbol within a week are refused
    record = without_oversold("a", made, did)
    found = worked(record)
    plain = found.held.book.plain["a"]
    ours = defaultdict[str, list[Decimal]](lambda: [ZERO, ZERO])
    for lot in found.household.open_lots:
        ours[lot.symbol][0] += lot.quantity
        ours[lot.symbol][1] += lot.basis
    for symbol, (shares, basis) in by_symbol(plain).items():
        assert abs(ours[symbol][0] - shares) < D("1e-6")
        assert abs(ours[symbol][1] - basis) < D("1e-3")
    assert {s for s, (q, _) in ours.items() if q > D("1e-6")} <= set(by_symbol(plain))
    gains = sum((one.gain or ZERO for one in plain.realized if one.quantity), ZERO)
    assert abs(sum((one.gain for one in found.household.sheltered), ZERO) - gains) < D("1e-3")


def test_minimum_tax_names_its_lots_and_the_ledger_follows() -> None:
    found = worked(
        booked(
            "a",
            trade("OLD", "2023-01-06", "buy", "10", "5"),
            trade("DEAR", "2025-02-06", "buy", "10", "15"),
            trade("S", "2025-07-01", "sell", "12", "10"),
            relief=Relief.MINIMUM_TAX,
        )
    )
    assert [(one[1], one[2]) for one in sold(found)] == [("OLD", 2), ("DEAR", 10)]


def test_a_method_of_another_day_names_the_lots_of_that_day() -> None:
    lifo = Method(Relief.LIFO, D("0.37"), D("0.2"), date(2025, 7, 2))
    fifo = Method(Relief.FIFO, D("0.37"), D("0.2"))
    record = booked(
        "a",
        HELD,
        trade("B2", "2025-02-06", "buy", "100", "9"),
        trade("S1", "2025-07-01", "sell", "10", "10"),
        trade("S2", "2025-07-02", "sell", "10", "10"),
        relief=Relief.HIFO,
    )
    found = worked(replace(record, rules=Rules(record.tax, methods=(fifo, lifo))))
    assert [(one[1], one[2]) for one in sold(found)] == [("B1", 10), ("B2", 10)]


def test_a_reverse_and_a_forward_split_of_one_day_are_both_done_with_the_fraction_paid() -> None:
    """150 shares are 1.5 for a moment, half of one is paid out: 50 of the shares of that day."""
    paid = Split("r", A, D("0.01"), DAY, D(480))
    back = Split("f", A, D(100), DAY)
    bought = trade("B1", "2025-01-06", "buy", "150", "10")
    other = trade("B2", "2025-01-06", "buy", "300", "10")
    told = worked(
        booked("a", bought, back, paid),
        booked("b", other, Split("x", A, D("0.01"), DAY), Split("y", A, D(100), DAY)),
    )
    assert [one[:5] for one in held(told)] == [
        ("a", "A", "B1", D(100), D(1000)),
        ("b", "A", "B2", D(300), D(3000)),
    ]
    assert sold(told) == [("A", "B1", D(50), D(500), D(-20))]
    assert not told.notes
