"""Nasty covariances, all strategies, all kinds of limits: is each answered, or refused with reason?

    python -m benchmarks.targets.sweep                          1,000 matrices
    python -m benchmarks.targets.sweep --count 60 --seed 7      some of them
    python -m benchmarks.targets.sweep --jobs 2                 in two processes
    python -m benchmarks.targets.sweep --in-turn                one kind of limits a matrix, not all

Failures are: another error than a refusal; a refusal without a cause in the case; weights that
break a limit by more than 1e-9, or are beaten by those of another strategy; more time than the cap.
The exit code is 1 if there is one. Times are those of the processor, on one core.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from itertools import groupby

import numpy as np

from benchmarks.targets.judge import RUNS, Outcome, judge
from benchmarks.targets.nasty import SETS, draw

SLOW = 2.0
CAP = 60.0
NAMES_MAX = 120
SHOWN = 20
EVERY = 5.0
"""Seconds between two lines about how far it is."""


def sweep(
    seed: int, *, names_max: int = NAMES_MAX, sets: tuple[str, ...] = SETS, cap: float = CAP
) -> list[Outcome]:
    """All strategies and all ``sets`` of limits on the case of ``seed``."""
    case = draw(seed, names_max)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return [outcome for name in sets for outcome in judge(case, name, cap)]


def _one(
    seed: int, *, names_max: int, sets: tuple[str, ...], cap: float, in_turn: bool
) -> list[Outcome]:
    chosen = (sets[seed % len(sets)],) if in_turn else sets
    return sweep(seed, names_max=names_max, sets=chosen, cap=cap)


def _all(asked: argparse.Namespace) -> Iterator[list[Outcome]]:
    seeds = range(asked.seed, asked.seed + asked.count)
    sets = tuple(asked.limits or SETS)
    one = partial(_one, names_max=asked.names_max, sets=sets, cap=asked.cap, in_turn=asked.in_turn)
    if asked.jobs == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(asked.jobs) as pool:
        yield from pool.map(one, seeds)


def _watched(asked: argparse.Namespace) -> list[Outcome]:
    """All outcomes; a line on the error stream says how far it is."""
    outcomes, began = list[Outcome](), time.monotonic()
    said = began
    for done, some in enumerate(_all(asked), start=1):
        outcomes += some
        now = time.monotonic()
        if now - said > EVERY or done == asked.count:
            bad = sum(outcome.verdict == "failed" for outcome in outcomes)
            left = (now - began) / done * (asked.count - done)
            print(
                f"{done} of {asked.count} matrices, {len(outcomes)} problems, {bad} failed,"
                f" about {left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )
            said = now
    return outcomes


def _table(outcomes: list[Outcome], by: str) -> None:
    print(
        f"\n{by:<26} {'answered':>8} {'refused':>8} {'failed':>7}   gap: {'median':>7} {'90 %':>8}"
        f" {'99 %':>8} {'most':>8}   s: {'99 %':>6} {'most':>6}"
    )
    key = lambda outcome: getattr(outcome, by)  # noqa: E731
    for name, group in groupby(sorted(outcomes, key=key), key):
        some = list(group)
        count = Counter(outcome.verdict for outcome in some)
        gaps = [o.gap for o in some if o.verdict == "answered"] or [float("nan")]
        seconds = [outcome.seconds for outcome in some]
        print(
            f"{name:<26} {count['answered']:>8} {count['refused']:>8} {count['failed']:>7}"
            f"        {np.median(gaps):>7.0e} {np.percentile(gaps, 90):>8.0e}"
            f" {np.percentile(gaps, 99):>8.0e} {max(gaps):>8.0e}"
            f"      {np.percentile(seconds, 99):>6.2f} {max(seconds):>6.2f}"
        )


def _particulars(outcome: Outcome) -> str:
    return (
        f"seed {outcome.seed} ({outcome.kind}, {outcome.names} names), {outcome.limits},"
        f" {outcome.strategy}: {outcome.seconds:.2f} s, gap {outcome.gap:.2g} {outcome.why}"
    )


def _print(outcomes: list[Outcome]) -> None:
    proven = [o for o in outcomes if o.limits != "few names"]
    few = [o for o in outcomes if o.limits == "few names"]
    for by in ("strategy", "kind", "limits"):
        _table(proven, by)
    if few:
        print("\nfew names: the gap is to all names together, or to a bound of any choice")
        _table(few, "strategy")
    print("\nrefused, and why")
    whys = Counter((o.strategy, o.why[:90]) for o in outcomes if o.verdict == "refused")
    for (strategy, why), many in whys.most_common(SHOWN):
        print(f"  {many:>5}  {strategy}: {why}")
    for title, some in (
        ("slowest", sorted(outcomes, key=lambda o: -o.seconds)[:5]),
        (f"more than {SLOW:g} s", [o for o in outcomes if o.seconds > SLOW]),
        ("gap above 1e-6", [o for o in proven if o.gap > 1e-6]),
        ("failed", [o for o in outcomes if o.verdict == "failed"]),
    ):
        print(f"\n{title}: {len(some)}")
        for outcome in some[:SHOWN]:
            print("  " + _particulars(outcome))


def main() -> int:
    """Run it; 1 where anything failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--names-max", type=int, default=NAMES_MAX)
    parser.add_argument("--limits", nargs="+", choices=SETS)
    parser.add_argument("--in-turn", action="store_true", help="one kind of limits a matrix")
    parser.add_argument("--cap", type=float, default=CAP, help="seconds for one problem")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    began = spent()
    outcomes = _watched(asked)
    if asked.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes]))
    else:
        _print(outcomes)
        print(f"\n{len(outcomes)} problems of {asked.count} matrices, {len(RUNS)} strategies")
    del began
    return int(any(outcome.verdict == "failed" for outcome in outcomes))


if __name__ == "__main__":
    raise SystemExit(main())
