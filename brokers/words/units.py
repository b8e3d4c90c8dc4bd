"""Ids and units, and the closed sets that more than one noun is made of."""

from decimal import Decimal
from enum import StrEnum
from typing import NewType

AccountId = NewType("AccountId", str)
Symbol = NewType("Symbol", str)
Currency = NewType("Currency", str)
OrderKey = NewType("OrderKey", str)
"""Our id of an order: made before it is sent, sent with it, and found again by it."""

ZERO = Decimal(0)
USD = Currency("USD")


class Side(StrEnum):
    """Which way an order or an execution goes."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sale: what it does to the position."""
        return 1 if self is Side.BUY else -1


class Environment(StrEnum):
    """Whether the money is real."""

    PAPER = "PAPER"
    LIVE = "LIVE"


class Relief(StrEnum):
    """Which tax lots a sale takes first (26 CFR 1.1012-1(c))."""

    FIFO = "fifo"
    LIFO = "lifo"
    HIFO = "hifo"
    LOFO = "lofo"
    SPECIFIC = "specific"
    MINIMUM_TAX = "minimum-tax"
    """Losses first, short-term before long-term; then the gain that costs least."""


def is_finite_positive(number: Decimal) -> bool:
    """Whether ``number`` is usable as a price or a rate: finite and above zero."""
    return number.is_finite() and number > 0
