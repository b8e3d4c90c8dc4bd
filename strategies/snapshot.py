"""All that one decision may know, at one moment. Whoever decides looks here and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from brokers.words import (
    ZERO,
    AccountId,
    Bars,
    Currency,
    Environment,
    Instrument,
    Quote,
    Relief,
    Symbol,
    is_finite_positive,
)
from strategies.lots import Lot
from strategies.washes.home import Home


@dataclass(frozen=True, slots=True)
class Holding:
    """One name that is held or wanted.

    ``price`` is the mid in the base currency (FX applied), ``value`` = quantity x price.
    ``quote`` and ``instrument`` are None where the name cannot be traded now; ``barred`` then
    says why, and ``price`` is the last close.
    """

    symbol: Symbol
    quantity: Decimal
    price: Decimal
    fx: Decimal
    quote: Quote | None
    instrument: Instrument | None
    lots: tuple[Lot, ...] = ()
    adv_shares: Decimal | None = None
    """Consolidated 20-day average daily volume in shares; None where unknown."""
    barred: str = ""
    sell_max: Decimal | None = None
    """Most shares that this plan may sell of it, by the owner's gains of the year; None for all."""
    turned_down: str = ""
    """That the broker turned an order in it down of late, and why; it may still be asked again."""
    order_max: Decimal | None = None
    """Most shares that one order may be for: the gate's limit; None where it sets none."""

    @property
    def value(self) -> Decimal:
        """Worth of the position in the base currency."""
        return self.quantity * self.price

    @property
    def obstacle(self) -> str:
        """Why it cannot be traded now, or an empty string."""
        if self.barred or self.instrument is None or self.quote is None:
            return self.barred or "it has no quote or is not known to the broker"
        if not self.instrument.tradable:
            return "the broker says it cannot be traded"
        numbers = (self.quote.bid, self.quote.ask, self.price, self.fx)
        sound = all(is_finite_positive(number) for number in numbers)
        return "" if sound and self.quote.bid <= self.quote.ask else "its quote makes no sense"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One account at one moment, in its base currency.

    ``nav`` = cash in all currencies at quoted FX + positions at mid + accrued dividends.
    ``settled`` is the cash that may be spent. ``relief`` is how the broker will relieve lots.
    """

    account: AccountId
    environment: Environment
    time: datetime
    session: date
    base: Currency
    cash: Decimal
    settled: Decimal
    accrued: Decimal
    holdings: tuple[Holding, ...]
    history: Mapping[Symbol, Bars]
    relief: Relief
    is_first: bool
    """Nothing was ever bought here: the plan is a first allocation."""
    last_traded: date | None
    """Session of the last plan that was carried out."""
    warnings: tuple[str, ...] = ()
    spends_proceeds: bool = True
    """Whether sales pay for purchases at once, and not only when they are settled."""
    told: Mapping[Symbol, Decimal] | None = None
    """Weights that the owner's own strategy said, as shares of what is invested."""
    forecast: Mapping[Symbol, float] | None = None
    """Annual expected returns that the owner's own forecast said."""
    untold: str = ""
    """Why the owner's own code, which was asked, said neither."""
    paid: Mapping[Symbol, tuple[tuple[date, Decimal], ...]] = field(default_factory=dict)
    """Dividends of the last months: the day on which each was paid, and its amount for a share."""
    home: Home | None = None
    """The household whose wash sales count; None where the account is judged by itself."""
    origin: str = ""
    """Two letters of the book, with which the names of its plans begin; empty in books of old."""

    @property
    def nav(self) -> Decimal:
        """Net asset value."""
        return self.cash + self.accrued + sum((h.value for h in self.holdings), ZERO)

    def weight(self, holding: Holding) -> Decimal:
        """Share of NAV that ``holding`` is."""
        return holding.value / self.nav

    @property
    def cash_weight(self) -> Decimal:
        """Share of NAV that is cash or about to be."""
        return (self.cash + self.accrued) / self.nav

    def holding(self, symbol: Symbol) -> Holding:
        """The holding of ``symbol``; KeyError where it is neither held nor wanted."""
        for holding in self.holdings:
            if holding.symbol == symbol:
                return holding
        raise KeyError(symbol)
