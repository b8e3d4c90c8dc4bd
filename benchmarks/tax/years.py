"""A hundred years with harvesting on: which wash sales were made, and by whom.

    python -m benchmarks.tax.years --data DIR                 10 households, 10 years each
    python -m benchmarks.tax.years --data DIR --jobs 2        in two processes
    python -m benchmarks.tax.years --data DIR --by-share 0    without the share-by-share oracle

``DIR`` holds daily prices of ETFs as parquet files (``market.py``). Every decision is
``make_plan``'s. A household that made a wash sale, permanent or not, is a failure: the exit code is
1. Trades of small households are counted again share by share, up to so many shares bought.
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
from functools import cache, partial
from pathlib import Path

from benchmarks.tax.households import drawn
from benchmarks.tax.living import Life, Lived, Setup
from benchmarks.tax.market import Market, etfs
from benchmarks.tax.recount import Recount, recount
from brokers.words import ZERO
from strategies.drift import HarvestPays
from strategies.washes.nouns import BUY, REINVEST, TAXABLE

BY_SHARE = 5_000
"""Shares bought up to which the oracle is asked: it takes as long as their square."""


@dataclass(frozen=True, slots=True)
class Line:
    """One household."""

    seed: int
    name: str
    begin: str
    end: str
    years: float
    plans: int
    pairs: int
    turnover: float
    unfilled: int
    refused: tuple[str, ...]
    recount: Recount
    by_share: bool
    seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether no plan made a wash sale, and both counts agree."""
        found = self.recount
        return not (found.plans_lost or found.plans_deferred) and found.agrees


@cache
def _market(folder: Path) -> Market:
    return etfs(folder)


def lived(seed: int, folder: Path, years: int, by_share: int) -> Line:
    """The household of ``seed``, from its first session to its last, and its trades recounted."""
    began = spent()
    one = drawn(seed, _market(folder), years)
    return line(seed, one.name, one.setup, by_share, began)


def line(seed: int, name: str, setup: Setup, by_share: int, began: float) -> Line:
    """Live through it and count."""
    found = Life(setup).run()
    trades = found.journal.trades
    bought = sum(one.quantity for one in trades if one.side in {BUY, REINVEST})
    is_small = bought <= by_share
    first, last = setup.market.days[setup.first], setup.market.days[setup.last]
    return Line(
        seed=seed,
        name=name,
        begin=f"{first}",
        end=f"{last}",
        years=(last - first).days / 365.25,
        plans=len(found.looks),
        pairs=sum(isinstance(r, HarvestPays) for look in found.looks for r in look.plan.reasons),
        turnover=_turnover(found, (last - first).days / 365.25),
        unfilled=found.unfilled,
        refused=tuple(found.refused),
        recount=recount(trades, by_share=is_small),
        by_share=is_small,
        seconds=spent() - began,
    )


def _turnover(found: Lived, years: float) -> float:
    """Value bought and sold in taxable accounts a year, over twice their mean worth."""
    moved = sum(
        (
            one.quantity * one.price
            for one in found.journal.trades
            if one.kind == TAXABLE and one.account in found.accounts
        ),
        ZERO,
    )
    return float(moved / 2 / (sum(found.navs, ZERO) / len(found.navs))) / years


def _all(asked: argparse.Namespace) -> Iterator[Line]:
    seeds = range(asked.seed, asked.seed + asked.count)
    run = partial(lived, folder=asked.data, years=asked.years, by_share=asked.by_share)
    if asked.jobs == 1:
        yield from map(run, seeds)
        return
    with ProcessPoolExecutor(asked.jobs) as pool:
        yield from pool.map(run, seeds)


def _watched(asked: argparse.Namespace) -> Iterator[Line]:
    """Every household; a bar on the error stream says how far it is."""
    began = time.monotonic()
    for done, one in enumerate(_all(asked), start=1):
        left = (time.monotonic() - began) / done * (asked.count - done)
        bar, clean = "#" * (30 * done // asked.count), "clean" if one.is_clean else "NOT CLEAN"
        said = f"[{bar:<30}] {done} of {asked.count} households, about {left:.0f} s left"
        said += f"; {one.name}: {clean}"
        print(said, file=sys.stderr, flush=True)
        yield one


def _print(lines: list[Line]) -> None:
    print(
        f"{'years':>5} {'plans':>6} {'pairs':>5} {'turned':>6} {'trades':>6} {'harvested':>10}"
        f" {'refused':>7}"
        f" {'plans lost':>10} {'deferred':>9} {'broker lost':>11} {'deferred':>9} {'by share':>8}"
    )
    for one in lines:
        told = one.recount
        by_share = "agrees" if told.agrees and one.by_share else "-" if told.agrees else "DIFFERS"
        print(
            f"{one.years:>5.1f} {one.plans:>6,} {one.pairs:>5} {one.turnover:>6.0%}"
            f" {told.trades:>6,} {told.harvested:>10,.0f} {len(one.refused):>7}"
            f" {told.plans_lost:>10.2f}"
            f" {told.plans_deferred:>9.2f} {told.broker_lost:>11.2f} {told.broker_deferred:>9.2f}"
            f" {by_share:>8}  {one.begin} {one.name}"
        )
    bad = sum(not one.is_clean for one in lines)
    years = sum(one.years for one in lines)
    print(f"{years:.1f} household-years, {bad} households with a wash sale of a plan's making")


def main() -> int:
    """Live, count, and say whether all were clean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True, help="folder of parquet files")
    parser.add_argument("--count", type=int, default=10, help="households")
    parser.add_argument("--years", type=int, default=10, help="of each, 15 at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--by-share", type=int, default=BY_SHARE)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    lines = [*_watched(asked)]
    if asked.json:
        print(json.dumps([asdict(one) for one in lines], default=str))
    else:
        _print(lines)
    return 0 if all(one.is_clean for one in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
