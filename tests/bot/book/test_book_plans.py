"""A plan is written once, and goes through its life along the legal edges."""

import itertools
from typing import get_args

import pytest
from book_makers import (
    ACCOUNT,
    DAY,
    MINUTE,
    NOW,
    OTHER,
    bound,
    held,
    make_execution,
    make_intent,
    make_note,
    make_order,
    make_plan,
    planned,
)

from bot.book.book import Book
from bot.book.errors import BookError, Contradicted, IllegalStep, UnknownPlan
from bot.book.rows import NEXT_STATES, PlanState
from strategies.plan import PlanId

P1 = PlanId("p-1")
STATES: tuple[PlanState, ...] = get_args(PlanState)

ROADS: dict[PlanState, tuple[PlanState, ...]] = {
    "proposed": (),
    "awaiting": ("awaiting",),
    "approved": ("awaiting", "approved"),
    "rejected": ("rejected",),
    "started": ("started",),
    "finished": ("started", "finished"),
    "expired": ("expired",),
    "void": ("void",),
}

LEGAL = """
    proposed  awaiting approved rejected started expired void
    awaiting  approved rejected expired void
    approved  started rejected expired void
    started   finished void
    rejected
    finished
    expired
    void
"""


def test_a_plan_comes_back_whole(book: Book) -> None:
    plan = make_plan()
    bound(book).keep(plan, "digest", expires=NOW + MINUTE)
    assert book.plan(P1) == plan
    row = book.plan_row(P1)
    assert (row.kind, row.state, row.policy_digest) == ("rebalance", "proposed", "digest")
    assert (row.since, row.who, row.why) == (NOW, "trimtab", "VTI drifted")
    assert (row.session, row.expires) == (NOW.date(), NOW + MINUTE)


def test_a_plan_is_final(book: Book) -> None:
    planned(book)
    with pytest.raises(Contradicted, match="final once written"):
        book.keep(make_plan(hold=True), "digest")
    assert book.plan(P1) == make_plan()


def test_the_legal_edges_are_these() -> None:
    lines = [line.split() for line in LEGAL.strip().splitlines()]
    assert {words[0]: frozenset(words[1:]) for words in lines} == dict(NEXT_STATES)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("state", "then"), list(itertools.product(STATES, STATES)))
def test_only_legal_steps_are_taken(book: Book, state: PlanState, then: PlanState) -> None:
    planned(book, P1, *ROADS[state])
    before = book.plan_steps(P1)
    assert book.plan_state(P1) == state
    if then in NEXT_STATES[state]:
        book.mark_plan(P1, then, "owner", "because", NOW + MINUTE)
        assert book.plan_state(P1) == then
        assert book.plan_row(P1).why == "because"
    else:
        with pytest.raises(IllegalStep, match=f"is {state} and cannot become {then}"):
            book.mark_plan(P1, then, "owner", "because", NOW + MINUTE)
        assert book.plan_steps(P1) == before


def test_each_step_is_kept(book: Book) -> None:
    planned(book, P1, "awaiting", "approved", "started", "finished")
    steps = book.plan_steps(P1)
    assert [step.seq for step in steps] == [1, 2, 3, 4, 5]
    assert steps[-1].state == "finished"


def test_an_unknown_plan_is_named_with_its_neighbours(book: Book) -> None:
    with pytest.raises(UnknownPlan, match="holds no plans yet"):
        book.plan(P1)
    planned(planned(book, "main-20260302-1"), "main-20260303-1")
    for ask in (book.plan, book.plan_row, book.plan_state):
        with pytest.raises(UnknownPlan, match="did you mean main-20260302-1"):
            ask(PlanId("main-20260302-l"))
    with pytest.raises(UnknownPlan):
        book.mark_plan(PlanId("main"), "void", "owner", "", NOW)


def test_the_latest_plan_is_the_newest_of_its_account(book: Book) -> None:
    assert book.latest_plan(ACCOUNT) is None
    bound(book, OTHER).keep(make_plan("q-1", OTHER, NOW + DAY), "digest")
    planned(book, "p-2", time=NOW + MINUTE)
    planned(book, "p-1")
    assert book.latest_plan(ACCOUNT) == make_plan("p-2", time=NOW + MINUTE)
    assert [row.plan_id for row in book.plans()] == ["q-1", "p-2", "p-1"]
    assert [row.plan_id for row in book.plans(ACCOUNT, limit=1)] == ["p-2"]


def test_a_plan_waits_until_it_lapses(book: Book) -> None:
    bound(book).keep(make_plan("p-1"), "digest", "awaiting", NOW + MINUTE)
    book.keep(make_plan("p-2"), "digest", "awaiting")
    book.keep(make_plan("p-3"), "digest")
    waiting = [
        [row.plan_id for row in book.waiting_plans(ACCOUNT, NOW + n * MINUTE)] for n in (1, 2)
    ]
    lapsed = [[row.plan_id for row in book.lapsed_plans(None, NOW + n * MINUTE)] for n in (1, 2)]
    assert waiting == [["p-1", "p-2"], ["p-2"]]
    assert lapsed == [[], ["p-1"]]
    assert book.waiting_plans(OTHER, NOW) == ()
    book.mark_plan(P1, "expired", "trimtab", "nobody answered", NOW + 2 * MINUTE)
    assert book.lapsed_plans(None, NOW + 2 * MINUTE) == ()


def test_a_plan_counts_as_traded_when_it_is_finished_and_something_was_filled(book: Book) -> None:
    assert book.last_traded(ACCOUNT) is None
    plans: list[tuple[bool, PlanState | None]] = [
        (True, "finished"),
        (False, "finished"),
        (True, "void"),
        (True, None),
    ]
    for day, (filled, state) in enumerate(plans):
        plan_id, time = f"p-{day}", NOW + day * DAY
        held(planned(book, plan_id, "started", time=time), time)
        order = make_order(f"k-{day}")
        book.intend(PlanId(plan_id), ACCOUNT, [make_intent(order)])
        book.note([make_note(order.key, "sent")])
        if filled:
            book.record(ACCOUNT, [make_execution(f"x-{day}", key=f"k-{day}")], [], [], [])
        if state:
            book.mark_plan(PlanId(plan_id), state, "trimtab", "", time)
    assert book.last_traded(ACCOUNT) == NOW.date()
    assert book.last_traded(OTHER) is None


def test_a_plan_that_cannot_be_read_back_is_not_kept(book: Book) -> None:
    from dataclasses import replace
    from decimal import Decimal

    with pytest.raises(BookError, match=r"finite|cannot be read"):
        bound(book).keep(replace(make_plan(), nav=Decimal("NaN")), "digest")
    assert book.plans() == ()
