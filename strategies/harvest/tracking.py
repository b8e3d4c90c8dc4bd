"""How a name and what may stand for it have moved: volatility, correlation, tracking error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import numpy as np

from brokers.words import Bars, Symbol
from strategies.policy.target import Estimator
from strategies.risk.covariance import estimate_from
from strategies.risk.model import DAYS_PER_YEAR, block
from strategies.risk.refusal import NoRisk
from strategies.risk.returns import complete

UNKNOWN_DAILY = Decimal("0.019")
"""Daily volatility of a name without a history: 30 % a year."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One name beside another: both figures are of their returns, the error is annual."""

    correlation: float
    tracking_error: float


@dataclass(frozen=True, slots=True)
class Moves:
    """``daily`` volatilities of all names of a list, and each one's likeness to the first."""

    daily: Mapping[Symbol, Decimal]
    pairs: Mapping[Symbol, Pair]

    def volatility(self, symbol: Symbol) -> Decimal:
        """Of one day."""
        return self.daily.get(symbol, UNKNOWN_DAILY)


NOTHING = Moves({}, {})


def moves(symbols: Sequence[Symbol], history: Mapping[Symbol, Bars]) -> Moves:
    """``measured`` of ``symbols``: accounts that see the same days share what was found."""
    return measured(tuple(symbols), tuple(history.get(symbol) for symbol in symbols))


@lru_cache(maxsize=1024)
def measured(symbols: tuple[Symbol, ...], told: tuple[Bars | None, ...]) -> Moves:
    """Of the first of ``symbols`` and those that may stand for it; unknown ones are left out.

    Sample covariance C of daily returns, each pair by the days that both have: the tracking error
    of j is sqrt(C_ii + C_jj - 2 C_ij), the volatility of holding the one against the other.
    """
    history = {bars.symbol: bars for bars in told if bars is not None}
    known = complete(symbols, history).columns
    if not known:
        return NOTHING
    names = [symbols[column] for column in known]
    try:
        found = estimate_from(Estimator.SAMPLE, names, history)
    except NoRisk:
        return NOTHING
    matrix = block(found.covariance, np.arange(len(names), dtype=np.intp))
    own = np.sqrt(np.diag(matrix))
    daily = {
        name: Decimal(repr(float(each / np.sqrt(DAYS_PER_YEAR))))
        for name, each in zip(names, own, strict=True)
    }
    if names[0] != symbols[0]:
        return Moves(daily, {})
    apart = np.sqrt(np.maximum(matrix[0, 0] + np.diag(matrix) - 2 * matrix[0], 0.0))
    likeness = np.clip(matrix[0] / (own[0] * own), -1.0, 1.0)
    pairs = {
        name: Pair(float(likeness[place]), float(apart[place]))
        for place, name in enumerate(names)
        if place
    }
    return Moves(daily, pairs)
