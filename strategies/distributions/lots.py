"""A lot as a gift or a withdrawal looks at it: worth so much, at such a basis, since such a day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from brokers.words import ZERO, Symbol
from strategies.taxes.errors import BadTax, check
from strategies.taxes.term import Term, term


@dataclass(frozen=True, slots=True)
class Piece:
    """Shares of one basis and one day in a taxable account, in USD a share.

    ``unit_basis`` is None where it is not known. ``barred`` says why it is not to be sold, such as
    a purchase that would take its loss away (26 U.S.C. 1091); empty where it may be.
    """

    account: str
    symbol: Symbol
    lot: str
    quantity: Decimal
    price: Decimal
    unit_basis: Decimal | None
    held_since: date
    barred: str = ""

    def __post_init__(self) -> None:
        """Raise ``BadTax`` for numbers that cannot be."""
        name = f"{self.account}: {self.symbol} {self.lot}".rstrip()
        check(f"{name}: the quantity", self.quantity, ZERO)
        check(f"{name}: the price", self.price)
        if self.price <= 0:
            raise BadTax(f"{name}: the price is {self.price}", "it is above zero")
        if self.unit_basis is not None:
            check(f"{name}: the basis", self.unit_basis, ZERO)

    @property
    def value(self) -> Decimal:
        """Of all of it."""
        return self.quantity * self.price

    @property
    def unit_gain(self) -> Decimal:
        """Gain of a share, a loss below zero; all of the price where the basis is not known."""
        return self.price - (ZERO if self.unit_basis is None else self.unit_basis)

    def term(self, day: date) -> Term:
        """Its term if sold on ``day``."""
        return term(self.held_since, day)
