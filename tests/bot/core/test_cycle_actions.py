"""Corporate actions and relief in the cycle: what is told ties out, what is asked is left alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from stage import MakeStage, Relay, Setting, Stage, names

from bot.household.relief import rules_of
from bot.observe import observe
from bot.reconcile import TiedOut, catch_up, tie_out
from brokers.broker import Capabilities
from brokers.words import (
    AccountState,
    ActionRecord,
    OpenQuestion,
    Position,
    Relief,
    Side,
    SpinOff,
    Split,
    Symbol,
    SymbolChange,
)
from strategies.lots import Lot
from strategies.policy import TaxKind, TaxPolicy
from strategies.snapshot import Snapshot

D = Decimal
A, B = names(2)


class Company(Relay):
    """A broker whose shares a company did something to."""

    relief: tuple[Relief, ...] = (Relief.FIFO,)
    told: tuple[ActionRecord, ...] = ()
    became: tuple[Symbol, Symbol, Decimal] | None = None

    @property
    def capabilities(self) -> Capabilities:
        return replace(self.inner.capabilities, relief=self.relief)

    def corporate_actions(self, since: datetime | None) -> tuple[ActionRecord, ...]:
        del since
        return self.told

    def account(self) -> AccountState:
        state = self.inner.account()
        return replace(state, positions=tuple(map(self._bent, state.positions)))

    def _bent(self, held: Position) -> Position:
        if self.became is None or held.symbol != self.became[0]:
            return held
        _, new, ratio = self.became
        return Position(new, held.quantity * ratio)


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    """Some of two names in a taxable account that wants its dearest lots sold."""
    made = make(2, Setting(relay=Company))
    made.policy = replace(made.policy, tax=TaxPolicy(TaxKind.TAXABLE, relief=Relief.HIFO))
    made.hold({A: D(100), B: D(100)})
    return made


def tied(stage: Stage) -> TiedOut:
    post = stage.post()
    catch_up(post.policy, post.identity, stage.broker, stage.book, post.clock.now())
    return tie_out(post, stage.broker, stage.book)


def look(stage: Stage) -> Snapshot:
    known = tied(stage)
    return observe(stage.post(), known, stage.broker, stage.book)


def today(stage: Stage) -> date:
    return stage.post().session.day


@pytest.mark.parametrize(
    ("action", "became"),
    [
        (lambda day: Split("s", A, D(3), day), (A, A, D(3))),
        (lambda day: SymbolChange("n", A, day, Symbol("NEW")), (A, Symbol("NEW"), D(1))),
    ],
)
def test_what_the_broker_tells_in_full_ties_out(
    stage: Stage, action: Callable[[date], ActionRecord], became: tuple[Symbol, Symbol, Decimal]
) -> None:
    before = tied(stage).ledger.lots[A]
    stage.next_day()
    stage.broker.told, stage.broker.became = (action(today(stage)),), became
    found = tied(stage)
    assert found.breaks == ()
    (lot,) = found.ledger.lots[became[1]]
    assert (lot.cost, lot.acquired) == (before[0].cost, before[0].acquired)


def test_a_word_of_the_owner_that_does_not_fit_is_a_break(stage: Stage) -> None:
    tied(stage)
    wrong = Split("owner:s", A, D("1.001"), today(stage) + timedelta(days=1))
    stage.book.record(stage.policy.account, (), (), (), (wrong,))
    assert [each.symbol for each in tied(stage).breaks] == [A]


def test_what_is_asked_is_left_alone_until_the_owner_answers(stage: Stage) -> None:
    look(stage)
    day = today(stage)
    stage.broker.told = (OpenQuestion("q", A, day, "Alpaca booked CIL of +7 USD", ("q",)),)
    barred = look(stage).holding(A).barred
    assert barred == (
        "Alpaca booked CIL of +7 USD; tell what it was: trimtab lots action --help (q)"
    )
    assert not look(stage).holding(B).barred
    plan = stage.run_with_consent()
    assert A not in {leg.order.symbol for leg in plan.legs}
    assert any(barred in warning for warning in plan.warnings)
    answer = SpinOff("owner:x", B, day, A, D("0.0001"), D("0.1"), records=("q",))
    later = replace(answer, effective=date(2020, 1, 2))  # before there were shares
    stage.book.record(stage.policy.account, (), (), (), (later,))
    assert not look(stage).holding(A).barred


def by_name(lots: tuple[Lot, ...]) -> list[tuple[str, Decimal]]:
    return [(lot.lot_id, lot.quantity) for lot in lots]


def test_another_method_leaves_the_lots_of_past_sales_as_they_were(stage: Stage) -> None:
    stage.clock.sleep(3600)
    stage.hold({A: D(50)})
    stage.hold({A: D(20)}, Side.SELL)
    first, second = look(stage).holding(A).lots
    assert (first.quantity, second.quantity) == (80, 50), "first in, first out, whatever is wanted"
    account = stage.policy.account
    assert [(row.since, row.relief) for row in stage.book.reliefs(account)] == [
        (date.min, Relief.FIFO)
    ]
    stage.next_day()
    stage.broker.relief = (Relief.LIFO,)
    assert by_name(look(stage).holding(A).lots) == by_name((first, second))
    assert stage.book.reliefs(account)[-1].since == today(stage)
    stage.hold({A: D(30)}, Side.SELL)
    assert [lot.quantity for lot in look(stage).holding(A).lots] == [80, 20]
    assert len(stage.book.reliefs(account)) == 2


def test_what_was_traded_today_keeps_the_method_of_today(stage: Stage) -> None:
    look(stage)
    stage.broker.relief = (Relief.LIFO,)
    look(stage)
    since = stage.book.reliefs(stage.policy.account)[-1].since
    assert since == today(stage) + timedelta(days=1)


def test_book_and_plan_relieve_alike_when_the_owner_changes_the_config(stage: Stage) -> None:
    stage.broker.relief = (Relief.FIFO, Relief.HIFO)
    assert look(stage).relief is Relief.HIFO
    account = stage.policy.account
    stage.next_day()
    stage.policy = replace(stage.policy, tax=TaxPolicy(TaxKind.TAXABLE, relief=Relief.LIFO))
    assert look(stage).relief is Relief.FIFO, "the broker's own, where it cannot do as wanted"
    rules = rules_of(account, stage.policy.tax, stage.book)
    day = today(stage)
    assert rules.on(day).relief is Relief.FIFO
    assert rules.on(day - timedelta(days=1)).relief is Relief.HIFO


def test_rates_are_a_part_of_minimum_tax_and_of_no_other_method(stage: Stage) -> None:
    stage.broker.relief = (Relief.FIFO, Relief.MINIMUM_TAX)
    for relief, rows in ((Relief.FIFO, 1), (Relief.MINIMUM_TAX, 3)):
        for rate in (D("0.37"), D("0.24")):
            tax = TaxPolicy(TaxKind.TAXABLE, short_rate=rate, relief=relief)
            stage.policy = replace(stage.policy, tax=tax)
            look(stage)
        assert len(stage.book.reliefs(stage.policy.account)) == rows


def test_a_reverse_and_a_forward_split_of_one_morning_tie_out(stage: Stage) -> None:
    """100 shares are 20, or 300, for a moment, and then 60: book and broker agree."""
    (before,) = tied(stage).ledger.lots[A]
    stage.next_day()
    day = today(stage)
    stage.broker.told = (Split("up", A, D(3), day), Split("down", A, D("0.2"), day))
    stage.broker.became = (A, A, D("0.6"))
    found = tied(stage)
    assert not found.breaks
    (lot,) = found.ledger.lots[A]
    assert (lot.quantity, lot.cost, lot.acquired) == (60, before.cost, before.acquired)
