"""A market that tells daily bars and counts how often it is asked; days; an account."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import cast

from bot.book.book import Book
from bot.config.settings import PriceSettings
from bot.prices.history import History, Moment, Owner, history
from brokers.broker import Market
from brokers.words import AccountId, Bars, Symbol

A, B, C = Symbol("AAA"), Symbol("BBB"), Symbol("CCC")
ACCOUNT = AccountId("main")
FIRST = date(2018, 1, 1)
THURSDAY = date(2020, 3, 12)


def weekdays(first: date, last: date) -> tuple[date, ...]:
    """Every Monday to Friday from ``first`` to ``last``."""
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(day for day in every if day.weekday() < 5)


def before(day: date) -> date:
    """The weekday before ``day``."""
    return weekdays(day - timedelta(days=5), day - timedelta(days=1))[-1]


def after(day: date, count: int = 1) -> date:
    """The weekday that comes ``count`` after ``day``."""
    return weekdays(day, day + timedelta(days=2 * count + 5))[count]


@cache
def walk(symbol: Symbol) -> Mapping[date, tuple[float, float]]:
    """Close in cents and volume of every weekday for years."""
    chance, close = random.Random(symbol), 100.0  # noqa: S311  # prices of a test
    told: dict[date, tuple[float, float]] = {}
    for day in weekdays(FIRST, date(2021, 12, 31)):
        close *= 1 + chance.gauss(0, 0.01)
        told[day] = round(close, 2), float(chance.randrange(10_000, 99_999))
    return told


def bars(symbol: Symbol, first: date, last: date) -> Bars:
    """What the walk says of these days."""
    days = tuple(day for day in weekdays(first, last) if day >= FIRST)
    closes, volumes = zip(*(walk(symbol)[day] for day in days), strict=True)
    return Bars(symbol, days, closes, volumes, "a walk")


@dataclass(slots=True)
class Teller:
    """Bars before ``today``, as a broker tells them; ``bend`` is what goes wrong with them."""

    today: date = THURSDAY
    asked: list[tuple[tuple[Symbol, ...], int]] = field(default_factory=list)
    unknown: set[Symbol] = field(default_factory=set)
    splits: dict[Symbol, tuple[date, float]] = field(default_factory=dict)
    """Adjusted closes before a day are divided, volumes multiplied."""
    bend: Callable[[Bars], Bars | None] = lambda told: told

    def bars(self, symbols: Sequence[Symbol], days: int) -> Mapping[Symbol, Bars]:
        self.asked.append((tuple(symbols), days))
        told = (self._tell(symbol, days) for symbol in symbols if symbol not in self.unknown)
        return {each.symbol: each for each in map(self.bend, told) if each is not None}

    def _tell(self, symbol: Symbol, days: int) -> Bars:
        all_days = weekdays(FIRST, self.today - timedelta(days=1))[-days:]
        told = bars(symbol, all_days[0], all_days[-1])
        day, ratio = self.splits.get(symbol, (FIRST, 1.0))
        ratios = [ratio if each < day else 1.0 for each in told.days]
        return replace(
            told,
            closes=tuple(c / r for c, r in zip(told.closes, ratios, strict=True)),
            volumes=tuple(v * r for v, r in zip(told.volumes, ratios, strict=True)),
        )


@dataclass(slots=True)
class Desk:
    """An account that looks at its prices, at a moment that is set."""

    book: Book
    teller: Teller = field(default_factory=Teller)
    settings: PriceSettings = field(default_factory=PriceSettings)
    hour: time = time(15, 0, tzinfo=UTC)

    @property
    def owner(self) -> Owner:
        return Owner(ACCOUNT, self.settings)

    @property
    def through(self) -> date:
        """The last session that is over."""
        return before(self.teller.today)

    @property
    def now(self) -> datetime:
        return datetime.combine(self.teller.today, self.hour)

    def look(self, *symbols: Symbol, insist: bool = False, whole: bool = False) -> History:
        """What a look uses of these names."""
        moment = Moment(self.now, self.through)
        market = cast("Market", self.teller)  # only bars are asked for
        return history(self.owner, market, self.book, symbols, moment, insist=insist, whole=whole)

    def next_day(self, count: int = 1) -> None:
        self.teller.today = after(self.teller.today, count)

    def asked(self) -> list[tuple[tuple[Symbol, ...], int]]:
        """What was asked since the last time that this was."""
        found, self.teller.asked = self.teller.asked, []
        return found
