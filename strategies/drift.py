"""When: is any weight so far from its target that something should be done?

Each rule is a function that looks at the snapshot and yields reasons; ``reasons`` is all of them.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from brokers.words import Symbol
from strategies.policy import Period


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
    """One name is so far from target, in weight, that the whole account is brought back."""

    symbol: Symbol
    weight: Decimal
    target: Decimal
    limit: Decimal
    kind: Literal["far-off"] = "far-off"


@dataclass(frozen=True, slots=True)
class Concentrated:
    """One name is so many times its target that the whole account is brought back."""

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


Reason = (
    Drifted | FarOff | Concentrated | CalendarDue | CashToInvest | CashToRaise | FirstAllocation
)
