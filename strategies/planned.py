"""The nouns of a plan: what is to be done about one account, order by order, and why.

Plans are kept in the book: a field that is added has a default, so that plans of old are still
read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NewType

from brokers.words import ZERO, AccountId, Currency, Environment, Order, OrderKey, Symbol
from strategies.drift import Reason
from strategies.lots import Lot
from strategies.policy.triggers import Action
from strategies.worth import Proof, Worth

PlanId = NewType("PlanId", str)


@dataclass(frozen=True, slots=True)
class Hold:
    """Do nothing, and why. ``remedy`` is what a person should do, where he is waited for."""

    why: str
    kind: Literal["hold"] = "hold"
    remedy: str = ""


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
    shares_with: Symbol | None = None
    """What is sold at a loss, if it is that or is bought in its place: both share one target."""


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
    paired: Decimal = ZERO
    """Those of its shares that belong to a harvest: sold at a loss, or bought in its place."""
    instead_of: tuple[OrderKey, ...] = ()
    """The sales in whose place it buys: it buys no more for them than they have sold."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about one account, and everything a person needs to judge it.

    ``cash_after`` is what is left when every order fills at its limit, the worst price it can get,
    and all fees are paid.
    """

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
    proof: Proof | None = None
    """How good the trades are; None where none were looked for, and in plans of old."""
    impact_factor: Decimal | None = None
    """Y of the square-root law that the legs' impact was computed with; None in plans of old."""
    alerts: tuple[Reason, ...] = ()
    """What is only warned of: nothing is traded for it, by the owner's wish or since none can."""
    action: Action | None = None
    """The strongest that ``reasons`` ask for; None where there are none, and in plans of old."""
    unscanned: str | None = None
    """Why its lots were not looked through for losses, empty where they were; None where the owner
    has none harvested there, and in plans of old."""

    @property
    def drift_before(self) -> Decimal:
        """Largest distance of a weight from its target before the plan.

        Of names that share a target it is that of all of them together.
        """
        return self._drift({line.symbol: line.weight_before for line in self.lines})

    @property
    def drift_after(self) -> Decimal:
        """The same after it, at the prices of the plan."""
        return self._drift({line.symbol: line.weight_after for line in self.lines})

    def _drift(self, weights: Mapping[Symbol, Decimal]) -> Decimal:
        off = dict[Symbol, Decimal]()
        for line in self.lines:
            name = line.shares_with or line.symbol
            off[name] = off.get(name, ZERO) + weights[line.symbol] - line.target
        return max(map(abs, off.values()), default=ZERO)

    @property
    def turnover(self) -> Decimal:
        """Value of all orders at mid, bought and sold, as a share of NAV."""
        if not self.nav:
            return Decimal(0)
        moved = (
            abs(line.quantity_after - line.quantity_before) * line.price for line in self.lines
        )
        return sum(moved, Decimal(0)) / self.nav


KEY_PREFIX = "TT-"
"""What the ids of all our orders begin with: no order without it is ever cancelled."""


DRILL_PREFIX = "DRILL-"
"""The same of the orders of ``trimtab drill``, which belong to no plan."""

ORIGIN_LETTERS = "GHIJKLMNOPQRSTUVWXYZ"
"""What tells one book's plans from another's; none of them is a hexadecimal digit."""


def origin_of(key: OrderKey) -> str:
    """The two letters of the book whose plan sent an order.

    Empty where it has none: plans of old have ten hexadecimal digits for a name.
    """
    letters = key.removeprefix(KEY_PREFIX)[:2]
    return letters if len(letters) == 2 and set(letters) <= set(ORIGIN_LETTERS) else ""  # noqa: PLR2004


def order_key(plan_id: PlanId, leg: int) -> OrderKey:
    """Id of a plan's order number ``leg``: at most 20 characters of A-Z, 0-9 and a hyphen."""
    return OrderKey(f"{KEY_PREFIX}{plan_id}-{leg:03d}")


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHILDREN_MAX = len(LETTERS) + len(LETTERS) ** 2
"""Orders that one leg may have beside that of its plan: those that one letter or two can tell."""


def child_key(leg: OrderKey, number: int) -> OrderKey:
    """Id of order ``number`` of a leg, 0 for the plan's own: TT-PLAN-001, then TT-PLAN-001A to ZZ.

    The same leg and number have the same id always, so that a repeat is recognised.
    """
    assert 0 <= number <= CHILDREN_MAX, f"{leg}: no key is left for order {number}"
    suffix = ""
    while number:
        number, place = divmod(number - 1, len(LETTERS))
        suffix = LETTERS[place] + suffix
    return OrderKey(leg + suffix)


def leg_key(key: OrderKey) -> OrderKey:
    """Id of the leg that an order belongs to, which is that of its order in the plan."""
    return OrderKey(key.rstrip(LETTERS))


def child_number(key: OrderKey) -> int:
    """The how-manieth order of its leg it is, counted from 0."""
    number = 0
    for letter in key[len(leg_key(key)) :]:
        number = number * len(LETTERS) + LETTERS.index(letter) + 1
    return number


def belongs(key: OrderKey | None, leg: OrderKey) -> bool:
    """Whether ``key``, where there is one, is that of an order of the leg."""
    return key is not None and leg_key(key) == leg
