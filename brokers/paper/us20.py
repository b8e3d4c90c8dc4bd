"""The tape that ships: 20 large US companies, their real adjusted closes of 2018-10 to 2021-01.

After its end it runs backwards to its beginning, then forwards again, and so on for ever: prices
stay those that were real, and a paper account has a market on any day.

Closes are facts (source and licence in ``brokers/data/README.md``); dollars a day are round
figures of their order in those years, stated here and nowhere measured.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from importlib.resources import files
from itertools import cycle

from brokers.paper.daily import DailyTape, ThenWeekdays
from brokers.paper.tape import Traded, listed
from brokers.words import USD, Symbol

FILE = "us20_2018_2021.csv"

_TABLE = """
AAPL   8000  Apple
AMD    3000  Advanced Micro Devices
BAC    1800  Bank of America
BBY     250  Best Buy
CVX     900  Chevron
GE      600  General Electric
HD      900  Home Depot
JNJ    1000  Johnson & Johnson
JPM    1800  JPMorgan Chase
KO      700  Coca-Cola
LLY     500  Eli Lilly
MRK     800  Merck
MSFT   5000  Microsoft
PEP     600  PepsiCo
PFE     900  Pfizer
PG      900  Procter & Gamble
RRC      60  Range Resources
UNH    1000  UnitedHealth
WMT     900  Walmart
XOM    1000  Exxon Mobil
"""
"""Symbol, million USD that trade on a usual day, name."""


def us20_tape(seed: int = 0) -> DailyTape:
    """The 20 companies; ``seed`` draws the ways between their closes."""
    days, closes = _read()
    endless = {symbol: to_and_fro(column) for symbol, column in closes.items()}
    source = f"skfolio, adjusted closes to {days[-1]}, then to and fro"
    return DailyTape(ThenWeekdays(days), _names(), endless, seed, source)


def to_and_fro(closes: Sequence[Decimal]) -> Iterator[Decimal]:
    """Forwards, backwards, forwards, ...: each end is passed once a turn."""
    return cycle((*closes, *reversed(closes[1:-1])))


def _names() -> Mapping[Symbol, Traded]:
    rows = [line.split(maxsplit=2) for line in _TABLE.split("\n") if line]
    return {
        Symbol(symbol): listed(symbol, name, float(millions) * 1e6, USD)
        for symbol, millions, name in rows
    }


def _read() -> tuple[list[date], Mapping[Symbol, list[Decimal]]]:
    text = files("brokers").joinpath("data", FILE).read_text("utf-8")
    head, *rows = csv.reader(text.splitlines())
    days = [date.fromisoformat(row[0]) for row in rows]
    columns = enumerate(head[1:], start=1)
    return days, {Symbol(name): [Decimal(row[at]) for row in rows] for at, name in columns}
