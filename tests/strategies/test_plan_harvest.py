"""Harvest and rebalance in one plan: pairs, what stands for what, what there is against them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from brokers.words import Side, Symbol
from strategies.drift import HarvestPays
from strategies.plan import Hold, Plan, make_plan
from strategies.policy import Optimizer, Policy
from strategies.policy.taxpayer import HarvestPolicy
from strategies.snapshot import Snapshot
from strategies.washes.ledger import household
from tests.strategies.harvest.harvest_account import LIKE, TODAY, ledger, trades
from tests.strategies.test_windows import done, moves, said, seen, wants

D = Decimal
FELL = """
2025-01-06 main buys 1000 VTI at 100 as A
2025-01-06 main buys 1000 BND at 80 as B
2026-03-02 main buys 400 QQQ at 50 as Q
2026-06-01 main sells 400 QQQ at 200 as Q
"""
"""VTI has fallen from 100 to 80; a short-term gain of 60,000 was taken this year."""
PRICES = "VTI 80, ITOT 40, SCHB 20, BND 80"


def harvests(*weights: str, **said_too: object) -> Policy:
    """The policy of ``wants`` with harvesting; ITOT stands for VTI."""
    listed = ((Symbol("VTI"), (Symbol("ITOT"),)),)
    wanted = HarvestPolicy(substitutes=listed, horizon_years=None, **said_too)  # type: ignore[arg-type]
    return replace(wants(*weights), harvest=wanted)


def planned(text: str = FELL, prices: str = PRICES, *, cash: int = 0, **more: object) -> Plan:
    policy = harvests("VTI 50", "BND 50", **more)
    return make_plan(seen(text, prices, cash=cash), policy)


def test_a_loss_is_sold_and_its_substitute_bought_for_what_it_brings() -> None:
    plan = planned()
    assert [type(reason) for reason in plan.reasons] == [HarvestPays]
    sale, buy = plan.legs
    assert (sale.order.side, sale.order.symbol, sale.order.quantity) == (Side.SELL, "VTI", 1000)
    assert [lot.lot_id for lot in sale.lots] == ["A"]
    assert (buy.order.side, buy.order.symbol) == (Side.BUY, "ITOT")
    assert buy.order.quantity * buy.order.limit <= sale.order.quantity * sale.order.limit
    assert buy.order.quantity == pytest.approx(D(2000), rel=D("0.001"))
    assert (sale.paired, buy.paired) == (sale.order.quantity, buy.order.quantity)
    assert buy.instead_of == (sale.order.key,)


def test_the_dollars_are_those_of_the_loss() -> None:
    """20,000 of long-term loss meet 60,000 of short-term gain, taxed at 35 %: 7,000 saved."""
    plan = planned()
    assert plan.worth is not None
    assert plan.worth.harvest == pytest.approx(D(7000), abs=D(5))
    assert plan.worth.tax == 0
    assert "harvests losses of 20000.00" in plan.decision.why


def test_without_a_household_or_a_wish_nothing_is_harvested() -> None:
    shot = seen(FELL, PRICES, cash=0)
    assert not make_plan(shot, wants("VTI 50", "BND 50")).legs
    assert not make_plan(replace(shot, home=None), harvests("VTI 50", "BND 50")).legs


def after(plan: Plan, text: str = FELL) -> str:
    """The journal once the plan has filled."""
    rows = [text.strip()]
    for number, leg in enumerate(plan.legs):
        side = "buys" if leg.order.side is Side.BUY else "sells"
        lots = ";".join(lot.lot_id for lot in leg.lots) or f"N{number}"
        order = leg.order
        rows.append(
            f"{TODAY} main {side} {order.quantity} {order.symbol} at {order.limit} as {lots}"
        )
    return "\n".join(rows)


def later(days: int, prices: str = PRICES, text: str | None = None) -> Snapshot:
    """The account after the harvest of ``FELL``, so many days on."""
    return seen(text or after(planned()), prices, cash=0, day=TODAY + timedelta(days=days))


def test_what_stands_in_is_kept_and_the_original_left_alone() -> None:
    for days in (1, 15, 30, 31, 200):
        plan = make_plan(later(days), harvests("VTI 50", "BND 50"))
        assert isinstance(plan.decision, Hold), (days, moves(plan))


def test_while_the_original_is_shut_out_its_substitute_is_bought() -> None:
    text = after(planned())
    shot = replace(later(5, text=text), cash=D(40_000), settled=D(40_000))
    plan = make_plan(shot, harvests("VTI 50", "BND 50"))
    assert moves(plan)["ITOT"] > 0
    assert "VTI" not in moves(plan)


def test_once_it_is_free_the_original_is_bought() -> None:
    shot = replace(later(31), cash=D(40_000), settled=D(40_000))
    plan = make_plan(shot, harvests("VTI 50", "BND 50"))
    assert moves(plan)["VTI"] > 0
    assert moves(plan).get("ITOT", 0) == 0


def test_harvest_and_rebalance_are_one_set_of_orders() -> None:
    """VTI is 80 % and wants 50: all of it is sold, and less of ITOT bought than it brought in."""
    text = FELL.replace("1000 BND", "250 BND")
    plan = planned(text)
    assert moves(plan)["VTI"] == -1000
    assert {getattr(reason, "symbol", "") for reason in plan.reasons} == {"VTI", "BND"}
    assert moves(plan)["BND"] > 0
    assert 0 < moves(plan)["ITOT"] < 1300
    assert len({leg.order.symbol for leg in plan.legs}) == len(plan.legs)
    weights = {line.symbol: line.weight_after for line in plan.lines}
    assert weights["VTI"] + weights["ITOT"] == pytest.approx(D("0.5"), abs=D("0.06"))


def test_a_loss_that_a_buy_elsewhere_takes_is_not_harvested() -> None:
    plan = planned(FELL + "2026-11-10 ira buys 1 VTI at 90 as C\n")
    assert not plan.legs


def test_a_limit_on_turnover_that_pairs_would_break_leaves_them_out() -> None:
    policy = harvests("VTI 50", "BND 50")
    policy = replace(policy, optimizer=Optimizer(turnover_max=D("0.3")))
    plan = make_plan(seen(FELL, PRICES, cash=0), policy)
    assert not plan.legs
    assert "nothing is harvested: no orders keep every limit: turnover" in said(plan)


def test_a_substitute_never_is_what_was_sold_at_a_loss() -> None:
    """Once ITOT has fallen too, VTI is shut for 30 days, and nothing else is listed."""
    text = after(planned())
    fallen = "VTI 60, ITOT 30, SCHB 20, BND 80"
    policy = harvests("VTI 50", "BND 50")
    early = make_plan(later(20, fallen, text), policy)
    assert "ITOT" not in moves(early) or moves(early)["ITOT"] > 0
    assert moves(early).get("VTI", 0) <= 0


def test_a_plan_of_pairs_makes_no_wash_sale() -> None:
    plan = planned(FELL + "2026-11-01 hers buys 3 BND at 80 as D\n")
    found = household([*trades(FELL), *done(plan)], group_of=LIKE, today=TODAY)
    assert sum(one.disallowed for one in found.disposals) == 0
    assert ledger(FELL).disposals != found.disposals


def test_nothing_is_harvested_twice_a_day() -> None:
    shot = replace(seen(FELL, PRICES, cash=0), last_traded=TODAY)
    assert not make_plan(shot, harvests("VTI 50", "BND 50")).legs
    shot = replace(shot, last_traded=date(2026, 11, 19))
    assert make_plan(shot, harvests("VTI 50", "BND 50")).legs
