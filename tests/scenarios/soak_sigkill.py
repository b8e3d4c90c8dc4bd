"""Trading cycles at both brokers are killed at random: steps, bytes, moments. For ``make``.

Half of the kills are at each broker, at the same time; how many there were and how fast is shown.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from killing_judge import READERS
from killing_strikes import Job
from test_kill_brokers import assert_recovered, killed, swept

KILLS = int(os.environ.get("KILLS", "10000"))
SECONDS = float(os.environ.get("KILL_SECONDS", "0"))
"""How long it goes on at most; 0 for as long as it takes."""

SEED = int(os.environ.get("KILL_SEED", "1"))


def test_cycles_killed_at_random_lose_nothing_and_send_nothing_twice(tmp_path: Path) -> None:
    jobs = {
        broker: Job(broker, kills=-(-KILLS // len(READERS)), seconds=SECONDS, seed=SEED)
        for broker in sorted(READERS)
    }
    begun = time.monotonic()
    with ThreadPoolExecutor(len(jobs)) as pool:
        done = {b: pool.submit(swept, tmp_path / b, job) for b, job in jobs.items()}
    seconds = time.monotonic() - begun
    for broker, outcomes in done.items():
        kills = len(killed(outcomes.result()))
        sys.stdout.write(f"\n{broker}: {kills} kills, {kills / seconds:.2f} a second\n")
        assert kills
        assert_recovered(tmp_path / broker, broker, outcomes.result())
