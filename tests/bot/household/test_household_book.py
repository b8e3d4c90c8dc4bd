"""From book to household ledger: nothing counts twice or gets lost, whatever moved or was split."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.household.from_book import Booked, FromBook, from_book
from brokers.words import (
    Currency,
    Execution,
    OrderKey,
    Relief,
    Side,
    Split,
    Symbol,
    Transfer,
)
from strategies.lots import BadLots, Rules, ledger
from strategies.policy import TaxKind, TaxPolicy
from strategies.washes.ledger import household
from strategies.washes.nouns import Household

D = Decimal
TODAY = date(2026, 1, 20)
VTI, BND = Symbol("VTI"), Symbol("BND")


def noon(day: date) -> datetime:
    return datetime.combine(day, time(17), UTC)


def trade(  # noqa: PLR0913, PLR0917  # the columns of a line
    root: str,
    day: str,
    side: str,
    quantity: str,
    price: str,
    symbol: Symbol = VTI,
    key: str | None = None,
    currency: str = "USD",
) -> Execution:
    return Execution(
        root,
        1,
        OrderKey(key) if key else None,
        symbol,
        Side(side),
        D(quantity),
        D(price),
        D(0),
        noon(date.fromisoformat(day)),
        Currency(currency),
    )


def moved(name: str, quantity: str, cost: str | None, acquired: str, came: str) -> Transfer:
    unit = None if cost is None else D(cost)
    bought, when = date.fromisoformat(acquired), noon(date.fromisoformat(came))
    return Transfer(name, VTI, D(quantity), unit, bought, when)


def booked(
    account: str,
    *records: Execution | Transfer | Split,
    kind: TaxKind = TaxKind.TAXABLE,
    relief: Relief = Relief.FIFO,
) -> Booked:
    return Booked(
        account,
        TaxPolicy(kind=kind, relief=relief),
        tuple(r for r in records if isinstance(r, Execution)),
        tuple(r for r in records if isinstance(r, Transfer)),
        tuple(r for r in records if isinstance(r, Split)),
    )


def worked(*records: Booked) -> tuple[FromBook, Household]:
    found = from_book(records, TODAY)
    return found, household((row.trade for row in found.rows), today=TODAY)


def held(found: Household) -> list[tuple[str, str, Decimal, Decimal, str]]:
    """Account, lot, shares, basis and day of purchase of what is open."""
    return [
        (lot.account, lot.lot, lot.quantity, lot.basis, lot.acquired.isoformat())
        for lot in found.open_lots
    ]


def test_kinds_of_account_are_the_ledger_s_own() -> None:
    for kind, name in (
        (TaxKind.TAXABLE, "taxable"),
        (TaxKind.TRADITIONAL, "ira"),
        (TaxKind.ROTH, "roth"),
        (TaxKind.HSA, "hsa"),
    ):
        book, _ = worked(booked("a", trade("B", "2025-01-06", "buy", "1", "100"), kind=kind))
        assert [row.trade.kind for row in book.rows] == [name]


def test_sales_take_the_lots_that_each_account_s_method_takes() -> None:
    bought = (
        trade("OLD", "2024-01-05", "buy", "10", "100"),
        trade("DEAR", "2024-02-05", "buy", "10", "150"),
        trade("NEW", "2024-03-05", "buy", "10", "120"),
        trade("S", "2024-06-05", "sell", "15", "200"),
    )
    wanted = {
        Relief.FIFO: {"OLD", "DEAR"},
        Relief.LIFO: {"NEW", "DEAR"},
        Relief.HIFO: {"DEAR", "NEW"},
        Relief.LOFO: {"OLD", "NEW"},
    }
    for relief, lots in wanted.items():
        _, found = worked(booked("a", *bought, relief=relief))
        assert {sold.lot for sold in found.disposals} == lots, relief


def test_two_accounts_of_two_methods_in_one_ledger() -> None:
    def of(name: str) -> tuple[Execution, ...]:
        return (
            trade(f"{name}1", "2024-01-05", "buy", "10", "100"),
            trade(f"{name}2", "2024-02-05", "buy", "10", "150"),
            trade(f"{name}3", "2024-06-05", "sell", "10", "200"),
        )

    _, found = worked(booked("a", *of("A")), booked("b", *of("B"), relief=Relief.HIFO))
    assert {sold.lot for sold in found.disposals} == {"A1", "B2"}


def test_two_sales_of_one_day_take_what_each_took() -> None:
    """The first by the clock is the dearer one: the ledger, which knows no hours, looks later."""
    first, then = noon(date(2024, 6, 5)), noon(date(2024, 6, 5)) + timedelta(hours=1)
    bought = (
        trade("A", "2024-01-05", "buy", "10", "100"),
        trade("B", "2024-02-05", "buy", "10", "150"),
        trade("C", "2024-03-05", "buy", "10", "120"),
    )
    sold = tuple(
        Execution(root, 1, None, VTI, Side.SELL, D(quantity), D(price), D("0.01"), when)
        for root, quantity, price, when in (("S1", 15, 200, first), ("S2", 8, 190, then))
    )
    _, found = worked(booked("a", *bought, *sold))
    assert sum(one.proceeds for one in found.disposals) == D(15 * 200 + 8 * 190) - D("0.02")
    gains = {lot: sum(s.gain for s in found.disposals if s.lot == lot) for lot in "ABC"}
    assert abs(gains["A"] - D(1000)) < D("0.01")
    assert abs(gains["B"] - D(5 * 50 + 5 * 40)) < D("0.02")
    assert abs(gains["C"] - D(3 * 70)) < D("0.01")
    assert [(lot.lot, lot.quantity) for lot in found.open_lots] == [("C", D(7))]


def test_like_sales_are_as_many_as_the_book_has() -> None:
    """In a file two like rows may be one row twice; the book has each once."""
    sales = (trade(root, "2025-03-10", "sell", "1", "90") for root in ("S1", "S2", "S3"))
    _, found = worked(booked("a", trade("B", "2024-03-04", "buy", "5", "100"), *sales))
    assert sum(sold.quantity for sold in found.disposals) == 3
    assert not found.notes


def test_fills_of_one_order_are_one_purchase() -> None:
    """Half of an order sold at a loss is not replaced by its other half (Rev. Rul. 56-602)."""
    fills = (
        trade("F1", "2025-03-03", "buy", "5", "100", key="TT-1"),
        trade("F2", "2025-03-03", "buy", "5", "100", key="TT-1"),
        trade("S", "2025-03-10", "sell", "5", "90"),
    )
    _, found = worked(booked("a", *fills))
    assert [sold.disallowed for sold in found.disposals] == [0]
    apart = tuple(
        fill if fill.key is None else trade(fill.root, "2025-03-03", "buy", "5", "100")
        for fill in fills
    )
    _, found = worked(booked("a", *apart))
    assert [sold.disallowed for sold in found.disposals] == [50]


def test_a_transfer_in_is_dated_back_to_its_purchase() -> None:
    came = moved("T", "10", "80", "2021-03-04", "2025-06-02")
    book, found = worked(booked("a", came, trade("S", "2025-06-03", "sell", "4", "70")))
    (sold,) = found.disposals
    assert (sold.acquired, sold.term, sold.gain) == (date(2021, 3, 4), "long", D(-40))
    assert sold.disallowed == 0, "it was bought years ago: it replaces nothing"
    assert not book.unknown


def test_a_split_between_purchase_and_transfer_is_not_done_twice() -> None:
    """20 shares came after a split of three for one that another account tells of: 20 they stay."""
    split = Split("X", VTI, D(3), date(2023, 5, 1))
    old = trade("O", "2022-01-05", "buy", "7", "90")
    came = moved("T", "20", "31", "2021-03-04", "2025-06-02")
    _, found = worked(
        booked("a", old, split), booked("b", came, trade("S", "2025-07-01", "sell", "20", "30"))
    )
    (sold,) = found.disposals
    assert sold.quantity == 20
    assert abs(sold.basis - 620) < D("1e-6"), "twenty thirds have no end in decimals"
    assert [row for row in held(found) if row[0] == "a"] == [
        ("a", "O", D(21), D(630), "2022-01-05")
    ]
    assert sum(row[2] for row in held(found) if row[0] == "b") < D("1e-8")


def test_shares_that_moved_between_accounts_are_bought_once() -> None:
    out = moved("OUT", "-4", None, "2025-03-03", "2025-03-03")
    came = moved("IN", "4", "100", "2024-01-05", "2025-03-04")
    book, found = worked(
        booked("a", trade("B", "2024-01-05", "buy", "10", "100"), out), booked("b", came)
    )
    assert sorted(held(found)) == [
        ("a", "B", D(6), D(600), "2024-01-05"),
        ("b", "IN", D(4), D(400), "2024-01-05"),
    ]
    assert not book.notes


def test_shares_that_left_and_came_back_are_bought_once() -> None:
    out = moved("OUT", "-4", None, "2025-03-03", "2025-03-03")
    back = moved("IN", "4", "100", "2024-01-05", "2025-03-10")
    book, found = worked(booked("a", trade("B", "2024-01-05", "buy", "10", "100"), out, back))
    assert sorted(row[1:4] for row in held(found)) == [("B", 6, 600), ("IN", 4, 400)]
    assert not book.notes


def test_on_the_day_of_a_split_shares_are_new_ones() -> None:
    """What came or was bought that day is told in new shares; what was there before doubles."""
    split = Split("X", VTI, D(2), date(2024, 6, 3))
    book, found = worked(
        booked(
            "a",
            trade("OLD", "2024-01-05", "buy", "10", "100"),
            split,
            trade("NEW", "2024-06-03", "buy", "5", "50"),
            moved("IN", "8", "40", "2024-02-05", "2024-06-03"),
            moved("OUT", "-25", None, "2024-06-03", "2024-06-03"),
        )
    )
    assert sorted(row[:4] for row in held(found)) == [
        ("a", "IN", D(3), D(120)),
        ("a", "NEW", D(5), D(250)),
        ("a (moved out)", "IN", D(5), D(200)),
        ("a (moved out)", "OLD", D(20), D(1000)),
    ]
    assert len(book.notes) == 1


def test_shares_that_left_for_nowhere_still_count_as_held() -> None:
    """What was bought 10 days before a loss still replaces it, though it lies elsewhere by then."""
    book, found = worked(
        booked(
            "a",
            trade("OLD", "2024-01-05", "buy", "10", "100"),
            trade("NEW", "2025-03-03", "buy", "10", "95"),
            trade("S", "2025-03-13", "sell", "10", "90"),
            moved("OUT", "-10", None, "2025-03-20", "2025-03-20"),
        )
    )
    assert [(sold.lot, sold.disallowed) for sold in found.disposals] == [("OLD", D(100))]
    assert held(found) == [("a (moved out)", "NEW", D(10), D(1050), "2025-03-03")]
    assert "a: 10 VTI left for an account that is not told here" in book.notes[0]


def test_what_left_is_measured_across_a_split() -> None:
    book, found = worked(
        booked(
            "a",
            trade("B", "2024-01-05", "buy", "10", "100"),
            Split("X", VTI, D(2), date(2024, 6, 3)),
            trade("S", "2024-07-01", "sell", "4", "60"),
            moved("OUT", "-6", None, "2024-08-01", "2024-08-01"),
        )
    )
    assert sorted(row[:3] for row in held(found)) == [
        ("a", "B", D(10)),
        ("a (moved out)", "B", D(6)),
    ]
    assert len(book.notes) == 1


def test_an_unknown_basis_is_a_state_of_its_own() -> None:
    came = moved("T", "10", None, "2021-03-04", "2025-06-02")
    book, found = worked(booked("a", came, trade("S", "2025-06-03", "sell", "4", "70")))
    assert book.unknown == {("a", "T")}
    assert all(sold.gain >= 0 for sold in found.disposals), "never a loss"
    assert "a: what VTI cost that came without a basis is not known" in book.notes[0]


def test_other_currencies_are_left_out_whole_and_said() -> None:
    book, found = worked(
        booked(
            "a",
            trade("E", "2025-01-06", "buy", "5", "10", BND, currency="EUR"),
            trade("U", "2025-02-06", "sell", "5", "12", BND),
            trade("B", "2025-01-06", "buy", "1", "100"),
        )
    )
    assert [row.trade.symbol for row in book.rows] == ["VTI"]
    assert book.notes == ("a: BND: not in USD, so left out of this ledger",)
    assert len(found.open_lots) == 1


def test_corrected_and_busted_fills_count_as_they_are_last_told() -> None:
    first = trade("B", "2025-01-06", "buy", "5", "10")
    later = Execution("B", 2, None, VTI, Side.BUY, D(4), D(11), D(0), noon(date(2025, 1, 6)))
    bust = Execution("C", 2, None, VTI, Side.BUY, D(0), D(11), D(0), noon(date(2025, 1, 6)))
    _, found = worked(booked("a", first, later, trade("C", "2025-01-06", "buy", "9", "1"), bust))
    assert held(found) == [("a", "B", D(4), D(44), "2025-01-06")]


def test_a_split_that_one_account_does_not_tell_is_said() -> None:
    split = Split("X", VTI, D(2), date(2025, 5, 1))
    book, _ = worked(
        booked("a", trade("A", "2025-01-06", "buy", "1", "100"), split),
        booked("b", trade("B", "2025-01-06", "buy", "1", "100")),
        booked("c", trade("C", "2025-06-06", "buy", "1", "50")),
    )
    assert [note[:2] for note in book.notes] == ["b:"]
    assert len([row for row in book.rows if row.trade.side == "split"]) == 1


def test_one_split_that_two_brokers_book_days_apart_is_one() -> None:
    records = [
        booked(
            name,
            trade(f"{name}1", "2025-01-06", "buy", "3", "100"),
            Split("X", VTI, D(2), date(2025, 5, day)),
        )
        for name, day in (("a", 1), ("b", 2))
    ]
    book, found = worked(*records)
    assert [lot.quantity for lot in found.open_lots] == [6, 6]
    assert [note[:2] for note in book.notes] == ["b:"]


def test_a_split_to_come_does_not_count_yet() -> None:
    split = Split("X", VTI, D(2), TODAY + timedelta(days=1))
    _, found = worked(booked("a", trade("A", "2025-01-06", "buy", "1", "100"), split))
    assert [lot.quantity for lot in found.open_lots] == [1]


@pytest.mark.parametrize(
    "records",
    [
        (trade("S", "2025-01-06", "sell", "1", "100"),),
        (trade("B", "2026-03-01", "buy", "1", "100"),),
        (trade("B", "2025-01-06", "buy", "1", "-5"),),
        (moved("T", "1", "-5", "2025-01-06", "2025-01-06"),),
    ],
)
def test_what_cannot_be_true_names_its_account(records: tuple[Execution | Transfer, ...]) -> None:
    with pytest.raises(BadLots, match=r"^mine: ") as told:
        from_book([booked("mine", *records)], TODAY)
    assert told.value.remedy


@st.composite
def journals(draw: st.DrawFn) -> list[Booked]:
    """Two taxable accounts and an IRA that buy and sell two names, never more than they hold."""
    records: list[Booked] = []
    for account in ("a", "b", "ira"):
        have = {VTI: 0, BND: 0}
        executions: list[Execution] = []
        day = date(2024, 1, 2)
        for number in range(draw(st.integers(0, 12))):
            day += timedelta(days=draw(st.sampled_from((0, 0, 1, 9, 40))))
            symbol = draw(st.sampled_from((VTI, BND)))
            sells = have[symbol] > 0 and draw(st.booleans())
            quantity = draw(st.integers(1, have[symbol] if sells else 20))
            have[symbol] += -quantity if sells else quantity
            price = str(draw(st.integers(50, 150)))
            side = "sell" if sells else "buy"
            when = min(day, TODAY).isoformat()
            executions.append(
                trade(f"{account}{number:02}", when, side, str(quantity), price, symbol)
            )
        kind = TaxKind.TRADITIONAL if account == "ira" else TaxKind.TAXABLE
        relief = draw(st.sampled_from((*Relief,)))
        records.append(booked(account, *executions, kind=kind, relief=relief))
    return records


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount or D(0) for amount in amounts), D(0))


@settings(max_examples=150, deadline=None)
@given(journals())
def test_what_the_rule_takes_away_is_in_a_basis_or_lost(records: list[Booked]) -> None:
    """Against each account's own lots: the same shares, and every dollar of difference explained.

    Recognised gains are the plain ones, plus the losses that wait in open lots, plus those lost.
    """
    _, found = worked(*records)
    shares: dict[tuple[str, str], Decimal] = {}
    plain_gain, plain_basis = D(0), D(0)
    for record in records:
        own = ledger(record.executions, (), (), Rules(record.tax))
        for symbol in own.lots:
            shares[record.account, symbol] = own.quantity(symbol)
        if record.tax.kind is TaxKind.TAXABLE:
            plain_gain += _sum(sold.gain for sold in own.realized)
            plain_basis += _sum(lot.cost for lots in own.lots.values() for lot in lots)
    ours: dict[tuple[str, str], Decimal] = {}
    for lot in found.open_lots:
        key = (lot.account, lot.symbol)
        ours[key] = ours.get(key, D(0)) + lot.quantity
    assert ours == shares
    recognised = _sum(sold.recognised for sold in found.disposals)
    waiting = _sum(lot.basis for lot in found.open_lots if lot.kind == "taxable") - plain_basis
    lost = _sum(sold.permanently_lost for sold in found.disposals)
    assert abs(recognised - plain_gain - waiting - lost) < D("1e-6")
    assert waiting > D("-1e-6")
