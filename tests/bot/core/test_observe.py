"""What one look makes of an account: currencies, instruments, lots, and a history with a hole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from paced import uneven
from stage import D, MakeStage, Relay, Setting, Stage, names

from bot.observe import observe
from bot.reconcile import Refusal, catch_up, tie_out
from brokers.broker import Capabilities, FindResult, Found
from brokers.words import (
    AccountState,
    Cash,
    Currency,
    Execution,
    FxRate,
    Instrument,
    OrderStatus,
    Position,
    Quote,
    Relief,
    Side,
    Symbol,
)
from strategies.snapshot import Holding, Snapshot

A, B, *_ = names(6)
EUR = Currency("EUR")


class Abroad(Relay):
    """A trades in euros, and there is cash in euros; what the broker offers can be set."""

    rate: str | None = "1.25"
    tradable = True
    relief: tuple[Relief, ...] = tuple(Relief)
    euros = D(100)

    @property
    def capabilities(self) -> Capabilities:
        return replace(self.inner.capabilities, relief=self.relief)

    def account(self) -> AccountState:
        state = self.inner.account()
        return replace(state, cash=(*state.cash, Cash(EUR, self.euros, D(40))))

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        known = dict(self.inner.instruments(symbols))
        known[A] = replace(known[A], currency=EUR)
        known[B] = replace(known[B], tradable=self.tradable)
        return known

    def quotes(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Quote]:
        known = dict(self.inner.quotes(symbols))
        return {s: replace(q, currency=EUR) if s == A else q for s, q in known.items()}

    def fx(self, currencies: Sequence[Currency], base: Currency) -> Mapping[Currency, FxRate]:
        at = self.inner.clock().time
        rates = {} if self.rate is None else {EUR: FxRate(EUR, base, D(self.rate), at)}
        return {c: rate for c, rate in rates.items() if c in currencies}


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    """Six names, the first of them abroad."""
    made = make(6, Setting(relay=Abroad))
    made.hold_weights(uneven(names(6), "0.165", "0.163", count=1), D(100_000))
    return made


def look(stage: Stage) -> Snapshot:
    post = stage.post()
    catch_up(post.policy, post.identity, stage.broker, stage.book, post.clock.now())
    return observe(post, tie_out(post, stage.broker, stage.book), stage.broker, stage.book)


def seen(stage: Stage, symbol: Symbol) -> Holding:
    return look(stage).holding(symbol)


def test_a_foreign_name_is_worth_its_price_at_the_rate(stage: Stage) -> None:
    holding = seen(stage, A)
    assert holding.quote is not None
    assert holding.price == holding.quote.mid * D("1.25")
    assert holding.fx == D("1.25")
    assert not holding.barred


def test_foreign_cash_counts_at_the_rate_and_buys_nothing(stage: Stage) -> None:
    found = look(stage)
    assert found.cash == stage.cash() + 125
    assert found.settled == stage.cash(), "another currency must be changed by hand first"


@pytest.mark.parametrize("rate", [None, "NaN", "0", "-1"])
def test_foreign_cash_without_a_sound_rate_stops_the_look(stage: Stage, rate: str | None) -> None:
    stage.broker.rate = rate
    with pytest.raises(Refusal, match="no exchange rate from EUR to USD"):
        look(stage)


def test_a_held_foreign_name_without_a_rate_stops_the_look(make: MakeStage) -> None:
    class Homely(Abroad):
        rate = None

        def account(self) -> AccountState:
            return self.inner.account()

    made = make(6, Setting(relay=Homely))
    made.hold({A: D(10)})
    with pytest.raises(Refusal, match="S0001 is held and has no price: no exchange rate from EUR"):
        look(made)


def test_a_name_that_cannot_be_traded_is_barred_and_keeps_its_price(stage: Stage) -> None:
    stage.broker.tradable = False
    holding = seen(stage, B)
    assert holding.barred == "the broker says it cannot be traded"
    assert holding.price == stage.paper.quotes([B])[B].mid


def test_a_name_that_is_locked_keeps_its_price(stage: Stage) -> None:
    day = stage.post().session.day
    look(stage)
    stage.book.lock(stage.policy.account, B, day, "locked by hand", stage.clock.now())
    holding = seen(stage, B)
    assert holding.barred == "locked by hand"
    assert holding.price == stage.paper.quotes([B])[B].mid


def test_lots_are_relieved_as_the_broker_does(stage: Stage) -> None:
    stage.broker.relief = (Relief.LIFO,)
    found = look(stage)
    assert found.relief is Relief.LIFO
    assert found.warnings[0].startswith("the broker relieves lots lifo, not fifo: trimtab lots")


def test_the_largest_order_is_the_one_that_the_gate_lets_pass(stage: Stage) -> None:
    holding, share = seen(stage, B), stage.post().limits.order_adv_max
    assert holding.adv_shares is not None
    assert holding.order_max == holding.adv_shares * share


def test_lots_come_with_their_basis(stage: Stage) -> None:
    holding = seen(stage, B)
    (lot,) = holding.lots
    assert lot.quantity == holding.quantity
    assert lot.unit_cost is not None


class Holed(Relay):
    """Tells of sales, and of no purchase before them."""

    def executions(self, since: object) -> tuple[Execution, ...]:
        return tuple(e for e in self.inner.executions(since) if e.side is Side.SELL)


def test_a_history_with_a_hole_stops_the_look(make: MakeStage) -> None:
    stage = make(6, Setting(relay=Holed))
    stage.hold({A: D(10)})
    stage.clock.sleep(60)
    stage.hold({A: D(5)}, Side.SELL)
    with pytest.raises(Refusal, match="5 shares were sold that no lot accounts for") as caught:
        look(stage)
    assert "import the missing purchase" in caught.value.remedy


class Unpriced(Relay):
    """One share of A too many, and no quote of it."""

    bent = False

    def account(self) -> AccountState:
        state = self.inner.account()
        first, *rest = state.positions
        more = replace(first, quantity=first.quantity + self.bent)
        return replace(state, positions=(more, *rest))

    def quotes(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Quote]:
        return {s: q for s, q in self.inner.quotes(symbols).items() if s != A or not self.bent}


def test_a_difference_that_nobody_can_value_halts(make: MakeStage) -> None:
    stage = make(6, Setting(relay=Unpriced))
    stage.hold_weights(uneven(names(6), "0.165", "0.163", count=1), D(100_000))
    look(stage)
    stage.broker.bent = True
    with pytest.raises(Refusal, match="S0001 differs and has no price"):
        look(stage)
    assert stage.book.halted(stage.policy.account)


class Ahead(Relay):
    """Says that orders are filled, and never tells of an execution."""

    asked = 0

    def executions(self, since: object) -> tuple[Execution, ...]:
        told = self.inner.executions(since)
        return tuple(e for e in told if str(e.key).startswith("HAND-"))

    def find(self, key: str) -> FindResult:
        self.asked += 1
        return self.inner.find(key)


def test_shares_that_are_never_told_are_not_waited_for_forever(make: MakeStage) -> None:
    stage = make(6, Setting(relay=Ahead))
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    began = stage.clock.now()
    with pytest.raises(Refusal, match=r"shares worth .* differ"):
        stage.run()
    assert stage.clock.now() - began < timedelta(minutes=45)
    plan = stage.book.latest_plan(stage.policy.account)
    assert plan is not None
    assert stage.book.plan_state(plan.plan_id) == "void"
    kinds = {row.last_event for row in stage.book.orders(plan_id=plan.plan_id)}
    assert kinds <= {"filled", "partly", "blocked"}, "their end was told, and not their executions"
    assert stage.book.halted(stage.policy.account)
    found = stage.paper.find(plan.legs[0].order.key)
    assert isinstance(found, Found)
    assert found.state.status is OrderStatus.FILLED


def test_an_outlook_says_that_the_exchange_is_closed(stage: Stage) -> None:
    post = stage.post()
    ahead = replace(post.session, opens=post.clock.now() + timedelta(hours=1))
    early = replace(post, session=ahead)
    look(stage)
    found = observe(early, tie_out(early, stage.broker, stage.book), stage.broker, stage.book)
    assert "the exchange is closed until" in found.warnings[0]


class Shorted(Relay):
    """A broker at which ten shares of a name are sold short, by somebody's hand."""

    def account(self) -> AccountState:
        state = self.inner.account()
        return replace(state, positions=(*state.positions, Position(SHORTED, D(-10))))


