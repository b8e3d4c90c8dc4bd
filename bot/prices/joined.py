"""An older history before a newer one: scaled to its level where both have days in common.

The older one must move as the newer one does on the days that both have, or they are not of the
same thing: a symbol that was given to another company, another currency, a wrong file.
"""

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from brokers.words import Bars

COMMON_MIN = 5
"""Days that both must have."""
COMMON_MAX = 60
"""As many of them are looked at, from the first on."""
APART_MAX = 0.002
"""Median difference of a daily return up to which they move alike."""
VOLUME_DAYS = 20
"""Days that make an average daily volume."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The two as one, or the newer one alone and ``why``."""

    bars: Bars
    why: str = ""


def join(older: Bars, newer: Bars) -> Joined:
    """What ``older`` has before the first day of ``newer``, and then ``newer``.

    Closes are multiplied by the ratio of the two on the first days that they share, and volumes
    divided by it: the value traded stays what it was.
    """
    end = bisect_left(older.days, newer.days[0]) if newer.days else 0
    if not end:
        return Joined(newer)
    pairs = _common(older, newer)
    if len(pairs) < COMMON_MIN:
        return Joined(newer, f"{len(pairs)} days in common, {COMMON_MIN} are needed")
    if (apart := _apart(pairs)) > APART_MAX:
        return Joined(newer, f"daily returns differ by {apart:.1%}")
    ratio = median(new / old for old, new in pairs[:COMMON_MIN])
    return Joined(
        replace(
            newer,
            days=older.days[:end] + newer.days,
            closes=tuple(close * ratio for close in older.closes[:end]) + newer.closes,
            volumes=_volumes(older, newer, end, ratio),
            source=newer.source
            if older.source == newer.source
            else f"{newer.source}; before {newer.days[0]} {older.source}",
            consolidated=newer.consolidated
            and (older.consolidated or len(newer.days) >= VOLUME_DAYS),
        )
    )


def _common(older: Bars, newer: Bars) -> Sequence[tuple[float, float]]:
    """Closes of both on the first days that they share."""
    closes = dict(zip(older.days, older.closes, strict=True))
    pairs = zip(newer.days, newer.closes, strict=True)
    return [(closes[day], close) for day, close in pairs if day in closes][:COMMON_MAX]


def _apart(pairs: Sequence[tuple[float, float]]) -> float:
    """Median difference between the returns of the two."""
    moves = itertools.pairwise(pairs)
    return median(abs(b / a - d / c) for (a, c), (b, d) in moves)


def _volumes(older: Bars, newer: Bars, end: int, ratio: float) -> tuple[float, ...]:
    """Of both; NaN on the days of the one that tells none, and none at all where neither does."""
    if not newer.volumes and not older.volumes:
        return ()
    old = older.volumes[:end] or (float("nan"),) * end
    new = newer.volumes or (float("nan"),) * len(newer.days)
    return (*(volume / ratio for volume in old), *new)
