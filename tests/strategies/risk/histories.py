"""Price histories for the tests: drawn from a covariance that is known."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from brokers.words import Bars, Symbol
from strategies.risk.returns import Array

FIRST_DAY = date(2023, 1, 2)


def days(count: int) -> tuple[date, ...]:
    """``count`` weekdays."""
    every = (FIRST_DAY + timedelta(i) for i in range(2 * count))
    return tuple(day for day in every if day.weekday() < 5)[:count]


def symbols(count: int) -> tuple[Symbol, ...]:
    """S0, S1, ..."""
    return tuple(Symbol(f"S{i}") for i in range(count))


def bars(symbol: Symbol, closes: Sequence[float], dates: Sequence[date] | None = None) -> Bars:
    """Closes on ``dates``, by default one a weekday."""
    dates = tuple(dates or days(len(closes)))
    return Bars(symbol, dates, tuple(closes), (1e6,) * len(closes), "drawn")


def history(returns: Array) -> dict[Symbol, Bars]:
    """Histories with the daily ``returns``, shape (T, n)."""
    closes = 100 * np.cumprod(np.vstack([np.ones(returns.shape[1]), 1 + returns]), axis=0)
    return {
        symbol: bars(symbol, column.tolist())
        for symbol, column in zip(symbols(returns.shape[1]), closes.T, strict=True)
    }


def drawn(seed: int, count: int, names: int, factors: int = 2) -> Array:
    """Daily returns (count, names) with a few common movements."""
    random = np.random.default_rng(seed)
    common = random.normal(0, 0.01, (count, factors))
    loadings = random.normal(0.7, 0.4, (factors, names))
    return common @ loadings + random.normal(0, 0.008, (count, names))
