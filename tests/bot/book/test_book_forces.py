"""For how long an order is good is told by its plan, and plans of old say nothing of it."""

import json
from dataclasses import replace

from book_makers import ACCOUNT, NOW, bound, held, make_intent, make_order, make_plan

from bot.book.book import Book
from bot.book.codec import decode, encode
from brokers.words import OrderKey, TimeInForce
from strategies.plan import Plan

LOC = replace(make_order("k-1"), force=TimeInForce.CLOSE)


def of(*plans: Plan, book: Book) -> Book:
    """The book with these plans and an order of each."""
    held(bound(book))
    for plan in plans:
        book.keep(plan, "digest")
        (leg,) = plan.legs
        book.intend(plan.plan_id, ACCOUNT, [make_intent(leg.order)])
    return book


def plan_with(plan_id: str, key: str, force: TimeInForce) -> Plan:
    plan = make_plan(plan_id)
    (leg,) = plan.legs
    order = replace(leg.order, key=OrderKey(key), force=force)
    return replace(plan, legs=(replace(leg, order=order),))


def test_an_order_comes_back_as_good_for_as_long_as_it_was_meant(book: Book) -> None:
    loc = plan_with("p-1", "k-1", TimeInForce.CLOSE)
    day = plan_with("p-2", "k-2", TimeInForce.DAY)
    of(loc, day, book=book)
    wanted = {"k-1": TimeInForce.CLOSE, "k-2": TimeInForce.DAY}
    assert {row.order.key: row.order.force for row in book.orders()} == wanted
    assert {row.order.key: row.order.force for row in book.unsettled(ACCOUNT)} == wanted
    named = book.orders_named(ACCOUNT, [OrderKey("k-1")])
    assert [row.order for row in named] == [LOC]


def test_a_plan_of_old_is_read_as_it_was() -> None:
    """Its orders were all for the session: what they now say besides is left out again."""
    plan = make_plan(time=NOW)
    body = json.loads(encode(plan))
    for leg in body["legs"]:
        del leg["order"]["force"]
    old = decode(json.dumps(body))
    assert old == plan
    assert {leg.order.force for leg in old.legs} == {TimeInForce.DAY}
