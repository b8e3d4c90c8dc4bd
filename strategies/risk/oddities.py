"""What looks wrong in daily returns: splits that were not adjusted for, wrong closes, stale closes.

Nothing is corrected here, only named. A split is corrected where someone says that there was one:
by the source of the history, or by ``totals.total_return``.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from math import log

import numpy as np
from numpy.typing import NDArray

from brokers.words import Bars, Symbol
from strategies.risk.model import Array

JUMP = 0.5
"""A daily return beyond this is named, whatever it is."""
SPLIT_RETURN_MIN = 0.25
"""A smaller daily return is not looked at: a 3:2 split is one of -33 %."""
SPLITS = tuple(
    [Fraction(3, 2), Fraction(5, 2)]
    + [Fraction(k) for k in (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50)]
    + [Fraction(1, k) for k in (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 100)]
)
"""Shares that one share becomes. 5:4 and 4:3 are left out: results alone move a price as far."""
SPLIT_SIGMAS_MIN = 6.0
"""A split moves a price this many of the name's usual days or more, also of those about it."""
ABOUT_DAYS = 10
"""Days before and after that tell what was usual then: in a crash far more than otherwise."""
SPLIT_VOLUMES_MAX = 3.0
"""Where volumes are known: with more times the usual shares (and the ratio) it was news."""
VOLUME_DAYS = 20
"""Days before, whose median volume is the usual one."""
SPLIT_SIGMAS_OFF = 3.0
"""The day of a split is an ordinary day otherwise: this far from the exact ratio at most."""
SPLIT_OFF_MIN, SPLIT_OFF_MAX = 0.01, 0.06
"""Least and most of that, in log price."""
SIDE_DAYS = 5
"""Days before and after that must agree with the ratio: a wrong close is undone by then."""
SIDE_OFF = 3.0
"""Times further off than the day itself they may be."""
STALE_DAYS = 5
"""Returns of exactly zero in a row that are named."""


def jumps(
    names: Sequence[Symbol],
    values: Array,
    days: Sequence[date] = (),
    history: Sequence[Bars] = (),
) -> list[str]:
    """One sentence for each name whose returns (T, m) hold what is hardly a return.

    ``names`` has length m; ``days`` length T, or none where days are not known; ``history`` length
    m, or none where volumes are not known. NaN is a day without return.
    """
    if not values.size:
        return []
    large = np.abs(values) > SPLIT_RETURN_MIN  # NaN is not
    suspects = np.flatnonzero(large.any(axis=0)).tolist()
    found = (_jump(names[j], values[:, j], days, history[j] if history else None) for j in suspects)
    return [sentence for sentence in found if sentence]


def stale(names: Sequence[Symbol], values: Array, days: Sequence[date]) -> list[str]:
    """One sentence for each name with ``STALE_DAYS`` or more returns of zero in a row.

    A price that does not move makes a name look calm; often it was only not traded.
    """
    if len(values) < STALE_DAYS:
        return []
    still = values == 0
    windows = np.lib.stride_tricks.sliding_window_view(still, STALE_DAYS, axis=0)
    found = np.flatnonzero(windows.all(axis=-1).any(axis=0)).tolist()
    return [_stale(names[j], still[:, j], days) for j in found]


def split_ratio(returns: Array, place: int) -> Fraction | None:
    """The split that the return at ``place`` looks like: shares that one share became, or None.

    ``returns``, shape (T,), simple and finite. It looks like one where the price moved far more
    than it usually does (``SPLIT_SIGMAS_MIN`` robust standard deviations), by a simple ratio but
    for an ordinary day's move, and stayed there: medians of the ``SIDE_DAYS`` closes on either
    side differ by the same ratio.
    """
    logs = np.log1p(np.maximum(returns, -1 + 1e-12))
    first, last = max(0, place - ABOUT_DAYS), place + ABOUT_DAYS + 1
    sigma, then = _usual(logs), _usual(np.delete(logs[first:last], place - first))
    step = -float(logs[place])
    ratio = min(SPLITS, key=lambda candidate: abs(step - log(candidate)))
    off = min(SPLIT_OFF_MAX, max(SPLIT_OFF_MIN, SPLIT_SIGMAS_OFF * sigma))
    if abs(step) < SPLIT_SIGMAS_MIN * max(sigma, then) or abs(step - log(ratio)) > off:
        return None
    stayed = abs(_level_change(logs, place) + log(ratio)) <= off * SIDE_OFF
    return ratio if stayed else None


def _usual(logs: Array) -> float:
    """Standard deviation, from the median absolute deviation: what outliers do not move."""
    return 1.4826 * float(np.median(np.abs(logs - np.median(logs)))) if logs.size else 0.0


def _level_change(logs: Array, place: int) -> float:
    """Log of the median close of the days from ``place`` on, over that of the days before."""
    first, last = max(0, place - SIDE_DAYS + 1), place + SIDE_DAYS
    levels = np.concatenate([[0.0], np.cumsum(logs[first:last])])
    cut = place - first + 1
    return float(np.median(levels[cut:]) - np.median(levels[:cut]))


def _jump(name: Symbol, column: Array, days: Sequence[date], bars: Bars | None) -> str:
    """What is wrong with one name, or an empty string. Splits come before the largest return."""
    rows = np.flatnonzero(~np.isnan(column))
    returns = column[rows]
    for place in np.flatnonzero(np.abs(returns) > SPLIT_RETURN_MIN):
        ratio = split_ratio(returns, int(place))
        if ratio is not None and not (bars and days and _was_news(bars, days[rows[place]], ratio)):
            words = f"{ratio.numerator}:{ratio.denominator}"
            when = _on(days, int(rows[place]))
            return (
                f"{name}: a {words} split{when} seems to be missing from its history,"
                f" which shows a return of {returns[place]:+.0%} there"
            )
    place = np.abs(returns).argmax()
    if abs(returns[place]) <= JUMP:
        return ""
    if _came_back(returns, int(place)):
        when = _on(days, int(rows[place]))
        return f"{name}: a daily return of {returns[place]:+.0%}{when} did not last, a wrong close?"
    return f"{name}: a daily return of {returns[place]:+.0%}, is a split missing from its history?"


def _was_news(bars: Bars, day: date, ratio: Fraction) -> bool:
    """Whether so many shares changed hands on ``day`` that the price moved for a reason."""
    place = bisect_left(bars.days, day)
    before = bars.volumes[max(0, place - VOLUME_DAYS) : place]
    if not before or place >= len(bars.volumes):
        return False
    usual = float(np.median(before))
    return bars.volumes[place] > SPLIT_VOLUMES_MAX * max(1.0, float(ratio)) * usual > 0


def _came_back(returns: Array, place: int) -> bool:
    """Whether a jump was undone, or undid one, on a day beside it: half of it at least."""
    logs = np.log1p(np.maximum(returns, -1 + 1e-12))
    beside = [logs[i] for i in (place - 1, place + 1) if 0 <= i < len(logs)]
    return any(move * logs[place] < 0 and abs(move) > abs(logs[place]) / 2 for move in beside)


def _stale(name: Symbol, still: NDArray[np.bool_], days: Sequence[date]) -> str:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], still.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    until = _on(days, int(ends[longest]) - 1, " until ")
    return f"{name}: the same close {ends[longest] - starts[longest] + 1} days in a row{until}"


def _on(days: Sequence[date], row: int, word: str = " on ") -> str:
    return f"{word}{days[row]}" if days else ""
