"""The nouns of a harvest: what the owner wishes and owes, and a lot with its dollars and verdict.

All money is in dollars, all quantities in shares of today, all ``Decimal``.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from brokers.words import ZERO, Symbol
from strategies.policy.taxpayer import Filing
from strategies.taxes.netting import NOTHING, Carryover
from strategies.taxes.rates import Rates
from strategies.taxes.term import Term
from strategies.washes.nouns import Moved


class Verdict(StrEnum):
    """What becomes of a lot."""

    HARVEST = "harvest"
    SOLD_WITH = "sold with it"
    """The broker takes it before a lot that is harvested."""
    GAIN = "at a gain"
    COST = "costs more than it saves"
    SMALL = "too little"
    LOST = "lost for good"
    """What an IRA or the like has bought would take the loss, and no basis would receive it."""
    DEFERRED = "deferred"
    """What was bought within 30 days would take the loss into its own basis."""
    UNKNOWN_BASIS = "basis unknown"
    UNSURE = "unsure"
    """What the household holds or did is not known well enough."""
    BEHIND = "behind others"
    """The broker sells others first, and with them it does not pay, or their basis is unknown."""
    NO_SUBSTITUTE = "no substitute"
    BOUGHT = "bought today"
    """It is bought today in place of another, so no loss of it would count."""
    WAIT = "wait"
    LATER = "later"
    """One order has no room for it: those before it are as much as a day's orders may be for."""
    BARRED = "barred"


@dataclass(frozen=True, slots=True)
class Taxes:
    """A taxpayer's year so far. ``short`` and ``long`` are net gains realised, losses below zero.

    ``brought`` are the losses of the years before.
    """

    rates: Rates
    short: Decimal = ZERO
    long: Decimal = ZERO
    brought: Carryover = NOTHING
    filing: Filing = Filing.SINGLE


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the owner wants of a harvest.

    The substitute is sold after ``horizon_years`` (None for never); ``growth`` and ``discount`` are
    annual shares. A sale nets ``net_min`` dollars or more, and its lots have fallen by ``fall_min``
    of their basis or more. ``may_defer`` allows a loss of which a part only moves to other lots.
    """

    horizon_years: Decimal | None = Decimal(10)
    growth: Decimal = Decimal("0.05")
    discount: Decimal = Decimal("0.05")
    net_min: Decimal = Decimal(50)
    fall_min: Decimal = ZERO
    may_defer: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """What trading costs: crossing the spread, fees, and moving the market."""

    spread: Decimal = ZERO
    fees: Decimal = ZERO
    impact: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.spread + self.fees + self.impact

    def __add__(self, other: "Spent") -> "Spent":
        """Of both legs."""
        return Spent(self.spread + other.spread, self.fees + other.fees, self.impact + other.impact)


@dataclass(frozen=True, slots=True)
class Substitute:
    """What may be bought instead; ``objection`` says why it may not, and is empty where it may.

    ``tracking_error`` is the annual volatility of the difference of both returns, None where the
    past does not tell; ``tracking_cost`` what that risk costs in dollars for 31 days, by the
    owner's price of variance. ``overlap`` is the share of what both hold that is the same, None
    where no file of the owner's tells it.
    """

    symbol: Symbol
    quantity: Decimal
    correlation: float | None
    tracking_error: float | None
    tracking_cost: Decimal
    spent: Spent
    objection: str = ""
    overlap: Decimal | None = None

    @property
    def dollars(self) -> Decimal:
        """What it costs to buy it and to bear its risk."""
        return self.spent.total + self.tracking_cost


@dataclass(frozen=True, slots=True)
class Kept:
    """The dollars of a sale, or what one more lot adds to them.

    ``loss`` is realised and positive, before the rule; ``deferred`` and ``lost`` are what buys of
    30 days take of it. ``saved`` is the tax of this year, ``carried`` the loss that no gain of the
    year meets, ``later`` today's worth of the tax on the lower
    basis, and on dividends that are no longer qualified. ``net`` is what remains.
    """

    loss: Decimal = ZERO
    deferred: Decimal = ZERO
    lost: Decimal = ZERO
    saved: Decimal = ZERO
    carried: Decimal = ZERO
    later: Decimal = ZERO
    spent: Spent = Spent()
    tracking: Decimal = ZERO

    @property
    def value(self) -> Decimal:
        """Tax saved now less what the tax that comes later is worth today."""
        return self.saved - self.later

    @property
    def cost(self) -> Decimal:
        """Both legs, and the risk that the substitute does otherwise."""
        return self.spent.total + self.tracking

    @property
    def net(self) -> Decimal:
        """What it is worth after all."""
        return self.value - self.cost


@dataclass(frozen=True, slots=True)
class Candidate:
    """One lot: its facts, what harvesting it adds, and what becomes of it, in one sentence.

    ``sold`` are those of its shares that are harvested, and ``waits`` says why not the rest.
    ``ahead`` are the lots that the broker sells before it and with it: no broker here can name one.
    ``sale`` is all of the sale that it goes in, or would; ``dollars`` are its own loss in it and
    what it adds to the rest of a sale of those ahead; None where none was worked out.
    ``break_even_move`` is how far the substitute may fall behind, as a share of what is sold,
    before all was for nothing; costs are in it. ``until`` is, for what is short-term, the first
    long-term day, and ``waiting`` what it is worth to sell it only then. ``because`` are the buys
    that would take the loss, ``free_from`` the day from which they do not.
    """

    account: str
    symbol: Symbol
    lot: str
    quantity: Decimal
    acquired: date
    held_since: date
    term: Term
    value: Decimal
    basis: Decimal | None
    gain: Decimal | None
    verdict: Verdict
    why: str
    sold: Decimal = ZERO
    waits: str = ""
    ahead: tuple[str, ...] = ()
    dollars: Kept | None = None
    sale: Kept | None = None
    break_even_move: Decimal | None = None
    until: date | None = None
    waiting: Decimal | None = None
    because: tuple[Moved, ...] = ()
    free_from: date | None = None
    substitute: Symbol | None = None
    substitutes: tuple[Substitute, ...] = ()
