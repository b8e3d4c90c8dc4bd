"""The regime detector: what a verdict takes, and on which days of real prices it says crisis.

    python -m benchmarks.targets.regime                          times, and the prices that ship
    python -m benchmarks.targets.regime --prices CLOSES.parquet  prices of your own
    python -m benchmarks.targets.regime --prices CLOSES.csv --from 2000 --names 20 --draws 40

A table of adjusted closes has days in rows, symbols in columns, and the day in a column ``date`` or
in its index. Names without a close on each day from ``--from`` on are left out. With ``--names``
portfolios of so many names are drawn, and of each spell the days of entry are told over all draws.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import statistics
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from brokers.paper.us20 import FILE
from strategies.policy.regime import RegimePolicy
from strategies.risk.model import Array
from strategies.risk.regime import history, judge, walk

SIZES = ((251, 20), (251, 500), (504, 20), (504, 500))
RUNS = 9
POLICY = RegimePolicy()


def main() -> None:
    """Print times, then spells."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--prices", type=Path)
    parser.add_argument("--from", dest="first", default="1900")
    parser.add_argument("--names", type=int, help="names of a portfolio; all where left out")
    parser.add_argument("--draws", type=int, default=1)
    asked = parser.parse_args()
    for days, names in SIZES:
        print(f"{days} days, {names:3} names: {1000 * seconds(days, names):6.1f} ms a verdict")
    closes = table(asked.prices).loc[asked.first :].dropna(axis=1)
    returns = closes.pct_change().iloc[1:]
    print(f"{returns.shape[1]} names, {returns.index[0]} to {returns.index[-1]}")
    random = np.random.default_rng(0)
    for _ in range(asked.draws):
        size = asked.names or returns.shape[1]
        names = np.sort(random.choice(returns.shape[1], size, replace=False))
        tell(list(returns.index), returns.to_numpy()[:, names])


def table(path: Path | None) -> pd.DataFrame:
    """Closes by day, oldest first."""
    if path is None:
        with files("brokers").joinpath("data", FILE).open(encoding="utf-8") as text:
            found = pd.read_csv(text, index_col=0)
    else:
        read = pd.read_parquet if path.suffix == ".parquet" else pd.read_csv
        found = read(path)
        if "date" in found:
            found = found.set_index("date")
    found.index = pd.Index([str(day)[:10] for day in found.index])
    return found.astype(float)


def seconds(days: int, names: int) -> float:
    """Median processor time of a verdict on drawn returns."""
    returns = np.random.default_rng(0).normal(0, 0.01, (days, names))
    taken = []
    for _ in range(RUNS):
        start = spent()
        judge(returns, POLICY)
        taken.append(spent() - start)
    return statistics.median(taken)


def tell(days: list[str], returns: Array) -> None:
    """Spells of crisis: first day, and first day after."""
    past = history(returns, POLICY)
    crisis = np.concatenate([[False], past.states == walk.CRISIS, [False]])
    edges = np.flatnonzero(crisis[1:] != crisis[:-1])
    named = [days[edge] if edge < len(days) else "still" for edge in edges.tolist()]
    spells = ", ".join(f"{a}..{b}" for a, b in zip(named[::2], named[1::2], strict=True))
    share = (past.states[past.first :] == walk.CRISIS).mean()
    print(f"crisis on {share:.1%} of the days: {spells or 'never'}")


if __name__ == "__main__":
    main()
