"""What is written of an order to the last word: its moment, the broker's id, and why."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from book_makers import ACCOUNT, NOW, make_note, make_order

from bot.book.life import (
    Answered,
    Command,
    Event,
    Held,
    Life,
    LookUp,
    NoRecord,
    Passed,
    Recorded,
    Submit,
    Write,
    advance,
    begun,
    life_of,
)
from bot.book.rows import Note, OrderRow, OrderStep
from brokers.words import OrderKey, OrderState, OrderStatus, Side, Symbol
from strategies.plan import PlanId

APART = timedelta(seconds=15)
KEY = OrderKey("k-1")
TEN = Decimal(10)
LATER = NOW + timedelta(hours=1)
HOURS_16 = timedelta(hours=16)


def life(step: OrderStep | None, filled: int = 0, word: str = "") -> Life:
    return Life(KEY, TEN, NOW, step, NOW, word, Decimal(filled))


def told(status: OrderStatus, reason: str = "their word", filled: int = 0) -> Recorded:
    done = Decimal(filled)
    return Recorded(OrderState(KEY, "b-7", Symbol("A"), Side.BUY, TEN, done, None, status, reason))


def writes(
    step: OrderStep, broker_id: str = "", why: str = "", at: datetime = LATER
) -> tuple[Command, ...]:
    return (Write(Note(KEY, step, at, broker_id, why)),)


LOOK = (LookUp(LATER),)
NOT_YET = NoRecord(certain=False)
NEVER = NoRecord(certain=True)
CASES: list[tuple[Life, Event, tuple[Command, ...]]] = [
    (life(None), Passed(), (*writes("sent"), Submit())),
    (life(None), Held("a limit"), writes("blocked", why="a limit")),
    (life("sent"), Held("nobody sends it"), writes("blocked", why="nobody sends it")),
    (life("sent"), Answered("accepted", broker_id="b-7"), writes("accepted", "b-7")),
    (life("sent"), Answered("refused", "no cash"), writes("refused", why="no cash")),
    (life("sent"), Answered("unclear", "late", "b-7"), (*writes("unclear", "b-7", "late"), *LOOK)),
    (life("unclear"), told(OrderStatus.OPEN), writes("accepted", "b-7", "their word")),
    (life("sent"), told(OrderStatus.OPEN), writes("accepted", "b-7", "their word")),
    (
        life("expired"),
        told(OrderStatus.OPEN),
        writes("accepted", "b-7", "it lives, although it was given up as expired"),
    ),
    (
        life("blocked"),
        told(OrderStatus.OPEN),
        writes("accepted", "b-7", "it lives, although it was given up as blocked"),
    ),
    (life("accepted"), told(OrderStatus.CANCELLED), writes("cancelled", "b-7", "their word")),
    (life("partly"), told(OrderStatus.EXPIRED), writes("expired", "b-7", "their word")),
    (life("accepted", 4), told(OrderStatus.CANCELLED, "", 4), writes("cancelled", "b-7")),
    (
        life("accepted"),
        told(OrderStatus.FILLED, "", 10),
        (*writes("partly", why="filled"), *LOOK),
    ),
    (
        life("unclear"),
        told(OrderStatus.REJECTED),
        (*writes("looked", why="rejected"), LookUp(LATER + APART)),
    ),
    (life("accepted", 10), told(OrderStatus.OPEN), writes("filled")),
    (life("cancelled", 10), NOT_YET, writes("filled")),
    (life("blocked", 10), NEVER, writes("filled")),
    (life("filled", 10), NEVER, ()),
    (
        life(None, 10),
        NOT_YET,
        (*writes("unclear", why="the broker has it, though this book never sent it"), *LOOK),
    ),
    (
        life(None),
        told(OrderStatus.OPEN),
        (*writes("unclear", why="the broker has it, though this book never sent it"), *LOOK),
    ),
    (life(None), NOT_YET, writes("absent", why="it was never sent")),
    (life("unclear"), NEVER, writes("absent", why="the broker never had it")),
    (life("sent"), NOT_YET, (*writes("unclear", why="the broker has it not, or not yet"), *LOOK)),
    (life("looked"), NOT_YET, (*writes("unclear", why="the broker has it not, or not yet"), *LOOK)),
    (life("unclear"), NOT_YET, LOOK),
]


@pytest.mark.parametrize(("before", "event", "does"), CASES)
def test_each_word_of_it(before: Life, event: Event, does: tuple[Command, ...]) -> None:
    after, commands = advance(before, event, LATER, APART)
    assert commands == does
    notes = [command.note for command in does if isinstance(command, Write)]
    if not notes:
        assert after == before
    for note in notes:
        assert after == replace(before, step=note.kind, since=LATER, word=note.detail)


@pytest.mark.parametrize("step", ["sent", "unclear", "looked", "accepted", "partly"])
def test_an_order_that_nobody_knows_expires_after_the_longest_session(step: OrderStep) -> None:
    """Counted from its intent, and not from the last look."""
    seen = replace(life(step), since=NOW + HOURS_16)
    _, commands = advance(seen, NOT_YET, NOW + HOURS_16, APART)
    assert commands[-1] == LookUp(NOW + HOURS_16)
    over = NOW + HOURS_16 + timedelta(microseconds=1)
    _, commands = advance(seen, NOT_YET, over, APART)
    assert commands == writes("expired", why="its session is over", at=over)


@pytest.mark.parametrize(
    ("step", "then"),
    [("accepted", "unclear"), ("partly", "unclear"), ("sent", "looked"), ("looked", "looked")],
)
def test_who_can_still_see_it_is_asked_again_before_it_expires(
    step: OrderStep, then: OrderStep
) -> None:
    """For as long as executions may be late, from the first look on that did not find it."""
    seen, first = NoRecord(certain=False, in_sight=True), NOW + 2 * HOURS_16
    asked, commands = advance(life(step), seen, first, APART)
    why = "the broker has it not, or not yet"
    assert commands == (*writes(then, why=why, at=first), LookUp(first))
    again = first + timedelta(minutes=15)
    assert advance(asked, seen, again, APART) == (asked, (LookUp(again),))
    over = again + timedelta(microseconds=1)
    _, commands = advance(asked, seen, over, APART)
    assert commands == writes("expired", why="its session is over", at=over)


@pytest.mark.parametrize(
    ("step", "event"),
    [
        ("sent", Passed()),
        ("accepted", Passed()),
        ("blocked", Passed()),
        ("accepted", Held("late")),
        ("blocked", Answered("refused")),
    ],
)
def test_what_no_order_does_is_a_mistake_of_the_caller(step: OrderStep, event: Event) -> None:
    with pytest.raises(AssertionError, match=rf"k-1: no order is \w+ after {step}"):
        advance(life(step), event, LATER, APART)


def test_the_life_of_an_order_is_what_the_book_says_last() -> None:
    order = make_order("k-1", quantity="10")
    assert begun(order, NOW) == life(None)
    row = OrderRow(
        PlanId("p-1"), ACCOUNT, order, 0, NOW, LATER, None, None, "b-7", "why", Decimal(3)
    )
    assert life_of(row) == Life(KEY, TEN, NOW, None, NOW, "why", Decimal(3))
    noted = make_note("k-1", "looked", LATER)
    row = replace(row, last_event=noted.kind, last_time=noted.time)
    assert life_of(row) == Life(KEY, TEN, NOW, "looked", LATER, "why", Decimal(3))
    assert (life_of(row).is_unknown, life_of(row).is_filled, life("sent").is_unknown) == (
        True,
        False,
        True,
    )
    assert not life("accepted").is_unknown
    assert not life(None).is_unknown
