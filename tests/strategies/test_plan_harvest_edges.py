"""Where a harvest must not stop the account, break a limit, or sell what nothing asks for."""

from dataclasses import replace
from decimal import Decimal

import pytest

from brokers.words import Symbol
from strategies.plan import Hold, Plan, make_plan
from strategies.policy import GroupLimit, Optimizer
from strategies.policy.taxpayer import HarvestPolicy, Taxpayer
from strategies.snapshot import Snapshot
from strategies.washes.home import Home
from strategies.washes.ledger import household
from tests.strategies.test_plan_harvest import FELL, PRICES, harvests
from tests.strategies.test_windows import moves, said, seen, wants

D = Decimal


def listing(*pairs: tuple[str, str], **more: object) -> HarvestPolicy:
    listed = tuple((Symbol(name), (Symbol(other),)) for name, other in pairs)
    return HarvestPolicy(substitutes=listed, horizon_years=None, **more)  # type: ignore[arg-type]


def weights_after(plan: Plan) -> dict[str, Decimal]:
    return {line.symbol: line.weight_after for line in plan.lines}


def test_a_year_past_its_budget_still_harvests_and_never_fails() -> None:
    tight = replace(harvests("VTI 50", "BND 50"), harvest=listing(("VTI", "ITOT"), gains_max=D(10)))
    assert moves(make_plan(seen(FELL, PRICES, cash=0), tight))["VTI"] == -1000
    quiet = FELL.replace("VTI at 100", "VTI at 80")
    assert isinstance(make_plan(seen(quiet, PRICES, cash=0), tight).decision, Hold)


def test_a_gain_that_the_household_does_not_know_is_sold_and_a_loss_is_not() -> None:
    for basis, sells in ((60, 1), (100, 0)):
        text = f"2024-01-05 main buys 1000 VTI at {basis} as A"
        shot = replace(seen(text, "VTI 80, BND 80"), home=Home(household(())))
        plan = make_plan(shot, wants("VTI 30", "BND 70"))
        assert (moves(plan).get("VTI", 0) < 0) == bool(sells)
        assert moves(plan)["BND"] > 0


def spoiled(field: str, symbol: str, value: str) -> Snapshot:
    shot = seen(FELL, PRICES, cash=0)
    holdings = (
        replace(one, **{field: D(value)}) if one.symbol == symbol else one for one in shot.holdings
    )
    return replace(shot, holdings=tuple(holdings))


@pytest.mark.parametrize(
    "shot",
    [
        spoiled("price", "VTI", "NaN"),
        spoiled("price", "ITOT", "NaN"),
        spoiled("quantity", "ITOT", "-5"),
        replace(seen(FELL, PRICES), cash=D("NaN")),
        replace(seen(FELL, PRICES), cash=D(-160_000), settled=D(0)),
    ],
)
def test_an_account_that_makes_no_sense_is_held(shot: Snapshot) -> None:
    assert isinstance(make_plan(shot, harvests("VTI 50", "BND 50")).decision, Hold)


SHARED = """
2024-01-05 main buys 375 VTI at 40 as A
2026-01-05 main buys 375 VOO at 100 as B
2026-11-19 main sells 375 VOO at 80 as B
2026-11-19 main buys 750 ITOT at 40 as C
2024-01-05 main buys 500 BND at 80 as D
"""
"""VOO was harvested into ITOT; VTI, which lists it too, is whole."""


def test_a_substitute_stands_for_what_is_missing_and_not_for_what_is_held() -> None:
    policy = replace(
        wants("VTI 30", "VOO 30", "BND 40"), harvest=listing(("VTI", "ITOT"), ("VOO", "ITOT"))
    )
    plan = make_plan(seen(SHARED, "VTI 80, VOO 80, ITOT 40, BND 80", cash=0), policy)
    assert isinstance(plan.decision, Hold), moves(plan)
    fresh = make_plan(seen(SHARED, "VTI 80, VOO 80, ITOT 40, BND 80", cash=3_000), policy)
    assert all(shares > 0 for shares in moves(fresh).values())


