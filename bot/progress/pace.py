"""How fast a search goes, and how long it may still take, from a window of the latest looks."""

from collections.abc import Sequence
from math import inf, log
from typing import NamedTuple

WINDOW = 100
"""Looks that are kept: at twenty a second the last five seconds."""
SPAN_MIN = 0.2
"""Seconds that looks must span before they are extrapolated."""
LEAST_DECLINE = 1e-3
"""Relative decline of the gap below which it is taken to stand still."""


class Look(NamedTuple):
    """Seconds since the search began, iterations and gap by then."""

    seconds: float
    iterations: int
    gap: float


def iterations_per_second(looks: Sequence[Look]) -> float | None:
    """Over the window, or since the beginning where that is all there is."""
    if not looks:
        return None
    first = looks[0] if len(looks) > 1 else Look(0.0, 0, inf)
    seconds = looks[-1].seconds - first.seconds
    return (looks[-1].iterations - first.iterations) / seconds if seconds > 0 else None


def seconds_to_gap(looks: Sequence[Look], tolerance: float) -> float | None:
    """Until the gap is within ``tolerance`` if it goes on to shrink at the rate of the window.

    None where it does not shrink, or nothing is known of it: such a search may take for ever.
    """
    known = [look for look in looks if look.gap < inf]
    if not known:
        return None
    first, last = known[0], known[-1]
    if last.gap <= tolerance:
        return 0.0
    span = last.seconds - first.seconds
    if span < SPAN_MIN or last.gap > first.gap * (1 - LEAST_DECLINE):
        return None
    return span * log(last.gap / tolerance) / log(first.gap / last.gap)
