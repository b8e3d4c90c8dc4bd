"""Lots, what was realized from them, and what one sale must know to choose among them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from brokers.words import ZERO, Currency, Relief, Symbol
from strategies.lots.dates import is_long_term
from strategies.policy import TaxPolicy


@dataclass(frozen=True, slots=True)
class Lot:
    """Shares bought at one time for one price. ``unit_cost`` is None where the basis is unknown."""

    lot_id: str
    symbol: Symbol
    quantity: Decimal
    unit_cost: Decimal | None
    acquired: date
    currency: Currency

    @property
    def cost(self) -> Decimal | None:
        """Basis of the whole lot."""
        return None if self.unit_cost is None else self.unit_cost * self.quantity


class Cause(StrEnum):
    """Why something was realized."""

    SALE = "sale"
    CASH_IN_LIEU = "cash in lieu"
    """A fraction of a share that was paid out (Rev. Rul. 66-365)."""
    MERGER = "merger"
    """Shares paid for in a merger, or the cash that came beside new shares."""
    RETURN_OF_CAPITAL = "return of capital"
    """What came back above the basis (26 U.S.C. 301(c)(3)); it takes no shares."""


@dataclass(frozen=True, slots=True)
class Realized:
    """A lot, or a part of one, that was sold. ``gain`` is None where the basis is unknown.

    ``quantity`` is zero where money came and no share went.
    """

    lot_id: str
    symbol: Symbol
    quantity: Decimal
    proceeds: Decimal
    basis: Decimal | None
    acquired: date
    sold: date
    cause: Cause = Cause.SALE

    @property
    def gain(self) -> Decimal | None:
        """Proceeds less basis."""
        return None if self.basis is None else self.proceeds - self.basis

    @property
    def is_long_term(self) -> bool:
        """Whether it was held for more than a year (26 U.S.C. 1222)."""
        return is_long_term(self.acquired, self.sold)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Open lots by symbol in order of purchase, and every sale from them."""

    lots: Mapping[Symbol, tuple[Lot, ...]]
    realized: tuple[Realized, ...]

    def quantity(self, symbol: Symbol) -> Decimal:
        """Shares of ``symbol`` in open lots."""
        return sum((lot.quantity for lot in self.lots.get(symbol, ())), ZERO)


@dataclass(frozen=True, slots=True)
class Sale:
    """What minimum tax must know: ``price`` is net for one share, in the lots' own currency."""

    day: date
    price: Decimal
    short_rate: Decimal
    long_rate: Decimal


@dataclass(frozen=True, slots=True)
class Named:
    """A lot that a sale names, and how many of its shares; None for as many as are needed."""

    lot_id: str
    quantity: Decimal | None = None


class AverageOf(StrEnum):
    """Why average cost is allowed for a symbol (26 CFR 1.1012-1(e))."""

    FUND = "fund"
    """Shares of a regulated investment company: a mutual fund, and most ETFs."""
    DRIP = "drip"
    """Shares bought through a dividend reinvestment plan."""


@dataclass(frozen=True, slots=True)
class Method:
    """How lots are relieved from the day ``since`` on; the rates are for minimum tax."""

    relief: Relief
    short_rate: Decimal
    long_rate: Decimal
    since: date = date.min


@dataclass(frozen=True, slots=True)
class Rules:
    """How the sales of one account choose their lots.

    ``tax`` has the method and, for minimum tax, the rates; ``methods`` go before it where a day
    has one, the last of those that are in force. ``named`` holds the lots that a sale or a
    transfer out named, by the root of the execution or the id of the transfer. ``average`` are
    the symbols at average cost: there the owner's election replaces the method.
    """

    tax: TaxPolicy = field(default_factory=TaxPolicy)
    named: Mapping[str, tuple[Named, ...]] = field(default_factory=dict)
    average: Mapping[Symbol, AverageOf] = field(default_factory=dict)
    methods: tuple[Method, ...] = ()

    def on(self, day: date) -> Method:
        """The method of ``day`` where nothing else is said."""
        told = (method for method in reversed(self.methods) if method.since <= day)
        now = Method(self.tax.relief, self.tax.short_rate, self.tax.long_rate)
        return next(told, now)

    def sale(self, day: date, price: Decimal) -> Sale:
        """A sale on ``day`` at ``price`` net, at the owner's rates of that day."""
        method = self.on(day)
        return Sale(day, price, method.short_rate, method.long_rate)
