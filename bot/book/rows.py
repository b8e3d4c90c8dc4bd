"""The nouns of the book: what is written into it and what is read back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, get_args

from brokers.words import (
    ZERO,
    AccountId,
    ActionRecord,
    CashFlow,
    Currency,
    Environment,
    Execution,
    Order,
    OrderKey,
    Relief,
    Symbol,
    Transfer,
)

if TYPE_CHECKING:  # the strategies weigh far more than the book, which only names their ids
    from strategies.plan import PlanId

PlanState = Literal[
    "proposed", "awaiting", "approved", "rejected", "started", "finished", "expired", "void"
]
"""Where a plan stands."""

NEXT_STATES: Mapping[PlanState, frozenset[PlanState]] = {
    "proposed": frozenset({"awaiting", "approved", "rejected", "started", "expired", "void"}),
    "awaiting": frozenset({"approved", "rejected", "expired", "void"}),
    "approved": frozenset({"started", "rejected", "expired", "void"}),
    "started": frozenset({"finished", "void"}),
    "rejected": frozenset(),
    "finished": frozenset(),
    "expired": frozenset(),
    "void": frozenset(),
}
"""The legal edges. What awaits a person starts only after that person approved it."""

OrderStep = Literal[
    "sent",
    "accepted",
    "refused",
    "unclear",
    "looked",
    "absent",
    "filled",
    "partly",
    "cancel-requested",
    "cancelled",
    "expired",
    "rejected",
    "blocked",
]
"""What happened to an order; ``blocked`` is the gate's refusal, with the limit's name.

``looked`` is an end that the broker's record told once of an order of unknown fate.
"""

FINAL_STEPS: tuple[OrderStep, ...] = (
    "refused",
    "absent",
    "filled",
    "cancelled",
    "expired",
    "rejected",
    "blocked",
)
"""After these an order can never be filled, as far as is known."""

UNKNOWN_STEPS: tuple[OrderStep, ...] = ("unclear", "looked")
"""After these nobody knows whether an order is in the market."""

_LEFT: frozenset[OrderStep] = frozenset(get_args(OrderStep)) - {"sent", "blocked"}

NEXT_STEPS: Mapping[OrderStep | None, frozenset[OrderStep]] = {
    **dict.fromkeys(_LEFT, _LEFT),
    None: frozenset({"sent", "blocked", "absent", "unclear"}),
    "sent": _LEFT | {"blocked"},
    "blocked": frozenset({"accepted", "filled"}),
}
"""The legal edges: an order is sent once, never after it was blocked, and all else follows that.

What became of it may be told in any order, and twice: an end that proves wrong is taken back.
"""

TURNED_DOWN: tuple[OrderStep, ...] = ("refused", "rejected")
"""The broker's own refusals, which the limits count."""

Severity = Literal["info", "warn", "critical"]
"""How soon a person should look."""

MailState = Literal["sent", "failed", "given-up"]
"""What became of a mail."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """The broker account that the book is bound to under this name."""

    account: AccountId
    broker: str
    environment: Environment
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What ``record`` had not seen before."""

    new_executions: tuple[Execution, ...] = ()
    new_flows: tuple[CashFlow, ...] = ()
    new_transfers: tuple[Transfer, ...] = ()
    new_actions: tuple[ActionRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class ReliefRow:
    """From the day ``since`` on the broker relieves lots so; rates are for minimum tax."""

    since: date
    relief: Relief
    short_rate: Decimal
    long_rate: Decimal


@dataclass(frozen=True, slots=True)
class NamedRow:
    """The lots that a sale took, told by a person: (lot, shares), None for as many as it needs.

    ``sale`` is the root of the execution, or the id of a transfer out.
    """

    sale: str
    lots: tuple[tuple[str, Decimal | None], ...]
    who: str
    time: datetime


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan in a list: all but its body. ``who``, ``why`` and ``since`` are of its last step."""

    plan_id: "PlanId"
    account: AccountId
    time: datetime
    session: date
    kind: str
    policy_digest: str
    expires: datetime | None
    state: PlanState
    since: datetime
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step in the life of a plan."""

    seq: int
    time: datetime
    state: PlanState
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Intent:
    """An order that we mean to send before ``send_before``, for leg number ``leg`` of its plan.

    ``replaces`` is the order of the same leg whose place it takes. ``mid`` and ``half_spread`` are
    of the quote that it was priced from, where there was one.
    """

    order: Order
    leg: int
    created: datetime
    send_before: datetime
    replaces: OrderKey | None = None
    mid: Decimal | None = None
    half_spread: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened to order ``key``."""

    key: OrderKey
    kind: OrderStep
    time: datetime
    broker_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An intent and what became of it. ``last_event`` is None before anything did.

    ``broker_id`` is the last one that the broker gave, ``filled`` the sum of its executions.
    """

    plan_id: "PlanId"
    account: AccountId
    order: Order
    leg: int
    created: datetime
    send_before: datetime
    last_event: OrderStep | None
    last_time: datetime | None
    broker_id: str
    detail: str
    filled: Decimal
    replaces: OrderKey | None = None
    mid: Decimal | None = None
    half_spread: Decimal | None = None

    @property
    def is_settled(self) -> bool:
        """Whether it can never be filled any more, as far as is known."""
        return self.last_event in FINAL_STEPS


@dataclass(frozen=True, slots=True)
class Activity:
    """What an account has done lately, for the limits; every order counts from when it is sent."""

    orders_today: int
    value_by_currency: Mapping[Currency, Decimal]
    """Quantity times limit of the orders sent today, bought and sold, by their currency."""
    cycles_today: int
    cycles_recent: int
    rejects_today: int
    rejects_by_symbol: Mapping[Symbol, int]
    orders_open: int
    """Orders sent whose end is not known."""
    unknowns: int
    """Orders of which nobody knows whether they live at the broker."""
    unknown_symbols: frozenset[Symbol]

    @property
    def value_today(self) -> Decimal:
        """Value sent today where all of it is in one currency; ValueError where it is not."""
        if len(self.value_by_currency) > 1:
            raise ValueError(f"values in {sorted(self.value_by_currency)} cannot be added up")
        return sum(self.value_by_currency.values(), ZERO)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A slot of the schedule that was run. ``ok`` is None while it runs, or if it died."""

    account: AccountId
    slot: str
    started: datetime
    ended: datetime | None
    ok: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """What an account looked like: weights, targets and bands by name, as shares of NAV."""

    account: AccountId
    time: datetime
    session: date
    nav: Decimal
    cash: Decimal
    weights: Mapping[Symbol, Decimal] = field(default_factory=dict)
    targets: Mapping[Symbol, Decimal] = field(default_factory=dict)
    lows: Mapping[Symbol, Decimal] = field(default_factory=dict)
    highs: Mapping[Symbol, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TieOut:
    """Whether the book agreed with the broker, and in words what was compared."""

    account: AccountId
    time: datetime
    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail; ``cid`` is its content id where the text shows it in place."""

    name: str
    mime: str
    content: bytes
    cid: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message to a person. One ``dedupe_key`` is posted once."""

    mail_id: str
    dedupe_key: str
    created: datetime
    severity: Severity
    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail in a list. ``state`` is None before it was tried."""

    mail_id: str
    created: datetime
    severity: Severity
    subject: str
    state: MailState | None
    tries: int
    time: datetime | None
    channel: str
    why: str
