"""A harvest that fills only in part: what then stays of the name must not take the loss."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from harvest_account import NEVER, D, found
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brokers.words import Relief, Side, Symbol
from strategies.harvest import Verdict
from strategies.plan import Leg, Plan, make_plan
from strategies.policy import Policy
from strategies.policy.taxpayer import HarvestPolicy
from strategies.washes.ledger import household
from strategies.washes.nouns import Trade
from tests.strategies.harvest.harvest_account import LIKE, TODAY, trades
from tests.strategies.test_windows import moves, seen, wants

AT_80 = "VTI 80, ITOT 40"
OLD_AND_NEW = """2026-06-01 main buys 100 VTI at 100 as A
2026-11-10 main buys 40 VTI at 90 as B"""


@pytest.mark.parametrize(
    ("relief", "verdicts"),
    [
        (Relief.FIFO, "A deferred, B deferred"),
        (Relief.HIFO, "A deferred, B deferred"),
        (Relief.LIFO, "B harvest, A harvest"),
    ],
)
def test_what_was_bought_of_late_must_go_first(relief: Relief, verdicts: str) -> None:
    rows = found(OLD_AND_NEW, AT_80, relief=relief)
    assert ", ".join(f"{lot} {row.verdict}" for lot, row in rows.items()) == verdicts


def test_the_sentence_says_what_could_stay_and_until_when() -> None:
    row = found(OLD_AND_NEW, AT_80)["B"]
    assert row.why == (
        "not harvested: should it fill only in part, or at the bid, a purchase of 2026-11-10 in"
        " main could defer 800.40 USD of the loss; from 2026-12-11 on it counts"
    )
    assert [move.lot for move in row.because] == ["B"]
    assert row.free_from == date(2026, 12, 11)


def test_from_the_thirty_first_day_on_both_go() -> None:
    text = OLD_AND_NEW.replace("2026-11-10", "2026-10-20")
    assert {row.verdict for row in found(text, AT_80).values()} == {Verdict.HARVEST}


def test_the_last_purchase_says_when_it_is_free() -> None:
    text = f"{OLD_AND_NEW}\n2026-11-15 main buys 500 VTI at 90 as C"
    assert found(text, AT_80)["C"].free_from == date(2026, 12, 16)


def test_who_lets_losses_move_is_told_what_could() -> None:
    row = found(OLD_AND_NEW, AT_80, wishes=replace(NEVER, may_defer=True))["B"]
    assert row.verdict is Verdict.HARVEST
    assert row.why.endswith("could defer 800.40 USD of the loss")


def test_a_single_purchase_may_fill_in_part() -> None:
    """What is left of it is no new purchase (Rev. Rul. 56-602)."""
    row = found("2026-11-10 main buys 100 VTI at 100 as A", AT_80)["A"]
    assert row.verdict is Verdict.HARVEST


LOTS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 40), st.integers(70, 110)), min_size=1, max_size=5
)
"""Days ago, shares, price."""


def bought(lots: list[tuple[int, int, int]]) -> str:
    return "\n".join(
        f"{TODAY - timedelta(days=ago)} main buys {shares} VTI at {price} as L{number}"
        for number, (ago, shares, price) in enumerate(lots)
    )


def wanted() -> Policy:
    listed = ((Symbol("VTI"), (Symbol("ITOT"),)),)
    harvest = HarvestPolicy(substitutes=listed, horizon_years=None, net_min=D(1))
    return replace(wants("VTI 100"), harvest=harvest)


def filled(leg: Leg, shares: Decimal) -> Trade:
    """The first ``shares`` of a sale, from the lots that the broker takes."""
    names, left = [], shares
    for lot in leg.lots:
        if left > 0:
            names.append(lot.lot_id)
        left -= lot.quantity
    order = leg.order
    (sale,) = trades(f"{TODAY} main sells {shares} VTI at {order.limit} as {';'.join(names)}")
    return sale


def parts(leg: Leg) -> Iterator[Decimal]:
    whole = int(leg.order.quantity)
    yield from (D(shares) for shares in {*range(1, whole + 1, max(1, whole // 12)), whole})


def taken(text: str, plan: Plan) -> list[Decimal]:
    """What the rule takes of each part of the plan's sale that may fill."""
    sales = [leg for leg in plan.legs if leg.order.side is Side.SELL]
    return [
        sum(one.disallowed for one in done.disposals) + D(0)
        for leg in sales
        for shares in parts(leg)
        for done in (household([*trades(text), filled(leg, shares)], group_of=LIKE, today=TODAY),)
    ]


@settings(max_examples=60, deadline=None)
@example(lots=[(0, 1, 80), (0, 1, 84)], relief=Relief.FIFO)
@given(lots=LOTS, relief=st.sampled_from([Relief.FIFO, Relief.LIFO, Relief.HIFO, Relief.LOFO]))
def test_no_part_of_a_planned_harvest_is_a_wash(
    lots: list[tuple[int, int, int]], relief: Relief
) -> None:
    text = bought(lots)
    shot = replace(seen(text, AT_80, cash=100), relief=relief)
    assert not any(taken(text, make_plan(shot, wanted())))


def test_the_property_is_not_empty() -> None:
    text = bought([(60, 40, 100), (50, 30, 95)])
    plan = make_plan(seen(text, AT_80, cash=100), wanted())
    assert moves(plan)["VTI"] == -70
    assert len(taken(text, plan)) > 10
