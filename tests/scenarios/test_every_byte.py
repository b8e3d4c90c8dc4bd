"""The line to a broker fails at a byte: never a second order, nothing told in part, all found out.

Every so many bytes of what is said, and both ends of each message; ``make soak-bytes`` takes every
byte. At each the line is cut, reset, and falls silent.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cutting import ACTS, BLOWS, Trial, dumped, heard, spots, tried

EVERY = int(os.environ.get("BYTES_EVERY", "0"))
"""One byte in so many; 0 for what the suite has time for."""

IN_SUITE = {"alpaca": 80, "ibkr": 80}
AT_ONCE = 8
"""Trials wait most of the time."""


@pytest.mark.timeout(0)
@pytest.mark.parametrize("kind", sorted(IN_SUITE))
def test_whatever_byte_the_line_fails_at(kind: str) -> None:
    every, begun = EVERY or IN_SUITE[kind], time.monotonic()
    trials = [
        Trial(kind, act, spot, blow)
        for act in ACTS
        for number, spot in enumerate(spots(heard(kind, act), every))
        for turn, blow in enumerate(BLOWS)
        if EVERY or (number + turn) % len(BLOWS) == 0
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(zip(trials, pool.map(tried, trials), strict=True))
    seconds = time.monotonic() - begun
    sys.stdout.write(f"\n{kind}: the line failed {len(trials)} times in {seconds:.0f} s\n")
    bad = [f"{dumped(trial)}: {wrong}" for trial, wrong in found if wrong]
    assert not bad, "\n".join([f"{len(bad)} of {len(trials)}", *bad[:20]])
    assert {trial.act for trial in trials} == set(ACTS)
