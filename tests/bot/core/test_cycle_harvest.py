"""A harvest from the plan to the fills: the pair is one unit, and what was sold stays sold."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

import pytest
from family import (
    BND,
    BOUGHT,
    HARVESTED,
    HERS,
    IRA,
    ITOT,
    MAIN,
    SCHB,
    VTI,
    Family,
    losses,
    lost,
    open_family,
    taken,
)
from stage import D, Relay, assert_sound

from brokers.broker import Refused, SubmitResult
from brokers.words import Order, Side, Symbol
from strategies.plan import Hold, Plan

FREE = HARVESTED.date() + timedelta(days=31)
"""The first day on which VTI may be bought again."""


@pytest.fixture
def alone(tmp_path: Path, template: Path) -> Iterator[Family]:
    """One taxable account, whose VTI has fallen by a fifth."""
    family = open_family(tmp_path, template)
    family.add("main", MAIN)
    family.sell_gold("main")
    family.until(HARVESTED)
    yield family
    family.close()


@pytest.fixture
def three(tmp_path: Path, template: Path) -> Iterator[Family]:
    """The same beside the spouse's account and an IRA, which hold VTI too."""
    family = open_family(tmp_path, template)
    family.add("ira", IRA)
    family.add("hers", HERS)
    family.add("main", MAIN)
    family.sell_gold("main")
    family.until(HARVESTED)
    yield family
    family.close()


def moved(plan: Plan) -> dict[Symbol, Decimal]:
    """What a plan wants to buy (sell below zero)."""
    return {leg.order.symbol: leg.order.side.sign * leg.order.quantity for leg in plan.legs}


def filled(family: Family, plan: Plan) -> dict[Symbol, Decimal]:
    """What its orders came to."""
    rows = family.book.orders(plan.account, plan.plan_id)
    return {row.order.symbol: row.order.side.sign * row.filled for row in rows}


def notes(family: Family, plan: Plan, symbol: Symbol) -> str:
    """All that the book says of an order of the plan."""
    (key,) = (leg.order.key for leg in plan.legs if leg.order.symbol == symbol)
    return " | ".join(f"{n.kind} {n.detail}" for n in family.book.order_notes(key))


def troubles(family: Family) -> list[str]:
    """Words of the mails that want a person."""
    mails = family.book.due_mails(family.clock.now())
    return [" ".join(mail.text.split()) for mail in mails if mail.severity == "critical"]


def assert_sound_alone(family: Family) -> None:
    """Book and exchange of the only account say the same."""
    folder = family.stages["main"].folder
    (folder / "book.db").symlink_to(family.folder / "book.db")
    assert_sound(family.stages["main"])


def assert_no_wash(family: Family) -> None:
    """Nothing that was lost was taken, by the ledger of the book."""
    home = family.ledger()
    assert losses(home) > 0
    assert (taken(home), lost(home)) == (0, 0)


# Both legs fill.


def test_a_loss_is_sold_and_replaced_and_all_of_it_counts(alone: Family) -> None:
    plan = alone.slot("main")
    assert alone.book.plan_state(plan.plan_id) == "finished"
    assert plan.drift_before < D("0.01"), "a substitute takes its original's place in the target"
    held = alone.stages["main"].held()
    assert VTI not in held
    assert held[ITOT] == pytest.approx(D(2000), rel=D("0.002"))
    home = alone.ledger()
    fell = alone.tape.mid(VTI, BOUGHT.date()) - alone.tape.mid(VTI, HARVESTED.date())
    assert losses(home) == pytest.approx(1000 * fell + 20, abs=D(20)), "a cent a leg, and fees"
    assert taken(home) == 0
    assert {one.symbol for one in home.disposals if one.gain < 0} == {"VTI"}
    assert_sound_alone(alone)
    assert not troubles(alone)


def test_for_thirty_days_it_is_left_alone(three: Family) -> None:
    three.cycles()
    before = three.stages["main"].held()
    for day in (1, 2, 3, 7, 10, 14, 17, 21, 24, 28, 30, 31):
        three.until(HARVESTED + timedelta(days=day))
        for plan in three.cycles().values():
            assert isinstance(plan.decision, Hold), moved(plan)
    assert three.stages["main"].held() == before
    assert_no_wash(three)


def test_fresh_money_goes_to_the_substitute(alone: Family) -> None:
    alone.cycle("main")
    alone.next_day()
    alone.deposit("main", 16_000)
    plan = alone.cycle("main")
    assert moved(plan)[ITOT] > 0
    assert VTI not in moved(plan)
    assert filled(alone, plan)[ITOT] == moved(plan)[ITOT]
    assert_no_wash(alone)


def test_fresh_money_of_the_others_does_not_go_to_what_was_sold(three: Family) -> None:
    three.cycles()
    three.next_day()
    for name in ("ira", "hers"):
        three.deposit(name, 20_000)
        plan = three.cycle(name)
        assert moved(plan).get(VTI, D(0)) == 0, name
        assert "VTI was sold at a loss on 2026-06-15 in main" in " ".join(plan.warnings)
    assert_no_wash(three)


def test_once_the_days_are_over_fresh_money_buys_it_again(three: Family) -> None:
    three.cycles()
    three.until(HARVESTED + timedelta(days=31))
    three.cycles()
    three.deposit("ira", 20_000)
    assert VTI in moved(three.cycle("ira"))
    assert three.bought("ira", FREE) >= {VTI}
    assert_no_wash(three)


