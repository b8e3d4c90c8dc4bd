"""A plan goes on with one of its session that was interrupted: it asks nobody, within bounds."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from gate_cases import AAA, D, buy, leg, passage, plan
from hypothesis import given
from hypothesis import strategies as st
from stage import MakeStage, Setting, StillTape, equal_policy, names, quick

from bot.book.recent import Traded
from bot.gate import Passage, Past, as_far_as_meant, needs_approval
from bot.reconcile import Refusal
from brokers.paper.synthetic import synthetic_tape
from brokers.paper.venue import PaperOptions
from brokers.words import Side
from strategies.policy import Bands

TAPE = synthetic_tape(6, seed=1)
SLOW = PaperOptions(participation=D("0.002"), latency_ms=1000)
"""Hardly anything of an order fills while it is worked."""


def interrupted(wants: str, meant: str, done: str, *, approved: bool = False) -> Passage:
    """A plan for so many shares, in whose session so many were meant and done before."""
    past = Past({(AAA, Side.BUY): Traded(1, D(meant), D(done))})
    made = passage(plan(buy(wants)), past=past)
    return replace(made, approved=approved)


def quantity(made: Passage) -> Decimal:
    (cut,) = as_far_as_meant(made.plan.legs, made)
    return cut.order.quantity


@pytest.mark.parametrize(
    ("wants", "meant", "done", "sends"),
    [
        ("6", "10", "3", "6"),
        ("7", "10", "3", "7"),
        ("7.5", "10", "3", "7"),
        ("7.7", "10", "3", "7"),
        ("12.727904", "13.996272", "1.269051", "12.727221"),
        ("1.05", "10", "9", "1"),
    ],
)
def test_it_is_sent_as_far_as_it_was_meant(wants: str, meant: str, done: str, sends: str) -> None:
    made = interrupted(wants, meant, done)
    assert needs_approval(made) == ()
    assert quantity(made) == D(sends)


@pytest.mark.parametrize(
    ("wants", "meant", "done", "at_most"),
    [("8", "10", "3", "7"), ("1", "10", "10", "1"), ("1", "10", "11", "1")],
)
def test_what_is_a_new_wish_asks_a_person(wants: str, meant: str, done: str, at_most: str) -> None:
    made = interrupted(wants, meant, done)
    (why,) = needs_approval(made)
    assert why == "AAA was bought in this session already"
    assert quantity(made) == D(at_most), "what is no part of the old wish is the gate's to refuse"


def test_what_a_person_approved_is_not_cut() -> None:
    assert quantity(interrupted("8", "10", "3", approved=True)) == 8


def test_the_first_of_a_session_is_not_cut() -> None:
    made = passage(plan(buy("8")))
    assert as_far_as_meant(made.plan.legs, made) == [leg(buy("8"))]


@given(
    st.lists(
        st.tuples(st.integers(1, 1000), st.fractions(0, 1, max_denominator=97)),
        min_size=1,
        max_size=12,
    )
)
def test_a_loop_of_crashes_never_trades_more_than_the_first_plan_wanted(
    plans: list[tuple[int, Fraction]],
) -> None:
    """Each of them wants what it likes, is cut, and a part of it is filled before it dies."""
    known: list[tuple[Decimal, Decimal]] = []
    for wants, part in plans:
        order, done = D(wants), sum((filled for _, filled in known), D(0))
        if known:
            made = interrupted(str(wants), str(max(size for size, _ in known)), str(done))
            if needs_approval(made):
                continue
            order = quantity(made)
        if filled := (order * D(part.numerator) / D(part.denominator)).quantize(D("0.000001")):
            known.append((order, filled))
    assert sum(filled for _, filled in known) <= (known[0][0] if known else 0)


def test_a_slow_market_is_gone_on_with_once_and_then_it_is_a_runaway(make: MakeStage) -> None:
    """What a plan did not get is bought by the next one; two of them a day are let be."""
    narrow = Bands(absolute=D("0.02"), relative=None, single=D("0.02"))
    policy, still = equal_policy(names(6), bands=narrow, orders=quick(5)), StillTape(TAPE)
    before = make(policy, Setting(tape=still))
    weights = map(D, ("0.19", "0.14", "0.185", "0.145", "0.175", "0.155"))
    before.hold_weights(dict(zip(names(6), weights, strict=True)), D(100_000))
    stage = make(policy, Setting(tape=still, options=SLOW, start=before.clock.now()))
    first = stage.run()
    assert stage.book.plan_state(first.plan_id) == "finished"
    second = stage.run_later(60)
    assert stage.book.plan_state(second.plan_id) == "finished", "nobody is asked"
    meant = {(o.order.symbol, o.order.side): o.order.quantity for o in first.legs}
    traded = dict.fromkeys(meant, D(0))
    for each in stage.book.executions(stage.policy.account):
        if each.key is not None and not each.key.startswith("HAND"):
            traded[each.symbol, each.side] += each.quantity
    assert all(traded[place] <= meant[place] for place in meant)
    assert any(traded.values())
    with pytest.raises(Refusal, match="2 plans were carried out today already"):
        stage.run_later(60)
