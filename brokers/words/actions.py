"""What companies do to their shares: each is told once for an account, and holds from a morning on.

``symbol`` is what was held before ``effective``; ``action_id`` is the broker's, or the owner's.
Shares are for one old share, money is in the lots' own currency. ``cash_in_lieu`` is what the
account was paid in all for a fraction of a share; None where fractions are kept, as most brokers
keep them. No action moves cash: what was paid is a cash flow of its own. ``records`` are ids of
the broker's records that the action stands for: transfers among them are not counted beside it.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Final

from brokers.words.units import ZERO, Symbol


@dataclass(frozen=True, slots=True)
class Split:
    """``ratio`` new shares for one old one: 4 splits, 0.1 is one for ten (26 U.S.C. 305, 307)."""

    action_id: str
    symbol: Symbol
    ratio: Decimal
    effective: date
    cash_in_lieu: Decimal | None = None
    records: tuple[str, ...] = ()


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
    records: tuple[str, ...] = ()


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
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """The same shares under another symbol: no exchange, nothing is realized."""

    action_id: str
    symbol: Symbol
    effective: date
    new_symbol: Symbol
    records: tuple[str, ...] = ()


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
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """The broker booked something and does not tell all of it; ``said`` is what it tells.

    Open until an action names one of its ``records``: nothing is traded in ``symbol`` until then.
    """

    action_id: str
    symbol: Symbol
    effective: date
    said: str
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retraction:
    """Takes back the actions whose ids are its ``records``, as if they had never been told."""

    action_id: str
    symbol: Symbol
    effective: date
    records: tuple[str, ...]


Action = Split | SpinOff | Merger | SymbolChange | ReturnOfCapital
"""What changes lots."""

ActionRecord = Action | OpenQuestion | Retraction
"""What a broker, or the owner, may tell of corporate actions."""

OWNERS_NOUNS: Final[Mapping[str, type[Action]]] = {
    "split": Split,
    "spin-off": SpinOff,
    "merger": Merger,
    "symbol-change": SymbolChange,
    "return-of-capital": ReturnOfCapital,
}
"""What each kind is called that a person may tell: in the book, in files, on the command line."""

ACTION_NOUNS: Final[Mapping[str, type[ActionRecord]]] = {
    **OWNERS_NOUNS,
    "question": OpenQuestion,
    "retraction": Retraction,
}
"""What each kind is called in the book."""

_COMMON = ("action_id", "symbol", "effective", "records")


def takes(kind: str) -> Mapping[str, bool]:
    """What may be told of an action of this kind beside what all have, and whether it must be."""
    own = (field for field in fields(OWNERS_NOUNS[kind]) if field.name not in _COMMON)
    return {field.name: field.default is MISSING for field in own}
