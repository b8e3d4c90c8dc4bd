"""A market that never was: as many names as are asked, for load and for any date.

Model: on every weekday from 2018-10-01 on, a name's log return is beta times the market's plus
its own, both normal and independent from day to day: market mean 3 bp and sd 1 %, beta 0.6 to
1.4, own sd 0.8 to 2 %. First closes are 20 to 300 USD, dollars a day 20 million to 5 billion.
"""

import math
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random

from brokers.paper.daily import DailyTape, Weekdays
from brokers.paper.tape import Traded, listed
from brokers.words import USD, Symbol

FIRST = date(2018, 10, 1)
MARKET_MEAN, MARKET_SD = 0.0003, 0.01
CENT = Decimal("0.01")


def synthetic_tape(names: int, seed: int = 0) -> DailyTape:
    """``names`` names, S0001 onwards; the first of them are the same however many there are."""
    symbols = [Symbol(f"S{number:04d}") for number in range(1, names + 1)]
    table = {symbol: _listed(symbol, seed) for symbol in symbols}
    closes = {symbol: _walk(symbol, seed) for symbol in symbols}
    return DailyTape(Weekdays(FIRST), table, closes, seed, source=f"synthetic, seed {seed}")


def _listed(symbol: Symbol, seed: int) -> Traded:
    dollars = 20e6 * 250 ** _dice(seed, f"{symbol} dollars").random()
    return listed(symbol, f"Synthetic {symbol}", dollars, USD)


def _walk(symbol: Symbol, seed: int) -> Iterator[Decimal]:
    market, own = _dice(seed, "market"), _dice(seed, symbol)
    level = math.log(own.uniform(20, 300))
    beta, own_sd = own.uniform(0.6, 1.4), own.uniform(0.008, 0.02)
    while True:
        yield max(Decimal(round(math.exp(level) * 100)) / 100, CENT)
        level += beta * market.gauss(MARKET_MEAN, MARKET_SD) + own.gauss(0.0, own_sd)


def _dice(seed: int, what: str) -> Random:
    return Random(f"{seed}|{what}")  # noqa: S311 - a market is drawn here, not a secret
