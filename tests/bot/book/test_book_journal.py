"""What happened is kept once, exactly, and is never contradicted."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from book_makers import ACCOUNT, NOW, OTHER, D, bound, later_version, make_execution

from bot.book.book import Book
from bot.book.errors import BookError, Contradicted, WrongAccount
from brokers.words import (
    CashFlow,
    CorporateAction,
    Currency,
    Environment,
    FlowKind,
    Symbol,
    Transfer,
)

FLOW = CashFlow("f-1", FlowKind.DIVIDEND, D("0.10"), NOW, Currency("EUR"), Symbol("VTI"))
GIFT = Transfer("t-1", Symbol("VTI"), D("-3.000000001"), None, date(2020, 2, 29), NOW)
SPLIT = CorporateAction("a-1", Symbol("VTI"), D(1) / D(20), date(2026, 3, 3))


def test_everything_comes_back_as_it_went_in(book: Book) -> None:
    bound(book)
    execution = make_execution("r-1", "k-1")
    recorded = book.record(ACCOUNT, [execution], [FLOW], [GIFT], [SPLIT])
    assert recorded.new_executions == book.executions(ACCOUNT) == (execution,)
    assert recorded.new_flows == book.cash_flows(ACCOUNT) == (FLOW,)
    assert recorded.new_transfers == book.transfers(ACCOUNT) == (GIFT,)
    assert recorded.new_actions == book.corporate_actions(ACCOUNT) == (SPLIT,)
    assert book.executions(ACCOUNT)[0].time.tzinfo is UTC


def test_a_repeat_is_recognised(book: Book) -> None:
    bound(book)
    first, second = make_execution("r-1"), make_execution("r-2")
    book.record(ACCOUNT, [first], [FLOW], [GIFT], [SPLIT])
    again = book.record(ACCOUNT, [first, second, second], [FLOW], [GIFT], [SPLIT])
    assert again.new_executions == (second,)
    assert (again.new_flows, again.new_transfers, again.new_actions) == ((), (), ())
    assert book.executions(ACCOUNT) == (first, second)


def test_a_correction_is_a_version_beside_the_first(book: Book) -> None:
    bound(book)
    first = make_execution("r-1", quantity="100")
    corrected = later_version(first, "90")
    book.record(ACCOUNT, [first], [], [], [])
    assert book.record(ACCOUNT, [corrected], [], [], []).new_executions == (corrected,)
    assert book.executions(ACCOUNT) == (first, corrected)


@pytest.mark.parametrize("together", [True, False])
def test_a_contradiction_keeps_nothing_of_the_batch(book: Book, *, together: bool) -> None:
    bound(book)
    first = make_execution("r-1")
    other = replace(first, price=first.price + D("0.000000000001"))
    if together:
        batch = [make_execution("r-0"), first, other]
    else:
        book.record(ACCOUNT, [first], [], [], [])
        batch = [make_execution("r-0"), other]
    kept = book.executions(ACCOUNT)
    with pytest.raises(Contradicted, match="higher version"):
        book.record(ACCOUNT, batch, [FLOW], [], [])
    assert book.executions(ACCOUNT) == kept
    assert book.cash_flows(ACCOUNT) == ()


@pytest.mark.parametrize(
    ("flows", "transfers", "actions"),
    [
        ([replace(FLOW, amount=D("0.11"))], [], []),
        ([], [replace(GIFT, unit_cost=D(0))], []),
        ([], [], [replace(SPLIT, ratio=D(2))]),
    ],
)
def test_flows_transfers_and_splits_cannot_change_either(
    book: Book, flows: list[CashFlow], transfers: list[Transfer], actions: list[CorporateAction]
) -> None:
    bound(book).record(ACCOUNT, [], [FLOW], [GIFT], [SPLIT])
    with pytest.raises(Contradicted):
        book.record(ACCOUNT, [], flows, transfers, actions)


def test_accounts_are_apart(book: Book) -> None:
    bound(bound(book), OTHER)
    book.record(ACCOUNT, [make_execution("r-1")], [], [], [])
    assert book.record(OTHER, [make_execution("r-1")], [], [], []).new_executions != ()
    assert book.executions(OTHER) == (make_execution("r-1"),)
    assert [row.account for row in book.accounts()] == [OTHER, ACCOUNT]


def test_the_newest_execution_is_found_whatever_its_zone(book: Book) -> None:
    bound(book)
    assert book.last_execution_time(ACCOUNT) is None
    tokyo = timezone(timedelta(hours=9))
    late = replace(make_execution("r-2"), time=datetime(2026, 3, 3, 0, 30, tzinfo=tokyo))
    book.record(ACCOUNT, [late, make_execution("r-1")], [], [], [])
    assert book.last_execution_time(ACCOUNT) == datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    assert [e.root for e in book.executions(ACCOUNT)] == ["r-1", "r-2"]


def test_nothing_happens_to_an_account_that_is_not_bound(book: Book) -> None:
    with pytest.raises(BookError, match="bind the account"):
        book.record(ACCOUNT, [make_execution("r-1")], [], [], [])


def test_many_executions_in_one_record(book: Book) -> None:
    bound(book)
    many = [make_execution(f"r-{n:04}") for n in range(1203)]
    assert len(book.record(ACCOUNT, many, [], [], []).new_executions) == 1203
    assert book.record(ACCOUNT, many, [], [], []).new_executions == ()


@pytest.mark.parametrize(
    ("broker", "environment", "fingerprint"),
    [
        ("alpaca", Environment.PAPER, "DU0001"),
        ("ibkr", Environment.LIVE, "DU0001"),
        ("ibkr", Environment.PAPER, "DU0002"),
    ],
)
def test_a_name_stays_with_its_broker_account(
    book: Book, broker: str, environment: Environment, fingerprint: str
) -> None:
    assert book.bind(ACCOUNT, "ibkr", Environment.PAPER, "DU0001")
    assert not book.bind(ACCOUNT, "ibkr", Environment.PAPER, "DU0001")
    with pytest.raises(WrongAccount, match="knows main as ibkr PAPER …0001"):
        book.bind(ACCOUNT, broker, environment, fingerprint)
    assert [row.fingerprint for row in book.accounts()] == ["DU0001"]


@pytest.mark.parametrize("price", [Decimal("NaN"), Decimal("Infinity"), 1.5])
def test_what_is_not_exact_is_refused(book: Book, price: Decimal) -> None:
    bound(book)
    with pytest.raises(BookError, match="finite Decimals only"):
        book.record(ACCOUNT, [replace(make_execution("r-1"), price=price)], [], [], [])
    assert book.executions(ACCOUNT) == ()


def test_a_time_without_a_zone_is_refused(book: Book) -> None:
    naive = replace(make_execution("r-1"), time=NOW.replace(tzinfo=None))
    with pytest.raises(BookError, match="has no zone"):
        bound(book).record(ACCOUNT, [naive], [], [], [])
