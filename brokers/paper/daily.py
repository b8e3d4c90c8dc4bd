"""A tape made of daily closes, with the model of ``model`` in between."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from math import log
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from brokers.paper.model import (
    MINUTES,
    SIGMA_DAYS,
    NameDay,
    volatility,
    volume_shares,
)
from brokers.paper.tape import SESSION_SECONDS, Traded
from brokers.words import ZERO, Bars, Instrument, Quote, Symbol

NEW_YORK = ZoneInfo("America/New_York")
OPENS = time(9, 30)
CLOSES = time(16, 0)


class Days(Protocol):
    """The days of a tape, numbered from 0, oldest first."""

    def index(self, day: date) -> int:
        """Number of the last of them that is not after ``day``; -1 before the first."""
        ...

    def day(self, index: int) -> date:
        """The day of that number."""
        ...


class ListedDays:
    """Days that are given one by one."""

    def __init__(self, days: Sequence[date]) -> None:
        """Take ``days``, oldest first."""
        self._days = tuple(days)

    def index(self, day: date) -> int:
        """Number of the last of them that is not after ``day``."""
        return bisect_right(self._days, day) - 1

    def day(self, index: int) -> date:
        """The day of that number."""
        return self._days[index]


class Weekdays:
    """Every Monday to Friday from a Monday on, for ever."""

    def __init__(self, first: date) -> None:
        """Begin with ``first``, a Monday."""
        self._monday = first.toordinal()

    def index(self, day: date) -> int:
        """Number of the last weekday that is not after ``day``."""
        weeks, weekday = divmod(day.toordinal() - self._monday, 7)
        return max(weeks * 5 + min(weekday, 4), -1)

    def day(self, index: int) -> date:
        """The weekday of that number."""
        weeks, weekday = divmod(index, 5)
        return date.fromordinal(self._monday + weeks * 7 + weekday)


class ThenWeekdays:
    """Days that are given one by one, and after them every Monday to Friday for ever."""

    def __init__(self, days: Sequence[date]) -> None:
        """Take ``days``, oldest first."""
        self._listed = ListedDays(days)
        self._count, self._last = len(days), days[-1]
        self._later = Weekdays(self._last - timedelta(days=self._last.weekday()))
        self._before = self._later.index(self._last) + 1

    def index(self, day: date) -> int:
        """Number of the last of them that is not after ``day``."""
        if day <= self._last:
            return self._listed.index(day)
        return self._count + self._later.index(day) - self._before

    def day(self, index: int) -> date:
        """The day of that number."""
        if index < self._count:
            return self._listed.day(index)
        return self._later.day(index - self._count + self._before)


class Series:
    """Closes and volumes of one name, drawn from its source no further than is asked."""

    def __init__(self, source: Iterable[Decimal], adv_usd: float) -> None:
        """Closes come from ``source``, oldest first; volumes from the model."""
        self._source: Iterator[Decimal] = iter(source)
        self._adv_usd = adv_usd
        self.closes: list[float] = []
        self.volumes: list[float] = []

    def upto(self, index: int) -> None:
        """Draw closes until the one of ``index`` is known, or there are no more."""
        for drawn in islice(self._source, max(index + 1 - len(self.closes), 0)):
            close = float(drawn)
            last = self.closes[-1] if self.closes else close
            self.closes.append(close)
            self.volumes.append(volume_shares(self._adv_usd, close, close / last - 1))


class Moment(NamedTuple):
    """Where an instant lies: number of the day, minute of the session, time of the quote."""

    day: int
    minute: int
    stamp: datetime


class DailyTape:
    """Quotes at any moment, from daily closes: same seed, same quotes, whatever is asked first.

    Outside a session the quote is that of the last close, and says so by its time.
    """

    remembers = True

    def __init__(
        self,
        days: Days,
        names: Mapping[Symbol, Traded],
        closes: Mapping[Symbol, Iterable[Decimal]],
        seed: int,
        source: str,
    ) -> None:
        """Tape of ``names`` on ``days``; ``source`` is told with every bar."""
        self._days = days
        self._names = names
        self._series = {
            symbol: Series(closes[symbol], row.adv_usd) for symbol, row in names.items()
        }
        self._seed = seed
        self._source = source
        self._today: dict[Symbol, NameDay] = {}
        self._last: tuple[datetime, Moment] | None = None
        self._quoted: dict[Symbol, Quote] = {}

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """Every name on the tape."""
        return tuple(self._names)

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """Those of ``symbols`` that are on the tape."""
        return {name: self._names[name].instrument for name in symbols if name in self._names}

    def quotes(self, symbols: Sequence[Symbol], at: datetime) -> Mapping[Symbol, Quote]:
        """Bid and ask at ``at``."""
        moment = self._moment(at)
        asked = ((symbol, self._quote(symbol, moment)) for symbol in symbols)
        return {symbol: quote for symbol, quote in asked if quote is not None}

    def bars(self, symbols: Sequence[Symbol], before: date, days: int) -> Mapping[Symbol, Bars]:
        """Closes and modelled volumes before the day ``before``."""
        end = self._days.index(before - timedelta(days=1)) + 1
        start = max(end - days, 0)
        dates = tuple(self._days.day(index) for index in range(start, end))
        return {
            symbol: self._bars(symbol, dates, start)
            for symbol in symbols
            if dates and symbol in self._names
        }

    def volume_rate(self, symbol: Symbol, at: datetime) -> Decimal:
        """Shares a second, the same all day; zero outside the session."""
        moment = self._moment(at)
        day = self._name_day(symbol, moment.day)
        return day.shares_per_second if day and moment.minute < MINUTES else ZERO

    def _quote(self, symbol: Symbol, moment: Moment) -> Quote | None:
        known = self._quoted.get(symbol)
        if known is not None:
            return known
        day = self._name_day(symbol, moment.day)
        if day is None:
            return None
        bid, ask = day.touch(moment.minute)
        currency = self._names[symbol].instrument.currency
        made = self._quoted[symbol] = Quote(symbol, bid, ask, moment.stamp, currency)
        return made

    def _bars(self, symbol: Symbol, dates: tuple[date, ...], start: int) -> Bars:
        series = self._series[symbol]
        end = start + len(dates)
        series.upto(end - 1)
        closes, volumes = series.closes[start:end], series.volumes[start:end]
        return Bars(symbol, dates, tuple(closes), tuple(volumes), self._source)

    def _moment(self, at: datetime) -> Moment:
        if self._last is None or self._last[0] != at:
            self._last = at, self._locate(at)
            self._quoted.clear()
        return self._last[1]

    def _locate(self, at: datetime) -> Moment:
        local = at.astimezone(NEW_YORK)
        index = self._days.index(local.date())
        today = index >= 0 and self._days.day(index) == local.date()
        if today and OPENS <= local.time() < CLOSES:
            minute = (local.hour - OPENS.hour) * 60 + local.minute - OPENS.minute
            return Moment(index, minute, at)
        if today and local.time() < OPENS:
            index -= 1
        return Moment(index, MINUTES, self._close_of(index, at))

    def _close_of(self, index: int, at: datetime) -> datetime:
        if index < 0:
            return at
        return datetime.combine(self._days.day(index), CLOSES, NEW_YORK).astimezone(at.tzinfo)

    def _name_day(self, symbol: Symbol, index: int) -> NameDay | None:
        known = self._today.get(symbol)
        if known is not None and known.index == index:
            return known
        if symbol not in self._names or index < 1:
            return None
        made = self._today[symbol] = self._make_day(symbol, index)
        return made

    def _make_day(self, symbol: Symbol, index: int) -> NameDay:
        series = self._series[symbol]
        series.upto(index)
        start, end = series.closes[index - 1 : index + 1]
        return NameDay(
            index=index,
            key=f"{self._seed}|{symbol}|{self._days.day(index)}|".encode(),
            sigma=volatility(series.closes[max(index - SIGMA_DAYS - 1, 0) : index]),
            shares_per_second=Decimal(int(series.volumes[index])) / SESSION_SECONDS,
            tick=self._names[symbol].instrument.tick,
            path={0: log(start), MINUTES: log(end)},
        )
