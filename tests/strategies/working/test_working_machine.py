"""A worked leg against a model of a broker that fills, delays and ends orders as it likes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from brokers.words import Quote, Side, Symbol, TickRule
from strategies.working import (
    Cancel,
    Command,
    Ended,
    Event,
    Ladder,
    Lost,
    Phase,
    Send,
    Terms,
    Tick,
    Traded,
    Worked,
    advance,
    begin,
)

D = Decimal
OPEN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
EVERY = timedelta(seconds=60)
MINUTES = 10
LAST_SEND = OPEN + timedelta(minutes=8)
TICK = TickRule()


def quote(bid: str, ask: str) -> Quote:
    return Quote(Symbol("VTI"), D(bid), D(ask), OPEN)


def terms(
    side: Side = Side.BUY, quantity: str = "100", worst: str = "10.05", least: str = "0"
) -> Terms:
    """Four steps from the near touch to the far one, ten minutes of time."""
    ladder = Ladder(side, D(worst), TICK, steps=4)
    end = OPEN + timedelta(minutes=MINUTES)
    return Terms(D(quantity), ladder, OPEN, EVERY, LAST_SEND, end, D(least))


def at(minutes: float) -> datetime:
    return OPEN + timedelta(minutes=minutes)


STILL = quote("10.00", "10.06")


def walk(events: list[Event], asked: Terms) -> tuple[Worked, list[Command | None]]:
    state, said = begin(), list[Command | None]()
    for event in events:
        state, command = advance(state, event, asked)
        said.append(command)
    return state, said


def test_a_price_goes_from_the_near_touch_to_the_far_one_and_stops_at_the_worst() -> None:
    events: list[Event] = [Tick(at(0), STILL)]
    for minute in (1, 2, 3):
        events += [Tick(at(minute), STILL), Ended(D(0)), Tick(at(minute), STILL)]
    _, said = walk(events, terms())
    sent = [(c.number, c.price) for c in said if isinstance(c, Send)]
    assert sent == [(0, D("10.00")), (1, D("10.02")), (2, D("10.04")), (3, D("10.05"))]
    assert [c.number for c in said if isinstance(c, Cancel)] == [0, 1, 2]


def test_a_sale_goes_down() -> None:
    asked = terms(Side.SELL, worst="10.01")
    state, first = advance(begin(), Tick(at(0), STILL), asked)
    assert first == Send(0, D(100), D("10.06"))
    state, _ = advance(state, Tick(at(1), STILL), asked)
    state, _ = advance(state, Ended(D(30)), asked)
    assert advance(state, Tick(at(1), STILL), asked)[1] == Send(1, D(70), D("10.04"))


def test_the_rest_is_sent_only_once_the_end_of_the_order_before_is_proven() -> None:
    state, _ = walk([Tick(at(0), STILL), Tick(at(1), STILL)], terms())
    assert state.phase is Phase.CANCELLING
    for seconds in range(5, 120, 5):
        now = at(1) + timedelta(seconds=seconds)
        state, command = advance(state, Tick(now, STILL), terms())
        assert not isinstance(command, Send), "without proof there is no second order"
    state, _ = advance(state, Ended(D(40)), terms())
    assert advance(state, Tick(at(4), STILL), terms())[1] == Send(1, D(60), D("10.05"))


def test_a_cancellation_without_an_answer_is_asked_for_again() -> None:
    state, _ = walk([Tick(at(0), STILL), Tick(at(1), STILL)], terms())
    seconds = [s for s in range(1, 61) if _asks_again(s, state)]
    assert seconds[0] == 15


def _asks_again(seconds: int, state: Worked) -> bool:
    command = advance(state, Tick(at(1) + timedelta(seconds=seconds), STILL), terms())[1]
    return isinstance(command, Cancel)


def test_a_price_that_would_not_be_nearer_leaves_the_order_in_its_place() -> None:
    fallen = quote("9.90", "9.99")
    state, said = walk([Tick(at(0), STILL), Tick(at(1), fallen), Tick(at(2), fallen)], terms())
    assert said[1:] == [None, None]
    assert state.phase is Phase.WORKING


def test_a_rest_that_is_too_small_is_left_in_its_place() -> None:
    asked = terms(least="5")
    state, said = walk([Tick(at(0), STILL), Traded(D(96)), Tick(at(1), STILL)], asked)
    assert said[-1] is None
    assert state.phase is Phase.WORKING


@pytest.mark.parametrize(
    "bad",
    [None, quote("0", "10"), quote("10", "10"), quote("10.1", "10"), quote("NaN", "10.06")],
)
def test_nothing_is_sent_or_priced_by_a_quote_that_is_none(bad: Quote | None) -> None:
    state, command = advance(begin(), Tick(at(0), bad), terms())
    assert (state.phase, command) == (Phase.READY, None)
    state, _ = advance(state, Tick(at(0), STILL), terms())
    assert advance(state, Tick(at(1), bad), terms())[1] is None


def test_what_was_ended_by_another_hand_is_not_sent_again() -> None:
    state, _ = walk([Tick(at(0), STILL), Ended(D(10))], terms())
    assert (state.phase, state.why) == (Phase.DONE, "it was ended by another hand")
    assert advance(state, Tick(at(1), STILL), terms())[1] is None


def test_what_was_refused_is_not_sent_again() -> None:
    state, _ = walk([Tick(at(0), STILL), Lost("refused: no")], terms())
    assert (state.phase, state.why) == (Phase.DONE, "refused: no")


def test_when_no_order_may_leave_any_more_the_last_one_stays_until_the_deadline() -> None:
    state, said = walk([Tick(at(0), STILL), Tick(at(8), STILL), Tick(at(9.9), STILL)], terms())
    assert said[1:] == [None, None]
    assert advance(state, Tick(at(10), STILL), terms())[1] == Cancel(0)


def test_at_the_deadline_the_order_is_cancelled_and_none_follows() -> None:
    state, said = walk([Tick(at(0), STILL), Tick(at(MINUTES), STILL)], terms())
    assert said[-1] == Cancel(0)
    state, _ = advance(state, Ended(D(5)), terms())
    state, command = advance(state, Tick(at(MINUTES), STILL), terms())
    assert (state.phase, command, state.total) == (Phase.DONE, None, D(5))


@dataclass
class Live:
    """An order at the model broker."""

    number: int
    quantity: int
    filled: int = 0
    is_live: bool = True
    asked: bool = False


class Leg(RuleBasedStateMachine):
    """The machine beside a broker that does to its orders what it likes."""

    @initialize(side=st.sampled_from(Side), quantity=st.integers(1, 500), least=st.integers(0, 20))
    def start(self, side: Side, quantity: int, least: int) -> None:
        self.quantity = quantity
        self.side = side
        self.worst = D("10.10") if side is Side.BUY else D("9.90")
        self.terms = terms(side, str(quantity), str(self.worst), str(least))
        self.state = begin()
        self.orders: list[Live] = []
        self.now = OPEN

    def hear(self, event: Event) -> None:
        self.state, command = advance(self.state, event, self.terms)
        if isinstance(command, Send):
            assert self.now < self.terms.last_send
            assert (command.price - self.worst) * self.side.sign <= 0
            assert command.price % D("0.01") == 0
            assert command.number == len(self.orders)
            filled = sum(order.filled for order in self.orders)
            assert command.quantity + filled == self.quantity
            self.orders.append(Live(command.number, int(command.quantity)))
        elif isinstance(command, Cancel):
            assert command.number == self.orders[-1].number
            self.orders[-1].asked = True

    @property
    def last(self) -> Live:
        return self.orders[-1]

    @rule(
        seconds=st.integers(0, 90),
        cents=st.one_of(st.none(), st.tuples(st.integers(980, 1020), st.integers(-1, 12))),
    )
    def time_passes(self, seconds: int, cents: tuple[int, int] | None) -> None:
        self.now += timedelta(seconds=seconds)
        seen = None
        if cents is not None:
            bid, spread = cents
            seen = quote(str(D(bid) / 100), str(D(bid + spread) / 100))
        self.hear(Tick(self.now, seen))

    @precondition(lambda self: self.orders and self.last.is_live)
    @rule(part=st.floats(0, 1), tell=st.booleans())
    def the_broker_fills(self, part: float, *, tell: bool) -> None:
        order = self.last
        order.filled += round(part * (order.quantity - order.filled))
        order.is_live = order.filled < order.quantity
        if tell:
            self.hear(Traded(D(order.filled)))

    @precondition(lambda self: self.orders and self.last.is_live and self.last.asked)
    @rule()
    def the_broker_cancels(self) -> None:
        self.last.is_live = False

    @precondition(lambda self: self.orders and not self.last.is_live)
    @rule()
    def the_end_is_proven(self) -> None:
        order = self.last
        full = order.filled == order.quantity
        self.hear(Traded(D(order.filled)) if full else Ended(D(order.filled)))

    @precondition(lambda self: self.orders and self.last.is_live)
    @rule()
    def another_hand_ends_it(self) -> None:
        self.last.is_live = False
        self.hear(Ended(D(self.last.filled)))

    @invariant()
    def never_two_live_orders(self) -> None:
        if hasattr(self, "orders"):
            assert sum(order.is_live for order in self.orders) <= 1

    @invariant()
    def never_more_than_was_asked(self) -> None:
        if hasattr(self, "orders"):
            could = sum(o.quantity if o.is_live else o.filled for o in self.orders)
            assert could <= self.quantity

    def teardown(self) -> None:
        if not hasattr(self, "orders"):
            return
        self.now = max(self.now, self.terms.deadline)
        self.hear(Tick(self.now, STILL))
        if self.orders and self.last.is_live:
            assert self.last.asked or self.state.phase is Phase.DONE, "it ends by its deadline"
            self.last.is_live = False
        if self.orders:
            full = self.last.filled == self.last.quantity
            self.hear(Traded(D(self.last.filled)) if full else Ended(D(self.last.filled)))
        self.hear(Tick(self.now, STILL))
        assert self.state.phase is Phase.DONE
        assert self.state.total == sum(order.filled for order in self.orders)


TestLeg = Leg.TestCase
TestLeg.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