@pytest.mark.parametrize("keeps", ["no_sell", "ira"])
def test_no_original_comes_back_while_its_substitute_must_stay(keeps: str) -> None:
    text = """
    2026-01-05 main buys 250 SCHB at 21 as A
    2026-01-05 main buys 62.5 BND at 80 as B
    """
    text += "2026-11-10 ira buys 5 SCHB at 20 as C" if keeps == "ira" else ""
    policy = replace(wants("VTI 50", "BND 50"), harvest=listing(("VTI", "SCHB"), net_min=D(10_000)))
    policy = replace(policy, worth=replace(policy.worth, gamma=D(500)))
    if keeps == "no_sell":
        policy = replace(policy, optimizer=Optimizer(no_sell=(Symbol("SCHB"),)))
    assert not make_plan(seen(text, "VTI 80, SCHB 20, BND 80", cash=0), policy).legs


def test_a_cash_account_harvests_what_its_cash_replaces() -> None:
    policy = harvests("VTI 50", "BND 50")
    shot = replace(seen(FELL, PRICES, cash=0), spends_proceeds=False)
    assert not make_plan(shot, policy).legs
    rich = replace(shot, cash=D(90_000), settled=D(90_000))
    plan = make_plan(rich, policy)
    assert moves(plan)["VTI"] == -1000
    assert moves(plan)["ITOT"] > 0


@pytest.mark.parametrize(
    "limits",
    [
        Optimizer(groups=(GroupLimit("ITOT", (Symbol("ITOT"),), high=D("0.2")),)),
        Optimizer(groups=(GroupLimit("VTI", (Symbol("VTI"),), low=D("0.4")),)),
    ],
)
def test_pairs_keep_the_limits_of_the_owner(limits: Optimizer) -> None:
    policy = replace(harvests("VTI 50", "BND 50"), optimizer=limits)
    plan = make_plan(seen(FELL, PRICES, cash=0), policy)
    assert not plan.legs
    assert "nothing is harvested: no orders keep every limit: group" in said(plan)


def test_what_is_harvested_is_not_bought_back_by_the_rest_where_losses_may_move() -> None:
    text = FELL.replace("1000 VTI", "500 VTI").replace("1000 BND", "750 BND")
    policy = replace(harvests("VTI 60", "BND 40"), taxpayer=Taxpayer(may_defer=True))
    plan = make_plan(seen(text, PRICES, cash=0), policy)
    assert moves(plan)["VTI"] == -500
    assert plan.worth is not None
    assert plan.worth.harvest == pytest.approx(D(3500), abs=D(5))


TWO = """
2025-01-06 main buys 500 VTI at 100 as A
2025-01-06 main buys 500 VOO at 100 as B
2025-01-06 main buys 250 BND at 80 as C
2026-03-02 main buys 400 QQQ at 50 as Q
2026-06-01 main sells 400 QQQ at 200 as Q
"""


def test_two_pairs_into_one_substitute_are_netted_once_and_whole() -> None:
    both = listing(("VTI", "ITOT"), ("VOO", "ITOT"))
    policy = replace(wants("VTI 10", "VOO 10", "BND 80"), harvest=both)
    plan = make_plan(seen(TWO, "VTI 80, VOO 80, ITOT 40, BND 80", cash=0), policy)
    after = weights_after(plan)
    assert after["ITOT"] == pytest.approx(D("0.2"), abs=D("0.03"))
    assert after["BND"] == pytest.approx(D("0.8"), abs=D("0.03"))
    assert all(leg.order.quantity > 0 for leg in plan.legs)


def test_a_substitute_that_is_not_wanted_at_all_is_no_order() -> None:
    """The rest sells all of it again: no order of nothing, the loss is taken, BND bought."""
    policy = replace(wants("VTI 1", "BND 99"), harvest=listing(("VTI", "ITOT")))
    plan: Plan = make_plan(seen(FELL, PRICES, cash=0), policy)
    assert moves(plan)["VTI"] == -1000
    assert moves(plan)["BND"] > 0
