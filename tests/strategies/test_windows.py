"""The wash-sale rule in a plan: what it keeps from being bought, what from being sold, and why."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from brokers.words import Side, Symbol
from strategies.plan import Hold, Plan, make_plan
from strategies.policy import CashPolicy, OrderPolicy, Policy, TaxKind, TaxPolicy, WorthPolicy
from strategies.policy.target import Target
from strategies.policy.taxpayer import HarvestPolicy, Taxpayer
from strategies.snapshot import Snapshot
from strategies.washes.home import Home
from strategies.washes.ledger import household
from strategies.washes.nouns import Household, Trade
from tests.strategies.harvest.harvest_account import LIKE, NOW, TODAY, ledger, snapshot, trades

D = Decimal


def seen(text: str, prices: str, *, cash: int = 10_000, day: date = TODAY) -> Snapshot:
    """What ``main`` holds, on ``day``, in its household."""
    found = snapshot(text, prices)
    moment = NOW + (day - TODAY)
    quotes = [
        replace(one, quote=None if one.quote is None else replace(one.quote, time=moment))
        for one in found.holdings
    ]
    return replace(
        found,
        session=day,
        time=moment,
        holdings=tuple(quotes),
        cash=D(cash),
        settled=D(cash),
        home=Home(ledger(text)),
    )


def wants(*weights: str, may_defer: bool = False, kind: TaxKind = TaxKind.TAXABLE) -> Policy:
    """``VTI 60`` and the like, in percent; costs are not weighed."""
    pairs = (each.split() for each in weights)
    return Policy(
        snapshot("2026-01-02 main buys 1 VTI at 1 as A", "VTI 1").account,
        Target("fixed", tuple((Symbol(name), D(share) / 100) for name, share in pairs)),
        cash=CashPolicy(weight=D(0), cash_floor=D(0), cash_floor_weight=D(0)),
        tax=TaxPolicy(kind=kind, wait_days=0),
        taxpayer=Taxpayer(may_defer=may_defer),
        worth=WorthPolicy(enabled=False),
        orders=OrderPolicy(value_min=D(1)),
    )


def moves(plan: Plan) -> dict[str, Decimal]:
    """Shares bought (sold below zero) by symbol."""
    return {leg.order.symbol: leg.order.side.sign * leg.order.quantity for leg in plan.legs}


def said(plan: Plan) -> str:
    return " | ".join([*plan.warnings, plan.decision.why])


SOLD = """
2026-01-05 main buys 100 VTI at 100 as A
2026-01-05 main buys 500 BND at 80 as B
2026-11-10 main sells 60 VTI at 80 as A
"""
"""60 VTI sold at a loss ten days ago; 40 are left."""


def test_what_was_sold_at_a_loss_is_not_bought_for_thirty_days() -> None:
    policy = wants("VTI 50", "BND 50")
    plan = make_plan(seen(SOLD, "VTI 80, BND 80"), policy)
    assert moves(plan).get("VTI", 0) <= 0
    assert "VTI is not bought: VTI was sold at a loss on 2026-11-10 in main" in said(plan)
    assert "2026-12-10" in said(plan)


@pytest.mark.parametrize(("days", "bought"), [(30, 0), (31, 1)])
def test_the_window_ends_with_the_thirtieth_day(days: int, bought: int) -> None:
    sold = date(2026, 11, 10)
    shot = seen(SOLD, "VTI 80, BND 80", day=sold + timedelta(days=days))
    assert (moves(make_plan(shot, wants("VTI 50", "BND 50"))).get("VTI", 0) > 0) == bool(bought)


def test_no_account_without_tax_takes_a_loss_whatever_its_owner_allows() -> None:
    for kind in (TaxKind.ROTH, TaxKind.TRADITIONAL, TaxKind.HSA):
        shot = replace(seen(SOLD, "VTI 80, BND 80"), account=snapshot(SOLD, "VTI 80").account)
        plan = make_plan(shot, wants("VTI 50", "BND 50", kind=kind, may_defer=True))
        assert moves(plan).get("VTI", 0) <= 0
        assert "lost for good" in said(plan)


def test_the_owner_may_let_a_loss_move() -> None:
    shot = seen(SOLD, "VTI 80, BND 80")
    assert moves(make_plan(shot, wants("VTI 50", "BND 50", may_defer=True)))["VTI"] > 0


def test_a_loss_that_moves_is_priced() -> None:
    """60 VTI bought back within 30 days take the whole loss of 1,200: at 35 %, kept for ever."""
    never = HarvestPolicy(horizon_years=None)
    policy = wants("VTI 50", "BND 50", may_defer=True)
    shot = seen(SOLD, "VTI 80, BND 80", cash=30_000)
    plan = make_plan(shot, replace(policy, harvest=never))
    assert moves(plan)["VTI"] > 60
    assert plan.worth is not None
    assert plan.worth.tax == D(420)
    later = make_plan(shot, replace(policy, harvest=HarvestPolicy(horizon_years=D(10))))
    assert later.worth is not None
    assert later.worth.tax == pytest.approx(D(420) - D(180) / D("1.05") ** 10, abs=D("0.01"))


HEAVY = """
2026-01-05 main buys 100 VTI at {basis} as A
2026-01-05 main buys 10 BND at 80 as B
2026-11-15 {who} buys 50 {what} at 70 as C
"""


@pytest.mark.parametrize(
    ("basis", "bought", "allowed", "sold"),
    [
        (100, "ira VTI", "", 0),
        (100, "ira VTI", "may defer", 0),
        (100, "hers VTI", "", 0),
        (100, "hers VTI", "may defer", 1),
        (60, "ira VTI", "", 1),
        (100, "ira BND", "", 1),
    ],
)
def test_a_loss_is_not_sold_where_a_buy_would_take_it(
    basis: int, bought: str, allowed: str, sold: int
) -> None:
    who, what = bought.split()
    text = HEAVY.format(basis=basis, who=who, what=what)
    policy = wants("VTI 30", "BND 70", may_defer=bool(allowed))
    plan = make_plan(seen(text, "VTI 80, BND 80"), policy)
    assert (moves(plan).get("VTI", 0) < 0) == bool(sold)
    assert ("VTI is not sold: VTI was bought on 2026-11-15" in said(plan)) != bool(sold)


def test_lots_at_a_gain_before_the_loss_are_sold() -> None:
    text = """
    2026-01-05 main buys 30 VTI at 60 as A
    2026-01-06 main buys 70 VTI at 100 as B
    2026-01-05 main buys 10 BND at 80 as C
    2026-11-15 ira buys 50 VTI at 70 as D
    """
    plan = make_plan(seen(text, "VTI 80, BND 80"), wants("VTI 10", "BND 90"))
    assert moves(plan)["VTI"] == pytest.approx(D(-30), abs=D("1e-8"))


def test_what_is_the_same_to_the_rule_is_not_bought_either() -> None:
    text = """
    2026-01-05 main buys 100 VOO at 100 as A
    2026-11-10 main sells 60 VOO at 80 as A
    """
    plan = make_plan(seen(text, "VOO 80, IVV 80"), wants("VOO 25", "IVV 75"))
    assert "IVV" not in moves(plan)
    assert "VOO, IVV are not bought: VOO was sold at a loss" in said(plan)


def test_one_plan_does_not_sell_one_and_buy_its_twin() -> None:
    text = "2026-01-05 main buys 100 VOO at 100 as A"
    plan = make_plan(seen(text, "VOO 80, IVV 80", cash=2_000), wants("IVV 100"))
    assert "IVV" not in moves(plan)


def test_an_account_of_which_nothing_is_known_stops_losses() -> None:
    text = "2026-01-05 main buys 100 VTI at 100 as A"
    shot = seen(text, "VTI 80, BND 80")
    assert shot.home is not None
    shot = replace(shot, home=replace(shot.home, doubts=("nothing is known of hers",)))
    plan = make_plan(shot, wants("VTI 10", "BND 90"))
    assert "VTI" not in moves(plan)
    assert "nothing is known of hers" in said(plan)


def test_a_sale_in_the_market_shuts_the_name_out() -> None:
    text = """
    2026-01-05 hers buys 100 VTI at 100 as A
    2026-01-05 main buys 10 VTI at 100 as B
    """
    shot = seen(text, "VTI 80, BND 80")
    assert shot.home is not None
    sale = trades("2026-11-20 hers sells 50 VTI at 80 as A")[0]
    shot = replace(shot, home=replace(shot.home, sells=(sale,)))
    plan = make_plan(shot, wants("VTI 90", "BND 10"))
    assert moves(plan).get("VTI", 0) <= 0
    assert "VTI is being sold at a loss in hers" in said(plan)


NAMES = ("VTI", "BND", "VOO", "IVV")
DAYS = st.integers(0, 90)


@st.composite
def journals(draw: st.DrawFn) -> tuple[list[str], list[int], list[int]]:
    """Rows of a household, today's prices, and targets in percent."""
    rows = list[str]()
    for number in range(draw(st.integers(1, 9))):
        day = TODAY - timedelta(days=draw(DAYS))
        who = draw(st.sampled_from(["main", "main", "hers", "ira"]))
        name, price = draw(st.sampled_from(NAMES)), draw(st.integers(50, 150))
        rows.append(f"{day} {who} buys {draw(st.integers(1, 60))} {name} at {price} as L{number}")
    prices = [draw(st.integers(50, 150)) for _ in NAMES]
    shares = [draw(st.integers(0, 10)) for _ in NAMES]
    assume(sum(shares))
    return rows, prices, [int(100 * share / sum(shares)) for share in shares]


