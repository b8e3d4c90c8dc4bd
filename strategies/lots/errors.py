"""What cannot be true of lots: each mistake has a name, a sentence and a remedy.

``BadLots`` is their common ancestor: whoever adds up a book catches that one and plans nothing.
"""

from decimal import Decimal

from brokers.words import Symbol


class BadLots(Exception):
    """What is told of lots cannot be true: nothing may be planned from it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        """Say what is wrong with which record, and what helps."""
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class Oversold(BadLots):
    """A sale took more shares than the lots hold: the journal is incomplete."""

    def __init__(self, symbol: Symbol, missing: Decimal) -> None:
        """Name the symbol and the shares that no lot accounts for."""
        super().__init__(f"{symbol}: {missing} shares were sold that no lot accounts for")
        self.symbol = symbol
        self.missing = missing


class Misnamed(BadLots):
    """A sale names lots that are not there, or that hold fewer shares than it sold."""


class NegativeBasis(BadLots):
    """A basis or a price below zero."""


class BadQuantity(BadLots):
    """A number of shares that cannot be: negative, or not a number."""


class FutureDate(BadLots):
    """Something that happened on a day that has not come yet."""


class Duplicate(BadLots):
    """Two records with one name that say different things, or one event told twice."""


class NotAveraged(BadLots):
    """Average cost where the law does not allow it, or beside named lots."""


class BadAction(BadLots):
    """A corporate action that cannot be carried out as it is told."""
