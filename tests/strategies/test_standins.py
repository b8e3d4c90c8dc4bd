"""Who stands for whom: with weights that a strategy chose, with a target of its own, and barred."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from brokers.words import Symbol
from strategies.harvest.back import with_originals, without_returning
from strategies.plan import Plan, make_plan
from strategies.policy import Policy
from strategies.policy.target import Target
from strategies.policy.taxpayer import HarvestPolicy
from strategies.snapshot import Snapshot
from strategies.standins import came_instead
from tests.strategies.harvest.harvest_account import TODAY
from tests.strategies.test_plan_harvest import PRICES, after, harvests, later
from tests.strategies.test_windows import moves, seen, wants

D = Decimal


def barred(shot: Snapshot, *names: str) -> Snapshot:
    holdings = (
        replace(one, quote=None, barred="no quote") if one.symbol in names else one
        for one in shot.holdings
    )
    return replace(shot, holdings=tuple(holdings))


# A substitute that cannot be traded today.


@pytest.mark.parametrize("days", [5, 40])
@pytest.mark.parametrize("names", [("ITOT",), ("ITOT", "VTI")])
def test_what_stands_in_does_so_on_a_day_without_a_quote(days: int, names: tuple[str, ...]) -> None:
    shot = barred(later(days), *names)
    assert not make_plan(shot, harvests("VTI 50", "BND 50")).legs


def test_what_is_missing_beside_it_is_bought() -> None:
    shot = replace(later(40), cash=D(40_000), settled=D(40_000))
    plan = make_plan(barred(shot, "ITOT"), harvests("VTI 50", "BND 50"))
    free = make_plan(shot, harvests("VTI 50", "BND 50"))
    assert moves(plan)["VTI"] == pytest.approx(moves(free)["VTI"], rel=D("0.02"))
    assert moves(plan)["BND"] == pytest.approx(moves(free)["BND"], rel=D("0.02"))


# A substitute with a target of its own.

BOTH = """
2025-01-06 main buys 800 VTI at 100 as A
2025-01-06 main buys 800 ITOT at 30 as I
2025-01-06 main buys 800 BND at 80 as B
2026-03-02 main buys 400 QQQ at 50 as Q
2026-06-01 main sells 400 QQQ at 200 as Q
"""


def both(**more: object) -> Policy:
    listed = ((Symbol("VTI"), (Symbol("ITOT"),)),)
    wanted = HarvestPolicy(substitutes=listed, horizon_years=None, **more)  # type: ignore[arg-type]
    return replace(wants("VTI 40", "ITOT 20", "BND 40"), harvest=wanted)


def done() -> str:
    return after(make_plan(seen(BOTH, PRICES, cash=0), both()), BOTH)


def on(days: int, text: str, prices: str = PRICES, cash: int = 0) -> Plan:
    return make_plan(seen(text, prices, cash=cash, day=TODAY + timedelta(days=days)), both())


def test_what_came_in_place_stays_beside_its_own_target() -> None:
    text = done()
    for days in (5, 31, 60, 300):
        assert not on(days, text).legs, days
    instead = came_instead(Symbol("VTI"), seen(text, PRICES))
    assert instead[Symbol("ITOT")] == pytest.approx(D(1600), rel=D("0.01"))


def test_on_a_day_without_a_quote_too() -> None:
    shot = seen(done(), PRICES, cash=0, day=TODAY + timedelta(days=40))
    assert not make_plan(barred(shot, "ITOT"), both()).legs


def test_fresh_money_goes_to_the_original_once_it_is_free() -> None:
    plan = on(40, done(), cash=40_000)
    assert moves(plan)["VTI"] > 0
    assert "ITOT" not in moves(plan) or moves(plan)["ITOT"] > 0


def test_what_is_above_its_own_target_for_another_reason_is_sold() -> None:
    """No loss of VTI was taken: ITOT is simply too heavy."""
    text = BOTH.replace("800 ITOT", "2400 ITOT").replace("800 VTI at 100", "100 VTI at 80")
    plan = make_plan(seen(text, PRICES, cash=0), both())
    assert moves(plan)["ITOT"] < 0 < moves(plan)["VTI"]


# Weights that a strategy chose.


def account(told: dict[str, str]) -> tuple[Snapshot, Policy]:
    """The owner's own code wants these weights; in the config all names weigh the same."""
    text = """
    2026-01-05 main buys 1000 SCHB at 30 as A
    2026-01-05 main buys 250 BND at 80 as B
    """
    names = ("VTI", "SCHB", "BND")
    listed = ((Symbol("VTI"), (Symbol("SCHB"),)),)
    policy = replace(
        wants("VTI 50", "BND 50"),
        target=Target("own", tuple((Symbol(name), 1 / D(3)) for name in names)),
        harvest=HarvestPolicy(substitutes=listed, horizon_years=None),
    )
    shot = seen(text, "VTI 80, SCHB 20, BND 80", cash=0)
    return replace(shot, told={Symbol(name): D(share) for name, share in told.items()}), policy


def test_a_name_of_which_the_strategy_wants_none_stands_for_the_other() -> None:
    shot, policy = account({"VTI": "0.5", "SCHB": "0", "BND": "0.5"})
    assert policy.harvest is not None
    assert with_originals(policy.harvest, shot, policy)[Symbol("SCHB")] == ("VTI",)


def test_an_original_that_the_strategy_does_not_want_does_not_come_back() -> None:
    shot, policy = account({"VTI": "0", "SCHB": "0", "BND": "1"})
    assert policy.harvest is not None
    assert Symbol("SCHB") not in with_originals(policy.harvest, shot, policy)
    assert without_returning(shot, policy) == (policy, ())
