"""The kernel on real prices: S&P names on 20 dates from 2018 to 2021, against Clarabel.

    make -C benchmarks/optimizer real DATA=folder

The folder holds parquet files of daily prices, days in rows and symbols in columns, whose names
begin with ``sp500_adj_close``, ``sp500_close`` and ``sp500_volume``, and a table of symbols and
sectors whose name begins with ``sp500_constituents``. Weights, lots, volatility, spread and impact
of each date are made of what was known on it: holdings of a quarter ago drifted by the prices, ten
lots bought a quarter apart at the prices of those days, factors from two years of returns.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.optimizer.cones import solve_raw
from benchmarks.optimizer.problems import IMPACT, LONG_RATE, SESSIONS, SHORT_RATE
from strategies.optimize.kernel.solve import OBJECTIVE_MIN, solve
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import Array, Group, Lots, Problem
from strategies.optimize.sides.solve import choose

DATES = 20
FIRST, LAST = "2018-07-01", "2021-12-31"
HISTORY, QUARTER, LOTS, FACTORS = 2 * SESSIONS, SESSIONS // 4, 10, 20
NAV_USD = 250e6
MOST, BAND, TURNOVER, TRACKING_ERROR, AVERSION = 0.05, 0.01, 0.30, 0.01, 40.0
RUNS = 5


@dataclass(frozen=True, slots=True)
class Market:
    """Daily adjusted prices, dollars traded (days x symbols), and the sector of each symbol."""

    adjusted: pd.DataFrame
    dollars: pd.DataFrame
    sector: pd.Series


@dataclass(frozen=True, slots=True)
class Line:
    """One date. ``worse`` is how far above Clarabel's objective ours lies, relative to it."""

    date: str
    names: int
    harvestable: int
    kernel_ms: float
    cone_ms: float
    ratio: float
    iterations: int
    gap: float
    violation: float
    worse: float
    status: str
    cone_status: str


def read(folder: Path) -> Market:
    """The files of ``folder``; a missing one is named."""
    adjusted = pd.read_parquet(_only(folder, "sp500_adj_close*.parquet"))
    close = pd.read_parquet(_only(folder, "sp500_close*.parquet"))
    volume = pd.read_parquet(_only(folder, "sp500_volume*.parquet"))
    table = pd.read_csv(_only(folder, "sp500_constituents*.csv")).set_index("Symbol")
    dollars = close.astype(np.float64) * volume
    return Market(adjusted.astype(np.float64), dollars, table["GICS Sector"])


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise SystemExit(f"{folder}: no file like {pattern}")
    return found[0]


def dates(market: Market) -> list[int]:
    """Places in the adjusted prices of ``DATES`` sessions, evenly spread."""
    index = market.adjusted.index
    first, last = index.searchsorted(pd.Timestamp(FIRST)), index.searchsorted(pd.Timestamp(LAST))
    return [int(day) for day in np.linspace(first, min(last, len(index) - 1), DATES)]


def problem_on(market: Market, day: int) -> Problem:
    """The problem of an account on that session, from what was known then."""
    span = LOTS * QUARTER
    prices = market.adjusted.iloc[day - max(HISTORY, span) : day + 1]
    traded = market.dollars.loc[: prices.index[-1]].tail(QUARTER)
    known = prices.notna().all() & (prices > 0).all()
    known &= traded.notna().all().reindex(known.index, fill_value=False)
    names = [str(name) for name in known.index[known]]
    prices, volume = prices[names], traded[names].mean().to_numpy()
    target = _capped(np.sqrt(volume))
    path = prices.to_numpy()
    current = target * path[-1] / path[-1 - QUARTER]
    current = current / current.sum()
    factors, specific = _risk(path[-HISTORY:])
    sigma = np.sqrt(((factors**2).sum(axis=1) + specific) / SESSIONS)
    sectors = market.sector.reindex(names).fillna("Other").to_numpy()
    return Problem(
        current=current,
        target=target,
        factors=factors,
        specific=specific,
        spread=np.clip(1e-4 * np.sqrt(5e8 / volume), 0.5e-4, 10e-4),
        impact=IMPACT * sigma * np.sqrt(NAV_USD / volume),
        lower=np.zeros(len(names)),
        upper=np.maximum(MOST, current),
        risk_aversion=AVERSION,
        lots=_lots(path, current),
        groups=_sectors(sectors, target),
        turnover=TURNOVER,
        tracking_error=TRACKING_ERROR,
    )


