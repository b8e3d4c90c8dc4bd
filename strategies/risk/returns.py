"""Daily returns on the days that names have in common, and which names had to be left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brokers.words import Bars, Symbol

Array = NDArray[np.float64]

DAYS_MIN = 30
"""Closes that a name must have before its returns say anything."""
COMMON_SHARE = 0.8
"""Gappy names are set aside until this share of the calendar is common to the rest."""
JUMP = 0.5
"""A daily return beyond this is named: it is often a split that was not adjusted for."""


@dataclass(frozen=True, slots=True)
class Returns:
    """Simple daily returns of the names that could be aligned.

    ``values`` has shape (T, m); column j belongs to symbol number ``columns[j]``. Symbols not in
    ``columns`` are missing; ``notes`` says why, one sentence each.
    """

    values: Array
    columns: tuple[int, ...]
    notes: tuple[str, ...]


def align(symbols: Sequence[Symbol], history: Mapping[Symbol, Bars]) -> Returns:
    """Simple returns between consecutive common days, shape (T, m)."""
    notes: list[str] = []
    series: dict[int, Bars] = {}
    for number, symbol in enumerate(symbols):
        bars = history.get(symbol)
        fault = _fault(bars)
        if fault or bars is None:
            notes.append(f"{symbol}: {fault}")
        else:
            series[number] = bars
    prices, kept, gaps = _shared(series) or _common(series)
    notes += [f"{symbols[i]}: too few of the days that the other names have" for i in gaps]
    values = prices[1:] / prices[:-1] - 1 if len(prices) else np.empty((0, len(kept)))
    notes += _jumps(symbols, kept, values)
    return Returns(values, kept, tuple(notes))


def _fault(bars: Bars | None) -> str:
    """Why a history cannot be used, or an empty string."""
    if bars is None or not bars.days:
        return "no history"
    closes = np.asarray(bars.closes, dtype=np.float64)
    if closes.size != len(bars.days):
        return f"{len(bars.days)} days but {closes.size} closes"
    bad = ~(np.isfinite(closes) & (closes > 0))
    if bad.any():
        return f"unusable close {closes[bad][0]:g} on {bars.days[int(np.argmax(bad))]}"
    if closes.size < DAYS_MIN:
        return f"only {closes.size} days of history, {DAYS_MIN} are needed"
    return ""


def _shared(histories: Mapping[int, Bars]) -> tuple[Array, tuple[int, ...], list[int]] | None:
    """What ``_common`` finds where all names have the very same days: at once, as is usual."""
    first = next(iter(histories.values()), None)
    if first is None or any(bars.days != first.days for bars in histories.values()):
        return None
    prices = np.array([bars.closes for bars in histories.values()], dtype=np.float64)
    return prices.T, tuple(histories), []


def _common(histories: Mapping[int, Bars]) -> tuple[Array, tuple[int, ...], list[int]]:
    """Prices (days, names) on common days, the names kept, and the names too gappy to keep."""
    numbers = tuple(histories)
    if not numbers:
        return np.empty((0, 0)), (), []
    series = {
        number: dict(zip((day.toordinal() for day in bars.days), bars.closes, strict=True))
        for number, bars in histories.items()
    }
    calendar = _calendar(series)
    grid = np.array([[series[i].get(day, np.nan) for day in calendar] for i in numbers])
    kept = _without_gappy(~np.isnan(grid))
    days = ~np.isnan(grid[kept]).any(axis=0)
    left_out = [numbers[j] for j in np.flatnonzero(~kept)]
    return grid[kept][:, days].T, tuple(numbers[j] for j in np.flatnonzero(kept)), left_out


def _calendar(series: Mapping[int, Mapping[int, float]]) -> list[int]:
    """Days on which at least half of the names have a close."""
    days, counts = np.unique(
        [day for closes in series.values() for day in closes], return_counts=True
    )
    calendar: list[int] = days[2 * counts >= len(series)].tolist()
    return calendar


def _without_gappy(present: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Names to keep: the gappiest goes, until enough days are common to the rest."""
    kept = np.ones(len(present), dtype=bool)
    missing = (~present).sum(axis=0)
    enough = max(DAYS_MIN, COMMON_SHARE * present.shape[1])
    for worst in np.argsort(present.sum(axis=1), kind="stable"):
        if (missing == 0).sum() >= enough or kept.sum() == 1:
            break
        kept[worst] = False
        missing -= ~present[worst]
    return kept


def _jumps(symbols: Sequence[Symbol], kept: tuple[int, ...], values: Array) -> list[str]:
    if not values.size:
        return []
    largest = values[np.abs(values).argmax(axis=0), np.arange(len(kept))]
    return [
        f"{symbols[i]}: a daily return of {jump:+.0%}, is a split missing from its history?"
        for i, jump in zip(kept, largest, strict=True)
        if abs(jump) > JUMP
    ]
