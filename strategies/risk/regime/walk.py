"""From signals to a state, day after day: no day knows the next, and nothing has to be remembered.

Both steps have hysteresis. A signal goes on at one threshold and off at a lower one; a state is
entered when it was called for on some days in a row, and left for a better one only after more.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from strategies.policy.regime import RegimePolicy, Threshold
from strategies.risk.model import Array

Flags = NDArray[np.bool_]
Levels = NDArray[np.intp]

CALM, TENSE, CRISIS = 0, 1, 2


def switched(values: Array, threshold: Threshold) -> Flags:
    """Whether a signal is on, each day (T,); off before its first value, unchanged without one."""
    rises, falls = values >= float(threshold.enter), values < float(threshold.leave)
    said = rises | falls
    last = np.maximum.accumulate(np.where(said, np.arange(len(values)), -1))
    return np.asarray((last >= 0) & rises[last], dtype=bool)


def called(flags: Sequence[Flags], policy: RegimePolicy) -> Levels:
    """The level that the signals call for, each day (T,): volatility comes first in ``flags``."""
    volatile, others = flags[0], np.sum(flags[1:], axis=0)
    tense = volatile | (others >= policy.tense_others)
    crisis = volatile & (others >= policy.crisis_others)
    return np.where(crisis, CRISIS, np.where(tense, TENSE, CALM))


def levels(calls: Levels, policy: RegimePolicy) -> Levels:
    """The state on each day (T,), from calm on the first.

    It rises to the least that was called for on each of the last ``enter_days``, and falls to the
    most of the last ``leave_days``.
    """
    states, state = np.empty_like(calls), CALM
    least, most = (
        _extreme(calls, policy.enter_days, CALM),
        _extreme(-calls, policy.leave_days, -CRISIS),
    )
    for day, (low, high) in enumerate(zip(least.tolist(), (-most).tolist(), strict=True)):
        state = min(max(state, low), max(high, low))
        states[day] = state
    return states


def _extreme(calls: Levels, days: int, before: int) -> Levels:
    """Least of the last ``days``, each day; ``before`` stands for the days before the first."""
    padded = np.concatenate([np.full(days - 1, before, dtype=calls.dtype), calls])
    windows = np.lib.stride_tricks.sliding_window_view(padded, days)
    return np.asarray(windows.min(axis=1), dtype=np.intp)


def began(states: Levels) -> int:
    """Row on which the last state was entered."""
    other = np.flatnonzero(states != states[-1])
    return int(other[-1]) + 1 if other.size else 0
