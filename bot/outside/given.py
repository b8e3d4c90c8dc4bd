"""What the owner's code is told: plain lists and arrays, and nothing of a day that is not over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from brokers.words import Bars, Symbol
from strategies.risk.model import Array

BASE = 100.0
"""Price that a history of returns alone begins at."""


@dataclass(frozen=True, slots=True)
class Given:
    """n names, and T closes of each.

    ``days`` (T,) are the sessions of ``prices`` (T, n), closes adjusted for splits and dividends,
    oldest first, all before ``today``; NaN where a name has no close. ``current`` (n,) and
    ``cash`` are shares of net asset value, ``lower`` and ``upper`` bound each weight.
    """

    names: tuple[Symbol, ...]
    days: NDArray[np.datetime64]
    prices: Array
    current: Array
    cash: float
    today: date
    lower: float = 0.0
    upper: float = 1.0

    def arguments(self) -> dict[str, object]:
        """By the names that the code asks for them; ``returns`` (T - 1, n) are simple ones."""
        return {
            "names": list(self.names),
            "days": self.days,
            "prices": self.prices,
            "returns": self.prices[1:] / self.prices[:-1] - 1,
            "current": self.current,
            "cash": self.cash,
            "today": self.today,
            "lower": self.lower,
            "upper": self.upper,
        }


ARGUMENTS = ("names", "days", "prices", "returns", "current", "cash", "today", "lower", "upper")
"""What can be asked for, beside the owner's own parameters."""


def from_history(
    names: Sequence[Symbol],
    history: Mapping[Symbol, Bars],
    today: date,
    *,
    current: Mapping[Symbol, float] | None = None,
    cash: float = 1.0,
) -> Given:
    """The closes before ``today`` on every day that any of the names has one."""
    series = {name: _closes(history.get(name), today) for name in names}
    days = sorted(set[date]().union(*series.values()))
    rows = {day: number for number, day in enumerate(days)}
    prices = np.full((len(days), len(names)), np.nan)
    for column, name in enumerate(names):
        closes = series[name]
        prices[[rows[day] for day in closes], column] = list(closes.values())
    held = current or {}
    return Given(
        names=tuple(names),
        days=np.array(days, dtype="datetime64[D]"),
        prices=prices,
        current=np.array([held.get(name, 0.0) for name in names]),
        cash=cash,
        today=today,
    )


def _closes(bars: Bars | None, today: date) -> dict[date, float]:
    """Close of each day that is over; what is no price is no close."""
    if bars is None:
        return {}
    pairs = zip(bars.days, bars.closes, strict=False)
    return {day: close for day, close in pairs if day < today and 0 < close < np.inf}


def from_returns(names: Sequence[Symbol], returns: Array, today: date) -> Given:
    """A history from simple ``returns`` (T, n) alone, a day each, the last of them yesterday."""
    grown = np.vstack([np.ones(len(names)), np.cumprod(1 + returns, axis=0)])
    last = np.datetime64(today, "D")
    return Given(
        names=tuple(names),
        days=last - np.arange(len(grown), 0, -1),
        prices=BASE * grown,
        current=np.zeros(len(names)),
        cash=1.0,
        today=today,
    )