def _capped(sizes: Array) -> Array:
    weights = sizes / sizes.sum()
    for _ in range(50):
        weights = np.minimum(weights, 0.9 * MOST)
        weights = weights / weights.sum()
    return np.asarray(weights)


def _risk(path: Array) -> tuple[Array, Array]:
    """Principal components of the daily returns, and what they leave over; both annual."""
    returns = np.diff(np.log(path), axis=0)
    returns = returns - returns.mean(axis=0)
    _, size, axes = np.linalg.svd(returns, full_matrices=False)
    scale = np.sqrt(SESSIONS / (len(returns) - 1))
    factors = axes[:FACTORS].T * size[:FACTORS] * scale
    total = SESSIONS * returns.var(axis=0, ddof=1)
    return factors, np.maximum(total - (factors**2).sum(axis=1), 1e-4)


def _lots(path: Array, current: Array) -> tuple[Lots, ...]:
    """As many dollars each quarter: the lots of ten quarters, youngest first."""
    bought = path[-1 - QUARTER * np.arange(1, LOTS + 1)]
    shares = 1 / bought
    parts = current * shares / shares.sum(axis=0)
    rate = np.where(QUARTER * np.arange(1, LOTS + 1) > SESSIONS, LONG_RATE, SHORT_RATE)
    taxes = (1 - bought / path[-1]) * rate[:, None]
    return tuple(
        Lots(name, parts[:, name].copy(), taxes[:, name].copy()) for name in range(current.size)
    )


def _sectors(sectors: Array, target: Array) -> tuple[Group, ...]:
    found = []
    for sector in sorted(set(sectors.tolist())):
        members = np.flatnonzero(sectors == sector)
        held = float(target[members].sum())
        found.append(Group(sector, tuple(members.tolist()), max(0.0, held - BAND), held + BAND))
    return tuple(found)


def compare(market: Market, day: int) -> Line:
    """Kernel and cone solver on one date."""
    whole = problem_on(market, day)
    problem = choose(whole)
    answer, times = solve(problem), list[float]()
    for _ in range(RUNS):
        began = spent()
        answer = solve(problem)
        times.append(1e3 * (spent() - began))
    cone = solve_raw(problem)
    kernel_ms, cone_ms = statistics.median(times), 1e3 * cone.seconds
    value = objective(problem, answer.weights)
    return Line(
        date=f"{market.adjusted.index[day]:%Y-%m-%d}",
        names=problem.size,
        harvestable=int(sum((each.taxes < 0).any() for each in whole.lots)),
        kernel_ms=kernel_ms,
        cone_ms=cone_ms,
        ratio=cone_ms / kernel_ms,
        iterations=answer.iterations,
        gap=(value - answer.bound) / max(OBJECTIVE_MIN, abs(value)),
        violation=violation(problem, answer.weights),
        worse=(value - objective(problem, cone.weights)) / max(OBJECTIVE_MIN, abs(value)),
        status=answer.status,
        cone_status=cone.status,
    )


def main() -> None:
    """Print one row for each date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of parquet files")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    market = read(asked.data)
    lines = [compare(market, day) for day in dates(market)]
    if asked.json:
        print(json.dumps([asdict(line) for line in lines]))
        return
    print(
        f"{'date':<10} {'names':>5} {'losses':>6} {'kernel ms':>9} {'cone ms':>8} {'ratio':>6}"
        f" {'steps':>5} {'gap':>8} {'violation':>9} {'worse':>8}  status"
    )
    for line in lines:
        print(
            f"{line.date:<10} {line.names:>5} {line.harvestable:>6} {line.kernel_ms:>9.1f}"
            f" {line.cone_ms:>8.0f} {line.ratio:>5.0f}x {line.iterations:>5} {line.gap:>8.0e}"
            f" {line.violation:>9.0e} {line.worse:>+8.0e}  {line.status}/{line.cone_status}"
        )
    print(
        f"median ratio {statistics.median(line.ratio for line in lines):.0f}x, "
        f"worst against the cone solver {max(line.worse for line in lines):+.1e}"
    )


if __name__ == "__main__":
    main()
