"""The nouns of corporate actions: each is told once for an account, and holds from a morning on.

``symbol`` is what was held before ``effective``; ``action_id`` is the broker's. Shares are for one
old share, money is in the lots' own currency. ``cash_in_lieu`` is what the account was paid in all
for a fraction of a share; None where fractions are kept, as most brokers keep them.
``brokers.words.CorporateAction`` is a split whose fractions are kept.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from brokers.words import ZERO, CorporateAction, Symbol


@dataclass(frozen=True, slots=True)
class Split:
    """``ratio`` new shares for one old one: 4 splits, 0.1 is one for ten (26 U.S.C. 305, 307)."""

    action_id: str
    symbol: Symbol
    effective: date
    ratio: Decimal
    cash_in_lieu: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SpinOff:
    """``ratio`` shares of ``new_symbol`` come for each share held (26 U.S.C. 355, 358).

    ``basis_share`` is the part of the basis that goes with them: their value over that of both
    (26 CFR 1.358-2(a)(2)(iv)), which the company publishes on Form 8937.
    """

    action_id: str
    symbol: Symbol
    effective: date
    new_symbol: Symbol
    ratio: Decimal
    basis_share: Decimal
    cash_in_lieu: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Merger:
    """Each share becomes ``ratio`` shares of ``new_symbol`` and ``cash``; either may be nothing.

    ``value`` is what a new share was worth on the day; it is needed where cash comes beside new
    shares, and where the merger ``is_taxable`` (no reorganization under 26 U.S.C. 368).
    """

    action_id: str
    symbol: Symbol
    effective: date
    new_symbol: Symbol | None = None
    ratio: Decimal = ZERO
    cash: Decimal = ZERO
    value: Decimal | None = None
    is_taxable: bool = False
    cash_in_lieu: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """The same shares under another symbol: no exchange, nothing is realized."""

    action_id: str
    symbol: Symbol
    effective: date
    new_symbol: Symbol


@dataclass(frozen=True, slots=True)
class ReturnOfCapital:
    """``amount`` a share that is no dividend: basis down, below zero gain (26 U.S.C. 301(c)).

    ``effective`` is the day from which a buyer gets none of it; ``paid`` the day that a gain is
    of, the same where it is None.
    """

    action_id: str
    symbol: Symbol
    effective: date
    amount: Decimal
    paid: date | None = None


Action = CorporateAction | Split | SpinOff | Merger | SymbolChange | ReturnOfCapital

ORDER: dict[type[Action], int] = {
    CorporateAction: 0,
    Split: 0,
    ReturnOfCapital: 1,
    SpinOff: 2,
    Merger: 3,
    SymbolChange: 4,
}
"""Of one day splits come first and a change of symbol last; amounts are for shares after it."""
