"""Minimum CVaR against the same linear program with every period in it, by HiGHS.

    python -m benchmarks.targets.cvar            all cases, a minute
    python -m benchmarks.targets.cvar --quick    the small ones

Seconds of processor time on one core. "whole" is the long-only program of Rockafellar and Uryasev
with a row for each period, by simplex and by interior point; the answers agree, or this says so.
Returns are random with fat tails, a market and sectors.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from strategies.optimize.problem import Array
from strategies.targets.cvar import LeastTail, minimum_cvar
from strategies.targets.limits import LONG_ONLY, Limits

LEVEL = 0.95
AGREE = 1e-9


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked; ``whole`` where the program with every period is timed beside it."""

    said: str
    names: int
    periods: int
    limits: Limits = LONG_ONLY
    whole: bool = False


FREE = float("inf")
QUICK = (
    Case("long only", 50, 1250, whole=True),
    Case("at most 5 names", 30, 250, Limits(names_max=5)),
    Case("long only", 500, 1250, whole=True),
)
SLOW = (
    Case("130/30", 500, 1250, Limits(lower=-0.3, upper=1.3, gross=1.6)),
    Case("no bounds", 500, 1250, Limits(lower=-FREE, upper=FREE)),
    Case("long only", 500, 5000),
    Case("long only", 3000, 1250),
)


def returns_of(names: int, periods: int) -> Array:
    """Daily returns (T, n)."""
    random = np.random.default_rng(names + periods)
    market = random.standard_t(4, (periods, 1)) * 0.008
    sectors = random.standard_t(4, (periods, 11)) * 0.005
    own = random.standard_t(4, (periods, names)) * 0.012
    member = random.integers(0, 11, names)
    return 0.0003 + market * random.uniform(0.5, 1.5, names) + sectors[:, member] + own


def whole(returns: Array, method: str) -> float:
    """The least CVaR of long-only weights, by every period at once."""
    periods, names = returns.shape
    found = linprog(
        np.concatenate([np.zeros(names), [1.0], np.full(periods, 1 / ((1 - LEVEL) * periods))]),
        A_ub=np.hstack([-returns, -np.ones((periods, 1)), -np.eye(periods)]),
        b_ub=np.zeros(periods),
        A_eq=np.concatenate([np.ones(names), np.zeros(1 + periods)])[None],
        b_eq=[1.0],
        bounds=[(0, 1)] * names + [(None, None)] + [(0, None)] * periods,
        method=method,
    )
    return float(found.fun)


def line(case: Case) -> str:
    """One measurement in words."""
    returns = returns_of(case.names, case.periods)
    began = spent()
    found: LeastTail = minimum_cvar(returns, case.limits, level=LEVEL)
    said = f"{case.names:5d} x {case.periods:5d}  {case.said:16}  {spent() - began:6.2f} s"
    said += f"  gap {found.portfolio.gap:7.1e}"
    for method in ("highs-ds", "highs-ipm") if case.whole else ():
        began = spent()
        value = whole(returns, method)
        apart = "" if abs(value - found.cvar) <= AGREE else f" DIFFERS: {value} and {found.cvar}"
        said += f"  whole, {method} {spent() - began:6.2f} s{apart}"
    return said


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    for case in QUICK if parser.parse_args().quick else (*QUICK, *SLOW):
        print(line(case), flush=True)


if __name__ == "__main__":
    main()
