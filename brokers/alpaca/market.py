"""Prices and instruments at Alpaca: latest quotes, daily bars, and what can be traded."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import quote as quoted

from brokers.alpaca.fields import NEW_YORK, Row, exact, flag, moment, row_of, rows_of, text
from brokers.alpaca.firm import firm_prices
from brokers.alpaca.trouble import Objection
from brokers.alpaca.wire import Query, Wire
from brokers.broker import BadAnswer
from brokers.settings import BarsFeed, QuoteFeed
from brokers.words import Bars, Instrument, Quote, Symbol

AT_ONCE = 250
"""Symbols in one question: its address must stay short."""
QUOTES_FRESH = timedelta(seconds=1)
BARS_FRESH = timedelta(minutes=15)
"""A year of bars of 500 names is thirteen pages, and bars of days that are over seldom change."""
ASSETS_FRESH = timedelta(hours=1)
FEW = 10
"""Up to here instruments are asked for one by one; more are found in the list of all."""
BARS_PAGE = 10_000
FRACTION = Decimal("0.000000001")
DAYS_PER_SESSION = 1.5
"""Calendar days that surely hold a session, 252 of which are a year."""

Latest = Callable[[Symbol], Quote | None]
"""What the stream of quotes says of a name; None where a request must tell."""


def nothing(symbol: Symbol) -> Quote | None:
    """There is no stream."""
    del symbol
    return None


class Prices:
    """Quotes of one feed, and daily bars of another."""

    def __init__(
        self,
        wire: Wire,
        now: Callable[[], datetime],
        feed: QuoteFeed,
        bars_feed: BarsFeed,
        latest: Latest = nothing,
    ) -> None:
        """Nothing is read until it is asked for."""
        self._wire = wire
        self._now = now
        self._latest = latest
        self._feed = feed
        self._bars_feed = bars_feed
        self._quotes: dict[Symbol, tuple[datetime, Quote]] = {}
        self._bars: dict[Symbol, tuple[datetime, int, Bars]] = {}

    def quotes(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Quote]:
        """Latest quotes as they are, none older in our hands than a second, or as streamed."""
        now = self._now()
        names = tuple(dict.fromkeys(symbols))
        streamed = {s: quote for s in names if (quote := self._streamed(s)) is not None}
        stale = [s for s in names if s not in streamed and not self._is_fresh(s, now)]
        for symbol in stale:
            self._quotes.pop(symbol, None)
        for row in self._pages("/stocks/quotes/latest", stale, {"feed": self._feed}):
            for name, each in _by_symbol(row, "quotes").items():
                if found := self._quote(Symbol(name), row_of(each, "quote")):
                    self._quotes[Symbol(name)] = now, found
        known = {s: self._quotes[s][1] for s in names if s in self._quotes} | streamed
        return {s: known[s] for s in names if s in known}

    def _streamed(self, symbol: Symbol) -> Quote | None:
        """What the stream says, unless something newer was told already: then it lags behind."""
        quote, told = self._latest(symbol), self._quotes.get(symbol)
        return None if quote is None or (told and told[1].time > quote.time) else quote

    def bars(self, symbols: Sequence[Symbol], days: int) -> Mapping[Symbol, Bars]:
        """Daily bars before today in New York, adjusted for splits, spin-offs and dividends."""
        now = self._now()
        stale = [s for s in dict.fromkeys(symbols) if not self._has_bars(s, days, now)]
        for symbol, bars in self._read_bars(stale, days, now).items():
            self._bars[symbol] = now, days, bars
        found = {s: self._bars[s][2] for s in symbols if self._has_bars(s, days, now)}
        return {symbol: _last(bars, days) for symbol, bars in found.items()}

    def _has_bars(self, symbol: Symbol, days: int, now: datetime) -> bool:
        """Whether as many bars were read a short while ago, on the same day."""
        read, reach, _ = self._bars.get(symbol, (None, 0, None))
        if read is None or not timedelta(0) <= now - read < BARS_FRESH:
            return False
        return reach >= days and _new_york_day(read) == _new_york_day(now)

    def _read_bars(self, symbols: list[Symbol], days: int, now: datetime) -> Mapping[Symbol, Bars]:
        """The bars of ``symbols`` as Alpaca has them now."""
        today = datetime.combine(_new_york_day(now), time(), NEW_YORK)
        back = timedelta(days=round(days * DAYS_PER_SESSION) + 10)
        query: dict[str, str | int] = {
            "timeframe": "1Day",
            "start": (today - back).isoformat(),
            "end": (today - timedelta(seconds=1)).isoformat(),
            "adjustment": "all",
            "feed": self._bars_feed,
            "limit": BARS_PAGE,
            "sort": "asc",
        }
        found: dict[Symbol, list[Row]] = {}
        for page in self._pages("/stocks/bars", symbols, query):
            for name, rows in _by_symbol(page, "bars").items():
                found.setdefault(Symbol(name), []).extend(rows_of(rows, "bars"))
        made = (self._series(name, rows, today.date()) for name, rows in found.items())
        return {bars.symbol: bars for bars in made if bars is not None}

    def _is_fresh(self, symbol: Symbol, now: datetime) -> bool:
        known = self._quotes.get(symbol)
        return known is not None and timedelta(0) <= now - known[0] < QUOTES_FRESH

    def _pages(self, path: str, symbols: list[Symbol], query: Query) -> Iterator[Row]:
        """Every page of every answer about ``symbols``."""
        for start in range(0, len(symbols), AT_ONCE):
            yield from self._chunk(path, symbols[start : start + AT_ONCE], query)

    def _chunk(self, path: str, symbols: list[Symbol], query: Query) -> Iterator[Row]:
        """Every page about a few ``symbols``; a symbol that Alpaca cannot read is left out."""
        tokens: set[str] = set()
        token = ""
        while symbols:
            asked = {**query, "symbols": ",".join(symbols)} | (
                {"page_token": token} if token else {}
            )
            try:
                page = row_of(self._wire.read_data(path, asked), "market data")
            except Objection as objection:
                symbols = _without(symbols, objection)
                continue
            yield page
            token = str(page.get("next_page_token") or "")
            if not token:
                return
            if token in tokens:
                raise BadAnswer("Alpaca tells the same page of market data again", "report it")
            tokens.add(token)

    def _quote(self, symbol: Symbol, row: Row) -> Quote | None:
        """A quote as it is; None where it has no prices, or nobody has to trade at them."""
        prices = firm_prices(row)
        if prices is None:
            return None
        made = moment(row, "t", f"quote of {symbol}")
        return Quote(symbol, *prices, made, delayed=self._feed is QuoteFeed.DELAYED_SIP)

    def _series(self, symbol: Symbol, rows: Sequence[Row], today: date) -> Bars | None:
        """The bars before ``today``; None where there are none, or one of them is no bar."""
        series: dict[date, tuple[float, float]] = {}
        for row in rows:
            close, volume = exact(row.get("c")), exact(row.get("v"))
            if close is None or volume is None or close <= 0 or volume < 0:
                return None
            made = _new_york_day(moment(row, "t", f"bar of {symbol}"))
            if made < today:
                series[made] = float(close), float(volume)
        if not series:
            return None
        days = sorted(series)
        return Bars(
            symbol=symbol,
            days=tuple(days),
            closes=tuple(series[day][0] for day in days),
            volumes=tuple(series[day][1] for day in days),
            source=f"Alpaca {self._bars_feed}, adjusted for splits and dividends",
            consolidated=self._bars_feed is BarsFeed.SIP,
        )


def _new_york_day(at: datetime) -> date:
    return at.astimezone(NEW_YORK).date()


def _last(bars: Bars, days: int) -> Bars:
    """The newest ``days`` bars."""
    return replace(
        bars, days=bars.days[-days:], closes=bars.closes[-days:], volumes=bars.volumes[-days:]
    )


def _by_symbol(page: Row, name: str) -> Row:
    """What a page tells, by symbol; null where it tells of none."""
    found = page.get(name)
    return {} if found is None else row_of(found, name)


def _without(symbols: list[Symbol], objection: Objection) -> list[Symbol]:
    """The symbols but the one that Alpaca objects to; its objection, where that names none."""
    left = [
        s for s in symbols if not re.search(rf"symbol: ?{re.escape(s)}(?![\w.-])", objection.words)
    ]
    if len(left) == len(symbols):
        raise objection
    return left


class Assets:
    """What can be held at Alpaca."""

    def __init__(self, wire: Wire, now: Callable[[], datetime]) -> None:
        """Nothing is read until it is asked for."""
        self._wire = wire
        self._now = now
        self._known: dict[Symbol, Instrument | None] = {}
        self._read: datetime | None = None

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """Those of ``symbols`` that Alpaca knows, as it described them within the last hour."""
        now = self._now()
        if self._read is None or not timedelta(0) <= now - self._read < ASSETS_FRESH:
            self._known, self._read = {}, now
        missing = [s for s in dict.fromkeys(symbols) if s not in self._known]
        if len(missing) > FEW:
            self._read_all(missing)
        else:
            self._known |= {symbol: self._one(symbol) for symbol in missing}
        found = ((symbol, self._known.get(symbol)) for symbol in symbols)
        return {symbol: each for symbol, each in found if each is not None}

    def _one(self, symbol: Symbol) -> Instrument | None:
        answer = self._wire.look_up(f"/assets/{quoted(symbol, safe='')}")
        return None if answer is None else instrument_of(row_of(answer, "asset"))

    def _read_all(self, missing: Sequence[Symbol]) -> None:
        query = {"status": "active", "asset_class": "us_equity"}
        rows = rows_of(self._wire.read("/assets", query), "list of assets")
        self._known |= dict.fromkeys(missing)
        self._known |= {each.symbol: each for each in map(instrument_of, rows)}


def instrument_of(row: Row) -> Instrument:
    """A US share in steps of a billionth where Alpaca divides it; anything else is not traded."""
    is_share = row.get("class") == "us_equity" and row.get("status") == "active"
    return Instrument(
        symbol=Symbol(text(row, "symbol", "asset")),
        quantity_step=FRACTION if flag(row, "fractionable") else Decimal(1),
        tradable=is_share and flag(row, "tradable"),
        shortable=flag(row, "shortable"),
        name=str(row.get("name") or ""),
    )
