"""A loss that is larger than one order may be: what fits is sold, and the rest is told."""

from dataclasses import replace
from decimal import Decimal

import pytest
from harvest_account import D, listed, policy, snapshot, taxes

from brokers.words import Symbol
from strategies.harvest import Candidate, Home, Verdict, candidates
from strategies.plan import Plan, make_plan
from strategies.policy import Optimizer
from strategies.snapshot import Snapshot
from tests.strategies.harvest.harvest_account import NEVER, ledger
from tests.strategies.test_plan_harvest import harvests
from tests.strategies.test_windows import moves, said, seen

AT_80 = "VTI 80, ITOT 40"
A_FELL = "2026-06-01 main buys 100 VTI at 100 as A"
TWO_FELL = f"{A_FELL}\n2026-06-02 main buys 50 VTI at 90 as B"


def limited(shot: Snapshot, **most: int) -> Snapshot:
    holdings = (
        replace(one, order_max=D(most[one.symbol])) if one.symbol in most else one
        for one in shot.holdings
    )
    return replace(shot, holdings=tuple(holdings))


def rows(text: str, optimizer: Optimizer = Optimizer(), **most: int) -> dict[str, Candidate]:  # noqa: B008
    shot, home = limited(snapshot(text, AT_80), **most), Home(ledger(text))
    every = candidates(shot, policy(optimizer=optimizer), home, taxes(), NEVER, listed())
    return {row.lot: row for row in every}


def test_what_fits_is_harvested_with_its_own_dollars() -> None:
    row = rows(A_FELL, VTI=70)["A"]
    assert (row.verdict, row.sold) == (Verdict.HARVEST, 70)
    assert row.dollars is not None
    assert (row.dollars.loss, row.dollars.saved) == (1400, 490)
    assert row.why.endswith(
        "buy 140 ITOT instead; 30 shares more wait for the next session: one order may be for"
        " 70 VTI"
    )


def test_lots_behind_wait_too() -> None:
    for most in (70, 100):
        row = rows(TWO_FELL, VTI=most)["B"]
        assert (row.verdict, row.sold) == (Verdict.LATER, 0)
        assert row.why == (
            "not harvested: it waits for the next session: one order may be for"
            f" {most} VTI, and the broker sells the lot of 2026-06-01 first"
        )
    assert rows(TWO_FELL, VTI=150)["B"].verdict is Verdict.HARVEST
    part = rows(TWO_FELL, VTI=120)
    assert [(row.verdict, row.sold) for row in part.values()] == [("harvest", 100), ("harvest", 20)]


def test_the_substitute_s_order_may_be_the_narrower_one() -> None:
    row = rows(A_FELL, VTI=90, ITOT=100)["A"]
    assert (row.sold, row.substitutes[0].quantity) == (50, 100)
    assert row.why.endswith(
        "50 shares more wait for the next session: one order may be for 100 ITOT"
    )


def test_the_owner_s_share_of_the_volume_counts_as_well() -> None:
    """Five million shares a day are traded."""
    row = rows(A_FELL, Optimizer(participation_max=D("0.000004")))["A"]
    assert row.sold == 10  # 20 of ITOT


def test_the_next_best_substitute_is_bought_where_it_alone_has_room() -> None:
    shot = limited(snapshot(A_FELL, f"{AT_80}, SCHB 20"), ITOT=30)
    both = listed({"VTI": ("ITOT", "SCHB")})
    (row,) = candidates(shot, policy(), Home(ledger(A_FELL)), taxes(), NEVER, both)
    assert (row.sold, row.substitute) == (100, "SCHB")
    objections = {one.symbol: one.objection for one in row.substitutes}
    assert objections[Symbol("ITOT")] == "one order may be for 30 shares of it, and 200 are needed"


FELL = """
2025-01-06 main buys 1000 VTI at 100 as A
2025-01-06 main buys {bonds} BND at 80 as B
2026-03-02 main buys 400 QQQ at 50 as Q
2026-06-01 main sells 400 QQQ at 200 as Q
"""


def planned(bonds: int = 1000, **most: int) -> Plan:
    shot = seen(FELL.format(bonds=bonds), "VTI 80, ITOT 40, BND 80", cash=0)
    return make_plan(limited(shot, **most), harvests("VTI 50", "BND 50"))


@pytest.mark.parametrize("bonds", [1000, 250])
def test_a_plan_sells_what_fits_and_says_what_waits(bonds: int) -> None:
    """With 250 bonds VTI is overweight, and the rest of the plan would sell it, too."""
    plan = planned(bonds, VTI=300)
    assert moves(plan)["VTI"] == -300
    assert 0 < moves(plan)["ITOT" if bonds == 1000 else "BND"] < 600
    assert "nothing is harvested" not in said(plan)
    reasons = " ".join(getattr(reason, "why", "") for reason in plan.reasons)
    assert "700 shares more wait for the next session: one order may be for 300 VTI" in reasons


def test_neither_leg_is_more_than_its_order_may_be() -> None:
    for own, other in ((300, 200), (1000, 999), (10, 5000), (1, 1)):
        plan = planned(VTI=own, ITOT=other)
        assert abs(moves(plan).get("VTI", D(0))) <= own
        assert moves(plan).get("ITOT", D(0)) <= other


def test_what_cash_does_not_pay_for_is_told() -> None:
    shot = replace(seen(FELL.format(bonds=1000), "VTI 80, ITOT 40, BND 80", cash=0))
    plan = make_plan(replace(shot, spends_proceeds=False), harvests("VTI 50", "BND 50"))
    assert not plan.legs
    assert (
        "VTI is not harvested: settled cash does not pay for ITOT in its place, and what the sale"
        " brings in settles later" in said(plan)
    )


def test_what_does_not_pay_for_the_smallest_order_is_told() -> None:
    tiny = Decimal(100_000)
    wanted = harvests("VTI 50", "BND 50")
    wanted = replace(wanted, orders=replace(wanted.orders, value_min=tiny))
    shot = seen(A_FELL, AT_80)
    (row,) = candidates(shot, wanted, Home(ledger(A_FELL)), taxes(), NEVER, listed())
    assert row.why == (
        "not harvested: no substitute may be bought: ITOT: the smallest order is for 100,000.00"
    )
