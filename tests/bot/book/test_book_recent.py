"""An order that is worked as several counts once, for what it has traded and still may."""

from dataclasses import replace
from datetime import timedelta

import pytest
from book_makers import (
    ACCOUNT,
    MINUTE,
    NOW,
    D,
    make_execution,
    make_intent,
    make_note,
    make_order,
    ordered,
)

from bot.book.book import Book
from bot.book.rows import Note
from brokers.words import OrderKey, Side, Symbol
from strategies.plan import PlanId

P1 = PlanId("p-1")
VTI = Symbol("VTI")


@pytest.fixture
def worked(book: Book) -> Book:
    """An order of 2, cancelled with 1 filled, and one of 1 that took its place and is open."""
    ordered(book, make_order("k-1"))
    book.note([make_note("k-1", "sent")])
    executed = replace(make_execution("e1", "k-1"), quantity=D(1))
    book.record(ACCOUNT, [executed], (), (), ())
    book.note([make_note("k-1", "cancelled", NOW + MINUTE)])
    rest = replace(make_order("k-1A"), quantity=D(1))
    book.intend(P1, ACCOUNT, [make_intent(rest)])
    book.note([make_note("k-1A", "sent", NOW + MINUTE)])
    return book


def test_it_counts_as_one_order(worked: Book) -> None:
    activity = worked.activity(ACCOUNT, NOW, NOW)
    first = make_order("k-1")
    assert activity.orders_today == 1
    assert activity.value_today == first.value, "the largest, or what was filled and still may be"


def test_what_was_traded_is_what_was_filled_and_may_still_be(worked: Book) -> None:
    recent = worked.recent(ACCOUNT, NOW, NOW)
    (traded,) = (each for (symbol, _), each in recent.items() if symbol == VTI)
    assert (traded.plans, traded.meant, traded.done, traded.lately) == (1, D(2), D(2), D(2))
    later = worked.recent(ACCOUNT, NOW, NOW + timedelta(hours=1))
    assert next(iter(later.values())).lately == 0


def test_what_was_sent_for_one_order_of_a_plan(worked: Book) -> None:
    before = worked.worked(P1, VTI, OrderKey("k-1A"))
    assert (before.times, before.done, before.is_live) == (1, D(1), False)
    after = worked.worked(P1, VTI, OrderKey("k-1B"))
    assert (after.times, after.done, after.is_live) == (2, D(2), True)


def test_what_ended_without_a_fill_is_as_if_it_had_never_been(book: Book) -> None:
    ordered(book, make_order("k-1"))
    book.note([make_note("k-1", "sent"), make_note("k-1", "cancelled", NOW + MINUTE)])
    assert book.recent(ACCOUNT, NOW, NOW) == {}


def test_reasons_are_counted_by_name(book: Book) -> None:
    orders = [make_order(f"k-{number}", side=Side.BUY) for number in range(4)]
    ordered(book, *orders)
    book.note([make_note(order.key, "sent") for order in orders])
    why = ["halted", "no short", "halted", "halted"]
    book.note([Note(o.key, "refused", NOW, detail=w) for o, w in zip(orders, why, strict=True)])
    turned = book.same_reasons(ACCOUNT, NOW)
    assert {symbol: (each.times, each.reason) for symbol, each in turned.items()} == {
        orders[0].symbol: (3, "halted")
    }
    assert book.same_reasons(ACCOUNT, NOW + MINUTE) == {}
