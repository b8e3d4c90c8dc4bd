"""Waiting for the long rate, and coming back from a substitute: where they pay, and not else."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokers.words import Relief, Symbol
from strategies.plan import Plan, make_plan
from strategies.policy import CashPolicy, Policy, TaxPolicy, WorthPolicy
from strategies.policy.taxpayer import HarvestPolicy, Taxpayer
from tests.strategies.test_windows import moves, said, seen, wants

D = Decimal
ROSE = """
{first} main buys 100 VTI at 20 as A
2025-12-04 main buys 100 VTI at 20 as B
2025-01-06 main buys 20 BND at 80 as C
"""
"""VTI is 16,000 of 17,600 at 80; lot B is long-term from 2025-12-04 plus a year and a day."""


def rose(first: str = "2025-12-04") -> str:
    return ROSE.format(first=first)


def patient(*weights: str, gamma: str = "0.1", days: int = 60) -> Policy:
    return replace(
        wants(*weights),
        tax=TaxPolicy(wait_days=days),
        worth=WorthPolicy(gamma=D(gamma), enabled=False),
    )


def plan(text: str, policy: Policy, *, cash: int = 0) -> Plan:
    return make_plan(seen(text, "VTI 80, BND 80", cash=cash), policy)


def test_a_gain_that_is_soon_long_term_is_kept_until_then() -> None:
    found = plan(rose(), patient("VTI 50", "BND 50"))
    assert "VTI" not in moves(found)
    assert "VTI is kept until 2026-12-05, when it is long-term" in said(found)


@pytest.mark.parametrize(("gamma", "days"), [("0.1", 0), ("0.1", 14), ("100000", 60)])
def test_not_where_the_owner_does_not_wait_or_the_drift_costs_more(gamma: str, days: int) -> None:
    assert moves(plan(rose(), patient("VTI 50", "BND 50", gamma=gamma, days=days)))["VTI"] < 0


def test_lots_before_the_one_that_waits_are_sold() -> None:
    found = plan(rose("2024-01-05"), patient("VTI 20", "BND 80"))
    assert moves(found)["VTI"] == pytest.approx(D(-100), abs=D("1e-6"))


def test_the_first_long_day_is_one_on_which_it_is_sold() -> None:
    shot = seen(rose(), "VTI 80, BND 80", cash=0, day=date(2026, 12, 5))
    assert moves(make_plan(shot, patient("VTI 50", "BND 50")))["VTI"] < 0


def test_cash_that_is_needed_does_not_wait() -> None:
    policy = patient("VTI 90", "BND 10")
    needed = replace(policy, cash=CashPolicy(weight=D("0.01"), reserve=D(15_000)))
    assert moves(plan(rose(), needed))["VTI"] < 0


STANDS = """
2026-01-05 main buys 250 SCHB at {basis} as A
2026-01-05 main buys 62.5 BND at 80 as B
"""
"""SCHB stands for VTI, half of the account; it moves otherwise by some percent a year."""


def standing_in(basis: str, *, swap_back: bool = True, gamma: str = "5") -> Plan:
    listed = ((Symbol("VTI"), (Symbol("SCHB"),)),)
    wanted = HarvestPolicy(substitutes=listed, horizon_years=None, swap_back=swap_back)
    policy = replace(
        wants("VTI 50", "BND 50"), harvest=wanted, worth=WorthPolicy(gamma=D(gamma), enabled=False)
    )
    text = STANDS.format(basis=basis)
    return make_plan(seen(text, "VTI 80, SCHB 20, BND 80", cash=0), policy)


def test_a_substitute_without_a_gain_goes_back_where_its_risk_costs_more() -> None:
    found = standing_in("20", gamma="500")
    assert moves(found)["SCHB"] == -250
    assert moves(found)["VTI"] > 0
    assert "VTI comes back for SCHB" in said(found)


@pytest.mark.parametrize(
    ("basis", "swap_back", "gamma"),
    [("2", True, "500"), ("20", False, "500"), ("20", True, "0.001")],
)
def test_it_stays_where_tax_costs_more_or_the_owner_says_so(
    basis: str, *, swap_back: bool, gamma: str
) -> None:
    assert not moves(standing_in(basis, swap_back=swap_back, gamma=gamma))


def test_a_substitute_at_a_loss_is_harvested_into_the_original() -> None:
    text = """
    2026-01-05 main buys 1000 SCHB at 30 as A
    2026-01-05 main buys 250 BND at 80 as B
    2026-03-02 main buys 400 QQQ at 50 as Q
    2026-06-01 main sells 400 QQQ at 200 as Q
    """
    listed = ((Symbol("VTI"), (Symbol("SCHB"),)),)
    wanted = HarvestPolicy(substitutes=listed, horizon_years=None)
    policy = replace(wants("VTI 50", "BND 50"), harvest=wanted)
    found = make_plan(seen(text, "VTI 80, SCHB 20, BND 80", cash=0), policy)
    assert moves(found)["SCHB"] == -1000
    assert moves(found)["VTI"] > 0


GAINS = """
2024-01-05 main buys 100 VTI at 20 as A
2024-01-05 main buys 100 QQQ at 60 as B
2024-01-05 main buys 20 BND at 80 as C
"""
QUOTED = "VTI 80, QQQ 80, BND 80"


BASIS = {"VTI": 20, "QQQ": 60, "BND": 80}


def spending(gains_max: int | None, **carried: Decimal) -> Policy:
    policy = wants("VTI 30", "QQQ 30", "BND 40")
    wanted = HarvestPolicy(gains_max=None if gains_max is None else D(gains_max))
    return replace(policy, harvest=wanted, taxpayer=Taxpayer(**carried))


def gains_of(plan: Plan, basis: Mapping[str, int] = BASIS) -> Decimal:
    """At mid, 80."""
    sold = (each for each in moves(plan).items() if each[1] < 0)
    return sum((-(80 - basis[name]) * shares for name, shares in sold), D(0))


def test_a_budget_of_gains_sells_of_the_largest_what_fits() -> None:
    shot = seen(GAINS, QUOTED, cash=0)
    free = make_plan(shot, spending(None))
    assert gains_of(free) > 2_500
    tight = make_plan(shot, spending(1_000))
    assert moves(free)["VTI"] < moves(tight)["VTI"] < 0
    assert moves(tight)["QQQ"] < 0
    assert gains_of(tight) <= 1_000
    assert gains_of(tight) > 900, "as much as fits"
    sold = f"only {-moves(tight)['VTI'].normalize():f} VTI sold: gains_max of 1,000 for the year"
    assert sold in said(tight)
    assert not make_plan(shot, spending(0)).legs
    assert "VTI, QQQ not sold: gains_max of 0" in said(make_plan(shot, spending(0)))


@settings(max_examples=25, deadline=None)
@given(most=st.integers(0, 4_000), vti=st.integers(5, 79), qqq=st.integers(5, 79))
def test_no_plan_passes_the_budget_of_gains(most: int, vti: int, qqq: int) -> None:
    text = GAINS.replace("at 20", f"at {vti}").replace("at 60", f"at {qqq}")
    plan = make_plan(seen(text, QUOTED, cash=0), spending(most))
    assert gains_of(plan, {"VTI": vti, "QQQ": qqq, "BND": 80}) <= most + D("0.01")


def test_of_several_lots_those_go_that_fit() -> None:
    """The broker sells the dear lot first, at no gain: it fits, and a part of the next."""
    text = """
    2024-01-05 main buys 40 VTI at 80 as A
    2024-02-05 main buys 160 VTI at 20 as B
    2024-01-05 main buys 20 BND at 80 as C
    """
    wanted = replace(wants("VTI 30", "BND 70"), harvest=HarvestPolicy(gains_max=D(600)))
    plan = make_plan(seen(text, "VTI 80, BND 80", cash=0), wanted)
    assert moves(plan)["VTI"] == pytest.approx(D(-50), abs=1)


def test_losses_brought_forward_make_room_and_spare_the_tax() -> None:
    shot = seen(GAINS, QUOTED, cash=0)
    plain, carried = (
        make_plan(shot, spending(None, **more)) for more in ({}, {"carryover_long": D(50_000)})
    )
    assert plain.worth is not None
    assert carried.worth is not None
    assert plain.worth.tax > 100
    assert carried.worth.tax == 0
    assert "0% of the usual tax is due" in said(carried)
    assert moves(make_plan(shot, spending(1_000, carryover_short=D(50_000))))["VTI"] < 0


def test_a_part_of_the_tax_is_due_where_losses_end() -> None:
    shot = seen(GAINS, QUOTED, cash=0)
    plain, part = (
        make_plan(shot, spending(None, **more)) for more in ({}, {"carryover_long": D(3_000)})
    )
    assert plain.worth is not None
    assert part.worth is not None
    spared = plain.worth.tax - part.worth.tax
    # 3,000 at 15 %, less the 3,000 of income that the loss no longer shelters at 35 %
    assert 0 < spared < D(450) or part.worth.tax == plain.worth.tax


YOUNG = """
2026-10-20 main buys 100 VTI at 60 as A
2024-01-05 main buys 20 BND at 80 as B
"""


def test_a_dividend_that_a_sale_makes_ordinary_is_part_of_its_tax() -> None:
    """1 USD a share, held for a month: 35 % in place of 15 % on what is sold."""
    policy = patient("VTI 50", "BND 50", days=0)
    plain = seen(YOUNG, "VTI 80, BND 80", cash=0)
    paid = replace(plain, paid={Symbol("VTI"): ((date(2026, 11, 2), D(1)),)})
    first, second = make_plan(plain, policy), make_plan(paid, policy)
    assert first.worth is not None
    assert second.worth is not None
    sold = -moves(second)["VTI"]
    assert second.worth.tax - first.worth.tax == pytest.approx(sold * D("0.20"), abs=D("0.02"))
    old = replace(plain, paid={Symbol("VTI"): ((date(2026, 10, 20), D(1)),)})
    assert make_plan(old, policy).worth == first.worth


def test_a_young_loss_of_a_fund_with_exempt_interest_is_not_harvested() -> None:
    text = """
    2026-08-03 main buys 1000 MUB at 100 as A
    2026-03-02 main buys 400 QQQ at 50 as Q
    2026-06-01 main sells 400 QQQ at 200 as Q
    """
    listed = ((Symbol("MUB"), (Symbol("VTEB"),)),)
    wanted = HarvestPolicy(substitutes=listed, horizon_years=None)
    policy = replace(wants("MUB 100"), harvest=wanted)
    shot = seen(text, "MUB 80, VTEB 40", cash=0)
    shot = replace(shot, paid={Symbol("MUB"): ((date(2026, 10, 5), D("0.3")),)})
    assert moves(make_plan(shot, policy))["MUB"] == -1000
    exempt = replace(policy, taxpayer=Taxpayer(exempt=(Symbol("MUB"),)))
    assert not make_plan(shot, exempt).legs
    assert moves(make_plan(replace(shot, paid={}), exempt))["MUB"] == -1000


def test_lots_that_the_broker_would_not_sell_are_to_be_named() -> None:
    """FIFO at the broker sells A; the owner wants the dearest, B, and has until Monday."""
    text = """
    2024-01-05 main buys 100 VTI at 60 as A
    2024-02-05 main buys 100 VTI at 79 as B
    2024-01-05 main buys 20 BND at 80 as C
    """
    policy = wants("VTI 50", "BND 50")
    policy = replace(policy, tax=replace(policy.tax, relief=Relief.HIFO))
    found = make_plan(seen(text, "VTI 80, BND 80", cash=0), policy)
    assert [lot.lot_id for leg in found.legs for lot in leg.lots] == ["A"]
    assert "name these lots in the account there until 2026-11-23" in said(found)
    assert "of B (bought 2024-02-05 at 79.00)" in said(found)
    same = replace(policy, tax=replace(policy.tax, relief=Relief.FIFO))
    assert "name these lots" not in said(make_plan(seen(text, "VTI 80, BND 80", cash=0), same))


def test_gains_elsewhere_make_a_harvest_worth_more() -> None:
    text = "2025-01-06 main buys 1000 VTI at 100 as A"
    wanted = HarvestPolicy(substitutes=((Symbol("VTI"), (Symbol("ITOT"),)),), horizon_years=None)
    policy = replace(wants("VTI 100"), harvest=wanted)
    shot = seen(text, "VTI 80, ITOT 40", cash=0)
    alone, elsewhere = (
        make_plan(shot, replace(policy, taxpayer=Taxpayer(gains_short=D(gains)))).worth
        for gains in (0, 20_000)
    )
    assert alone is not None
    assert elsewhere is not None
    # 3,000 of income at 35 %, against 20,000 of short-term gain
    assert elsewhere.harvest - alone.harvest == pytest.approx(D("0.35") * 17_000, abs=D(5))
