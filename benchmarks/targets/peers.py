"""The same portfolios from PyPortfolioOpt, skfolio and Riskfolio-Lib: read the ratios.

    make -C benchmarks/targets peers                                500 and 3,000 names
    make -C benchmarks/targets peers ARGS="--names 500 --seconds 600"

Every library gets one thread, a process of its own, and the moments or returns that it takes:
returns whose sample mean and covariance are exactly those given, no estimation. Times are medians
of processor time; "ratio" is a library's time over ours in the same run. "worse" is how far its
objective lies beyond ours, relative (below zero: it is better); for a frontier the worst of its
points against our least variance at its return. Hierarchical risk parity has no objective: there it
is the largest difference of a weight. "breach" is the most by which a bound or the budget is
broken. What takes more than the time that is given is ended, and said. Runs where the peers are
installed, not in the project's own environment.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import statistics
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.targets.books import BOOKS, Book
from benchmarks.targets.speed import RISK_FREE, Problem, dense, draw
from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, times, variance, volatility
from strategies.targets.cvar import tail_mean
from strategies.targets.frontier import efficient_return

NAMES = (500, 3000)
OURS = "trimtab"
RUNS, SECONDS = 3, 0.5
"""Every library runs so often at least, and again until so much time has passed."""
ONCE = 10.0
"""What takes longer runs once."""
DAYS, SPARE = 1250, 50
"""Returns that a library is given: five years, or so many more than there are names."""
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Line:
    """One portfolio of one library; ``ratio`` is its time over ours."""

    library: str
    names: int
    portfolio: str
    ms: float = float("nan")
    ratio: float = float("nan")
    worse: float = float("nan")
    breach: float = float("nan")
    said: str = ""


@cache
def returns_of(names: int) -> Array:
    """(days, n): sample mean and covariance are exactly those of the problem."""
    problem = dense(draw(names))
    days = max(DAYS, names + SPARE)
    noise = np.random.default_rng(7).normal(size=(days, names))
    white, _ = np.linalg.qr(noise - noise.mean(axis=0))
    root = np.linalg.cholesky(np.asarray(problem.covariance))
    return np.asarray(problem.mean + np.sqrt(days - 1) * white @ root.T)


def measure(library: str, names: int, portfolio: str) -> tuple[Line, Array]:
    """The middle time of a few runs, and the weights, (n,) or (points, n)."""
    problem = draw(names)
    book = BOOKS[library](problem if library == OURS else dense(problem), returns_of(names))
    run = book.runs[portfolio]
    spans, weights = list[float](), np.empty(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while not _is_enough(spans):
            began = spent()
            weights = run()
            spans.append(spent() - began)
    ms = 1e3 * statistics.median(spans)
    return Line(library, names, portfolio, ms=ms, breach=_breach(weights)), weights


def _is_enough(spans: list[float]) -> bool:
    return sum(spans) >= ONCE or (len(spans) >= RUNS and sum(spans) >= SECONDS)


def _breach(weights: Array) -> float:
    rows = np.atleast_2d(weights)
    return max(0.0, float(np.abs(rows.sum(axis=1) - 1).max()), float(-rows.min()))


def worse(portfolio: str, problem: Problem, theirs: Array, ours: Array) -> float:
    """How much worse ``theirs`` is than ``ours``: see the top of this file."""
    if portfolio == "frontier, 20 points":
        return max(_above(problem, point) for point in theirs)
    if portfolio not in COSTS:
        return float(np.abs(theirs - ours).max())
    cost = COSTS[portfolio]
    found, best = cost(problem, theirs), cost(problem, ours)
    return found - best if portfolio == "risk parity" else (found - best) / abs(best)


def _ratio(gain: Array, nothing: float, covariance: Covariance, weights: Array) -> float:
    return (float(gain @ weights) - nothing) / float(np.sqrt(variance(covariance, weights)))


def _uneven(problem: Problem, weights: Array) -> float:
    """Largest relative deviation of a contribution to the variance from an equal one."""
    parts = weights * times(problem.covariance, weights)
    return float(np.abs(parts * len(weights) / parts.sum() - 1).max())


def _tail(problem: Problem, weights: Array) -> float:
    """Mean loss of the worst periods."""
    losses = -returns_of(len(problem.mean)) @ weights
    return tail_mean(losses, (1 - LEVEL) * len(losses))


COSTS: dict[str, Callable[[Problem, Array], float]] = {
    "minimum variance": lambda p, w: variance(p.covariance, w),
    "maximum Sharpe": lambda p, w: -_ratio(p.mean, RISK_FREE, p.covariance, w),
    "maximum diversification": lambda p, w: -_ratio(volatility(p.covariance), 0, p.covariance, w),
    "risk parity": _uneven,
    "minimum CVaR": _tail,
}
"""What is to be small."""


def _above(problem: Problem, weights: Array) -> float:
    """Variance of a point above the least at its return."""
    expected = min(float(problem.mean @ weights), float(problem.mean.max()))
    best = efficient_return(problem.mean, problem.covariance, expected_return=expected)
    return variance(problem.covariance, weights) / best.volatility**2 - 1


def in_a_child(library: str, names: int, portfolio: str, seconds: float, folder: Path) -> Line:
    """The same in a process of its own, ended after ``seconds``; its weights are kept in a file."""
    nothing = Line(library, names, portfolio)
    command = [sys.executable, "-m", "benchmarks.targets.peers", "--child", library, portfolio]
    command += ["--names", str(names), "--folder", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter, our own program
            command, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return replace(nothing, said=f"took more than {seconds:.0f} s")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["ended without a word"])[-1]
        return replace(nothing, said=last[:80])
    return Line(**json.loads(done.stdout.splitlines()[-1]))


def compared(line: Line, ours: Line, folder: Path) -> Line:
    """With the ratio to our time, and how much worse the weights are than ours."""
    if line.ms != line.ms or ours.ms != ours.ms:
        return line
    found, best = (np.load(folder / _file(each)) for each in (line, ours))
    distance = worse(line.portfolio, draw(line.names), found, best)
    return replace(line, ratio=line.ms / ours.ms, worse=distance)


def _file(line: Line) -> str:
    return f"{line.library} {line.names} {line.portfolio}.npy".replace(" ", "_").replace(",", "")


def _print(line: Line) -> None:
    print(
        f"{line.names:>6}  {line.portfolio:<26} {line.library:<15} {line.ms:>11.2f}"
        f" {line.ratio:>8.1f}x {line.worse:>9.1e} {line.breach:>8.0e}  {line.said}",
        flush=True,
    )


def compare(asked: argparse.Namespace, folder: Path) -> list[Line]:
    """Every portfolio of every library that makes it, ours first."""
    lines = list[Line]()
    for names in asked.names:
        for portfolio in BOOKS[OURS](draw(2), np.zeros((2, 2))).runs:
            ours = in_a_child(OURS, names, portfolio, asked.seconds, folder)
            for library in (OURS, *asked.libraries):
                if library == OURS:
                    line = ours
                elif not _has(library, portfolio):
                    line = Line(library, names, portfolio, said="has none")
                else:
                    line = in_a_child(library, names, portfolio, asked.seconds, folder)
                lines.append(compared(line, ours, folder))
                if not asked.json:
                    _print(lines[-1])
    return lines


def _has(library: str, portfolio: str) -> bool:
    book: Book = BOOKS[library](dense(draw(2)), np.zeros((2, 2)))
    return portfolio in book.runs


def main() -> None:
    """Each library in turn, and ratios to ours."""
    import tempfile

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    others = [library for library in BOOKS if library != OURS]
    parser.add_argument("--names", type=int, nargs="+", default=NAMES)
    parser.add_argument("--seconds", type=float, default=120.0, help="for one portfolio")
    parser.add_argument("--libraries", nargs="+", choices=others, default=others)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    asked: Any = parser.parse_args()
    if asked.child:
        line, weights = measure(asked.child[0], asked.names[0], asked.child[1])
        np.save(asked.folder / _file(line), weights)
        print(json.dumps(asdict(line)))
        return
    if not asked.json:
        print(
            f"{'names':>6}  {'portfolio':<26} {'library':<15} {'median ms':>11} {'ratio':>9}"
            f" {'worse':>9} {'breach':>8}"
        )
    with tempfile.TemporaryDirectory() as folder:
        lines = compare(asked, Path(folder))
    if asked.json:
        print(json.dumps([asdict(line) for line in lines]))


if __name__ == "__main__":
    main()
