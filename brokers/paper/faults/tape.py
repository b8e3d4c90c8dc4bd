"""A tape on which companies split and change their names, and on which trading is halted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from brokers.paper.daily import NEW_YORK
from brokers.paper.tape import Tape
from brokers.words import ZERO, Bars, Instrument, Quote, Symbol

CENT = Decimal("0.01")
ONE = Decimal(1)


@dataclass(slots=True)
class BentTape:
    """``inner``, with what has happened to its names since.

    ``splits`` are (day, ratio) by the name of the inner tape, ``names`` what an inner name is
    called now where that is another, ``still`` until when nobody trades in it.
    """

    inner: Tape
    splits: dict[Symbol, list[tuple[date, Decimal]]] = field(default_factory=dict)
    names: dict[Symbol, Symbol] = field(default_factory=dict)
    still: dict[Symbol, datetime] = field(default_factory=dict)

    @property
    def remembers(self) -> bool:
        """What the inner one does."""
        return self.inner.remembers

    def behind(self, symbol: Symbol) -> Symbol | None:
        """The inner name of what is called ``symbol`` now; None where nothing is any more."""
        if symbol in self.names:
            return None
        return next((old for old, new in self.names.items() if new == symbol), symbol)

    def ratio(self, symbol: Symbol, day: date) -> Decimal:
        """New shares on ``day`` for one of the inner tape's."""
        product = ONE
        for effective, ratio in self.splits.get(symbol, ()):
            product *= ratio if effective <= day else ONE
        return product

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """Those that are traded under these names now."""
        known = self._behind(symbols)
        found = self.inner.instruments(tuple(known.values()))
        return {s: replace(found[old], symbol=s) for s, old in known.items() if old in found}

    def quotes(self, symbols: Sequence[Symbol], at: datetime) -> Mapping[Symbol, Quote]:
        """Bid and ask for one share of today."""
        known = self._behind(symbols)
        found, day = self.inner.quotes(tuple(known.values()), at), at.astimezone(NEW_YORK).date()
        return {
            symbol: self._split(found[old], symbol, self.ratio(old, day))
            for symbol, old in known.items()
            if old in found
        }

    def bars(self, symbols: Sequence[Symbol], before: date, days: int) -> Mapping[Symbol, Bars]:
        """Closes adjusted for the splits up to the day ``before``, as a vendor would tell them."""
        known = self._behind(symbols)
        found = self.inner.bars(tuple(known.values()), before, days)
        return {
            symbol: _adjusted(found[old], symbol, float(self.ratio(old, before)))
            for symbol, old in known.items()
            if old in found
        }

    def volume_rate(self, symbol: Symbol, at: datetime) -> Decimal:
        """Shares a second; none while trading is halted."""
        old = self.behind(symbol)
        if old is None or at < self.still.get(symbol, at):
            return ZERO
        return self.inner.volume_rate(old, at) * self.ratio(old, at.astimezone(NEW_YORK).date())

    def _behind(self, symbols: Sequence[Symbol]) -> dict[Symbol, Symbol]:
        pairs = ((symbol, self.behind(symbol)) for symbol in symbols)
        return {symbol: old for symbol, old in pairs if old is not None}

    @staticmethod
    def _split(quote: Quote, symbol: Symbol, ratio: Decimal) -> Quote:
        if ratio == ONE:
            return quote if quote.symbol == symbol else replace(quote, symbol=symbol)
        bid = (quote.bid / ratio).quantize(CENT, ROUND_DOWN)
        ask = (quote.ask / ratio).quantize(CENT, ROUND_UP)
        return replace(quote, symbol=symbol, bid=max(bid, CENT), ask=max(ask, bid + CENT))


def _adjusted(bars: Bars, symbol: Symbol, ratio: float) -> Bars:
    if ratio == 1:
        return bars if bars.symbol == symbol else replace(bars, symbol=symbol)
    closes = tuple(close / ratio for close in bars.closes)
    volumes = tuple(volume * ratio for volume in bars.volumes)
    return replace(bars, symbol=symbol, closes=closes, volumes=volumes)
