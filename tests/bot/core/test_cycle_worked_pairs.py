"""Losses that are harvested by orders which are worked, or cut: a pair stays a pair."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from family import HARVESTED, ITOT, MAIN, VTI, Family, losses, lost, open_family, taken
from stage import D

from brokers.words import OrderKey, Side, Symbol
from strategies.plan import Plan, leg_key
from strategies.policy import OrderPolicy
from strategies.policy.working import WorkingPolicy

STEPS = WorkingPolicy(steps=3, step_seconds=30)
CUT = WorkingPolicy(slice_adv=D("0.0001"))
BOTH = WorkingPolicy(steps=2, step_seconds=15, slice_adv=D("0.0001"))


@pytest.fixture(params=[STEPS, CUT, BOTH], ids=["steps", "cut", "both"])
def alone(request: pytest.FixtureRequest, tmp_path: Path, template: Path) -> Iterator[Family]:
    """One taxable account, whose VTI has fallen by a fifth, and whose orders are worked."""
    family = open_family(tmp_path, template)
    family.add("main", MAIN, orders=OrderPolicy(work_seconds=300, working=request.param))
    family.sell_gold("main")
    family.until(HARVESTED)
    yield family
    family.close()


def filled(family: Family, plan: Plan) -> dict[Symbol, Decimal]:
    """What the orders of each name came to, all together."""
    found = dict.fromkeys((leg.order.symbol for leg in plan.legs), D(0))
    for row in family.book.orders(plan.account, plan.plan_id, 1000):
        found[row.order.symbol] += row.order.side.sign * row.filled
    return found


def assert_no_wash(family: Family) -> None:
    home = family.ledger()
    assert losses(home) > 0
    assert (taken(home), lost(home)) == (0, 0)


def test_both_legs_are_done_and_all_of_the_loss_counts(alone: Family) -> None:
    plan = alone.slot("main")
    wanted = {leg.order.symbol: leg.order.side.sign * leg.order.quantity for leg in plan.legs}
    orders = alone.book.orders(plan.account, plan.plan_id, 1000)
    assert len(orders) > len(plan.legs), "they were worked, or cut"
    assert filled(alone, plan) == wanted
    assert_no_wash(alone)


def test_no_more_is_bought_than_was_sold(alone: Family) -> None:
    alone.tape.per_second[VTI] = D("0.5")
    plan = alone.slot("main")
    wanted = {leg.order.symbol: leg.order.side.sign * leg.order.quantity for leg in plan.legs}
    done = filled(alone, plan)
    assert wanted[VTI] < done[VTI] < 0, "a part of it"
    assert 0 < done[ITOT] <= wanted[ITOT] * done[VTI] / wanted[VTI]
    assert_no_wash(alone)


def test_after_each_order_no_more_is_bought_than_was_sold_by_then(alone: Family) -> None:
    plan = alone.slot("main")
    pair: dict[Symbol, OrderKey] = {leg.order.symbol: leg.order.key for leg in plan.legs}
    asked = {leg.order.symbol: leg.order.quantity for leg in plan.legs}
    sold = bought = D(0)
    for trade in sorted(alone.book.executions(plan.account), key=lambda trade: trade.time):
        if trade.key is None or leg_key(trade.key) not in {pair[VTI], pair[ITOT]}:
            continue
        sold += trade.quantity if trade.side is Side.SELL else 0
        bought += trade.quantity if trade.side is Side.BUY else 0
        assert bought / asked[ITOT] <= sold / asked[VTI] + D("0.0001")
    assert bought > 0
