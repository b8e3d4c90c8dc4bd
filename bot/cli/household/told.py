"""What a household file tells: people, accounts with their lots, what is expected of assets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from brokers.words import ZERO, Symbol
from strategies.distributions.people import Owner, Plan, Pot
from strategies.location import Asset, Weighting
from strategies.policy import TaxKind
from strategies.policy.taxpayer import Filing
from strategies.taxes.netting import NOTHING, Carryover
from strategies.taxes.rates import Rates

YEARS = 20
"""The horizon where none is told."""


@dataclass(frozen=True, slots=True)
class ToldLot:
    """Shares of one purchase; ``unit_basis`` is None where it is not known."""

    symbol: Symbol
    quantity: Decimal
    unit_basis: Decimal | None
    acquired: date
    lot: str


@dataclass(frozen=True, slots=True)
class ToldAccount:
    """An account; None is what is not told of it.

    ``contributions`` is what was paid into a Roth and comes out before 59 1/2 without tax.
    """

    name: str
    kind: TaxKind | None = None
    plan: Plan = Plan.IRA
    owner: str = ""
    value: Decimal | None = None
    cash: Decimal | None = None
    contributions: Decimal | None = None
    year_ends: Mapping[int, Decimal] = field(default_factory=dict)
    taken: Mapping[int, Decimal] = field(default_factory=dict)
    working: bool = False
    menu: tuple[Symbol, ...] | None = None
    lots: tuple[ToldLot, ...] = ()

    def pot(self, kind: TaxKind) -> Pot:
        """As required distributions see it."""
        return Pot(self.name, self.owner, kind, self.plan, self.year_ends, self.taken, self.working)


@dataclass(frozen=True, slots=True)
class Told:
    """The whole file; None is what it does not tell.

    ``room`` is the ordinary income left below the owner's ceiling, ``above`` the rate beyond it.
    """

    years: int = YEARS
    weighting: Weighting = Weighting.AFTER_TAX
    withdrawal: Decimal | None = None
    stepped_up: bool = False
    gains_max: Decimal | None = None
    filing: Filing | None = None
    brought: Carryover = NOTHING
    short: Decimal = ZERO
    long: Decimal = ZERO
    room: Decimal | None = None
    above: Decimal | None = None
    rates: Rates | None = None
    assets: tuple[Asset, ...] = ()
    prices: Mapping[Symbol, Decimal] = field(default_factory=dict)
    people: tuple[Owner, ...] = ()
    accounts: tuple[ToldAccount, ...] = ()
