"""What is noted of one order at its sending: what the broker answers, and what stops it before."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from gate_cases import AAA, NOW, ORDER, D, buy, leg, meant, moment, passage, quoted, sell

from bot.book.rows import Note
from bot.clock import VirtualClock
from bot.gate import Moment, Passage, send
from bot.gate.stops import forbidden
from bot.switch import Halt, State
from brokers.alpaca.broker import CAPABILITIES
from brokers.broker import Accepted, Capabilities, Refused, SubmitResult, Unclear
from brokers.words import Order, Symbol

LATER = NOW + timedelta(seconds=5)


@dataclass(slots=True)
class Desk:
    """A broker that gives one answer, and the book beside it, in the order in which they hear."""

    answer: SubmitResult = field(default_factory=lambda: Accepted("B7"))
    heard: list[Order | Note] = field(default_factory=list)
    left_alone: list[tuple[Symbol, str]] = field(default_factory=list)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def latches(self) -> "Desk":
        return self

    def submit(self, order: Order) -> SubmitResult:
        self.heard.append(order)
        return self.answer

    def note(self, notes: Sequence[Note]) -> None:
        self.heard += notes

    def quarantine(self, _account: str, symbol: Symbol, why: str, _now: object) -> None:
        self.left_alone.append((symbol, why))


ANSWERS = [
    # what the broker answers, what is noted, what counts from then on
    (Accepted("B7"), Note(ORDER.key, "accepted", NOW, broker_id="B7"), (1, 0, 0)),
    (Refused("no funds"), Note(ORDER.key, "refused", NOW, detail="no funds"), (1, 1, 0)),
    (Unclear("no answer"), Note(ORDER.key, "unclear", NOW, detail="no answer"), (1, 0, 1)),
    (Refused("no link", left=False), Note(ORDER.key, "blocked", NOW, detail="no link"), (0, 0, 0)),
]


@pytest.mark.parametrize(("answer", "noted", "counts"), ANSWERS)
def test_that_it_is_sent_is_noted_before_and_the_answer_after(
    answer: SubmitResult, noted: Note, counts: tuple[int, int, int]
) -> None:
    desk, before = Desk(answer), passage()
    after = send(leg(ORDER), before, moment(), desk, desk)
    assert desk.heard == [Note(ORDER.key, "sent", NOW), ORDER, noted]
    assert (after.sent, after.rejects, after.unknowns) == counts
    assert (after is before) == (counts == (0, 0, 0)), "what never left counts for nothing"
    assert desk.left_alone == []


def test_a_process_that_stood_still_after_the_note_lets_it_be() -> None:
    before, desk = passage(), Desk()
    late = moment(clock=VirtualClock(LATER), send_before=LATER - timedelta(milliseconds=1))
    assert send(leg(ORDER), before, late, desk, desk) is before
    why = "its time to be sent passed while this process stood still"
    assert desk.heard == [
        Note(ORDER.key, "sent", NOW),
        Note(ORDER.key, "blocked", NOW, detail=why),
    ]


def test_at_its_last_moment_it_still_leaves() -> None:
    desk = Desk()
    in_time = moment(clock=VirtualClock(LATER), send_before=LATER)
    assert send(leg(ORDER), passage(), in_time, desk, desk).sent == 1
    assert ORDER in desk.heard


def test_the_kill_switch_has_the_last_word_and_is_held_while_the_order_leaves() -> None:
    desk, held = Desk(), list[str]()

    @contextmanager
    def looked(why: str) -> Iterator[str]:
        yield why
        held.append(f"let go after {len(desk.heard)}")

    before = passage()
    halted = moment(last_look=lambda: looked("halt: by hand"))
    assert send(leg(ORDER), before, halted, desk, desk) is before
    assert desk.heard == [
        Note(ORDER.key, "sent", NOW),
        Note(ORDER.key, "blocked", NOW, detail="halt: by hand"),
    ]
    desk.heard.clear()
    assert send(leg(ORDER), before, moment(last_look=lambda: looked("")), desk, desk).sent == 1
    assert held == ["let go after 1", "let go after 2"]


def test_a_name_whose_price_has_jumped_is_left_alone_from_then_on() -> None:
    desk, before = Desk(), passage(closes={AAA: D(50)})
    assert send(leg(ORDER), before, moment(), desk, desk) is before
    (note,) = desk.heard
    assert isinstance(note, Note)
    assert note.kind == "blocked"
    ((symbol, why),) = desk.left_alone
    assert (symbol, note.detail) == (AAA, f"reference-jump: {why}")
    assert why.startswith("its price moved +100")


@pytest.mark.parametrize(
    ("before", "now"),
    [
        # turned down for another reason; a close that nobody should believe; no quote to compare
        (passage(closes={AAA: D(50)}), moment(lock="by hand")),
        (passage(closes={}), moment()),
        (passage(closes={AAA: D(0)}), moment()),
        (passage(closes={AAA: D(50)}), moment(quote=None)),
        (passage(), quoted("90", "110")),
    ],
)
def test_for_no_other_reason_is_a_name_left_alone(before: Passage, now: Moment) -> None:
    desk = Desk()
    assert send(leg(ORDER), before, now, desk, desk) is before
    assert ORDER not in desk.heard
    assert desk.left_alone == []


HELD = passage(held={AAA: D(10)})
BY_HAND = "by hand"
STOPPED = [
    # state, order, what is held, why it may not leave
    ("active", buy(), HELD, ""),
    ("reducing", buy(), HELD, f"only sales of what is held may leave: {BY_HAND}"),
    ("reducing", buy("10"), passage(held={}), f"only sales of what is held may leave: {BY_HAND}"),
    ("reducing", sell("9"), HELD, ""),
    ("reducing", sell("10"), HELD, ""),
    ("reducing", sell("10.01"), HELD, f"only sales of what is held may leave: {BY_HAND}"),
    ("reducing", sell("1"), passage(held={}), f"only sales of what is held may leave: {BY_HAND}"),
    ("cancel-only", sell("9"), HELD, BY_HAND),
    ("halted", sell("9"), HELD, BY_HAND),
    ("halted", buy(), HELD, BY_HAND),
]


@pytest.mark.parametrize(("state", "order", "known", "why"), STOPPED)
def test_what_each_state_of_the_switch_lets_through(
    state: State, order: Order, known: Passage, why: str
) -> None:
    assert forbidden(Halt("main", BY_HAND, "Ann", NOW, state), order, known) == why
    assert forbidden(None, order, known) == ""


def test_shares_promised_to_one_sale_are_not_there_for_the_next() -> None:
    desk = Desk()
    first = sell("6")
    after = send(leg(first), meant(first, HELD), moment(), desk, desk)
    assert first in desk.heard
    reducing = Halt("main", BY_HAND, "Ann", NOW, "reducing")
    assert forbidden(reducing, sell("4"), after) == ""
    assert forbidden(reducing, sell("4.01"), after)
