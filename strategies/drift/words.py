"""The reasons to do something, each a noun of its own; weights are shares of NAV.

They are kept in the book with their plan: a field that is added has a default, so that plans of
old are still read.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from brokers.words import Symbol
from strategies.policy import Period

SLACK = Decimal("1e-6")
"""By how much a limit may be passed: what rounding weights to orders may leave."""

Measure = Literal["tracking-error", "volatility", "value-at-risk", "group", "exposure"]


@dataclass(frozen=True, slots=True)
class Drifted:
    """A weight is outside its band."""

    symbol: Symbol
    weight: Decimal
    target: Decimal
    low: Decimal
    high: Decimal
    kind: Literal["drifted"] = "drifted"


@dataclass(frozen=True, slots=True)
class FarOff:
    """One name is further from target, in weight, than any name may be."""

    symbol: Symbol
    weight: Decimal
    target: Decimal
    limit: Decimal
    kind: Literal["far-off"] = "far-off"


@dataclass(frozen=True, slots=True)
class Concentrated:
    """One name is more times its target than any name may be."""

    symbol: Symbol
    weight: Decimal
    target: Decimal
    limit: Decimal
    kind: Literal["concentrated"] = "concentrated"


@dataclass(frozen=True, slots=True)
class CalendarDue:
    """The calendar asks for a full rebalance."""

    period: Period
    last: date | None
    kind: Literal["calendar"] = "calendar"


@dataclass(frozen=True, slots=True)
class CashToInvest:
    """More cash than the policy keeps: a deposit, a dividend, a sale."""

    amount: Decimal
    kind: Literal["cash-to-invest"] = "cash-to-invest"


@dataclass(frozen=True, slots=True)
class CashToRaise:
    """Less cash than the policy keeps, or a withdrawal to come."""

    amount: Decimal
    kind: Literal["cash-to-raise"] = "cash-to-raise"


@dataclass(frozen=True, slots=True)
class FirstAllocation:
    """Nothing is held yet."""

    amount: Decimal
    kind: Literal["first-allocation"] = "first-allocation"


@dataclass(frozen=True, slots=True)
class LimitBroken:
    """A limit of the owner's does not hold for the weights of today.

    ``value`` is to lie on the right side of ``limit``. Tracking error and volatility are annual,
    value at risk is the loss of one day in twenty; all three and a group are shares of NAV, an
    exposure is a sum of coefficients times weights. ``name`` is the owner's name of a group or of
    an exposure, else empty. ``reach`` is what trades within the bands can bring it to at best,
    None where that was not asked.
    """

    measure: Measure
    name: str
    value: Decimal
    limit: Decimal
    side: Literal["least", "most"]
    reach: Decimal | None = None
    kind: Literal["limit-broken"] = "limit-broken"

    @property
    def excess(self) -> Decimal:
        """By how much it is broken, above zero."""
        return abs(self.value - self.limit)

    @property
    def can_be_kept(self) -> bool:
        """Whether what could be reached keeps it; it is believed of what is not known."""
        if self.reach is None:
            return True
        sign = 1 if self.side == "most" else -1
        return sign * (self.reach - self.limit) <= SLACK

    @property
    def title(self) -> str:
        """Which limit it is: ``volatility``, ``group Technology``."""
        words = self.measure.replace("-", " ")
        return f"{words} {self.name}" if self.name else words

    def told(self, amount: Decimal) -> str:
        """A value or a limit of it as text: a share in percent, an exposure as it is."""
        return f"{amount:.2f}" if self.measure == "exposure" else f"{amount * 100:.2f} %"


@dataclass(frozen=True, slots=True)
class TotalDrift:
    """All distances from target together, halved: what a full return to target would turn over."""

    drift: Decimal
    limit: Decimal
    in_crisis: bool
    kind: Literal["total-drift"] = "total-drift"


@dataclass(frozen=True, slots=True)
class CorrelationsChanged:
    """Prices move together in another way than they did.

    ``change`` is the root mean square over all pairs of names, less what chance does; ``before``
    and ``now`` are the average correlations. ``since`` is the last day of the days compared with.
    """

    change: Decimal
    limit: Decimal
    before: Decimal
    now: Decimal
    since: date
    kind: Literal["correlations-changed"] = "correlations-changed"


@dataclass(frozen=True, slots=True)
class HarvestPays:
    """Losses of one name are worth realising: ``net`` is what remains after all costs, in dollars.

    ``substitute`` is bought in its place; ``why`` is the sentence with the dollars.
    """

    symbol: Symbol
    substitute: Symbol
    loss: Decimal
    net: Decimal
    why: str
    kind: Literal["harvest"] = "harvest"


Reason = (
    Drifted
    | FarOff
    | Concentrated
    | CalendarDue
    | CashToInvest
    | CashToRaise
    | FirstAllocation
    | LimitBroken
    | TotalDrift
    | CorrelationsChanged
    | HarvestPays
)
