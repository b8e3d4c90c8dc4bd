"""A broker that misbehaves: in doubt nothing is traded, and the reason is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from paced import fates, uneven
from stage import D, MakeStage, Relay, Setting, Stage, assert_sound, names

from bot.book.errors import WrongAccount
from bot.reconcile import Refusal
from brokers.broker import BadAnswer, BrokerClock, Unreachable
from brokers.words import (
    AccountState,
    Bars,
    Cash,
    Currency,
    Environment,
    Execution,
    OrderState,
    OrderStatus,
    Position,
    Quote,
    Side,
    Symbol,
)
from strategies.plan import Hold

A, B, C, *_ = names(6)


class Bent(Relay):
    """Passes everything on, with single answers bent by functions that a test gives it."""

    def __init__(self, inner: object) -> None:
        super().__init__(inner)
        self.bend_account: Callable[[AccountState], AccountState] = lambda state: state
        self.bend_quote: Callable[[Quote], Quote | None] = lambda quote: quote
        self.bend_bars: Callable[[Bars], Bars | None] = lambda bars: bars
        self.bend_executions: Callable[[tuple[Execution, ...]], tuple[Execution, ...]] = tuple
        self.hidden: set[Symbol] = set()
        self.open_besides: tuple[OrderState, ...] = ()
        self.clock_off = timedelta(0)

    def account(self) -> AccountState:
        return self.bend_account(self.inner.account())

    def clock(self) -> BrokerClock:
        told = self.inner.clock()
        return replace(told, time=told.time + self.clock_off)

    def quotes(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Quote]:
        bent = {s: self.bend_quote(q) for s, q in self.inner.quotes(symbols).items()}
        return {s: q for s, q in bent.items() if q is not None}

    def bars(self, symbols: Sequence[Symbol], days: int) -> Mapping[Symbol, Bars]:
        bent = {s: self.bend_bars(b) for s, b in self.inner.bars(symbols, days).items()}
        return {s: b for s, b in bent.items() if b is not None}

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, object]:
        known = self.inner.instruments(symbols)
        return {s: i for s, i in known.items() if s not in self.hidden}

    def executions(self, since: object) -> tuple[Execution, ...]:
        return self.bend_executions(self.inner.executions(since))

    def open_orders(self) -> tuple[OrderState, ...]:
        return (*self.inner.open_orders(), *self.open_besides)


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    """Six names, A far above and B far below its part; the book has met the account."""
    made = make(6, Setting(relay=Bent))
    made.hold_weights(uneven(names(6), "0.165", "0.163", count=1), D(100_000))
    assert isinstance(made.run().decision, Hold)
    made.clock.sleep(60)
    shove(made)
    made.steps.clear()
    return made


def shove(stage: Stage) -> None:
    """Somebody moves 9 % by hand."""
    quotes, amount = stage.paper.quotes([A, B]), stage.nav() * D("0.09")
    stage.hold({B: (amount / quotes[B].bid).quantize(D(1))}, Side.SELL)
    stage.hold({A: (amount / quotes[A].ask).quantize(D(1))})


def ours(stage: Stage) -> list[Execution]:
    """What came of the machine's own orders."""
    return [e for e in stage.paper.executions(None) if not str(e.key).startswith("HAND-")]


def assert_untouched(stage: Stage) -> None:
    """No order was sent, and the book still is what the exchange says."""
    assert not ours(stage)
    assert not [step for step in stage.steps if step.startswith("sending")]


def test_the_stage_trades_when_nothing_is_bent(stage: Stage) -> None:
    plan = stage.run()
    assert {row.order.symbol for row in stage.book.orders(plan_id=plan.plan_id)} >= {A, B}
    assert ours(stage)
    assert_sound(stage)


# What an account holds.


def empty(state: AccountState) -> AccountState:
    return replace(state, positions=())


def test_no_positions_at_all_is_never_believed(stage: Stage) -> None:
    stage.broker.bend_account = empty
    with pytest.raises(Refusal, match="no positions at all, though the book holds some"):
        stage.run()
    assert stage.book.halted(stage.policy.account)
    assert_untouched(stage)
    stage.broker.bend_account = lambda state: state
    with pytest.raises(Refusal, match="is halted"):
        stage.run()


