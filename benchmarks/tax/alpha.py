"""Tax alpha: what harvesting adds a year after tax, against the same account without it.

    python -m benchmarks.tax.alpha --data DIR                         everything
    python -m benchmarks.tax.alpha --data DIR --portfolio stocks --jobs 2

``DIR`` holds daily prices as parquet files (``market.py``). Each line is lived through twice, with
and without harvesting, with the same deposits, rules and costs; then with one twin of each name as
its substitute, and with so many that the rule never binds (``households.py`` tells the portfolios).
Rates 35 % short and 15 % long. Tax is paid out of the account on 15 April, tax saved is paid in.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.tax.households import MIXES, PAIRS, indexed, policy
from benchmarks.tax.living import Life, Lived, Member, Setup, rates_of
from benchmarks.tax.market import Market, etfs, stocks, twin, with_twins
from benchmarks.tax.recount import recount
from brokers.words import ZERO
from strategies.drift import HarvestPays
from strategies.policy import TaxKind
from strategies.taxes.netting import year
from strategies.taxes.term import term
from strategies.washes.nouns import TAXABLE

World = Literal["shadow", "on", "twin", "off"]
"""Without harvesting; with it; with one perfect substitute; with so many that no rule binds."""
OUTSIDE = {
    "short": (Decimal("0.3"), Decimal(0)),
    "long": (Decimal(0), Decimal("0.3")),
    "none": (Decimal(0), Decimal(0)),
}
"""Gains elsewhere each year, as shares of the account: short-term, long-term."""
PORTFOLIOS = ("etfs", "stocks")
PERIODS = {
    "etfs": ((2005, 2009), (2010, 2014), (2015, 2019)),
    "stocks": ((2002, 2006), (2007, 2011), (2012, 2016), (2017, 2021)),
}
EVERY = {"etfs": 5, "stocks": 21}
"""Sessions between two looks: a week, a month."""
TWINS = {"twin": {"etfs": 1, "stocks": 1}, "off": {"etfs": 5, "stocks": 2}}
"""With "off" so many that one of them is always free."""
CASH, DEPOSIT = Decimal(500_000), Decimal(2_500)
MIX = "growth"
STOCKS = 40
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Case:
    """What is lived through."""

    portfolio: str
    period: tuple[int, int]
    outside: str
    world: World


@dataclass(frozen=True, slots=True)
class Outcome:
    """Annual figures are shares: 0.01 is 1 %.

    ``before`` is the money-weighted return with all lots kept, ``after`` once all is sold and
    taxed, ``later`` where by then all is long-term, ``plain`` the time-weighted return without any
    tax; ``saved`` is the tax saved a year and ``harvested`` the losses that counted, over the
    account's mean worth.
    """

    case: Case
    years: float
    before: float
    after: float
    later: float
    plain: float
    saved: float
    harvested: float
    costs: float
    pairs: int
    washed: float
    carried: float
    seconds: float


@cache
def _etfs(folder: Path) -> Market:
    return etfs(folder)


@cache
def _stocks(folder: Path) -> tuple[Market, dict[str, str]]:
    market, sectors = stocks(folder)
    return market, dict(sectors)


def setup(case: Case, folder: Path) -> Setup:
    """The account of a case, and the prices that it lives through."""
    begin, end = date(case.period[0], 1, 1), date(case.period[1], 12, 31)
    if case.portfolio == "etfs":
        market, weights, pairs = _etfs(folder), MIXES[MIX], dict(PAIRS)
    else:
        market, sectors = _stocks(folder)
        weights, pairs = indexed(market, sectors, begin, end, STOCKS)
    if case.world in TWINS:
        count = TWINS[case.world][case.portfolio]
        market = with_twins(market, [*weights], count)
        pairs = {name: tuple(twin(name, each) for each in range(count)) for name in weights}
    listed = None if case.world == "shadow" else pairs
    owner = policy("main", TaxKind.TAXABLE, weights, pairs=listed, fractional=True)
    return Setup(
        market=market,
        members=(Member(owner, CASH, DEPOSIT),),
        first=market.place(begin),
        last=max(at for at, day in enumerate(market.days) if day <= end),
        every=EVERY[case.portfolio],
        outside=OUTSIDE[case.outside],
    )


def outcome(case: Case, folder: Path) -> Outcome:
    """Live through it and work out what it came to."""
    return worked_out(case, setup(case, folder))


def worked_out(case: Case, made: Setup) -> Outcome:
    """The same of any account."""
    began = spent()
    lived = Life(made).run()
    days = made.market.days[made.first : made.last + 1]
    flows = [float(flow) for flow in lived.flows]
    worth = float(lived.navs[-1] - lived.unpaid)
    mean = float(sum(lived.navs, ZERO) / len(lived.navs))
    years = (days[-1] - days[0]).days / DAYS_PER_YEAR
    found = recount(lived.journal.trades, by_share=False)
    return Outcome(
        case=case,
        years=years,
        before=rate(days, flows, worth),
        after=rate(days, flows, worth - float(liquidation_tax(lived, made))),
        later=rate(days, flows, worth - float(liquidation_tax(lived, made, all_long=True))),
        plain=plain_return(lived) ** (1 / years) - 1,
        saved=float(sum(lived.saved.values(), ZERO)) / mean / years,
        harvested=float(found.harvested) / mean / years,
        costs=float(lived.accounts["main"].costs) / mean / years,
        pairs=sum(isinstance(r, HarvestPays) for look in lived.looks for r in look.plan.reasons),
        washed=float(found.plans_lost + found.plans_deferred),
        carried=float(lived.brought.total),
        seconds=spent() - began,
    )


def rate(days: tuple[date, ...], flows: list[float], worth: float) -> float:
    """The annual rate at which all that was paid in grows to ``worth`` on the last day."""
    years = np.array([(days[-1] - day).days / DAYS_PER_YEAR for day in days])
    paid = np.array(flows)
    low, high = -0.9, 2.0
    for _ in range(80):
        middle = (low + high) / 2
        if float(paid @ (1 + middle) ** years) < worth:
            low = middle
        else:
            high = middle
    return low


def plain_return(lived: Lived) -> float:
    """What a dollar became with no tax paid or saved: the product of the sessions' returns."""
    grown, before = 1.0, None
    for nav, flow, tax in zip(lived.navs, lived.flows, lived.taxes, strict=True):
        if before is not None:
            grown *= float((nav - flow + tax) / before)
        before = nav
    return grown


