"""What the broker behind the TWS stand-in keeps: accounts, orders and executions.

All of it is plain data, so that it can be written to a file and outlive a restart.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from standins.tws_market import Listing

D = Decimal
ZERO = D(0)
LIVE = {"PreSubmitted", "Submitted", "PendingCancel"}


@dataclass(slots=True)
class Refusal(Exception):
    """An error code and its words, as TWS has them."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as a client words it."""

    order_id: int
    listing: Listing
    action: str
    quantity: Decimal
    kind: str
    limit: Decimal
    tif: str
    account: str
    ref: str
    outside_rth: bool = False
    what_if: bool = False
    exchange: str = "SMART"

    @property
    def is_buy(self) -> bool:
        return self.action == "BUY"

    @property
    def sign(self) -> int:
        return 1 if self.is_buy else -1


@dataclass(slots=True)
class Booked:
    """An order in the book."""

    perm_id: int
    client_id: int
    wanted: Wanted
    sent: datetime
    reached: datetime
    """When it comes to the exchange."""
    closes: datetime | None = None
    """The end of the session that a day order is good for."""
    status: str = "PreSubmitted"
    filled: Decimal = ZERO
    paid: Decimal = ZERO
    fee: Decimal = ZERO
    cancel_at: datetime | None = None
    ended: datetime | None = None
    ended_how: str = ""
    held: str = ""
    last_price: Decimal = ZERO

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def remaining(self) -> Decimal:
        return self.wanted.quantity - self.filled

    @property
    def average(self) -> Decimal:
        return self.paid / self.filled if self.filled else ZERO

    def end(self, status: str, at: datetime, how: str) -> None:
        """It is done, and this is how completed orders tell it."""
        self.status, self.ended, self.ended_how = status, at, how


@dataclass(frozen=True, slots=True)
class Execution:
    """Shares that changed hands; ``version`` counts its corrections."""

    base: str
    version: int
    time: datetime
    order: Booked
    shares: Decimal
    price: Decimal
    cumulative: Decimal
    average: Decimal
    fee: Decimal
    exchange: str
    visible: datetime
    """From when on the API tells of it."""
    fee_visible: datetime

    @property
    def exec_id(self) -> str:
        return f"{self.base}.{self.version:02d}"


@dataclass(slots=True)
class Holding:
    """Shares of one listing. ``cost`` is what all of them cost, fees and all."""

    listing: Listing
    shares: Decimal = ZERO
    cost: Decimal = ZERO

    def take(self, shares: Decimal, amount: Decimal) -> None:
        """Shares come or go; what goes takes its part of the cost with it."""
        if self.shares and (self.shares > 0) != (shares > 0):
            amount = self.cost * shares / self.shares
        self.shares += shares
        self.cost = self.cost + amount if self.shares else ZERO


@dataclass(slots=True)
class Account:
    """One account: cash by currency, what of it is not settled, and holdings by contract."""

    cash: dict[str, Decimal]
    holdings: dict[int, Holding] = field(default_factory=dict)
    unsettled: list[tuple[datetime, str, Decimal]] = field(default_factory=list)
    """When it settles, in which currency, how much; a purchase is less than nothing."""

    def pay(self, currency: str, amount: Decimal) -> None:
        self.cash[currency] = self.cash.get(currency, ZERO) + amount

    def settled(self, currency: str, now: datetime) -> Decimal:
        """Cash of which proceeds that are still to come are no part."""
        waiting = sum(
            (a for at, c, a in self.unsettled if c == currency and at > now and a > 0), ZERO
        )
        return self.cash.get(currency, ZERO) - waiting

    def shares(self, con_id: int) -> Decimal:
        return self.holdings[con_id].shares if con_id in self.holdings else ZERO


@dataclass(slots=True)
class Books:
    """Everything that outlives a restart of the gateway."""

    accounts: dict[str, Account]
    orders: list[Booked] = field(default_factory=list)
    live: list[Booked] = field(default_factory=list)
    """Those that were open when they were last looked at."""
    numbers: dict[tuple[int, int], Booked] = field(default_factory=dict)
    """By client and the client's own number."""
    executions: list[Execution] = field(default_factory=list)
    next_ids: dict[int, int] = field(default_factory=dict)
    """The next valid order id of each client."""
    next_perm: int = 600_745_656

    def enter(self, order: Booked) -> None:
        """Take a new order in."""
        self.orders.append(order)
        self.live.append(order)
        self.numbers[order.client_id, order.wanted.order_id] = order

    def open(self) -> list[Booked]:
        """Orders that live."""
        self.live = [each for each in self.live if each.is_live]
        return self.live