def nth(number: int, bend: Callable[[AccountState], AccountState]) -> object:
    """Bends only one answer."""
    calls = iter(range(1, 1000))
    return lambda state: bend(state) if next(calls) == number else state


@pytest.mark.parametrize("number", range(1, 6))
def test_no_positions_once_buys_nothing_extra(stage: Stage, number: int) -> None:
    """Whichever reading it is that comes back empty, the account ends inside its bands."""
    stage.broker.bend_account = nth(number, empty)
    try:
        plan = stage.run()
    except Refusal:
        assert_untouched(stage)
    else:
        assert max(stage.weights().values()) < D("0.21")
        assert stage.book.plan_state(plan.plan_id) == "finished"
    assert_sound(stage)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_position_that_is_no_number_stops_the_cycle(stage: Stage, number: str) -> None:
    stage.broker.bend_account = lambda state: replace(
        state, positions=(Position(A, D(number)), *state.positions[1:])
    )
    with pytest.raises(BadAnswer, match="shares of S0001"):
        stage.run()
    assert_untouched(stage)


@pytest.mark.parametrize("part", ["amount", "settled"])
def test_cash_that_is_no_number_stops_the_cycle(stage: Stage, part: str) -> None:
    stage.broker.bend_account = lambda state: replace(
        state, cash=(replace(state.cash[0], **{part: D("NaN")}),)
    )
    with pytest.raises(BadAnswer, match="the broker's USD cash is"):
        stage.run()
    assert_untouched(stage)


def one_more(symbol: Symbol) -> Callable[[AccountState], AccountState]:
    def bend(state: AccountState) -> AccountState:
        more = (
            replace(p, quantity=p.quantity + 1) if p.symbol == symbol else p
            for p in state.positions
        )
        return replace(state, positions=tuple(more))

    return bend


def test_one_share_too_many_locks_the_name(stage: Stage) -> None:
    stage.broker.bend_account = one_more(A)
    plan = stage.run()
    assert A not in {leg.order.symbol for leg in plan.legs}
    (line,) = (line for line in plan.lines if line.symbol == A)
    assert line.barred.startswith("S0001 shares: the book says")
    assert not stage.book.halted(stage.policy.account)
    tieout = stage.book.last_tieout(stage.policy.account)
    assert tieout is not None
    assert not tieout.ok


def test_three_names_that_differ_halt(stage: Stage) -> None:
    bends = [one_more(symbol) for symbol in (A, B, C)]
    stage.broker.bend_account = lambda state: bends[0](bends[1](bends[2](state)))
    with pytest.raises(Refusal, match="3 names differ"):
        stage.run()
    assert_untouched(stage)


def test_many_shares_too_many_halt(stage: Stage) -> None:
    stage.broker.bend_account = lambda state: replace(
        state, positions=(replace(state.positions[0], quantity=D(9999)), *state.positions[1:])
    )
    with pytest.raises(Refusal, match=r"shares worth .* differ"):
        stage.run()
    assert_untouched(stage)


def richer(by: str) -> Callable[[AccountState], AccountState]:
    def bend(state: AccountState) -> AccountState:
        (cash,) = state.cash
        return replace(state, cash=(Cash(cash.currency, cash.amount + D(by), cash.settled),))

    return bend


@pytest.mark.parametrize("by", ["700", "-700"])
def test_cash_that_is_far_off_halts(stage: Stage, by: str) -> None:
    stage.broker.bend_account = richer(by)
    with pytest.raises(Refusal, match=r"cash of 700\.00 differs"):
        stage.run()
    assert stage.book.halted(stage.policy.account)
    assert_untouched(stage)


def test_cash_that_is_a_little_off_is_noted(stage: Stage) -> None:
    stage.broker.bend_account = richer("10")
    stage.run()
    tieout = stage.book.last_tieout(stage.policy.account)
    assert tieout is not None
    assert not tieout.ok
    assert "USD cash" in tieout.text
    assert_sound(stage)


