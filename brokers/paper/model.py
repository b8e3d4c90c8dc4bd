"""Between two daily closes: a stated model of what closes alone do not say.

None of it is data. It is there so that orders meet a moving quote with a spread and a volume:

* mid: log price is a Brownian bridge from the last close to this one, minute by minute between
  09:30 and 16:00, drawn from (seed, symbol, day) alone. There is no gap at the open.
* volatility: standard deviation of the 20 daily log returns before this day; 1.5 % where there
  are fewer than two.
* half spread: 1.5 bp for each 1 % of daily volatility, at least 0.5 bp, then rounded outwards to
  the price grid, so that bid < ask always.
* volume: the name's usual dollars a day, times 1/2 + |return| / 3 %: a day that moves 1.5 % is a
  usual day. It trades evenly over the session.

Floats live here and stop here: a price leaves as a whole number of ticks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
from itertools import pairwise
from statistics import NormalDist

from brokers.words import TickRule

MINUTES = 390
"""Of a session, 09:30 to 16:00; minute 390 is the close."""
SIGMA_DAYS = 20
SIGMA_DEFAULT = 0.015
SPREAD_BPS_MIN = 0.5
SPREAD_BPS_PER_SIGMA = 150.0
UNITS = 10_000
"""Prices are whole numbers of 1 / 10,000 while they are rounded to the grid."""

_NORMAL = NormalDist()
_BITS = 52


def log_returns(closes: Sequence[float]) -> list[float]:
    """Log return of each day on the day before."""
    return [math.log(new / old) for old, new in pairwise(closes)]


def volatility(closes: Sequence[float]) -> float:
    """Standard deviation of daily log returns over the last 20 of them; per square root of day."""
    returns = log_returns(closes[-SIGMA_DAYS - 1 :])
    if len(returns) < 2:  # noqa: PLR2004 - one return has no deviation
        return SIGMA_DEFAULT
    mean = math.fsum(returns) / len(returns)
    return math.sqrt(math.fsum((r - mean) ** 2 for r in returns) / (len(returns) - 1))


def half_spread(sigma: float) -> float:
    """Half spread as a share of mid, from daily volatility."""
    return max(SPREAD_BPS_MIN, SPREAD_BPS_PER_SIGMA * sigma) / 10_000


def volume_shares(adv_usd: float, close: float, day_return: float) -> float:
    """Shares that trade on a day that returns ``day_return``."""
    return adv_usd / close * (0.5 + abs(day_return) / 0.03)


def normal(key: bytes, minute: int) -> float:
    """A standard normal number that depends on nothing but its arguments."""
    digest = blake2b(key + minute.to_bytes(2, "big"), digest_size=8).digest()
    uniform = (int.from_bytes(digest, "big") >> (64 - _BITS)) + 0.5
    return _NORMAL.inv_cdf(uniform / (1 << _BITS))


def touch(mid: float, share: float, tick: TickRule) -> tuple[Decimal, Decimal]:
    """Bid and ask around ``mid``, rounded outwards to the grid; bid < ask."""
    grid = tick.at(Decimal(round(mid * UNITS)) / UNITS)
    units = int(grid * UNITS)
    middle, half = round(mid * UNITS), max(1, math.ceil(mid * share * UNITS))
    bid = max((middle - half) // units, 1)
    ask = max(-((-middle - half) // units), bid + 1)
    return bid * grid, ask * grid


@dataclass(frozen=True, slots=True)
class NameDay:
    """One name on one day: where it starts and ends, and how wildly it goes there.

    ``path`` (minute to log mid) and ``seen`` (minute to bid and ask) only remember what was drawn
    before: every number in them depends on ``key`` alone, whatever was asked first.
    """

    index: int
    key: bytes
    sigma: float
    shares_per_second: Decimal
    tick: TickRule
    path: dict[int, float]
    seen: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)

    def touch(self, minute: int) -> tuple[Decimal, Decimal]:
        """Bid and ask at ``minute`` of the session; 390 is the close."""
        known = self.seen.get(minute)
        if known is None:
            mid = math.exp(self.log_mid(minute))
            known = self.seen[minute] = touch(mid, half_spread(self.sigma), self.tick)
        return known

    def log_mid(self, minute: int) -> float:
        """Log of mid at ``minute``.

        Bisection: the middle of a bridge from (l, a) to (h, b) is normal with mean on the line
        between them and variance sigma^2 (t - l)(h - t) / ((h - l) 390) (Glasserman 2003, 3.1).
        """
        low, high = 0, MINUTES
        while minute not in self.path:
            middle = (low + high) // 2
            if middle not in self.path:
                self.path[middle] = self._between(low, middle, high)
            low, high = (middle, high) if minute > middle else (low, middle)
        return self.path[minute]

    def _between(self, low: int, middle: int, high: int) -> float:
        before, after, span = middle - low, high - middle, high - low
        mean = (self.path[low] * after + self.path[high] * before) / span
        sd = self.sigma * math.sqrt(before * after / (span * MINUTES))
        return mean + sd * normal(self.key, middle)
