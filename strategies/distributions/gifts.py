"""Which lots to give away: cash goes out and no gain is realised.

The lots with most gain a dollar, long-term ones only:

* To a charity a deduction is of the value where a sale would have been long-term, else no more
  than of the basis (26 U.S.C. 170(e)(1)(A)); of a loss the deduction is of the value, and the loss
  is nobody's. So short-term lots and losses are sold or kept, never given.
* To a person the basis and the holding period go along (1015(a), 1223(2)); of a loss the donee's
  basis is the value of the day (1015(a)), so that the loss is lost.

The deduction for long-term property to a public charity is at most 30 % of the contribution base,
which is adjusted gross income, and the rest is carried for five years (170(b)(1)(C), (d)). The
annual exclusion (2503(b)) changes each year, so it is told. Greedy by gain a dollar is the best
choice of a part of each lot; with whole shares what is missing is less than one share's gain.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from brokers.words import ZERO
from strategies.distributions.lots import Piece
from strategies.taxes.errors import BadTax, check
from strategies.taxes.rates import Rates
from strategies.taxes.term import Term

SHARE_OF_INCOME = Decimal("0.30")
"""26 U.S.C. 170(b)(1)(C)(i)."""

WHOLE = Decimal(1)
FRACTION = Decimal("1e-6")


class Donee(StrEnum):
    """Who is given to."""

    CHARITY = "charity"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Giving:
    """``amount`` in USD at most, on ``day``.

    ``income`` is adjusted gross income, for the limit on a charity's deduction; ``exclusion`` the
    year's annual exclusion times donees, for a person. None where they are not told.
    """

    amount: Decimal
    day: date
    donee: Donee
    rates: Rates
    income: Decimal | None = None
    exclusion: Decimal | None = None
    fractional: bool = False

    def __post_init__(self) -> None:
        """Raise ``BadTax`` for amounts that cannot be."""
        check("the amount to give", self.amount)
        if self.amount <= 0:
            raise BadTax(f"the amount to give is {self.amount}", "it is above zero")
        for name, amount in (("the income", self.income), ("the exclusion", self.exclusion)):
            if amount is not None:
                check(name, amount, ZERO)


@dataclass(frozen=True, slots=True)
class Given:
    """``quantity`` of a lot, and the ``tax`` that a sale of it today would have cost."""

    piece: Piece
    quantity: Decimal
    value: Decimal
    gain: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Kept:
    """A lot that is not given, and why."""

    piece: Piece
    why: str


@dataclass(frozen=True, slots=True)
class Gifts:
    """The lots to give. ``short_of`` is what is missing to the amount.

    ``deductible`` is what this year's return may deduct (None where income is not told, or the
    donee is a person), ``carried`` the rest. ``reported`` is what is above the exclusion and goes
    on Form 709; None where it is not told.
    """

    given: tuple[Given, ...]
    kept: tuple[Kept, ...]
    value: Decimal
    gain: Decimal
    tax: Decimal
    short_of: Decimal
    deductible: Decimal | None
    carried: Decimal | None
    reported: Decimal | None


def gifts(pieces: Sequence[Piece], giving: Giving) -> Gifts:
    """The lots with most gain a dollar, up to the amount."""
    reasons = {n: _unfit(piece, giving.day) for n, piece in enumerate(pieces)}
    fit = sorted(
        (piece for n, piece in enumerate(pieces) if not reasons[n]),
        key=lambda piece: (-piece.unit_gain / piece.price, piece.held_since, piece.lot),
    )
    given = tuple(_given(fit, giving))
    value, gain, tax = (
        sum((getattr(one, name) for one in given), ZERO) for name in ("value", "gain", "tax")
    )
    deductible = _deductible(value, giving)
    return Gifts(
        given=given,
        kept=tuple(Kept(piece, reasons[n]) for n, piece in enumerate(pieces) if reasons[n]),
        value=value,
        gain=gain,
        tax=tax,
        short_of=giving.amount - value,
        deductible=deductible,
        carried=None if deductible is None else value - deductible,
        reported=_reported(value, giving),
    )


def _unfit(piece: Piece, day: date) -> str:
    if piece.unit_basis is None:
        return "its basis is not known"
    if piece.term(day) is Term.SHORT:
        return "short-term: a charity's donor deducts its basis only, and waiting makes it long"
    if piece.unit_gain < 0:
        return "at a loss: sell it, take the loss, and give the cash"
    return "" if piece.unit_gain else "without a gain there is nothing to save"


def _given(fit: Iterable[Piece], giving: Giving) -> Iterator[Given]:
    room, step = giving.amount, FRACTION if giving.fractional else WHOLE
    for piece in fit:
        most = min(piece.quantity, room / piece.price)
        quantity = piece.quantity if most == piece.quantity else most.quantize(step, ROUND_DOWN)
        if quantity > 0:
            gain = quantity * piece.unit_gain
            value = quantity * piece.price
            room -= value
            yield Given(piece, quantity, value, gain, gain * giving.rates.long)


def _deductible(value: Decimal, giving: Giving) -> Decimal | None:
    if giving.donee is Donee.PERSON or giving.income is None:
        return None
    return min(value, SHARE_OF_INCOME * giving.income)


def _reported(value: Decimal, giving: Giving) -> Decimal | None:
    if giving.donee is Donee.CHARITY or giving.exclusion is None:
        return None
    return max(ZERO, value - giving.exclusion)
