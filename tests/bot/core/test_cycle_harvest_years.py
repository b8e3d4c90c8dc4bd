"""Two years of a household that harvests: no loss is ever washed, whatever is bought and sold."""

import math
import os
from datetime import date, timedelta
from pathlib import Path

from family import (
    BND,
    BOUGHT,
    GLD,
    ITOT,
    SCHB,
    STOCKS,
    VTI,
    Family,
    Folk,
    ToldTape,
    losses,
    lost,
    open_family,
    taken,
)
from stage import D

from bot.pairs import half_done
from brokers.words import Symbol
from strategies.policy import Bands, TaxKind

SESSIONS = int(os.environ.get("TRIMTAB_TEST_SESSIONS", "12"))
"""From one round to the next. By hand, with time to spare, 1: every day."""
DAYS = 730
HARVESTING = {
    "main": (Folk(TaxKind.TAXABLE, "VTI 60, BND 40", "VTI 300, BND 250"), ((VTI, (ITOT, SCHB)),)),
    "hers": (
        Folk(TaxKind.TAXABLE, "ITOT 50, BND 50", "ITOT 400, BND 250"),
        ((ITOT, (SCHB, VTI)), (BND, (GLD,))),
    ),
}
IRA = Folk(TaxKind.TRADITIONAL, "VTI 60, BND 40", "VTI 150, BND 120", harvests=False)


def waves(symbol: Symbol, day: date) -> float:
    """Stocks and bonds in waves of their own: there are losses, and again and again purchases."""
    t = (day - BOUGHT.date()).days
    if symbol in STOCKS:
        mid = 100 - 18 * math.sin(t / 31) - 7 * math.sin(t / 9) - 0.02 * t
        return mid / {VTI: 1, ITOT: 2, SCHB: 4}[symbol]
    return (80 - 9 * math.sin(t / 47 + 1)) / {BND: 1, GLD: 2}[symbol]


def household(folder: Path, template: Path) -> Family:
    """Husband, wife and an IRA; each of them buys what another one sells."""
    family = open_family(folder, template, tape=ToldTape(price=waves))
    narrow = Bands(absolute=D("0.04"), relative=None, single=None, concentration=None)
    family.add("ira", IRA, bands=narrow)
    for name, (one, listed) in HARVESTING.items():
        family.add(name, one, bands=narrow)
        family.harvest_into(name, listed)
    return family


def test_two_years_without_a_wash_sale(tmp_path: Path, template: Path) -> None:
    family = household(tmp_path, template)
    harvested, month = 0, 0
    while family.clock.now() < BOUGHT + timedelta(days=DAYS):
        for _ in range(SESSIONS):
            family.next_day()
        if family.clock.now().month != month:
            month = family.clock.now().month
            for name in family.stages:
                family.deposit(name, 800)
        for plan in family.cycles().values():
            harvested += sum(reason.kind == "harvest" for reason in plan.reasons)
            assert not [*half_done(plan, family.book)]
    home = family.ledger()
    assert harvested > 3
    assert losses(home) > 3000
    assert (taken(home), lost(home)) == (0, 0)
    family.close()