@settings(max_examples=150, deadline=None)
@given(journals())
@example((["2026-11-20 main buys 1 VOO at 50 as L0"], [50] * 4, [0, 0, 0, 100]))
@example(
    (
        ["2026-11-20 main buys 18 IVV at 50 as L0", "2026-11-19 main buys 25 IVV at 66 as L1"],
        [50, 50, 50, 66],
        [0, 50, 50, 0],
    )
)
def test_no_plan_makes_a_wash_sale(drawn: tuple[list[str], list[int], list[int]]) -> None:
    rows, prices, shares = drawn
    text = "\n".join(rows)
    quoted = ", ".join(f"{name} {price}" for name, price in zip(NAMES, prices, strict=True))
    shot = seen(text, quoted, cash=3_000)
    policy = wants(*(f"{name} {share}" for name, share in zip(NAMES, shares, strict=True)))
    plan = make_plan(shot, policy)
    assert not (isinstance(plan.decision, Hold) and "last check" in plan.decision.why)
    after = household([*trades(text), *done(plan)], group_of=LIKE, today=TODAY)
    assert [one for one in after.disposals if one.sold == TODAY and one.disallowed] == []
    before = household(trades(text), group_of=LIKE, today=TODAY)
    assert total(after) == total(before)


def done(plan: Plan) -> list[Trade]:
    """The plan as trades at its limits, each sale with the lots that it names."""
    found = list[Trade]()
    for number, leg in enumerate(plan.legs):
        side = "buys" if leg.order.side is Side.BUY else "sells"
        lots = ";".join(lot.lot_id for lot in leg.lots) or f"N{number}"
        line = f"{TODAY} main {side} {leg.order.quantity} {leg.order.symbol} at {leg.order.limit}"
        found += trades(f"{line} as {lots}")
    return found


def total(home: Household) -> Decimal:
    return sum((one.disallowed for one in home.disposals), D(0))
