"""``make soak-sim``: as many account-years as wanted, with the rate, and what met what.

Ends with 1 at the first seed that shows something wrong, and says how to play it again.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.daemon.sessions import Sessions
from brokers.paper.faults.kinds import KINDS
from simulation.years import Year, folder_in_memory, play_year

STATES = ("none", "under way", "open", "partly filled", "filled today")
WIDTH = 30


def seeds() -> list[int]:
    """Which years are played: SEEDS, or YEARS of them from SEED on."""
    if named := os.environ.get("SEEDS"):
        return [int(seed) for seed in named.split(",")]
    first = int(os.environ.get("SEED", "1"))
    return list(range(first, first + int(os.environ.get("YEARS", "1000"))))


def one(seed: int) -> Year:
    """A year, in a process of its own."""
    sessions = Sessions("XNYS", datetime(2025, 1, 2, tzinfo=UTC), since=date(2018, 1, 2))
    with folder_in_memory() as folder:
        return play_year(seed, sessions, folder)


def played(wanted: list[int]) -> Iterator[Year]:
    """Each year as it is done, in the order of the seeds."""
    workers = int(os.environ.get("WORKERS", "2"))
    with ProcessPoolExecutor(min(workers, len(wanted)), max_tasks_per_child=20) as pool:
        yield from pool.map(one, wanted)


def main() -> int:
    """Play them all."""
    wanted, begun = seeds(), time.monotonic()
    done: list[Year] = []
    for year in played(wanted):
        done.append(year)
        _bar(len(done), len(wanted), time.monotonic() - begun)
        if year.wrong:
            _say("", f"seed {year.seed} shows what must not be:", *year.wrong[:20])
            _say(f"again: make soak-sim SEEDS={year.seed}")
            return 1
    _summary(done, time.monotonic() - begun)
    return 0


def _bar(done: int, wanted: int, seconds: float) -> None:
    full = WIDTH * done // wanted
    rate = done / seconds * 3600
    left = (wanted - done) * seconds / done / 60
    bar = "#" * full + "." * (WIDTH - full)
    end = "\r" if sys.stderr.isatty() and done < wanted else "\n"
    sys.stderr.write(f"[{bar}] {done} of {wanted} years, {rate:.0f} an hour, {left:.0f} min{end}")
    sys.stderr.flush()


def _summary(years: list[Year], seconds: float) -> None:
    kinds: Counter[str] = sum((year.kinds for year in years), Counter())
    pairs: Counter[tuple[str, str]] = sum((year.pairs for year in years), Counter())
    faults, sessions = sum(kinds.values()), sum(year.sessions for year in years)
    rate = len(years) / seconds * 3600
    _say(
        f"{len(years)} account-years in {seconds:.0f} s ({rate:.0f} an hour):"
        f" {faults} faults of {len(kinds)} kinds, 0 violations",
        f"{sessions} sessions, {sum(y.planned for y in years)} with a plan,"
        f" {sum(y.traded for y in years)} traded; {sum(y.orders for y in years)} orders,"
        f" {sum(y.crashes for y in years)} kills",
        f"halts and breaks that a person mended: {sum(y.resumed for y in years)},"
        f" differences booked: {sum(y.adopted for y in years)}",
        f"pairs of fault and order state: {len(pairs)} of {len(KINDS) * len(STATES)}",
        "",
        f"{'fault':24}{''.join(f'{state:>15}' for state in STATES)}",
    )
    for kind in KINDS:
        row = "".join(f"{pairs.get((kind.name, state), 0):>15}" for state in STATES)
        _say(f"{kind.name:24}{row}")


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