SHORTED = Symbol("S0009")


def test_what_is_held_short_is_in_no_lot_and_stops_the_look_with_its_sentence(
    make: MakeStage,
) -> None:
    made = make(6, Setting(relay=Shorted))
    made.hold_weights(uneven(names(6), "0.165", "0.163", count=1), D(100_000))
    with pytest.raises(Refusal, match=r"S0009 is held short \(-10\)") as caught:
        look(made)
    assert "close it" in caught.value.remedy
    last = made.book.last_tieout(made.policy.account)
    assert last is not None
    assert (last.ok, last.text) == (True, "held short: S0009")
    assert not [t for t in made.book.transfers(made.policy.account) if t.symbol == SHORTED]


class Sold(Shorted):
    """The broker tells the sale, too."""

    def executions(self, since: object) -> tuple[Execution, ...]:
        when = self.inner.clock().time
        sale = Execution("x", 0, None, SHORTED, Side.SELL, D(10), D(5), D(0), when)
        return (*self.inner.executions(since), sale)


def test_a_sale_of_what_nobody_held_is_told_as_the_short_sale_that_it_is(make: MakeStage) -> None:
    made = make(6, Setting(relay=Sold))
    made.hold_weights(uneven(names(6), "0.165", "0.163", count=1), D(100_000))
    with pytest.raises(Refusal, match="the broker states S0009 as held short") as caught:
        look(made)
    assert "10 shares were sold that no lot accounts for" in str(caught.value)
    assert "close what is short" in caught.value.remedy