def test_cash_without_a_rate_stops_the_cycle(stage: Stage) -> None:
    euro = Cash(Currency("EUR"), D(0), D(0))
    stage.broker.bend_account = lambda state: replace(state, cash=(*state.cash, euro))
    with pytest.raises(Refusal, match="no exchange rate from EUR to USD"):
        stage.run()
    assert_untouched(stage)


# Whose account it is.


def test_another_account_is_refused(stage: Stage) -> None:
    stage.broker.bend_account = lambda state: replace(state, fingerprint="PAPER-OTHER")
    with pytest.raises(WrongAccount, match=r"…FC38, but this is bent PAPER …THER"):
        stage.run()
    assert_untouched(stage)


def test_live_under_a_config_for_paper_is_refused(stage: Stage) -> None:
    stage.broker.bend_account = lambda state: replace(state, environment=Environment.LIVE)
    with pytest.raises(Refusal, match="is set to PAPER, but the broker's account is LIVE"):
        stage.run()
    assert_untouched(stage)


def test_a_live_account_must_be_named(make: MakeStage) -> None:
    stage = make(6, Setting(relay=Bent))
    stage.environment = Environment.LIVE
    stage.broker.bend_account = lambda state: replace(state, environment=Environment.LIVE)
    with pytest.raises(Refusal, match="names another live account"):
        stage.run()
    assert_untouched(stage)


# Clocks.


@pytest.mark.parametrize("seconds", [6, -6])
def test_a_clock_that_is_off_is_refused(stage: Stage, seconds: int) -> None:
    stage.broker.clock_off = timedelta(seconds=seconds)
    with pytest.raises(Refusal, match=r"differ by 6\.0 s") as caught:
        stage.run()
    assert caught.value.remedy == "set the clock by NTP"
    assert_untouched(stage)


@pytest.mark.parametrize("seconds", [5, -5])
def test_a_clock_that_is_a_little_off_is_not(stage: Stage, seconds: int) -> None:
    stage.broker.clock_off = timedelta(seconds=seconds)
    stage.run()
    assert ours(stage)


def test_a_broker_that_says_closed_gets_nothing(stage: Stage) -> None:
    told = stage.broker.clock
    stage.broker.clock = lambda: replace(told(), is_open=False)
    plan = stage.run()
    assert set(fates(stage, plan)) == {"blocked"}
    assert not ours(stage)


# Prices.

QUOTES: dict[str, tuple[str, Callable[[Quote], Quote | None]]] = {
    "missing": ("it has no quote", lambda _quote: None),
    "NaN": ("its quote is NaN", lambda q: replace(q, bid=D("NaN"))),
    "infinite": ("its quote is", lambda q: replace(q, ask=D("Infinity"))),
    "zero": ("its quote is 0", lambda q: replace(q, bid=D(0))),
    "negative": ("its quote is -1", lambda q: replace(q, bid=D(-1))),
    "crossed": ("crossed or locked", lambda q: replace(q, bid=q.ask, ask=q.bid)),
    "locked": ("crossed or locked", lambda q: replace(q, bid=q.ask)),
    "stale": ("16 s old", lambda q: replace(q, time=q.time - timedelta(seconds=16))),
    "early": ("in the future", lambda q: replace(q, time=q.time + timedelta(seconds=6))),
    "delayed": ("is delayed", lambda q: replace(q, delayed=True)),
    "wide": ("its spread is", lambda q: replace(q, ask=q.ask * D("1.05"))),
    "jumped": ("its price moved", lambda q: replace(q, bid=q.bid * 2, ask=q.ask * 2)),
    "foreign": ("its quote is in EUR", lambda q: replace(q, currency=Currency("EUR"))),
}


@pytest.mark.parametrize(("why", "bend"), QUOTES.values(), ids=QUOTES)
def test_a_name_without_a_sound_quote_is_left_alone(
    stage: Stage, why: str, bend: Callable[[Quote], Quote | None]
) -> None:
    stage.broker.bend_quote = lambda quote: bend(quote) if quote.symbol == A else quote
    plan = stage.run()
    (line,) = (line for line in plan.lines if line.symbol == A)
    assert why in line.barred
    assert A not in {leg.order.symbol for leg in plan.legs}
    assert any(why in warning for warning in plan.warnings)
    assert_sound(stage)


