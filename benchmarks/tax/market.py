"""Daily prices that a household lives through: read from parquet files, or made up from a seed.

A day knows its own close and those before it, nothing later. Closes are adjusted for splits and not
for dividends, where the files have both; a dividend is what the adjusted close grew more. Where
there is only an adjusted close, it is the price, with the dividends in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HISTORY = 252
"""Sessions of history that a decision is given."""
ADV_DAYS = 20
DIVIDEND_MIN = 5e-4
"""Of the price: what is less is rounding of the adjusted close."""
SPREAD_BPS = (0.5, 10.0)
"""Half spreads lie between these."""
SPREAD_UNKNOWN_BPS = 3.0


@dataclass(frozen=True, slots=True)
class Market:
    """Days in rows and names in columns. ``dividends`` are dollars a share on the ex-date.

    ``half_spread`` is a share of the price. What was not traded yet is NaN in ``close``.
    """

    days: tuple[date, ...]
    names: tuple[str, ...]
    close: Array
    adjusted: Array
    volume: Array
    dividends: Array
    half_spread: Array

    def column(self, name: str) -> int:
        """Where ``name`` is."""
        return self.names.index(name)

    def place(self, day: date) -> int:
        """The first session on ``day`` or after it."""
        return next(at for at, each in enumerate(self.days) if each >= day)


def etfs(folder: Path) -> Market:
    """21 ETFs with closes, dividends and volume."""
    import pandas as pd

    close, adjusted, volume = (
        pd.read_parquet(only(folder, f"etf21_{kind}_1993*.parquet"))
        for kind in ("close", "adj_close", "volume")
    )
    days = tuple(stamp.date() for stamp in close.index)
    names = tuple(str(name) for name in close.columns)
    prices, totals = close.to_numpy(np.float64), adjusted.to_numpy(np.float64)
    shares = volume.reindex_like(close).to_numpy(np.float64)
    return Market(
        days, names, prices, totals, shares, paid(prices, totals), spreads(prices * shares)
    )


def stocks(folder: Path) -> tuple[Market, Mapping[str, str]]:
    """Names of the S&P 500 of 2024 by total-return price, and the sector of each."""
    import pandas as pd

    adjusted = pd.read_parquet(only(folder, "sp500_adj_close*.parquet"))
    table = pd.read_csv(only(folder, "sp500_constituents*.csv")).set_index("Symbol")
    days = tuple(stamp.date() for stamp in adjusted.index)
    names = tuple(str(name) for name in adjusted.columns)
    prices = adjusted.to_numpy(np.float64, copy=True)
    prices[prices <= 0] = np.nan
    shares = np.full_like(prices, np.nan)
    market = Market(
        days, names, prices, prices, shares, np.zeros_like(prices), spreads(prices * shares)
    )
    return market, {str(name): str(sector) for name, sector in table["GICS Sector"].items()}


def only(folder: Path, pattern: str) -> Path:
    """The file like ``pattern``; a missing one is named."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise SystemExit(f"{folder}: no file like {pattern}")
    return found[0]


def paid(close: Array, adjusted: Array) -> Array:
    """Dividends a share, (T, n): the close before, less today's without the dividend's part.

    adjusted_t / adjusted_(t-1) = close_t / (close_(t-1) - dividend_t).
    """
    grown = adjusted[1:] / adjusted[:-1]
    found = close[:-1] - close[1:] / grown
    found = np.where(found > DIVIDEND_MIN * close[:-1], found, 0.0)
    return np.vstack([np.zeros(close.shape[1]), np.nan_to_num(found)])


def spreads(dollars: Array) -> Array:
    """Half spreads, shares of the price: 1 bp at 500 million dollars a day, with its root.

    From the mean of the ``ADV_DAYS`` before; where there is none, ``SPREAD_UNKNOWN_BPS``.
    """
    low, high = SPREAD_BPS
    known = np.nan_to_num(dollars)
    sums = np.cumsum(np.vstack([np.zeros((1, known.shape[1])), known]), axis=0)
    first = np.maximum(np.arange(len(known)) - ADV_DAYS, 0)
    count = np.maximum(np.arange(len(known)) - first, 1)[:, None]
    mean = (sums[:-1] - sums[first]) / count
    with np.errstate(divide="ignore"):
        bps = np.clip(np.sqrt(5e8 / mean), low, high)
    return 1e-4 * np.where(mean > 0, bps, SPREAD_UNKNOWN_BPS)


def made_up(seed: int, names: Sequence[str], sessions: int) -> Market:
    """Prices of a falling and rising market: 20 % volatility a year, names 0.9 alike."""
    dice = np.random.default_rng(seed)
    common = dice.normal(0.0, 0.2 / np.sqrt(252), (sessions, 1))
    swing = 0.002 * np.sin(np.arange(sessions) / 40.0)[:, None]
    own = dice.normal(0.0, 0.06 / np.sqrt(252), (sessions, len(names)))
    close = 60.0 * np.exp(np.cumsum(0.0002 + swing + common + own, axis=0))
    shares = np.full_like(close, 5e6)
    paid_out = np.zeros_like(close)
    paid_out[60::63] = 0.005 * close[60::63]
    days = _weekdays(date(2015, 1, 1), sessions)
    return Market(days, tuple(names), close, close, shares, paid_out, spreads(close * shares))


def _weekdays(first: date, count: int) -> tuple[date, ...]:
    days = (first + timedelta(days=each) for each in range(count * 2))
    return tuple(day for day in days if day.weekday() < 5)[:count]


def with_twins(market: Market, originals: Sequence[str], count: int) -> Market:
    """``market`` with ``count`` names more for each of ``originals``, the same but for the name.

    Who may change from one to the next is bound by no rule on what is substantially identical.
    """
    places = [market.column(name) for name in originals for _ in range(count)]
    more = tuple(twin(name, each) for name in originals for each in range(count))

    def wide(values: Array) -> Array:
        return np.hstack([values, values[:, places]])

    return replace(
        market,
        names=(*market.names, *more),
        close=wide(market.close),
        adjusted=wide(market.adjusted),
        volume=wide(market.volume),
        dividends=wide(market.dividends),
        half_spread=wide(market.half_spread),
    )


def twin(name: str, number: int) -> str:
    """What a twin is called."""
    return f"{name}~{number}"
