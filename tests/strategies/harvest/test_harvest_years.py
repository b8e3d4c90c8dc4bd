"""Short lives of households that harvest: no plan makes a wash sale, and what it saves is so.

The long ones, on real prices, are ``python -m benchmarks.tax.years`` and ``.alpha``.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import numpy as np
import pytest

from benchmarks.tax.alpha import Case, liquidation_tax, rate, worked_out
from benchmarks.tax.households import PAIRS, policy
from benchmarks.tax.living import Life, Lived, Member, Setup
from benchmarks.tax.market import HISTORY, Market, made_up, paid, twin, with_twins
from benchmarks.tax.recount import recount
from benchmarks.tax.scan import DAYS, Sums, scan, world
from brokers.words import ZERO
from strategies.drift import HarvestPays
from strategies.policy import TaxKind
from strategies.washes.nouns import BUY, REINVEST, TAXABLE, Trade

D = Decimal
WEIGHTS = {"VTI": "0.6", "EFA": "0.4"}
NAMES = ("VTI", "SPY", "EFA", "IEV")
WEEK = 5
FALLS, DIPS, RISES = 16, 20, 4
"""Seeds of markets: down by a quarter; by a sixth and back; up."""


def household(fills: Literal["close", "next"], sessions: int = 140) -> Setup:
    """A taxable account and an IRA with the same funds, in a market that falls and rises."""
    market = made_up(FALLS, NAMES, HISTORY + sessions)
    members = (
        Member(policy("main", TaxKind.TAXABLE, WEIGHTS, pairs=PAIRS), D(20_000), D(500)),
        Member(policy("ira", TaxKind.TRADITIONAL, WEIGHTS), D(6_000), D(200)),
    )
    last = len(market.days) - 1
    return Setup(market, members, HISTORY, last, WEEK, fills, (D("0.3"), ZERO))


def pairs(lived: Lived) -> int:
    return sum(isinstance(r, HarvestPays) for look in lived.looks for r in look.plan.reasons)


@pytest.mark.parametrize("fills", ["close", "next"])
def test_no_plan_makes_a_wash_sale(fills: Literal["close", "next"]) -> None:
    lived = Life(household(fills)).run()
    assert pairs(lived) >= 2
    found = recount(lived.journal.trades)
    assert found.agrees
    assert found.harvested > 500
    assert (found.plans_lost, found.plans_deferred) == (0, 0)


@pytest.fixture(scope="module")
def sold() -> tuple[list[Trade], date]:
    """A loss of 1,000 dollars on 100 shares, and the day on which it was taken."""
    day = date(2020, 3, 2)
    row = Trade(day, "main", TAXABLE, "VTI", "sell", D(100), D(90), ZERO, "A", "")
    bought = replace(row, side=BUY, price=D(100), day=date(2019, 1, 2))
    return [bought, row], day


@pytest.mark.parametrize(
    ("kind", "side", "days", "lost", "deferred"),
    [
        ("ira", BUY, 5, "plans_lost", ""),
        ("ira", REINVEST, 5, "broker_lost", ""),
        ("ira", REINVEST, -5, "plans_lost", ""),
        ("taxable", BUY, 30, "", "plans_deferred"),
        ("taxable", REINVEST, 5, "", "broker_deferred"),
        ("taxable", BUY, 31, "", ""),
    ],
)
def test_the_recount_says_whose_doing_it_was(  # a case has all of these
    sold: tuple[list[Trade], date], kind: str, side: str, days: int, lost: str, deferred: str
) -> None:
    rows, day = sold
    other = replace(rows[0], account="other", kind=kind, side=side, day=day + timedelta(days=days))
    found = recount([*rows, replace(other, quantity=D(10), lot="B")])
    told = {
        name: getattr(found, name)
        for name in ("plans_lost", "plans_deferred", "broker_lost", "broker_deferred")
    }
    assert found.agrees
    assert told == {name: D(100) if name in {lost, deferred} else 0 for name in told}


def alone(market: Market, *, harvests: bool, pairs: dict[str, tuple[str, ...]] = PAIRS) -> Setup:
    """A taxable account with short-term gains elsewhere."""
    owner = policy(
        "main", TaxKind.TAXABLE, WEIGHTS, pairs=pairs if harvests else None, fractional=True
    )
    last = len(market.days) - 1
    return Setup(market, (Member(owner, D(50_000)),), HISTORY, last, WEEK, outside=(D("0.3"), ZERO))


def test_a_harvest_saves_the_tax_on_its_losses_and_owes_it_later() -> None:
    market = made_up(DIPS, NAMES, HISTORY + 140)
    case = Case("made up", (2015, 2016), "short", "on")
    shadow = worked_out(case, alone(market, harvests=False))
    ours = worked_out(case, alone(market, harvests=True))
    assert ours.pairs > 0
    assert shadow.pairs == 0
    more = ours.harvested - shadow.harvested
    assert ours.saved - shadow.saved == pytest.approx(0.35 * more, rel=0.15)
    assert ours.before - ours.after > shadow.before - shadow.after, "its basis is lower"


def test_twins_of_a_name_are_as_good_as_the_name() -> None:
    """With a perfect substitute what is sold and what is bought do the same but for the costs."""
    market = with_twins(made_up(DIPS, NAMES, HISTORY + 140), [*WEIGHTS], 1)
    listed = {name: (twin(name, 0),) for name in WEIGHTS}
    case = Case("made up", (2015, 2016), "short", "twin")
    shadow = worked_out(case, alone(market, harvests=False))
    ours = worked_out(case, alone(market, harvests=True, pairs=listed))
    assert ours.pairs > 0
    costs = ours.costs - shadow.costs
    assert 0 < costs < 0.01
    assert ours.plain + costs == pytest.approx(shadow.plain, abs=0.003)


def test_the_rate_is_the_one_at_which_deposits_grow() -> None:
    days = tuple(date(2015, 1, 1) + timedelta(days=n) for n in (0, 365, 731))
    years = np.array([(days[-1] - day).days / 365.25 for day in days])
    flows = [1_000.0, 500.0, 0.0]
    worth = float(np.array(flows) @ 1.07**years)
    assert rate(days, flows, worth) == pytest.approx(0.07, abs=1e-9)


def test_dividends_are_what_the_adjusted_close_grew_more() -> None:
    close = np.array([[100.0], [99.0], [101.0]])
    adjusted = np.array([[98.0], [98.0 * 99 / (100 - 2)], [98.0 * 101 / 98]])
    assert paid(close, adjusted)[:, 0] == pytest.approx([0.0, 2.0, 0.0])


def test_tax_on_liquidation_is_that_of_the_gains_by_term() -> None:
    """Bought once and never sold: at the rates on what it grew."""
    made = alone(made_up(RISES, NAMES, HISTORY + 60), harvests=False)
    made = replace(made, outside=(ZERO, ZERO), every=1_000)
    lived = Life(made).run()
    lots = lived.journal.ledger().open_lots
    account = lived.accounts["main"]
    worth = sum(account.quote(lot.symbol, made.last).bid * lot.quantity for lot in lots)  # type: ignore[arg-type]
    gain = worth - sum(lot.basis for lot in lots)
    due = max(gain * D("0.35"), D("-0.35") * 3_000)
    assert liquidation_tax(lived, made) == pytest.approx(due, abs=D("0.01"))


@pytest.mark.parametrize("day", DAYS)
def test_the_quick_scan_harvests_what_the_full_one_does(day: str) -> None:
    sums, of = Sums(), world(4, DAYS[day])
    for seed in range(25):
        scan(seed, of, 6, sums)
    assert (sums.accounts, sums.differ) == (25, 0)
    assert (sums.harvesting > 0) == (day == "fallen")
