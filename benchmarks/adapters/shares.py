"""Whose processor time it is that positions and quotes at Interactive Brokers take."""

import cProfile
import time
from pathlib import Path
from pstats import Stats
from statistics import median
from threading import Event

from benchmarks.adapters.world import Since, names_of, secret, standin
from benchmarks.cycle import ACCOUNT, session_at
from brokers.connect import open_ibkr
from brokers.settings import IbkrSettings

OWNERS = {"ib_async": "ib_async", "eventkit": "ib_async", "brokers": "ours", "benchmarks": "ours"}
"""Whose a folder is; anything else is Python's."""


def shares_at_ib(runs: int, names: int) -> tuple[float, dict[str, float]]:
    """Processor time of positions and quotes without a pace, in ms, and whose it is.

    The time is taken without the profiler, and what the profiler says divides it: ib_async's code,
    ours, and that of Python's loop, each with the built-in functions that it calls.
    """
    clock = Since(time.monotonic())
    with standin("ibkr-unpaced", clock.begun, names) as (port, _):
        settings = IbkrSettings(port=port, timeout_seconds=60, messages_per_second=100_000)
        broker = open_ibkr(ACCOUNT, settings, clock.now, session_at, secret)

        def read() -> float:
            begun = time.process_time()
            assert len(broker.account().positions) == len(broker.quotes(names_of(names))) == names
            taken = time.process_time() - begun
            Event().wait(1.1)  # a quote answers for a second
            return taken * 1000

        read()
        own = median(read() for _ in range(runs))
        profile, loop = cProfile.Profile(time.thread_time), broker._link._loop  # noqa: SLF001
        assert loop is not None
        loop.call_soon_threadsafe(profile.enable)
        read()
        loop.call_soon_threadsafe(profile.disable)
        read()
        broker.close()
    parts = _by_owner(Stats(profile))
    return own, {owner: own * part / sum(parts.values()) for owner, part in parts.items()}


def _by_owner(stats: Stats) -> dict[str, float]:
    """Seconds in the functions of each; a built-in one's are its callers'."""
    parts = dict.fromkeys(("ib_async", "ours", "Python's loop"), 0.0)
    for place, (_, _, own, _, callers) in stats.stats.items():  # type: ignore[attr-defined]
        told = {place: own} if place[0] != "~" else {c: each[2] for c, each in callers.items()}
        for (file, _, _), seconds in told.items():
            owners = (OWNERS[part] for part in Path(file).parts[::-1] if part in OWNERS)
            parts[next(owners, "Python's loop")] += seconds
    return parts