@pytest.mark.parametrize(("why", "bend"), QUOTES.values(), ids=QUOTES)
def test_a_quote_that_turns_bad_before_the_order_leaves_blocks_it(
    stage: Stage, why: str, bend: Callable[[Quote], Quote | None]
) -> None:
    def on_step(step: str) -> None:
        if step == "intended":
            stage.broker.bend_quote = bend

    stage.on_step = on_step
    plan = stage.run()
    assert set(fates(stage, plan)) == {"blocked"}
    assert not ours(stage)
    details = [row.detail for row in stage.book.orders(plan_id=plan.plan_id)]
    rules = ("quote: ", "reference-jump: ")
    assert any(detail.startswith(rules) and why in detail for detail in details)


def test_a_name_that_the_broker_does_not_know_is_left_alone(stage: Stage) -> None:
    stage.broker.hidden = {A}
    plan = stage.run()
    assert A not in {leg.order.symbol for leg in plan.legs}
    assert_sound(stage)


def test_a_held_name_without_any_price_stops_the_cycle(make: MakeStage) -> None:
    stage = make(6, Setting(relay=Bent))
    stage.hold({A: D(10)})
    stage.broker.bend_quote = lambda quote: None if quote.symbol == A else quote
    stage.broker.bend_bars = lambda bars: None if bars.symbol == A else bars
    with pytest.raises(Refusal, match="S0001 is held and has no price: it has no quote"):
        stage.run()
    assert_untouched(stage)


def test_a_held_name_is_worth_the_last_close_that_is_in_the_book(stage: Stage) -> None:
    stage.broker.bend_quote = lambda quote: None if quote.symbol == A else quote
    stage.broker.bend_bars = lambda bars: None if bars.symbol == A else bars
    plan = stage.run()
    (line,) = (line for line in plan.lines if line.symbol == A)
    assert line.price == D(str(stage.paper.bars([A], 1)[A].closes[-1]))
    assert A not in {leg.order.symbol for leg in plan.legs}


def test_volumes_of_one_venue_are_no_average(stage: Stage) -> None:
    stage.broker.bend_bars = lambda bars: replace(bars, consolidated=False)
    stage.next_day()
    plan = stage.run()
    assert "filled" in fates(stage, plan)


@pytest.mark.parametrize("volume", [float("nan"), float("inf"), 0.0])
def test_volumes_that_make_no_sense_are_not_taken(stage: Stage, volume: float) -> None:
    stage.broker.bend_bars = lambda bars: replace(bars, volumes=(volume,) * len(bars.volumes))
    stage.next_day()
    plan = stage.run()
    assert "filled" in fates(stage, plan)


# Orders that are not ours.


def stranger(side: Side, quantity: str, limit: str | None) -> OrderState:
    price = None if limit is None else D(limit)
    return OrderState(None, "X1", A, side, D(quantity), D(0), price, OrderStatus.OPEN)


def test_a_name_in_which_somebody_else_trades_is_left_alone(stage: Stage) -> None:
    stage.broker.open_besides = (stranger(Side.SELL, "10", None),)
    plan = stage.run()
    (line,) = (line for line in plan.lines if line.symbol == A)
    assert line.barred == "an order that is not ours is open in it"
    assert A not in {leg.order.symbol for leg in plan.legs}


def test_cash_that_somebody_elses_purchase_may_take_is_not_spent(stage: Stage) -> None:
    def on_step(step: str) -> None:
        if step == "planned":
            stage.broker.open_besides = (stranger(Side.BUY, "1000", "10"),)

    stage.on_step = on_step
    plan = stage.run()
    buys = [r for r in stage.book.orders(plan_id=plan.plan_id) if r.order.side is Side.BUY]
    assert buys
    assert any("cash-floor" in row.detail for row in buys)


# Executions.


def test_executions_told_twice_count_once(stage: Stage) -> None:
    stage.broker.bend_executions = lambda told: told + told
    stage.run()
    assert ours(stage)
    assert_sound(stage)


