"""Taking orders back from a broker that is down, forgetful, slow, or does not do as it is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from stage import D, MakeStage, Relay, Setting, Stage, names

from bot.takeback import AGAIN_SECONDS, PATIENCE_SECONDS, TakenBack, take_back
from brokers.broker import Absent, Unreachable
from brokers.words import Order, OrderKey, Side

KEYS = [OrderKey(f"TT-0123456789-{number:03d}") for number in range(3)]


class Stubborn(Relay):
    """Remembers what was asked of it, and does none of what ``refuses`` names."""

    def __init__(self, inner: object) -> None:
        super().__init__(inner)
        self.asked: list[OrderKey] = []
        self.refuses: Callable[[str], bool] = lambda _what: False

    def cancel(self, key: OrderKey) -> object:
        self.asked.append(key)
        return None if self.refuses("cancel") else self.inner.cancel(key)

    def open_orders(self) -> object:
        if self.refuses("open_orders"):
            raise Unreachable("no link")
        return self.inner.open_orders()

    def find(self, key: OrderKey) -> object:
        if self.refuses("find"):
            raise Unreachable("no link")
        return self.inner.find(key)


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    """Three orders of ours far from the market."""
    stage = make(6, Setting(relay=Stubborn))
    for name, key in zip(names(3), KEYS, strict=True):
        low = (stage.paper.quotes([name])[name].bid / 2).quantize(D("0.01"))
        stage.paper.submit(Order(key, name, Side.BUY, D(1), low))
    stage.clock.sleep(5)
    return stage


def test_a_broker_that_does_not_cancel_is_asked_again_and_then_said(stage: Stage) -> None:
    stage.broker.refuses = lambda what: what == "cancel"
    start = stage.clock.now()
    taken = take_back(stage.broker, (), stage.clock)
    assert stage.clock.now() - start == timedelta(seconds=PATIENCE_SECONDS)
    assert taken.gone == ()
    assert [why.split(":")[0] for why in taken.left] == KEYS
    rounds = int(PATIENCE_SECONDS // AGAIN_SECONDS) + 1
    assert stage.broker.asked == KEYS * rounds
    assert taken.words.startswith("3 of our orders may still fill: TT-0123456789-000: buy 1 S0001")


def test_a_broker_that_comes_back_in_time_is_believed(stage: Stage) -> None:
    back = stage.clock.now() + timedelta(seconds=20)
    stage.broker.refuses = lambda _what: stage.clock.now() < back
    assert take_back(stage.broker, KEYS, stage.clock) == TakenBack(tuple(KEYS))
    assert stage.paper.open_orders() == ()


def test_out_of_reach_what_the_book_knows_is_asked_to_go_all_the_same(stage: Stage) -> None:
    stage.broker.refuses = lambda what: what != "cancel"
    taken = take_back(stage.broker, KEYS[:2], stage.clock)
    assert taken.left[0] == "the broker does not tell its open orders: no link"
    assert len(taken.left) == 3
    assert {state.key for state in stage.paper.open_orders()} == {KEYS[2]}


def test_an_order_that_is_not_there_yet_is_waited_for(stage: Stage) -> None:
    """A request that timed out may still be on its way to the book of the exchange."""
    late = OrderKey("TT-0123456789-009")
    name = names(6)[-1]
    low = (stage.paper.quotes([name])[name].bid / 2).quantize(D("0.01"))
    comes = stage.clock.now() + timedelta(seconds=10)

    class Late(Stubborn):
        def find(self, key: OrderKey) -> object:
            if key == late and stage.clock.now() < comes:
                return Absent(certain=False)
            if key == late and key not in {o.key for o in self.inner.open_orders()}:
                self.inner.submit(Order(late, name, Side.BUY, D(1), low))
            return self.inner.find(key)

    taken = take_back(Late(stage.paper), [late], stage.clock)
    assert taken == TakenBack((*KEYS, late))
    assert stage.paper.open_orders() == ()
