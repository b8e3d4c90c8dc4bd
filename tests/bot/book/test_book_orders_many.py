"""Large waves and orders of two leases: each step is judged, and all of them or none are kept."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from book_makers import (
    ACCOUNT,
    MINUTE,
    NOW,
    OTHER,
    D,
    bound,
    held,
    make_execution,
    make_intent,
    make_note,
    make_order,
    make_plan,
    ordered,
    planned,
)

from bot.book.book import Book
from bot.book.errors import BookError, IllegalStep, NotHolder
from bot.book.rows import Note
from brokers.words import Execution, OrderKey, TimeInForce
from strategies.plan import PlanId

P1 = PlanId("p-1")
MANY = [f"k-{number:04}" for number in range(1103)]
"""More than two questions' worth."""


def test_every_step_of_a_large_wave_is_kept_and_judged(book: Book) -> None:
    ordered(book, *(make_order(key) for key in MANY))
    book.note([make_note(key, "sent") for key in MANY])
    for again in (MANY[0], MANY[600], MANY[-1]):
        with pytest.raises(IllegalStep) as caught:
            book.note([make_note(key, "sent" if key == again else "accepted") for key in MANY])
        assert caught.value.what == f"order {again} cannot be sent: it is sent"
        assert caught.value.remedy == (
            "nothing was written; the next cycle looks up what became of it"
        )
    assert {row.last_event for row in book.unsettled(ACCOUNT)} == {"sent"}
    named = book.orders_named(ACCOUNT, [OrderKey(key) for key in MANY])
    assert [row.order.key for row in named] == MANY
    assert book.activity(ACCOUNT, NOW, NOW).orders_today == len(MANY)


def test_one_order_of_an_older_lease_stops_a_large_wave(book: Book) -> None:
    old = MANY[700]
    ordered(book, make_order(old))
    held(book)
    rest = [key for key in MANY if key != old]
    book.intend(P1, ACCOUNT, [make_intent(make_order(key)) for key in rest])
    with pytest.raises(NotHolder) as caught:
        book.note([make_note(key, "sent") for key in MANY])
    assert caught.value.what == "main: an order of lease 1 must not leave under lease 2"
    assert caught.value.remedy == "nothing was sent; the next cycle looks afresh"
    assert {row.last_event for row in book.unsettled(ACCOUNT)} == {None}
    book.note([make_note(key, "sent") for key in rest])


def test_each_account_of_a_wave_is_asked_for_its_own_lease(book: Book) -> None:
    ordered(book, make_order("k-1"))
    bound(book, OTHER).keep(make_plan("p-2", OTHER), "digest")
    held(book, account=OTHER).intend(PlanId("p-2"), OTHER, [make_intent(make_order("k-2"))])
    book.note([make_note("k-1", "sent"), make_note("k-2", "sent")])
    book.intend(P1, ACCOUNT, [make_intent(make_order("k-3"))])
    book.leases.release(OTHER, NOW)
    book.note([make_note("k-2", "accepted"), make_note("k-3", "sent")])
    assert [row.last_event for row in book.unsettled(OTHER)] == ["accepted"]


def test_steps_that_cannot_be_are_named_by_where_the_order_stands(book: Book) -> None:
    ordered(book, make_order("k-1"))
    with pytest.raises(IllegalStep, match="k-1 cannot be accepted: it is only intended;"):
        book.note([make_note("k-1", "accepted")])
    book.note([])
    book.note([make_note("k-1", "sent"), make_note("k-1", "unclear")])
    with pytest.raises(IllegalStep, match="k-1 cannot be blocked: it is cancelled;"):
        book.note([make_note("k-1", "cancelled"), make_note("k-1", "blocked")])
    told = [note.kind for note in book.order_notes(OrderKey("k-1"))]
    assert told == ["sent", "unclear"]


def test_a_lease_is_renewed_by_the_moment_of_the_last_order_that_it_lets_go(path: Path) -> None:
    """On an embedded book; a server has a clock of its own."""
    with Book.open(path, upgrade=False) as book:
        ordered(book, make_order("k-1"), make_order("k-2"))
        late = NOW + timedelta(seconds=41)
        book.note([make_note("k-1", "sent"), make_note("k-2", "sent", late)])
        lease = book.leases.newest(ACCOUNT)
    assert lease is not None
    assert (lease.token, lease.state, lease.time) == (1, "renewed", late)


def test_an_intent_says_what_it_takes_the_place_of_and_what_it_was_priced_from(
    book: Book,
) -> None:
    ordered(book, make_order("k-1"))
    priced = replace(
        make_intent(make_order("k-1A"), leg=3, created=NOW + MINUTE),
        replaces=OrderKey("k-1"),
        mid=D("101.495"),
        half_spread=D("0.005"),
    )
    book.intend(P1, ACCOUNT, [priced])
    note = Note(OrderKey("k-1A"), "sent", NOW + MINUTE, "b-9", "why not")
    book.note([note])
    assert book.order_notes(OrderKey("k-1A")) == (note,)
    first, row = book.unsettled(ACCOUNT)
    assert (first.replaces, first.mid, first.half_spread) == (None, None, None)
    assert (row.replaces, row.mid, row.half_spread, row.leg) == ("k-1", D("101.495"), D("0.005"), 3)
    told = (row.last_event, row.last_time, row.broker_id, row.detail)
    assert told == ("sent", NOW + MINUTE, "b-9", "why not")
    assert row.order.force is TimeInForce.DAY


def test_orders_come_by_their_moment_their_leg_and_their_name(book: Book) -> None:
    ordered(book, make_order("k-5"))
    early = NOW - MINUTE
    for key, leg, created in (("k-4", 0, NOW), ("k-1", 1, NOW), ("k-9", 7, early)):
        book.intend(P1, ACCOUNT, [make_intent(make_order(key), leg, created)])
    ways = ["k-9", "k-4", "k-5", "k-1"]
    assert [row.order.key for row in book.unsettled(ACCOUNT)] == ways
    assert [row.order.key for row in book.orders_named(ACCOUNT, list(map(OrderKey, ways)))] == ways
    assert [row.order.key for row in book.orders()] == ways[::-1]
    assert book.orders_named(OTHER, [OrderKey("k-1")]) == ()
    assert book.orders_named(ACCOUNT, [OrderKey("k-2")]) == ()


def test_an_execution_counts_once_by_its_account_and_root(book: Book) -> None:
    """One root that two accounts share is two executions; fills of no order are of none."""
    bound(ordered(book, make_order("k-1", quantity="9"), make_order("k-2")), OTHER)
    mine: list[Execution] = [make_execution("r-1", "k-1", "2"), make_execution("r-2", "k-1", "3")]
    book.record(ACCOUNT, [*mine, make_execution("r-3", None, "5")], [], [], [])
    book.record(OTHER, [make_execution("r-1", "k-1", "4")], [], [], [])
    assert {row.order.key: row.filled for row in book.orders()} == {"k-1": D(9), "k-2": D(0)}


def test_a_wave_of_no_plan_of_this_account_is_named(book: Book) -> None:
    planned(book)
    with pytest.raises(BookError) as caught:
        book.intend(PlanId("p-7"), ACCOUNT, [make_intent(make_order("k-1"))])
    assert caught.value.what == "no plan p-7 of main is in the book"
