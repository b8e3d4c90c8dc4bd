"""What a named person alone lifts: limits loosened by two steps, and names that were left alone."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paced import uneven
from stage import D, MakeStage, Relay, Setting, Stage, names

from bot.book.book import Book
from bot.book.errors import IllegalStep
from bot.limits import PROFILES, Limits, Profile, is_looser, looser_ones, tightest
from brokers.broker import Refused, SubmitResult
from brokers.words import Order, Quote, Side, Split, Symbol

PERSON, DESK = PROFILES[Profile.PERSON], PROFILES[Profile.DESK]
PICKS = st.sampled_from(list(PROFILES.values()))
NUMBERED = st.builds(
    lambda base, most, floor, turnover, weight: replace(
        base,
        orders_per_day=most,
        cash_floor=floor,
        day_turnover_max=turnover,
        order_usd_max=weight,
    ),
    PICKS,
    st.integers(0, 500),
    st.decimals(0, 500, places=2),
    st.decimals(0, 1, places=2),
    st.one_of(st.none(), st.decimals(0, 5000, places=2)),
)


@given(NUMBERED, NUMBERED)
def test_the_tightest_of_two_is_looser_than_neither(ours: Limits, theirs: Limits) -> None:
    found = tightest(ours, theirs)
    assert looser_ones(found, ours) == looser_ones(found, theirs) == ()
    for item in fields(Limits):
        value = getattr(found, item.name)
        assert value in {getattr(ours, item.name), getattr(theirs, item.name)}
    assert tightest(found, ours) == tightest(theirs, ours) == found


def test_no_number_lets_more_through_than_any() -> None:
    assert is_looser("order_usd_max", None, D(1))
    assert not is_looser("order_usd_max", D(1), None)
    assert not is_looser("order_usd_max", None, None)
    assert is_looser("cash_floor", D(1), D(2))
    assert is_looser("collar", D(2), D(1))


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    """An account of six names."""
    return make(6, Setting(relay=Relay))


def settled(stage: Stage, configured: Limits) -> Limits:
    """The limits with which a cycle would work now."""
    return stage.book.latches.settle(stage.policy.account, configured, stage.clock.now())


def test_tighter_holds_at_once_and_looser_once_it_is_confirmed(stage: Stage) -> None:
    latches, account = stage.book.latches, stage.policy.account
    assert settled(stage, PERSON) == PERSON
    tight = replace(PERSON, orders_per_day=10, cash_floor=D(900))
    assert settled(stage, tight) == tight
    mixed = replace(PERSON, orders_per_day=20, cash_floor=D(50), collar=D("0.02"))
    assert settled(stage, mixed) == replace(tight, collar=D("0.02"))
    assert looser_ones(mixed, latches.in_force(account, mixed)) == ("cash_floor", "orders_per_day")
    latches.accept(account, mixed, "Ann", "larger account", stage.clock.now())
    assert settled(stage, mixed) == mixed
    word = latches.accepted(account)
    assert word is not None
    assert (word.who, word.why) == ("Ann", "larger account")


def test_another_profile_is_loosened_like_any_number(stage: Stage) -> None:
    settled(stage, PERSON)
    assert settled(stage, DESK).orders_per_cycle == PERSON.orders_per_cycle


def test_to_look_is_not_to_use(stage: Stage) -> None:
    """What was tightened and taken back before any cycle worked with it was never in force."""
    settled(stage, PERSON)
    tight = replace(PERSON, orders_per_day=10)
    assert stage.book.latches.in_force(stage.policy.account, tight) == tight
    assert settled(stage, PERSON) == PERSON


def test_nothing_is_written_down_where_nothing_changes(stage: Stage) -> None:
    settled(stage, PERSON)
    first = stage.book.latches.accepted(stage.policy.account)
    stage.clock.sleep(60)
    settled(stage, PERSON)
    assert stage.book.latches.accepted(stage.policy.account) == first


# Names that are left alone.


class Bent(Relay):
    """Quotes of one name twice as high, and orders in it refused."""

    twice: frozenset[Symbol] = frozenset()
    refuse: frozenset[Symbol] = frozenset()

    def quotes(self, symbols: list[Symbol]) -> dict[Symbol, Quote]:
        found = self.inner.quotes(symbols)
        return {s: self._bent(quote) for s, quote in found.items()}

    def _bent(self, quote: Quote) -> Quote:
        if quote.symbol not in self.twice:
            return quote
        return replace(quote, bid=quote.bid * 2, ask=quote.ask * 2)

    def submit(self, order: Order) -> SubmitResult:
        return Refused("not here") if order.symbol in self.refuse else self.inner.submit(order)


A, *_ = names(6)


@pytest.fixture
def drifted(make: MakeStage) -> Stage:
    """A name far above its part."""
    stage = make(6, Setting(relay=Bent))
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    return stage


def barred(stage: Stage, symbol: Symbol) -> str:
    """Why the next plan leaves a name alone."""
    plan = stage.run_later(60)
    return next(line.barred for line in plan.lines if line.symbol == symbol)


def test_a_price_that_jumped_is_a_persons_until_he_clears_it(drifted: Stage) -> None:
    stage, account = drifted, drifted.policy.account
    stage.broker.twice = {A}
    assert "its price moved +" in barred(stage, A)
    stage.broker.twice = set()
    stage.next_day()
    assert "a person clears it: trimtab limits main --clear S0001" in barred(stage, A)
    stage.book.latches.clear(account, A, "Ann", "a bad print", stage.clock.now())
    with pytest.raises(IllegalStep, match="is not left alone"):
        stage.book.latches.clear(account, A, "Ann", "again", stage.clock.now())
    assert barred(stage, A) == ""


def test_a_person_vouches_for_a_price_for_one_session(drifted: Stage) -> None:
    stage = drifted
    stage.broker.twice = {A}
    barred(stage, A)
    stage.book.latches.clear(stage.policy.account, A, "Ann", "earnings", stage.clock.now())
    plan = stage.run_with_consent()
    assert {line.symbol: line.barred for line in plan.lines}[A] == ""
    sold = [row for row in stage.book.orders(plan_id=plan.plan_id) if row.order.symbol == A]
    assert sold
    assert sold[0].order.side is Side.SELL
    assert not any(row.detail.startswith(("reference-jump", "close-collar")) for row in sold)
    stage.next_day()
    assert "its price moved +" in barred(stage, A)


def test_a_jump_seen_only_as_the_order_leaves_is_kept_too(drifted: Stage) -> None:
    stage = drifted

    def on_step(step: str) -> None:
        if step == "intended":
            stage.broker.twice = {A}

    stage.on_step = on_step
    plan = stage.run()
    assert A in {leg.order.symbol for leg in plan.legs}
    left = stage.book.latches.quarantined(stage.policy.account)
    assert left[A].startswith("its price moved +")


def test_a_corporate_action_that_comes_to_be_known_explains_a_jump(stage: Stage) -> None:
    latches, account, now = stage.book.latches, stage.policy.account, stage.clock.now()
    stage.run()
    latches.quarantine(account, A, "its price moved -50%", now)
    old = Split("s0", A, D(2), (now - timedelta(days=30)).date())
    stage.book.record(account, (), (), (), (old,))
    assert A in latches.quarantined(account)
    new = Split("s1", A, D(2), now.date())
    stage.book.record(account, (), (), (), (new,))
    assert A not in latches.quarantined(account)
    assert A not in stage.book.locked(account, now.date())


def test_what_is_turned_down_for_one_reason_again_and_again_is_left_alone(make: MakeStage) -> None:
    stage = make(6, Setting(relay=Bent))
    stage.limits = replace(stage.limits, rejects_share_halt=D(1), cycle_turnover_max=D(2))
    stage.broker.refuse = {A}
    stage.run_with_consent()
    for _ in range(3):
        stage.next_day()
        stage.run_with_consent()
    left = stage.book.latches.quarantined(stage.policy.account)
    assert left.keys() == {A}
    assert left[A].startswith("3 orders in it were turned down: not here")
    stage.next_day()
    assert "not here" in barred(stage, A)
    account, latches = stage.policy.account, stage.book.latches
    latches.clear(account, A, "Ann", "asked the broker", stage.clock.now())
    stage.broker.refuse = frozenset()
    stage.clock.sleep(60)
    plan = stage.run_with_consent()
    assert latches.quarantined(account) == {}, "old refusals say nothing against a person's word"
    assert A in {row.order.symbol for row in stage.book.orders(plan_id=plan.plan_id)}


def test_a_quarantine_survives_the_process(drifted: Stage) -> None:
    drifted.book.latches.quarantine(drifted.policy.account, A, "odd", drifted.clock.now())
    with Book.open(drifted.folder / "book.db", upgrade=False) as again:
        assert A in again.latches.quarantined(drifted.policy.account)
