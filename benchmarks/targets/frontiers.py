"""The five markets of the OR-Library, from its files: every point, and the time for 2,000 of them.

    python -m benchmarks.targets.frontiers --data FOLDER

FOLDER holds port1.txt to port5.txt and what is published of portef1.txt to portef5.txt (Beasley,
people.brunel.ac.uk/~mastjjb/jeb/orlib/portinfo.html); compressed ones (.gz) do as well. Where there
is a published frontier, the least variance at each of its 2,000 returns has to be the published one
to 1e-8; else the returns are 2,000 in even steps. Processor time on one core, each point warm from
the one before. The exit code is 1 where a point is missed.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from strategies.optimize.active import Answer, Quadratic, Return, Utility, minimise, most_return
from strategies.optimize.active.quadratic import budget_row
from strategies.optimize.problem import Array
from strategies.targets.limits import LONG_ONLY

MARKETS = (1, 2, 3, 4, 5)
POINTS = 2000
EXACT = 1e-8
"""Difference of two variances that is the rounding of print."""
GAP_MAX = 1e-9


@dataclass(frozen=True, slots=True)
class Traced:
    """What became of one market.

    ``missed`` is the largest difference from the published variance, NaN where there is none.
    """

    market: int
    names: int
    points: int
    seconds: float
    missed: float
    gap: float

    @property
    def is_good(self) -> bool:
        """Whether all points are proven, and those that are published met."""
        return self.gap <= GAP_MAX and not self.missed > EXACT


def market(folder: Path, number: int) -> tuple[Array, Array]:
    """Mean (n,) and covariance (n, n)."""
    numbers = _numbers(folder, f"port{number}.txt")
    if numbers is None:
        raise SystemExit(
            f"there is no port{number}.txt in {folder}: name the folder of the OR-Library"
        )
    n = int(numbers[0])
    moments = numbers[1 : 1 + 2 * n].reshape(n, 2)
    correlation = np.eye(n)
    for i, j, value in numbers[1 + 2 * n :].reshape(-1, 3):
        correlation[int(i) - 1, int(j) - 1] = correlation[int(j) - 1, int(i) - 1] = value
    return moments[:, 0], correlation * np.outer(moments[:, 1], moments[:, 1])


def published(folder: Path, number: int) -> Array | None:
    """Return and variance of its points (p, 2), the least return first; None where it has none."""
    numbers = _numbers(folder, f"portef{number}.txt")
    return None if numbers is None else numbers.reshape(-1, 2)[::-1]


def _numbers(folder: Path, name: str) -> Array | None:
    if (plain := folder / name).exists():
        return np.array(plain.read_text(encoding="utf-8").split(), dtype=float)
    if (packed := folder / f"{name}.gz").exists():
        with gzip.open(packed, "rt", encoding="utf-8") as file:
            return np.array(file.read().split(), dtype=float)
    return None


def trace(folder: Path, number: int) -> Traced:
    """The whole frontier of a market."""
    mean, covariance = market(folder, number)
    n = len(mean)
    bounds = LONG_ONLY.bounds(n)
    asked = Quadratic(covariance, *bounds, budget_row(n, 1.0), mean, np.zeros(n))
    known = published(folder, number)
    returns = _even(asked) if known is None else known[:, 0]
    answer: Answer | None = None
    began, variances, gap = spent(), list[float](), 0.0
    for expected in returns:
        answer = minimise(asked, Return(float(expected)), answer)
        variances.append(float(answer.weights @ covariance @ answer.weights))
        gap = max(gap, answer.gap)
    seconds = spent() - began
    missed = np.nan if known is None else float(np.abs(np.array(variances) - known[:, 1]).max())
    return Traced(number, n, len(returns), seconds, missed, gap)


def _even(asked: Quadratic) -> Array:
    """Returns in even steps from that of least variance to the most."""
    least = float(asked.mean @ minimise(asked, Utility(0.0)).weights)
    return np.linspace(least, most_return(asked) or least, POINTS)


def main() -> int:
    """Every market that is there; 1 where one is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--markets", type=int, nargs="+", default=MARKETS, choices=MARKETS)
    asked = parser.parse_args()
    print(
        f"{'market':<8} {'names':>5} {'points':>7} {'s':>7} {'ms a point':>11} {'missed':>8}"
        f" {'gap':>8}"
    )
    good = True
    for number in asked.markets:
        found = trace(asked.data, number)
        good &= found.is_good
        missed = f"{'-':>8}" if np.isnan(found.missed) else f"{found.missed:>8.0e}"
        print(
            f"port{found.market:<4} {found.names:>5} {found.points:>7} {found.seconds:>7.2f}"
            f" {1e3 * found.seconds / found.points:>11.2f} {missed} {found.gap:>8.0e}"
            f"{'' if found.is_good else '  MISSED'}",
            flush=True,
        )
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
