"""What the market says: what can be held, at which price, and when."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from brokers.words.units import USD, Currency, Symbol


@dataclass(frozen=True, slots=True)
class TickRule:
    """The price grid: ``below`` is the tick under one unit of currency, ``above`` from there on.

    Source: Regulation NMS, Rule 612 (17 CFR 242.612): 0.01 USD from 1.00 USD, 0.0001 below.
    """

    above: Decimal = Decimal("0.01")
    below: Decimal = Decimal("0.0001")

    def at(self, price: Decimal) -> Decimal:
        """Tick that holds at ``price``."""
        return self.above if price >= 1 else self.below


@dataclass(frozen=True, slots=True)
class Instrument:
    """What can be held: identity, currency, price grid, and the step that its quantity moves in."""

    symbol: Symbol
    currency: Currency = USD
    tick: TickRule = TickRule()
    quantity_step: Decimal = Decimal(1)
    """1 where only whole shares trade, e.g. 0.000000001 where fractions do."""
    tradable: bool = True
    shortable: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask in ``currency`` per share, with the exchange's own time."""

    symbol: Symbol
    bid: Decimal
    ask: Decimal
    time: datetime
    currency: Currency = USD
    delayed: bool = False

    @property
    def mid(self) -> Decimal:
        """Middle of bid and ask, per share."""
        return (self.bid + self.ask) / 2

    @property
    def half_spread(self) -> Decimal:
        """Half the distance from bid to ask, per share."""
        return (self.ask - self.bid) / 2


@dataclass(frozen=True, slots=True)
class FxRate:
    """One unit of ``base`` is worth ``rate`` units of ``quote``."""

    base: Currency
    quote: Currency
    rate: Decimal
    time: datetime


@dataclass(frozen=True, slots=True)
class Bars:
    """Daily closes and share volumes of one symbol, oldest first; split- and dividend-adjusted.

    ``consolidated`` is False where the volume is that of one venue: it is then never taken for
    an average daily volume.
    """

    symbol: Symbol
    days: tuple[date, ...]
    closes: tuple[float, ...]
    volumes: tuple[float, ...]
    source: str
    consolidated: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day of an exchange: its date there, and when it opens and closes (UTC)."""

    day: date
    opens: datetime
    closes: datetime
