"""The life of an order: legal edges, nothing sent twice, and no end without proof."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import get_args

import pytest
from book_makers import ACCOUNT, NOW, bound, make_intent, make_note, make_order, make_plan
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.book.book import Book
from bot.book.errors import IllegalStep
from bot.book.life import (
    EXECUTIONS_LATE,
    RISEN,
    STATES,
    Answered,
    Command,
    Event,
    Held,
    Life,
    LookUp,
    NoRecord,
    Passed,
    Recorded,
    State,
    Submit,
    Write,
    advance,
)
from bot.book.rows import NEXT_STEPS, OrderStep
from brokers.words import OrderKey, OrderState, OrderStatus, Side, Symbol
from strategies.plan import PlanId

APART = timedelta(seconds=15)
TEN = Decimal(10)
KEY = OrderKey("k-1")
STEPS: tuple[OrderStep, ...] = get_args(OrderStep)


def life(step: OrderStep | None = None, filled: int = 0, word: str = "") -> Life:
    return Life(KEY, TEN, NOW, step, NOW, word, Decimal(filled))


def record(status: str, filled: int = 0, reason: str = "") -> Recorded:
    kind = OrderStatus(status)
    return Recorded(
        OrderState(KEY, "b-1", Symbol("A"), Side.BUY, TEN, Decimal(filled), None, kind, reason)
    )


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


EVENTS: dict[str, Event] = {
    "passed": Passed(),
    "held": Held("a limit"),
    "accepted": Answered("accepted", broker_id="b-1"),
    "refused": Answered("refused", "no cash"),
    "never left": Answered("blocked", "no link"),
    "unclear": Answered("unclear", "time-out"),
    "open": record("open"),
    "cancelled": record("cancelled"),
    "cancelled 4": record("cancelled", 4),
    "rejected": record("rejected"),
    "expired": record("expired"),
    "nothing yet": NoRecord(certain=False),
    "nothing": NoRecord(certain=True),
}


def did(commands: tuple[Command, ...]) -> str:
    """Commands in words."""
    words = []
    for command in commands:
        match command:
            case Write(note):
                words.append(f"write {note.kind}")
            case Submit():
                words.append("submit")
            case LookUp(after):
                words.append(f"look +{(after - NOW).total_seconds():.0f}")
    return ", ".join(words)


@pytest.mark.parametrize(
    ("step", "event", "does", "then"),
    [
        # Nothing leaves before it is in the book that it does.
        (None, "passed", "write sent, submit", "sent"),
        (None, "held", "write blocked", "blocked"),
        ("sent", "held", "write blocked", "blocked"),
        ("sent", "accepted", "write accepted", "acknowledged"),
        ("sent", "refused", "write refused", "rejected"),
        ("sent", "unclear", "write unclear, look +0", "unknown"),
        ("sent", "never left", "write blocked", "blocked"),
        # Who sent it died before the answer: as unknown as one that was not answered.
        ("sent", "open", "write accepted", "acknowledged"),
        ("sent", "cancelled", "write looked, look +15", "unknown"),
        ("sent", "nothing yet", "write unclear, look +0", "unknown"),
        ("sent", "nothing", "write absent", "absent"),
        ("unclear", "open", "write accepted", "acknowledged"),
        ("unclear", "rejected", "write looked, look +15", "unknown"),
        ("unclear", "nothing yet", "look +0", "unknown"),
        ("unclear", "nothing", "write absent", "absent"),
        # The broker took it: its own record of an end is enough, if executions explain it.
        ("accepted", "open", "", "acknowledged"),
        ("accepted", "cancelled", "write cancelled", "cancelled"),
        ("accepted", "cancelled 4", "write partly, look +0", "partly filled"),
        ("unclear", "cancelled 4", "write looked, look +0", "unknown"),
        ("accepted", "expired", "write expired", "expired"),
        ("accepted", "rejected", "write rejected", "rejected"),
        ("accepted", "nothing yet", "write unclear, look +0", "unknown"),
        # The book is older than what the broker knows.
        (None, "open", "write unclear, look +0", "unknown"),
        (None, "cancelled", "write unclear, look +0", "unknown"),
        # It never left, so that nobody can have it.
        (None, "nothing", "write absent", "absent"),
        (None, "nothing yet", "write absent", "absent"),
        # Over, and looked at again.
        ("cancelled", "cancelled", "", "cancelled"),
        ("cancelled", "nothing", "", "cancelled"),
        ("absent", "open", "write accepted", "acknowledged"),
        ("refused", "open", "write accepted", "acknowledged"),
    ],
)
def test_what_an_event_makes_of_an_order(
    step: OrderStep | None, event: str, does: str, then: State
) -> None:
    after, commands = advance(life(step), EVENTS[event], NOW, APART)
    assert (did(commands), after.state) == (does, then)


def test_an_end_of_unknown_fate_counts_when_it_is_told_twice_some_time_apart() -> None:
    first, _ = advance(life("unclear"), record("cancelled"), NOW, APART)
    assert (first.step, first.word) == ("looked", "cancelled")
    early, commands = advance(first, record("cancelled"), later(14.9), APART)
    assert (early, did(commands)) == (first, "look +15")
    done, _ = advance(first, record("cancelled"), later(15), APART)
    assert done.state == "cancelled"


def test_two_looks_that_differ_prove_nothing() -> None:
    first, _ = advance(life("unclear"), record("cancelled"), NOW, APART)
    other, commands = advance(first, record("expired"), later(20), APART)
    assert (other.state, did(commands)) == ("unknown", "write looked, look +35")
    again, _ = advance(other, record("open"), later(40), APART)
    assert again.state == "acknowledged"


def test_where_submit_and_record_are_one_transaction_one_look_is_enough() -> None:
    done, _ = advance(life("unclear"), record("cancelled"), NOW, timedelta(0))
    assert done.state == "cancelled"


def test_executions_are_proof_enough() -> None:
    for event in (record("cancelled", 10), NoRecord(certain=False), record("open", 4)):
        done, _ = advance(life("unclear", filled=10), event, NOW, APART)
        assert done.state == "filled"


@pytest.mark.parametrize("rested", [0, 3 * 3600])
@pytest.mark.parametrize("step", ["accepted", "cancel-requested", "unclear", "sent"])
def test_shares_that_no_execution_explains_are_waited_for_and_then_told_of(
    step: OrderStep, rested: int
) -> None:
    """From the moment at which the end was told, however long the order rested before."""
    told = record("cancelled", 4)
    first, commands = advance(life(step), told, later(rested), APART)
    assert (first.word, commands[-1]) == ("cancelled", LookUp(later(rested)))
    moment = later(rested + 15 * 60)
    assert advance(first, told, moment, APART) == (first, (LookUp(moment),))
    done, _ = advance(first, told, later(rested + 15 * 60 + 1), APART)
    assert done.state == "cancelled"


@pytest.mark.parametrize("step", ["accepted", "unclear"])
def test_another_end_is_waited_for_anew(step: OrderStep) -> None:
    first, _ = advance(life(step), record("cancelled", 4), NOW, APART)
    other, _ = advance(first, record("expired", 4), later(16 * 60), APART)
    assert (other.word, other.since) == ("expired", later(16 * 60))
    assert other.state not in {"cancelled", "expired"}


def test_executions_that_come_while_they_are_waited_for_end_it() -> None:
    first, _ = advance(life("accepted"), record("cancelled", 4), later(3600), APART)
    done, _ = advance(replace(first, filled=Decimal(4)), record("cancelled", 4), later(3601), APART)
    assert done.state == "cancelled"


def test_an_order_that_comes_back_says_so() -> None:
    _, commands = advance(life("absent"), record("open"), NOW, APART)
    assert [c.note.detail for c in commands if isinstance(c, Write)] == [f"{RISEN} absent"]


def test_part_of_an_order_filled() -> None:
    assert life("accepted", filled=4).state == "partly filled"
    assert {life(step).state for step in STEPS} == set(STATES.values()) - {"intended"}


@settings(max_examples=300)
@given(
    events=st.lists(
        st.tuples(st.sampled_from(sorted(EVENTS)), st.floats(0, 60), st.integers(0, 3)),
        max_size=25,
    )
)
def test_any_events_in_any_order(events: list[tuple[str, float, int]]) -> None:
    """Sent at most once and only from the intent; unknown ends by two equal looks or by proof."""
    now, order, sent = NOW, life(), 0
    ends: list[tuple[str, datetime]] = []
    for name, seconds, shares in events:
        if not may_happen(name, order.step):
            continue
        now += timedelta(seconds=seconds)
        before = replace(order, filled=min(TEN, order.filled + shares))
        order, commands = advance(before, EVENTS[name], now, APART)
        sent += sum(isinstance(command, Submit) for command in commands)
        for command in commands:
            if isinstance(command, Write):
                assert command.note.kind in NEXT_STEPS[before.step]
        ends.append((name.split()[0], now))
        if before.is_unknown and order.step in {"cancelled", "rejected", "expired"}:
            told = [moment for word, moment in ends if word == order.step]
            assert now - told[0] >= APART
            assert len(told) >= 2
    assert sent <= 1


def may_happen(name: str, step: OrderStep | None) -> bool:
    """The gate sees an order once, and the broker answers once what was sent."""
    if name == "passed":
        return step is None
    if name == "held":
        return step in {None, "sent"}
    return name not in {"accepted", "refused", "never left", "unclear"} or step == "sent"


def intended(book: Book, *keys: str) -> None:
    """Orders in the book, and nothing more of them."""
    bound(book)
    book.leases.take(ACCOUNT, NOW)
    book.keep(make_plan("p-1"), "digest")
    book.intend(PlanId("p-1"), ACCOUNT, [make_intent(make_order(key)) for key in keys])


@pytest.mark.parametrize("before", [None, *STEPS])
def test_the_book_takes_no_illegal_step(book: Book, before: OrderStep | None) -> None:
    intended(book, *STEPS)
    way: list[OrderStep] = [] if before is None else ["sent", before]
    if before in {"sent", "blocked"}:
        way = [before]
    for step in STEPS:
        book.note([make_note(step, each) for each in way])
        if step in NEXT_STEPS[before]:
            book.note([make_note(step, step)])
            way_then = [*way, step]
        else:
            with pytest.raises(IllegalStep, match="cannot be"):
                book.note([make_note(step, step)])
            way_then = way
        assert [note.kind for note in book.order_notes(OrderKey(step))] == way_then


def test_two_steps_at_once_are_judged_one_after_the_other(book: Book) -> None:
    intended(book, "k-1")
    with pytest.raises(IllegalStep, match="cannot be sent: it is sent"):
        book.note([make_note("k-1", "sent"), make_note("k-1", "sent")])
    assert not book.order_notes(KEY)


DAY_AFTER = later(24 * 3600)
IN_SIGHT = NoRecord(certain=False, in_sight=True)


@pytest.mark.parametrize("step", ["sent", "accepted", "cancel-requested", "partly", "unclear"])
def test_an_order_of_yesterday_that_is_not_found_is_looked_for_a_while(step: OrderStep) -> None:
    """Its end may be another one than that its session is over: it may have been turned down."""
    missed, commands = advance(life(step), IN_SIGHT, DAY_AFTER, APART)
    assert (missed.state, commands[-1]) == ("unknown", LookUp(DAY_AFTER))
    again = DAY_AFTER + EXECUTIONS_LATE
    assert advance(missed, IN_SIGHT, again, APART) == (missed, (LookUp(again),))
    for apart in (timedelta(0), APART):
        found, _ = advance(missed, record("rejected"), again, apart)
        found, _ = advance(found, record("rejected"), again + APART, apart)
        assert found.state == "rejected"
    over, _ = advance(missed, IN_SIGHT, again + timedelta(microseconds=1), APART)
    assert (over.state, over.word) == ("expired", "its session is over")


def test_who_cannot_see_so_far_back_is_not_waited_for() -> None:
    over, _ = advance(life("accepted"), NoRecord(certain=False), DAY_AFTER, APART)
    assert over.state == "expired"
