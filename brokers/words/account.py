"""What an account holds, and what came and went without a trade."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from brokers.words.units import USD, AccountId, Currency, Environment, Symbol


@dataclass(frozen=True, slots=True)
class Position:
    """Shares held, as the broker states them; negative when short."""

    symbol: Symbol
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Cash:
    """Cash of one currency: all of it, and the part that is settled and may be spent."""

    currency: Currency
    amount: Decimal
    settled: Decimal


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the broker says an account holds at one moment.

    ``base`` is the currency in which the account is judged. ``fingerprint`` is the broker's own
    account number, by which the book knows that it talks to the account it was made for.
    """

    account: AccountId
    environment: Environment
    fingerprint: str
    base: Currency
    cash: tuple[Cash, ...]
    positions: tuple[Position, ...]
    accrued_dividends: tuple[Cash, ...]
    time: datetime


class FlowKind(StrEnum):
    """Why cash came or went without a trade."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    DIVIDEND = "dividend"
    CAPITAL_GAIN = "capital-gain"
    """A fund's distribution of long-term capital gain (26 U.S.C. 852(b)(3)(C))."""
    INTEREST = "interest"
    FEE = "fee"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CashFlow:
    """Cash that came (positive) or went (negative), in ``currency``, with the broker's id."""

    flow_id: str
    kind: FlowKind
    amount: Decimal
    time: datetime
    currency: Currency = USD
    symbol: Symbol | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Shares that came (positive) or went (negative) without a trade, with basis where known.

    ``unit_cost`` is None where the basis is unknown; such a lot is never harvested.
    """

    transfer_id: str
    symbol: Symbol
    quantity: Decimal
    unit_cost: Decimal | None
    acquired: date
    time: datetime
    currency: Currency = USD
