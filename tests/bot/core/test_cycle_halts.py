"""The four states in a cycle: what is planned, what leaves, what stays in the market."""

from collections.abc import Callable

import pytest
from paced import uneven
from stage import D, MakeStage, Relay, Setting, Stage, assert_sound, equal_policy, names

from bot.book.rows import OrderRow
from bot.cycle import run_approved
from bot.reconcile import Refusal
from bot.switch import NAME, Switch, raise_flag
from brokers.words import Order, Side
from strategies.policy import Bands, Mode


class Counting(Relay):
    """Remembers every order that came this far."""

    def __init__(self, inner: object) -> None:
        super().__init__(inner)
        self.sent: list[Order] = []

    def submit(self, order: Order) -> object:
        self.sent.append(order)
        return self.inner.submit(order)


@pytest.fixture
def drifted(make: MakeStage) -> Stage:
    """An account with sales and purchases to do, and a kill switch."""
    narrow = Bands(absolute=D("0.01"), relative=None, single=D("0.01"))
    policy = equal_policy(names(6), bands=narrow, mode=Mode.APPROVE)
    stage = make(policy, Setting(relay=Counting))
    stage.hold_weights(uneven(names(6), "0.185", "0.145", count=2), D(100_000))
    stage.switch = Switch(stage.folder)
    return stage


def orders(stage: Stage) -> tuple[OrderRow, ...]:
    return stage.book.orders(stage.policy.account)


def test_reducing_sells_what_is_held_and_buys_nothing(drifted: Stage) -> None:
    raise_flag(drifted.folder, "reducing", "cash is needed")
    plan = drifted.run_with_consent()
    sides = {leg.order.side for leg in plan.legs}
    assert sides == {Side.BUY, Side.SELL}
    assert {order.side for order in drifted.broker.sent} == {Side.SELL}
    bought = [row for row in orders(drifted) if row.order.side is Side.BUY]
    assert {row.last_event for row in bought} == {"blocked"}
    why = "halt: only sales of what is held may leave: cash is needed"
    assert {row.detail for row in bought} == {why}
    assert_sound(drifted)


def test_cancel_only_plans_and_sends_nothing(drifted: Stage) -> None:
    raise_flag(drifted.folder, "cancel-only", "I look myself")
    plan = drifted.run()
    assert plan.legs
    assert drifted.book.plan_state(plan.plan_id) == "proposed"
    drifted.approve(plan)
    with pytest.raises(Refusal, match="main is cancel-only: I look myself"):
        run_approved(drifted.post(), plan, drifted.broker, drifted.book)
    assert drifted.broker.sent == []


def test_halted_plans_nothing(drifted: Stage) -> None:
    (drifted.folder / NAME).touch()
    with pytest.raises(Refusal, match="main is halted: the file KILL is there") as caught:
        drifted.run()
    assert "trimtab resume --reason" in caught.value.remedy
    assert drifted.book.plans() == ()
    assert drifted.broker.sent == []


def test_the_book_and_the_file_stop_as_much_as_the_worse_of_them(drifted: Stage) -> None:
    raise_flag(drifted.folder, "reducing", "by file")
    drifted.book.halt("main", "by book", "owner", drifted.clock.now(), "halted")
    with pytest.raises(Refusal, match="main is halted: by book"):
        drifted.run()
    drifted.book.resume("main", "seen to", "owner", drifted.clock.now())
    raise_flag(drifted.folder, "halted", "by file")
    with pytest.raises(Refusal, match="main is halted: by file"):
        drifted.run()


Throw = Callable[[Stage], None]


def by_file(stage: Stage) -> None:
    (stage.folder / NAME).touch()


def by_book(stage: Stage) -> None:
    stage.book.halt("*", "by hand", "owner", stage.clock.now())


@pytest.mark.parametrize("throw", [by_file, by_book])
@pytest.mark.parametrize("nth", [1, 2, 4])
def test_thrown_after_some_orders_the_rest_stays_here(
    drifted: Stage, throw: Throw, nth: int
) -> None:
    """Just when the next order is about to leave, its note that it is sent in the book already."""
    whole = drifted.book

    class Thrown(Relay):
        notes = 0

        def note(self, notes: list[object]) -> object:
            done = self.inner.note(notes)
            self.notes += any(note.kind == "sent" for note in notes)
            if self.notes == nth:
                self.notes += 1000
                throw(drifted)
            return done

    plan = drifted.run()
    drifted.approve(plan)
    drifted.book = Thrown(whole)
    run_approved(drifted.post(), plan, drifted.broker, drifted.book)
    drifted.book = whole
    assert len(drifted.broker.sent) == nth - 1
    assert whole.plan_state(plan.plan_id) == "void"
    assert not whole.unsettled(drifted.policy.account)
    assert [row.last_event for row in orders(drifted)].count("blocked") >= 1
    assert_sound(drifted)