def test_executions_that_come_late_are_waited_for(stage: Stage) -> None:
    """Positions move before the executions are told: no alarm, and no order is taken for done."""
    late = timedelta(seconds=8)
    stage.broker.bend_executions = lambda told: tuple(
        e for e in told if e.time + late <= stage.clock.now()
    )
    plan = stage.run()
    assert set(fates(stage, plan)) == {"filled"}
    assert not stage.book.halted(stage.policy.account)
    assert_sound(stage)


def test_a_fill_that_is_told_late_is_no_break(stage: Stage) -> None:
    moved = stage.clock.now()
    stage.broker.bend_executions = lambda told: (
        tuple(e for e in told if e.time < moved - timedelta(minutes=2))
        if stage.clock.now() < moved + timedelta(seconds=4)
        else told
    )
    stage.run()
    assert not stage.book.halted(stage.policy.account)
    assert not stage.book.locked(stage.policy.account, stage.post().session.day)
    assert_sound(stage)


# The line.


class Flaky(Bent):
    """Is out of reach for some readings, by their number."""

    def __init__(self, inner: object) -> None:
        super().__init__(inner)
        self.down: Callable[[str], bool] = lambda _what: False

    def _reached(self, what: str) -> None:
        if self.down(what):
            raise Unreachable(f"{what}: no answer")

    def quotes(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Quote]:
        self._reached("quotes")
        return super().quotes(symbols)

    def executions(self, since: object) -> tuple[Execution, ...]:
        self._reached("executions")
        return super().executions(since)

    def account(self) -> AccountState:
        self._reached("account")
        return super().account()


@pytest.fixture
def flaky(make: MakeStage) -> Stage:
    """The same account at a broker whose line breaks."""
    made = make(6, Setting(relay=Flaky))
    made.hold_weights(uneven(names(6), "0.165", "0.163", count=1), D(100_000))
    made.run()
    made.clock.sleep(60)
    shove(made)
    made.steps.clear()
    return made


@pytest.mark.parametrize("what", ["quotes", "executions", "account"])
def test_out_of_reach_before_anything_is_sent(flaky: Stage, what: str) -> None:
    flaky.broker.down = lambda asked: asked == what
    with pytest.raises(Unreachable):
        flaky.run()
    assert_untouched(flaky)
    flaky.broker.down = lambda _asked: False
    flaky.run()
    assert ours(flaky)
    assert_sound(flaky)


@pytest.mark.parametrize("what", ["quotes", "account"])
def test_out_of_reach_in_the_middle_of_a_wave(flaky: Stage, what: str) -> None:
    def on_step(step: str) -> None:
        if step == "wave done" or (what == "quotes" and step == "intended"):
            flaky.broker.down = lambda asked: asked == what

    flaky.on_step = on_step
    with pytest.raises(Unreachable):
        flaky.run()
    row = flaky.book.plans(state="void")[0]
    assert row.why == f"interrupted: {what}: no answer"
    flaky.broker.down, flaky.on_step = (lambda _asked: False), (lambda _step: None)
    flaky.clock.sleep(60)
    flaky.run()
    assert not flaky.book.unsettled(flaky.policy.account)
    assert max(flaky.weights().values()) < D("0.21")
    assert_sound(flaky)


def test_a_short_silence_while_orders_work_is_waited_out(flaky: Stage) -> None:
    asked = iter(range(1000))

    def down(what: str) -> bool:
        return what == "executions" and sent(flaky) and next(asked) < 3

    flaky.broker.down = down
    plan = flaky.run()
    assert set(fates(flaky, plan)) == {"filled"}
    assert_sound(flaky)


def sent(stage: Stage) -> bool:
    return any(step.startswith("sent ") for step in stage.steps)


def test_every_refusal_names_a_remedy(stage: Stage) -> None:
    stage.broker.bend_account = richer("700")
    with pytest.raises(Refusal) as caught:
        stage.run()
    assert "trimtab reconcile --account main" in caught.value.remedy
    with pytest.raises(Refusal) as again:
        stage.run()
    assert again.value.remedy.endswith('run: trimtab resume main --reason "..."')
