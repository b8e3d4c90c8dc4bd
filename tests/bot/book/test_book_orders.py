"""An order is committed before it is sent, and what became of it is never guessed."""

from dataclasses import replace
from decimal import Decimal
from typing import get_args

import pytest
from book_makers import (
    ACCOUNT,
    DAY,
    MINUTE,
    NOW,
    OTHER,
    D,
    bound,
    later_version,
    make_execution,
    make_intent,
    make_note,
    make_order,
    ordered,
    planned,
)

from bot.book.book import Book
from bot.book.errors import BookError, Contradicted
from bot.book.rows import FINAL_STEPS, OrderStep
from brokers.words import Currency, Side, Symbol
from strategies.plan import PlanId

P1 = PlanId("p-1")
STEPS: tuple[OrderStep, ...] = get_args(OrderStep)


def test_a_wave_is_committed_whole_or_not_at_all(book: Book) -> None:
    ordered(book, make_order("k-1"))
    with pytest.raises(Contradicted, match="never changed"):
        book.intend(P1, ACCOUNT, [make_intent(make_order(key)) for key in ("k-2", "k-1")])
    assert [row.order.key for row in book.orders()] == ["k-1"]


def test_an_order_belongs_to_a_plan_of_its_account(book: Book) -> None:
    bound(planned(book), OTHER)
    for plan_id, account in ((P1, OTHER), (PlanId("p-9"), ACCOUNT)):
        with pytest.raises(BookError, match="keep the plan before its orders"):
            book.intend(plan_id, account, [make_intent(make_order("k-1"))])
    book.intend(P1, ACCOUNT, [])
    assert book.orders() == ()


def test_nothing_happens_to_an_order_that_was_never_meant(book: Book) -> None:
    ordered(book, make_order("k-1"))
    with pytest.raises(BookError, match="what this row belongs to"):
        book.note([make_note("k-1", "sent"), make_note("k-2", "sent")])
    assert book.orders()[0].last_event is None


def test_an_intent_comes_back_as_it_was_meant(book: Book) -> None:
    order = replace(
        make_order("k-1", side=Side.SELL, quantity="0.000000001", limit="1E+2"),
        currency=Currency("EUR"),
    )
    ordered(book, order)
    (row,) = book.unsettled(ACCOUNT)
    assert row.order == order
    assert (row.plan_id, row.account, row.leg) == (P1, ACCOUNT, 0)
    assert (row.created, row.send_before - row.created) == (NOW, MINUTE / 2)
    assert (row.last_event, row.last_time, row.broker_id, row.detail) == (None, None, "", "")
    assert (row.filled, row.is_settled) == (D(0), False)


@pytest.mark.parametrize("step", STEPS)
def test_an_order_is_unsettled_until_its_last_event_is_final(book: Book, step: OrderStep) -> None:
    ordered(book, make_order("k-1"))
    way: list[OrderStep] = [step] if step == "sent" else ["sent", step]
    book.note([make_note("k-1", each, NOW + MINUTE) for each in way])
    assert [row.is_settled for row in book.orders()] == [step in FINAL_STEPS]
    assert [row.last_event for row in book.unsettled(ACCOUNT)] == (
        [] if step in FINAL_STEPS else [step]
    )


def test_the_last_event_is_the_last_one_written_whatever_its_time(book: Book) -> None:
    ordered(book, make_order("k-1"))
    book.note([make_note("k-1", "sent"), make_note("k-1", "cancelled", NOW + DAY)])
    book.note([make_note("k-1", "unclear", NOW)])
    (row,) = book.unsettled(ACCOUNT)
    assert (row.last_event, row.last_time) == ("unclear", NOW)
    kinds = [note.kind for note in book.order_notes(row.order.key)]
    assert kinds == ["sent", "cancelled", "unclear"]


def test_the_brokers_id_is_remembered_when_later_events_do_not_say_it(book: Book) -> None:
    ordered(book, make_order("k-1"))
    book.note([make_note("k-1", "sent"), make_note("k-1", "accepted", broker_id="b-7")])
    book.note([make_note("k-1", "unclear")])
    assert book.unsettled(ACCOUNT)[0].broker_id == "b-7"