# The sale fills in part, or not.


def test_no_more_is_bought_than_was_sold(alone: Family) -> None:
    alone.tape.per_second[VTI] = D("0.5")
    plan = alone.slot("main")
    done, wanted = filled(alone, plan), moved(plan)
    assert -400 < done[VTI] < -100, "a part of it"
    share = done[VTI] / wanted[VTI]
    assert done[ITOT] <= wanted[ITOT] * share
    assert done[ITOT] == pytest.approx(wanted[ITOT] * share, rel=D("0.0001"))
    assert alone.book.plan_state(plan.plan_id) == "finished"
    assert_sound_alone(alone)
    assert_no_wash(alone)
    assert not troubles(alone)


def test_what_is_left_of_the_loss_is_sold_the_next_day(alone: Family) -> None:
    alone.tape.per_second[VTI] = D("0.5")
    alone.cycle("main")
    alone.tape.per_second.clear()
    alone.clock.sleep(60)
    again = alone.cycle("main")
    assert isinstance(again.decision, Hold), "never twice a day"
    alone.next_day()
    plan = alone.cycle("main")
    assert moved(plan)[VTI] < 0 < moved(plan)[ITOT]
    assert VTI not in alone.stages["main"].held()
    assert_no_wash(alone)


def test_without_a_sale_nothing_is_bought(alone: Family) -> None:
    alone.tape.per_second[VTI] = D(0)
    plan = alone.slot("main")
    assert filled(alone, plan) == {VTI: 0, ITOT: 0}
    assert "pair: it buys in place of a sale that filled for 0" in notes(alone, plan, ITOT)
    assert "sent" not in notes(alone, plan, ITOT)
    home = alone.ledger()
    assert (losses(home), taken(home)) == (0, 0)
    assert not troubles(alone)


# The sale fills, its substitute cannot be bought.


Trouble = Callable[[Family], None]


class Refusing(Relay):
    """Takes no purchase of ``names``."""

    names: frozenset[Symbol] = frozenset()

    def submit(self, order: Order) -> SubmitResult:
        if order.side is Side.BUY and order.symbol in self.names:
            return Refused("not to be bought here")
        return self.inner.submit(order)


def no_quote(family: Family) -> None:
    family.tape.gone.add(ITOT)


def rejected(family: Family) -> None:
    family.stages["main"].broker.names = frozenset({ITOT})


def halted(family: Family) -> None:
    family.book.halt("main", "by hand", "owner", family.clock.now())


def fail_between(family: Family, trouble: Trouble) -> None:
    """``trouble`` comes when the sale has filled."""
    stage = family.stages["main"]
    stage.broker = Refusing(stage.paper)
    family.desks["main"] = replace(family.desks["main"], broker=stage.broker)
    stage.on_step = lambda step: trouble(family) if step == "wave done" else None


@pytest.mark.parametrize("trouble", [no_quote, rejected, halted])
def test_a_sale_without_its_substitute_is_told_and_not_taken_back(
    three: Family, trouble: Trouble
) -> None:
    fail_between(three, trouble)
    plan = three.slots()["main"]
    assert filled(three, plan).get(ITOT, 0) == 0
    assert filled(three, plan)[VTI] == -1000
    (said,) = [text for text in troubles(three) if "in its place" in text]
    assert "main: a loss was sold and not replaced" in said
    wanted = moved(plan)[ITOT].quantize(D("0.01"), ROUND_DOWN)
    assert f"VTI was sold at a loss, and of the {wanted} ITOT to be bought in its place" in said
    assert "VTI is not to be bought back for 30 days" in said
    assert "the next plan buys the rest, or another substitute" in said
    three.stages["main"].on_step = lambda _step: None
    if trouble is halted:
        three.book.resume("main", "looked at", "owner", three.clock.now())
    for day in (1, 14, 30):
        three.until(HARVESTED + timedelta(days=day))
        three.deposit("ira", 3_000)
        three.deposit("hers", 3_000)
        for name, later in three.cycles().items():
            assert moved(later).get(VTI, D(0)) <= 0, (name, three.clock.now())
    assert_no_wash(three)


@pytest.mark.parametrize("trouble", [no_quote, rejected])
def test_the_next_plan_buys_the_other_substitute(alone: Family, trouble: Trouble) -> None:
    fail_between(alone, trouble)
    alone.cycle("main")
    alone.stages["main"].on_step = lambda _step: None
    alone.next_day()
    plan = alone.cycle("main")
    held: Mapping[Symbol, Decimal] = alone.stages["main"].held()
    assert SCHB in held, plan
    assert held[SCHB] == pytest.approx(D(4000), rel=D("0.03"))
    if trouble is rejected:
        said = " ".join(plan.warnings)
        assert "other substitutes are bought before ITOT: the broker turned an order in it" in said
        assert "2026-06-15: not to be bought here" in said
    assert held[BND] == pytest.approx(D(1000), rel=D("0.03"))
    assert_no_wash(alone)


@pytest.mark.parametrize(("days", "remembered"), [(9, True), (17, False)])
def test_the_broker_s_word_is_remembered_for_ten_sessions(
    alone: Family, days: int, *, remembered: bool
) -> None:
    fail_between(alone, rejected)
    alone.cycle("main")
    alone.stages["main"].on_step = lambda _step: None
    alone.until(HARVESTED + timedelta(days=days))
    said = " ".join(alone.cycle("main").warnings)
    assert ("other substitutes are bought before ITOT" in said) == remembered
