"""Daily returns from price histories: which days and names count, and what had to be left out.

``align`` gives a table without holes, on the days that names have in common; ``complete`` keeps
every name and every day, with NaN where there is no return, for estimators that work in pairs. A
history (``Bars``) is adjusted for splits and dividends by whoever gives it, so that a simple return
of its closes is a total return; nothing is adjusted here. ``totals`` adjusts raw prices.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import lt

import numpy as np
from numpy.typing import NDArray

from brokers.words import Bars, Symbol
from strategies.risk.model import Array
from strategies.risk.oddities import jumps

DAYS_MIN = 30
"""Closes that a name must have before its returns say anything."""
KNOWN_SHARE = 0.95
"""A name with fewer of the daily returns is named, where it is not left out."""
COMMON_SHARE = 0.8
"""Gappy names are set aside until this share of the calendar is common to the rest."""


@dataclass(frozen=True, slots=True)
class Returns:
    """Simple daily returns of names.

    ``values`` has shape (T, m); column j belongs to symbol number ``columns[j]``. Symbols not in
    ``columns`` are missing; ``notes`` says why, one sentence each. Row t is the return from the day
    before to ``days[t]``; ``start`` is the day before the first. ``skipped`` counts days of the
    calendar that were left out since not all names have a close on them: the return after such a
    day is one of two days.
    """

    values: Array
    columns: tuple[int, ...]
    notes: tuple[str, ...]
    days: tuple[date, ...] = ()
    start: date | None = None
    skipped: int = 0


def align(symbols: Sequence[Symbol], history: Mapping[Symbol, Bars]) -> Returns:
    """Simple returns between consecutive common days, shape (T, m), without holes.

    Left out and named: a name without history or with a broken or short one, and one that lacks too
    many of the others' days. A day on which any other name has no close is left out for all.
    """
    series, notes = _usable(symbols, history)
    table = _shared(series) or _common(series)
    notes += [f"{symbols[i]}: too few of the days that the other names have" for i in table.gappy]
    prices = table.prices
    values = prices[1:] / prices[:-1] - 1 if len(prices) else np.empty((0, len(table.kept)))
    names, bars = [symbols[i] for i in table.kept], [series[i] for i in table.kept]
    notes += jumps(names, values, table.days[1:], bars)
    start = table.days[0] if table.days else None
    return Returns(values, table.kept, tuple(notes), table.days[1:], start, table.skipped)


def complete(symbols: Sequence[Symbol], history: Mapping[Symbol, Bars]) -> Returns:
    """Simple daily returns of every usable name, shape (T, m), NaN where there is none.

    A return needs a close on its day and on the day before it in the calendar, so that none is of
    several days: a missing close costs two returns. A name with a shorter history has NaN before
    it. Left out and named are only names without history or with a broken or short one.
    """
    series, notes = _usable(symbols, history)
    kept = tuple(series)
    days, grid = _grid(series, _half_of_living)
    values = grid[1:] / grid[:-1] - 1 if len(grid) else np.empty((0, len(kept)))
    names = [symbols[i] for i in kept]
    notes += [
        f"{name}: {count} of {len(values)} daily returns"
        for name, count in zip(names, (~np.isnan(values)).sum(axis=0), strict=True)
        if count < KNOWN_SHARE * len(values)
    ]
    notes += jumps(names, values, days[1:], list(series.values()))
    return Returns(values, kept, tuple(notes), days[1:], days[0] if days else None)


def without_holes(returns: Returns, *, all_names: bool = False) -> Returns:
    """``returns`` without NaN: the gappiest names go, then the days that the rest do not share.

    With ``all_names`` no name goes, however few days are left.
    """
    present = ~np.isnan(returns.values)
    if present.all():
        return returns
    kept = np.ones(present.shape[1], dtype=bool) if all_names else _without_gappy(present.T)
    whole = present[:, kept].all(axis=1)
    gone = np.flatnonzero(~whole)
    days = tuple(returns.days[t] for t in np.flatnonzero(whole)) if returns.days else ()
    return Returns(
        returns.values[np.ix_(whole, kept)],
        tuple(returns.columns[j] for j in np.flatnonzero(kept)),
        returns.notes,
        days,
        _day_before(returns, int(np.argmax(whole))) if whole.any() else returns.start,
        returns.skipped + len(gone),
    )


def _day_before(returns: Returns, row: int) -> date | None:
    return returns.days[row - 1] if row and returns.days else returns.start


@dataclass(frozen=True, slots=True)
class _Table:
    """Prices (days, names) without holes, the names kept, those too gappy, and days left out."""

    prices: Array
    kept: tuple[int, ...]
    gappy: tuple[int, ...]
    days: tuple[date, ...]
    skipped: int


def _usable(
    symbols: Sequence[Symbol], history: Mapping[Symbol, Bars]
) -> tuple[dict[int, Bars], list[str]]:
    """Histories that can be used, by number of their symbol, and why the others cannot."""
    notes: list[str] = []
    series: dict[int, Bars] = {}
    sorted_days: tuple[date, ...] = ()
    for number, symbol in enumerate(symbols):
        bars = history.get(symbol)
        fault = _fault(bars) or _disorder(bars, sorted_days)
        if fault or bars is None:
            notes.append(f"{symbol}: {fault}")
        else:
            series[number], sorted_days = bars, bars.days
    return series, notes


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


def _disorder(bars: Bars | None, known: tuple[date, ...]) -> str:
    """What is wrong with the order of days; most names have the ``known`` days of the last one."""
    if bars is None or bars.days == known or all(map(lt, bars.days, bars.days[1:])):
        return ""
    pairs = zip(bars.days, bars.days[1:], strict=False)
    later = next(after for before, after in pairs if after <= before)
    return f"days are not in order, or not each once, at {later}"


def _shared(histories: Mapping[int, Bars]) -> _Table | None:
    """What ``_common`` finds where all names have the very same days: at once, as is usual."""
    first = next(iter(histories.values()), None)
    if first is None or any(bars.days != first.days for bars in histories.values()):
        return None
    prices = np.array([bars.closes for bars in histories.values()], dtype=np.float64)
    return _Table(prices.T, tuple(histories), (), first.days, 0)


def _common(histories: Mapping[int, Bars]) -> _Table:
    """Prices on common days, once the names too gappy to keep are set aside."""
    numbers = tuple(histories)
    if not numbers:
        return _Table(np.empty((0, 0)), (), (), (), 0)
    calendar, grid = _grid(histories, _half)
    present = ~np.isnan(grid)
    kept = _without_gappy(present.T)
    whole = np.asarray(present[:, kept].all(axis=1))
    return _Table(
        grid[np.ix_(whole, kept)],
        tuple(numbers[j] for j in np.flatnonzero(kept)),
        tuple(numbers[j] for j in np.flatnonzero(~kept)),
        tuple(calendar[t] for t in np.flatnonzero(whole)),
        _skipped(present[:, kept], whole),
    )


def _skipped(present: NDArray[np.bool_], whole: NDArray[np.bool_]) -> int:
    """Days left out between the first and the last that are common to all."""
    common = np.flatnonzero(whole)
    if not common.size:
        return 0
    inside = slice(common[0], common[-1] + 1)
    return int((present[inside].any(axis=1) & ~whole[inside]).sum())


Days = NDArray[np.int64]
"""Days as proleptic ordinals, in order."""


def _grid(
    histories: Mapping[int, Bars], wanted: Callable[[Days, Days, list[Days]], NDArray[np.bool_]]
) -> tuple[tuple[date, ...], Array]:
    """Days that are ``wanted`` of those that any name has, and closes (days, names), NaN for none.

    ``wanted`` is asked with all days, how many names have each, and each name's own.
    """
    series = [
        np.fromiter(map(date.toordinal, bars.days), np.int64, len(bars.days))
        for bars in histories.values()
    ]
    if not series:
        return (), np.empty((0, 0))
    days, counts = np.unique(np.concatenate(series), return_counts=True)
    days = days[wanted(days, counts, series)]
    grid = np.full((len(days), len(series)), np.nan)
    for column, (own, bars) in enumerate(zip(series, histories.values(), strict=True)):
        known = np.isin(own, days, assume_unique=True)
        closes = np.asarray(bars.closes, dtype=np.float64)
        grid[np.searchsorted(days, own[known]), column] = closes[known]
    return tuple(date.fromordinal(day) for day in days.tolist()), grid


def _half(_days: Days, counts: Days, series: list[Days]) -> NDArray[np.bool_]:
    """Days on which at least half of the names have a close."""
    return np.asarray(2 * counts >= len(series))


def _half_of_living(days: Days, counts: Days, series: list[Days]) -> NDArray[np.bool_]:
    """Days on which at least half of the names that had begun, and not ended, have a close."""
    first, last = (np.sort([own[end] for own in series]) for end in (0, -1))
    alive = np.searchsorted(first, days, "right") - np.searchsorted(last, days, "left")
    return np.asarray(2 * counts >= alive)


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
