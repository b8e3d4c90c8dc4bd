"""What is refused of an answer, name by name, and what is left out of it: nothing of the future."""

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import inf, isfinite, isnan
from operator import ge

from brokers.words import Bars

AHEAD = timedelta(days=7)
"""A bar of the session that is not over yet is left out; one further ahead is nonsense."""


def fault(bars: Bars, through: date) -> str:
    """Why nothing of these bars is believed, or an empty string."""
    if len(bars.days) != len(bars.closes):
        return f"{len(bars.days)} days but {len(bars.closes)} closes"
    if any(map(ge, bars.days, bars.days[1:])):
        return _disorder(bars.days)
    if not all(map(isfinite, bars.closes)) or min(bars.closes, default=1.0) <= 0:
        return _no_price(bars)
    if bars.days and bars.days[-1] > through + AHEAD:
        return f"a close of {bars.days[-1]}, which is yet to come"
    return ""


def _disorder(days: Sequence[date]) -> str:
    for before, after in itertools.pairwise(days):
        if after == before:
            return f"{after} twice"
        if after < before:
            return f"{after} after {before}"
    return ""


def _no_price(bars: Bars) -> str:
    pairs = zip(bars.days, bars.closes, strict=True)
    day, close = next((d, c) for d, c in pairs if not (isfinite(c) and c > 0))
    return f"a close of {close:g} on {day}"


def until(bars: Bars, through: date) -> Bars:
    """The bars up to ``through``, volumes that make no sense left out."""
    end = bisect_right(bars.days, through)
    sound = len(bars.volumes) == len(bars.days) and _are_counts(bars.volumes)
    volumes = bars.volumes if sound else ()
    if end == len(bars.days) and sound:
        return bars
    return replace(bars, days=bars.days[:end], closes=bars.closes[:end], volumes=volumes[:end])


def _are_counts(volumes: Sequence[float]) -> bool:
    """Whether these can be numbers of shares; NaN, on a day whose volume is not known, can."""
    return all(volume >= 0 or isnan(volume) for volume in volumes) and inf not in volumes
