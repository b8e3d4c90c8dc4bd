"""Where the paper exchange gets its prices: any tape of quotes, bars and volumes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile
from typing import Protocol

from brokers.broker import Market
from brokers.words import ZERO, Bars, Currency, Instrument, Quote, Symbol

SESSION_SECONDS = 23_400
"""Six and a half hours: a regular session of the US exchanges."""
ADV_DAYS = 20


class Tape(Protocol):
    """What the market was at a moment. A symbol that the tape does not know is left out."""

    @property
    def remembers(self) -> bool:
        """Whether it can tell of moments that have passed, and not only of now."""
        ...

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """Identity, currency and price grid."""
        ...

    def quotes(self, symbols: Sequence[Symbol], at: datetime) -> Mapping[Symbol, Quote]:
        """Best bid and ask that stood at ``at``."""
        ...

    def bars(self, symbols: Sequence[Symbol], before: date, days: int) -> Mapping[Symbol, Bars]:
        """Up to ``days`` daily bars before the day ``before``."""
        ...

    def volume_rate(self, symbol: Symbol, at: datetime) -> Decimal:
        """Shares that trade in one second at ``at``; zero where nothing does."""
        ...


class MarketTape:
    """Live quotes of another adapter: its prices are real, the fills on them are ours.

    Model: a name trades evenly over the session, at the mean volume of its last 20 daily bars.
    """

    remembers = False

    def __init__(self, market: Market) -> None:
        """Read from ``market``, which is never traded on."""
        self._market = market
        self._shares_per_day = lru_cache(maxsize=10_000)(self._mean_volume)

    def close(self) -> None:
        """Let go of the market's connections, where it has any."""
        close = getattr(self._market, "close", None)
        if close is not None:
            close()

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """What the market says of them."""
        return self._market.instruments(symbols)

    def quotes(self, symbols: Sequence[Symbol], at: datetime) -> Mapping[Symbol, Quote]:  # noqa: ARG002 - only now is known
        """Latest quotes, as they are; there are none of other moments."""
        return self._market.quotes(symbols)

    def bars(self, symbols: Sequence[Symbol], before: date, days: int) -> Mapping[Symbol, Bars]:
        """The market's own bars, none of ``before`` or later."""
        found = self._market.bars(symbols, days)
        return {symbol: _before(bars, before) for symbol, bars in found.items()}

    def volume_rate(self, symbol: Symbol, at: datetime) -> Decimal:
        """Mean daily volume spread evenly over the session."""
        return self._shares_per_day(symbol, at.date()) / SESSION_SECONDS

    def _mean_volume(self, symbol: Symbol, before: date) -> Decimal:
        bars = self.bars((symbol,), before, ADV_DAYS).get(symbol)
        if bars is None or not bars.volumes:
            return ZERO
        return Decimal(int(sum(bars.volumes) / len(bars.volumes)))


def _before(bars: Bars, day: date) -> Bars:
    kept = sum(1 for _ in takewhile(lambda each: each < day, bars.days))
    return replace(
        bars, days=bars.days[:kept], closes=bars.closes[:kept], volumes=bars.volumes[:kept]
    )


@dataclass(frozen=True, slots=True)
class Traded:
    """What a tape of its own lists: the instrument and the dollars that trade in it on a day."""

    instrument: Instrument
    adv_usd: float


def listed(symbol: str, name: str, adv_usd: float, currency: Currency) -> Traded:
    """A row of a tape's table of names."""
    return Traded(Instrument(symbol=Symbol(symbol), currency=currency, name=name), adv_usd)
