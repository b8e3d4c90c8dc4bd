"""What happened is kept once, exactly, and is never contradicted."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from book_makers import ACCOUNT, NOW, OTHER, D, bound, later_version, make_execution

from bot.book.book import Book
from bot.book.errors import BookError, Contradicted, WrongAccount
from bot.book.rows import NamedRow, ReliefRow
from brokers.words import (
    ACTION_NOUNS,
    ActionRecord,
    CashFlow,
    Currency,
    Environment,
    FlowKind,
    Merger,
    OpenQuestion,
    Relief,
    Retraction,
    ReturnOfCapital,
    SpinOff,
    Split,
    Symbol,
    SymbolChange,
    Transfer,
)

FLOW = CashFlow("f-1", FlowKind.DIVIDEND, D("0.10"), NOW, Currency("EUR"), Symbol("VTI"))
GIFT = Transfer("t-1", Symbol("VTI"), D("-3.000000001"), None, date(2020, 2, 29), NOW)
SPLIT = Split("a-1", Symbol("VTI"), D(1) / D(20), date(2026, 3, 3))


def test_everything_comes_back_as_it_went_in(book: Book) -> None:
    bound(book)
    execution = make_execution("r-1", "k-1")
    recorded = book.record(ACCOUNT, [execution], [FLOW], [GIFT], [SPLIT])
    assert recorded.new_executions == book.executions(ACCOUNT) == (execution,)
    assert recorded.new_flows == book.cash_flows(ACCOUNT) == (FLOW,)
    assert recorded.new_transfers == book.transfers(ACCOUNT) == (GIFT,)
    assert recorded.new_actions == book.corporate_actions(ACCOUNT) == (SPLIT,)
    assert book.executions(ACCOUNT)[0].time.tzinfo is UTC


DAY = date(2026, 3, 3)
A, B = Symbol("A"), Symbol("B")

EVERY_ACTION: list[ActionRecord] = [
    SPLIT,
    Split("a-2", A, D("0.1"), DAY, D("12.34")),
    SpinOff("a-3", A, DAY, B, D("0.25"), D("0.1234567890123456789"), D(5), ("t-1", "t-2")),
    Merger("a-4", A, DAY, cash=D("31.5"), records=("t-3",)),
    Merger("a-5", A, DAY, B, D("0.5"), D(2), D("44.01"), True, D("7.5")),  # noqa: FBT003
    SymbolChange("a-6", A, DAY, B),
    ReturnOfCapital("a-7", A, DAY, D("0.4321"), date(2026, 4, 1)),
    OpenQuestion("a-8", A, DAY, "the broker says SPIN of 5 B", ("t-9",)),
    Retraction("a-9", A, DAY, ("a-6",)),
]


def test_every_kind_of_action_comes_back_as_it_went_in(book: Book) -> None:
    bound(book)
    assert set(ACTION_NOUNS.values()) == {type(action) for action in EVERY_ACTION}
    book.record(ACCOUNT, [], [], [], EVERY_ACTION)
    again = book.record(ACCOUNT, [], [], [], EVERY_ACTION)
    assert (book.corporate_actions(ACCOUNT), again.new_actions) == (tuple(EVERY_ACTION), ())


def test_an_action_of_another_kind_under_a_known_id_is_a_contradiction(book: Book) -> None:
    bound(book)
    book.record(ACCOUNT, [], [], [], [SymbolChange("a-1", A, DAY, B)])
    with pytest.raises(Contradicted):
        book.record(ACCOUNT, [], [], [], [SPLIT])


def test_how_lots_are_relieved_comes_back_in_order(book: Book) -> None:
    bound(book)
    first = ReliefRow(date.min, Relief.FIFO, D("0.37"), D("0.2"))
    then = ReliefRow(date(2026, 3, 3), Relief.MINIMUM_TAX, D("0.408"), D("0.238"))
    for row in (first, then):
        book.keep_relief(ACCOUNT, row, NOW)
    assert (book.reliefs(ACCOUNT), book.reliefs(OTHER)) == ((first, then), ())


def test_lots_named_for_a_sale_come_back_in_order(book: Book) -> None:
    bound(book)
    said = NamedRow("r-9", (("r-1", D("0.000000001")), ('r "2"; 3', None)), "owner", NOW)
    corrected = replace(said, lots=(("r-3", None),))
    for row in (said, corrected):
        book.name_lots(ACCOUNT, row)
    assert book.named_lots(ACCOUNT) == (said, corrected)


def test_a_repeat_is_recognised(book: Book) -> None:
    bound(book)
    first, second = make_execution("r-1"), make_execution("r-2")
    book.record(ACCOUNT, [first], [FLOW], [GIFT], [SPLIT])
    again = book.record(ACCOUNT, [first, second, second], [FLOW], [GIFT], [SPLIT])
    assert again.new_executions == (second,)
    assert (again.new_flows, again.new_transfers, again.new_actions) == ((), (), ())
    assert book.executions(ACCOUNT) == (first, second)


def test_a_gain_that_was_kept_as_a_dividend_of_old_is_no_contradiction(book: Book) -> None:
    bound(book)
    old = replace(FLOW, kind=FlowKind.DIVIDEND)
    book.record(ACCOUNT, [], [old], [], [])
    told = replace(FLOW, kind=FlowKind.CAPITAL_GAIN)
    assert book.record(ACCOUNT, [], [told], [], []).new_flows == ()
    assert book.cash_flows(ACCOUNT) == (old,)
    with pytest.raises(Contradicted):
        book.record(ACCOUNT, [], [replace(told, amount=told.amount + 1)], [], [])
    with pytest.raises(Contradicted):
        book.record(ACCOUNT, [], [replace(FLOW, kind=FlowKind.FEE)], [], [])


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
    book: Book, flows: list[CashFlow], transfers: list[Transfer], actions: list[Split]
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
