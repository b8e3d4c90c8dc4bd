"""What the limits count is counted to the share, the dollar and the second."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from book_makers import (
    ACCOUNT,
    DAY,
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
)

from bot.book.book import Book
from bot.book.recent import Traded, Turned, Worked
from bot.book.rows import Note, OrderStep
from brokers.words import Currency, Order, OrderKey, Side, Symbol
from strategies.plan import PlanId

P1 = PlanId("p-1")
VTI, BND = Symbol("VTI"), Symbol("BND")
SECOND = timedelta(seconds=1)


def went(book: Book, key: str, *steps: OrderStep, at: datetime = NOW) -> None:
    """These steps of an order, all at one moment."""
    book.note([make_note(key, step, at) for step in steps])


def filled(book: Book, key: str, quantity: str, root: str = "") -> None:
    """An execution of the order."""
    book.record(ACCOUNT, [make_execution(root or f"r-{key}", key, quantity)], (), (), ())


def meant(book: Book, order: Order, leg: int = 0, plan: PlanId = P1, at: datetime = NOW) -> None:
    """One more order of a plan that is kept already."""
    book.intend(plan, ACCOUNT, [make_intent(order, leg, at)])


def test_what_is_sent_for_one_name_of_a_plan_is_added_up_at_its_limits(book: Book) -> None:
    ordered(book, make_order("k-1"), make_order("k-2", "BND"))
    went(book, "k-1", "sent", "cancelled")
    filled(book, "k-1", "1")
    for key, quantity, limit in (("k-1A", "7", "1"), ("k-1B", "3", "100"), ("k-1C", "5", "9")):
        meant(book, make_order(key, quantity=quantity, limit=limit))
    went(book, "k-1A", "blocked")
    went(book, "k-1B", "sent", "accepted")
    went(book, "k-2", "sent", "accepted")
    told = Worked(times=2, done=D(4), value=D("101.5") + D(300), is_live=True)
    assert book.worked(P1, VTI, OrderKey("k-1C")) == told
    assert book.worked(P1, VTI, OrderKey("k-1B")) == Worked(1, D(1), D("101.5"), is_live=False)
    assert book.worked(P1, BND, OrderKey("k-2")) == Worked(0, D(0), D(0), is_live=False)
    assert book.worked(PlanId("p-2"), VTI, OrderKey("k-1")) == Worked(0, D(0), D(0), is_live=False)


def test_what_ended_without_a_fill_is_one_try_and_no_shares(book: Book) -> None:
    ordered(book, make_order("k-1"))
    went(book, "k-1", "sent", "cancelled")
    assert book.worked(P1, VTI, OrderKey("k-1A")) == Worked(1, D(0), D(0), is_live=False)


@pytest.fixture
def two_days(book: Book) -> Book:
    """Yesterday 5 of 5 bought and 2 sold; today 3 of 4, then 9 at a lower price, which are open."""
    yesterday = NOW - DAY
    bought = make_order("k-1", quantity="5", limit="10")
    sold = make_order("k-2", side=Side.SELL)
    ordered(book, bought, sold, created=yesterday)
    for order in (bought, sold):
        went(book, order.key, "sent", at=yesterday)
        filled(book, order.key, str(order.quantity))
        went(book, order.key, "filled", at=yesterday)
    ordered(book, make_order("k-3", quantity="4", limit="30"), plan_id="p-2")
    went(book, "k-3", "sent", "cancelled")
    filled(book, "k-3", "3")
    meant(book, make_order("k-3A", quantity="9", limit="20"), plan=PlanId("p-2"), at=NOW + MINUTE)
    went(book, "k-3A", "sent", at=NOW + MINUTE)
    return book


def test_a_share_and_a_part_of_one_are_traded_too(book: Book) -> None:
    ordered(book, make_order("k-1", quantity="0.001"), make_order("k-2", "BND", quantity="1"))
    went(book, "k-1", "sent", "accepted")
    went(book, "k-2", "sent", "accepted")
    assert {place[0]: each.done for place, each in book.recent(ACCOUNT, NOW, NOW).items()} == {
        VTI: D("0.001"),
        BND: D(1),
    }


BUY, SELL = (VTI, Side.BUY), (VTI, Side.SELL)


def test_both_sides_of_a_name_over_two_sessions(two_days: Book) -> None:
    assert two_days.recent(ACCOUNT, NOW, NOW - DAY) == {
        BUY: Traded(plans=1, meant=D(9), done=D(12), lately=D(17)),
        SELL: Traded(plans=0, meant=D(0), done=D(0), lately=D(2)),
    }


def test_a_session_and_the_last_ones_begin_with_their_first_moment(two_days: Book) -> None:
    """The last order of a leg says when the leg was traded; what is older is not asked for."""
    assert two_days.recent(ACCOUNT, NOW - DAY, NOW) == {
        BUY: Traded(plans=2, meant=D(9), done=D(17), lately=D(12)),
        SELL: Traded(plans=1, meant=D(2), done=D(2), lately=D(0)),
    }
    only = {BUY: Traded(plans=1, meant=D(9), done=D(12), lately=D(12))}
    assert two_days.recent(ACCOUNT, NOW - DAY + SECOND, NOW - DAY + SECOND) == only
    last = two_days.recent(ACCOUNT, NOW + MINUTE, NOW + MINUTE)
    assert last == {BUY: Traded(plans=1, meant=D(9), done=D(9), lately=D(9))}
    late = NOW + MINUTE + SECOND
    assert two_days.recent(ACCOUNT, late, late) == {}
    assert two_days.recent(OTHER, NOW - DAY, NOW - DAY) == {}


def test_a_value_is_of_what_was_filled_and_may_be_and_at_least_of_the_largest(
    two_days: Book,
) -> None:
    """Yesterday 50 and 203; today 3 at 30 and 9 at 20 are more than either order alone."""
    today = two_days.activity(ACCOUNT, NOW, NOW)
    assert (today.orders_today, today.value_today) == (1, D(90 + 180))
    both = two_days.activity(ACCOUNT, NOW - DAY, NOW - DAY)
    assert (both.orders_today, both.value_today) == (3, D(50 + 203 + 270))
    assert (both.cycles_today, both.cycles_recent, both.orders_open) == (2, 2, 1)
    went(two_days, "k-3A", "cancelled", at=NOW + 2 * MINUTE)
    over = two_days.activity(ACCOUNT, NOW, NOW)
    assert (over.value_today, over.orders_open) == (D(180), 0), "9 at 20, of which none filled"


def test_legs_of_one_plan_are_counted_apart_and_plans_too(book: Book) -> None:
    euro = replace(make_order("k-3"), currency=Currency("EUR"))
    ordered(book, make_order("k-1"), make_order("k-2"), euro)
    for key in ("k-1", "k-2", "k-3"):
        went(book, key, "sent")
    ordered(book, make_order("k-4"), plan_id="p-2")
    went(book, "k-4", "sent")
    counted = book.activity(ACCOUNT, NOW, NOW)
    assert (counted.orders_today, counted.cycles_today, counted.cycles_recent) == (4, 2, 2)
    assert counted.value_by_currency == {"USD": D(3 * 203), "EUR": D(203)}
    assert (counted.orders_open, counted.unknowns, counted.rejects_today) == (4, 0, 0)
    assert book.recent(ACCOUNT, NOW, NOW)[BUY] == Traded(2, D(2), D(8), D(8))


def test_a_plan_of_which_nothing_left_is_no_cycle(book: Book) -> None:
    ordered(book, make_order("k-1"))
    went(book, "k-1", "blocked")
    counted = book.activity(ACCOUNT, NOW, NOW)
    assert (counted.cycles_today, counted.cycles_recent, counted.orders_today) == (0, 0, 0)


def test_no_account_counts_for_another(book: Book) -> None:
    ordered(book, make_order("k-1"))
    went(book, "k-1", "sent", "unclear")
    bound(book, OTHER).keep(make_plan("p-2", OTHER), "digest")
    held(book, account=OTHER).intend(PlanId("p-2"), OTHER, [make_intent(make_order("k-2"))])
    went(book, "k-2", "sent", "refused")
    mine, other = (book.activity(account, NOW, NOW) for account in (ACCOUNT, OTHER))
    assert (mine.orders_today, mine.cycles_recent, mine.unknowns, mine.rejects_today) == (
        1,
        1,
        1,
        0,
    )
    assert (other.orders_today, other.cycles_recent) == (1, 1)
    assert (other.unknowns, other.unknown_symbols, other.rejects_today) == (0, frozenset(), 1)
    assert (book.same_reasons(ACCOUNT, NOW), set(book.same_reasons(OTHER, NOW))) == ({}, {VTI})


def test_refusals_count_from_the_first_moment_each_order_once(book: Book) -> None:
    ordered(book, make_order("k-1"), make_order("k-2"), make_order("k-3", "BND"))
    for key in ("k-1", "k-2", "k-3"):
        went(book, key, "sent", "refused")
    went(book, "k-1", "rejected", at=NOW + MINUTE)
    whole = book.activity(ACCOUNT, NOW, NOW)
    assert (whole.rejects_today, whole.rejects_by_symbol) == (3, {VTI: 2, BND: 1})
    later = book.activity(ACCOUNT, NOW + SECOND, NOW)
    assert (later.rejects_today, later.rejects_by_symbol) == (1, {VTI: 1})
    assert book.activity(ACCOUNT, NOW + MINUTE + SECOND, NOW).rejects_today == 0


def test_the_commonest_reason_of_each_name_and_when_it_was_turned_down_last(book: Book) -> None:
    orders = [make_order(f"k-{n}") for n in range(3)] + [make_order("k-9", "BND")]
    ordered(book, *orders)
    for order in orders:
        went(book, order.key, "sent")
    told: list[tuple[str, OrderStep, datetime, str]] = [
        ("k-0", "refused", NOW, "no cash"),
        ("k-9", "rejected", NOW + 9 * MINUTE, "halted"),
        ("k-1", "refused", NOW + MINUTE, "no short"),
        ("k-2", "rejected", NOW + 2 * MINUTE, "no short"),
        ("k-1", "cancelled", NOW + 3 * MINUTE, "no short"),
    ]
    book.note([Note(OrderKey(key), step, at, detail=why) for key, step, at, why in told])
    assert book.same_reasons(ACCOUNT, NOW) == {
        VTI: Turned(2, "no short", NOW + 2 * MINUTE),
        BND: Turned(1, "halted", NOW + 9 * MINUTE),
    }
    assert book.same_reasons(ACCOUNT, NOW + 2 * MINUTE)[VTI].times == 1


def test_what_was_told_of_orders_in_words_that_start_so(book: Book) -> None:
    ordered(book, make_order("k-1"), make_order("k-2"))
    bound(book, OTHER).keep(make_plan("p-2", OTHER), "digest")
    held(book, account=OTHER).intend(PlanId("p-2"), OTHER, [make_intent(make_order("k-3"))])
    for key in ("k-1", "k-2", "k-3"):
        went(book, key, "sent")
    notes = [
        Note(OrderKey("k-2"), "accepted", NOW + MINUTE, "b-2", "100% alive"),
        Note(OrderKey("k-1"), "accepted", NOW + 2 * MINUTE, "b-1", "100% alive again"),
        Note(OrderKey("k-1"), "accepted", NOW + 3 * MINUTE, "", "1000 alive"),
        Note(OrderKey("k-1"), "accepted", NOW + 3 * MINUTE, "", "it is 100% alive"),
    ]
    book.note(notes)
    assert book.told_since(ACCOUNT, "100%", NOW) == tuple(notes[:2])
    assert book.told_since(ACCOUNT, "100%", NOW + 2 * MINUTE) == (notes[1],)
    assert book.told_since(ACCOUNT, "100%", NOW + 2 * MINUTE + SECOND) == ()
    assert book.told_since(OTHER, "100%", NOW) == ()
