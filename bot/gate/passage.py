"""What the gate knows while a plan passes, and what is true when one of its orders leaves."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.book.recent import Recent, Worked
from bot.book.rows import Activity, OrderStep
from bot.clock import Clock
from bot.limits import Limits
from brokers.words import ZERO, Order, Quote, Session, Side, Symbol
from strategies.plan import Leg, Plan
from strategies.washes.enforce import Seat
from strategies.washes.home import Home

REMEMBERED = 1000
"""Moments of sending that a passage keeps."""


Place = tuple[Symbol, Side]
"""Where an order has its place in a plan: each side of a name has at most one."""


def place(order: Order) -> Place:
    """The place of an order, or of the one whose place it takes."""
    return order.symbol, order.side


@dataclass(frozen=True, slots=True)
class Past:
    """What was traded in the last ten sessions, and what a person has said of single names."""

    traded: Recent = field(default_factory=dict)
    cleared: frozenset[Symbol] = frozenset()
    """Names whose price a person has vouched for, for this session."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What the gate knows of an account while a plan passes: limits, holdings, what went before.

    ``activity`` is what was sent before the plan; the numbers after it go on from there. ``cash``
    is what may still be spent, in base currency, after every order sent so far at its limit;
    ``held`` are the shares not yet promised to a sale, ``invested`` what all shares are worth, as
    if no sale but every purchase sent so far filled.
    """

    plan: Plan
    limits: Limits
    session: Session
    approved: bool
    closes: Mapping[Symbol, Decimal]
    volumes: Mapping[Symbol, Decimal | None]
    rates: Mapping[Symbol, Decimal]
    """Worth in base currency of one unit of each symbol's currency."""
    activity: Activity
    value_before: Decimal
    """Worth of what was sent today before this plan, in base currency."""
    busy: Mapping[Symbol, str]
    """Names in which an order may still fill, ours or somebody else's, and what is known of it."""
    cash: Decimal
    held: Mapping[Symbol, Decimal]
    invested: Decimal
    open: int
    rejects: int
    unknowns: int
    seat: Seat
    closing_lead: timedelta | None = None
    """How long before the close the broker takes orders for the closing auction; None for none."""
    may_defer: bool = False
    """Whether a loss may move to other lots; one that would be lost for good never leaves."""
    past: Past = field(default_factory=Past)
    sent: int = 0
    sent_value: Decimal = ZERO
    sends: Mapping[Place, int] = field(default_factory=dict)
    """How often something was sent for each order of the plan."""
    sent_at: tuple[datetime, ...] = ()
    """When the last orders were sent, as many as the pace is judged by."""

    @property
    def names(self) -> int:
        """Names that the account holds or wants: limits of count and size grow with them."""
        return len(self.plan.lines)

    @property
    def orders_today(self) -> int:
        """Orders sent since the session opened, those of this plan too."""
        return self.activity.orders_today + self.sent

    def value(self, order: Order) -> Decimal:
        """Worth of an order at its limit, in base currency."""
        return order.value * self.rates[order.symbol]

    def leg_of(self, order: Order) -> Leg | None:
        """The order of the plan that this one is, or takes the place of: each name has one."""
        mine = (leg for leg in self.plan.legs if leg.order.symbol == order.symbol)
        return next((leg for leg in mine if leg.order.side is order.side), None)

    def after(self, order: Order, outcome: OrderStep, now: datetime | None = None) -> "Passage":
        """The passage once ``order`` has been sent, as if it were going to fill."""
        value = self.value(order)
        at = place(order)
        unclear = {order.symbol: f"our order {order.key} in it has an unknown outcome"}
        spent = value if order.side is Side.BUY else ZERO
        held = dict(self.held)
        if order.side is Side.SELL:
            held[order.symbol] -= order.quantity
        return replace(
            self,
            cash=self.cash - spent,
            held=held,
            invested=self.invested + spent,
            open=self.open + 1,
            rejects=self.rejects + (outcome == "refused"),
            unknowns=self.unknowns + (outcome == "unclear"),
            busy={**self.busy, **unclear} if outcome == "unclear" else self.busy,
            sent=self.sent + 1,
            sent_value=self.sent_value + value,
            sends={**self.sends, at: self.sends.get(at, 0) + 1},
            sent_at=self.sent_at if now is None else (*self.sent_at[-REMEMBERED:], now),
        )


LastLook = Callable[[], AbstractContextManager[str]]


def unwatched() -> AbstractContextManager[str]:
    """No kill switch is looked at."""
    return nullcontext("")


@dataclass(frozen=True, slots=True)
class Moment:
    """What is true just now, when one order is about to be sent."""

    now: datetime
    send_before: datetime
    quote: Quote | None
    halted: str
    lock: str
    is_open: bool
    home: Home | None = None
    """The household with all that is in the market; None where the account is by itself."""
    most: Decimal | None = None
    """Shares that it may be for, where it buys in place of what was sold at a loss."""
    before: Worked | None = None
    """What was sent for the same order of the plan already; ``send`` looks it up."""
    clock_off_seconds: float = 0.0
    """How far the broker's clock is ahead of this one."""
    clock: Clock | None = None
    """What is looked at once more just before the order leaves; None where time stands still."""
    last_look: LastLook = unwatched
    """Held while the order leaves; says why it must not after all, by the kill switch as it is."""


Rule = Callable[[Order, Passage, Moment], str]
