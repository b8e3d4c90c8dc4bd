"""Where each count of the gate begins and ends, and what it adds up: to the order, to the cent."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from gate_cases import AAA, IDLE, NOW, ORDER, PERSON, D, buy, limited, moment, passage, plan, worked

from bot.gate import Passage
from bot.gate.count_rules import beset, trouble
from bot.gate.pace import too_early
from bot.gate.passage import place
from bot.gate.price_rules import tick
from bot.gate.size_rules import name_weight
from brokers.words import Currency, Side


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("per_second", "sent", "wait"),
    [
        # ten at one a second may leave at once, the eleventh when the first is ten seconds old
        ("1", [ago(0)] * 9, 0),
        ("1", [ago(0)] * 10, 10),
        ("1", [ago(4)] * 10, 6),
        ("1", [ago(10)] * 10, 0),
        ("1", [ago(11)] * 10, 0),
        ("1", [ago(9)] + [ago(0)] * 9, 1),
        ("1", [ago(30)] * 50 + [ago(0)] * 9, 0),
        # a pace below one in ten seconds is one in ten seconds
        ("0.05", [], 0),
        ("0.05", [ago(3)], 7),
        ("0.05", [ago(10)], 0),
        ("2", [ago(1)] * 19, 0),
        ("2", [ago(1)] * 20, 9),
    ],
)
def test_as_many_leave_as_the_pace_allows_and_the_next_waits_just_long_enough(
    per_second: str, sent: list[datetime], wait: float
) -> None:
    assert too_early(sent, NOW, Decimal(per_second)) == wait


@pytest.mark.parametrize(
    ("limit", "before", "rate", "why"),
    [
        # 100 shares at 100 are held; 6 more were bought for the same order, 4 are to come
        ("0.1100004", moment(before=worked("6")), "1", ""),
        ("0.1100003", moment(before=worked("6")), "1", "11000 would be in it"),
        ("0.1040004", moment(), "1", ""),
        ("0.1040003", moment(), "1", "10400 would be in it"),
        # what an order trades in is worth twice as much in the account's own currency
        ("0.1200008", moment(before=worked("6")), "2", ""),
        ("0.1200007", moment(before=worked("6")), "2", "12000 would be in it"),
    ],
)
def test_what_was_bought_before_for_the_same_order_weighs_too(
    limit: str, before: object, rate: str, why: str
) -> None:
    known = replace(limited(name_weight_max=D(limit)), rates={AAA: D(rate)})
    assert name_weight(buy("4"), known, before).startswith(why)
    assert bool(name_weight(buy("4"), known, before)) == bool(why)


@pytest.mark.parametrize(
    ("rejects", "unknowns", "orders", "why"),
    [
        (0, 2, 0, ""),
        (0, 3, 0, "3 orders have an unknown outcome"),
        (2, 0, 10, ""),
        (3, 0, 9, ""),
        (3, 0, 10, "3 of the day's 10 orders were rejected"),
        (3, 0, 15, ""),
        (4, 0, 0, ""),
        (5, 0, 0, "5 orders were rejected today"),
        (5, 0, 25, "5 orders were rejected today"),
        (6, 0, 29, "6 of the day's 29 orders were rejected"),
    ],
)
def test_when_a_day_has_had_too_much_trouble(
    rejects: int, unknowns: int, orders: int, why: str
) -> None:
    assert beset(rejects, unknowns, PERSON, orders) == why
    known = passage(activity=replace(IDLE, orders_today=orders), rejects=rejects, unknowns=unknowns)
    assert trouble(ORDER, known, moment()) == why


def test_a_name_without_a_rejection_is_none_in_trouble() -> None:
    strict = limited(rejects_same_symbol=1)
    assert trouble(ORDER, strict, moment()) == ""
    once = replace(strict, activity=replace(IDLE, rejects_by_symbol={AAA: 1}))
    assert trouble(ORDER, once, moment()) == "1 orders in it were rejected"


def test_each_sending_counts_for_its_own_side_of_the_name() -> None:
    known: Passage = passage(plan(buy(), replace(buy(), side=Side.SELL)))
    sale = replace(ORDER, side=Side.SELL)
    for order in (ORDER, ORDER, sale):
        known = known.after(order, "accepted", NOW)
    assert known.sends == {place(ORDER): 2, place(sale): 1}
    assert known.sent_at == (NOW, NOW, NOW)
    assert known.after(ORDER, "accepted").sent_at == (NOW, NOW, NOW), "without a time none is kept"


def test_the_grid_of_the_law_is_for_dollars_alone() -> None:
    off = buy("10", "100.004")
    assert tick(off, passage(), moment()) == "its limit 100.004 is no multiple of 0.005"
    assert tick(replace(off, currency=Currency("EUR")), passage(), moment()) == ""
