"""The whole judgement: Snapshot and Policy in, Plan out. It asks five questions in five rooms.

    what     targets    the weights that we want today
    when     drift      is anything so far off that it should be mended?
    how      optimize   the trades that mend it with the least cost and tracking error
    whether  worth      do they gain more than they cost?
    in what  orders     whole shares or fractions, at a limit, on the tick

A plan to do nothing is a plan too, and says why.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NewType

from brokers.words import AccountId, Currency, Environment, Order, Symbol
from strategies.drift import Reason
from strategies.lots import Lot
from strategies.worth import Worth

PlanId = NewType("PlanId", str)


@dataclass(frozen=True, slots=True)
class Hold:
    """Do nothing, and why."""

    why: str
    kind: Literal["hold"] = "hold"


@dataclass(frozen=True, slots=True)
class Rebalance:
    """Trade, and why. ``full`` where every name is brought to target."""

    why: str
    full: bool
    kind: Literal["rebalance"] = "rebalance"


Decision = Hold | Rebalance


@dataclass(frozen=True, slots=True)
class Line:
    """One name before and after the plan; weights are shares of NAV, prices in base currency."""

    symbol: Symbol
    price: Decimal
    quantity_before: Decimal
    quantity_after: Decimal
    weight_before: Decimal
    weight_after: Decimal
    target: Decimal
    low: Decimal
    high: Decimal
    barred: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """One order of the plan, with the mid it was priced from and the lots that it will sell."""

    order: Order
    mid: Decimal
    lots: tuple[Lot, ...]
    spread: Decimal
    """Cost of crossing, in base currency, as are ``fees``, ``impact`` and ``tax``."""
    fees: Decimal
    impact: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about one account, and everything a person needs to judge it."""

    plan_id: PlanId
    account: AccountId
    environment: Environment
    time: datetime
    session: date
    base: Currency
    nav: Decimal
    cash_before: Decimal
    cash_after: Decimal
    decision: Decision
    reasons: tuple[Reason, ...]
    legs: tuple[Leg, ...]
    lines: tuple[Line, ...]
    worth: Worth | None
    is_first: bool
    warnings: tuple[str, ...]

    @property
    def drift_before(self) -> Decimal:
        """Largest distance of a weight from its target before the plan."""
        return max(
            (abs(line.weight_before - line.target) for line in self.lines), default=Decimal(0)
        )

    @property
    def drift_after(self) -> Decimal:
        """The same after it, at the prices of the plan."""
        return max(
            (abs(line.weight_after - line.target) for line in self.lines), default=Decimal(0)
        )

    @property
    def turnover(self) -> Decimal:
        """Value of all orders at mid, bought and sold, as a share of NAV."""
        if not self.nav:
            return Decimal(0)
        moved = (
            abs(line.quantity_after - line.quantity_before) * line.price for line in self.lines
        )
        return sum(moved, Decimal(0)) / self.nav
