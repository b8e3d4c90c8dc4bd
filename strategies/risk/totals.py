"""Total returns from raw closes: for folders of prices that nobody has adjusted.

Histories of brokers (``Bars``) are adjusted for splits and dividends already and must not come
here: an adjustment made twice is as wrong as one that is missing.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from math import isfinite

import numpy as np

from brokers.words import Bars, Symbol
from strategies.risk.model import Array
from strategies.risk.refusal import NoRisk


def total_return(
    raw: Bars, dividends: Mapping[date, float], splits: Mapping[date, float] | None = None
) -> Bars:
    """``raw`` closes and volumes as total-return ones; the last close stays as it was.

    ``dividends`` are amounts in cash for a share, by ex-date, as they were paid then; ``splits``
    the shares that one share becomes, by effective date: 2 for 2:1, 0.1 for 1:10. With f the
    shares that one share of the day before has become and d the cash that it was paid,

        1 + r[t] = (close[t] f[t] + d[t]) / close[t-1]      (CRSP's definition of a return)

    On the same day the dividend is for shares from before the split. What falls between two closes
    counts at the later one; what falls before the first or after the last is left out. Volumes are
    in today's shares. Raises ``NoRisk`` where an amount or a close makes no sense.
    """
    splits = splits or {}
    closes = _closes(raw)
    _check(raw.symbol, dividends, splits)
    shares, cash = _events(raw.days, dividends, splits)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        gross = (closes[1:] * shares[1:] + cash[1:]) / closes[:-1]
    adjusted = closes.copy()
    if len(closes) > 1:
        adjusted[:-1] = closes[-1] / np.cumprod(gross[::-1])[::-1]
    today = np.append(np.cumprod(shares[:0:-1])[::-1], 1.0)[: len(closes)]
    volumes = np.asarray(raw.volumes, dtype=np.float64) * today if raw.volumes else np.empty(0)
    return replace(raw, closes=tuple(adjusted.tolist()), volumes=tuple(volumes.tolist()))


def _closes(raw: Bars) -> Array:
    closes = np.asarray(raw.closes, dtype=np.float64)
    if closes.size != len(raw.days):
        raise NoRisk(f"{raw.symbol}: {len(raw.days)} days but {closes.size} closes")
    if raw.volumes and len(raw.volumes) != closes.size:
        raise NoRisk(f"{raw.symbol}: {closes.size} closes but {len(raw.volumes)} volumes")
    bad = ~(np.isfinite(closes) & (closes > 0))
    if bad.any():
        day = raw.days[int(np.argmax(bad))]
        raise NoRisk(f"{raw.symbol}: unusable close {closes[bad][0]:g} on {day}")
    for earlier, later in zip(raw.days, raw.days[1:], strict=False):
        if later <= earlier:
            raise NoRisk(f"{raw.symbol}: {later} comes after {earlier}: sort days, each once")
    return closes


def _check(symbol: Symbol, dividends: Mapping[date, float], splits: Mapping[date, float]) -> None:
    for day, amount in dividends.items():
        if not (isfinite(amount) and amount >= 0):
            raise NoRisk(f"{symbol}: unusable dividend {amount:g} on {day}")
    for day, ratio in splits.items():
        if not (isfinite(ratio) and ratio > 0):
            raise NoRisk(f"{symbol}: unusable split ratio {ratio:g} on {day}")


def _events(
    days: tuple[date, ...], dividends: Mapping[date, float], splits: Mapping[date, float]
) -> tuple[Array, Array]:
    """Shares and cash, shape (T,) each, that one share of the close before has become."""
    shares, cash = np.ones(len(days)), np.zeros(len(days))
    ordinals = np.array([day.toordinal() for day in days], dtype=np.int64)
    for day in sorted(dividends.keys() | splits.keys()):
        place = int(np.searchsorted(ordinals, day.toordinal()))
        if 0 < place < len(days):
            cash[place] += shares[place] * dividends.get(day, 0.0)
            shares[place] *= splits.get(day, 1.0)
    return shares, cash