def liquidation_tax(lived: Lived, made: Setup, *, all_long: bool = False) -> Decimal:
    """Tax if all is sold at the last bid, in a year of its own with as much gain elsewhere."""
    account, day = lived.accounts["main"], made.market.days[made.last]
    gains = {"short": ZERO, "long": ZERO}
    for lot in lived.journal.ledger().open_lots:
        if lot.kind == TAXABLE and lot.account in lived.accounts:
            bid = account.quote(lot.symbol, made.last).bid  # type: ignore[arg-type]
            held = "long" if all_long else term(lot.held_since, day)
            gains[held] += bid * lot.quantity - lot.basis
    rates = rates_of(account.policy)
    short, long = (share * lived.navs[-1] for share in made.outside)
    sold = year(gains["short"] + short, gains["long"] + long, lived.brought)
    without = year(short, long, lived.brought_without)
    return sold.tax(rates) - without.tax(rates)


def cases(asked: argparse.Namespace) -> Iterator[Case]:
    """All that were asked for; who lives without harvesting first."""
    for portfolio in asked.portfolio or PORTFOLIOS:
        for period, outside in product(PERIODS[portfolio], asked.outside or OUTSIDE):
            for world in ("shadow", "on", *(["twin", "off"] if outside == "short" else [])):
                yield Case(portfolio, period, outside, world)


def _all(asked: argparse.Namespace) -> Iterator[Outcome]:
    every, began = [*cases(asked)], time.monotonic()
    run = partial(outcome, folder=asked.data)
    with ProcessPoolExecutor(asked.jobs) as pool:
        for done, one in enumerate(pool.map(run, every), start=1):
            left = (time.monotonic() - began) / done * (len(every) - done)
            bar = "#" * (30 * done // len(every))
            said = f"[{bar:<30}] {done} of {len(every)} lives, about {left:.0f} s left"
            print(said, file=sys.stderr, flush=True)
            yield one


def _print(found: list[Outcome]) -> None:
    print(
        f"{'portfolio':<9} {'years':<9} {'outside':<7} {'rule':<4} {'tax saved':>9}"
        f" {'kept':>7} {'sold':>7} {'later':>7} {'plain':>7} {'losses':>7} {'costs':>6}"
        f" {'pairs':>5} {'carried':>9} {'washed':>7}"
    )
    shadow: Outcome | None = None
    for one in found:
        if one.case.world == "shadow":
            shadow = one
            continue
        assert shadow is not None, "who harvests not comes first"
        case = one.case
        print(
            f"{case.portfolio:<9} {case.period[0]}-{case.period[1]} {case.outside:<7}"
            f" {case.world:<4} {one.saved - shadow.saved:>9.2%}"
            f" {one.before - shadow.before:>+7.2%} {one.after - shadow.after:>+7.2%}"
            f" {one.later - shadow.later:>+7.2%}"
            f" {one.plain - shadow.plain:>+7.2%} {one.harvested:>7.1%}"
            f" {one.costs - shadow.costs:>6.2%} {one.pairs:>5} {one.carried:>9,.0f}"
            f" {one.washed:>7.2f}"
        )


def main() -> None:
    """Live every case and print how far each is from the one that does not harvest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True, help="folder of parquet files")
    parser.add_argument("--portfolio", choices=PORTFOLIOS, action="append")
    parser.add_argument("--outside", choices=[*OUTSIDE], action="append")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = [*_all(asked)]
    if asked.json:
        print(json.dumps([asdict(one) for one in found]))
    else:
        _print(found)


if __name__ == "__main__":
    main()