def test_filled_is_the_sum_of_the_latest_versions(book: Book) -> None:
    ordered(book, make_order("k-1", quantity="100"), make_order("k-2"))
    first = make_execution("r-1", "k-1", "60")
    busted = make_execution("r-3", "k-1", "5")
    book.record(
        ACCOUNT,
        [
            first,
            later_version(first, "59.999999999999999999"),
            make_execution("r-2", "k-1", "0.000000000000000001"),
            busted,
            later_version(busted, "0"),
            make_execution("r-4", None, "7"),
        ],
        [],
        [],
        [],
    )
    filled = {row.order.key: row.filled for row in book.orders()}
    assert filled == {"k-1": Decimal(60), "k-2": Decimal(0)}


def test_orders_are_found_by_account_and_plan_newest_first(book: Book) -> None:
    ordered(book, make_order("k-1"), make_order("k-2"))
    ordered(book, make_order("k-3"), plan_id="p-2", created=NOW + DAY)
    assert [row.order.key for row in book.orders()] == ["k-3", "k-2", "k-1"]
    assert [row.order.key for row in book.orders(ACCOUNT, limit=2)] == ["k-3", "k-2"]
    assert [row.order.key for row in book.orders(plan_id=P1)] == ["k-2", "k-1"]
    assert book.orders(OTHER) == book.unsettled(OTHER) == ()


def test_limits_count_everything_sent_since_the_session_opened(book: Book) -> None:
    yesterday, long_ago = NOW - DAY, NOW - 20 * DAY
    for number, time in enumerate((long_ago, yesterday, NOW), 1):
        keys = [f"k-{number}{letter}" for letter in "abc"]
        orders = [make_order(keys[0]), make_order(keys[1], "BND"), make_order(keys[2], "BND")]
        ordered(book, *orders, plan_id=f"p-{number}", created=time)
        book.note([make_note(keys[0], "sent", time), make_note(keys[1], "sent", time)])
        book.note([make_note(keys[0], "accepted", time), make_note(keys[1], "rejected", time)])
        book.note([make_note(keys[2], "blocked", time)])
    activity = book.activity(ACCOUNT, NOW - MINUTE, NOW - 10 * DAY)
    assert (activity.orders_today, activity.value_today) == (2, D("406.0"))
    assert (activity.cycles_today, activity.cycles_recent) == (1, 2)
    assert (activity.rejects_today, activity.rejects_by_symbol) == (1, {"BND": 1})
    assert (activity.orders_open, activity.unknowns) == (3, 0)


def test_unknown_outcomes_count_until_they_are_known(book: Book) -> None:
    ordered(book, make_order("k-1"), make_order("k-2"), make_order("k-3", "BND"))
    book.note([make_note(key, "sent") for key in ("k-1", "k-2", "k-3")])
    book.note([make_note(key, "unclear") for key in ("k-1", "k-2", "k-3")])
    tomorrow = book.activity(ACCOUNT, NOW + DAY, NOW + DAY)
    assert (tomorrow.unknowns, tomorrow.unknown_symbols) == (
        3,
        frozenset({Symbol("VTI"), Symbol("BND")}),
    )
    assert (tomorrow.orders_today, tomorrow.orders_open, tomorrow.value_today) == (0, 3, D(0))
    book.note([make_note("k-3", "absent")])
    later = book.activity(ACCOUNT, NOW + DAY, NOW + DAY)
    assert (later.unknowns, later.unknown_symbols) == (2, frozenset({Symbol("VTI")}))


def test_values_of_two_currencies_are_not_added_up(book: Book) -> None:
    euros = replace(make_order("k-2"), currency=Currency("EUR"))
    ordered(book, make_order("k-1"), euros)
    book.note([make_note("k-1", "sent"), make_note("k-2", "sent")])
    activity = book.activity(ACCOUNT, NOW, NOW)
    assert activity.value_by_currency == {"USD": D(203), "EUR": D(203)}
    with pytest.raises(ValueError, match="cannot be added up"):
        _ = activity.value_today
